"""`Trash`: what was deleted and can be restored for a while, then goes for good.

On the daemon's loop. The rows remember what is deleted, so a restart forgets neither that nor the
undo: what it finds gets the whole time anew. The time is counted by the monotonic clock, so that no
jump of the time of day cuts it short.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from hardware.captures.catalog import Catalog
from vizy.errors import VizyError
from vizy.state import Capture

_logger = logging.getLogger(__name__)
_RETRY_S = 30.0
_AT_ONCE = 100  # files deleted before the catalog's thread may do something else


class Trash:
    """Deletes with undo.

    Args:
        catalog: The captures.
        undo_s: How long a deleted one can be restored.
        monotonic: The clock, in seconds.

    Attributes:
        undo_s: As given; a change is for what is deleted from then on.
    """

    def __init__(
        self,
        catalog: Catalog,
        undo_s: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self.undo_s = undo_s
        self._monotonic = monotonic
        self._due: dict[str, float] = {}  # by id
        self._changed = asyncio.Event()

    async def open(self) -> None:
        """Take up what was deleted before a restart."""
        self._note(await self._catalog.deleted())

    async def delete(self, ids: Sequence[str]) -> tuple[Capture, ...]:
        """Delete captures, all or none; they can be restored for a while.

        Raises:
            NotFoundError: There is no capture of an id; nothing was done.
            ProtectedError: Some are protected; nothing was done.
            StorageError: The disk refused.
        """
        deleted = await self._catalog.delete(ids)
        self._note([capture.id for capture in deleted])
        return deleted

    async def restore(self, ids: Sequence[str]) -> tuple[Capture, ...]:
        """Bring deleted captures back, all or none.

        Raises:
            NotFoundError: One is gone for good; nothing was done.
            StorageError: The disk refused.
        """
        restored = await self._catalog.restore(ids)
        for capture in restored:
            self._due.pop(capture.id, None)
        return restored

    async def empty(self) -> bool:
        """Delete for good all that can still be restored; tell whether there was anything.

        Raises:
            StorageError: The disk refused.
        """
        return await self._purge(list(self._due))

    async def run(self) -> None:
        """Delete for good what is due, until cancelled."""
        while True:
            self._changed.clear()
            now = self._monotonic()
            try:
                await self._purge([identity for identity, due in self._due.items() if due <= now])
            except VizyError as error:
                _logger.warning("deleted captures are still on the disk: %s", error)
                await asyncio.sleep(_RETRY_S)
                continue
            next_due = min(self._due.values(), default=None)
            wait_s = None if next_due is None else max(0.0, next_due - self._monotonic())
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                pass

    def _note(self, ids: Sequence[str]) -> None:
        due = self._monotonic() + self.undo_s
        for identity in ids:
            self._due.pop(identity, None)
            self._due[identity] = due
        self._changed.set()

    async def _purge(self, ids: list[str]) -> bool:
        for start in range(0, len(ids), _AT_ONCE):
            batch = ids[start : start + _AT_ONCE]
            for identity in batch:
                self._due.pop(identity, None)
            try:
                await self._catalog.purge(batch, deleted=True)
            except VizyError:
                self._note(batch)
                raise
        return bool(ids)
