"""`PacketQueue`: packets on their way from one thread to another, bounded by bytes.

When it is full, what comes is left out up to the next keyframe that finds room, so that what goes
through can always be decoded; how many were left out is counted. `put` never waits.
"""

import threading
from collections import deque
from collections.abc import Callable

from hardware.video.packet import Packet

_LIMIT_BYTES = 8 * 1024 * 1024  # about 20 s of 720p: longer than an SD card's worst pause


class PacketQueue:
    """A queue with an end.

    Args:
        limit_bytes: How much may wait.
        on_put: Called after each `put` and `end`, on the thread that did it.
    """

    def __init__(
        self, limit_bytes: int = _LIMIT_BYTES, on_put: Callable[[], None] = lambda: None
    ) -> None:
        self._limit_bytes = limit_bytes
        self._on_put = on_put
        self._packets: deque[Packet] = deque()
        self._bytes = 0
        self._lost = 0
        self._wants_keyframe = False
        self._has_ended = False
        self._turn = threading.Condition()

    @property
    def lost(self) -> int:
        """How many packets were left out."""
        return self._lost

    @property
    def is_exhausted(self) -> bool:
        """Whether all were taken and no more come."""
        with self._turn:
            return self._has_ended and not self._packets

    def put(self, packet: Packet) -> None:
        """Add a packet if there is room; after the end, nothing happens."""
        with self._turn:
            if self._has_ended:
                return
            is_useless = self._wants_keyframe and not packet.is_keyframe
            if is_useless or self._bytes + len(packet.data) > self._limit_bytes:
                self._wants_keyframe = True
                self._lost += 1
                return
            self._wants_keyframe = False
            self._packets.append(packet)
            self._bytes += len(packet.data)
            self._turn.notify()
        self._on_put()

    def end(self) -> None:
        """Let no more in; what waits can still be taken."""
        with self._turn:
            self._has_ended = True
            self._turn.notify()
        self._on_put()

    def take(self, timeout_s: float = 0.0) -> list[Packet]:
        """Return what waits; when nothing does, wait for some at most so long."""
        with self._turn:
            self._turn.wait_for(lambda: self._packets or self._has_ended, timeout_s)
            packets = list(self._packets)
            self._packets.clear()
            self._bytes = 0
            return packets
