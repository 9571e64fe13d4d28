"""`StorageWatch`: how much room the captures have, and whether one more may be taken.

On the daemon's loop: asking the kernel for free space does not wait for the disk. It deletes
nothing itself: `hardware.captures.room` does, where the owner of the device wants that.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from hardware.store import StateStore
from vizy.errors import DiskFullError, StorageError
from vizy.state import StorageState

_INTERVAL_S = 5.0
_MIB = 1024 * 1024


class Usage(NamedTuple):
    """Bytes of a file system that may be used: what is kept for root is not among them."""

    total: int
    used: int
    free: int


def disk_usage(folder: Path) -> Usage:
    """Return how full the file system of a folder is."""
    _, used, free = shutil.disk_usage(folder)
    return Usage(used + free, used, free)


class StorageWatch:
    """Keeps the state's ``storage`` section true.

    Args:
        folder: The captures' folder.
        floor_bytes: Free space below which a capture is refused.
        usage: Asks the file system; tests inject a full one.
        interval_s: How often `run` looks.

    Attributes:
        floor_bytes: As given; may be changed at any time.
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
        self.floor_bytes = floor_bytes
        self._usage = usage
        self._failure: StorageError | None = None
        self._make_room: Callable[[], Awaitable[None]] | None = None

    def makes_room(self, make_room: Callable[[], Awaitable[None]]) -> None:
        """Let something make room when there is too little; see `hardware.captures.room`."""
        self._make_room = make_room

    def state(self) -> StorageState:
        """Look at the disk; free space is rounded down to whole MiB, so that it may rest."""
        seen = self._seen()
        if seen.status != "ok" or self._failure is None:
            return seen
        status = "full" if isinstance(self._failure, DiskFullError) else "failed"
        return msgspec.structs.replace(seen, status=status, reason=self._failure.detail)

    def publish(self, store: StateStore) -> StorageState:
        """Look at the disk and put what is seen into the state."""
        storage = self.state()
        store.update(storage=storage)
        return storage

    def missing_bytes(self) -> int:
        """Return how much must be deleted for one more capture; 0 when there is room."""
        try:
            return max(0, self.floor_bytes - self._usage(self._folder).free)
        except OSError:
            return 0  # `check` says so

    async def ensure(self, store: StateStore) -> None:
        """Make sure that there is room for a capture: make some if that is wished, or refuse.

        Raises:
            DiskFullError: Less free space than the floor; the text has the numbers and the cure.
            StorageError: The folder cannot be looked at.
        """
        if self._make_room is not None and self.missing_bytes() > 0:
            await self._make_room()
            if self.missing_bytes() > 0:  # a video that is recorded took it at once
                await self._make_room()
        self.check(store)

    def check(self, store: StateStore) -> None:
        """Refuse a capture when there is no room for it.

        Raises:
            DiskFullError: Less free space than the floor; the text has the numbers and the cure.
            StorageError: The folder cannot be looked at.
        """
        self.publish(store)
        seen = self._seen()  # a write that failed is no reason not to try again
        if seen.status == "full":
            raise DiskFullError(seen.reason)
        if seen.status == "failed":
            raise StorageError(seen.reason)

    def note(self, failure: StorageError | None) -> None:
        """Remember how the last write went: what failed, or None."""
        self._failure = failure

    async def run(self, store: StateStore) -> None:
        """Look at once, as the folder is new at a first start, then every few seconds."""
        while True:
            self.publish(store)
            await asyncio.sleep(self._interval_s)

    def _seen(self) -> StorageState:
        """Return what the file system says of itself, whatever the last write met."""
        try:
            usage = self._usage(self._folder)
        except OSError as error:
            why = error.strerror or str(error)
            reason = (
                f"{self._folder} cannot be looked at: {why}: check that folder and disk are there"
            )
            return self._state(0, 0, "failed", reason)
        free = usage.free - usage.free % _MIB
        if usage.free < self.floor_bytes:
            return self._state(free, usage.total, "full", self._full(usage.free))
        return self._state(free, usage.total, "ok", "")

    def _full(self, free: int) -> str:
        return (
            f"{self._folder} has {free / _MIB:.0f} MiB free, below its floor of "
            f"{self.floor_bytes / _MIB:.0f} MiB: delete captures or lower storage.floor_bytes"
        )

    def _state(self, free: int, total: int, status: str, reason: str) -> StorageState:
        assert status in ("ok", "full", "failed")
        return StorageState(
            path=str(self._folder),
            free_bytes=free,
            total_bytes=total,
            floor_bytes=self.floor_bytes,
            status=status,
            reason=reason,
        )
