"""A client that never reads, and 30 pushes a second of 300 KB: what does it cost the server?

Memory before the pushes, after half of them and at their end. Stock Dash pushes from a callback
that runs for as long as its browser is there: it has no other way.
"""

import json
import socket
import time
import urllib.request
from collections.abc import Callable

from benchmarks.peers import OURS_SHARED, SOCKETIO, STOCK_SOCKET
from benchmarks.process import Served, running
from benchmarks.table import Row, say
from benchmarks.websocket import text_frame, upgrade

HZ = 30
SIZE = 300_000
SECONDS = 10.0
LIMIT_MB = 10.0
MEASURED = "memory for one stalled client, 30/s of 300 KB for 10 s"


def follow(served: Served) -> str:
    """Ask stock Dash for the callback without outputs, which keeps its browser for pushes."""
    with urllib.request.urlopen(f"{served.url}_dash-dependencies") as answer:
        callbacks = json.load(answer)
    output = next(c["output"] for c in callbacks if c["inputs"][0]["property"] == "id")
    payload = {
        "output": output,
        "outputs": [],
        "inputs": [{"id": "slider", "property": "id", "value": "slider"}],
        "changedPropIds": ["slider.id"],
    }
    request = {"type": "callback_request", "rendererId": "r", "requestId": "1", "payload": payload}
    return json.dumps(request)


GREETINGS: dict[str, tuple[str, Callable[[Served], str]]] = {
    SOCKETIO: ("socketio", lambda _: "40"),
    STOCK_SOCKET: ("stock", follow),
    OURS_SHARED: ("ours", lambda _: '{"t":"hello"}'),
}


def measure(peer: str) -> tuple[float, float, float]:
    """Return the server's memory before, half-way and at the end, in 10^6 bytes."""
    kind, greeting = GREETINGS[peer]
    with running(peer) as served, socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect(("127.0.0.1", served.port))
        stalled.sendall(upgrade(kind, served.port))
        assert stalled.recv(12) == b"HTTP/1.1 101", peer
        stalled.sendall(text_frame(greeting(served)))
        time.sleep(1)
        sizes = [served.rss_mb]
        served.ask("push", hz=HZ, size=SIZE, seconds=SECONDS)
        for _ in range(2):
            time.sleep(SECONDS / 2)
            sizes.append(served.rss_mb)
        before, half, end = sizes
        return before, half, end


def rows() -> list[Row]:
    """Measure all."""
    made: list[Row] = []
    for peer in GREETINGS:
        before, half, end = measure(peer)
        result = f"+{half - before:.1f} MB after half, +{end - before:.1f} MB at the end"
        say(f"{MEASURED}: {peer}: {result}")
        if peer == OURS_SHARED:
            is_flat = end - before <= LIMIT_MB
            made.append(Row(MEASURED, "ours", result, "", f"flat: ≤ +{LIMIT_MB:g} MB", is_flat))
        else:
            made.append(Row(MEASURED, peer, result))
    return made
