"""`FrameSampler`: takes live frames at a rate into a memory of bounded size.

`offer` runs on the camera's thread, everything else on the loop. Between the two lies a mailbox for
one frame, where a newer one takes the place of an older. On the loop, frames wait for whoever keeps
them; when there are too many for the memory, a new one is left out and counted.
"""

import asyncio
import contextlib
from collections import deque

from hardware.camera import Frame

MAX_BYTES = 48 * 1024 * 1024  # 18 frames of 1280x720; a Zero 2 W has 512 MB in all
_EARLY = 1 / 8  # of the interval: a frame that comes so much before its time is taken


class FrameSampler:
    """A sink of live frames; made on the loop.

    Args:
        fps: How many to take a second, at most.
        count: How many to take in all.
        max_bytes: How much may wait; one frame may in any case.

    Attributes:
        arrived: Set when a frame waits or all are taken.
        taken: How many were taken, those that wait included.
    """

    def __init__(self, fps: float, count: int, *, max_bytes: int = MAX_BYTES) -> None:
        self.arrived = asyncio.Event()
        self.taken = 0
        self._count = count
        self._interval_ns = round(1e9 / fps)
        self._max_bytes = max_bytes
        self._loop = asyncio.get_running_loop()
        self._mailbox: deque[Frame] = deque(maxlen=1)
        self._waiting: deque[Frame] = deque()
        self._waiting_bytes = 0
        self._received = 0
        self._left_out = 0
        self._due_ns: int | None = None  # the thread's
        self._sampled = 0  # written by the thread alone

    @property
    def left_out(self) -> int:
        """How many frames were due and not taken."""
        overtaken = self._sampled - self._received - len(self._mailbox)
        return self._left_out + max(0, overtaken)

    @property
    def is_full(self) -> bool:
        """Whether all are taken."""
        return self.taken == self._count

    def offer(self, frame: Frame) -> None:
        """Take a frame if one is due; on the camera's thread, never waits."""
        due_ns = frame.timestamp_ns if self._due_ns is None else self._due_ns
        if frame.timestamp_ns < due_ns - self._interval_ns * _EARLY:
            return
        self._due_ns = max(due_ns, frame.timestamp_ns - self._interval_ns) + self._interval_ns
        self._sampled += 1
        self._mailbox.append(frame)
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._collect)

    def pop(self) -> Frame | None:
        """Return the frame that waits longest, or None."""
        if not self._waiting:
            self.arrived.clear()
            return None
        frame = self._waiting.popleft()
        self._waiting_bytes -= frame.pixels.nbytes
        return frame

    def _collect(self) -> None:
        if not self._mailbox:
            return
        frame = self._mailbox.popleft()
        self._received += 1
        if self.is_full:
            return
        size = frame.pixels.nbytes
        if self._waiting and self._waiting_bytes + size > self._max_bytes:
            self._left_out += 1
            return
        self.taken += 1
        self._waiting.append(frame)
        self._waiting_bytes += size
        self.arrived.set()
