"""`CameraDevice`: the camera as the rest of the daemon sees it: asyncio outside, one thread inside.

It joins a `Camera`, the `DeviceWorker` that owns it and the state: checks values, restores and
remembers controls, streams only while somebody wants frames, and opens the camera again when it
fails. All of it runs on the daemon's loop; what runs on the worker's thread is in `hardware.hands`.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from hardware.camera.base import Camera, CameraInfo, Frame
from hardware.camera.raw import RawCamera, RawStill
from hardware.hands import CameraHands
from hardware.remembered import RememberedControls
from hardware.store import StateStore
from hardware.taps import FrameSink, FrameTaps
from hardware.worker import DeviceWorker, Values, WorkerStatus
from vizy.controls import check_controls
from vizy.errors import (
    BusyError,
    CameraError,
    CameraHungError,
    DeviceError,
    InterruptsError,
    InvalidValueError,
    VizyError,
)
from vizy.state import CameraState, Size

_logger = logging.getLogger(__name__)
_OPEN_DEADLINE_S = 15.0
_MODE_DEADLINE_S = 10.0
_CLOSE_DEADLINE_S = 0.7
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
_REPORT_INTERVAL_S = 1.0
_NONE = Size(0, 0)
_FPS_STEP = 0.3  # a smaller change of the measured rate is no news

T = TypeVar("T")


class CameraDevice:
    """One camera.

    Args:
        camera: The back end, not opened yet.
        store: Gets the sections ``camera``, ``controls`` and ``streaming``.
        remembered: Keeps the controls over restarts.
        live: The wished size of the live picture.
        fps: The wished rate of the live picture.
        on_dead: Told when the camera did not come back and only a new process may help.
        retry_s: The first pause before a failed camera is opened again.
        watchdog_s: How long it may stay stalled.
    """

    def __init__(
        self,
        camera: Camera,
        store: StateStore,
        remembered: RememberedControls,
        *,
        live: Size,
        fps: float,
        on_dead: Callable[[str], None],
        retry_s: float = _FIRST_PAUSE_S,
        watchdog_s: float = 30.0,
    ) -> None:
        self._camera = camera
        self._store = store
        self._taps = FrameTaps()
        self._uninterrupted: dict[str, str] = {}  # by sink: why a still must not stop the frames
        self._remembered = remembered
        self._live = live
        self._on_dead = on_dead
        self._retry_s = retry_s
        self._watchdog_s = watchdog_s
        self._hands = CameraHands(
            camera,
            self._taps,
            self._tell,
            live=live,
            fps=fps,
            on_controls=self._publish_controls,
            on_fault=self._note_fault,
        )
        self._worker = DeviceWorker(
            "camera",
            write=self._hands.write,
            idle=self._hands.idle,
            on_status=self._worker_status,
            on_dead=on_dead,
            watchdog_s=watchdog_s,
        )
        self._info: CameraInfo | None = None
        self._fault = ""
        self._is_streaming = False
        self._attention = asyncio.Event()

    @property
    def info(self) -> CameraInfo:
        """What the camera reported when it was opened."""
        assert self._info is not None, "open the device first"
        return self._info

    @property
    def delivered(self) -> int:
        """How many live frames the camera gave so far."""
        return self._hands.delivered

    @property
    def control_writes(self) -> int:
        """How often controls were written to the camera; those that came together count once."""
        return self._hands.control_writes

    @property
    def is_streaming(self) -> bool:
        """Whether live frames are due; not while a camera that failed is tried again."""
        return self._is_streaming

    @property
    def fault(self) -> str:
        """Why the camera is away and tried again; empty while it is not."""
        return self._fault

    async def open(self, *, may_be_away: bool = False) -> None:
        """Open the camera for the first time.

        Args:
            may_be_away: Whether a camera that cannot be opened is tried again by `run`, as one that
                failed later; until then it has no model and no controls.

        Raises:
            CameraError: It cannot be opened; the text says why and what to do.
            DeviceTimeoutError: It did not open in time.
        """
        self._loop = asyncio.get_running_loop()
        self._worker.start()
        try:
            await self._open()
        except CameraError as error:
            if not may_be_away:
                raise
            backend = self._store.state.camera.backend
            self._info = CameraInfo(backend=backend, model="", still_size=_NONE, controls=())
            self._note_fault(error)

    async def close(self) -> bool:
        """Stop and release the camera; tell whether its thread ended in time."""
        with contextlib.suppress(VizyError):
            await self._worker.run(self._hands.close, "close", _CLOSE_DEADLINE_S)
        return await self._worker.close(_CLOSE_DEADLINE_S)

    async def set_controls(self, values: Mapping[str, object]) -> None:
        """Write controls, all or nothing; return once the camera has taken them.

        Raises:
            InvalidValueError: An unknown control or a value out of its limits.
            DeviceError: The camera is away, failed, or did not answer in time.
        """
        checked = check_controls(self.info.controls, values)
        self._check_present()
        if checked:
            await self._attempt(self._worker.write(checked))

    async def capture_still(self) -> Frame:
        """Take a picture of full size.

        Raises:
            BusyError: Eight jobs wait already.
            InterruptsError: It would interrupt what must not be.
            DeviceError: The camera is away, failed, or did not answer in time.
        """
        self._check_present()
        if self.info.still_interrupts_stream:
            self._check_uninterrupted()
        return await self._attempt(
            self._worker.run(
                lambda: self._hands.take(self._camera.capture_still),
                "capture a still",
                self._limit_s(),
            )
        )

    async def focus(self) -> bool:
        """Let the camera focus once; tell whether it found a focus.

        Raises:
            UnknownControlError: The camera has no autofocus.
            BusyError: Eight jobs wait already.
            DeviceError: The camera is away, failed, or did not answer in time.
        """
        self._check_present()
        return await self._attempt(self._worker.run(self._hands.focus, "focus", self._limit_s()))

    async def capture_raw(self) -> RawStill:
        """Take a picture of full size together with the sensor's raw data.

        Raises:
            InvalidValueError: This camera gives no raw data.
            BusyError: Eight jobs wait already.
            InterruptsError: It would interrupt what must not be.
            DeviceError: The camera is away, failed, or did not answer in time.
        """
        camera = self._camera
        if not (isinstance(camera, RawCamera) and self.info.has_raw):
            raise InvalidValueError(
                f"raw=true: {self.info.model} ({self.info.backend}) gives no raw data: "
                "take a still without"
            )
        self._check_present()
        self._check_uninterrupted()  # raw data need a mode of their own
        return await self._attempt(
            self._worker.run(
                lambda: self._hands.take(camera.capture_raw),
                "capture raw data",
                self._limit_s(),
            )
        )

    def attach(self, name: str, sink: FrameSink, *, uninterrupted: str = "") -> None:
        """Give the live frames to a sink; the camera streams while there is one.

        Args:
            name: Tells sinks apart; one of the same name is replaced.
            sink: Gets the frames on the camera's thread.
            uninterrupted: Why no still may be taken that would stop the frames for a moment;
                empty: it may.
        """
        self._taps.attach(name, sink)
        self._uninterrupted.pop(name, None)
        if uninterrupted:
            self._uninterrupted[name] = uninterrupted
        self._attention.set()

    def detach(self, name: str) -> None:
        """Give no more frames to the sink of that name; with none left, the camera rests."""
        self._taps.detach(name)
        self._uninterrupted.pop(name, None)
        self._attention.set()

    async def run(self) -> None:
        """Follow who wants frames, and open a failed camera again, until cancelled."""
        while True:
            await self._attention.wait()
            self._attention.clear()
            if self._fault:
                await self._reopen()
            await self._follow_taps()

    async def measure(self) -> None:
        """Publish the live picture's rate, at most once a second, until cancelled."""
        while True:
            before, since = self._hands.delivered, self._loop.time()
            await asyncio.sleep(_REPORT_INTERVAL_S)
            fps = (self._hands.delivered - before) / (self._loop.time() - since)
            fps = round(fps, 1) if self._is_streaming else 0.0
            if fps == 0.0 or abs(fps - self._store.state.streaming.fps) >= _FPS_STEP:
                self._store.change("streaming", fps=fps)

    async def _open(self) -> None:
        await self._attempt(self._worker.run(self._hands.open, "open", _OPEN_DEADLINE_S))
        self._info = info = self._camera.info
        restored = self._remembered.restore(info.controls)
        await self._attempt(self._worker.write(restored))
        self._fault = ""
        self._store.update(
            camera=CameraState(
                backend=info.backend,
                model=info.model,
                status="ready",
                still_size=info.still_size,
                has_raw=info.has_raw,
                controls=info.controls,
                sensor_modes=info.sensor_modes,
                still_limit_s=self._store.state.camera.still_limit_s,
            ),
        )
        self._store.change("streaming", size=self._camera.live_size(self._live))

    def _limit_s(self) -> float:
        """Return the deadline of a job that takes frames: its turn comes after the others'."""
        return self._store.state.camera.still_limit_s * (self._worker.ahead + 1)

    async def _reopen(self) -> None:
        pause_s = self._retry_s
        since = self._loop.time()
        self._is_streaming = False
        self._store.change("streaming", active=False, fps=0.0)
        while self._fault:
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            try:
                await self._attempt(self._worker.run(self._hands.close, "close", _MODE_DEADLINE_S))
                await self._open()
            except CameraHungError as error:
                if self._loop.time() - since >= self._watchdog_s:
                    self._on_dead(str(error))
            except VizyError:  # it is in the state, and tried again
                pass
        _logger.warning("the camera is open again")

    async def _follow_taps(self) -> None:
        wanted = bool(self._taps)
        if wanted == self._is_streaming:
            return
        job = self._hands.start if wanted else self._hands.stop
        try:
            await self._attempt(self._worker.run(job, "switch the stream", _MODE_DEADLINE_S))
        except (DeviceError, BusyError) as error:
            _logger.warning("the stream was not switched and is tried again: %s", error)
            self._loop.call_later(self._retry_s, self._attention.set)
            return
        self._is_streaming = wanted
        self._store.change("streaming", active=wanted, fps=0.0)

    async def _attempt(self, job: Awaitable[T]) -> T:
        """Await a job; whatever a driver raises becomes a `CameraError`, and that a fault."""
        try:
            return await job
        except CameraError as error:
            self._note_fault(error)
            raise
        except VizyError:
            raise
        except Exception as error:
            _logger.exception("the camera failed in a way its back end does not know")
            failure = CameraError(f"the camera failed: {error}")
            self._note_fault(failure)
            raise failure from error

    def _check_present(self) -> None:
        if self._fault:
            raise CameraError(f"the camera is away and tried again by itself: {self._fault}")

    def _check_uninterrupted(self) -> None:
        if self._uninterrupted:
            raise InterruptsError(next(iter(self._uninterrupted.values())))

    def _note_fault(self, error: Exception) -> None:
        if self._info is None:
            return  # the first start: the caller decides
        if not self._fault:
            _logger.warning("the camera failed and is opened again: %s", error)
        self._fault = str(error)
        self._store.change("camera", status="fault", reason=self._fault)
        self._attention.set()

    def _worker_status(self, status: WorkerStatus, reason: str) -> None:
        if not self._fault:
            self._store.change("camera", status=status, reason=reason)

    def _publish_controls(self, values: Values, still_limit_s: float) -> None:
        self._store.update(controls=values)
        if still_limit_s != self._store.state.camera.still_limit_s:
            self._store.change("camera", still_limit_s=still_limit_s)
        if self._info is not None:
            self._remembered.note(self._info.controls, values)

    def _tell(self, call: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended; nobody is left to be told
            self._loop.call_soon_threadsafe(call, *arguments)
