"""`Run`: a stream from its start to its end, as frames: decoded, in time, and none too old.

On the camera's owner thread; it never waits. A webcam has few buffers and fills them in order: when
nobody took them for a while they are all old, and what they hold is left out once, so that the next
frame is of now.
"""

from fractions import Fraction

from hardware.camera.base import Clock, Frame, Pixels
from hardware.camera.v4l2.modes import Mode
from hardware.camera.v4l2.pixels import DamagedError, scaled, to_rgb
from hardware.camera.v4l2.stream import Picture, Stream
from vizy.errors import CameraError
from vizy.state import Size

RETRY_S = 0.004
_PATIENCE_S = 5.0  # without a whole frame for so long, the camera has failed
_SECOND_NS = 1_000_000_000


class Run:
    """One run of a stream.

    Args:
        stream: Started already.
        mode: The stream's.
        size: Of the frames to give; not larger than the mode's.
        fps: How many frames a second to give at most.
        clock: CLOCK_MONOTONIC in nanoseconds.
        after: The number of the last frame of the run before.
    """

    def __init__(
        self, stream: Stream, mode: Mode, size: Size, fps: float, clock: Clock, after: int
    ) -> None:
        self._stream = stream
        self._mode = mode
        self._size = size
        self._clock = clock
        self._interval_ns = max(stream.interval_ns, round(_SECOND_NS / Fraction(fps)))
        self._first = after + 1
        self._heard_ns = clock()
        self._last_ns: int | None = None
        self._delay_ns: int | None = None  # the shortest seen, from the sensor to here
        self._has_skipped = False
        self._damage = ""
        self.sequence = after

    def gives(self, size: Size) -> bool:
        """Tell whether the camera takes pictures of this size, and they are given as such."""
        return self._mode.size == self._size == size

    def stop(self) -> None:
        """Stop the stream and give its buffers back."""
        self._stream.stop()

    def poll(self) -> Frame | None:
        """Return the newest frame that is due, or None.

        Raises:
            CameraError: The camera is gone, failed, or has sent no whole frame for a while.
        """
        picture = self._stream.newest()
        now = self._clock()
        pixels = None
        if picture is not None and self._is_wanted(picture, now):
            pixels = self._decoded(picture)
        if picture is None or pixels is None:
            self._check_alive(now)
            return None
        self._heard_ns, self._last_ns, self._damage = now, picture.timestamp_ns, ""
        self.sequence = self._first + picture.number
        return Frame(pixels, picture.timestamp_ns, self.sequence)

    def due_s(self) -> float:
        """Return in how many seconds the next frame may be there."""
        if self._last_ns is None:
            return RETRY_S
        due_ns = self._last_ns + self._interval_ns + (self._delay_ns or 0)
        return max(RETRY_S, (due_ns - self._clock()) / _SECOND_NS)

    def _is_wanted(self, picture: Picture, now: int) -> bool:
        age_ns = max(0, now - picture.timestamp_ns)
        self._delay_ns = age_ns if self._delay_ns is None else min(age_ns, self._delay_ns)
        is_old = picture.is_late and age_ns > 2 * self._stream.interval_ns
        self._has_skipped = is_old and not self._has_skipped
        if not self._damage:
            self._heard_ns = now
        if self._has_skipped:
            return False
        if self._last_ns is None:
            return True
        since_ns = picture.timestamp_ns - self._last_ns
        return not 0 <= since_ns < self._interval_ns - self._stream.interval_ns // 2

    def _decoded(self, picture: Picture) -> Pixels | None:
        mode = self._mode
        try:
            pixels = to_rgb(picture.data, mode.pixel_format, mode.size, self._stream.stride)
        except DamagedError as error:
            self._damage = f", the last one was {error}"
            return None
        return scaled(pixels, self._size)

    def _check_alive(self, now: int) -> None:
        if now - self._heard_ns > _PATIENCE_S * _SECOND_NS:
            raise CameraError(
                f"the camera sent no whole frame for {_PATIENCE_S:g} s{self._damage}: check its "
                "cable, and that its port gives enough power"
            )
