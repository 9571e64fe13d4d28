"""From a written control to the first frame that shows it, in frames taken after it was accepted.

The simulated camera uses a control for the next frame it takes; a real one has a pipeline of some
frames before that, which belongs to the camera. Exposure does not follow by itself meanwhile.
"""

import asyncio
import statistics
import time
import urllib.request
from collections.abc import Awaitable, Callable

import numpy as np
import simplejpeg

from benchmarks.hardware.process import child, daemon
from benchmarks.hardware.readers import parts
from benchmarks.table import Row, percentile, say
from vizy.device import DeviceMirror
from vizy.frames import FrameClient

ROUNDS = 60
LEVELS = (-0.4, 0.4)
MEASURED = "control written to first frame that shows it"

Write = Callable[[float], Awaitable[None]]
Next = Callable[[], Awaitable[tuple[int, float, int]]]  # time taken, mean, frames missed before


async def rounds(write: Write, following: Next) -> tuple[list[int], list[float]]:
    """Write darker and brighter in turn; return frames since accepted and ms since called."""
    means: list[float] = []
    for level in LEVELS:
        await write(level)
        for _ in range(5):
            _, mean, _ = await following()
        means.append(mean)
    middle = statistics.mean(means)
    frames: list[int] = []
    times_ms: list[float] = []
    for number in range(ROUNDS):
        bright = bool(number % 2)
        called_ns = time.monotonic_ns()
        await write(LEVELS[bright])
        accepted_ns = time.monotonic_ns()
        later = 0
        while True:
            timestamp_ns, mean, missed = await following()
            if timestamp_ns > accepted_ns:
                later += 1 + missed
            if (mean > middle) == bright:
                break
        times_ms.append((time.monotonic_ns() - called_ns) / 1e6)
        frames.append(later)
        await asyncio.sleep(0.011 * (number % 5))  # at any moment of the frame's period
    return frames, times_ms


async def of_ours() -> tuple[list[int], list[float]]:
    """Measure the daemon."""
    with daemon() as ours:
        async with (
            DeviceMirror(ours.settings.hardware_socket) as device,
            FrameClient(ours.settings.frames_socket, "raw") as client,
        ):
            await device.set_controls({"AeEnable": False})

            async def write(level: float) -> None:
                await device.set_controls({"Brightness": level})

            async def following() -> tuple[int, float, int]:
                view = await client.view()
                mean = float(np.mean(view.array()[::16, ::16]))
                return view.notice.timestamp_ns, mean, view.missed

            return await rounds(write, following)


async def of_plain() -> tuple[list[int], list[float]]:
    """Measure the MJPEG server."""
    with child("plain", "mjpeg", 1280, 720) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        stream = parts(port)

        def ask(level: float) -> None:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/set?Brightness={level}").close()

        async def write(level: float) -> None:
            await asyncio.to_thread(ask, level)

        async def following() -> tuple[int, float, int]:
            timestamp_ns, jpeg = await anext(stream)
            small = simplejpeg.decode_jpeg(jpeg, min_width=80, min_factor=8)
            return timestamp_ns, float(np.mean(small)), 0

        try:
            return await rounds(write, following)
        finally:
            await stream.aclose()


def rows() -> list[Row]:
    """Measure both."""
    made: list[Row] = []
    for peer, measure in (("plain MJPEG server", of_plain), ("ours", of_ours)):
        frames, times_ms = asyncio.run(measure())
        result = (
            f"frames p50 {percentile(frames, 50)}, max {max(frames)}; call to picture "
            f"p50 {percentile(times_ms, 50):.0f}, p95 {percentile(times_ms, 95):.0f} ms"
        )
        say(f"{MEASURED}: {peer}: {result}")
        if peer == "ours":
            made.append(Row(MEASURED, peer, result, "", "max 1 frame", max(frames) <= 1))
        else:
            made.append(Row(MEASURED, peer, result))
    return made
