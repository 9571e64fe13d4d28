"""`find_sources`: every source that is there now. Reads folders and names, never a measurement."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from hardware.sensors.clock import find_clock
from hardware.sensors.cpu import find_cpu
from hardware.sensors.disk import find_disk
from hardware.sensors.hwmon import find_hwmon_chips
from hardware.sensors.iio import find_iio_devices
from hardware.sensors.memory import find_memory
from hardware.sensors.source import Source, Together
from hardware.sensors.thermal import find_thermal_zones
from hardware.sensors.throttling import find_throttling
from hardware.sensors.wifi import find_wifi

_logger = logging.getLogger(__name__)
_Finder = Callable[[Path], Iterator[Source]]
_KERNEL: tuple[_Finder, ...] = (find_cpu, find_memory, find_clock)
_DEVICES: tuple[_Finder, ...] = (
    find_thermal_zones,
    find_throttling,
    find_hwmon_chips,
    find_iio_devices,
    find_wifi,
)


def find_sources(root: Path, state_dir: Path) -> list[Source]:
    """Return all sources below a root; a family that cannot be listed is left out and logged.

    Args:
        root: Where /sys, /proc and /run are; ``/`` but in tests.
        state_dir: The folder whose disk is watched.
    """
    kernel = [source for find in _KERNEL for source in _listed(find, root)]
    devices = [source for find in _DEVICES for source in _listed(find, root)]
    return [Together("kernel", kernel), *devices, *_listed(find_disk, state_dir)]


def _listed(find: _Finder, where: Path) -> list[Source]:
    try:
        return list(find(where))
    except (OSError, ValueError) as error:  # a device that goes away while it is listed
        _logger.warning("%s: %s: looked for again later", getattr(find, "__name__", find), error)
        return []
