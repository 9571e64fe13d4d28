"""`FrameHub`: the newest live frame, for any number of viewers in this process.

One per web process, made by `web.server`, used by the live, snapshot and MJPEG routes; everything
runs on the web loop. It reads from the daemon only the variants that somebody watches, each once,
so the daemon encodes only those. A viewer gets the newest frame that it has not had, never a queue
of old ones, and none waits for another.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable
from pathlib import Path

from vizy.errors import BusyError
from web.video.source import Source
from web.video.variants import MAX_VARIANTS, NATIVE, Variant
from web.video.viewer import Viewer

_FULL_S = 5.0


class FrameHub:
    """Shares the daemon's frames among viewers.

    Args:
        path: The daemon's ``frames.sock``.
        on_viewers: Called with the number of viewers whenever it changes; None calls nobody.
        max_viewers: Viewers at once; one more is refused.
        max_variants: Variants at once; a viewer who wants one more gets the nearest smaller one.
        stall_s: Without a frame for so long, the camera counts as away.
        exposure_s: How long a frame is exposed now; a camera is given twice that besides.
        native_width: How wide the camera's own picture is now; None while that is not known.
        retry_s: The shortest and the longest pause between attempts to connect.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_viewers: Callable[[int], None] | None = None,
        max_viewers: int = 64,
        max_variants: int = MAX_VARIANTS,
        stall_s: float = 2.0,
        exposure_s: Callable[[], float] = lambda: 0.0,
        native_width: Callable[[], int | None] = lambda: None,
        retry_s: tuple[float, float] = (0.1, 0.5),
    ) -> None:
        self._path = path
        self._on_viewers = on_viewers
        self._max_viewers = max_viewers
        self._max_variants = max_variants
        self._stall_s = stall_s
        self._exposure_s = exposure_s
        self.native_width = native_width
        self._retry_s = retry_s
        self._viewers: set[Viewer] = set()
        self._sources: dict[Variant, Source] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._full_until_s = 0.0  # other programs may have taken the daemon's last variant

    @property
    def live(self) -> bool:
        """Whether frames come."""
        return any(source.status == "live" for source in self._sources.values())

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers)

    @property
    def variants(self) -> frozenset[Variant]:
        """What is read from the daemon now."""
        return frozenset(self._sources)

    @contextlib.asynccontextmanager
    async def watch(self, variant: Variant = NATIVE) -> AsyncGenerator[Viewer, None]:
        """Be a viewer for a while; the first one connects to the daemon, the last disconnects.

        Args:
            variant: What to get, or the nearest smaller one where too many are wanted.

        Raises:
            BusyError: As many watch as may watch.
        """
        if len(self._viewers) >= self._max_viewers:
            raise BusyError(f"{self._max_viewers} watch already, the most: try again later")
        viewer = Viewer(self._source(variant))
        self._viewers.add(viewer)
        self._count()
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)
            viewer.leave()
            self._count()

    def move(self, viewer: Viewer, variant: Variant) -> None:
        """Give a viewer another variant, without a gap; asked again, nothing happens."""
        viewer.move(self._source(variant))

    async def close(self) -> None:
        """Disconnect from the daemon; whoever still watches gets nothing more."""
        for source in tuple(self._sources.values()):
            self._end(source)
        if self._ending:
            await asyncio.wait(self._ending)

    def _count(self) -> None:
        if self._on_viewers is not None:
            self._on_viewers(len(self._viewers))

    def _source(self, variant: Variant) -> Source:
        """Return what reads a variant, or else the nearest smaller one of those that are read."""
        variant = variant.within(self.native_width())
        if variant in self._sources:
            return self._sources[variant]
        is_full = asyncio.get_running_loop().time() < self._full_until_s
        if self._sources and (is_full or len(self._sources) >= self._max_variants):
            return _nearest(variant, self._sources.values())
        source = self._sources[variant] = Source(
            self._path,
            variant,
            on_idle=self._end,
            on_refused=self._refused,
            stall_s=self._stall_s,
            exposure_s=self._exposure_s,
            retry_s=self._retry_s,
        )
        return source

    def _refused(self, source: Source) -> None:
        """Find another place for the viewers of a source that the daemon does not serve."""
        self._full_until_s = asyncio.get_running_loop().time() + _FULL_S
        others = [other for other in self._sources.values() if other is not source]
        instead = _nearest(source.variant, others) if others else None
        for viewer in tuple(self._viewers):
            if source in (viewer.source, viewer.coming):
                viewer.give_up(source, instead)

    def _end(self, source: Source) -> None:
        del self._sources[source.variant]
        self._ending.add(source.task)
        source.task.add_done_callback(self._ending.discard)
        source.task.cancel()


def _nearest(variant: Variant, among: Iterable[Source]) -> Source:
    """Return the largest source that is no larger, or else the smallest."""
    smallest_first = sorted(among, key=lambda source: source.variant.order)
    fitting = [source for source in smallest_first if source.variant.order <= variant.order]
    return fitting[-1] if fitting else smallest_first[0]
