"""What a sensor says, as a person reads it. Pure functions from state to text."""

from typing import Any

from vizy.sensors import SensorReading
from vizy.state import DeviceState
from web.pages.sensors.groups import is_fact

_DECIMALS = {"°C": 1, "%": 0, "V": 2, "A": 2, "W": 1, "rpm": 0, "hPa": 1, "dBm": 0, "lx": 0, "": 2}
_NONE = "\N{EN DASH}"


def now(state: DeviceState | None, *, connected: bool) -> dict[str, Any]:
    """Return what every page is told: of each sensor its value, number, unit and why it has none.

    `assets/sensors.js` writes the numbers and lets the charts grow by the values.
    """
    sensors = state.sensors if state else {}
    return {
        "away": not connected,
        "sensors": {
            name: [reading.value, *shown(name, reading), reading.reason]
            for name, reading in sensors.items()
        },
    }


def shown(name: str, reading: SensorReading) -> tuple[str, str]:
    """Return number and unit of a reading."""
    value = reading.value
    if value is None:
        return _NONE, ""
    if reading.unit == "s":
        return duration(value), ""
    if is_fact(name, reading):
        return ("Yes" if value else "No"), ""
    return number(value, reading.unit)


def number(value: float, unit: str) -> tuple[str, str]:
    """Return a value and its unit, as large as reads best, with a steady count of digits."""
    if unit == "B":
        return size(value)
    text = f"{value:.{_DECIMALS.get(unit, 2)}f}"
    return text.replace("-", "\N{MINUS SIGN}"), unit


def size(count: float) -> tuple[str, str]:
    """Return a number of bytes in units of a thousand, as disks are sold."""
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= least:
            amount = count / least
            return (f"{amount:.1f}" if amount < 100 else f"{amount:.0f}"), unit
    return f"{count:.0f}", "B"


def duration(seconds: float) -> str:
    """Return a time in the two largest units that matter."""
    minutes = int(seconds // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
