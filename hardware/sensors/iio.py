"""Industrial I/O: any sensor on I2C or SPI that has a kernel driver appears by itself.

Source: Documentation/ABI/testing/sysfs-bus-iio of the kernel. ``_input`` is processed already;
``_raw`` becomes a value by adding ``_offset`` and multiplying by ``_scale``, each of which may be
given for the one channel or be shared by all of its type.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from hardware.sensors import kinds
from hardware.sensors.address import address, distinct, numbered, slug
from hardware.sensors.kinds import Kind
from hardware.sensors.source import Channel, Outcome, Source, attempt, read_number, text_or


class _Quantity(NamedTuple):
    kind: Kind
    factor: float = 1.0


_QUANTITIES = {
    "temp": _Quantity(kinds.TEMPERATURE, 1e-3),
    "humidityrelative": _Quantity(kinds.HUMIDITY, 1e-3),
    "pressure": _Quantity(kinds.PRESSURE, 10.0),  # kilopascals become hectopascals
    "illuminance": _Quantity(kinds.LIGHT),
    "voltage": _Quantity(kinds.VOLTAGE, 1e-3),
    "altvoltage": _Quantity(kinds.VOLTAGE, 1e-3),
    "current": _Quantity(kinds.CURRENT, 1e-3),
    "power": _Quantity(kinds.POWER, 1e-3),
    "resistance": _Quantity(kinds.RESISTANCE),
    "capacitance": _Quantity(kinds.CAPACITANCE),
    "concentration": _Quantity(kinds.CONCENTRATION),
    "massconcentration": _Quantity(kinds.MASS_CONCENTRATION),
    "accel": _Quantity(kinds.ACCELERATION),
    "gravity": _Quantity(kinds.ACCELERATION),
    "anglvel": _Quantity(kinds.ROTATION),
    "angl": _Quantity(kinds.ANGLE),
    "incli": _Quantity(kinds.INCLINATION),
    "magn": _Quantity(kinds.MAGNETIC_FIELD),
    "distance": _Quantity(kinds.DISTANCE),
}
_UNITLESS = _Quantity(kinds.COUNT)
_VALUE = re.compile(r"in_((?:[a-z]+\d*-)?([a-z]+)\d*(?:_[a-z0-9_]+?)?)_(raw|input)")
_NOT_NOW = re.compile(r"_(peak|trough|mean)$")  # histories of the chip, not the present value
_SKIPPED = frozenset({"timestamp", "rot", "deltaangl", "deltavelocity"})


class _Input(NamedTuple):
    channel: Channel
    file: Path
    scale: tuple[Path, ...]
    offset: tuple[Path, ...]
    factor: float

    def value(self) -> float:
        value = read_number(self.file)
        if self.file.name.endswith("_raw"):
            value = (value + _first(self.offset, 0.0)) * _first(self.scale, 1.0)
        return value * self.factor


class IioDevice(Source):
    """One sensor chip.

    Args:
        folder: Its ``iio:deviceN``.
        chip: Its name as the driver gives it.
        name: Its name among the sensors.
    """

    def __init__(self, folder: Path, chip: str, name: str) -> None:
        self.key = f"{name} at {folder.name}"
        title = text_or(folder / "label", chip)
        self._inputs = tuple(_inputs(folder, title, name))
        self.channels = tuple(entry.channel for entry in self._inputs)

    def read(self) -> Mapping[str, Outcome]:
        """Measure each channel; one that fails does not stop the next."""
        return {entry.channel.name: attempt(entry.value) for entry in self._inputs}


def find_iio_devices(root: Path) -> Iterator[IioDevice]:
    """Find the chips there are now."""
    folders = numbered(root / "sys/bus/iio/devices", "iio:device*")
    chips = [text_or(folder / "name", folder.name) for folder in folders]
    places = [address(folder.resolve().parent) for folder in folders]
    names = distinct(
        f"iio.{slug(chip)}" + (f"@{slug(place)}" if place else "")
        for chip, place in zip(chips, places, strict=True)
    )
    for folder, chip, name in zip(folders, chips, names, strict=True):
        device = IioDevice(folder, chip, name)
        if device.channels:
            yield device


def _inputs(folder: Path, title: str, name: str) -> Iterator[_Input]:
    files = {file.name for file in folder.iterdir()} if folder.is_dir() else set[str]()
    for file in sorted(files):
        match = _VALUE.fullmatch(file)
        if match is None or match[2] in _SKIPPED or _NOT_NOW.search(match[1]):
            continue
        channel, kind, form = match.groups()
        if form == "raw" and f"in_{channel}_input" in files:
            continue
        quantity = _QUANTITIES.get(kind, _UNITLESS)
        label = f"{title} {text_or(folder / f'in_{channel}_label', channel.replace('_', ' '))}"
        yield _Input(
            Channel(f"{name}.{slug(channel)}", label, quantity.kind),
            folder / file,
            tuple(folder / part for part in _shared(files, channel, kind, "scale")),
            tuple(folder / part for part in _shared(files, channel, kind, "offset")),
            quantity.factor,
        )


def _shared(files: set[str], channel: str, kind: str, item: str) -> list[str]:
    """Return where a channel's scale or offset may be, the most particular place first."""
    both = f"in_{kind}-{kind}_{item}"  # of all differential channels
    places = [f"in_{channel}_{item}", *([both] if "-" in channel else []), f"in_{kind}_{item}"]
    return [place for place in places if place in files][:1]


def _first(files: tuple[Path, ...], default: float) -> float:
    return read_number(files[0]) if files else default
