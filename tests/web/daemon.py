"""The daemon's end of ``frames.sock``, real, with pictures that the test makes."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from vizy.errors import BusyError
from vizy.frames import Feeds, FrameFeed, FrameServer, Hello

SIZE = (64, 48)


class FramesDaemon:
    """Serves the stream ``encoded`` in any size; a frame goes out when the test says so.

    Attributes:
        path: Of its socket.
        readers: How many read now.
        read: What is read now.
        most: How many sizes and qualities it serves at a time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._feeds: Feeds = {}
        self._changed = asyncio.Event()
        self.readers = 0
        self.most = 4

    async def __aenter__(self) -> "FramesDaemon":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def read(self) -> set[tuple[int | None, int | None]]:
        """Width and quality of each stream."""
        return {(wants.width, wants.quality) for wants in self._feeds}

    async def start(self) -> None:
        self._shown = 0
        self._server = FrameServer(self.path, open_feed=self._open, on_readers=self._count)
        await self._server.start()

    async def stop(self) -> None:
        await self._server.close()

    def show(self, data: bytes, *, age_s: float = 0.0, times: float = 1.0) -> int:
        """Publish a picture in every size that is read, and return how many were.

        Args:
            data: The picture; of a width W that was asked for it is ``data`` and `` at W``.
            age_s: How long ago it was taken.
            times: How often a picture of the whole width holds ``data``, and others fewer.
        """
        for wants, feed in self._feeds.items():
            width = min(wants.width or SIZE[0], SIZE[0])
            picture = data if wants.width is None else data + b" at %d" % wants.width
            feed.write(
                picture * max(1, round(times * (width / SIZE[0]) ** 2)),
                width=width,
                height=SIZE[1] * width // SIZE[0],
                format="JPEG",
                timestamp_ns=time.monotonic_ns() - round(age_s * 1e9),
                slot_bytes=400_000,
            )
        self._shown += 1
        return self._shown

    async def until_readers(self, count: int) -> None:
        """Wait until so many read."""
        await self.until(lambda: self.readers == count)

    async def until_read(self, *widths: int | None) -> None:
        """Wait until pictures of exactly these widths are read."""
        await self.until(lambda: {width for width, _ in self.read} == set(widths))

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait until readers have come and gone as wanted."""
        async with asyncio.timeout(5):
            while not happened():
                self._changed.clear()
                await self._changed.wait()

    def _open(self, wants: Hello, feeds: Feeds) -> FrameFeed:
        if len(feeds) >= self.most:
            raise BusyError(f"{self.most} sizes and qualities are read, the most")
        return FrameFeed()

    def _count(self, feeds: Feeds) -> None:
        self._feeds = dict(feeds)
        self.readers = self._server.readers
        self._changed.set()
