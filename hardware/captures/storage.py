"""`StorageWatch`: how much room the captures have, and whether one more may be taken.

On the daemon's loop: asking the kernel for free space does not wait for the disk.
"""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hardware.store import StateStore
from vizy.errors import DiskFullError, StorageError
from vizy.state import StorageState

_INTERVAL_S = 5.0
_MIB = 1024 * 1024


class Usage(NamedTuple):
    """Bytes of a file system, as `shutil.disk_usage` gives them."""

    total: int
    used: int
    free: int


def disk_usage(folder: Path) -> Usage:
    """Return how full the file system of a folder is."""
    return Usage(*shutil.disk_usage(folder))


class StorageWatch:
    """Keeps the state's ``storage`` section true.

    Args:
        folder: The captures' folder.
        floor_bytes: Free space below which a capture is refused.
        usage: Asks the file system; tests inject a full one.
        interval_s: How often `run` looks.
    """

    def __init__(
        self,
        folder: Path,
        floor_bytes: int,
        *,
        usage: Callable[[Path], Usage] = disk_usage,
        interval_s: float = _INTERVAL_S,
    ) -> None:
        self._interval_s = interval_s
        self._folder = folder
        self._floor_bytes = floor_bytes
        self._usage = usage
        self._failure = ""

    def state(self) -> StorageState:
        """Look at the disk; free space is rounded down to whole MiB, so that it may rest."""
        try:
            usage = self._usage(self._folder)
        except OSError as error:
            return self._state(0, 0, "failed", f"{self._folder}: {error.strerror or error}")
        free = usage.free - usage.free % _MIB
        if usage.free < self._floor_bytes:
            return self._state(free, usage.total, "full", self._full(usage.free))
        if self._failure:
            return self._state(free, usage.total, "failed", self._failure)
        return self._state(free, usage.total, "ok", "")

    def publish(self, store: StateStore) -> StorageState:
        """Look at the disk and put what is seen into the state."""
        storage = self.state()
        store.update(storage=storage)
        return storage

    def check(self, store: StateStore) -> None:
        """Refuse a capture when there is no room for it.

        Raises:
            DiskFullError: Less free space than the floor; the text has the numbers and the cure.
            StorageError: The folder cannot be looked at.
        """
        storage = self.publish(store)
        if storage.status == "full":
            raise DiskFullError(storage.reason)
        if storage.total_bytes == 0:
            raise StorageError(storage.reason)

    def note(self, failure: str) -> None:
        """Remember how the last write went: a text if it failed, empty if not."""
        self._failure = failure

    async def run(self, store: StateStore) -> None:
        """Look again every few seconds until cancelled."""
        while True:
            await asyncio.sleep(self._interval_s)
            self.publish(store)

    def _full(self, free: int) -> str:
        return (
            f"{self._folder} has {free / _MIB:.0f} MiB free, below its floor of "
            f"{self._floor_bytes / _MIB:.0f} MiB: delete captures or lower storage.floor_bytes"
        )

    def _state(self, free: int, total: int, status: str, reason: str) -> StorageState:
        assert status in ("ok", "full", "failed")
        return StorageState(
            path=str(self._folder),
            free_bytes=free,
            total_bytes=total,
            floor_bytes=self._floor_bytes,
            status=status,
            reason=reason,
        )
