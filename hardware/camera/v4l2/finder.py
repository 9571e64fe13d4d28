"""Finding cameras among ``/dev/video*``; on the camera's owner thread, or any while none is open.

A board has such devices that are no camera (codecs, parts of an image processor), so only what
hangs on USB is taken without being named.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from hardware.camera.v4l2 import abi
from hardware.camera.v4l2.device import Device, OpenDevice, V4l2Device, failure
from vizy.errors import CameraError

ListDevices: TypeAlias = Callable[[], Iterable[Path]]


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device that gives pictures.

    Attributes:
        path: As ``/dev/video0``; another one after the camera was plugged in again, at times.
        model: What the camera calls itself.
        bus: Where it is connected, as ``usb-0000:00:14.0-1``.
    """

    path: Path
    model: str
    bus: str

    @property
    def is_usb(self) -> bool:
        """Whether it hangs on USB."""
        return self.bus.startswith("usb-")


def list_devices() -> list[Path]:
    """Return the paths that may be cameras, in the order of their numbers."""
    found = [path for path in Path("/dev").glob("video*") if path.name[5:].isdecimal()]
    return sorted(found, key=lambda path: int(path.name[5:]))


def identify(device: Device, path: Path) -> FoundDevice | None:
    """Return what a device is, or None if it gives no pictures.

    Raises:
        OSError: It is no V4L2 device, or is away.
    """
    about = abi.Capability()
    device.ioctl(abi.QUERYCAP, about)
    has_own = about.capabilities & abi.CAP_DEVICE_CAPS
    abilities = about.device_caps if has_own else about.capabilities
    wanted = abi.CAP_VIDEO_CAPTURE | abi.CAP_STREAMING
    if abilities & wanted != wanted:
        return None
    model, bus = (text.decode("utf-8", "replace") for text in (about.card, about.bus_info))
    return FoundDevice(path, model, bus)


def find(
    open_device: OpenDevice = V4l2Device, paths: ListDevices = list_devices
) -> tuple[FoundDevice, ...]:
    """List what gives pictures; a device that cannot be asked is left out."""
    found: list[FoundDevice] = []
    for path in paths():
        try:
            device = open_device(path)
        except OSError:
            continue
        try:
            known = identify(device, path)
        except OSError:
            known = None
        finally:
            device.close()
        if known is not None:
            found.append(known)
    return tuple(found)


def choose(open_device: OpenDevice, paths: ListDevices, before: FoundDevice | None) -> FoundDevice:
    """Return the camera to open when none is named.

    Args:
        open_device: Opens a device.
        paths: Lists devices.
        before: The one that was open before: it is looked for first where it was, then by its
            model, for it may be on another port now.

    Raises:
        CameraError: There is no USB camera.
    """
    cameras = [device for device in find(open_device, paths) if device.is_usb]
    if not cameras:
        raise CameraError(
            "no USB camera was found: plug one in, or name a device that is not on USB with "
            "--camera v4l2:/dev/video2"
        )
    if before is None:
        return cameras[0]
    return min(cameras, key=lambda each: (each.bus != before.bus, each.model != before.model))


def open_camera(open_device: OpenDevice, path: Path) -> tuple[Device, FoundDevice]:
    """Open a device that must be a camera.

    Raises:
        CameraError: It cannot be opened, or is none.
    """
    try:
        device = open_device(path)
    except OSError as error:
        raise failure(path, "opening it", error) from error
    try:
        found = identify(device, path)
    except OSError as error:
        device.close()
        raise failure(path, "asking what it is", error) from error
    if found is None:
        device.close()
        raise CameraError(f"{path} gives no pictures: name another with --camera v4l2:/dev/video2")
    return device, found
