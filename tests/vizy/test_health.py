"""How a process does, from the kernel's own account, and how late its loop is."""

import asyncio
import os
from pathlib import Path

from vizy.health import LoopLag, process_figures

STAT = "7 (a) b) S " + " ".join(["0"] * 10) + " 250 50 0 0 20 0 9 0 100"


async def lag_of(*wakes: float) -> LoopLag:
    """A lag that was measured on a clock which stands where each sleep leaves it."""
    now = 0.0
    steps = iter(wakes)

    async def sleep(seconds: float) -> None:
        nonlocal now
        late = next(steps, None)
        if late is None:
            raise asyncio.CancelledError
        now += seconds + late

    lag = LoopLag(sleep=sleep, monotonic=lambda: now)
    await asyncio.gather(lag.run(), return_exceptions=True)
    return lag


async def test_the_worst_lag_counts_for_ten_seconds() -> None:
    assert (await lag_of()).worst_s == 0
    assert round((await lag_of(0.0, 0.3, 0.1)).worst_s, 6) == 0.3
    assert round((await lag_of(0.3, *[0.1] * 20)).worst_s, 6) == 0.1


def test_figures_are_understood_whatever_the_program_is_called(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text(STAT)
    (tmp_path / "statm").write_text("9000 500 300 1 0 200 0")
    (tmp_path / "fd").mkdir()
    for number in range(3):
        (tmp_path / "fd" / str(number)).touch()
    figures = process_figures("2026-11-25T12:00:00Z", LoopLag(), tmp_path)
    assert figures.memory_bytes == 500 * os.sysconf("SC_PAGE_SIZE")
    assert figures.cpu_s == 300 / os.sysconf("SC_CLK_TCK")
    assert (figures.threads, figures.files, figures.pid) == (9, 3, os.getpid())


def test_the_kernel_of_this_machine_is_understood() -> None:
    figures = process_figures("2026-11-25T12:00:00Z", LoopLag())
    assert figures.memory_bytes > 1_000_000
    assert figures.threads >= 1
    assert figures.files >= 3
