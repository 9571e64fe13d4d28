"""`Source`: one variant of the live picture, read from the daemon for those who watch it.

Made by `web.video.frames.FrameHub` for a variant's first viewer and closed with its last, on the
web loop. It keeps no frame: each goes to every viewer at once, who keeps the newest.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

from vizy.errors import BusyError, VizyError
from vizy.frames import Frame, FrameClient
from web.video.variants import Variant

_LOG = logging.getLogger(__name__)
_SMOOTHING = 0.2  # of each new measurement of the time between frames

Status = Literal["connecting", "live", "away"]


class Watching(Protocol):
    """Who gets the frames; `web.video.viewer.Viewer` is one."""

    def offer(self, frame: Frame, source: "Source") -> None:
        """Take the newest frame."""
        ...

    def turn(self) -> None:
        """Take note that the source's status is another."""
        ...


class Source:
    """Reads one variant from its first viewer to its last.

    Args:
        path: The daemon's ``frames.sock``.
        variant: What to read.
        on_idle: Called when the last viewer has left.
        on_refused: Called when the daemon makes as many variants as it may, and not this one.
        stall_s: Without a frame for so long, the camera counts as away.
        exposure_s: How long a frame is exposed now; a camera is given twice that besides.
        retry_s: The shortest and the longest pause between attempts to connect.

    Attributes:
        variant: What it reads.
        viewers: Who watches.
        status: ``live`` while frames come, ``away`` when they stopped or cannot be had,
            ``connecting`` before either is known.
        interval_s: The time from one frame to the next, smoothed; 0 before the second.
        task: Reads.
    """

    def __init__(
        self,
        path: Path,
        variant: Variant,
        *,
        on_idle: "Callable[[Source], None]",
        on_refused: "Callable[[Source], None]",
        stall_s: float,
        exposure_s: Callable[[], float],
        retry_s: tuple[float, float],
    ) -> None:
        self._path = path
        self.variant = variant
        self._on_idle = on_idle
        self._on_refused = on_refused
        self._stall_s = stall_s
        self._exposure_s = exposure_s
        self._retry_s = retry_s
        self.viewers: set[Watching] = set()
        self.status: Status = "connecting"
        self.interval_s = 0.0
        self._last_s = 0.0
        self._taken_ns = 0
        self.task = asyncio.create_task(self._run(), name=f"live frames: {variant}")

    def join(self, viewer: Watching) -> None:
        """Give a viewer all frames from now on."""
        self.viewers.add(viewer)

    def leave(self, viewer: Watching) -> None:
        """Give a viewer no more frames."""
        self.viewers.discard(viewer)
        if not self.viewers:
            self._on_idle(self)

    async def _run(self) -> None:
        """Read frames until cancelled, over any number of daemons."""
        pause_s = self._retry_s[0]
        while True:
            try:
                wants = self.variant
                async with FrameClient(
                    self._path, width=wants.width, quality=wants.quality
                ) as frames:
                    await self._share(frames)
            except VizyError as error:
                if isinstance(error, BusyError):
                    self._on_refused(self)
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
        self._taken_ns = 0
        watching = asyncio.create_task(self._watch_for_stalls(), name="live frames: stalls")
        try:
            async for frame in frames:
                self._last_s = asyncio.get_running_loop().time()
                self._measure(frame)
                self._turn("live")
                for viewer in tuple(self.viewers):
                    viewer.offer(frame, self)
        finally:
            watching.cancel()

    def _measure(self, frame: Frame) -> None:
        if self._taken_ns:
            interval_s = (frame.timestamp_ns - self._taken_ns) / 1e9 / (frame.missed + 1)
            share = _SMOOTHING if self.interval_s else 1.0
            self.interval_s += (max(interval_s, 0.0) - self.interval_s) * share
        self._taken_ns = frame.timestamp_ns

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
            for viewer in tuple(self.viewers):
                viewer.turn()
