"""`LiveStream`: the live picture on its way out: encoder, ring and ``frames.sock``.

`start` and `close` run on the daemon's loop, `offer` on the camera's thread, and publishing on the
encoder's. Nothing is encoded unless a frame is offered, and none is offered unless somebody reads.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from hardware.camera import Frame
from hardware.encoder import Encode, StreamEncoder, encode_jpeg
from vizy.frames import FrameNotice, FrameServer, FrameWriter
from vizy.state import Size

STREAM = "encoded"
_LEAST_SLOT_BYTES = 64 * 1024
_MOST_BYTES_PER_PIXEL = 3  # black and white noise at quality 100 takes 2.3; unused memory is free


class LiveStream:
    """Hands the newest encoded frames to whoever reads them.

    Args:
        path: Where readers connect.
        size: The largest picture.
        quality: JPEG's, 1 to 100.
        encode: Encodes one frame.
        on_readers: Told on the loop how many read, whenever that changes.
        on_dead: Told on the loop when the encoder failed for good.
    """

    def __init__(
        self,
        path: Path,
        size: Size,
        *,
        quality: int,
        encode: Encode = encode_jpeg,
        on_readers: Callable[[int], None],
        on_dead: Callable[[str], None],
    ) -> None:
        self._on_dead = on_dead
        self._ring = FrameWriter(
            slot_bytes=max(_LEAST_SLOT_BYTES, size.width * size.height * _MOST_BYTES_PER_PIXEL)
        )
        self._server = FrameServer(
            path, {STREAM: self._ring}, on_readers=lambda _, readers: on_readers(readers)
        )
        self._encoder = StreamEncoder(
            self._ring,
            self._publish,
            quality=quality,
            encode=encode,
            on_dead=self._encoder_died,
        )

    def offer(self, frame: Frame) -> None:
        """Take the newest frame; never waits."""
        self._encoder.offer(frame)

    async def start(self) -> None:
        """Let readers in.

        Raises:
            AlreadyRunningError: A living process listens there.
            StorageError: The socket's file cannot be made.
        """
        self._loop = asyncio.get_running_loop()
        self._encoder.start()
        await self._server.start()

    async def close(self) -> None:
        """Let all readers go and stop the encoder; the ring stays if it does not stop in time."""
        await self._server.close()
        if self._encoder.close():
            self._ring.close()

    def _publish(self, notice: FrameNotice) -> None:
        self._server.publish(STREAM, notice)

    def _encoder_died(self, reason: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._on_dead, reason)
