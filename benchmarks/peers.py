"""The applications that the benchmarks compare; each is served by a process of its own.

Run as ``python -m benchmarks.peers SETUP`` by `benchmarks.process`, which asks for things by lines
of JSON on standard input: ``{"ask": "device"}`` and ``{"ask": "push", ...}``. All show one slider
and one text, and steer one device that takes a while to take a value. A process imports only what
it serves, so that its memory is its own.
"""

import asyncio
import contextlib
import json
import os
import random
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

HOST = "127.0.0.1"

OURS_REGULAR = "ours, regular callback"
OURS_SHARED = "ours, shared callback"
STOCK_FLASK = "stock HTTP, Flask"
STOCK_QUART = "stock HTTP, Quart"
STOCK_SOCKET = "stock WebSocket"
SOCKETIO = "python-socketio"

# As dash_devices serves itself: the same for all that speak ASGI.
UVICORN: dict[str, Any] = {
    "loop": "uvloop",
    "ws": "websockets-sansio",
    "ws_per_message_deflate": False,
    "log_level": "warning",
}


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What to serve.

    Attributes:
        peer: One of `PEERS`.
        port: Where.
        shortest_s, longest_s: How long the device takes for a value.
        is_serial: Whether the device takes one value at a time and lets others wait.
        page: ``form``; ``graph`` and ``mantine`` add such a component.
    """

    peer: str
    port: int
    shortest_s: float = 0.0
    longest_s: float = 0.0
    is_serial: bool = False
    page: str = "form"


class Device:
    """Takes a while to take a value, and counts."""

    def __init__(self, setup: Setup) -> None:
        self._range = (setup.shortest_s, setup.longest_s)
        self._random = random.Random(1)
        self._lock = asyncio.Lock() if setup.is_serial else contextlib.nullcontext()
        self._thread_lock = threading.Lock() if setup.is_serial else contextlib.nullcontext()
        self.value = 150
        self.calls = 0

    def _takes_s(self) -> float:
        self.calls += 1
        return self._random.uniform(*self._range)

    async def set(self, value: int) -> str:
        """Take a value."""
        async with self._lock:
            if takes_s := self._takes_s():
                await asyncio.sleep(takes_s)
            self.value = value
        return f"device at {value}"

    def set_blocking(self, value: int) -> str:
        """Take a value, for a server of threads."""
        with self._thread_lock:
            if takes_s := self._takes_s():
                time.sleep(takes_s)
            self.value = value
        return f"device at {value}"


def layout(page: str) -> Any:
    """The page of every peer."""
    from dash import dcc, html

    slider = dcc.Slider(
        0, 300, 1, value=150, marks=None, id="slider", updatemode="drag", allow_direct_input=False
    )
    parts: list[Any] = [slider, html.Div(id="text"), html.Div(id="pushed")]
    if page == "graph":
        parts.append(dcc.Graph(id="graph", figure={"data": [{"y": [1, 2, 3]}]}))
    whole: Any = html.Div(parts, style={"width": 700, "margin": 40})
    if page == "mantine":
        import dash_mantine_components as dmc

        whole = dmc.MantineProvider(html.Div([whole, dmc.Button("Go", id="go")]))
    return whole


class Peer:
    """One application: ``serve`` blocks, ``push`` sends a text to every browser."""

    def __init__(
        self,
        serve: Callable[[], None],
        push: Callable[[str], Awaitable[Any]] | None = None,
    ) -> None:
        self.serve = serve
        self.push = push
        self.loop: asyncio.AbstractEventLoop | None = None

    async def started(self) -> None:
        """Learn the loop on which to push; every ASGI peer calls it at its start."""
        self.loop = asyncio.get_running_loop()


def ours(setup: Setup, device: Device, *, shared: bool) -> Peer:
    """dash_devices."""
    import dash_devices
    from dash_devices.serve import serve

    app = dash_devices.Dash("ours")
    app.layout = layout(setup.page)
    register = app.callback_shared if shared else app.callback
    register(dash_devices.Output("text", "children"), dash_devices.Input("slider", "value"))(
        device.set
    )
    peer = Peer(
        lambda: serve(app.server, host=HOST, port=setup.port),
        lambda text: app.push_mods_coro({"pushed": {"children": text}}),
    )
    app.server.before_serving(peer.started)
    return peer


def stock(setup: Setup, device: Device, *, over_socket: bool) -> Peer:
    """Stock Dash on Quart, under the same server as ours.

    Over its WebSocket it has no push to all browsers; a callback may push to its own one for as
    long as it runs, and ``follow`` does that.
    """
    import uvicorn
    from dash import Dash, Input, Output, ctx

    app = Dash("stock", backend="quart", websocket_callbacks=over_socket)
    app.layout = layout(setup.page)
    app.callback(Output("text", "children"), Input("slider", "value"))(device.set)
    followers: list[Any] = []

    if over_socket:

        @app.callback(Input("slider", "id"), prevent_initial_call=True)
        async def follow(_: str) -> None:
            followers.append(ctx.websocket)
            await asyncio.get_running_loop().create_future()  # cancelled when the browser goes

    async def push(text: str) -> None:
        for follower in followers:
            await follower.set_prop("pushed", "children", text)

    peer = Peer(lambda: uvicorn.run(app.server, host=HOST, port=setup.port, **UVICORN), push)
    app.server.before_serving(peer.started)
    return peer


def stock_flask(setup: Setup, device: Device) -> Peer:
    """Stock Dash as it comes: on Flask, under werkzeug's server, a thread for each request."""
    import logging

    from dash import Dash, Input, Output
    from werkzeug.serving import run_simple

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = Dash("stock")
    app.layout = layout(setup.page)
    app.callback(Output("text", "children"), Input("slider", "value"))(device.set_blocking)
    return Peer(lambda: run_simple(HOST, setup.port, app.server, threaded=True))


def socketio(setup: Setup, device: Device) -> Peer:
    """python-socketio as an ASGI application, with one event that sets the device."""
    import socketio
    import uvicorn

    server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")

    @server.on("set")
    async def take(_: str, value: int) -> str:
        return await device.set(value)

    peer = Peer(
        lambda: uvicorn.run(
            socketio.ASGIApp(server, on_startup=peer.started),
            host=HOST,
            port=setup.port,
            **UVICORN,
        ),
        lambda text: server.emit("push", {"pushed": {"children": text}}),
    )
    return peer


PEERS: dict[str, Callable[[Setup, Device], Peer]] = {
    OURS_REGULAR: lambda setup, device: ours(setup, device, shared=False),
    OURS_SHARED: lambda setup, device: ours(setup, device, shared=True),
    STOCK_FLASK: stock_flask,
    STOCK_QUART: lambda setup, device: stock(setup, device, over_socket=False),
    STOCK_SOCKET: lambda setup, device: stock(setup, device, over_socket=True),
    SOCKETIO: socketio,
}


async def push(peer: Peer, *, hz: float, size: int, seconds: float) -> None:
    """Push a text of ``size`` bytes that begins with the time, ``hz`` times a second."""
    assert peer.push
    start = time.monotonic()
    for number in range(int(hz * seconds)):
        await asyncio.sleep(max(0.0, start + number / hz - time.monotonic()))
        await peer.push(f"@{time.monotonic_ns()}@".ljust(size, "x"))


def answer_questions(peer: Peer, device: Device, answers: Any) -> None:
    """Answer the lines on standard input; runs in a thread of its own."""
    for line in sys.stdin:
        question = json.loads(line)
        match question.pop("ask"):
            case "device":
                answer = {"value": device.value, "calls": device.calls}
            case "push":
                assert peer.loop
                asyncio.run_coroutine_threadsafe(push(peer, **question), peer.loop)
                answer = {}
            case unknown:
                answer = {"error": f"what is {unknown}?"}
        print(json.dumps(answer), file=answers, flush=True)


def main(setup: Setup) -> None:
    """Serve one peer until ended."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else the peer prints
    device = Device(setup)
    peer = PEERS[setup.peer](setup, device)
    threading.Thread(target=answer_questions, args=(peer, device, answers), daemon=True).start()
    peer.serve()


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Setup))
