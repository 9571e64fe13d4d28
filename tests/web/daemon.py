"""The daemon's end of ``frames.sock``, real, with pictures that the test makes."""

import asyncio
import time
from pathlib import Path

from vizy.frames import Feeds, FrameFeed, FrameServer

SIZE = (64, 48)


class FramesDaemon:
    """Serves the stream ``encoded``; a frame goes out when the test says so.

    Attributes:
        readers: How many read now.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.readers = 0
        self._changed = asyncio.Event()

    async def __aenter__(self) -> "FramesDaemon":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._feed = FrameFeed()
        self._shown = 0
        self._server = FrameServer(
            self._path, open_feed=lambda *_: self._feed, on_readers=self._count
        )
        await self._server.start()

    async def stop(self) -> None:
        await self._server.close()
        del self._feed

    def show(self, data: bytes, *, age_s: float = 0.0) -> int:
        """Publish a picture, and return its sequence."""
        self._feed.write(
            data,
            width=SIZE[0],
            height=SIZE[1],
            format="JPEG",
            timestamp_ns=time.monotonic_ns() - round(age_s * 1e9),
            slot_bytes=100_000,
        )
        self._shown += 1
        return self._shown

    async def until_readers(self, count: int) -> None:
        """Wait until so many read."""
        async with asyncio.timeout(5):
            while self.readers != count:
                self._changed.clear()
                await self._changed.wait()

    def _count(self, _: Feeds) -> None:
        self.readers = self._server.readers
        self._changed.set()
