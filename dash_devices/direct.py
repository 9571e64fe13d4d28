"""`DirectProtocol`: uvicorn's WebSocket, which also takes frames that are made already.

Offered to the application in the ASGI scope (see `dash_devices.frames`). Event loop only.
"""

# pyright: reportUnknownMemberType=false
# uvicorn's protocol leaves some of its attributes without types.

from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import OPEN

from dash_devices.frames import EXTENSION


class DirectProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def handle_connect(self, event: Request) -> None:
        """Take the handshake; the application, which runs later, finds the extension."""
        super().handle_connect(event)
        if hasattr(self, "scope") and not self.config.ws_per_message_deflate:
            extensions = cast("dict[str, Any]", self.scope.setdefault("extensions", {}))
            extensions[EXTENSION] = self.write_frame

    def write_frame(self, frame: bytes) -> bool:
        """Write a frame unless the connection is closing or the browser reads too slowly."""
        if (
            not self.writable.is_set()
            or self.close_sent
            or self.conn.state is not OPEN
            or self.transport.is_closing()
        ):
            return False
        self.transport.write(frame)
        return True
