"""`RateLimit`: how fast one browser may talk."""

import time


class RateLimit:
    """A bucket that fills with time; each message takes one from it.

    Whoever is too fast is not answered with an error but read from later: a real person never
    notices, a flood is slowed down to the rate.

    Args:
        rate: Messages a second, for long.
        burst: Messages at once.
    """

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._left = float(burst)
        self._at = time.monotonic()

    def take(self) -> float:
        """Take one message; return for how many seconds the next may not be read."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - 1
        self._at = now
        return max(0.0, -self._left / self._rate)
