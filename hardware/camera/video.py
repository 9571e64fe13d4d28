"""The video camera: a recorded clip as the scene, looped at the clip's own rate.

Real pixels for tests, demonstrations and development. Brightness, Contrast, Saturation and
Sharpness work as on a camera (`hardware.camera.tone`); a clip has no exposure to change. Run on the
device's one owner thread; OpenCV decodes, on threads of its own that `close` ends.
"""

import math
import os
import time
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from hardware.camera.base import Camera, CameraInfo, Clock, Frame, Pixels
from hardware.camera.reported import PICTURE_CONTROLS
from hardware.camera.tone import Look
from vizy.controls import ControlValue
from vizy.errors import CameraError
from vizy.state import Size

_FALLBACK_FPS = 25.0
_LOG_ERRORS = 2  # Source: opencv2/core/utils/logger.defines.hpp
_FFMPEG_QUIET = "-8"  # Source: AV_LOG_QUIET in libavutil/log.h
_MOST_SKIPPED = 50  # frames decoded only to catch up; beyond that the clip goes on where it is
_CURE = "give a video file that OpenCV can read, for example an AVI or MP4"


class VideoCamera(Camera):
    """A camera that sees what a clip shows.

    Args:
        file: The clip.
        clock: CLOCK_MONOTONIC in nanoseconds.
    """

    def __init__(self, file: Path, *, clock: Clock = time.monotonic_ns) -> None:
        self._file = file
        self._clock = clock
        self._clip: cv2.VideoCapture | None = None
        self._info: CameraInfo | None = None
        self._values = {info.name: info.default for info in PICTURE_CONTROLS}
        self._picture: Pixels | None = None
        self._size: Size | None = None
        self._interval_ns = 1
        self._live_interval_ns = 1
        self._taken_ns = 0
        self._live_due_ns = 0
        self._sequence: int = 0
        self._returned: int = 0

    @property
    def info(self) -> CameraInfo:
        if self._info is None:
            raise CameraError(f"{self._file} is not open: open the camera first")
        return self._info

    def open(self) -> None:
        self._check_file()
        cv2.setNumThreads(1)  # the daemon's threads are its own
        # What is wrong with a clip is said once, by us, and not by its decoder at each frame.
        cv2.utils.logging.setLogLevel(_LOG_ERRORS)
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", _FFMPEG_QUIET)
        self._rewind()
        picture = self._decode()
        if picture is None:
            self.close()
            raise CameraError(f"{self._file} is not a video or holds no frame: {_CURE}")
        assert self._clip is not None
        fps = self._clip.get(cv2.CAP_PROP_FPS)
        fps = fps if math.isfinite(fps) and 0.1 <= fps <= 240 else _FALLBACK_FPS
        self._interval_ns = round(1e9 / fps)
        self._show(picture, self._clock())
        height, width = picture.shape[:2]
        model = f"Clip {self._file.name}"
        self._info = CameraInfo("video", model, Size(width, height), PICTURE_CONTROLS)

    def close(self) -> None:
        self.stop_stream()
        if self._clip is not None:
            self._clip.release()
        self._clip = self._picture = None

    def live_size(self, wanted: Size) -> Size:
        whole = self.info.still_size
        scale = min(1.0, wanted.width / whole.width, wanted.height / whole.height)
        return Size(max(1, round(whole.width * scale)), max(1, round(whole.height * scale)))

    def set_controls(self, values: Mapping[str, ControlValue]) -> None:
        self._values = self._values | dict(values)

    def controls(self) -> dict[str, ControlValue]:
        return dict(self._values)

    def start_stream(self, size: Size, fps: float) -> None:
        self._size = self.live_size(size)
        self._live_interval_ns = max(self._interval_ns, round(1e9 / fps))
        self._live_due_ns = self._clock()
        self._returned = 0

    def stop_stream(self) -> None:
        self._size = None

    def poll_frame(self) -> Frame | None:
        now = self._clock()
        if self._size is None or now < self._live_due_ns:
            return None
        self._advance(now)
        if self._sequence == self._returned:
            return None
        self._returned = self._sequence
        self._live_due_ns = max(self._taken_ns + self._live_interval_ns, now)
        return self._frame(self._size)

    def frame_due_s(self) -> float:
        if self._size is None:
            return math.inf
        due_ns = max(self._live_due_ns, self._taken_ns + self._interval_ns)
        if self._sequence != self._returned:
            due_ns = self._live_due_ns
        return max(0.0, (due_ns - self._clock()) / 1e9)

    def capture_still(self) -> Frame:
        size = self.info.still_size
        self._advance(self._clock())
        return self._frame(size)

    def _check_file(self) -> None:
        try:
            size = self._file.stat().st_size
            if not self._file.is_file():
                raise CameraError(f"{self._file} is not a file: {_CURE}")
            with self._file.open("rb"):
                pass
        except CameraError:
            raise
        except OSError as error:
            reason = error.strerror or str(error)
            raise CameraError(f"{self._file} cannot be read: {reason}: {_CURE}") from error
        if size == 0:
            raise CameraError(f"{self._file} is empty (0 bytes): {_CURE}")

    def _rewind(self) -> None:
        """Open the clip anew: seeking to its start is not exact in every container."""
        if self._clip is not None:
            self._clip.release()
        self._clip = cv2.VideoCapture(str(self._file), cv2.CAP_FFMPEG)

    def _advance(self, now_ns: int) -> None:
        """Show the frame of the clip that belongs to this moment."""
        behind = (now_ns - self._taken_ns) // self._interval_ns
        if behind < 1:
            return
        assert self._clip is not None
        for _ in range(min(behind, _MOST_SKIPPED) - 1):
            if not self._clip.grab():
                self._rewind()
        picture = self._decode()
        if picture is None:
            self._rewind()
            picture = self._decode()
        if picture is None:
            raise CameraError(f"{self._file} cannot be read any more: {_CURE}")
        self._sequence += behind - 1
        self._show(picture, self._taken_ns + behind * self._interval_ns)

    def _decode(self) -> Pixels | None:
        assert self._clip is not None
        is_read, picture = self._clip.read()
        return picture if is_read else None

    def _show(self, picture: Pixels, taken_ns: int) -> None:
        self._picture = picture
        self._taken_ns = taken_ns
        self._sequence += 1

    def _frame(self, size: Size) -> Frame:
        assert self._picture is not None
        picture = self._picture
        if size != self.info.still_size:
            to = (size.width, size.height)
            picture = cv2.resize(picture, to, interpolation=cv2.INTER_AREA)
        pixels = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        look = Look.of(self._values)
        if (look.brightness, look.contrast) != (0.0, 1.0):
            cv2.LUT(pixels, look.curve(np.arange(256.0) / 255), pixels)
        look.finish(pixels)
        return Frame(pixels, self._taken_ns, self._sequence)
