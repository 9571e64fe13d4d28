"""`LiveStream`: the live picture on its way out: encoder, raw frames and ``frames.sock``.

`start` and `close` run on the daemon's loop, `offer` on the camera's thread, and writing on the
encoder's and the raw writer's. Nothing is encoded or copied unless a frame is offered and somebody
reads that very stream.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from hardware.camera import Frame
from hardware.encoder import Compress, StreamEncoder, Variant, compress_jpeg
from hardware.newest import NewestFrame
from hardware.raw import RawWriter
from vizy.errors import BusyError, InvalidValueError, NotFoundError
from vizy.frames import Feeds, FrameFeed, FrameServer, Hello, wire

MAX_VARIANTS = 4
RAW_SLOTS = 4  # a view stays whole for two frames more; each slot is a whole picture


class LiveStream:
    """Hands the newest frames to whoever reads them.

    Args:
        path: Where readers connect.
        quality: JPEG's, 1 to 100, for readers that do not ask for another.
        compress: Makes a JPEG of pixels.
        on_readers: Told on the loop how many read, whenever that changes.
        on_dead: Told on the loop when a thread failed for good.

    Attributes:
        quality: As given; a change is for readers that come from then on.
    """

    def __init__(
        self,
        path: Path,
        *,
        quality: int,
        compress: Compress = compress_jpeg,
        on_readers: Callable[[int], None],
        on_dead: Callable[[str], None],
    ) -> None:
        self.quality = quality
        self._on_readers = on_readers
        self._on_dead = on_dead
        self._server = FrameServer(path, open_feed=self._open_feed, on_readers=self._follow_readers)
        self._encoder = StreamEncoder(compress)
        self._raw = RawWriter()
        self._encoding = NewestFrame("encoder", self._encoder.encode, self._thread_died)
        self._copying = NewestFrame("raw frames", self._raw.write, self._thread_died)

    @property
    def encoded(self) -> int:
        """How many JPEG pictures were made since the start."""
        return self._encoder.encoded

    @property
    def busy_s(self) -> float:
        """For how long one frame is encoded or copied by now; 0 between frames."""
        return max(self._encoding.busy_s, self._copying.busy_s)

    def offer(self, frame: Frame) -> None:
        """Take the newest frame; never waits."""
        if self._encoder.variants:
            self._encoding.offer(frame)
        if self._raw.feed is not None:
            self._copying.offer(frame)

    async def start(self) -> None:
        """Let readers in.

        Raises:
            AlreadyRunningError: A living process listens there.
            StorageError: The socket's file cannot be made.
        """
        self._loop = asyncio.get_running_loop()
        self._encoding.start()
        self._copying.start()
        await self._server.start()

    async def close(self) -> None:
        """Let all readers go and stop the threads."""
        await self._server.close()
        self._encoding.close()
        self._copying.close()

    def _open_feed(self, wants: Hello, feeds: Feeds) -> FrameFeed:
        match wants.stream:
            case wire.ENCODED:
                read = [hello for hello in feeds if hello.stream == wire.ENCODED]
                if len(read) >= MAX_VARIANTS:
                    raise BusyError(
                        f"{MAX_VARIANTS} sizes and qualities are read, the most: "
                        f"read one of {', '.join(map(_named, read))}"
                    )
                return FrameFeed()
            case wire.RAW:
                if (wants.width, wants.quality) != (None, None):
                    raise InvalidValueError(
                        "raw frames come as they are: ask for them without width and quality"
                    )
                return FrameFeed(RAW_SLOTS)
            case other:
                raise NotFoundError(
                    f"there is no stream {other!r}: there is {wire.ENCODED}, {wire.RAW}"
                )

    def _follow_readers(self, feeds: Feeds) -> None:
        self._encoder.variants = tuple(
            Variant(wants.width, wants.quality or self.quality, feed)
            for wants, feed in feeds.items()
            if wants.stream == wire.ENCODED
        )
        self._raw.feed = feeds.get(Hello(wire.RAW))
        self._on_readers(self._server.readers)

    def _thread_died(self, reason: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._on_dead, reason)


def _named(wants: Hello) -> str:
    return f"width={wants.width} quality={wants.quality}"
