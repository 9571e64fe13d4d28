"""`Room`: deletes captures when the disk is nearly full, as far as the owner allows it.

On the daemon's loop, called by `StorageWatch.ensure` before a capture is taken. What was deleted
and could still be restored goes first, under either policy: its owner wanted it gone.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Literal

from hardware.captures.catalog import Catalog
from hardware.captures.storage import StorageWatch
from hardware.captures.trash import Trash
from vizy.errors import DiskFullError
from vizy.state import Capture

_logger = logging.getLogger(__name__)
_AT_ONCE = 50  # files deleted before free space is looked at again
_FRUITLESS = 3  # rounds; a video that is recorded meanwhile may take in one what that freed


class Room:
    """Makes room for captures.

    Args:
        catalog: What may be deleted.
        trash: What was deleted.
        storage: Says how much is missing.
        when_full: The policy.

    Attributes:
        when_full: As given; may be changed at any time.
    """

    def __init__(
        self,
        catalog: Catalog,
        trash: Trash,
        storage: StorageWatch,
        when_full: Literal["refuse", "delete-oldest"],
    ) -> None:
        self._catalog = catalog
        self._trash = trash
        self._storage = storage
        self.when_full = when_full
        self._lock = asyncio.Lock()  # two that want room must not delete twice as much

    async def make(self) -> None:
        """Delete as much as is missing, oldest first; return also when that was not enough.

        Raises:
            DiskFullError: All that is left is protected, or deleting frees nothing.
            StorageError: The disk refused.
        """
        async with self._lock:
            if self._storage.missing_bytes() > 0 and await self._trash.empty():
                _logger.warning("the disk is nearly full: what was deleted is gone for good")
            if self.when_full == "delete-oldest":
                await self._delete_oldest()

    async def _delete_oldest(self) -> None:
        fruitless = 0
        while (missing := self._storage.missing_bytes()) > 0:
            gone = await self._purge_oldest(missing)
            say_gone(gone, "to make room on the disk")
            if len(self._catalog) == 0:
                return
            if not gone:
                raise DiskFullError(
                    "the disk is nearly full and all captures are protected, so none is deleted to "
                    "make room: unprotect some or delete other files"
                )
            fruitless = fruitless + 1 if self._storage.missing_bytes() >= missing else 0
            if fruitless == _FRUITLESS:
                raise DiskFullError(
                    "the disk is nearly full and deleting captures frees nothing: look for what "
                    "fills it"
                )

    async def _purge_oldest(self, enough_bytes: int) -> tuple[Capture, ...]:
        oldest = await self._catalog.ask(lambda rows: rows.oldest(enough_bytes, _AT_ONCE))
        return await self._catalog.purge([each.id for each in oldest], deleted=False)


def say_gone(captures: Iterable[Capture], why: str) -> None:
    """Say in the log what was deleted without anybody asking for just that."""
    for capture in captures:
        size = capture.bytes + capture.raw_bytes
        _logger.warning("deleted %s (%d bytes) %s", capture.id, size, why)
