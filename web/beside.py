"""What is served beside the page: plain http that sends on to https, and a port that is shut.

Tasks of the web loop; each runs until cancelled. A page that is not at https must not let a browser
hang that tries it, and systemd listens for both.
"""

import asyncio
import contextlib
import socket
from collections.abc import Generator, Sequence
from typing import Any

import uvicorn

from web.guard import HOST, Message, Receive, Send

_MOST = 64  # connections at a time


class _Quiet(uvicorn.Server):
    """uvicorn's server, which leaves the signals to the one that serves the page."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def send_on(app: Any, sockets: Sequence[socket.socket]) -> None:
    """Serve an application for plain http, as `to_https`, until cancelled."""
    server = _Quiet(
        uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            limit_concurrency=_MOST,
            timeout_keep_alive=2,
            timeout_graceful_shutdown=1,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=list(sockets)), name="plain http: serve")
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving


async def to_https(scope: Message, receive: Receive, send: Send) -> None:
    """Answer that the same is at https, at its usual port; an ASGI application."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    match = HOST.fullmatch(hosts[0].decode("latin-1")) if len(hosts) == 1 else None
    if match is None:
        status, headers = 400, []
    else:
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        status = 308
        headers = [(b"location", b"https://" + match[1].encode() + scope["raw_path"] + query)]
    headers.append((b"content-length", b"0"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def turn_away(sockets: Sequence[socket.socket]) -> None:
    """End each connection at once, until cancelled."""

    def end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with contextlib.AsyncExitStack() as stack:
        for each in sockets:
            server = await asyncio.start_server(end, sock=each)
            await stack.enter_async_context(server)
        await asyncio.Event().wait()
