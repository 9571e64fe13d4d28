"""Pushing to many: 30 updates a second of 1.7 KB to 10, 100 and 500 clients, ours and Socket.IO.

The clients are in one other process and do next to nothing. The server's processor time is in
percent of one core and in microseconds for each update that reached a client; the ratio is of the
latter, because on a busy machine a server that falls behind sends fewer and would look cheap. The
time of an update is from the push to its arrival, over all clients.
"""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.peers import OURS_SHARED, SOCKETIO
from benchmarks.process import Child, Served, running
from benchmarks.table import Row, percentile, say

HZ = 30
SIZE = 1700
SECONDS = 6.0
COUNTS = (10, 100, 500)
KINDS = {SOCKETIO: "socketio", OURS_SHARED: "ours"}


@dataclass(frozen=True)
class Result:
    """What one run showed."""

    cpu_percent: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    rss_mb: float
    seen_hz: float
    clients_percent: float

    def __str__(self) -> str:
        return (
            f"cpu {self.cpu_percent:.1f} % ({self.cpu_us:.0f} µs), p50 {self.p50_ms:.1f}, "
            f"p99 {self.p99_ms:.1f} ms, rss {self.rss_mb:.0f} MB, {self.seen_hz:.1f}/s seen"
        )


@contextlib.contextmanager
def connected(served: Served, kind: str, count: int) -> Iterator[Child]:
    """Connect so many clients from a process of their own."""
    arguments = {"kind": kind, "port": served.port, "count": count}
    clients = Child("clients", json.dumps(arguments))
    try:
        assert clients.ask("connect")["connected"] == count
        yield clients
    finally:
        clients.close()


def measure(peer: str, count: int, seconds: float = SECONDS) -> Result:
    """Push to so many clients of one peer."""
    with running(peer) as served, connected(served, KINDS[peer], count) as clients:
        time.sleep(0.5)
        served.ask("push", hz=HZ, size=SIZE, seconds=seconds + 2)
        time.sleep(1)
        clients.ask("start")
        used_s, start = served.cpu_s, time.monotonic()
        time.sleep(seconds)
        used_s, wall_s = served.cpu_s - used_s, time.monotonic() - start
        seen = clients.ask("stop")
        return Result(
            cpu_percent=100 * used_s / wall_s,
            cpu_us=1e6 * used_s / max(1, len(seen["times_ms"])),
            p50_ms=percentile(seen["times_ms"], 50),
            p99_ms=percentile(seen["times_ms"], 99),
            rss_mb=served.rss_mb,
            seen_hz=len(seen["times_ms"]) / count / wall_s,
            clients_percent=100 * seen["cpu_s"] / wall_s,
        )


def rows() -> list[Row]:
    """Measure all."""
    made: list[Row] = []
    for count in COUNTS:
        measured = f"fan-out to {count}, {HZ}/s of {SIZE / 1000} KB"
        results: dict[str, Result] = {}
        for peer in KINDS:
            results[peer] = measure(peer, count)
            clients = results[peer].clients_percent
            say(f"{measured}: {peer}: {results[peer]}; cpu of the clients {clients:.0f} %")
        theirs, own = results[SOCKETIO], results[OURS_SHARED]
        ratio = own.cpu_us / theirs.cpu_us
        made.append(Row(measured, SOCKETIO, str(theirs), f"{ratio:.2f} cpu"))
        if count == max(COUNTS):
            made += [
                Row(measured, "ours", str(own), "", "cpu ≤ 0.5 of Socket.IO", ratio <= 0.5),
                Row(
                    measured, "ours", f"p99 {own.p99_ms:.1f} ms", "", "p99 < 40 ms", own.p99_ms < 40
                ),
            ]
        else:
            made.append(Row(measured, "ours", str(own)))
    return made
