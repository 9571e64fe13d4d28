"""Those who watch, without a browser: they take each picture and acknowledge it at once.

Run as ``python -m benchmarks.web.viewers KIND PORT``, where the kind is ``live`` (our WebSocket) or
``mjpeg``; steered by lines of JSON on standard input, each answered by one: ``open`` opens so many,
quick or behind a slow link, ``watch`` lets seconds go by and tells what came to each.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import uvloop
from websockets.asyncio.client import connect

from benchmarks.hardware.readers import parts
from benchmarks.web.stamped import WIDTH, age_ms
from tests.system import people
from tests.system.relay import Relay
from web.video.live import HEADER

SLOW_BITS = 1_000_000


async def live(port: int, asked: str) -> AsyncIterator[bytes]:
    """Yield each picture of our socket, for ever; acknowledged before it is looked at."""
    address = f"ws://127.0.0.1:{port}/live"
    sent = people.headers("viewer")
    async with connect(
        address, additional_headers=sent, compression=None, ping_interval=None
    ) as socket:
        await socket.send(json.dumps({"shown": WIDTH, "asked": asked}))
        async for message in socket:
            if isinstance(message, bytes):
                number = HEADER.unpack_from(message)[1]
                await socket.send(json.dumps({"ack": number, "busy_ms": 0}))
                yield message[HEADER.size :]
            elif "ping" in message:
                await socket.send('{"pong": true}')


async def mjpeg(port: int) -> AsyncIterator[bytes]:
    """Yield each picture of a multipart stream, for ever."""
    async for _, picture in parts(port):
        yield picture


class Viewer:
    """One of them.

    A quick one asks for the size that the others get in any case. How old pictures are is looked at
    only behind a slow link, where few come.
    """

    def __init__(self, kind: str, port: int, is_slow: bool) -> None:
        self.is_slow = is_slow
        asked = "auto" if is_slow else "high"
        self._pictures = live(port, asked) if kind == "live" else mjpeg(port)
        self.clear()

    def clear(self) -> None:
        """Forget what came."""
        self._times_s: list[float] = []
        self._ages_ms: list[float] = []

    async def watch(self) -> None:
        """Watch until cancelled."""
        async for picture in self._pictures:
            self._times_s.append(time.monotonic())
            if self.is_slow:
                self._ages_ms.append(age_ms(picture))

    def seen(self, seconds: float) -> dict[str, Any]:
        """Tell what came in the last seconds."""
        return {
            "is_slow": self.is_slow,
            "fps": len(self._times_s) / seconds,
            "ages_ms": self._ages_ms,
        }


async def main(kind: str, port: str) -> None:
    """Answer questions until the input ends."""
    viewers: list[Viewer] = []
    watching: list[asyncio.Task[None]] = []
    async with Relay("127.0.0.1", int(port), SLOW_BITS) as relay:
        while line := await asyncio.to_thread(sys.stdin.readline):
            question = json.loads(line)
            answer: object = None
            if question["ask"] == "open":
                is_slow = question["is_slow"]
                for _ in range(question["count"]):
                    viewers.append(Viewer(kind, relay.port if is_slow else int(port), is_slow))
                    watching.append(asyncio.create_task(viewers[-1].watch()))
            else:
                for viewer in viewers:
                    viewer.clear()
                await asyncio.sleep(question["seconds"])
                answer = [viewer.seen(question["seconds"]) for viewer in viewers]
                for task in watching:
                    assert not task.done(), task.exception()
            print(json.dumps(answer), flush=True)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
