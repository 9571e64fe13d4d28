"""`Mailbox`: where the library's thread leaves the newest frame for the camera's owner thread.

One frame waits at most: a newer one takes its place, and the older one's buffers go back to the
camera. Both threads use it; it never calls the library.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hardware.camera.picamera2.surface import CompletedRequest


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a frame was taken.

    Attributes:
        timestamp_ns: When the sensor took it, CLOCK_MONOTONIC.
        arrival_ns: When it was complete, CLOCK_MONOTONIC.
        number: The sensor's frame number since the stream was started.
        run: Which start of the stream it belongs to.
    """

    timestamp_ns: int
    arrival_ns: int
    number: int
    run: int


@dataclass(frozen=True, slots=True)
class Shot:
    """A completed request, held; whoever has it releases it, and keeps at most its stamp."""

    request: CompletedRequest
    metadata: Mapping[str, Any]
    stamp: Stamp


class Mailbox:
    """A place for one shot, and for the reason why no more will come."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._shot: Shot | None = None
        self._fault: Exception | None = None
        self._heard_ns = 0

    @property
    def heard_ns(self) -> int:
        """When the last frame arrived or the stream was started, CLOCK_MONOTONIC."""
        return self._heard_ns

    @property
    def fault(self) -> Exception | None:
        """Why the library failed, if it did."""
        return self._fault

    @property
    def newest(self) -> Shot | None:
        """The shot that waits; it stays, and may be replaced at any moment."""
        return self._shot

    def expect(self, now_ns: int) -> None:
        """Note that a stream was started."""
        self._heard_ns = now_ns

    def put(self, shot: Shot) -> Shot | None:
        """Leave a shot; return the one whose place it took."""
        with self._changed:
            replaced, self._shot = self._shot, shot
            self._heard_ns = shot.stamp.arrival_ns
            self._changed.notify_all()
        return replaced

    def fail(self, error: Exception) -> None:
        """Say that no more shots will come."""
        with self._changed:
            self._fault = error
            self._changed.notify_all()

    def take(self) -> Shot | None:
        """Take the shot that waits."""
        with self._changed:
            shot, self._shot = self._shot, None
        return shot

    def wait(self, timeout_s: float) -> Shot | None:
        """Take the next shot; None when none came in time or the library failed."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._shot is not None or self._fault is not None, timeout_s
            )
            shot, self._shot = self._shot, None
        return shot
