"""Memory of the daemon with simulated 720p: how much, and whether it stays so.

`soak` reads the live picture for minutes; `switches` takes a hundred stills meanwhile, which is a
change of mode and back for a camera. Resident memory holds the shared libraries and the ring.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable

from benchmarks.hardware.process import child, daemon, descriptors, rss_mib
from benchmarks.table import Row, middle, say
from vizy.device import DeviceMirror
from vizy.frames import FrameClient

LIMIT_MIB = 90.0
GROWTH_MIB = 2.0
SETTLING_S = 15.0
SWITCHES = 100
FIRST = 10  # stills until everything was needed once


async def watched(path: object, ended: asyncio.Event, look: Callable[[], None]) -> None:
    """Read frames until the end; look around once a second."""
    due_s = time.monotonic()
    async with FrameClient(path) as frames:  # type: ignore[arg-type]
        async for _ in frames:
            if time.monotonic() >= due_s:
                look()
                due_s += 1
            if ended.is_set():
                return


async def soaked(minutes: float) -> list[float]:
    """Return resident memory once a second."""
    sizes: list[float] = []
    with daemon() as running:
        ended = asyncio.Event()
        asyncio.get_running_loop().call_later(SETTLING_S + minutes * 60, ended.set)
        await watched(
            running.settings.frames_socket, ended, lambda: sizes.append(rss_mib(running.pid))
        )
    return sizes


def soak(minutes: float) -> list[Row]:
    """Measure memory over so many minutes, and that of the plain server."""
    measured = f"memory with simulated 720p, {minutes:g} min"
    with child("plain", "mjpeg", 1280, 720) as program:
        assert program.stdout
        port = program.stdout.readline().strip()
        with child("readers", port, 1, "jpeg", 20):
            time.sleep(SETTLING_S)
            plain = rss_mib(program.pid)
    sizes = asyncio.run(soaked(minutes))
    settled = sizes[int(SETTLING_S) :]
    part = max(1, len(settled) // 5)
    growth = middle(settled[-part:]) - middle(settled[:part])
    most = max(sizes)
    made = [
        Row(measured, "plain MJPEG server", f"{plain:.1f} MiB"),
        Row(measured, "ours", f"most {most:.1f} MiB", "", f"< {LIMIT_MIB:g} MiB", most < LIMIT_MIB),
        Row(
            measured,
            "ours",
            f"{growth:+.2f} MiB, last fifth against first",
            "",
            f"flat: ≤ +{GROWTH_MIB:g} MiB",
            growth <= GROWTH_MIB,
        ),
    ]
    for row in made:
        say(f"{measured}: {row.peer}: {row.result}")
    return made


async def switched() -> tuple[list[float], list[int]]:
    """Take the stills; return memory and descriptors after each."""
    sizes: list[float] = []
    files: list[int] = []
    with daemon() as running:
        ended = asyncio.Event()
        reading = asyncio.create_task(watched(running.settings.frames_socket, ended, lambda: None))
        async with DeviceMirror(running.settings.hardware_socket) as device:
            for _ in range(SWITCHES):
                await device.capture()
                await asyncio.sleep(0.1)
                sizes.append(rss_mib(running.pid))
                files.append(descriptors(running.pid))
        ended.set()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
    return sizes, files


def switches() -> list[Row]:
    """Measure what a hundred stills leave behind."""
    measured = f"{SWITCHES} stills while streaming"
    sizes, files = asyncio.run(switched())
    part = (SWITCHES - FIRST) // 2  # the least of each half: a still on its way needs more
    growth = min(sizes[-part:]) - min(sizes[FIRST : FIRST + part])
    more = files[-1] - files[FIRST]
    made = [
        Row(
            measured,
            "ours",
            f"{growth:+.2f} MiB, most {max(sizes):.1f} MiB",
            "",
            f"flat: ≤ +{GROWTH_MIB:g} MiB",
            growth <= GROWTH_MIB,
        ),
        Row(measured, "ours", f"{more:+d} descriptors", "", "flat: 0", more == 0),
    ]
    for row in made:
        say(f"{measured}: {row.peer}: {row.result}")
    return made
