"""`AckWindow`: what is under way to one page, and what acks say about its link.

Used by `web.video.live` on the web loop. Does no I/O and reads no clock: times are handed in.
"""

from collections import deque
from typing import NamedTuple

from web.video.variants import Variant

_SMOOTHING = 0.2  # of each new measurement of the way


class Delivery(NamedTuple):
    """What one picture's ack says about the link.

    Attributes:
        variant: That the picture was of.
        length: Bytes of the picture.
        took_s: How long the link was busy with this picture and no other one.
    """

    variant: Variant
    length: int
    took_s: float


class _Sent(NamedTuple):
    at_s: float
    variant: Variant
    length: int


class AckWindow:
    """Counts pictures sent to a page and not drawn yet.

    Pictures are numbered from 1, and an ack covers all up to its number.

    Args:
        size: How many may be under way.

    Attributes:
        way_s: How long a picture takes to the page, smoothed, without the page's own work; 0 before
            the first ack.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._sent: deque[_Sent] = deque(maxlen=size)
        self._number = 0
        self._round_trip_s: float | None = None
        self._arrived_s = 0.0
        self.way_s = 0.0

    @property
    def has_room(self) -> bool:
        """Whether one more may be sent."""
        return len(self._sent) < self._size

    def send(self, variant: Variant, length: int, now_s: float) -> int:
        """Note that a picture goes out, and return its number.

        Args:
            variant: That the picture is of.
            length: Of the picture, in bytes.
            now_s: When it goes.
        """
        assert self.has_room
        self._number += 1
        self._sent.append(_Sent(now_s, variant, length))
        return self._number

    def pong(self, round_trip_s: float) -> None:
        """Note how long a message of a few bytes took to the page and back."""
        least = self._round_trip_s
        self._round_trip_s = round_trip_s if least is None else min(least, round_trip_s)

    def ack(self, number: int, busy_s: float, now_s: float) -> Delivery | None:
        """Note that the page has drawn a picture.

        Args:
            number: The picture's.
            busy_s: How long the page worked on it.
            now_s: When the ack came.

        Returns:
            What that says about the link; None for a repeated ack, or one of several pictures.

        Raises:
            ValueError: No picture of that number was sent.
        """
        if not 0 < number <= self._number:
            raise ValueError(f"picture {number} was not sent: the last was {self._number}")
        newly = number - (self._number - len(self._sent))
        acked = [self._sent.popleft() for _ in range(newly)]
        return self._measure(acked[0], busy_s, now_s) if newly == 1 else None

    def _measure(self, sent: _Sent, busy_s: float, now_s: float) -> Delivery:
        # The link is symmetric for what is small: an ack takes half of the least round trip.
        back_s = (self._round_trip_s or 0.0) / 2
        arrived_s = max(now_s - busy_s - back_s, sent.at_s)
        way_s = arrived_s - sent.at_s
        self.way_s += (way_s - self.way_s) * (_SMOOTHING if self.way_s else 1.0)
        began_s = max(sent.at_s + back_s, self._arrived_s)  # behind the picture before it
        self._arrived_s = max(arrived_s, self._arrived_s)
        return Delivery(sent.variant, sent.length, max(arrived_s - began_s, 0.0))
