"""`VideoFeed`: live frames in, packets out, by a thread of its own that encodes.

The camera's thread offers, the loop takes packets. Some frames may wait for the encoder, nine of
720p; when they do, the next is left out and counted, because those that wait keep the rhythm better
than jumps would; before there is an encoder at all, only the newest waits. An encoder of hardware
that fails is replaced by software, which begins a new run of packets; so does a camera that comes
back with another size.
"""

import asyncio
import contextlib
import logging
import threading
from collections import deque
from dataclasses import dataclass

from hardware.camera.base import Frame
from hardware.video.encoders import Codec, Encoders
from hardware.video.packet import Packet
from hardware.video.queue import PacketQueue
from vizy.errors import DeviceError, VizyError
from vizy.state import Size

_logger = logging.getLogger(__name__)
_WAITING_BYTES = 24 * 1024 * 1024
_LEAST_WAITING, _MOST_WAITING = 2, 30


@dataclass(frozen=True, slots=True)
class _Run:
    """An encoder and the size of the frames that it gets."""

    size: Size
    codec: Codec


class VideoFeed:
    """Encodes what it is offered until it is ended; made on the loop that takes the packets.

    Args:
        encoders: Opens the encoder once the first frame is there.
        fps: The wished rate.
        bitrate: In bits a second; 0: chosen by size and rate.
        keyframe_s: From one keyframe to the next.
    """

    def __init__(
        self, encoders: Encoders, *, fps: float, bitrate: int = 0, keyframe_s: float = 1.0
    ) -> None:
        self._encoders = encoders
        self._fps = fps
        self._bitrate = bitrate
        self._keyframe_s = keyframe_s
        self._frames: deque[Frame] = deque()
        self._left_out = 0
        self._has_ended = False
        self._is_ready = False
        self._turn = threading.Condition()
        self._failure: VizyError | None = None
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._packets = PacketQueue(on_put=self._tell)
        self._thread = threading.Thread(target=self._run, name="vizy-video", daemon=True)

    @property
    def lost(self) -> int:
        """How many frames are in no packet that was taken."""
        return self._left_out + self._packets.lost

    @property
    def failure(self) -> VizyError | None:
        """Why it ended by itself."""
        return self._failure

    @property
    def is_exhausted(self) -> bool:
        """Whether it has ended and all packets were taken."""
        return self._packets.is_exhausted

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def offer(self, frame: Frame) -> None:
        """Take a frame to encode; from the camera's thread."""
        with self._turn:
            if self._has_ended:
                return
            if not self._is_ready:
                self._frames.clear()
            if len(self._frames) >= _room_for(frame):
                self._left_out += 1
                return
            self._frames.append(frame)
            self._turn.notify()

    def end(self) -> None:
        """Take no more frames; what waits is still encoded, and the thread ends by itself."""
        with self._turn:
            self._has_ended = True
            self._turn.notify()

    async def packets(self, timeout_s: float) -> list[Packet]:
        """Return the packets that are there; when none are, wait for some at most so long."""
        if not self._packets.is_exhausted:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
        self._arrived.clear()
        return self._packets.take()

    def _tell(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended; nobody is left to be told
            self._loop.call_soon_threadsafe(self._arrived.set)

    def _run(self) -> None:
        try:
            self._encode()
        except VizyError as error:
            self._failure = error
        except Exception as error:
            _logger.exception("the video encoder broke")
            self._failure = DeviceError(f"the video encoder broke, see the log: {error!r}")
        self.end()
        self._packets.end()

    def _encode(self) -> None:
        self._encoders.choose()
        with self._turn:
            self._is_ready = True
        run: _Run | None = None
        while (frame := self._take()) is not None:
            if run is None or run.size != frame.size:
                self._finish(run)
                run = self._open(frame.size)
            try:
                self._put(run.codec.encode(frame.pixels, frame.timestamp_ns))
            except DeviceError as error:
                if not self._encoders.give_up(run.codec.name, error):
                    raise
                run = self._open(frame.size)
                self._put(run.codec.encode(frame.pixels, frame.timestamp_ns))
            del frame  # not kept while the next one is waited for
        self._finish(run)

    def _take(self) -> Frame | None:
        with self._turn:
            self._turn.wait_for(lambda: self._has_ended or self._frames)
            return self._frames.popleft() if self._frames else None

    def _open(self, size: Size) -> _Run:
        codec = self._encoders.open(
            size, fps=self._fps, bitrate=self._bitrate, keyframe_s=self._keyframe_s
        )
        return _Run(size, codec)

    def _finish(self, run: _Run | None) -> None:
        if run is None:
            return
        try:
            self._put(run.codec.finish())
        except DeviceError as error:
            self._encoders.give_up(run.codec.name, error)
            _logger.warning("the last pictures of a video are lost: %s", error)

    def _put(self, packets: list[Packet]) -> None:
        for packet in packets:
            self._packets.put(packet)


def _room_for(frame: Frame) -> int:
    """Return how many frames of a size may wait."""
    return max(_LEAST_WAITING, min(_MOST_WAITING, _WAITING_BYTES // frame.pixels.nbytes))
