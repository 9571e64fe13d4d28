"""What is measured: its unit, and how much of a change is news. Constants, no I/O."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A quantity.

    Attributes:
        unit: As shown beside the value; empty for a count and for a flag (0 or 1).
        step: The smallest change that is published, in the unit; values are rounded to it.
        share: The smallest change as a part of the value, where that is more than ``step``: light
            spans five decades.
    """

    unit: str
    step: float
    share: float = 0.0

    def least_change(self, value: float) -> float:
        """Return how far a value must move to be published anew."""
        return max(self.step, self.share * abs(value))


FLAG = Kind("", 1.0)
COUNT = Kind("", 1.0, 0.02)
PERCENT = Kind("%", 1.0)
TEMPERATURE = Kind("°C", 0.5)
VOLTAGE = Kind("V", 0.01)
CURRENT = Kind("A", 0.01)
POWER = Kind("W", 0.05)
FAN_SPEED = Kind("rpm", 20.0, 0.02)
HUMIDITY = Kind("%", 0.5)
PRESSURE = Kind("hPa", 0.1)
LIGHT = Kind("lx", 0.1, 0.03)
BYTES = Kind("B", 1024.0 * 1024.0, 0.01)
SIGNAL = Kind("dBm", 2.0)
LOAD = Kind("", 0.05)
UPTIME = Kind("s", 60.0)
ACCELERATION = Kind("m/s²", 0.1)
ROTATION = Kind("rad/s", 0.02)
ANGLE = Kind("rad", 0.01)
INCLINATION = Kind("°", 0.5)
MAGNETIC_FIELD = Kind("G", 0.01)
DISTANCE = Kind("m", 0.01)
RESISTANCE = Kind("Ω", 1.0, 0.01)
CAPACITANCE = Kind("nF", 0.1, 0.01)
CONCENTRATION = Kind("%", 0.001, 0.02)
MASS_CONCENTRATION = Kind("µg/m³", 0.5, 0.02)
