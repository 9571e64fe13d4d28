"""`Watchdog`: feeds the service manager's watchdog while there is real progress, and only then.

One task on the daemon's loop, so a loop that hangs is not fed. The other parts say by a function
each why they make no progress; a camera that is away and tried again does, for a new process would
not find it either. It ends nothing itself: parts that know that they are dead tell the daemon.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from vizy.notify import Notifier

_logger = logging.getLogger(__name__)
_SHARE = 1 / 3  # of the manager's time, so that one late turn is not the end
_LOOK_S = 10.0  # where no manager watches, for the log

Check = Callable[[], str]
"""Returns why a part makes no progress; nothing while it does."""


class StandsStill:
    """A check of a count that must go on growing while it is wanted.

    Args:
        what: Of what nothing came, for the text.
        count: The count now; may only grow.
        is_wanted: Whether it must grow at the moment.
        limit_s: How long it may stand still, at the moment.
        monotonic: A clock in seconds.
    """

    def __init__(
        self,
        what: str,
        count: Callable[[], int],
        is_wanted: Callable[[], bool],
        limit_s: Callable[[], float],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._count = count
        self._is_wanted = is_wanted
        self._limit_s = limit_s
        self._monotonic = monotonic
        self._last = count()
        self._since = monotonic()

    def __call__(self) -> str:
        now, count = self._monotonic(), self._count()
        if count != self._last or not self._is_wanted():
            self._last, self._since = count, now
        still_s, limit_s = now - self._since, self._limit_s()
        return f"no {self._what} for {still_s:.0f} s" if still_s > limit_s else ""


class Watchdog:
    """Looks at every part and feeds the manager.

    Args:
        notify: The way to the manager.
        checks: One for each part that must make progress.
    """

    def __init__(self, notify: Notifier, checks: Iterable[Check]) -> None:
        self._notify = notify
        self._checks = tuple(checks)
        self._reasons = ""

    async def run(self) -> None:
        """Feed until cancelled."""
        interval_s = _LOOK_S if (limit := self._notify.watchdog_s) is None else limit * _SHARE
        while True:
            self.look()
            await asyncio.sleep(interval_s)

    def look(self) -> None:
        """Feed if every part makes progress; say which one does not."""
        reasons = "; ".join(reason for check in self._checks if (reason := check()))
        if not reasons:
            self._notify.feed()
        if bool(reasons) != bool(self._reasons):
            if reasons:
                _logger.error("the watchdog is not fed: %s", reasons)
            else:
                _logger.warning("the watchdog is fed again")
            self._notify.status(reasons or "running")
        self._reasons = reasons
