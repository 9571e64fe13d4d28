"""`Fan`: turns with the processor's temperature. On the thread that owns the pins."""

import math
from dataclasses import dataclass

from hardware.pins.gpio import Output

_FULL = 1.0
_LOST_S = 15.0


@dataclass(frozen=True, kw_only=True)
class FanCurve:
    """Duty by temperature, with hysteresis.

    Attributes:
        on_c: It starts here, with the least duty ...
        full_c: ... is at full speed here, evenly in between ...
        off_c: ... and stops here.
        least: The lowest duty that starts the fan.
        step: It slows down only by so much at once, so that it does not hunt.
    """

    on_c: float
    off_c: float
    full_c: float
    least: float
    step: float = 0.08

    def __post_init__(self) -> None:
        assert self.off_c < self.on_c < self.full_c, "the fan's temperatures are not in order"

    def duty(self, temp_c: float | None, now: float) -> float:
        """Return the duty for a temperature.

        Args:
            temp_c: The temperature; None when nobody knows it: full speed.
            now: The duty in force.
        """
        if temp_c is None or temp_c >= self.full_c:
            return _FULL
        if temp_c <= self.off_c or (now == 0 and temp_c < self.on_c):
            return 0.0
        share = max(temp_c - self.on_c, 0.0) / (self.full_c - self.on_c)
        wanted = self.least + (_FULL - self.least) * share
        is_slower = now - self.step < wanted <= now
        return now if is_slower else round(wanted, 2)


class Fan:
    """One fan.

    Args:
        output: Its pin.
        curve: What it does.
        now: Monotonic seconds; the time until which a temperature is expected counts from here.
    """

    def __init__(self, output: Output, curve: FanCurve, now: float) -> None:
        self._output = output
        self._curve = curve
        self._temp_c: float | None = None
        self._told_at = now
        self.duty = 0.0

    def feel(self, temp_c: float | None, at: float) -> None:
        """Take a temperature; None when the sensor could not be read.

        Args:
            temp_c: Degrees Celsius.
            at: When it was, monotonic seconds.
        """
        self._temp_c = temp_c
        if temp_c is not None:
            self._told_at = at

    def step(self, now: float) -> float:
        """Follow the temperature; full speed once it has not been known for 15 s.

        Returns:
            The duty in force.
        """
        if now - self._told_at >= _LOST_S:
            self._drive(self._curve.duty(None, self.duty))
        elif self._temp_c is not None:
            self._drive(self._curve.duty(self._temp_c, self.duty))
        return self.duty

    def close(self) -> None:
        """Give the pin back; what the fan does then is a matter of its wiring."""
        self._output.value = 0
        self._output.close()

    def _drive(self, duty: float) -> None:
        if not math.isclose(duty, self.duty):
            self._output.value = duty
            self.duty = duty
