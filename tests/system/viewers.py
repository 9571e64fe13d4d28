"""Many browsers' worth of WebSocket clients in one process: quick ones, slow ones, stalled ones.

Run as ``python -m tests.system.viewers`` by `tests.system.test_viewers`, and steered by lines of
JSON on standard input; each is answered by one on standard output. ``open`` opens so many of each
kind, ``watch`` lets some seconds go by and tells what came, ``released`` whether the stalled were
let go. Each viewer has two sockets, as a page has: the page's own and the live picture's.
"""

import asyncio
import contextlib
import json
import sys
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.system import people
from tests.system.relay import Relay
from web.video.live import HEADER

SLOW_BITS = 1_000_000
SHOWN_PX = (1280, 900, 600, 400)  # each kind of page is some viewer's


class Viewer:
    """One page.

    Attributes:
        widths: How many pictures of each width came.
        pushed: What the page's own socket got.
    """

    def __init__(self, number: int, kind: str) -> None:
        self.kind = kind
        self.widths: Counter[int] = Counter()
        self.pushed: list[str] = []
        self._shown_px = SHOWN_PX[number % len(SHOWN_PX)]

    async def open(self, address: str) -> None:
        options: dict[str, Any] = {
            "additional_headers": people.headers("viewer"),
            "compression": None,
            "ping_interval": None,
        }
        self._page = await connect(f"ws://{address}/_dash-devices/socket", **options)
        await self._page.send('{"t":"hello"}')
        await self._page.recv()
        stalled = {"max_queue": 1} if self.kind == "stalled" else {}
        self.live: ClientConnection = await connect(f"ws://{address}/live", **options, **stalled)
        await self.live.send(json.dumps({"shown": self._shown_px}))

    async def watch(self) -> None:
        """Do what a page does, until cancelled or let go; a stalled one does nothing."""
        if self.kind == "stalled":
            return
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow())
                tasks.create_task(self._draw())

    async def close(self) -> None:
        for socket in (self.live, self._page):
            socket.transport.abort()
            await socket.wait_closed()

    async def let_go(self) -> bool:
        """Tell whether the server has ended the stalled picture."""
        try:
            async with asyncio.timeout(10):
                while True:
                    await self.live.recv()
        except ConnectionClosed:
            return True
        except TimeoutError:
            return False

    async def _follow(self) -> None:
        async for message in self._page:
            self.pushed.append(str(message))

    async def _draw(self) -> None:
        async for message in self.live:
            if isinstance(message, str):
                if "ping" in message:
                    await self.live.send('{"pong": true}')
                continue
            header = HEADER.unpack_from(message)
            self.widths[header[4]] += 1
            await self.live.send(json.dumps({"ack": header[1], "busy_ms": 0}))


class Viewers:
    """All of them."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        self._host = parts.netloc
        self._relay = Relay(parts.hostname, parts.port, SLOW_BITS)
        self._all: list[Viewer] = []
        self._watching: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Viewers":
        await self._relay.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        for viewer in self._all:
            await viewer.close()
        await self._relay.__aexit__(None, None, None)

    async def open(self, counts: dict[str, int]) -> None:
        for kind, count in counts.items():
            for number in range(count):
                viewer = Viewer(number, kind)
                slow = kind == "slow"
                address = f"127.0.0.1:{self._relay.port}" if slow else self._host
                await viewer.open(address)
                self._all.append(viewer)
                self._watching.append(asyncio.create_task(viewer.watch()))

    async def watch(self, seconds: float) -> dict[str, list[dict[int, int]]]:
        """Return what each viewer got in some seconds: how many pictures of each width."""
        for viewer in self._all:
            viewer.widths.clear()
        await asyncio.sleep(seconds)
        got: dict[str, list[dict[int, int]]] = {}
        for viewer in self._all:
            got.setdefault(viewer.kind, []).append(dict(viewer.widths))
        return got

    async def released(self) -> list[bool]:
        return [await viewer.let_go() for viewer in self._all if viewer.kind == "stalled"]

    def pushed(self, text: str) -> int:
        """Return how many pages were told something."""
        return sum(any(text in told for told in viewer.pushed) for viewer in self._all)


async def main(url: str) -> None:
    """Answer questions until the input ends."""
    async with Viewers(url) as viewers:
        while line := await asyncio.to_thread(sys.stdin.readline):
            question = json.loads(line)
            answer: object = None
            match question["ask"]:
                case "open":
                    await viewers.open(question["counts"])
                case "watch":
                    answer = await viewers.watch(question["seconds"])
                case "pushed":
                    answer = viewers.pushed(question["text"])
                case _:
                    answer = await viewers.released()
            print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
