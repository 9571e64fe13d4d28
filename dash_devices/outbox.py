"""`Outbox`: everything that waits to be sent to one browser, in order and bounded.

Answers and acknowledgements keep their place and are never dropped. Changes of properties that wait
side by side are merged, newest value wins, so that a browser that reads slowly costs one merged
change and not a growing queue. A broadcast is encoded once however many outboxes hold it. Touched
by the event loop only.
"""

import asyncio
from collections import deque
from functools import cached_property

from dash_devices import protocol
from dash_devices.state import Mods


class Broadcast:
    """Some changed properties on their way to many browsers; encoded once, when first needed."""

    def __init__(self, changed: Mods, revision: int, *, notify: bool = False) -> None:
        self.changed = changed
        self.revision = revision
        self.notify = notify

    @cached_property
    def encoded(self) -> bytes:
        """The message."""
        return protocol.mods(self.changed, self.revision, notify=self.notify)

    def merged_with(self, newer: "Broadcast") -> "Broadcast":
        """Return both as one, the newer value of a property winning."""
        changed = {component_id: dict(props) for component_id, props in self.changed.items()}
        for component_id, props in newer.changed.items():
            changed.setdefault(component_id, {}).update(props)
        return Broadcast(changed, newer.revision, notify=self.notify)


class OutboxFullError(Exception):
    """More answers wait than a browser that reads could ever leave waiting."""


class Outbox:
    """A queue of messages to one browser.

    Args:
        limit: How many answers may wait, and how many changes before they are merged.
        limit_bytes: How much the waiting answers may weigh.
    """

    def __init__(self, limit: int = 512, limit_bytes: int = 32 << 20) -> None:
        self._items: deque[bytes | Broadcast] = deque()
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._answers = 0
        self._bytes = 0
        self._mods_at_tail = 0
        self._ready = asyncio.Event()

    def put(self, message: bytes) -> None:
        """Queue an answer.

        Raises:
            OutboxFullError: The browser does not read; its connection should be closed.
        """
        if self._answers >= self._limit or self._bytes + len(message) > self._limit_bytes:
            raise OutboxFullError
        self._answers += 1
        self._bytes += len(message)
        self._mods_at_tail = 0
        self._items.append(message)
        self._ready.set()

    def put_mods(self, broadcast: Broadcast) -> None:
        """Queue changed properties; merge them into those that wait when too many do."""
        tail = self._items[-1] if self._mods_at_tail >= self._MERGE_FROM else None
        if isinstance(tail, Broadcast) and tail.notify == broadcast.notify:
            self._items[-1] = tail.merged_with(broadcast)
        else:
            self._items.append(broadcast)
            self._mods_at_tail += 1
        self._ready.set()

    _MERGE_FROM = 8

    async def take(self) -> str:
        """Wait for something to send and return all of it as one frame."""
        await self._ready.wait()
        self._ready.clear()
        items = list(self._items)
        self._items.clear()
        self._answers = self._bytes = self._mods_at_tail = 0
        return protocol.frame([i if isinstance(i, bytes) else i.encoded for i in items])

    def __len__(self) -> int:
        return len(self._items)
