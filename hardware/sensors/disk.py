"""The file system that holds the state folder. Source: statvfs(3).

Asking may wait for as long as a network folder or a dying card is silent.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hardware.sensors.kinds import BYTES, PERCENT
from hardware.sensors.source import Channel, Outcome, Source


class Disk(Source):
    """How full it is, counted as df counts: what only root may use counts as used.

    Args:
        folder: Any folder on it.
        ask: Asks the file system; tests inject a full one.
    """

    key = "disk"
    channels = (
        Channel("disk.used", "Disk used", PERCENT),
        Channel("disk.free", "Disk free", BYTES),
    )

    def __init__(self, folder: Path, ask: Callable[[Path], os.statvfs_result] = os.statvfs) -> None:
        self._folder = folder
        self._ask = ask

    def read(self) -> Mapping[str, Outcome]:
        """Ask the file system."""
        told = self._ask(self._folder)
        used = told.f_blocks - told.f_bfree
        whole = used + told.f_bavail
        return {
            "disk.used": 100 * used / whole if whole else "this file system has no size",
            "disk.free": float(told.f_bavail * told.f_frsize),
        }


def find_disk(folder: Path) -> Iterator[Disk]:
    """Find the disk; a folder that is not there says so when it is read."""
    yield Disk(folder)
