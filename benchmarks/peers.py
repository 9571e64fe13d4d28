"""The applications that the benchmarks compare, each served by a process of its own.

Run as ``python -m benchmarks.peers NAME PORT``; `running` does that and waits for the port. All are
one slider, one text and one device that takes a random 5 to 30 ms (or nothing) to take a value.
"""

import asyncio
import contextlib
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dash import Dash as StockDash
from dash import Input, Output, dcc, html

import dash_devices
from dash_devices.serve import serve

ROOT = Path(__file__).resolve().parent.parent
WAIT_S = 20.0


class Device:
    """Takes a while to take a value; ``log`` is what it took, for whoever asks ``/device``."""

    def __init__(self, slow: bool) -> None:
        self._slow = slow
        self._random = random.Random(1)
        self.value = 50
        self.calls = 0

    async def set(self, value: int) -> str:
        """Take a value."""
        self.calls += 1
        if self._slow:
            await asyncio.sleep(self._random.uniform(0.005, 0.030))
        self.value = value
        return f"device at {value}"


def layout() -> Any:
    """The page of every peer."""
    return html.Div(
        [
            dcc.Slider(0, 100, 1, value=50, id="slider", updatemode="drag"),
            html.Div(id="text"),
        ],
        style={"width": 600, "margin": 40},
    )


def ours(device: Device) -> Any:
    """dash_devices."""
    app = dash_devices.Dash("ours")
    app.layout = layout()
    app.callback_shared(Output("text", "children"), Input("slider", "value"))(device.set)
    return app.server


def ours_regular(device: Device) -> Any:
    """dash_devices, with a callback that is not shared."""
    app = dash_devices.Dash("ours")
    app.layout = layout()
    app.callback(Output("text", "children"), Input("slider", "value"))(device.set)
    return app.server


def stock(device: Device) -> Any:
    """Stock Dash on Quart, over HTTP, under the same server as ours."""
    app = StockDash("stock", backend="quart")
    app.layout = layout()
    app.callback(Output("text", "children"), Input("slider", "value"))(device.set)
    return app.server


PEERS = {"shared callback": ours, "regular callback": ours_regular, "stock Dash, HTTP": stock}


def main(name: str, port: int, *, slow: bool) -> None:
    """Serve one peer until ended."""
    device = Device(slow)
    server = PEERS[name](device)

    # Before Dash's own catch-all route, which Quart tries in the order of their weight.
    @server.route("/device")
    async def state() -> Any:
        return {"value": device.value, "calls": device.calls}

    serve(server, host="127.0.0.1", port=port)


@contextlib.contextmanager
def running(name: str, *, slow: bool) -> Iterator[str]:
    """Serve a peer from a process of its own; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = json.dumps([name, port, slow])
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.peers", arguments], cwd=ROOT)
    try:
        deadline = time.monotonic() + WAIT_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            assert time.monotonic() < deadline, f"{name} does not answer"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(WAIT_S)


if __name__ == "__main__":
    peer, at, is_slow = json.loads(sys.argv[1])
    main(peer, at, slow=is_slow)
