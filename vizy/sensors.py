"""The sections ``sensors`` and ``warnings`` of the state. Immutable, used on any thread, no I/O."""

from typing import Literal

import msgspec

Severity = Literal["warning", "critical"]


class SensorReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one sensor says; its name is the key it is filed under.

    Attributes:
        label: For people, as ``CPU temperature``.
        unit: Of the value; empty for a count or a flag, which is 0 or 1.
        value: None when it cannot be read; ``reason`` says why.
        limit: The value that raises a warning; None: none does.
    """

    label: str
    unit: str
    value: float | None = None
    reason: str = ""
    limit: float | None = None


class DeviceWarning(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that the owner should look after.

    Attributes:
        id: Of the rule that raised it, as ``cpu-temperature``.
        text: What, how much, and what to do.
        sensor: The name of the sensor that says so.
        since: RFC 3339, UTC.
    """

    id: str
    severity: Severity
    text: str
    sensor: str
    since: str


class HistorySeries(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Lowest and highest value of each point in time; None where nothing was measured."""

    label: str
    unit: str
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]


class SensorHistory(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What sensors said over a time.

    Attributes:
        start: The time of the first point, seconds since 1970.
        step_s: Seconds from one point to the next.
        series: By the sensor's name; all of the same length.
    """

    start: float
    step_s: float
    series: dict[str, HistorySeries]
