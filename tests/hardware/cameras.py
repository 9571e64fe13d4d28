"""Cameras for tests: each back end behind one interface, on a clock that only the test moves."""

from collections.abc import Callable
from pathlib import Path

from hardware.camera import Camera, Frame
from hardware.camera.simulated import SimulatedCamera
from hardware.camera.v4l2 import V4l2Camera
from hardware.camera.video import VideoCamera
from tests.hardware.v4l2_fake import Devices, Webcam

CLIP = Path(__file__).parent.parent / "data" / "pedestrians.avi"


class HandClock:
    """CLOCK_MONOTONIC that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_ns = 1_000_000_000_000

    def __call__(self) -> int:
        return self.now_ns

    def move(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


def simulated(clock: HandClock) -> Camera:
    return SimulatedCamera(seed=3, clock=clock, sleep=clock.move)


def video(clock: HandClock) -> Camera:
    return VideoCamera(CLIP, clock=clock)


def v4l2(clock: HandClock) -> Camera:
    devices = Devices({"/dev/video0": Webcam(clock)})
    return V4l2Camera(
        clock=clock, sleep=clock.move, open_device=devices.open, devices=devices.paths
    )


BACK_ENDS: dict[str, Callable[[HandClock], Camera]] = {
    "simulated": simulated,
    "video": video,
    "v4l2": v4l2,
}


def next_frame(camera: Camera, clock: HandClock) -> Frame:
    """Wait, on the test's clock, for the next frame."""
    for _ in range(100):
        clock.move(camera.frame_due_s())
        frame = camera.poll_frame()
        if frame is not None:
            return frame
    raise AssertionError("no frame came")
