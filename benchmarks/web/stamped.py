"""A camera that paints into each picture when it was taken, and the daemon with it.

So anybody who gets a picture, by whatever program, can tell how old it is: the first row of cells,
black or white, is the time on the clock that all processes of a machine share. Run as
``python -m benchmarks.web.stamped``, as ``python -m hardware`` otherwise.
"""

import asyncio
import os
import time

import numpy as np
import simplejpeg

from hardware.camera import Frame
from hardware.camera.simulated import SimulatedCamera
from hardware.daemon import Daemon
from hardware.memory import return_large_blocks
from vizy.settings import load_settings

CELL_PX = 16  # of a picture WIDTH wide; JPEG's own blocks, so no cell bleeds into the next
WIDTH = 1280
BITS = 20
TICK_NS = 100_000  # so a picture up to 104 s old is told from a new one


class StampedCamera(SimulatedCamera):
    """Paints the time."""

    def poll_frame(self) -> Frame | None:
        """Return the next frame, stamped."""
        frame = super().poll_frame()
        if frame is not None:
            ticks = frame.timestamp_ns // TICK_NS % (1 << BITS)
            for bit in range(BITS):
                left = bit * CELL_PX
                frame.pixels[:CELL_PX, left : left + CELL_PX] = 255 * (ticks >> bit & 1)
        return frame


def age_ms(jpeg: bytes) -> float:
    """Return how old a picture is now."""
    now_ns = time.monotonic_ns()
    grey = simplejpeg.decode_jpeg(jpeg, colorspace="GRAY")[:, :, 0]
    cell = CELL_PX * grey.shape[1] / WIDTH
    seen = grey[int(cell / 2), ((np.arange(BITS) + 0.5) * cell).astype(int)] > 127
    ticks = sum(1 << bit for bit in range(BITS) if seen[bit])
    return (now_ns // TICK_NS - ticks) % (1 << BITS) * TICK_NS / 1e6


def main() -> None:
    """Serve until killed."""
    return_large_blocks()
    asyncio.run(Daemon(load_settings({}, os.environ), StampedCamera()).run())


if __name__ == "__main__":
    main()
