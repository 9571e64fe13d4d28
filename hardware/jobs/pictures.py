"""What jobs ask of the stills and of the camera; `hardware.captures.Stills` and `CameraDevice` are
what does it. On the daemon's loop.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from hardware.camera import Frame
from hardware.jobs.clock import Clock
from vizy.errors import BusyError, InterruptsError
from vizy.state import Capture, CaptureKind

T = TypeVar("T")

_PAUSE_S = 0.1
_PATIENCE_S = 60.0


class Pictures(Protocol):
    """Takes and keeps pictures; returns once they are safe on disk."""

    async def take(self, *, kind: CaptureKind = "still", group: str = "") -> Capture:
        """Take a still."""
        ...

    async def keep(self, frame: Frame, *, kind: CaptureKind, group: str) -> Capture:
        """Keep a picture that was taken already."""
        ...


async def patiently(attempt: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Do something once the queue in front of it has room.

    Raises:
        BusyError: It had none for a minute.
        InterruptsError: It would interrupt what must not be, which may take for ever.
    """
    until = clock.monotonic() + _PATIENCE_S
    while True:
        try:
            return await attempt()
        except InterruptsError:
            raise
        except BusyError:
            if clock.monotonic() >= until:
                raise
        await clock.sleep(_PAUSE_S)
