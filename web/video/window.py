"""`AckWindow`: how many pictures are under way to one page, and how long the way is.

Used by `web.video.live` on the web loop. Does no I/O and reads no clock: times are handed in.
"""

from collections import deque

_SMOOTHING = 0.2  # of each new measurement of the round trip


class AckWindow:
    """Counts pictures sent to a page and not drawn yet.

    Pictures are numbered from 1, and an ack covers all up to its number.

    Args:
        size: How many may be under way.

    Attributes:
        rtt_s: The link's round trip, smoothed, without the page's own work; 0 before the first ack.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._sent: deque[float] = deque(maxlen=size)
        self._number = 0
        self.rtt_s = 0.0

    @property
    def has_room(self) -> bool:
        """Whether one more may be sent."""
        return len(self._sent) < self._size

    def send(self, now_s: float) -> int:
        """Note that a picture goes out, and return its number."""
        assert self.has_room
        self._number += 1
        self._sent.append(now_s)
        return self._number

    def ack(self, number: int, busy_s: float, now_s: float) -> None:
        """Note that the page has drawn a picture.

        Args:
            number: The picture's.
            busy_s: How long the page worked on it.
            now_s: When the ack came.

        Raises:
            ValueError: No picture of that number was sent.
        """
        if not 0 < number <= self._number:
            raise ValueError(f"picture {number} was not sent: the last was {self._number}")
        newly = number - (self._number - len(self._sent))
        for _ in range(newly):
            sent_s = self._sent.popleft()
            if newly == 1:
                self._measure(max(now_s - sent_s - busy_s, 0.0))

    def _measure(self, rtt_s: float) -> None:
        self.rtt_s += (rtt_s - self.rtt_s) * (_SMOOTHING if self.rtt_s else 1.0)
