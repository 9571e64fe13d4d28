"""Whether the clock is set by a time server, and how long the machine has been up.

The kernel is asked first: the clock counts as synchronised while its greatest possible error is
below 16 s, where the kernel stops counting. The flag STA_UNSYNC is not used: a time service may set
it only to keep the kernel from writing the hardware clock. A sandbox without the system call
(systemd's ``ProtectClock``) gets EPERM; systemd-timesyncd's own mark is looked at then.

Source: adjtimex(2); ``ntp_synced`` in systemd's src/basic/time-util.c;
systemd-timesyncd.service(8).
"""

import ctypes
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hardware.sensors.kinds import FLAG, UPTIME
from hardware.sensors.source import Channel, Outcome, Source, read_text

_WORST_ERROR_US = 16_000_000
_MARK = "run/systemd/timesync/synchronized"
_TIMESYNC = "run/systemd/timesync"


class _Timex(ctypes.Structure):
    """The head of ``struct timex``; what follows is room for the rest of it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 512),
    )


def clock_error_us() -> int:
    """Return how wrong the clock may be at most, in microseconds; 16 s stands for unknown.

    Raises:
        OSError: The call is forbidden or the C library lacks it.
    """
    call = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    if call is None:
        raise OSError("the C library has no adjtimex")
    told = _Timex()  # modes 0: only ask
    if call(ctypes.byref(told)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(told.maxerror)


class Clock(Source):
    """1 while a time server sets the clock, 0 while none does.

    Args:
        root: Where /run is.
        ask: Returns the greatest possible error in microseconds; tests inject a kernel.
    """

    key = "clock"
    channels = (Channel("clock.synchronized", "Clock synchronised", FLAG),)

    def __init__(self, root: Path, ask: Callable[[], int] = clock_error_us) -> None:
        self._mark = root / _MARK
        self._folder = root / _TIMESYNC
        self._ask = ask

    def read(self) -> Mapping[str, Outcome]:
        """Ask the kernel, or look at the mark of systemd-timesyncd."""
        try:
            is_set = self._ask() < _WORST_ERROR_US
        except OSError:
            if not self._folder.exists():
                raise
            is_set = self._mark.exists()
        return {"clock.synchronized": float(is_set)}


class Uptime(Source):
    """Seconds since the machine started."""

    key = "uptime"
    channels = (Channel("uptime", "Uptime", UPTIME),)

    def __init__(self, root: Path) -> None:
        self._file = root / "proc/uptime"

    def read(self) -> Mapping[str, Outcome]:
        """Read it."""
        return {"uptime": float(read_text(self._file).split()[0])}


def find_clock(root: Path) -> Iterator[Source]:
    """Find clock and uptime."""
    yield Clock(root)
    if (root / "proc/uptime").exists():
        yield Uptime(root)
