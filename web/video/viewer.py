"""`Viewer`: one viewer's place at the hub: the newest frame it has not had, and the status.

Made by `web.video.frames.FrameHub`, on the web loop; one task waits on it. It never queues: a frame
that was not fetched gives way to the next.
"""

import asyncio

from vizy.frames import Frame
from web.video.source import Source, Status
from web.video.variants import Variant


class Viewer:
    """One who watches.

    Args:
        source: Where its frames come from at first.

    Attributes:
        source: Where its frames come from.
        coming: Where they will come from as soon as one does; None: it stays.
        variant: Of the frame that it fetched last.
        skipped: How many frames went by between the last two that it fetched.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.coming: Source | None = None
        self.variant: Variant = source.variant
        self.skipped = 0
        self._frame: Frame | None = None
        self._of: Variant = source.variant
        self._passed = 0
        self._told: Status = "connecting"
        self._news = asyncio.Event()
        source.join(self)

    @property
    def status(self) -> Status:
        """How its source is."""
        return self.source.status

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
                self.variant = self._of
                self.skipped, self._passed = self._passed, 0
                return frame
            self._news.clear()
            await self._news.wait()

    def move(self, source: Source) -> None:
        """Watch another source from its first frame on, without a gap; called by the hub."""
        if source is (self.coming or self.source):
            return
        if self.coming is not None:
            self._stop_moving()
        if source is not self.source:
            self.coming = source
            source.join(self)

    def give_up(self, source: Source, instead: Source | None) -> None:
        """Do without a source that cannot be read; called by the hub.

        Args:
            source: That one.
            instead: Where to be if the viewer is there already; None: it stays and waits.
        """
        if source is self.coming:
            self._stop_moving()
        elif instead is not None:
            if self.coming is not None:
                self._stop_moving()
            self.source = instead
            instead.join(self)
            source.leave(self)
            self._news.set()

    def leave(self) -> None:
        """Watch no more; called by the hub."""
        if self.coming is not None:
            self._stop_moving()
        self.source.leave(self)

    def offer(self, frame: Frame, source: Source) -> None:
        """Put the newest frame in place of the one before; called by a source."""
        if source is self.coming:
            before, self.source, self.coming = self.source, source, None
            before.leave(self)
        if self._frame is not None:
            self._passed += 1
        self._passed += frame.missed
        self._frame = frame
        self._of = source.variant
        self._news.set()

    def turn(self) -> None:
        """Take note of a change of status; called by a source."""
        self._news.set()

    def _stop_moving(self) -> None:
        assert self.coming is not None
        coming, self.coming = self.coming, None
        coming.leave(self)
