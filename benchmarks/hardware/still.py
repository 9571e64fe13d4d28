"""A still of 3280x2464: from the call to the answer, by when it is safe on disk.

The daemon's camera has the still ready (`ready.py`). Beside it stand encoding and fsync of the same
pixels alone, with the daemon's quality, and ``cv2.imwrite`` and fsync. Rounds take turns; all write
to the same disk.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import simplejpeg

from benchmarks.hardware.process import daemon
from benchmarks.table import Row, middle, say
from hardware.camera import Frame
from hardware.camera.simulated import SimulatedCamera
from vizy.device import DeviceMirror

ROUNDS = 30
QUALITY = 92
TWICE = 2.0
MEASURED = "still of 3280x2464, call to durable, ms"


def sync(path: Path) -> None:
    """Wait until a file is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def encode(frame: Frame, path: Path) -> None:
    """Encode as the daemon does, and fsync."""
    path.write_bytes(
        simplejpeg.encode_jpeg(
            frame.pixels, quality=QUALITY, colorspace="RGB", colorsubsampling="422"
        )
    )
    sync(path)


def imwrite(frame: Frame, path: Path) -> None:
    """Let OpenCV encode and write, and fsync."""
    picture = cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    sync(path)


def timed(call: Callable[[], object]) -> float:
    """Return how long a call takes, in ms."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


async def measure() -> tuple[list[float], ...]:
    """Take turns; return times of ours, of encode and fsync, of imwrite and fsync."""
    ours: list[float] = []
    encoded: list[float] = []
    written: list[float] = []
    camera = SimulatedCamera()
    camera.open()
    frame = camera.capture_still()
    with daemon("benchmarks.hardware.ready") as running, tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "still.jpg")
        async with DeviceMirror(running.settings.hardware_socket) as device:
            await device.capture()
            for _ in range(ROUNDS):
                start = time.perf_counter()
                await device.capture()
                ours.append((time.perf_counter() - start) * 1e3)
                encoded.append(timed(lambda: encode(frame, path)))
                written.append(timed(lambda: imwrite(frame, path)))
    return ours, encoded, written


def rows() -> list[Row]:
    """Measure all."""
    ours, encoded, written = map(middle, asyncio.run(measure()))
    ratio = ours / encoded
    target = f"< {TWICE:g} × encode and fsync"
    made = [
        Row(MEASURED, "encode and fsync alone", f"p50 {encoded:.0f}", f"{ratio:.2f}"),
        Row(MEASURED, "cv2.imwrite and fsync", f"p50 {written:.0f}", f"{ours / written:.2f}"),
        Row(MEASURED, "ours", f"p50 {ours:.0f}", "", target, ratio < TWICE),
    ]
    for row in made:
        say(f"{MEASURED}: {row.peer}: {row.result}")
    return made
