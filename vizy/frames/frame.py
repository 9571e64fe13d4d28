"""`Frame` and `FrameView`: one frame out of a ring, copied or where it lies, and its pixels.

Made by `vizy.frames.ring.FrameReader`, used by whoever reads frames, on any thread. numpy is loaded
only when pixels are asked for: the web process passes encoded frames on and does without.
"""

import struct
from typing import TYPE_CHECKING

import msgspec

from vizy.errors import FrameOvertakenError, InvalidValueError
from vizy.frames.wire import FrameNotice

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_NUMBER = struct.Struct("<Q")
_CHANNELS = {"RGB3": 3}


class Frame(msgspec.Struct, frozen=True):
    """One frame, copied out of the ring.

    Attributes:
        sequence: Number of the frame in its stream, from 1.
        timestamp_ns: When the sensor took it, CLOCK_MONOTONIC.
        width: In pixels.
        height: In pixels.
        format: ``JPEG``, or ``RGB3`` for three bytes a pixel.
        data: The whole frame; the reader's own.
        missed: How many frames of the stream were skipped since the one before.
        stride: Bytes from one row to the next; 0 for what is encoded.
    """

    sequence: int
    timestamp_ns: int
    width: int
    height: int
    format: str
    data: bytes
    missed: int = 0
    stride: int = 0

    def __repr__(self) -> str:
        size = f"{self.width}x{self.height}"
        return f"<Frame {self.sequence}, {self.format}, {size}, {len(self.data)} bytes>"

    @classmethod
    def of(cls, notice: FrameNotice, data: bytes) -> "Frame":
        """Return the frame that a notice describes."""
        return cls(
            notice.sequence,
            notice.timestamp_ns,
            notice.width,
            notice.height,
            notice.format,
            data,
            stride=notice.stride,
        )

    def array(self) -> "npt.NDArray[np.uint8]":
        """Return the pixels of a raw frame.

        Returns:
            uint8, (height, width, 3), RGB, read-only; a view of ``data``.

        Raises:
            InvalidValueError: The frame is encoded.
        """
        return _array(self, self.data)


class FrameView:
    """One frame where it lies in the ring: no copy is made, and the writer goes on meanwhile.

    The pixels stay untouched for at least the two frames that follow. Whoever takes longer asks
    `is_whole` after the work and throws the result away if it is false. A view holds the
    ring's memory: let go of it and of its arrays.

    Attributes:
        notice: What the frame is: its number, time, size and format.
        missed: How many frames of the stream were skipped since the one before.
    """

    __slots__ = ("_data", "_number", "missed", "notice")

    def __init__(
        self, notice: FrameNotice, data: memoryview, number: memoryview, missed: int = 0
    ) -> None:
        self.notice = notice
        self.missed = missed
        self._data = data
        self._number = number

    @property
    def sequence(self) -> int:
        """Number of the frame in its stream, from 1."""
        return self.notice.sequence

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the frame was overwritten up to now; costs less than a microsecond."""
        (found,) = _NUMBER.unpack(self._number)
        return bool(found == self.notice.sequence)

    def array(self) -> "npt.NDArray[np.uint8]":
        """Return the pixels of a raw frame, where they lie.

        Returns:
            uint8, (height, width, 3), RGB, read-only; other pixels once `is_whole` is false.

        Raises:
            InvalidValueError: The frame is encoded.
        """
        return _array(self.notice, self._data)

    def copy(self) -> Frame:
        """Return a copy that stays as it is.

        Raises:
            FrameOvertakenError: The frame was overwritten before it was copied.
        """
        data = bytes(self._data)
        if not self.is_whole:
            raise FrameOvertakenError(
                f"frame {self.notice.sequence} was overtaken: take a newer one"
            )
        return msgspec.structs.replace(Frame.of(self.notice, data), missed=self.missed)


def _array(frame: Frame | FrameNotice, data: bytes | memoryview) -> "npt.NDArray[np.uint8]":
    import numpy as np

    channels = _CHANNELS.get(frame.format)
    if channels is None:
        raise InvalidValueError(f"a frame of format {frame.format} has no pixels: decode it first")
    return np.ndarray(
        (frame.height, frame.width, channels),
        np.uint8,
        data,
        strides=(frame.stride, channels, 1),
    )
