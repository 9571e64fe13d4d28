"""The daemon's frame socket and a hub on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.daemon import FramesDaemon
from web.video.frames import FrameHub


@pytest.fixture
def frames_socket(state_dir: Path) -> Path:
    return state_dir / "frames.sock"


@pytest.fixture
async def daemon(frames_socket: Path) -> AsyncIterator[FramesDaemon]:
    async with FramesDaemon(frames_socket) as daemon:
        yield daemon


@pytest.fixture
async def hub(frames_socket: Path) -> AsyncIterator[FrameHub]:
    hub = FrameHub(frames_socket, stall_s=0.5, retry_s=(0.01, 0.02))
    yield hub
    await hub.close()
