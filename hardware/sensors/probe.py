"""`Probe`: one source and the thread that owns it, with a deadline.

Runs on the daemon's loop; only the reading itself is on the source's thread. A driver that hangs
costs its own readings and nobody else's: it is left alone until it answers, then asked again, after
a pause that grows as long as it stays slow.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Mapping

from hardware.sensors.source import Outcome, Source, read_all
from hardware.worker import DeviceWorker, WorkerStatus
from vizy.errors import DeviceAwayError, DeviceTimeoutError

_logger = logging.getLogger(__name__)
_FIRST_PAUSE_S = 2.0
_LONGEST_PAUSE_S = 60.0
_NEVER_S = 1e6  # about twelve days: a sensor is no reason to end the daemon


class Probe:
    """Reads one source on demand; what it said last is in ``outcomes``.

    Args:
        source: What to read.
        deadline_s: Seconds a reading may take.
        clock: Monotonic seconds, for the pauses after a reading that took too long.
    """

    def __init__(
        self,
        source: Source,
        *,
        deadline_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = source
        self.outcomes: Mapping[str, Outcome] = self._for_all("has not been read yet")
        self._deadline_s = deadline_s
        self._clock = clock
        self._is_stalled = False
        self._is_fault_told = False  # the thread's
        self._pause_s = _FIRST_PAUSE_S
        self._not_before = -math.inf
        self._task: asyncio.Task[None] | None = None
        self._worker = reading_thread(f"sensor {source.key}", self._status)
        self._worker.start()

    def begin(self) -> asyncio.Task[None] | None:
        """Start a reading, unless one is under way or the source is left alone.

        Returns:
            The reading that is under way; None when there is none.
        """
        if self._task is not None and not self._task.done():
            return self._task
        if self._is_stalled or self._clock() < self._not_before:
            return None
        self._task = asyncio.create_task(self._read(), name=f"sensor {self.source.key}")
        return self._task

    async def close(self) -> bool:
        """Stop; a reading under way is not waited for longer than a moment.

        Returns:
            Whether its thread ended; a driver that hangs keeps it.
        """
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        return await self._worker.close(timeout_s=0.2)

    async def _read(self) -> None:
        try:
            self.outcomes = await self._worker.run(self._on_thread_read, "read", self._deadline_s)
            self._pause_s = _FIRST_PAUSE_S
        except DeviceTimeoutError:
            self.outcomes = self._for_all(f"did not answer within {self._deadline_s:g} s")
            self._not_before = self._clock() + self._pause_s
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        except DeviceAwayError:
            self.outcomes = self._for_all("is being closed")

    def _on_thread_read(self) -> Mapping[str, Outcome]:
        try:
            return read_all(self.source)
        except Exception as error:  # a source that is wrong costs its own readings only
            if not self._is_fault_told:
                _logger.exception("%s failed in a way it does not know", self.source.key)
                self._is_fault_told = True
            return self._for_all(f"cannot be read: {error!r}")

    def _for_all(self, reason: str) -> Mapping[str, Outcome]:
        return dict.fromkeys((channel.name for channel in self.source.channels), reason)

    def _status(self, status: WorkerStatus, reason: str) -> None:
        self._is_stalled = status == "stalled"


def _ignore(status: WorkerStatus, reason: str) -> None:
    """Take no notice: the worker logs it."""


def reading_thread(
    name: str, on_status: Callable[[WorkerStatus, str], None] = _ignore
) -> DeviceWorker:
    """Return a worker, not started, that only reads and is never a reason to end the daemon."""
    return DeviceWorker(
        name,
        write=lambda _: None,
        idle=lambda: math.inf,
        on_status=on_status,
        on_dead=_logger.error,
        idle_deadline_s=_NEVER_S,
        watchdog_s=_NEVER_S,
    )
