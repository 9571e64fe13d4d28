"""Which sensor is the processor's temperature, on whatever machine this is. No I/O."""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from hardware.sensors.poller import Measured

CPU_TEMPERATURE = (
    "thermal.cpu[-_]thermal*",
    "thermal.soc[-_]thermal*",
    "thermal.x86_pkg_temp*",
    "hwmon.coretemp*.temp1",
    "hwmon.k10temp*.temp1",
)
"""Patterns of the names it may have."""


def processor_temperature(measured: Mapping[str, Measured]) -> float | None:
    """Return the highest of the processor's temperatures in degrees, None if none can be read."""
    temperatures = (
        outcome
        for name, (_, outcome) in measured.items()
        if isinstance(outcome, float)
        and any(fnmatchcase(name, pattern) for pattern in CPU_TEMPERATURE)
    )
    return max(temperatures, default=None)
