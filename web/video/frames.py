"""`FrameHub`: the newest live frame, for any number of viewers in this process.

One per web process, made by `web.server`, used by the live, snapshot and MJPEG routes; everything
runs on the web loop. It reads the daemon's frames only while somebody watches, so the daemon
encodes only then. It keeps one frame: a viewer gets the newest that it has not had, never a queue
of old ones, and none waits for another.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Literal

from vizy.errors import BusyError, VizyError
from vizy.frames import Frame, FrameClient

_LOG = logging.getLogger(__name__)

Status = Literal["connecting", "live", "away"]


class FrameHub:
    """Shares the daemon's frames among viewers.

    Args:
        path: The daemon's ``frames.sock``.
        on_viewers: Called with the number of viewers whenever it changes; None calls nobody.
        max_viewers: Viewers at once; one more is refused.
        stall_s: Without a frame for so long, the camera counts as away.
        exposure_s: How long a frame is exposed now; a camera is given twice that besides.
        retry_s: The shortest and the longest pause between attempts to connect.

    Attributes:
        status: ``live`` while frames come, ``away`` when they stopped or cannot be had,
            ``connecting`` before either is known and while nobody watches.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_viewers: Callable[[int], None] | None = None,
        max_viewers: int = 64,
        stall_s: float = 2.0,
        exposure_s: Callable[[], float] = lambda: 0.0,
        retry_s: tuple[float, float] = (0.1, 0.5),
    ) -> None:
        self._path = path
        self._on_viewers = on_viewers
        self._max_viewers = max_viewers
        self._stall_s = stall_s
        self._exposure_s = exposure_s
        self._retry_s = retry_s
        self._viewers: set[Viewer] = set()
        self._pump: asyncio.Task[None] | None = None
        self._pumps: set[asyncio.Task[None]] = set()  # that one, and any that still ends
        self.status: Status = "connecting"
        self._last_s = 0.0

    @property
    def live(self) -> bool:
        """Whether frames come."""
        return self.status == "live"

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers)

    @contextlib.asynccontextmanager
    async def watch(self) -> AsyncGenerator["Viewer", None]:
        """Be a viewer for a while; the first one connects to the daemon, the last disconnects.

        Raises:
            BusyError: As many watch as may watch.
        """
        if len(self._viewers) >= self._max_viewers:
            raise BusyError(f"{self._max_viewers} watch already, the most: try again later")
        viewer = Viewer(self.status)
        self._viewers.add(viewer)
        self._count()
        if self._pump is None:
            self._pump = asyncio.create_task(self._run(), name="frame hub")
            self._pumps.add(self._pump)
            self._pump.add_done_callback(self._pumps.discard)
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)
            self._count()
            if not self._viewers:
                self._rest()

    async def close(self) -> None:
        """Disconnect from the daemon; whoever still watches gets nothing more."""
        self._rest()
        if self._pumps:
            await asyncio.wait(self._pumps)

    def _count(self) -> None:
        if self._on_viewers is not None:
            self._on_viewers(len(self._viewers))

    def _rest(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        self._pump = None
        self.status = "connecting"

    async def _run(self) -> None:
        """Read frames for as long as somebody watches, over any number of daemons."""
        pause_s = self._retry_s[0]
        while True:
            try:
                async with FrameClient(self._path) as frames:
                    await self._share(frames)
            except VizyError as error:
                if self.status != "away":
                    _LOG.info("no live picture: %s", error)
                    pause_s = self._retry_s[0]
                self._turn("away")
            except Exception:  # noqa: BLE001 - the root of the task
                _LOG.exception("reading live frames failed")
                self._turn("away")
            await asyncio.sleep(pause_s * random.uniform(0.75, 1.25))
            pause_s = min(pause_s * 1.5, self._retry_s[1])

    async def _share(self, frames: FrameClient) -> None:
        self._last_s = asyncio.get_running_loop().time()
        watching = asyncio.create_task(self._watch_for_stalls(), name="frame hub: stalls")
        try:
            async for frame in frames:
                self._last_s = asyncio.get_running_loop().time()
                self._turn("live")
                for viewer in self._viewers:
                    viewer.offer(frame)
        finally:
            watching.cancel()

    async def _watch_for_stalls(self) -> None:
        """Turn to ``away`` when no frame came for longer than its exposure explains."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = self._last_s + self._stall_s + 2 * self._exposure_s()
            if due_s <= loop.time():
                self._turn("away")
                due_s = loop.time() + self._stall_s
            await asyncio.sleep(min(due_s - loop.time(), self._stall_s))

    def _turn(self, status: Status) -> None:
        if status != self.status:
            self.status = status
            for viewer in self._viewers:
                viewer.turn(status)


class Viewer:
    """One viewer's place at the hub: the newest frame it has not had, and the status.

    Made by `FrameHub.watch`; one task waits on it.
    """

    def __init__(self, status: Status) -> None:
        self._frame: Frame | None = None
        self._told: Status = "connecting"
        self._news = asyncio.Event()
        self.status: Status = status

    async def next(self) -> Frame:
        """Wait for a frame that this viewer has not had, and return the newest."""
        while True:
            news = await self.news()
            if isinstance(news, Frame):
                return news

    async def news(self) -> Frame | Status:
        """Wait for a frame or a change of status, and return it; a change comes first."""
        while True:
            if self.status != self._told:
                self._told = self.status
                return self.status
            if self._frame is not None:
                frame, self._frame = self._frame, None
                return frame
            self._news.clear()
            await self._news.wait()

    def offer(self, frame: Frame) -> None:
        """Put the newest frame in place of the one before; called by the hub."""
        self._frame = frame
        self._news.set()

    def turn(self, status: Status) -> None:
        """Take note of a change of status; called by the hub."""
        self.status = status
        self._news.set()
