"""The section ``sensors`` of the settings. Immutable, no I/O."""

from typing import Annotated

from msgspec import Meta, Struct

_Celsius = Annotated[float, Meta(ge=-40, le=150)]
_Percent = Annotated[float, Meta(ge=0, le=100)]
_Seconds = Annotated[float, Meta(ge=0, le=86_400)]


class SensorSettings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How often sensors are read and what raises a warning.

    Attributes:
        interval_s: Seconds from one look at all sensors to the next.
        cpu_temp_c: A processor this hot raises a warning ...
        cpu_temp_clear_c: ... until it is this cool.
        disk_used_percent: A disk this full raises a warning ...
        disk_used_clear_percent: ... until it is this empty.
        memory_used_percent: So much memory in use raises a warning ...
        memory_used_clear_percent: ... until only so much is.
        power_warnings: Whether under-voltage and throttling raise warnings.
        clock_wait_s: How long after the start a clock may be without a time server; 0 turns the
            warning off, for a device that has no network.
    """

    interval_s: Annotated[float, Meta(ge=0.2, le=60)] = 2.0
    cpu_temp_c: _Celsius = 80.0
    cpu_temp_clear_c: _Celsius = 75.0
    disk_used_percent: _Percent = 95.0
    disk_used_clear_percent: _Percent = 92.0
    memory_used_percent: _Percent = 92.0
    memory_used_clear_percent: _Percent = 85.0
    power_warnings: bool = True
    clock_wait_s: _Seconds = 180.0
