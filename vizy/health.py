"""How a process does: what it uses of the machine, and how late its loop is. For both processes.

`process_figures` reads the kernel's files of this process: a few small reads, on any thread.
`LoopLag` is a task on the process' loop; it never blocks it.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_LOOK_S = 0.5
_LOOKS = 20  # so the figure is the worst of the last ten seconds


class ProcessFigures(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one process uses.

    Attributes:
        pid: Its number.
        started: When it started, RFC 3339, UTC.
        memory_bytes: Resident, shared pages included.
        cpu_s: Processor time so far, in seconds.
        threads: How many there are now.
        files: How many file descriptors are open.
        loop_lag_s: How late its event loop was at worst in the last ten seconds.
    """

    pid: int
    started: str
    memory_bytes: int
    cpu_s: float
    threads: int
    files: int
    loop_lag_s: float


class DaemonHealth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the hardware process does.

    Attributes:
        process: What it uses.
        frames: Live frames that the camera gave since the start.
        encoded: JPEG pictures made of them.
        control_writes: How often controls were written to the camera; those that came together
            count once.
    """

    process: ProcessFigures
    frames: int
    encoded: int
    control_writes: int


class LoopLag:
    """Measures how late an event loop wakes a task that sleeps.

    Args:
        sleep: Waits on the loop.
        monotonic: A clock in seconds.
    """

    def __init__(
        self,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._monotonic = monotonic
        self._lags: deque[float] = deque(maxlen=_LOOKS)

    @property
    def worst_s(self) -> float:
        """The greatest lag of the last ten seconds."""
        return max(self._lags, default=0.0)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            before = self._monotonic()
            await self._sleep(_LOOK_S)
            self._lags.append(max(0.0, self._monotonic() - before - _LOOK_S))


def process_figures(started: str, lag: LoopLag, proc: Path = Path("/proc/self")) -> ProcessFigures:
    """Return what this process uses now.

    Args:
        started: When it started, RFC 3339.
        lag: Of its loop.
        proc: The kernel's folder of the process. Source: proc_pid_stat(5), proc_pid_statm(5).
    """
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return ProcessFigures(
        pid=os.getpid(),
        started=started,
        memory_bytes=int((proc / "statm").read_text().split()[1]) * _PAGE_BYTES,
        cpu_s=(user + system) / _TICKS,
        threads=int(fields[17]),
        files=sum(1 for _ in (proc / "fd").iterdir()),
        loop_lag_s=round(lag.worst_s, 4),
    )
