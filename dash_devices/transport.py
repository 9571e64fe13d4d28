"""The WebSocket endpoint: who may open it, and under which name.

`SocketEndpoint.serve` runs once per connection on the event loop: it checks the origin, asks the
application whether it admits the browser, and hands the connection to a `Conversation`.
"""

import asyncio
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dash_devices.clients import Client
from dash_devices.conversation import Conversation
from dash_devices.frames import writer_of

if TYPE_CHECKING:
    from dash_devices.app import Dash

CLOSE_TRY_LATER = 1013
CLOSE_FORBIDDEN = 4003


def is_same_origin(origin: str | None, host: str | None, allowed: list[str]) -> bool:
    """Whether a page of this origin may open the socket; a program that sends none may."""
    if origin is None or origin in allowed:
        return True
    try:
        scheme, authority = urlsplit(origin)[:2]
    except ValueError:  # as of "http://[::1"
        return False
    standard = {"http": ":80", "https": ":443"}.get(scheme)
    return (
        standard is not None
        and bool(authority)
        and authority.lower().removesuffix(standard) == (host or "").lower().removesuffix(standard)
    )


def client_of(request: Any) -> Client:
    """Describe the browser behind a request or a socket; both are Quart's."""
    headers = request.headers
    return Client(
        id=uuid.uuid4().hex,
        address=request.remote_addr or "",
        host=headers.get("Host", ""),
        origin=headers.get("Origin"),
        headers=dict(headers),
        cookies=dict(request.cookies),
        args=request.args,
        path=request.full_path,
    )


class SocketEndpoint:
    """Serves the socket of every tab.

    Args:
        app: The application.
        allowed_origins: Origins besides the server's own whose pages may connect.
        max_clients: How many browsers may be connected at once.
    """

    def __init__(self, app: "Dash", allowed_origins: list[str], max_clients: int) -> None:
        self._app = app
        self._allowed_origins = allowed_origins
        self._max_clients = max_clients
        self._open = 0

    async def serve(self, websocket: Any) -> None:
        """Serve one connection until it ends; ``websocket`` is Quart's."""
        headers = websocket.headers
        if not is_same_origin(headers.get("Origin"), headers.get("Host"), self._allowed_origins):
            await websocket.close(CLOSE_FORBIDDEN)
            return
        client = client_of(websocket)
        is_admitted = await self._app.access.admits(client)
        # Accepted first, so that the page is told the reason and not only that it failed.
        await websocket.accept()
        if not is_admitted:
            await websocket.close(CLOSE_FORBIDDEN, "this browser is not authorised")
            return
        if self._open >= self._max_clients:
            await websocket.close(CLOSE_TRY_LATER, f"{self._open} browsers are connected already")
            return
        client.outbox.write = writer_of(websocket.scope)
        conversation = Conversation(self._app, client, websocket)
        self._open += 1
        try:
            await conversation.run()
        finally:
            self._open -= 1
            await asyncio.shield(conversation.close())
