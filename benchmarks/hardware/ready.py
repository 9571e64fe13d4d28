"""The daemon with a camera that has its still ready, as ``python -m hardware`` otherwise.

The simulated camera draws a still for half a second, which no real one does and which would hide
what the daemon does with it.
"""

import asyncio
import os
import time
from dataclasses import replace

from hardware.camera import Frame
from hardware.camera.simulated import SimulatedCamera
from hardware.daemon import Daemon
from hardware.memory import return_large_blocks
from vizy.settings import load_settings


class ReadyCamera(SimulatedCamera):
    """Draws one still and gives copies of it."""

    _ready: Frame | None = None

    def open(self) -> None:
        """Draw it."""
        super().open()
        self._ready = super().capture_still()

    def capture_still(self) -> Frame:
        """Return a copy, as a driver does of its buffer."""
        assert self._ready is not None
        pixels = self._ready.pixels.copy()
        return replace(self._ready, pixels=pixels, timestamp_ns=time.monotonic_ns())


def main() -> None:
    """Serve until killed."""
    return_large_blocks()
    asyncio.run(Daemon(load_settings({}, os.environ), ReadyCamera()).run())


if __name__ == "__main__":
    main()
