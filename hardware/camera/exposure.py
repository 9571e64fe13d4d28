"""`AutoExposure`: brings the picture's mean to a target, a step a frame, as a camera's does.

Owned by the simulated camera, run on its thread; pure arithmetic, no clock.
"""

from hardware.camera.sensor import MAX_EXPOSURE_US, MAX_GAIN, MIN_EXPOSURE_US, MIN_GAIN

TARGET = 0.262
_SETTLED = 0.03  # relative error it leaves alone, so that values rest
_DAMPING = 0.35
_GREATEST_STEP = 8.0
_BRIGHTEST = 0.9


class AutoExposure:
    """The algorithm's state: the product of exposure time and gain it has arrived at."""

    def __init__(self, total_us: float) -> None:
        self._total_us = total_us

    @property
    def total_us(self) -> float:
        """Exposure time times gain, in microseconds."""
        return self._total_us

    def start_from(self, total_us: float) -> None:
        """Go on from values that somebody else set."""
        self._total_us = total_us

    def step(self, mean: float, ev: float, damping: float = _DAMPING) -> bool:
        """Move towards the target.

        Args:
            mean: The metered mean, 0..1.
            ev: ExposureValue, in stops.
            damping: The part of the error (in stops) that this step removes, 0..1.

        Returns:
            Whether it moved.
        """
        wanted = min(TARGET * 2**ev, _BRIGHTEST)
        ratio = wanted / max(mean, 1e-6)
        if abs(ratio - 1) <= _SETTLED:
            return False
        step = min(max(ratio, 1 / _GREATEST_STEP), _GREATEST_STEP) ** damping
        lowest, highest = MIN_EXPOSURE_US * MIN_GAIN, MAX_EXPOSURE_US * MAX_GAIN
        total = min(max(self._total_us * step, lowest), highest)
        moved = total != self._total_us
        self._total_us = total
        return moved

    def split(self, longest_us: int) -> tuple[int, float]:
        """Return exposure time and gain: the time first, up to ``longest_us``, then the gain."""
        time_us = max(MIN_EXPOSURE_US, min(round(self._total_us), longest_us))
        gain = min(max(self._total_us / time_us, MIN_GAIN), MAX_GAIN)
        return time_us, round(gain, 3)
