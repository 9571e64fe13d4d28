"""`Threshold` and `Thresholds`: values that raise a warning, and clear it again.

On the daemon's loop; time is given, no I/O. A warning is raised when a value was beyond its limit
for a while and cleared when it was well back for a while, so that one which swings around the limit
neither raises nor clears anything. A sensor that cannot be read changes nothing; one that has gone
takes its warning with it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import msgspec

from hardware.sensors.poller import Measured
from vizy.sensors import DeviceWarning, SensorReading, Severity


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """One rule.

    Attributes:
        id: Of the warning.
        sensors: Names or patterns (``hwmon.*.temp1``); the worst of them counts.
        raise_at: The value from which the warning is raised, in the sensor's unit.
        clear_at: The value up to which it is cleared: below ``raise_at`` where high is bad, above
            it where low is bad.
        hold_s: How long the value must be beyond ``raise_at``.
        clear_s: How long it must be back to ``clear_at``.
        text: What, how much and what to do; may use ``{label}``, ``{value}`` and ``{limit}``, the
            latter two with their unit.
    """

    id: str
    sensors: tuple[str, ...]
    raise_at: float
    clear_at: float
    hold_s: float = 0.0
    clear_s: float = 0.0
    severity: Severity = "warning"
    text: str

    def __post_init__(self) -> None:
        assert self.raise_at != self.clear_at, f"{self.id}: no room between raise_at and clear_at"

    @property
    def is_high_bad(self) -> bool:
        """Whether the warning is raised by a high value."""
        return self.raise_at > self.clear_at

    def is_beyond(self, value: float) -> bool:
        """Whether a value is reason for the warning."""
        return value >= self.raise_at if self.is_high_bad else value <= self.raise_at

    def is_back(self, value: float) -> bool:
        """Whether a value is good enough to clear the warning."""
        return value <= self.clear_at if self.is_high_bad else value >= self.clear_at


class Thresholds:
    """All rules, and what they have raised.

    Args:
        rules: The rules; the order of the warnings.
        wall: The time of day, for ``since``.
    """

    def __init__(
        self, rules: Iterable[Threshold], wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._watches = tuple(_Watch(rule, wall) for rule in rules)

    def limit_of(self, name: str) -> float | None:
        """Return the value at which a sensor raises a warning; None: no rule is about it."""
        return next((watch.limit for watch in self._watches if watch.concerns(name)), None)

    def check(
        self, now: float, measured: Mapping[str, Measured], shown: Mapping[str, SensorReading]
    ) -> tuple[DeviceWarning, ...]:
        """Return the warnings in force.

        Args:
            now: Monotonic seconds.
            measured: What the sensors said; it decides.
            shown: The readings as published; the text has its value from them, so that it moves
                no more often than they do.
        """
        found = (watch.check(now, measured, shown) for watch in self._watches)
        return tuple(warning for warning in found if warning is not None)


class _Watch:
    """One rule over time."""

    def __init__(self, rule: Threshold, wall: Callable[[], datetime]) -> None:
        self._rule = rule
        self._wall = wall
        self._raised: DeviceWarning | None = None
        self._turning_since: float | None = None  # since when the value asks for the other state

    @property
    def limit(self) -> float:
        """The value from which the warning is raised."""
        return self._rule.raise_at

    def check(
        self, now: float, measured: Mapping[str, Measured], shown: Mapping[str, SensorReading]
    ) -> DeviceWarning | None:
        names = [name for name in measured if self.concerns(name)]
        values = {
            name: outcome
            for name in names
            if not isinstance(outcome := measured[name].outcome, str)
        }
        if not names:
            self._raised = self._turning_since = None
        elif values:
            worst = (max if self._rule.is_high_bad else min)(values, key=values.__getitem__)
            self._judge(now, worst, values[worst])
            self._tell(worst, shown[worst])
        else:
            self._turning_since = None
        return self._raised

    def concerns(self, name: str) -> bool:
        """Tell whether the rule is about a sensor."""
        return any(fnmatchcase(name, pattern) for pattern in self._rule.sensors)

    def _judge(self, now: float, name: str, value: float) -> None:
        rule = self._rule
        is_turning = rule.is_beyond(value) if self._raised is None else rule.is_back(value)
        if not is_turning:
            self._turning_since = None
            return
        if self._turning_since is None:
            self._turning_since = now
        wait_s = rule.hold_s if self._raised is None else rule.clear_s
        if now - self._turning_since < wait_s:
            return
        self._turning_since = None
        if self._raised is not None:
            self._raised = None
            return
        since = f"{self._wall():%Y-%m-%dT%H:%M:%SZ}"
        self._raised = DeviceWarning(
            id=rule.id, severity=rule.severity, text="", sensor=name, since=since
        )

    def _tell(self, name: str, reading: SensorReading) -> None:
        if self._raised is not None:
            unit = f" {reading.unit}" if reading.unit else ""
            text = self._rule.text.format(
                label=reading.label,
                value=f"{reading.value:g}{unit}",
                limit=f"{self._rule.raise_at:g}{unit}",
            )
            self._raised = msgspec.structs.replace(self._raised, sensor=name, text=text)
