"""The kernel's thermal zones: the temperature of the processor and of what else can overheat.

Source: Documentation/driver-api/thermal/sysfs-api.rst of the kernel: ``type`` and ``temp`` in
millidegrees Celsius.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from hardware.sensors.address import distinct, numbered, slug
from hardware.sensors.kinds import TEMPERATURE
from hardware.sensors.source import Channel, Outcome, Source, attempt, read_number, text_or

_ABSOLUTE_ZERO = -273_150
_LABELS = {
    "cpu-thermal": "CPU temperature",
    "cpu_thermal": "CPU temperature",
    "soc-thermal": "CPU temperature",
    "x86_pkg_temp": "CPU temperature",
    "gpu-thermal": "GPU temperature",
}


class ThermalZone(Source):
    """One zone."""

    def __init__(self, folder: Path, kind: str, name: str) -> None:
        self.key = f"{name} at {folder.name}"
        self.channels = (Channel(name, _LABELS.get(kind, f"{kind} temperature"), TEMPERATURE),)
        self._file = folder / "temp"

    def read(self) -> Mapping[str, Outcome]:
        """Read the zone's temperature."""
        return {self.channels[0].name: attempt(self._temperature_c)}

    def _temperature_c(self) -> float:
        millidegrees = read_number(self._file)
        if millidegrees <= _ABSOLUTE_ZERO:
            raise ValueError("the zone has no temperature now")
        return millidegrees / 1000


def find_thermal_zones(root: Path) -> Iterator[ThermalZone]:
    """Find the zones there are now."""
    folders = numbered(root / "sys/class/thermal", "thermal_zone*")
    kinds = [text_or(folder / "type", folder.name) for folder in folders]
    names = distinct(f"thermal.{slug(kind)}" for kind in kinds)
    for folder, kind, name in zip(folders, kinds, names, strict=True):
        yield ThermalZone(folder, kind, name)
