"""`Slots`: when each picture of a time-lapse is due, without drift. Pure arithmetic, no clock."""

import math


class Slots:
    """Moments at an interval, counted from an anchor: a late picture does not delay the next.

    Args:
        anchor: When the first was due, in seconds of a monotonic clock.
        interval_s: From one to the next.
        now: The first that is used is the first from now on.
    """

    def __init__(self, anchor: float, interval_s: float, now: float) -> None:
        self._anchor = anchor
        self._interval_s = interval_s
        self._next = math.ceil((now - anchor) / interval_s - 1e-6)

    @property
    def due(self) -> float:
        """When the next one is."""
        return self._anchor + self._next * self._interval_s

    def use(self) -> None:
        """Go on to the one after."""
        self._next += 1

    def skip_missed(self, now: float) -> int:
        """Pass over those that are gone by more than half an interval; return how many."""
        first = math.floor((now - self._anchor) / self._interval_s + 0.5)
        missed = max(0, first - self._next)
        self._next += missed
        return missed
