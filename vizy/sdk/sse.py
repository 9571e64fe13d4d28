"""Takes server-sent events apart: bytes in, events out, with a bound. Pure.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6.
"""

from msgspec import Struct

from vizy.errors import ProtocolError

MAX_EVENT_BYTES = 4 * 1024 * 1024


class Event(Struct, frozen=True):
    """One event: its name and its data."""

    name: str
    data: bytes


class EventParser:
    """Takes one stream apart."""

    def __init__(self) -> None:
        self._buffer = b""
        self._name = "message"
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; return the events that are whole with them.

        Raises:
            ProtocolError: An event is too long.
        """
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        found = [event for line in lines if (event := self._line(line.removesuffix(b"\r")))]
        if self._size + len(self._buffer) > MAX_EVENT_BYTES:
            raise ProtocolError(f"an event is longer than {MAX_EVENT_BYTES} bytes")
        return found

    def _line(self, line: bytes) -> Event | None:
        if not line:
            event = Event(self._name, b"\n".join(self._data)) if self._data else None
            self._name, self._data, self._size = "message", [], 0
            return event
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode(errors="replace")
        elif field == b"data":
            self._data.append(value)
            self._size += len(value)
        return None
