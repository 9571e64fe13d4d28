"""Makes the camera that the settings name; each back end is imported only when it is wanted.

Called once by the daemon at its start. To add a back end: one file with one class, one line here.
"""

from pathlib import Path

from hardware.camera.base import Camera
from vizy.settings import CameraSettings


def make_camera(settings: CameraSettings) -> Camera:
    """Return the camera, not yet opened.

    Imports are inside: OpenCV and the vendors' libraries are large, and one back end is used.
    """
    match settings.backend:
        case "video":
            from hardware.camera.video import VideoCamera

            assert settings.file is not None
            return VideoCamera(Path(settings.file))
        case "picamera2":
            from hardware.camera.picamera2 import CameraOptions, Picamera2Camera

            options = CameraOptions(
                number=settings.number,
                hflip=settings.hflip,
                vflip=settings.vflip,
                is_sensor_hdr=settings.sensor_hdr,
            )
            return Picamera2Camera(options)
        case "v4l2":
            from hardware.camera.v4l2 import V4l2Camera

            return V4l2Camera(None if settings.device is None else Path(settings.device))
        case "simulated":
            from hardware.camera.simulated import SimulatedCamera

            return SimulatedCamera(settings.seed, set_delay_ms=settings.set_delay_ms)
