"""`Outbox`: everything that waits to be sent to one browser, in order and bounded.

Answers and acknowledgements keep their place and are never dropped. Changes of properties that wait
between two of them are merged, newest value wins, so that a browser that reads slowly costs a few
merged changes and not a growing queue. One that does not read at all is given up: the outbox drops
everything, takes no more, and its connection is closed; a browser that comes back catches up. A
broadcast is encoded once however many outboxes hold it. What came in one turn of the loop is
written in the next, without waking a task; where the connection does not take it at once, its
writer waits for it. Touched by the event loop only.
"""

import asyncio
from functools import cached_property

from dash_devices import protocol
from dash_devices.frames import Write, text_frame
from dash_devices.patch import UNKNOWN, Amended, combined
from dash_devices.state import Mods, component_ids


class Broadcast:
    """Some changed properties on their way to browsers; encoded once, when first needed.

    Args:
        changed: What changes.
        revision: Where the shared state stands then.
        notify: The browser takes it for a person's edit.
        own: It is for one browser, and not part of the shared state.
    """

    def __init__(
        self, changed: Mods, revision: int, *, notify: bool = False, own: bool = False
    ) -> None:
        self.changed = changed
        self.revision = revision
        self.notify = notify
        self.own = own

    @cached_property
    def encoded(self) -> bytes:
        """The message."""
        return protocol.mods(self.changed, self.revision, notify=self.notify, own=self.own)

    @cached_property
    def frame(self) -> bytes:
        """The message alone in a WebSocket frame."""
        return text_frame(protocol.frame([self.encoded]))

    @cached_property
    def is_whole(self) -> bool:
        """Whether the server knows every value; what only amends a browser's own cannot merge."""
        return not any(
            isinstance(value, Amended) and value.value is UNKNOWN
            for props in self.changed.values()
            for value in props.values()
        )

    def merged_with(self, newer: "Broadcast") -> "Broadcast":
        """Return both as one, the newer value of a property winning."""
        changed = {component_id: dict(props) for component_id, props in self.changed.items()}
        for component_id, props in newer.changed.items():
            for inner in component_ids(list(props.values())):
                changed.pop(inner, None)  # it was for the component that this one replaces
            known = changed.setdefault(component_id, {})
            for prop, value in props.items():
                known[prop] = combined(known[prop], value) if prop in known else value
        return Broadcast(changed, newer.revision, notify=self.notify, own=self.own)


class OutboxFullError(Exception):
    """More waits than a browser that reads could ever leave waiting."""


class Outbox:
    """A queue of messages to one browser.

    Args:
        limit: How many answers may wait.
        limit_bytes: How much the waiting answers may weigh.
        limit_mods: How many changes may wait, merged ones counted once.
    """

    def __init__(
        self, limit: int = 512, limit_bytes: int = 32 << 20, limit_mods: int = 256
    ) -> None:
        self._items: list[bytes | Broadcast] = []
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._limit_mods = limit_mods
        self._answers = 0
        self._bytes = 0
        self._mods_at_tail = 0
        self._ready = asyncio.Event()
        self._is_told = False
        self._is_awaited = False
        self.write: Write | None = None
        self.is_closed = False

    def put(self, message: bytes) -> None:
        """Queue an answer."""
        if self._answers >= self._limit or self._bytes + len(message) > self._limit_bytes:
            self.close()
        if self.is_closed:
            return
        self._answers += 1
        self._bytes += len(message)
        self._mods_at_tail = 0
        self._items.append(message)
        self._tell()

    def put_mods(self, broadcast: Broadcast) -> None:
        """Queue changed properties; merge them into those that wait when too many do."""
        if len(self._items) - self._answers >= self._limit_mods:
            self.close()
        if self.is_closed:
            return
        if self._mods_at_tail < self._MERGE_FROM or not self._merge(broadcast):
            self._items.append(broadcast)
            self._mods_at_tail += 1
        self._tell()

    _MERGE_FROM = 8

    def _merge(self, broadcast: Broadcast) -> bool:
        # A property is told silently or notifying, never both: one may pass the other.
        for index in range(len(self._items) - 1, len(self._items) - 1 - self._mods_at_tail, -1):
            item = self._items[index]
            if not isinstance(item, Broadcast) or item.own != broadcast.own:
                return False
            if not (item.is_whole and broadcast.is_whole):
                return False
            if item.notify == broadcast.notify:
                self._items[index] = item.merged_with(broadcast)
                return True
        return False

    def close(self) -> None:
        """Take no more, and drop what waits."""
        self.is_closed = True
        self._items.clear()
        self._tell()

    def _tell(self) -> None:
        """See to it that what waits is sent: in the next turn, or by the writer."""
        if self._is_told:
            return
        self._is_told = True
        if self.write is None or not self._is_awaited:
            self._ready.set()
            return
        asyncio.get_running_loop().call_soon(self._write_now)

    def _write_now(self) -> None:
        """Write everything as one frame, or leave it to the writer."""
        items = self._items
        if not self._is_awaited or self.write is None or not items:  # given up, or closed
            self._ready.set()
            return
        [only, *more] = items
        frame = only.frame if isinstance(only, Broadcast) and not more else _framed(items)
        if self.write(frame):
            self._clear()
        else:
            self._ready.set()

    async def take(self) -> str:
        """Wait for something that could not be written at once; return all of it as one text.

        Raises:
            OutboxFullError: The browser does not read; its connection should be closed.
        """
        self._is_awaited = True
        try:
            await self._ready.wait()
        finally:
            self._is_awaited = False
        if self.is_closed:
            raise OutboxFullError
        self._ready.clear()
        text = protocol.frame(_encoded(self._items)).decode()
        self._clear()
        return text

    def _clear(self) -> None:
        self._items = []
        self._answers = self._bytes = self._mods_at_tail = 0
        self._is_told = False

    def __len__(self) -> int:
        return len(self._items)


def _encoded(items: list[bytes | Broadcast]) -> list[bytes]:
    return [item if isinstance(item, bytes) else item.encoded for item in items]


def _framed(items: list[bytes | Broadcast]) -> bytes:
    return text_frame(protocol.frame(_encoded(items)))
