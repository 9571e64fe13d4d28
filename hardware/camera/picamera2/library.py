"""The libraries: the only place that imports picamera2 and libcamera, and only when asked to.

Run on the back end's library thread; `cameras` may be called on any thread while no camera is open
in this process.
"""

import contextlib
import gc
import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from hardware.camera.picamera2.surface import LibcameraModule, Picamera2, Picamera2Module
from vizy.errors import CameraError

_PACKAGES = {
    "picamera2": "python3-picamera2",
    "libcamera": "python3-libcamera",
    "pykms": "python3-kms++",
}


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that libcamera sees.

    Attributes:
        number: What `CameraOptions.number` takes.
        model: The sensor's or device's name, for example ``imx708``.
        id: How it is connected; stays the same over restarts.
    """

    number: int
    model: str
    id: str


@dataclass(frozen=True, slots=True)
class Library:
    """Both modules, imported."""

    picamera2: Picamera2Module
    libcamera: LibcameraModule


def load() -> Library:
    """Import the libraries.

    Raises:
        CameraError: One is missing or broken; the text says what to install.
    """
    try:
        libcamera = cast("LibcameraModule", importlib.import_module("libcamera"))
        picamera2 = cast("Picamera2Module", importlib.import_module("picamera2"))
    except ImportError as error:
        missing = (error.name or "picamera2").partition(".")[0]
        package = _PACKAGES.get(missing, "python3-picamera2")
        raise CameraError(
            f"Python cannot import {missing} ({error}): run 'sudo apt install {package}' and use "
            "an environment that sees Debian's packages (python3 -m venv --system-site-packages), "
            "or choose another camera"
        ) from error
    except (AttributeError, OSError, RuntimeError, ValueError) as error:
        raise CameraError(
            f"picamera2 is installed and cannot be used ({error}): its parts are of versions that "
            "do not fit together; install all of them with apt, or all in the environment"
        ) from error
    return Library(picamera2, libcamera)


def cameras() -> tuple[FoundCamera, ...]:
    """List the cameras there are, in the order of their numbers.

    Raises:
        CameraError: The libraries are missing or failed.
    """
    return _found(_info(load()))


def open_camera(library: Library, number: int) -> tuple[Picamera2, FoundCamera]:
    """Acquire a camera.

    Raises:
        CameraError: There is none of that number, or another program uses it.
    """
    found = _found(_info(library))
    if not found:
        raise CameraError(
            "no camera was found: check its cable, at both ends and with the power off, and that "
            "'rpicam-hello --list-cameras' lists it"
        )
    if number >= len(found):
        names = ", ".join(f"{camera.number} ({camera.model})" for camera in found)
        raise CameraError(f"there is no camera {number}: there is {names}")
    # In two steps: a constructor that fails leaves a pipe open, and a camera that is away is tried
    # again for days.
    cls = library.picamera2.Picamera2
    picam2: Any = object.__new__(cls)
    try:
        cls.__init__(picam2, number)
    except Exception as error:
        _drop(picam2)
        gc.collect()
        raise CameraError(
            f"camera {number} ({found[number].model}) cannot be opened: {first_cause(error)}: "
            "end the other program that uses it, or check its cable"
        ) from error
    return cast("Picamera2", picam2), found[number]


def set_sensor_hdr(library: Library, number: int, *, is_on: bool) -> None:
    """Switch the HDR of a Camera Module 3's sensor; only while the camera is closed.

    Raises:
        CameraError: The camera has none.
    """
    try:
        model = str(_info(library)[number]["Model"])
        if not model.startswith("imx708"):
            raise CameraError(f"camera {number} ({model}) has no HDR in its sensor: switch it off")
        devices = importlib.import_module("picamera2.devices.imx708")
        with devices.IMX708(int(_info(library)[number]["Num"])) as sensor:
            sensor.set_sensor_hdr_mode(is_on)
    except (ImportError, RuntimeError, LookupError, ValueError) as error:
        raise CameraError(f"the sensor's HDR cannot be switched: {error}") from error


def _info(library: Library) -> Sequence[Mapping[str, Any]]:
    try:
        return library.picamera2.Picamera2.global_camera_info()
    except (RuntimeError, OSError) as error:
        raise CameraError(f"libcamera cannot list the cameras: {error}") from error


def _found(infos: Sequence[Mapping[str, Any]]) -> tuple[FoundCamera, ...]:
    return tuple(
        FoundCamera(number, str(info.get("Model", "unknown")), str(info["Id"]))
        for number, info in enumerate(infos)
    )


def _drop(picam2: Picamera2) -> None:
    """Close the pipe of a camera whose constructor failed."""
    with contextlib.suppress(Exception):
        picam2.close()
    with contextlib.suppress(AttributeError, OSError):
        picam2.notifymeread.close()
    with contextlib.suppress(AttributeError, OSError):
        os.close(picam2.notifyme_w)


def first_cause(error: BaseException) -> BaseException:
    """Return what picamera2's own exceptions hide: why libcamera refused."""
    while (hidden := error.__cause__ or error.__context__) is not None:
        error = hidden
    return error
