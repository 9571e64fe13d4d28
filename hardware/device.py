"""`CameraDevice`: the camera as the rest of the daemon sees it: asyncio outside, one thread inside.

It joins a `Camera`, the `DeviceWorker` that owns it and the state: checks values, restores and
remembers controls, streams only while somebody wants frames, and opens the camera again
when it fails. Its methods run on the daemon's loop; the functions named ``_on_thread_...`` run on
the worker's thread and reach the loop only through ``call_soon_threadsafe``.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from hardware.camera.base import Camera, CameraInfo, Frame
from hardware.memory import give_back
from hardware.remembered import RememberedControls
from hardware.store import StateStore
from hardware.taps import FrameSink, FrameTaps
from hardware.worker import DeviceWorker, Values, WorkerStatus
from vizy.controls import check_controls
from vizy.errors import BusyError, CameraError, DeviceError, VizyError
from vizy.state import CameraState, Size

_logger = logging.getLogger(__name__)
_OPEN_DEADLINE_S = 15.0
_MODE_DEADLINE_S = 10.0
_STILL_DEADLINE_S = 20.0
_CLOSE_DEADLINE_S = 0.7
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
_REPORT_INTERVAL_S = 1.0
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
        self._delivered = 0  # live frames so far; the thread counts
        self._remembered = remembered
        self._live = live
        self._fps = fps
        self._retry_s = retry_s
        self._worker = DeviceWorker(
            "camera",
            write=self._on_thread_write,
            idle=self._on_thread_idle,
            on_status=self._worker_status,
            on_dead=on_dead,
            watchdog_s=watchdog_s,
        )
        self._info: CameraInfo | None = None
        self._fault = ""
        self._is_streaming = False
        self._attention = asyncio.Event()
        self._is_open = False  # the thread's
        self._reported: Values = {}  # the thread's: the controls it told the loop of last
        self._report_at = 0.0  # the thread's

    @property
    def info(self) -> CameraInfo:
        """What the camera reported when it was opened."""
        assert self._info is not None, "open the device first"
        return self._info

    async def open(self) -> None:
        """Open the camera for the first time.

        Raises:
            CameraError: It cannot be opened; the text says why and what to do.
            DeviceTimeoutError: It did not open in time.
        """
        self._loop = asyncio.get_running_loop()
        self._worker.start()
        await self._open()

    async def close(self) -> bool:
        """Stop and release the camera; tell whether its thread ended in time."""
        with contextlib.suppress(VizyError):
            await self._worker.run(self._on_thread_close, "close", _CLOSE_DEADLINE_S)
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
            DeviceError: The camera is away, failed, or did not answer in time.
        """
        self._check_present()
        return await self._attempt(
            self._worker.run(self._camera.capture_still, "capture a still", _STILL_DEADLINE_S)
        )

    def attach(self, name: str, sink: FrameSink) -> None:
        """Give the live frames to a sink; the camera streams while there is one."""
        self._taps.attach(name, sink)
        self._attention.set()

    def detach(self, name: str) -> None:
        """Give no more frames to the sink of that name; with none left, the camera rests."""
        self._taps.detach(name)
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
            before, since = self._delivered, self._loop.time()
            await asyncio.sleep(_REPORT_INTERVAL_S)
            fps = (self._delivered - before) / (self._loop.time() - since)
            fps = round(fps, 1) if self._is_streaming else 0.0
            if fps == 0.0 or abs(fps - self._store.state.streaming.fps) >= _FPS_STEP:
                self._store.change("streaming", fps=fps)

    async def _open(self) -> None:
        await self._attempt(self._worker.run(self._on_thread_open, "open", _OPEN_DEADLINE_S))
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
                controls=info.controls,
            ),
        )
        self._store.change("streaming", size=self._camera.live_size(self._live))

    async def _reopen(self) -> None:
        pause_s = self._retry_s
        self._is_streaming = False
        self._store.change("streaming", active=False, fps=0.0)
        while self._fault:
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            with contextlib.suppress(VizyError):  # it is in the state, and tried again
                await self._attempt(
                    self._worker.run(self._on_thread_close, "close", _MODE_DEADLINE_S)
                )
                await self._open()
        _logger.warning("the camera is open again")

    async def _follow_taps(self) -> None:
        wanted = bool(self._taps)
        if wanted == self._is_streaming:
            return
        job = self._on_thread_start if wanted else self._on_thread_stop
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

    def _publish_controls(self, values: Values) -> None:
        self._store.update(controls=values)
        if self._info is not None:
            self._remembered.note(self._info.controls, values)

    def _on_thread_open(self) -> None:
        self._camera.open()
        self._is_open = True

    def _on_thread_close(self) -> None:
        self._is_open = False
        self._camera.close()

    def _on_thread_start(self) -> None:
        self._camera.start_stream(self._live, self._fps)
        give_back()

    def _on_thread_stop(self) -> None:
        self._camera.stop_stream()
        give_back()

    def _on_thread_write(self, values: Values) -> None:
        self._camera.set_controls(values)
        self._on_thread_report()

    def _on_thread_report(self) -> None:
        values = self._camera.controls()
        if values != self._reported:
            self._reported = values
            self._on_thread_tell(self._publish_controls, values)

    def _on_thread_idle(self) -> float:
        if not self._is_open:
            return math.inf
        try:
            frame = self._camera.poll_frame()
            due_s = self._camera.frame_due_s()
        except VizyError as error:
            self._on_thread_lose(error)
            return math.inf
        except Exception as error:
            _logger.exception("the camera's stream failed in a way its back end does not know")
            self._on_thread_lose(error)
            return math.inf
        if frame is not None:
            self._delivered += 1
            self._taps.offer(frame)
            self._on_thread_follow_auto()
        return due_s

    def _on_thread_lose(self, error: Exception) -> None:
        self._is_open = False
        self._on_thread_tell(self._note_fault, error)

    def _on_thread_follow_auto(self) -> None:
        """Report what automatic exposure does, and let go of free memory, now and then."""
        now = time.monotonic()
        if now >= self._report_at:
            self._report_at = now + _REPORT_INTERVAL_S
            self._on_thread_report()
            give_back()

    def _on_thread_tell(self, call: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended; nobody is left to be told
            self._loop.call_soon_threadsafe(call, *arguments)
