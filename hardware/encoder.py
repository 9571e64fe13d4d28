"""`StreamEncoder`: a thread that turns the newest frame into JPEG and publishes it.

The camera's thread offers frames, the encoder's own thread encodes them and writes the ring. One
frame waits at most and a newer one takes its place: a slow encoder shows fewer frames, never older
ones. With nothing offered it does nothing.
"""

import logging
import threading
from collections.abc import Callable
from typing import Protocol, TypeAlias

import simplejpeg

from hardware.camera.base import Frame
from vizy.errors import InvalidValueError
from vizy.frames.wire import FrameNotice

_logger = logging.getLogger(__name__)
# A frame that cannot be encoded costs that frame alone: the next one is another. When not one of
# these succeeds, the fault is not in the frames, and a new process is what may help.
_MOST_FAILURES = 10

Encode: TypeAlias = Callable[[Frame, int], bytes]


def encode_jpeg(frame: Frame, quality: int) -> bytes:
    """Return a frame as JPEG of a quality from 1 to 100."""
    return simplejpeg.encode_jpeg(
        frame.pixels,
        quality=quality,
        colorspace="RGB",
        colorsubsampling="420",
        fastdct=True,
    )


class Ring(Protocol):
    """Where encoded frames go; `vizy.frames.FrameWriter` is one."""

    def write(
        self,
        data: bytes | memoryview,
        *,
        width: int,
        height: int,
        format: str,  # noqa: A002 -- the field's own name for it
        timestamp_ns: int,
    ) -> FrameNotice:
        """Put a frame into the ring and return its notice."""
        ...


class StreamEncoder:
    """Encodes the live picture.

    Args:
        ring: Where the frames go.
        publish: Tells the readers; called on the encoder's thread and never waits.
        quality: JPEG's, 1 to 100.
        encode: Encodes one frame.
        on_dead: Called on the encoder's thread when it fails for good.
    """

    def __init__(
        self,
        ring: Ring,
        publish: Callable[[FrameNotice], None],
        *,
        quality: int,
        encode: Encode = encode_jpeg,
        on_dead: Callable[[str], None],
    ) -> None:
        self._ring = ring
        self._publish = publish
        self._quality = quality
        self._encode_frame = encode
        self._on_dead = on_dead
        self._slot: Frame | None = None
        self._is_closed = False
        self._turn = threading.Condition()
        self._encoded = 0
        self._failures = 0
        self._has_warned = False
        self._thread = threading.Thread(target=self._run, name="vizy-encoder", daemon=True)

    @property
    def encoded(self) -> int:
        """How many frames were encoded since the start; may be read on any thread."""
        return self._encoded

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def offer(self, frame: Frame) -> None:
        """Take a frame to encode, in place of one that still waits; from the camera's thread."""
        with self._turn:
            self._slot = frame
            self._turn.notify()

    def close(self, timeout_s: float = 1.0) -> bool:
        """Stop the thread after the frame it works on; tell whether it ended in time."""
        with self._turn:
            self._is_closed = True
            self._turn.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while (frame := self._take()) is not None:
                self._attempt(frame)
                del frame  # not kept while the next one is waited for
        except Exception as error:
            _logger.exception("the encoder died")
            self._on_dead(f"the encoder died: {error}")

    def _take(self) -> Frame | None:
        with self._turn:
            self._turn.wait_for(lambda: self._is_closed or self._slot is not None)
            frame, self._slot = self._slot, None
            return None if self._is_closed else frame

    def _attempt(self, frame: Frame) -> None:
        try:
            self._encode(frame)
        except Exception as error:
            self._failures += 1
            if self._failures == _MOST_FAILURES:
                raise
            _logger.warning("a frame is left out of the live picture: %s", error)
        else:
            self._failures = 0

    def _encode(self, frame: Frame) -> None:
        jpeg = self._encode_frame(frame, self._quality)
        size = frame.size
        try:
            notice = self._ring.write(
                jpeg,
                width=size.width,
                height=size.height,
                format="JPEG",
                timestamp_ns=frame.timestamp_ns,
            )
        except InvalidValueError as error:
            if not self._has_warned:
                self._has_warned = True
                _logger.warning("frames are left out of the live picture: %s", error)
            return
        self._encoded += 1
        self._publish(notice)
