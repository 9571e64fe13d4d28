"""What every back end promises, asked of picamera2's: the very tests of the others."""

import time

import pytest

from hardware.camera import Camera, Frame
from tests.hardware import test_camera_contract as contract
from tests.hardware.cameras import HandClock, next_frame
from tests.hardware.test_camera_contract import *  # noqa: F403
from tests.hil import conftest

# The fixtures that came with the tests make way for this folder's.
camera = conftest.camera
closed = conftest.closed
clock = conftest.clock


EFFECTS = (
    "test_brightness_brightens",
    "test_contrast_spreads_and_zero_contrast_is_grey",
    "test_no_saturation_is_grey_and_more_is_more_colourful",
    "test_sharpness_raises_detail_and_zero_blurs",
)
_held = contract.held


@pytest.fixture(autouse=True)
def threads_get_a_moment_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count threads a moment after they were joined: the kernel's part of one outlives Python's."""

    def held() -> tuple[int, int]:
        time.sleep(0.05)
        return _held()

    monkeypatch.setattr(contract, "held", held)


@pytest.fixture(autouse=True)
def frames_are_taken_with_what_was_written(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Let the frames pass that were on their way when a control was written."""
    if request.node.name not in EFFECTS:
        return

    def settled(camera: Camera, clock: HandClock) -> Frame:
        for _ in range(conftest.SETTLING_FRAMES):
            next_frame(camera, clock)
        return next_frame(camera, clock)

    monkeypatch.setattr(contract, "next_frame", settled)


def test_polling_too_early_returns_nothing(camera: Camera, clock: HandClock) -> None:
    """Ask the same as for the others, at a rate at which a busy machine is not late."""
    camera.start_stream(contract.LIVE, 2)
    next_frame(camera, clock)
    assert camera.frame_due_s() > 0
    assert camera.poll_frame() is None


def test_a_late_poll_gets_the_newest_frame_and_the_gap_shows_in_its_number(
    camera: Camera, clock: HandClock
) -> None:
    """Ask the same as for the others, though the next frame may come between two lines."""
    camera.start_stream(contract.LIVE, 30)
    first = next_frame(camera, clock)
    clock.move(1.0)
    late = camera.poll_frame()
    assert late is not None
    assert late.sequence - first.sequence >= 9
    assert late.timestamp_ns - first.timestamp_ns > 0.5e9
    again = camera.poll_frame()
    assert again is None or again.timestamp_ns > late.timestamp_ns
