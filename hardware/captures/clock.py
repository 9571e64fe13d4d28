"""`ClockWatch`: whether the time of day is to be believed, and by how much it has jumped.

Decision 0014 says why. It compares the time of day with CLOCK_BOOTTIME, which no one can set and
which counts on while the machine sleeps. Pure but for reading clocks, which never waits.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hardware.sensors.clock import Clock

_JUMP_S = 60.0


class Look(NamedTuple):
    """One look at the clock.

    Attributes:
        now_s: Seconds since 1970.
        jump_s: How far it was set since the last look; 0 when it just went on.
        is_synchronised: Whether a time server sets it.
    """

    now_s: float
    jump_s: float
    is_synchronised: bool


def is_synchronised() -> bool:
    """Ask the kernel whether a time server sets the clock; if it does not say, none does."""
    try:
        return any(Clock(Path("/")).read().values())
    except OSError:
        return False


def boottime() -> float:
    """Return the seconds since the machine started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class ClockWatch:
    """Looks at the time of day; made when the captures are opened.

    Args:
        wall: The time of day, in seconds since 1970.
        boot: Seconds since the machine started.
        synchronised: Whether a time server sets the first.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        boot: Callable[[], float] = boottime,
        synchronised: Callable[[], bool] = is_synchronised,
    ) -> None:
        self._wall = wall
        self._boot = boot
        self._synchronised = synchronised
        self._started_s = wall() - boot()

    def look(self) -> Look:
        """Look at the clocks; a jump is told once."""
        now_s = self._wall()
        started_s = now_s - self._boot()
        jump_s = started_s - self._started_s
        if abs(jump_s) < _JUMP_S:
            return Look(now_s, 0.0, self._synchronised())
        self._started_s = started_s
        return Look(now_s, jump_s, self._synchronised())
