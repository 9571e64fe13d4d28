"""`Pace`: when the next picture of a stream is due, for who wants fewer than come.

Used by `web.video.stream`. Does no I/O and reads no clock: times are handed in.
"""


class Pace:
    """Keeps a rate, on the average, that is not above what is wanted.

    Args:
        fps: Pictures a second; None: all that come.
    """

    def __init__(self, fps: float | None) -> None:
        self._interval_s = 1 / fps if fps else 0.0
        self._due_s = 0.0

    def sent(self, now_s: float) -> None:
        """Note that a picture goes out. What is late is made up for by one picture at most."""
        self._due_s = max(self._due_s, now_s - self._interval_s) + self._interval_s

    def wait_s(self, now_s: float) -> float:
        """Return how long to wait until the next may go out."""
        return max(self._due_s - now_s, 0.0)
