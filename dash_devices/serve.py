"""Serves an ASGI application with uvicorn, set up for many small messages.

uvloop and the sans-I/O websockets protocol measured best; per-message compression costs more than
it saves on small frames and is off.
"""

import asyncio
import contextlib
import errno
import signal
import socket
import threading
from collections.abc import Callable, Generator
from typing import Any

import uvicorn

from dash_devices.direct import DirectProtocol
from dash_devices.prompt import PromptProtocol
from dash_devices.protocol import MAX_MESSAGE_BYTES

_ENDING = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """uvicorn's server, which also says when it accepts connections, and when no more."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_started: Callable[[], None] | None,
        on_stopping: Callable[[], None] | None,
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._on_stopping = on_stopping

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """End on a signal, and then return to the caller.

        uvicorn would raise the signal again, and whatever the caller has to clean up would be lost.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        for number in _ENDING:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in _ENDING:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call ``on_started``."""
        for bound in sockets or []:
            if bound.family in (socket.AF_INET, socket.AF_INET6):
                # Whom it accepts inherits this. asyncio would not see to it for a socket it did not
                # make itself, and the second of two small frames would come 40 ms late.
                bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await super().startup(sockets)
        if self.started and self._on_started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Call ``on_stopping``, then stop."""
        if self._on_stopping:
            self._on_stopping()
        await super().shutdown(sockets)


def server(
    app: Any,
    *,
    host: str = "127.0.0.1",
    port: int = 8050,
    on_started: Callable[[], None] | None = None,
    on_stopping: Callable[[], None] | None = None,
    **options: Any,
) -> Server:
    """Return a server that is set up but not started; ``options`` are uvicorn's own."""
    settings: dict[str, Any] = {
        "host": host,
        "port": port,
        "loop": "uvloop",
        "http": PromptProtocol,
        "ws": DirectProtocol,
        "ws_max_size": MAX_MESSAGE_BYTES,
        "ws_per_message_deflate": False,
        "ws_ping_interval": 20.0,
        "ws_ping_timeout": 20.0,
        "timeout_graceful_shutdown": 2,
        "log_level": "warning",
    }
    return Server(uvicorn.Config(app, **(settings | options)), on_started, on_stopping)


def bound(host: str, port: int) -> socket.socket:
    """Take a port, before anything else is done that another run of the program may be doing.

    Raises:
        SystemExit: It cannot be had; the text says so and what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, reuse_port=False)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SystemExit(
                f"port {port} of {host} is taken, perhaps by another run of this program: stop it, "
                "or give another port, as in app.run(port=8051)"
            ) from error
        raise SystemExit(f"cannot listen on {host}, port {port}: {error.strerror}") from error


def serve(app: Any, *, host: str, port: int, **options: Any) -> None:
    """Serve until interrupted; ``options`` are uvicorn's own."""
    with bound(host, port) as listening:
        server(app, host=host, port=port, **options).run(sockets=[listening])
