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


class Cable:
    """A way to a server that can be cut, and be joined again; a page sees only its own side."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._bound = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._bound.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._is_cut = self._is_closed = False
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Where the page is, through the cable."""
        return f"http://127.0.0.1:{self.port}/"

    def cut(self) -> None:
        """Break every connection and let none in."""
        self._is_cut = True
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        """Let connections in again."""
        self._is_cut = False

    def close(self) -> None:
        """Cut for good."""
        self._is_closed = True
        self.cut()
        with contextlib.suppress(OSError):
            self._bound.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(WAIT_S)
        for end in (self._bound, *self._ends):
            end.close()

    def _accept(self) -> None:
        while not self._is_closed:
            try:
                near, _ = self._bound.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            self._ends += [near, far]
            for source, sink in ((near, far), (far, near)):
                pump = threading.Thread(target=self._pump, args=(source, sink))
                self._threads.append(pump)
                pump.start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving(make: Callable[[], Dash]) -> Iterator[Serving]:
    """Serve what ``make`` builds."""
    served = Serving(make)
    try:
        yield served
    finally:
        served.stop()
