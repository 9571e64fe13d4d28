"""`CameraHands`: what the camera's one owner thread does with it.

Its methods are the worker's jobs and idle step; they run on the worker's thread and nowhere else.
What they find out is told on the loop, which they never touch otherwise.
"""

import logging
import math
import time
from collections.abc import Callable
from typing import TypeVar

from hardware.camera.base import Autofocus, Camera, Frame
from hardware.memory import give_back
from hardware.taps import FrameTaps
from hardware.worker import Values
from vizy.errors import UnknownControlError, VizyError
from vizy.state import Size

_logger = logging.getLogger(__name__)
_REPORT_INTERVAL_S = 1.0

T = TypeVar("T")


class CameraHands:
    """Touches the camera.

    Args:
        camera: The back end.
        taps: Get the live frames.
        tell: Calls a function with arguments on the loop; may be called on any thread.
        live: The wished size of the live picture.
        fps: The wished rate of the live picture.
        on_controls: Told on the loop: the controls in force, and how long a still may take.
        on_fault: Told on the loop why the stream broke.

    Attributes:
        delivered: How many live frames the camera gave so far; may be read on any thread.
        control_writes: How often controls were written to it; likewise.
    """

    def __init__(
        self,
        camera: Camera,
        taps: FrameTaps,
        tell: Callable[..., None],
        *,
        live: Size,
        fps: float,
        on_controls: Callable[[Values, float], None],
        on_fault: Callable[[Exception], None],
    ) -> None:
        self._camera = camera
        self._taps = taps
        self._tell = tell
        self._live = live
        self._fps = fps
        self._on_controls = on_controls
        self._on_fault = on_fault
        self._is_open = False
        self._reported: tuple[Values, float] = ({}, 0.0)
        self._report_at = 0.0
        self.delivered = 0
        self.control_writes = 0

    def open(self) -> None:
        """Acquire the camera."""
        self._camera.open()
        self._is_open = True
        give_back()

    def close(self) -> None:
        """Release it."""
        self._is_open = False
        self._camera.close()

    def start(self) -> None:
        """Start the live frames."""
        self._camera.start_stream(self._live, self._fps)
        give_back()

    def take(self, take: Callable[[], T]) -> T:
        """Take a picture, and report what automatic exposure did for it."""
        taken = take()
        self._report()
        return taken

    def focus(self) -> bool:
        """Let the camera focus once, with live frames going on; tell whether it found a focus.

        Raises:
            UnknownControlError: It has no autofocus.
        """
        camera = self._camera
        if not isinstance(camera, Autofocus):
            model = camera.info.model
            raise UnknownControlError(f"{model} has no autofocus: turn its lens by hand")
        is_sharp = camera.focus(self._deliver)
        self._report()
        return is_sharp

    def stop(self) -> None:
        """Stop the live frames."""
        self._camera.stop_stream()
        give_back()

    def write(self, values: Values) -> None:
        """Write controls."""
        self._camera.set_controls(values)
        self.control_writes += 1
        self._report()

    def idle(self) -> float:
        """Hand on the newest frame, if there is one; return when the next is due, in seconds."""
        if not self._is_open:
            return math.inf
        try:
            frame = self._camera.poll_frame()
            due_s = self._camera.frame_due_s()
        except VizyError as error:
            self._lose(error)
            return math.inf
        except Exception as error:
            _logger.exception("the camera's stream failed in a way its back end does not know")
            self._lose(error)
            return math.inf
        if frame is not None:
            self._deliver(frame)
        return due_s

    def _report(self) -> None:
        report = (self._camera.controls(), math.ceil(self._camera.still_limit_s()))
        if report != self._reported:
            self._reported = report
            self._tell(self._on_controls, *report)

    def _deliver(self, frame: Frame) -> None:
        self.delivered += 1
        self._taps.offer(frame)
        self._follow_auto()

    def _lose(self, error: Exception) -> None:
        self._is_open = False
        self._tell(self._on_fault, error)

    def _follow_auto(self) -> None:
        """Report what automatic exposure does, and let go of free memory, now and then."""
        now = time.monotonic()
        if now >= self._report_at:
            self._report_at = now + _REPORT_INTERVAL_S
            self._report()
            give_back()
