"""`Device`: what this back end asks of the kernel, and nothing more: open, ioctl, mmap, close.

`V4l2Device` is a real one; tests play another. Run on the camera's owner thread. No call waits for
a frame: the file is non-blocking.
"""

import contextlib
import errno
import fcntl
import mmap
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from ctypes import Structure
from pathlib import Path
from typing import TypeAlias

from vizy.errors import CameraError


class Device(ABC):
    """An open ``/dev/video*``; making one opens it."""

    @abstractmethod
    def ioctl(self, request: int, argument: Structure) -> None:
        """Ask the driver; what it says is written into the argument.

        Raises:
            OSError: The driver refused; the number says why.
        """

    @abstractmethod
    def mmap(self, length: int, offset: int) -> mmap.mmap:
        """Map a buffer of the driver's.

        Raises:
            OSError: There is none at that offset.
        """

    @abstractmethod
    def close(self) -> None:
        """Let the device go; calling it again does nothing."""


OpenDevice: TypeAlias = Callable[[Path], Device]


class V4l2Device(Device):
    """A device of the kernel's.

    Args:
        path: As ``/dev/video0``.

    Raises:
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def ioctl(self, request: int, argument: Structure) -> None:
        while True:
            with contextlib.suppress(InterruptedError):
                fcntl.ioctl(self._descriptor, request, argument)
                return

    def mmap(self, length: int, offset: int) -> mmap.mmap:
        return mmap.mmap(self._descriptor, length, offset=offset)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


_CURES = {
    errno.ENODEV: "it was unplugged: plug it in again, it is opened by itself",
    errno.ENXIO: "it was unplugged: plug it in again, it is opened by itself",
    errno.ENOENT: "there is no such device: plug the camera in, or name another with camera.device",
    errno.EBUSY: "another program uses it: end that one ('fuser -v {path}' names it)",
    errno.EACCES: "this user may not use it: add it to the group video",
    errno.EPERM: "this user may not use it: add it to the group video",
    errno.ENOSPC: "USB has no room for this picture: choose another port, or a smaller "
    "camera.width, camera.height or camera.fps",
    errno.ENOMEM: "there is no memory for its buffers: choose a smaller camera.width",
    errno.ENOTTY: "it is no camera that V4L2 drives: name another with camera.device",
}


def failure(path: Path, what: str, error: OSError) -> CameraError:
    """Return what to say when the driver refused: what failed, why, and what to do."""
    reason = error.strerror or str(error)
    cure = _CURES.get(error.errno or 0, "check its cable, and try another port")
    return CameraError(f"{path}: {what} failed ({reason}): {cure.format(path=path)}")
