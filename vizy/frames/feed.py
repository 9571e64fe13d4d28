"""`FrameFeed`: one stream on its way out: its ring, and the readers that are told of each frame.

Made and dropped by `vizy.frames.server.FrameServer` on the daemon's loop; `write` and `fill` are
called from the one thread that makes the stream's frames. The two share one thing: a tuple of
readers that the loop replaces and the thread only iterates over. The ring is made when the first
frame comes, made anew when frames change size, and its memory goes back with the feed's last user.
Writing never waits: a reader whose socket is full misses a notice, and catches up at the next.
"""

import socket
from collections.abc import Callable

from vizy.frames.ring import FrameWriter
from vizy.frames.wire import FrameNotice, encode_notice


class FeedReader:
    """One connection; its descriptor is closed once neither the loop nor a feed holds it.

    Closing it any earlier could let a feed send to whatever got the same number next.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.ring: FrameWriter | None = None  # which one it was given; the feed's

    def __del__(self) -> None:
        self.connection.close()


class FrameFeed:
    """Writes one stream's frames for any number of readers.

    Args:
        slots: How many frames its ring keeps.
    """

    def __init__(self, slots: int = 8) -> None:
        self._slots = slots
        self._ring: FrameWriter | None = None
        self.readers: tuple[FeedReader, ...] = ()

    def __del__(self) -> None:
        if self._ring is not None:
            self._ring.close()

    def write(
        self,
        data: bytes | memoryview,
        *,
        width: int,
        height: int,
        format: str,  # noqa: A002 -- the field's own name for it
        timestamp_ns: int,
        slot_bytes: int,
    ) -> None:
        """Write an encoded frame and tell the readers.

        Args:
            data: The encoded frame.
            width: In pixels.
            height: In pixels.
            format: Up to four ASCII letters.
            timestamp_ns: When the sensor took it, CLOCK_MONOTONIC.
            slot_bytes: The largest that frames of this kind can be.

        Raises:
            InvalidValueError: The frame is larger than that.
            OSError: There is no memory for a new ring.
        """
        ring = self._ring_of(slot_bytes)
        notice = ring.write(
            data, width=width, height=height, format=format, timestamp_ns=timestamp_ns
        )
        self._publish(ring, notice)

    def fill(self, notice: FrameNotice, fill: Callable[[memoryview], None]) -> None:
        """Let somebody put a frame straight into the ring, and tell the readers.

        Args:
            notice: What the frame will be; all frames of one size have one length.
            fill: Writes the whole frame into the memory it is given.

        Raises:
            OSError: There is no memory for a new ring.
        """
        ring = self._ring_of(notice.length)
        self._publish(ring, ring.fill(notice, fill))

    def _ring_of(self, slot_bytes: int) -> FrameWriter:
        """Return the ring of this size; of another size it is a new one, numbered on."""
        old = self._ring
        if old is None or old.slot_bytes != slot_bytes:
            sequence = 0 if old is None else old.sequence
            self._ring = FrameWriter(slot_bytes, self._slots, sequence=sequence)
            if old is not None:
                old.close()
        assert self._ring is not None
        return self._ring

    def _publish(self, ring: FrameWriter, notice: FrameNotice) -> None:
        packet = encode_notice(notice)
        for reader in self.readers:
            try:
                if reader.ring is ring:
                    reader.connection.send(packet, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
                else:
                    flags = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
                    socket.send_fds(reader.connection, [packet], [ring.fd], flags)
                    reader.ring = ring
            except OSError:
                continue  # full: it catches up; gone: the loop sees that and drops it
