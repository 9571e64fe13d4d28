"""`JobBoard`: what subscribers see of the jobs, and how often. On the daemon's loop.

First the jobs that run, oldest first, then the last eight that ended, newest first. News that
matter are shown at once, progress a few times a second, the last value always.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator

from hardware.store import StateStore
from vizy.jobs import JobState

MAX_ENDED = 8


class JobBoard:
    """Keeps the state's section ``jobs``.

    Args:
        store: Gets it.
        active: Returns the jobs that have not ended.
        interval_s: The least time between two states that differ in progress alone.
    """

    def __init__(
        self,
        store: StateStore,
        active: Callable[[], tuple[JobState, ...]],
        *,
        interval_s: float,
    ) -> None:
        self._store = store
        self._active = active
        self._interval_s = interval_s
        self._ended: deque[JobState] = deque(maxlen=MAX_ENDED)
        self._timer: asyncio.TimerHandle | None = None
        self._is_due = False
        self._is_closed = False

    def __iter__(self) -> Iterator[JobState]:
        """Yield the jobs that ended."""
        return iter(self._ended)

    def add_ended(self, state: JobState) -> None:
        """Take up a job that has ended; the oldest makes room."""
        self._ended.appendleft(state)

    def show(self) -> None:
        """Publish now."""
        self._is_due = False
        self._store.update(jobs=(*self._active(), *self._ended))
        if self._timer is None and not self._is_closed:
            self._timer = asyncio.get_running_loop().call_later(self._interval_s, self._rested)

    def show_soon(self) -> None:
        """Publish now if the last time is long enough ago, and otherwise once it is."""
        self._is_due = True
        if self._timer is None:
            self.show()

    def close(self) -> None:
        """Publish nothing by itself any more."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _rested(self) -> None:
        self._timer = None
        if self._is_due:
            self.show()
