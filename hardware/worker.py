"""`DeviceWorker`: one thread that owns one device, and the queue in front of it.

The queue lives on the asyncio loop and the thread only ever holds one job, so the two share no
lock: the loop hands a job over through a thread-safe inbox, the thread hands the result back with
``call_soon_threadsafe``. The policy of the queue:

- Control writes are latest-wins by name. A write is merged into the queue's last entry if that is a
  write too, and only there, so nothing overtakes anything; each merged waiter gets the result.
- Everything else is first-in-first-out, and refused at once when eight wait.
- Each job has a deadline. A job that outlives it while the device works on it makes the device
  `stalled`; one that is still queued is dropped.

Between jobs the thread runs the idle step (it polls the camera's frames): one step, one job, one
step, so that neither starves the other.
"""

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from vizy.controls import ControlValue
from vizy.errors import BusyError, DeviceAwayError, DeviceTimeoutError

T = TypeVar("T")
Values = dict[str, ControlValue]
WorkerStatus = Literal["ready", "stalled"]

MAX_WAITING = 8

_logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Job:
    """One entry of the queue; ``values`` is set for a write and grows while it is the last."""

    name: str
    deadline_s: float
    call: Callable[[], Any]
    values: Values | None = None
    waiters: list[asyncio.Future[Any]] = field(default_factory=list[asyncio.Future[Any]])
    alarm: asyncio.TimerHandle | None = None
    is_abandoned: bool = False


class DeviceWorker:
    """Runs jobs on the one thread that may touch a device.

    Everything but the callables runs on the loop that called `start`.

    Args:
        name: Of the device, for texts and the thread.
        write: Writes control values to the device; on the worker's thread.
        idle: Does what is due between jobs and returns in how many seconds it wants to be called
            again, infinity for after the next job; on the worker's thread. It must not raise.
        on_status: Told on the loop when the device stalls (with the reason) and when it is back.
        on_dead: Told on the loop when it did not come back in time or the thread died.
        write_deadline_s: How long a control write may take, queue included.
        idle_deadline_s: How long an idle step may take before the device counts as stalled.
        watchdog_s: How long the device may stay stalled.
    """

    def __init__(
        self,
        name: str,
        *,
        write: Callable[[Values], Any],
        idle: Callable[[], float],
        on_status: Callable[[WorkerStatus, str], None],
        on_dead: Callable[[str], None],
        write_deadline_s: float = 5.0,
        idle_deadline_s: float = 5.0,
        watchdog_s: float = 30.0,
    ) -> None:
        self._name = name
        self._write = write
        self._idle = idle
        self._on_status = on_status
        self._on_dead = on_dead
        self._write_deadline_s = write_deadline_s
        self._idle_deadline_s = idle_deadline_s
        self._watchdog_s = watchdog_s
        self._pending: deque[_Job] = deque()
        self._running: _Job | None = None
        self._inbox: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._idle_since: float | None = None  # written by the thread alone
        self._thread = threading.Thread(target=self._own, name=f"vizy-{name}", daemon=True)
        self._is_closed = False
        self._is_stalled = False
        self._watchdog: asyncio.TimerHandle | None = None
        self._look: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many jobs other than writes are queued; the one being worked on does not count."""
        return sum(job.values is None for job in self._pending)

    @property
    def ahead(self) -> int:
        """How many jobs would be done before a new one; the one being worked on counts."""
        return len(self._pending) + (self._running is not None)

    def start(self) -> None:
        """Start the thread; call it on the loop."""
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._thread.start()
        self._look = self._loop.call_later(self._idle_deadline_s / 2, self._look_at_idle)

    async def write(self, values: Mapping[str, ControlValue]) -> Any:
        """Write control values; the latest wins by name.

        Returns:
            What the write function returned for the write that carried these values.

        Raises:
            DeviceTimeoutError: Not done before the deadline.
            DeviceAwayError: The worker is closed.
        """
        last = self._pending[-1] if self._pending else None
        if last is not None and last.values is not None:
            last.values.update(values)
        else:  # complete before it is added: the thread may take it at once
            merged = dict(values)
            last = _Job("write controls", self._write_deadline_s, lambda: self._write(merged))
            last.values = merged
            self._add(last)
        last.name = f"write {', '.join(last.values)}"
        return await self._result(last, self._write_deadline_s)

    async def run(self, call: Callable[[], T], name: str, deadline_s: float) -> T:
        """Run a job on the device's thread, after those already queued.

        Args:
            call: What to do.
            name: Of the job, for error texts.
            deadline_s: Seconds it may take, the time in the queue included.

        Returns:
            What the call returned.

        Raises:
            BusyError: Eight jobs wait already; nothing was queued.
            DeviceTimeoutError: Not done before the deadline.
            DeviceAwayError: The worker is closed.
        """
        if self.waiting >= MAX_WAITING:
            raise BusyError(f"the {self._name} is busy: {MAX_WAITING} jobs wait: try again later")
        job = _Job(name, deadline_s, call)
        self._add(job)
        return await self._result(job, deadline_s)

    async def close(self, timeout_s: float = 1.5) -> bool:
        """Refuse what waits, let the running job end and stop the thread.

        Returns:
            Whether the thread ended in time; it is left behind otherwise.
        """
        if self._is_closed:
            return not self._thread.is_alive()
        self._is_closed = True
        while self._pending:
            self._settle(self._pending.popleft(), None, self._closed())
        for timer in (self._look, self._watchdog):
            if timer is not None:
                timer.cancel()
        self._inbox.put(None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._ended.wait()
            self._thread.join(timeout_s)
        if self._running is not None:
            self._settle(self._running, None, self._closed())
        return not self._thread.is_alive()

    def _add(self, job: _Job) -> None:
        if self._is_closed:
            raise self._closed()
        job.alarm = self._loop.call_later(job.deadline_s, self._overdue, job)
        self._pending.append(job)
        self._hand_over()

    async def _result(self, job: _Job, deadline_s: float) -> Any:
        waiter = self._loop.create_future()
        job.waiters.append(waiter)
        try:
            async with asyncio.timeout(deadline_s):
                return await waiter
        except TimeoutError:
            if waiter.done() and not waiter.cancelled():
                raise  # the job's own
            state = "did not return" if job is self._running else "was not reached"
            raise DeviceTimeoutError(
                f"{job.name}: the {self._name} {state} within {deadline_s:g} s, its deadline"
            ) from None
        finally:
            self._leave(job, waiter)

    def _leave(self, job: _Job, waiter: asyncio.Future[Any]) -> None:
        """Drop a queued job once nobody waits for it; a write stays unless it is too late."""
        job.waiters.remove(waiter)
        is_wanted = bool(job.waiters) or (job.values is not None and job.alarm is not None)
        if not is_wanted:
            job.is_abandoned = True
            if job in self._pending:
                self._pending.remove(job)
                self._disarm(job)

    def _hand_over(self) -> None:
        if self._running is None and self._pending:
            self._running = self._pending.popleft()
            self._inbox.put(self._running)

    def _finished(self, job: _Job, result: Any, error: Exception | None) -> None:
        self._running = None
        self._settle(job, result, error)
        self._mark_ready()
        self._hand_over()

    def _settle(self, job: _Job, result: Any, error: Exception | None) -> None:
        self._disarm(job)
        waiters = [waiter for waiter in job.waiters if not waiter.done()]
        if error is not None and not waiters:
            _logger.warning("%s failed after its caller had gone: %s", job.name, error)
        for waiter in waiters:
            if error is None:
                waiter.set_result(result)
            else:
                waiter.set_exception(error)

    def _disarm(self, job: _Job) -> None:
        if job.alarm is not None:
            job.alarm.cancel()
            job.alarm = None

    def _overdue(self, job: _Job) -> None:
        job.alarm = None
        if job is self._running:
            self._mark_stalled(f"{job.name} has not returned within {job.deadline_s:g} s")
        elif not job.waiters and job in self._pending:
            self._pending.remove(job)

    def _look_at_idle(self) -> None:
        since = self._idle_since
        if since is not None and time.monotonic() - since > self._idle_deadline_s:
            self._mark_stalled(f"no frame could be polled for {self._idle_deadline_s:g} s")
        elif self._running is None:
            self._mark_ready()
        self._look = self._loop.call_later(self._idle_deadline_s / 2, self._look_at_idle)

    def _mark_stalled(self, reason: str) -> None:
        if self._is_stalled or self._is_closed:
            return
        self._is_stalled = True
        _logger.warning("the %s stalled: %s", self._name, reason)
        dead = f"the {self._name} did not come back within {self._watchdog_s:g} s: {reason}"
        self._watchdog = self._loop.call_later(self._watchdog_s, self._on_dead, dead)
        self._on_status("stalled", reason)

    def _mark_ready(self) -> None:
        if not self._is_stalled:
            return
        self._is_stalled = False
        if self._watchdog is not None:
            self._watchdog.cancel()
        _logger.warning("the %s is back", self._name)
        self._on_status("ready", "")

    def _closed(self) -> DeviceAwayError:
        return DeviceAwayError(f"the {self._name} is being closed: try again in a moment")

    def _own(self) -> None:
        """The thread: an idle step, then at most one job, until the inbox says to end."""
        try:
            while (job := self._next()) is not None or not self._is_closed:
                if job is not None and not job.is_abandoned:
                    self._perform(job)
                elif job is not None:
                    self._tell(self._finished, job, None, None)
            self._tell(self._ended.set)
        except Exception as error:
            _logger.exception("the thread of the %s died", self._name)
            self._tell(self._on_dead, f"the thread of the {self._name} died: {error}")

    def _next(self) -> _Job | None:
        self._idle_since = time.monotonic()
        due_s = self._idle()
        self._idle_since = None
        try:
            return self._inbox.get(timeout=None if due_s > threading.TIMEOUT_MAX else due_s)
        except queue.Empty:
            return None

    def _perform(self, job: _Job) -> None:
        try:
            result = job.call()
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is for those who wait
            self._tell(self._finished, job, None, error)
        else:
            self._tell(self._finished, job, result, None)

    def _tell(self, call: Callable[..., Any], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended; nobody is left to be told
            self._loop.call_soon_threadsafe(call, *arguments)
