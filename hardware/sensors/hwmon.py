"""Chips with a hardware-monitoring driver: temperatures, fans, voltages, currents, power, alarms.

Source: Documentation/hwmon/sysfs-interface.rst of the kernel: millidegrees Celsius, revolutions per
minute, millivolts, milliamperes, microwatts; a reading that is switched off gives ENODATA.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from hardware.sensors.address import address, distinct, numbered, slug
from hardware.sensors.kinds import (
    CURRENT,
    FAN_SPEED,
    FLAG,
    HUMIDITY,
    POWER,
    TEMPERATURE,
    VOLTAGE,
    Kind,
)
from hardware.sensors.source import Channel, Outcome, Source, attempt, read_number, text_or


class _Quantity(NamedTuple):
    kind: Kind
    scale: float
    noun: str


_QUANTITIES = {
    "temp": _Quantity(TEMPERATURE, 1e-3, "temperature"),
    "fan": _Quantity(FAN_SPEED, 1.0, "fan"),
    "in": _Quantity(VOLTAGE, 1e-3, "voltage"),
    "curr": _Quantity(CURRENT, 1e-3, "current"),
    "power": _Quantity(POWER, 1e-6, "power"),
    "humidity": _Quantity(HUMIDITY, 1e-3, "humidity"),
}
_INPUT = re.compile(r"(temp|fan|in|curr|power|humidity)(\d+)_(input|average|l?crit_alarm)")
_ALARMS = {"lcrit_alarm": "critically low", "crit_alarm": "critically high"}
_UNDER_VOLTAGE = ("rpi_volt", "in0_lcrit_alarm")


class _Input(NamedTuple):
    channel: Channel
    file: Path
    scale: float


class HwmonChip(Source):
    """One chip.

    Args:
        folder: Its ``hwmonN``.
        chip: Its name as the driver gives it.
        name: Its name among the sensors.
    """

    def __init__(self, folder: Path, chip: str, name: str) -> None:
        self.key = f"{name} at {folder.name}"
        self._inputs = tuple(_inputs(folder, chip, name))
        self.channels = tuple(entry.channel for entry in self._inputs)

    def read(self) -> Mapping[str, Outcome]:
        """Read each input; one that fails does not stop the next."""
        return {
            entry.channel.name: attempt(lambda entry=entry: read_number(entry.file) * entry.scale)
            for entry in self._inputs
        }


def find_hwmon_chips(root: Path) -> Iterator[HwmonChip]:
    """Find the chips there are now, but those that only repeat a thermal zone."""
    folders = [
        folder
        for folder in numbered(root / "sys/class/hwmon", "hwmon*")
        if not folder.resolve().parent.name.startswith("thermal_zone")
    ]
    chips = [text_or(folder / "name", folder.name) for folder in folders]
    places = [address(folder / "device") for folder in folders]
    names = distinct(
        f"hwmon.{slug(chip)}" + (f"@{slug(place)}" if place else "")
        for chip, place in zip(chips, places, strict=True)
    )
    for folder, chip, name in zip(folders, chips, names, strict=True):
        source = HwmonChip(folder, chip, name)
        if source.channels:
            yield source


def _inputs(folder: Path, chip: str, name: str) -> Iterator[_Input]:
    files = {file.name for file in folder.iterdir()} if folder.is_dir() else set[str]()
    found = (match for file in files if (match := _INPUT.fullmatch(file)))
    for match in sorted(found, key=lambda match: (match[1], int(match[2]), match[3])):
        kind, number, item = match.groups()
        if item == "average" and f"{kind}{number}_input" in files:
            continue
        yield _input(folder, chip, name, (kind, number, item))


def _input(folder: Path, chip: str, name: str, parts: tuple[str, str, str]) -> _Input:
    kind, number, item = parts
    file = folder / f"{kind}{number}_{item}"
    quantity = _QUANTITIES[kind]
    own = text_or(folder / f"{kind}{number}_label", "")
    label = f"{chip} {own or f'{quantity.noun} {number}'}"
    if item not in _ALARMS:
        return _Input(Channel(f"{name}.{kind}{number}", label, quantity.kind), file, quantity.scale)
    label = f"{label} {_ALARMS[item]}"
    if (chip, file.name) == _UNDER_VOLTAGE:
        label = "Under-voltage"
    return _Input(Channel(f"{name}.{kind}{number}.{slug(item)}", label, FLAG), file, 1.0)
