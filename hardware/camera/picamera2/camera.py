"""`Picamera2Camera`: a camera that libcamera drives, as the daemon wants it.

Its methods run on the device's owner thread. What touches the library runs on a thread of its own
(`thread.LibraryThread`), which `open` starts and `close` ends; each wait for it has a limit, after
which the camera is said to have failed and is opened again. Frames are copied and converted on the
owner thread (`shots.ShotReader`), while the library's goes on.
"""

import contextlib
import logging
import math
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any, TypeVar

import cv2

from hardware.camera.base import Autofocus, CameraInfo, Clock, Frame
from hardware.camera.picamera2.abilities import Abilities, Live
from hardware.camera.picamera2.describe import describe
from hardware.camera.picamera2.library import load
from hardware.camera.picamera2.mailbox import Mailbox, Shot
from hardware.camera.picamera2.modes import live_size
from hardware.camera.picamera2.options import CameraOptions
from hardware.camera.picamera2.session import Session
from hardware.camera.picamera2.shots import ShotReader
from hardware.camera.picamera2.thread import LibraryThread
from hardware.camera.picamera2.values import ControlValues
from hardware.camera.raw import RawCamera, RawStill
from vizy.controls import ControlValue
from vizy.errors import CameraError, CameraHungError, UnknownControlError, VizyError
from vizy.state import Size

_logger = logging.getLogger(__name__)
_OPEN_S = 10.0
_MODE_S = 6.0
_CONTROL_S = 2.0
_CLOSE_S = 4.0
_FOCUS_S = 4.0
_FOCUS_SIZE, _FOCUS_US = Size(640, 480), 33_333
_SETTLE_S = 2.0  # for automatic exposure, after a change of mode
_STILL_S = 14.0  # for the changes of mode around a still
_RETRY_S = 0.004
_AE_CONVERGED = 2  # Source: AeStateConverged in libcamera's control_ids_core.yaml
_AF_AUTO, _AF_START, _AF_FOCUSED, _AF_FAILED = 1, 0, 2, 3
_RATE = {"ExposureTime", "AeEnable", "FrameDurationLimits"}  # what the time between frames hangs on

T = TypeVar("T")


class Picamera2Camera(RawCamera, Autofocus):
    """A Raspberry Pi camera, or another one that libcamera drives.

    Args:
        options: Which camera, and how.
        clock: CLOCK_MONOTONIC in nanoseconds.
        timeout_scale: Multiplies each limit of waiting; tests shorten them.
    """

    def __init__(
        self,
        options: CameraOptions | None = None,
        *,
        clock: Clock = time.monotonic_ns,
        timeout_scale: float = 1.0,
    ) -> None:
        self._options = options or CameraOptions()
        self._clock = clock
        self._scale = timeout_scale
        self._thread: LibraryThread | None = None
        self._hung: LibraryThread | None = None
        self._session: Session | None = None
        self._abilities: Abilities | None = None
        self._info: CameraInfo | None = None
        self._values: ControlValues | None = None
        self._shots: ShotReader | None = None
        self._live: Live | None = None
        self._wished_us = 0  # between frames

    @property
    def info(self) -> CameraInfo:
        if self._info is None:
            raise _not_open()
        return self._info

    def open(self) -> None:
        if self._session is not None:
            return
        if self._hung is not None and not self._hung.ends_within(_CLOSE_S * self._scale):
            raise CameraHungError(
                f"the camera library hangs in '{self._hung.late}': only a new process can use the "
                "camera; restart the hardware service, or the Pi if that does not help"
            )
        self._hung = None
        cv2.setNumThreads(1)  # the daemon's threads are its own
        library, mailbox = load(), Mailbox()
        self._thread = LibraryThread()
        self._session = Session(library, self._options, self._thread, mailbox, self._clock)
        try:
            abilities = self._ask(self._session.open, "open the camera", _OPEN_S)
        except Exception:
            self.close()
            raise
        infos = describe(abilities.controls, library.libcamera.controls)
        values = ControlValues(infos, abilities.controls, self._values)
        sequence = 0 if self._shots is None else self._shots.sequence
        self._shots = ShotReader(
            library, self._thread, mailbox, abilities, values, self._clock, self._scale, sequence
        )
        self._abilities, self._values = abilities, values
        self._info = CameraInfo(
            "picamera2",
            abilities.found.model,
            abilities.full,
            infos,
            has_raw=abilities.has_raw and self._options.has_raw,
            still_interrupts_stream=not self._options.is_main_full,
            sensor_modes=abilities.modes,
        )

    def close(self) -> None:
        session, thread = self._session, self._thread
        self._session = self._thread = self._live = None
        if session is None or thread is None:
            return
        try:
            if thread.late:
                thread.post(session.close)  # once it comes back, if ever
            else:
                thread.call(session.close, "close the camera", _CLOSE_S * self._scale)
        except CameraError as error:
            _logger.warning("the camera was not closed: %s", error)
        finally:
            if not thread.close(_CLOSE_S * self._scale):
                self._hung = thread

    def live_size(self, wanted: Size) -> Size:
        abilities = self._opened(self._abilities)
        return live_size(wanted, abilities.full, can_crop=abilities.has_raw)

    def set_controls(self, values: Mapping[str, ControlValue]) -> None:
        session = self._opened(self._session)
        sent = self._opened(self._values).write(values)
        live: Live | None = None
        if self._live is not None and _RATE & values.keys():
            self._live = live = self._plan(self._live.size)
        if self._live is not None and (sent or live is not None):
            self._ask(lambda: session.set_controls(sent, live), "set controls", _CONTROL_S)

    def controls(self) -> dict[str, ControlValue]:
        return self._opened(self._values).current()

    def start_stream(self, size: Size, fps: float) -> None:
        self.stop_stream()
        self._wished_us = round(1e6 / fps)
        self._start(self.live_size(size))

    def stop_stream(self) -> None:
        session = self._session
        if session is not None and self._live is not None:
            self._live = None
            self._ask(session.stop, "stop the stream", _MODE_S)

    def poll_frame(self) -> Frame | None:
        return None if self._live is None else self._opened(self._shots).poll(self._live)

    def frame_due_s(self) -> float:
        if self._live is None:
            return math.inf
        due_ns = self._opened(self._shots).due_ns(self._live)
        return _RETRY_S if due_ns is None else max(_RETRY_S, (due_ns - self._clock()) / 1e9)

    def still_limit_s(self) -> float:
        waits_s = 2 * self._opened(self._shots).patience_s(self._longest_us())
        return _STILL_S * self._scale + waits_s

    def capture_still(self) -> Frame:
        info, shots = self.info, self._opened(self._shots)
        if self._live is None or info.still_interrupts_stream:
            return self._switch_and_capture(with_raw=False)[0]
        shot = shots.wait(self._clock(), self._longest_us())
        return shots.frame(shot, "main", info.still_size)

    def capture_raw(self) -> RawStill:
        if not self.info.has_raw:
            raise CameraError("this camera gives no raw data: take a still without it")
        frame, dng = self._switch_and_capture(with_raw=True)
        return RawStill(frame, dng)

    def focus(self, meanwhile: Callable[[Frame], None]) -> bool:
        if "AfMode" not in self.controls():
            raise UnknownControlError(
                f"{self.info.model} has no autofocus (no control AfMode): turn its lens by hand"
            )
        with self._streaming():
            self.set_controls({"AfMode": _AF_AUTO})
            session = self._opened(self._session)
            self._ask(lambda: session.set_controls({"AfTrigger": _AF_START}), "focus", _CONTROL_S)
            return self._is_focused(meanwhile)

    def _is_focused(self, meanwhile: Callable[[Frame], None]) -> bool:
        """Look at frames until one says that the search has ended, well or not."""
        shots, abilities = self._opened(self._shots), self._opened(self._abilities)
        deadline = time.monotonic() + _FOCUS_S * self._scale
        is_scanning = False
        while self._live is not None and time.monotonic() < deadline:
            shot = shots.wait(longest_us=self._longest_us())
            state = shot.metadata.get("AfState")
            meanwhile(shots.frame(shot, abilities.live_stream, self._live.size))
            is_scanning = is_scanning or state not in (_AF_FOCUSED, _AF_FAILED)
            if is_scanning and state in (_AF_FOCUSED, _AF_FAILED):
                return state == _AF_FOCUSED
        return False

    @contextmanager
    def _streaming(self) -> Generator[None, None, None]:
        """Have a stream, for as long as it takes."""
        if self._live is not None:
            yield
            return
        self._wished_us = _FOCUS_US
        self._start(self.live_size(_FOCUS_SIZE))
        try:
            yield
        finally:
            self.stop_stream()

    def _start(self, size: Size) -> None:
        session, live = self._opened(self._session), self._plan(size)
        self._ask(lambda: session.start_live(live), "start the stream", _MODE_S)
        self._opened(self._shots).begin()
        self._live = live

    def _plan(self, size: Size) -> Live:
        values = self._opened(self._values)
        return Live(size, *values.frame_us(self._wished_us), values.for_start())

    def _longest_us(self) -> int:
        return 0 if self._live is None else self._live.longest_us

    def _switch_and_capture(self, *, with_raw: bool) -> tuple[Frame, bytes]:
        """Take a still in the mode of full size and go back to the live picture.

        The still's request is given back before the live mode is configured, so that the memory of
        both is never needed at once.
        """
        session, live = self._opened(self._session), self._live
        self.stop_stream()
        controls = self._opened(self._values).for_start()
        try:
            self._ask(
                lambda: session.start_still(controls, with_raw=with_raw),
                "switch to the still's mode",
                _MODE_S,
            )
            shot = self._settled()
            frame, dng = self._developed(shot, with_raw=with_raw)
        except Exception:
            with contextlib.suppress(VizyError):  # the first failure is the one to tell
                self._ask(session.stop, "stop the camera", _MODE_S)
            raise
        self._ask(session.stop, "stop the camera", _MODE_S)
        if live is not None:
            self._start(live.size)
        return frame, dng

    def _developed(self, shot: Shot, *, with_raw: bool) -> tuple[Frame, bytes]:
        shots, dng = self._opened(self._shots), BytesIO()
        try:
            if with_raw:
                shot.request.save_dng(dng)
        except Exception as error:
            shots.give_back(shot)
            raise CameraError(f"the raw data cannot be written as DNG: {error}") from error
        return shots.frame(shot, "main", self.info.still_size), dng.getvalue()

    def _settled(self) -> Shot:
        """Return a shot that automatic exposure is content with, or the one at hand after a while.

        The frames before it are given back one by one: there is one buffer.
        """
        shots = self._opened(self._shots)
        deadline = time.monotonic() + _SETTLE_S * self._scale
        while True:
            shot = shots.wait()
            if _is_converged(shot.metadata) or time.monotonic() >= deadline:
                return shot
            shots.give_back(shot)

    def _ask(self, job: Callable[[], T], what: str, timeout_s: float) -> T:
        return self._opened(self._thread).call(job, what, timeout_s * self._scale)

    def _opened(self, part: T | None) -> T:
        """Return a part of the open camera."""
        if self._session is None or part is None:
            raise _not_open()
        return part


def _not_open() -> CameraError:
    return CameraError("the camera is not open: open it first")


def _is_converged(metadata: Mapping[str, Any]) -> bool:
    """Tell whether automatic exposure has arrived; libcamera 0.5 renamed what says so."""
    if "AeState" in metadata:
        return bool(metadata["AeState"] in (0, _AE_CONVERGED))  # idle, or arrived
    return bool(metadata.get("AeLocked", True))
