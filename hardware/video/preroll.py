"""`PreRoll`: the last seconds as packets, from a keyframe on; on the loop.

Encoded pictures take a hundredth of raw ones, so ten seconds fit into the memory of the smallest
Pi. Bounded by time and by bytes, whichever comes first; the oldest go, a whole group of pictures at
a time, so that what is left can be decoded from its start.
"""

from collections import deque

from hardware.video.packet import Packet

_LIMIT_BYTES = 16 * 1024 * 1024


class PreRoll:
    """What was just seen.

    Args:
        reach_ns: How far back it must reach.
        limit_bytes: How much it may hold.
    """

    def __init__(self, reach_ns: int, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._reach_ns = reach_ns
        self._limit_bytes = limit_bytes
        self._groups: deque[list[Packet]] = deque()  # each begins with a keyframe
        self._bytes = 0

    @property
    def held_bytes(self) -> int:
        """How much it holds."""
        return self._bytes

    def add(self, packet: Packet) -> None:
        """Remember a packet; one of another run makes it forget the earlier ones."""
        if self._groups and self._groups[-1][0].header is not packet.header:
            self._groups.clear()
            self._bytes = 0
        if packet.is_keyframe:
            self._groups.append([])
        elif not self._groups:
            return  # nothing to decode it from
        self._groups[-1].append(packet)
        self._bytes += len(packet.data)
        while self._is_oldest_too_much(packet.timestamp_ns):
            self._bytes -= sum(len(old.data) for old in self._groups.popleft())

    def since(self, timestamp_ns: int) -> list[Packet]:
        """Return the packets from the last keyframe at or before a moment, or from the oldest."""
        groups = list(self._groups)
        while len(groups) > 1 and groups[1][0].timestamp_ns <= timestamp_ns:
            del groups[0]
        return [packet for group in groups for packet in group]

    def _is_oldest_too_much(self, now_ns: int) -> bool:
        if self._bytes > self._limit_bytes:
            return True
        since_ns = now_ns - self._reach_ns
        return len(self._groups) > 1 and self._groups[1][0].timestamp_ns <= since_ns
