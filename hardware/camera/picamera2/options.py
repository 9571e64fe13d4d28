"""`CameraOptions`: what is chosen before the camera is opened. Immutable, no I/O."""

from dataclasses import dataclass

from vizy.state import Size


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """How one camera is used.

    Attributes:
        number: Which camera, in the order of `cameras`.
        hflip: Mirror the picture left to right; done by the sensor, costs nothing.
        vflip: Turn the picture upside down; both flips together turn it by 180 degrees.
        is_main_full: Have the main stream in full size while live, and take stills from it: without
            a gap, at the price of memory and frame rate. Otherwise it is as large as the live
            picture, and a still needs a mode of its own.
        sensor_size: The sensor mode to use while live, by its size; None takes the smallest that
            sees the whole scene and is fast enough.
        is_sensor_hdr: Switch the sensor's own HDR on (Camera Module 3); other cameras have the
            control ``HdrMode``.
        buffers: Frame buffers of each live stream; fewer save memory, more ride out a hiccup.
        has_raw: Whether stills may be taken with the sensor's raw data.
    """

    number: int = 0
    hflip: bool = False
    vflip: bool = False
    is_main_full: bool = False
    sensor_size: Size | None = None
    is_sensor_hdr: bool = False
    buffers: int = 4
    has_raw: bool = True
