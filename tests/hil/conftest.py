"""Fixtures for tests with a camera behind picamera2; see `tests.hil.rungs` for which one."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hardware.camera.picamera2 import CameraOptions, Picamera2Camera
from hardware.memory import return_large_blocks
from tests.hardware.cameras import HandClock
from tests.hil.rungs import IS_FAKE, RUNG, libraries

SETTLING_FRAMES = 4 if IS_FAKE else 8  # from a written control to a frame taken with it


class WallClock(HandClock):
    """The clock that a real camera has: it cannot be moved, only waited for."""

    @property
    def now_ns(self) -> int:
        return time.monotonic_ns()

    @now_ns.setter
    def now_ns(self, value: int) -> None:
        pass

    def move(self, seconds: float) -> None:
        time.sleep(seconds)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, on a real camera, what needs one that fails when it is told to."""
    if IS_FAKE:
        return
    faults = [item for item in items if "rig" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=faults)
    items[:] = [item for item in items if item not in faults]


@pytest.fixture(scope="session", autouse=True)
def rung() -> Iterator[str]:
    """Have the libraries of the rung, for all tests here.

    A real camera is used once before the first test: what libcamera then keeps for as long as the
    process lives (0.4 keeps a descriptor) is not what a test leaves behind. Memory is given back as
    in the daemon, so that what a test measures is not the heap that earlier tests left.
    """
    return_large_blocks()
    with libraries():
        if not IS_FAKE:
            first = Picamera2Camera()
            first.open()
            first.close()
        yield RUNG


@pytest.fixture
def rig(rung: str) -> Iterator[Any]:
    """What is connected, to be told what to do; tests that ask for it run on the fake only."""
    from fake_rig import RIG

    RIG.reset()
    yield RIG
    RIG.let_go()
    RIG.reset()


@pytest.fixture(autouse=True)
def healthy(rung: str, request: pytest.FixtureRequest) -> None:
    """Begin each test with one healthy camera."""
    if IS_FAKE:
        request.getfixturevalue("rig")


@pytest.fixture
def clock() -> HandClock:
    return WallClock()


Maker = Callable[..., Picamera2Camera]


@pytest.fixture
def make(healthy: None) -> Iterator[Maker]:
    """Make cameras that are closed at the end."""
    made: list[Picamera2Camera] = []

    def maker(*, timeout_scale: float = 1.0, **options: Any) -> Picamera2Camera:
        made.append(Picamera2Camera(CameraOptions(**options), timeout_scale=timeout_scale))
        return made[-1]

    yield maker
    if IS_FAKE:
        from fake_rig import RIG

        RIG.let_go()
    for camera in made:
        camera.close()


@pytest.fixture
def closed(make: Maker) -> Picamera2Camera:
    return make()


@pytest.fixture
def camera(closed: Picamera2Camera) -> Picamera2Camera:
    """An open camera."""
    closed.open()
    return closed
