"""WebSocket frames that are made once and written to many connections.

A broadcast is the same bytes for every browser. Sent the usual way, each browser costs a task that
wakes, a pass through Quart and through the protocol, and a frame made anew; with hundreds of
browsers that is most of the work. A server that takes frames says so in the ASGI scope; under
another one everything is sent the usual way.
"""

from collections.abc import Callable, Mapping
from typing import Any

EXTENSION = "dash_devices.frame"

Write = Callable[[bytes], bool]
"""Write a frame; False where it cannot be written at once, and nothing was."""


def writer_of(scope: Mapping[str, Any]) -> Write | None:
    """Return how to write frames to a connection, where the server can."""
    return scope.get("extensions", {}).get(EXTENSION)


def text_frame(text: bytes) -> bytes:
    """Return a text as a server's frame (RFC 6455, section 5.2): whole, and not masked."""
    size = len(text)
    if size < 126:
        return b"\x81" + size.to_bytes(1, "big") + text
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text
