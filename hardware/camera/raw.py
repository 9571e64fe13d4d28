"""Cameras that can give the sensor's raw data: a capability of its own, beside `Camera`."""

from abc import abstractmethod
from dataclasses import dataclass

from hardware.camera.base import Camera, Frame


@dataclass(frozen=True, slots=True)
class RawStill:
    """One exposure, developed and raw.

    Attributes:
        frame: The picture, as `Camera.capture_still` returns it.
        dng: A whole DNG file.
    """

    frame: Frame
    dng: bytes


class RawCamera(Camera):
    """A camera whose driver knows raw data; ``info.has_raw`` tells whether the sensor has them."""

    @abstractmethod
    def capture_raw(self) -> RawStill:
        """Take one picture together with the sensor's raw data, as `capture_still` does.

        Raises:
            CameraError: The camera has no raw data, or failed.
        """
