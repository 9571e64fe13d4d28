"""`Reel`: which packets belong to the video of a movement; on the loop, does no I/O.

A video begins at the keyframe at or before ``before_s`` of the first movement, ends ``after_s``
behind the last, and is cut at a keyframe when it gets too long.
"""

from abc import ABC, abstractmethod

from hardware.video.packet import Packet
from hardware.video.preroll import PreRoll
from vizy.jobs import Motion

_LAG_NS = 2_000_000_000  # movement may be noticed so late


class Cutter(ABC):
    """What is done with the packets of each video."""

    @abstractmethod
    def begin(self, packet: Packet) -> None:
        """Begin a video with a keyframe."""

    @abstractmethod
    def put(self, packet: Packet) -> None:
        """Add to the video."""

    @abstractmethod
    def end(self) -> None:
        """End the video."""


class Reel:
    """Takes all packets and all movements.

    Args:
        spec: How long before and after.
        cutter: Told what to do.
    """

    def __init__(self, spec: Motion, cutter: Cutter) -> None:
        self._before_ns = round(spec.before_s * 1e9)
        self._after_ns = round(spec.after_s * 1e9)
        self._longest_ns = round(spec.longest_s * 1e9)
        self._cutter = cutter
        self._pre_roll = PreRoll(self._before_ns + _LAG_NS)
        self._first: Packet | None = None  # of the video that is open
        self._moved_ns: int | None = None  # the last movement of it, or one that awaits a packet

    @property
    def is_open(self) -> bool:
        """Whether a video is being made."""
        return self._first is not None

    def moved(self, timestamp_ns: int) -> None:
        """Note that something moved."""
        self._moved_ns = max(timestamp_ns, self._moved_ns or timestamp_ns)
        if not self.is_open:
            self._begin(self._pre_roll.since(timestamp_ns - self._before_ns))

    def take(self, packet: Packet) -> None:
        """Note the next packet."""
        self._pre_roll.add(packet)
        first = self._first
        if first is None:
            if self._moved_ns is not None:
                self._begin(self._pre_roll.since(self._moved_ns - self._before_ns))
            return
        assert self._moved_ns is not None
        if packet.timestamp_ns > self._moved_ns + self._after_ns:
            self.end()
        elif packet.header is not first.header or self._is_too_long(first, packet):
            self._cutter.end()
            self._first = None
            self._begin(self._pre_roll.since(packet.timestamp_ns))
        else:
            self._cutter.put(packet)

    def end(self) -> None:
        """End the video, if one is open."""
        if self.is_open:
            self._cutter.end()
        self._first = self._moved_ns = None

    def _begin(self, packets: list[Packet]) -> None:
        if not packets:
            return
        self._first = packets[0]
        self._cutter.begin(packets[0])
        for packet in packets[1:]:
            self._cutter.put(packet)

    def _is_too_long(self, first: Packet, packet: Packet) -> bool:
        is_long = packet.timestamp_ns - first.timestamp_ns >= self._longest_ns
        return is_long and packet.is_keyframe
