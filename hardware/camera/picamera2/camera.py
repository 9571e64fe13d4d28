"""`Picamera2Camera`: a camera that libcamera drives, as the daemon wants it.

Its methods run on the device's owner thread. What touches the library runs on a thread of its own
(`thread.LibraryThread`), which `open` starts and `close` ends; each wait for it has a limit, after
which the camera is said to have failed and is opened again. Frames are copied and converted on the
owner thread, while the library's goes on.
"""

import contextlib
import logging
import math
import time
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, TypeVar

import cv2

from hardware.camera.base import Camera, CameraInfo, Clock, Frame, Pixels
from hardware.camera.picamera2.describe import ArrayControl, describe, is_processed_here
from hardware.camera.picamera2.library import Library, load
from hardware.camera.picamera2.mailbox import Mailbox, Shot, Stamp
from hardware.camera.picamera2.modes import SensorMode, live_size
from hardware.camera.picamera2.options import CameraOptions
from hardware.camera.picamera2.pixels import apply, fit, to_rgb
from hardware.camera.picamera2.raw import RawStill
from hardware.camera.picamera2.session import Abilities, Live, Session
from hardware.camera.picamera2.thread import LibraryHangsError, LibraryThread
from hardware.camera.picamera2.values import AnyValue, ControlValues
from hardware.camera.tone import Look
from vizy.controls import ControlValue
from vizy.errors import CameraError, VizyError
from vizy.state import Size

_logger = logging.getLogger(__name__)
_OPEN_S = 10.0
_MODE_S = 6.0
_CONTROL_S = 2.0
_CLOSE_S = 4.0
_FRAME_S = 3.0  # besides the exposures: without a frame for so long, the camera has stalled
_FOCUS_S = 5.0
_SETTLE_S = 2.0  # for automatic exposure, after a change of mode
_EXPOSURES = 3  # in flight between sensor and application
_CLOSE_ENOUGH = 0.95  # of the interval: a frame that comes so early is not left out
_RETRY_S = 0.004
_AE_CONVERGED = 2  # Source: AeStateConverged in libcamera's control_ids_core.yaml
_AF_AUTO, _AF_START, _AF_FOCUSED, _AF_FAILED = 1, 0, 2, 3

T = TypeVar("T")


class Picamera2Camera(Camera):
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
        self._library: Library | None = None
        self._thread: LibraryThread | None = None
        self._hung: LibraryThread | None = None
        self._session: Session | None = None
        self._abilities: Abilities | None = None
        self._info: CameraInfo | None = None
        self._values: ControlValues | None = None
        self._mailbox = Mailbox()
        self._live: Live | None = None
        self._stream = ""
        self._last: Stamp | None = None
        self._sequence = 0

    @property
    def info(self) -> CameraInfo:
        if self._info is None:
            raise CameraError("the camera is not open: open it first")
        return self._info

    @property
    def sensor_modes(self) -> tuple[SensorMode, ...]:
        """The modes that `CameraOptions.sensor_size` can name; valid after `open`."""
        return () if self._abilities is None else self._abilities.modes

    @property
    def array_controls(self) -> Mapping[str, ArrayControl]:
        """The controls of several numbers, which `set_controls` takes as well."""
        return self._opened_values().array_controls

    @property
    def array_values(self) -> dict[str, tuple[float, ...]]:
        """The values of `array_controls` that were written."""
        return self._opened_values().arrays()

    def open(self) -> None:
        if self._session is not None:
            return
        if self._hung is not None and not self._hung.ends_within(_CLOSE_S * self._scale):
            raise LibraryHangsError(
                f"the camera library hangs in '{self._hung.late}': only a new process can use the "
                "camera; restart the hardware service, or the Pi if that does not help"
            )
        self._hung = None
        cv2.setNumThreads(1)  # the daemon's threads are its own
        self._library = load()
        self._mailbox = Mailbox()
        self._thread = LibraryThread()
        self._session = Session(
            self._library, self._options, self._thread, self._mailbox, self._clock
        )
        try:
            abilities = self._ask(self._session.open, "open the camera", _OPEN_S)
        except Exception:
            self.close()
            raise
        self._abilities = abilities
        infos = describe(abilities.controls, self._library.libcamera.controls)
        self._values = ControlValues(infos, abilities.controls, self._values)
        self._info = CameraInfo(
            "picamera2",
            abilities.found.model,
            abilities.full,
            infos,
            still_interrupts_stream=self._options.main != abilities.full,
        )
        self._last = None

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
        abilities = self._abilities
        if abilities is None:
            raise CameraError("the camera is not open: open it first")
        return live_size(wanted, abilities.full, can_crop=abilities.has_raw)

    def set_controls(self, values: Mapping[str, AnyValue]) -> None:
        """Write controls; besides the scalars, `array_controls` are taken as lists.

        Raises:
            InvalidValueError: An array that its control refuses; scalars are checked before.
            CameraError: The camera refused or failed.
        """
        session = self._opened()
        sent = self._opened_values().write(values)
        if self._live is None:
            return
        if {"ExposureTime", "AeEnable"} & set(sent):
            self._live = self._plan(self._live.size, self._live.interval_us)
            limits = (self._live.interval_us, self._live.longest_us)
            if "FrameDurationLimits" in self._opened_values().array_controls:
                sent.setdefault("FrameDurationLimits", self._within_limits(limits))
        if sent:
            self._ask(lambda: session.set_controls(sent), "set controls", _CONTROL_S)

    def controls(self) -> dict[str, ControlValue]:
        return self._opened_values().current()

    def start_stream(self, size: Size, fps: float) -> None:
        self.stop_stream()
        self._start(self._plan(self.live_size(size), round(1e6 / fps)))

    def stop_stream(self) -> None:
        if self._session is not None and self._live is not None:
            self._live = None
            self._ask(self._session.stop, "stop the stream", _MODE_S)

    def poll_frame(self) -> Frame | None:
        live = self._live
        if live is None:
            return None
        self._check_alive()
        shot = self._mailbox.newest
        if shot is None or self._is_early(shot, live):
            return None
        shot = self._mailbox.take()
        return None if shot is None else self._frame(shot, self._stream, live.size)

    def frame_due_s(self) -> float:
        if self._live is None:
            return math.inf
        if self._last is None:
            return _RETRY_S
        delay_ns = self._last.arrival_ns - self._last.timestamp_ns
        due_ns = self._last.timestamp_ns + self._live.interval_us * 1000 + delay_ns
        return max(_RETRY_S, (due_ns - self._clock()) / 1e9)

    def capture_still(self) -> Frame:
        info = self.info
        if self._live is None or info.still_interrupts_stream:
            return self._switch_and_capture(with_raw=False)[0]
        return self._frame(self._fresh(self._clock()), "main", info.still_size)

    def capture_raw(self) -> RawStill:
        """Take one picture together with the sensor's raw data, as `capture_still` does.

        Raises:
            CameraError: The camera has no raw data, or failed.
        """
        abilities = self._abilities
        if abilities is None or not abilities.has_raw or not self._options.has_raw:
            raise CameraError("this camera gives no raw data: take a still without it")
        frame, dng = self._switch_and_capture(with_raw=True)
        return RawStill(frame, dng)

    def focus(self) -> bool:
        """Let the camera focus once and tell whether it found a focus; the stream must run.

        Raises:
            CameraError: The camera has no autofocus or no stream, or failed.
        """
        if "AfMode" not in self.controls() or self._live is None:
            raise CameraError("focusing needs a camera with autofocus and a live picture")
        self.set_controls({"AfMode": _AF_AUTO})
        session = self._opened()
        self._ask(lambda: session.set_controls({"AfTrigger": _AF_START}), "focus", _CONTROL_S)
        deadline = time.monotonic() + _FOCUS_S * self._scale
        is_scanning = False
        while time.monotonic() < deadline:
            shot = self._next_shot(_FRAME_S)
            state = shot.metadata.get("AfState")
            self._give_back(shot)
            is_scanning = is_scanning or state not in (_AF_FOCUSED, _AF_FAILED)
            if is_scanning and state in (_AF_FOCUSED, _AF_FAILED):
                return state == _AF_FOCUSED
        return False

    def _start(self, live: Live) -> None:
        session = self._opened()
        self._stream = self._ask(lambda: session.start_live(live), "start the stream", _MODE_S)
        self._live = live
        self._last = None

    def _plan(self, size: Size, interval_us: int) -> Live:
        values = self._opened_values()
        longest_us = values.longest_frame_us(interval_us)
        return Live(size, interval_us, longest_us, values.for_start())

    def _within_limits(self, frame_us: tuple[int, int]) -> tuple[int, ...]:
        control = self._opened_values().array_controls["FrameDurationLimits"]
        low, high = int(control.minimum[0]), int(control.maximum[0])
        return tuple(min(max(us, low), high) for us in frame_us)

    def _switch_and_capture(self, *, with_raw: bool) -> tuple[Frame, bytes]:
        """Take a still in the mode of full size and go back to the live picture.

        The still's request is given back before the live mode is configured, so that the memory of
        both is never needed at once.
        """
        session, live = self._opened(), self._live
        self.stop_stream()
        controls = self._opened_values().for_start()
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
            self._start(self._plan(live.size, live.interval_us))
        return frame, dng

    def _developed(self, shot: Shot, *, with_raw: bool) -> tuple[Frame, bytes]:
        dng = BytesIO()
        try:
            if with_raw:
                shot.request.save_dng(dng)
        except Exception as error:
            self._give_back(shot)
            raise CameraError(f"the raw data cannot be written as DNG: {error}") from error
        return self._frame(shot, "main", self.info.still_size), dng.getvalue()

    def _settled(self) -> Shot:
        """Return a shot that automatic exposure is content with, or the one at hand after a while.

        The frames before it are given back one by one: there is one buffer.
        """
        deadline = time.monotonic() + _SETTLE_S * self._scale
        while True:
            shot = self._next_shot(_FRAME_S)
            if _is_converged(shot.metadata) or time.monotonic() >= deadline:
                return shot
            self._give_back(shot)

    def _fresh(self, since_ns: int) -> Shot:
        """Return the first shot that the sensor took after a moment."""
        while True:
            shot = self._next_shot(_FRAME_S)
            if shot.stamp.timestamp_ns >= since_ns:
                return shot
            self._give_back(shot)

    def _next_shot(self, timeout_s: float) -> Shot:
        shot = self._mailbox.wait(self._patience_s(timeout_s))
        if shot is None:
            self._check_fault()
            raise CameraError(self._stalled(self._patience_s(timeout_s)))
        return shot

    def _frame(self, shot: Shot, stream: str, size: Size) -> Frame:
        """Copy a shot's pixels and give it back."""
        values = self._opened_values()
        try:
            pixels = fit(self._copied(shot, stream), size)
        finally:
            self._give_back(shot)
        values.measure(shot.metadata)
        if self._abilities is not None and is_processed_here(self._abilities.controls):
            apply(Look.of(values.current()), pixels)
        stamp, last = shot.stamp, self._last
        is_same_run = last is not None and last.run == stamp.run
        self._sequence += max(1, stamp.number - last.number) if last and is_same_run else 1
        self._last = stamp
        return Frame(pixels, stamp.timestamp_ns, self._sequence, _scalars(shot.metadata))

    def _copied(self, shot: Shot, stream: str) -> Pixels:
        assert self._library is not None
        try:
            config = shot.request.config[stream]
            size = Size(*config["size"])
            with self._library.picamera2.MappedArray(shot.request, stream, False) as mapped:
                return to_rgb(mapped.array, config["format"], size, int(config["stride"]))
        except CameraError:
            raise
        except Exception as error:
            raise CameraError(f"a frame cannot be read: {error}") from error

    def _give_back(self, shot: Shot) -> None:
        if self._thread is not None:
            self._thread.post(shot.request.release)

    def _is_early(self, shot: Shot, live: Live) -> bool:
        if self._last is None or self._last.run != shot.stamp.run:
            return False
        since_ns = shot.stamp.timestamp_ns - self._last.timestamp_ns
        return since_ns < _CLOSE_ENOUGH * live.interval_us * 1000

    def _check_alive(self) -> None:
        self._check_fault()
        patience_s = self._patience_s(_FRAME_S)
        if self._clock() - self._mailbox.heard_ns > patience_s * 1e9:
            raise CameraError(self._stalled(patience_s))

    def _check_fault(self) -> None:
        fault = self._mailbox.fault
        if fault is not None:
            raise CameraError(f"the camera failed: {fault or type(fault).__name__}") from fault

    def _stalled(self, waited_s: float) -> str:
        return (
            f"the camera has sent no frame for {waited_s:.1f} s: it was unplugged or its cable is "
            "loose"
        )

    def _patience_s(self, timeout_s: float) -> float:
        """Return how long to wait for a frame: an exposure may take minutes."""
        values = self._values.current() if self._values is not None else {}
        exposure_s = float(values.get("ExposureTime", 0)) / 1e6
        frame_s = self._live.longest_us / 1e6 if self._live is not None else 0.0
        return timeout_s * self._scale + _EXPOSURES * max(exposure_s, frame_s)

    def _ask(self, job: Callable[[], T], what: str, timeout_s: float) -> T:
        if self._thread is None:
            raise CameraError("the camera is not open: open it first")
        return self._thread.call(job, what, timeout_s * self._scale)

    def _opened(self) -> Session:
        if self._session is None:
            raise CameraError("the camera is not open: open it first")
        return self._session

    def _opened_values(self) -> ControlValues:
        if self._values is None:
            raise CameraError("the camera is not open: open it first")
        return self._values


def _is_converged(metadata: Mapping[str, Any]) -> bool:
    """Tell whether automatic exposure has arrived; libcamera 0.5 renamed what says so."""
    if "AeState" in metadata:
        return bool(metadata["AeState"] in (0, _AE_CONVERGED))  # idle, or arrived
    return bool(metadata.get("AeLocked", True))


def _scalars(metadata: Mapping[str, Any]) -> dict[str, ControlValue]:
    return {name: v for name, v in metadata.items() if isinstance(v, bool | int | float)}
