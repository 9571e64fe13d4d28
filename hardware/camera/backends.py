"""Makes the camera that the settings name; each back end is imported only when it is wanted.

Called once by the daemon at its start, and by `vizy cameras`. To add a back end: one file with one
class, one line here.
"""

from pathlib import Path

from hardware.camera.base import Camera
from vizy.errors import CameraError
from vizy.settings import CameraSettings
from vizy.state import Size


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
                is_main_full=settings.still_from_stream,
                sensor_size=_size(settings.sensor_mode),
                is_sensor_hdr=settings.sensor_hdr,
                buffers=settings.buffers,
            )
            return Picamera2Camera(options)
        case "v4l2":
            from hardware.camera.v4l2 import V4l2Camera

            return V4l2Camera(None if settings.device is None else Path(settings.device))
        case "simulated":
            from hardware.camera.simulated import SimulatedCamera

            return SimulatedCamera(settings.seed, set_delay_ms=settings.set_delay_ms)


def list_cameras() -> list[tuple[str, str]]:
    """Return what ``--camera`` takes on this machine and what that is, real cameras first.

    A back end that cannot tell which cameras there are says what it is.
    """
    return [
        *_list_picamera2(),
        *_list_v4l2(),
        ("simulated", "a lake, seen by a model of an IMX219"),
        ("video:FILE", "a clip as the scene"),
    ]


def _list_picamera2() -> list[tuple[str, str]]:
    from hardware.camera.picamera2 import cameras

    try:
        found = [(f"picamera2:{one.number}", f"{one.model}, {one.id}") for one in cameras()]
    except CameraError as error:
        return [("picamera2", f"cannot be used: {error}")]
    return found or [("picamera2", "no Raspberry Pi camera was found")]


def _list_v4l2() -> list[tuple[str, str]]:
    from hardware.camera.v4l2 import find

    found = [(f"v4l2:{one.path}", f"{one.model}, {one.bus}") for one in find() if one.is_usb]
    return found or [("v4l2", "no USB camera was found")]


def _size(text: str | None) -> Size | None:
    return None if text is None else Size(*map(int, text.split("x")))
