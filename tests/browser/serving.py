"""Serves a Dash application to a real browser, from a thread, and can restart it."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

from dash_devices import Dash
from dash_devices.serve import Server, server

WAIT_S = 15.0


class Serving:
    """One application after another on the same port."""

    def __init__(self, make: Callable[[], Dash]) -> None:
        self._make = make
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Serve a new application; return when it accepts connections."""
        self.app = self._make()
        bound = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        ready = threading.Event()
        self._server: Server = server(self.app.server, on_started=ready.set, log_level="error")
        self._thread = threading.Thread(target=self._serve, args=(bound,))
        self._thread.start()
        assert ready.wait(WAIT_S)

    def _serve(self, bound: socket.socket) -> None:
        with bound:
            asyncio.run(self._server.serve(sockets=[bound]))

    def stop(self) -> None:
        """Stop serving and wait until that is done."""
        self._server.should_exit = True
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()


@contextlib.contextmanager
def serving(make: Callable[[], Dash]) -> Iterator[Serving]:
    """Serve what ``make`` builds."""
    served = Serving(make)
    try:
        yield served
    finally:
        served.stop()
