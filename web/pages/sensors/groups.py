"""`groups`: which sensors stand together on a card, and which of them have a chart. No I/O.

One card for each quantity, because lines of one unit can share an axis: on a phone six charts of
the whole width read better than thirty small ones.
"""

from collections.abc import Mapping
from typing import NamedTuple

from vizy.sensors import SensorReading

MAX_LINES = 6  # more lines on one chart cannot be told apart

_BY_UNIT = {
    "°C": "Temperature",
    "V": "Voltage",
    "A": "Current",
    "W": "Power",
    "rpm": "Fan speed",
    "hPa": "Pressure",
    "lx": "Light",
    "dBm": "Wi-Fi signal",
}
_BY_KIND = {
    "cpu": "Processor",
    "memory": "Memory",
    "disk": "Disk",
    "load": "Load",
    "wifi": "Wi-Fi quality",
    "iio": "Humidity",
}
_FACTS = "Power and clock"
_ORDER = ("Temperature", "Processor", "Memory", "Disk", "Load", "Wi-Fi signal")


class Group(NamedTuple):
    """A card.

    Attributes:
        title: Its heading, unique.
        unit: Of the chart.
        charted: Names of the sensors with a line, the first of them the main one; none: no chart.
        listed: Names of those that are only told.
    """

    title: str
    unit: str
    charted: tuple[str, ...]
    listed: tuple[str, ...]


def groups(sensors: Mapping[str, SensorReading]) -> tuple[Group, ...]:
    """Return the cards for the sensors there are, the most looked at first."""
    charted: dict[tuple[str, str], list[str]] = {}
    listed: dict[str, list[str]] = {}
    for name, reading in sensors.items():
        title = _title(name, reading)
        if is_fact(name, reading) or reading.unit == "B":
            listed.setdefault(title, []).append(name)
        else:
            charted.setdefault((title, reading.unit), []).append(name)
    found: list[Group] = []
    for (title, unit), names in charted.items():
        more = [*names[MAX_LINES:], *listed.pop(title, ())]
        found.append(Group(title, unit, tuple(names[:MAX_LINES]), tuple(more)))
    found += [Group(title, "", (), tuple(names)) for title, names in listed.items()]
    return tuple(sorted(found, key=_rank))


def is_fact(name: str, reading: SensorReading) -> bool:
    """Tell whether a sensor says yes or no, or how long: it is told, not drawn."""
    kind = name.partition(".")[0]
    return kind in ("pi", "clock", "uptime") or name.endswith("_alarm") or reading.unit == "s"


def _title(name: str, reading: SensorReading) -> str:
    if is_fact(name, reading):
        return _FACTS
    if reading.unit in _BY_UNIT:
        return _BY_UNIT[reading.unit]
    return _BY_KIND.get(name.partition(".")[0], reading.label)


def _rank(group: Group) -> tuple[int, bool]:
    place = _ORDER.index(group.title) if group.title in _ORDER else len(_ORDER)
    return place, group.title == _FACTS
