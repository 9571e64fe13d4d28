"""`RawStill`: a still together with the sensor's raw data of the same exposure."""

from dataclasses import dataclass

from hardware.camera.base import Frame


@dataclass(frozen=True, slots=True)
class RawStill:
    """One exposure, developed and raw.

    Attributes:
        frame: The picture, as `Camera.capture_still` returns it.
        dng: A whole DNG file.
    """

    frame: Frame
    dng: bytes
