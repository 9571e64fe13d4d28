"""The live picture between the encoder and a reader."""

import time
from pathlib import Path

import numpy as np
import pytest

from hardware.camera import Frame
from hardware.stream import LiveStream
from vizy.frames import FrameClient
from vizy.state import Size


async def test_the_noisiest_picture_at_the_best_quality_is_still_shown(state_dir: Path) -> None:
    def died(reason: str) -> None:
        pytest.fail(reason)

    path = state_dir / "frames.sock"
    live = LiveStream(path, Size(640, 480), quality=100, on_readers=lambda _: None, on_dead=died)
    await live.start()
    noise = np.random.default_rng(1).integers(0, 2, (480, 640, 3), np.uint8) * np.uint8(255)
    async with FrameClient(path) as frames:
        live.offer(Frame(noise, time.monotonic_ns(), 1))
        assert len((await anext(frames)).data) > 640 * 480 * 2
    await live.close()
