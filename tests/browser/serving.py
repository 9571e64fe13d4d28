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


class Strand:
    """One connection through a cable; its bytes may vanish without either end being told."""

    def __init__(self, near: socket.socket, far: socket.socket, muted: set[str]) -> None:
        self.near, self.far = near, far
        self.muted = muted
        self.carried = threading.Event()
        self.is_cut = False

    def pump(self, direction: str) -> None:
        """Carry bytes ``up`` to the server or ``down`` to the page until an end closes."""
        source, sink = (self.near, self.far) if direction == "up" else (self.far, self.near)
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.carried.set()
                if direction not in self.muted:
                    sink.sendall(data)
        self.cut()

    def cut_when_idle(self, idle_s: float) -> None:
        """Break it when no byte has passed for so long."""
        while self.carried.wait(idle_s) and not self.is_cut:
            self.carried.clear()
        self.cut()

    def cut(self) -> None:
        """Break it."""
        self.is_cut = True
        self.carried.set()
        for end in (self.near, self.far):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Cable:
    """A way to a server that can be cut, and be joined again; a page sees only its own side.

    Args:
        to: The server's port.
    """

    def __init__(self, to: int) -> None:
        self._to = to
        self._idle_s: float | None = None
        self._bound = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._bound.getsockname()[1]
        self._strands: list[Strand] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._is_cut = self._is_closed = False
        self._muted: set[str] = set()
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Where the page is, through the cable."""
        return f"http://127.0.0.1:{self.port}/"

    def cut(self) -> None:
        """Break every connection and let none in."""
        self._is_cut = True
        for strand in self._strands:
            strand.cut()

    def mute(self, *directions: str) -> None:
        """Let bytes vanish ``up``, ``down`` or both ways, of connections old and new."""
        self._muted = set(directions)
        for strand in self._strands:
            strand.muted |= self._muted

    def drop_idle(self, idle_s: float) -> None:
        """Drop a connection, from the next one on, that is without a byte for so long.

        As many a proxy does; but those wait longer than any answer takes.
        """
        self._idle_s = idle_s

    def join(self) -> None:
        """Let connections in again; one that was muted has lost bytes and stays so."""
        self._muted = set()
        self._is_cut = False

    def close(self) -> None:
        """Cut for good."""
        self._is_closed = True
        self.cut()
        with contextlib.suppress(OSError):
            self._bound.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(WAIT_S)
        for end in (self._bound, *(end for s in self._strands for end in (s.near, s.far))):
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
            try:
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:  # the server has stopped
                near.close()
                continue
            strand = Strand(near, far, set(self._muted))
            self._strands.append(strand)
            for direction in ("up", "down"):
                self._run(strand.pump, direction)
            if self._idle_s is not None:
                self._run(strand.cut_when_idle, self._idle_s)
            if self._is_cut:  # meanwhile
                strand.cut()

    def _run(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()


@contextlib.contextmanager
def serving(make: Callable[[], Dash]) -> Iterator[Serving]:
    """Serve what ``make`` builds."""
    served = Serving(make)
    try:
        yield served
    finally:
        served.stop()
