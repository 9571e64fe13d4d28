"""Many cheap WebSocket clients in one process: they count updates and take the time they took.

Run as ``python -m benchmarks.clients ARGUMENTS`` by `benchmarks.fanout`; it asks by lines of JSON
on standard input: ``connect``, ``start`` and ``stop``. Every update holds the time at which it was
pushed, between two ``@``, on the clock that all processes of a machine share.
"""

import asyncio
import json
import re
import resource
import sys
import time
from typing import Any, cast

import uvloop

from benchmarks.websocket import text_frame, upgrade

STAMP = re.compile(rb"@(\d+)@")
GREETINGS = {"ours": '{"t":"hello"}', "socketio": "40"}
GREETED = {"ours": b'"hello"', "socketio": b"40{"}
AT_ONCE = 25


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, kind: str, port: int, times: list[float]) -> None:
        self._kind = kind
        self._port = port
        self._times = times
        self._begun = b""
        self._is_open = False
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(upgrade(self._kind, self._port))

    def data_received(self, data: bytes) -> None:
        if self.greeted.done():
            now = time.monotonic_ns()
            for stamp in STAMP.findall(data):
                self._times.append((now - int(stamp)) / 1e6)
            return
        self._begun += data
        if not self._is_open and b"\r\n\r\n" in self._begun:
            assert self._begun.startswith(b"HTTP/1.1 101"), self._begun
            self._is_open = True
            self._transport.write(text_frame(GREETINGS[self._kind]))
        if self._is_open and GREETED[self._kind] in self._begun:
            self.greeted.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.greeted.done():
            self.greeted.set_exception(exc or ConnectionError("closed before it was greeted"))


async def connect(kind: str, port: int, count: int, times: list[float]) -> list[Client]:
    """Open all connections and wait until each was greeted."""
    loop = asyncio.get_running_loop()
    turn = asyncio.Semaphore(AT_ONCE)

    async def one() -> Client:
        async with turn:
            _, client = await loop.create_connection(
                lambda: Client(kind, port, times), "127.0.0.1", port
            )
            await client.greeted
            return client

    return list(await asyncio.gather(*(one() for _ in range(count))))


def cpu_s() -> float:
    """Processor time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def main(kind: str, port: int, count: int) -> None:
    """Answer questions until the input ends."""
    times: list[float] = []
    clients: list[Client] = []
    used_s = 0.0
    while line := await asyncio.to_thread(sys.stdin.readline):
        answer: dict[str, Any] = {}
        match json.loads(line)["ask"]:
            case "connect":
                clients = await connect(kind, port, count, times)
                answer = {"connected": len(clients)}
            case "start":
                times.clear()
                used_s = cpu_s()
            case _:
                answer = {"times_ms": list(times), "cpu_s": cpu_s() - used_s}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    uvloop.run(main(**json.loads(sys.argv[1])))
