"""`ShotReader`: from the shots in the mailbox to the daemon's frames, with a limit to each wait.

Run on the camera's owner thread. It copies and converts, which takes a moment, while the library's
thread goes on; each shot is given back to the camera, whatever happens. How long a camera may be
silent follows the exposure: one of minutes is no failure.
"""

from collections.abc import Mapping
from typing import Any

from hardware.camera.base import Clock, Frame, Pixels
from hardware.camera.picamera2.abilities import Abilities, Live
from hardware.camera.picamera2.advertised import has_picture_controls
from hardware.camera.picamera2.library import Library
from hardware.camera.picamera2.mailbox import Mailbox, Shot, Stamp
from hardware.camera.picamera2.pixels import apply, fit, to_rgb
from hardware.camera.picamera2.thread import LibraryThread
from hardware.camera.picamera2.values import ControlValues
from hardware.camera.tone import Look
from vizy.controls import ScalarValue
from vizy.errors import CameraError
from vizy.state import Size

_FRAME_S = 3.0  # besides the exposures: without a frame for so long, the camera has stalled
_EXPOSURES = 3  # in flight between sensor and application
_CLOSE_ENOUGH = 0.95  # of the interval: a frame that comes so early is not left out


class ShotReader:
    """Reads the shots of one open camera.

    Args:
        library: For the pixels' memory.
        thread: Gives shots back to the camera.
        mailbox: Where they come from.
        abilities: What the camera can do.
        values: The controls in force; told what each frame was taken with.
        clock: CLOCK_MONOTONIC in nanoseconds.
        timeout_scale: Multiplies the part of a limit that is no exposure.
        sequence: The number of the last frame that this camera gave, from before it was reopened.
    """

    def __init__(
        self,
        library: Library,
        thread: LibraryThread,
        mailbox: Mailbox,
        abilities: Abilities,
        values: ControlValues,
        clock: Clock,
        timeout_scale: float,
        sequence: int,
    ) -> None:
        self._library = library
        self._thread = thread
        self._mailbox = mailbox
        self._abilities = abilities
        self._values = values
        self._clock = clock
        self._scale = timeout_scale
        self._last: Stamp | None = None
        self.sequence = sequence

    def patience_s(self, longest_us: int = 0) -> float:
        """Return how long to wait for a frame.

        Args:
            longest_us: The greatest time between frames that the stream was started with.
        """
        exposure_s = max(self._values.longest_exposure_s(), longest_us / 1e6)
        return _FRAME_S * self._scale + _EXPOSURES * exposure_s

    def poll(self, live: Live) -> Frame | None:
        """Return the newest frame of the live picture, if it is time for one.

        Raises:
            CameraError: The stream broke.
        """
        self._check_fault()
        patience_s = self.patience_s(live.longest_us)
        if self._clock() - self._mailbox.heard_ns > patience_s * 1e9:
            raise CameraError(_stalled(patience_s))
        shot = self._mailbox.newest
        if shot is None or self._is_early(shot, live):
            return None
        shot = self._mailbox.take()
        return None if shot is None else self.frame(shot, self._abilities.live_stream, live.size)

    def due_ns(self, live: Live) -> int | None:
        """Return when the next frame is expected, CLOCK_MONOTONIC; None when nobody knows."""
        if self._last is None:
            return None
        delay_ns = self._last.arrival_ns - self._last.timestamp_ns
        return self._last.timestamp_ns + live.interval_us * 1000 + delay_ns

    def begin(self) -> None:
        """Note that a stream was started: what was measured of the last one does not count."""
        self._last = None

    def wait(self, since_ns: int = 0, longest_us: int = 0) -> Shot:
        """Return the next shot that the sensor took after a moment.

        Raises:
            CameraError: None came in time, or the camera failed.
        """
        while True:
            patience_s = self.patience_s(longest_us)
            shot = self._mailbox.wait(patience_s)
            if shot is None:
                self._check_fault()
                raise CameraError(_stalled(patience_s))
            if shot.stamp.timestamp_ns >= since_ns:
                return shot
            self.give_back(shot)

    def frame(self, shot: Shot, stream: str, size: Size) -> Frame:
        """Copy a shot's pixels and give it back.

        Raises:
            CameraError: The pixels cannot be read.
        """
        try:
            pixels = fit(self._copied(shot, stream), size)
        finally:
            self.give_back(shot)
        self._values.measure(shot.metadata)
        if not has_picture_controls(self._abilities.controls):
            apply(Look.of(self._values.current()), pixels)
        stamp, last = shot.stamp, self._last
        is_same_run = last is not None and last.run == stamp.run
        self.sequence += max(1, stamp.number - last.number) if last and is_same_run else 1
        self._last = stamp
        return Frame(pixels, stamp.timestamp_ns, self.sequence, _scalars(shot.metadata))

    def give_back(self, shot: Shot) -> None:
        """Let the camera have a shot's buffers again."""
        self._thread.post(shot.request.release)

    def _copied(self, shot: Shot, stream: str) -> Pixels:
        try:
            config = shot.request.config[stream]
            size = Size(*config["size"])
            with self._library.picamera2.MappedArray(shot.request, stream, False) as mapped:
                return to_rgb(mapped.array, config["format"], size, int(config["stride"]))
        except CameraError:
            raise
        except Exception as error:
            raise CameraError(f"a frame cannot be read: {error}") from error

    def _is_early(self, shot: Shot, live: Live) -> bool:
        if self._last is None or self._last.run != shot.stamp.run:
            return False
        since_ns = shot.stamp.timestamp_ns - self._last.timestamp_ns
        return since_ns < _CLOSE_ENOUGH * live.interval_us * 1000

    def _check_fault(self) -> None:
        fault = self._mailbox.fault
        if fault is not None:
            raise CameraError(f"the camera failed: {fault or type(fault).__name__}") from fault


def _stalled(waited_s: float) -> str:
    return (
        f"the camera has sent no frame for {waited_s:.1f} s: it was unplugged or its cable is loose"
    )


def _scalars(metadata: Mapping[str, Any]) -> dict[str, ScalarValue]:
    return {name: v for name, v in metadata.items() if isinstance(v, bool | int | float)}
