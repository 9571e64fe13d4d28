"""Names of devices that are the same at every start, whatever order the kernel found them in.

The kernel's own numbers (``hwmon3``) depend on that order; a chip's name and its address on its bus
do not. Used when sensors are looked for; reads links only, never a device.
"""

import re
from collections.abc import Iterable
from pathlib import Path

_ADDRESSED = frozenset({"i2c", "spi", "w1", "usb", "hid"})
_UNFIT = re.compile(r"[^a-z0-9_.-]+")


def slug(text: str) -> str:
    """Return a text as a part of a sensor's name: lower case, without spaces."""
    return _UNFIT.sub("-", text.lower()).strip("-") or "unnamed"


def address(device: Path) -> str:
    """Return a device's address on its bus (``1-0040``), empty where the bus has none.

    Args:
        device: The folder or link of the device in /sys.
    """
    try:
        bus = (device / "subsystem").resolve().name
        return device.resolve().name if bus in _ADDRESSED else ""
    except OSError:
        return ""


def numbered(folder: Path, pattern: str) -> list[Path]:
    """Return the entries of a class folder in the order of the devices behind them.

    A folder that is not there has no entries.
    """
    try:
        return sorted(folder.glob(pattern), key=_place)
    except OSError:
        return []


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names in their order; the second of a name becomes ``name.2``."""
    seen: dict[str, int] = {}
    found: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return found


def _place(entry: Path) -> tuple[str | int, ...]:
    """Return what sorts an entry: its device's path with numbers as numbers."""
    parts = re.split(r"(\d+)", str(entry.resolve()))
    return tuple(int(part) if index % 2 else part for index, part in enumerate(parts))
