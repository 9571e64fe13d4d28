"""`Stream`: the driver's buffers, from asking for them to giving them back in the right order.

Run on the camera's owner thread; nothing here waits for a frame. A buffer is copied and given back
to the driver at once, so the driver always has as many as it can.
"""

import contextlib
import mmap
from ctypes import Structure
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from hardware.camera.base import Clock
from hardware.camera.v4l2 import abi
from hardware.camera.v4l2.device import Device, failure
from hardware.camera.v4l2.modes import Mode
from vizy.errors import CameraError

_BUFFERS = 4
_LEAST_BUFFERS = 2  # one to fill while the other is read
_FALLBACK_INTERVAL_NS = 33_333_333


@dataclass(frozen=True, slots=True)
class Picture:
    """What a buffer held.

    Attributes:
        data: A copy.
        timestamp_ns: CLOCK_MONOTONIC, the driver's own where it keeps that clock.
        number: The driver's, counted from the start of the stream.
        is_late: Whether the driver had no empty buffer left, so that newer frames were lost.
    """

    data: bytes
    timestamp_ns: int
    number: int
    is_late: bool


class Stream:
    """Frames of one mode.

    Args:
        device: Open, and without another stream.
        path: For texts.
        mode: What to ask for.
        fps: The wished rate.
        clock: CLOCK_MONOTONIC in nanoseconds, for a driver whose stamps are of another clock.
    """

    def __init__(self, device: Device, path: Path, mode: Mode, fps: float, clock: Clock) -> None:
        self._device = device
        self._path = path
        self._mode = mode
        self._fps = fps
        self._clock = clock
        self._maps: list[mmap.mmap] = []
        self.stride = 0
        self.interval_ns = _FALLBACK_INTERVAL_NS

    def claim(self) -> None:
        """Set the format, which fails while another program streams.

        Raises:
            CameraError: The camera is in use, cannot do it, or failed.
        """
        mode = self._mode
        wanted = abi.Format(
            type=abi.BUF_TYPE_VIDEO_CAPTURE,
            width=mode.size.width,
            height=mode.size.height,
            pixelformat=abi.fourcc(mode.pixel_format),
            field=abi.FIELD_NONE,
        )
        self._demand(abi.S_FMT, wanted, "choosing the picture's format")
        given = (abi.fourcc_name(wanted.pixelformat), wanted.width, wanted.height)
        if given != (mode.pixel_format, mode.size.width, mode.size.height):
            raise CameraError(
                f"{self._path} gives {given[0]} {given[1]}x{given[2]} in place of "
                f"{mode.pixel_format} {mode.size.width}x{mode.size.height}, which it listed: "
                "choose another camera.width and camera.height"
            )
        self.stride = wanted.bytesperline

    def start(self) -> None:
        """Take buffers and start.

        Raises:
            CameraError: The camera refused; nothing is held then.
        """
        try:
            self.claim()
            self._set_interval(self._mode.interval(self._fps))
            self._take_buffers()
            start = abi.BufferType(type=abi.BUF_TYPE_VIDEO_CAPTURE)
            self._demand(abi.STREAMON, start, "starting the stream")
        except CameraError:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop and give the buffers back: stream, mappings, buffers, in this order."""
        stop = abi.BufferType(type=abi.BUF_TYPE_VIDEO_CAPTURE)
        none = abi.RequestBuffers(count=0, type=abi.BUF_TYPE_VIDEO_CAPTURE, memory=abi.MEMORY_MMAP)
        with contextlib.suppress(OSError):  # it may be unplugged; what matters is let go
            self._device.ioctl(abi.STREAMOFF, stop)
        while self._maps:
            self._maps.pop().close()
        with contextlib.suppress(OSError):
            self._device.ioctl(abi.REQBUFS, none)

    def newest(self) -> Picture | None:
        """Return the newest frame, or None; the older ones go back unread.

        Raises:
            CameraError: The camera is gone or failed.
        """
        newest: abi.Buffer | None = None
        taken = 0
        while taken < 2 * len(self._maps) and (buffer := self._dequeue()) is not None:
            taken += 1
            if buffer.flags & abi.BUF_FLAG_ERROR or not buffer.bytesused:
                self._queue(buffer.index)
                continue
            if newest is not None:
                self._queue(newest.index)
            newest = buffer
        if newest is None:
            return None
        data = self._maps[newest.index][: newest.bytesused]
        self._queue(newest.index)
        is_late = taken >= len(self._maps)
        return Picture(data, self._stamp(newest), newest.sequence, is_late)

    def _set_interval(self, interval: Fraction | None) -> None:
        if interval is None:
            return
        wanted = abi.StreamParameters(
            type=abi.BUF_TYPE_VIDEO_CAPTURE,
            numerator=interval.numerator,
            denominator=interval.denominator,
        )
        self._demand(abi.S_PARM, wanted, "choosing the rate")
        if wanted.capability & abi.CAP_TIMEPERFRAME and wanted.denominator:
            self.interval_ns = round(1e9 * wanted.numerator / wanted.denominator)

    def _take_buffers(self) -> None:
        wanted = abi.RequestBuffers(
            count=_BUFFERS, type=abi.BUF_TYPE_VIDEO_CAPTURE, memory=abi.MEMORY_MMAP
        )
        self._demand(abi.REQBUFS, wanted, "taking buffers")
        if wanted.count < _LEAST_BUFFERS:
            raise CameraError(
                f"{self._path} has memory for {wanted.count} buffers and {_LEAST_BUFFERS} are "
                "needed: choose a smaller camera.width"
            )
        for index in range(wanted.count):
            buffer = self._buffer(index)
            self._demand(abi.QUERYBUF, buffer, "looking at a buffer")
            try:
                self._maps.append(self._device.mmap(buffer.length, buffer.offset & 0xFFFF_FFFF))
            except OSError as error:
                raise failure(self._path, "mapping a buffer", error) from error
        for index in range(wanted.count):
            self._queue(index)

    def _dequeue(self) -> abi.Buffer | None:
        buffer = self._buffer(0)
        try:
            self._device.ioctl(abi.DQBUF, buffer)
        except BlockingIOError:
            return None
        except OSError as error:
            raise failure(self._path, "reading a frame", error) from error
        return buffer

    def _queue(self, index: int) -> None:
        self._demand(abi.QBUF, self._buffer(index), "giving a buffer back")

    def _buffer(self, index: int) -> abi.Buffer:
        return abi.Buffer(index=index, type=abi.BUF_TYPE_VIDEO_CAPTURE, memory=abi.MEMORY_MMAP)

    def _stamp(self, buffer: abi.Buffer) -> int:
        kind = buffer.flags & abi.BUF_FLAG_TIMESTAMP_MASK
        if kind != abi.BUF_FLAG_TIMESTAMP_MONOTONIC:
            return self._clock()
        return buffer.seconds * 1_000_000_000 + buffer.microseconds * 1000

    def _demand(self, request: int, argument: Structure, what: str) -> None:
        try:
            self._device.ioctl(request, argument)
        except OSError as error:
            raise failure(self._path, what, error) from error
