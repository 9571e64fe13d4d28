"""`Settled`: the readings as published, which move only by more than a sensor's resolution.

On the daemon's loop; no I/O. A value that flickers around a boundary does not flicker here: it is
rounded to the resolution and stays until the true value is a whole step away.
"""

from collections.abc import Callable, Mapping

from hardware.sensors.kinds import Kind
from hardware.sensors.poller import Measured
from vizy.sensors import SensorReading


class Settled:
    """What was published last.

    Args:
        limit_of: Returns the value at which a sensor, by its name, raises a warning.
    """

    def __init__(self, limit_of: Callable[[str], float | None] = lambda _: None) -> None:
        self._limit_of = limit_of
        self._readings: dict[str, SensorReading] = {}

    def take(self, measured: Mapping[str, Measured]) -> dict[str, SensorReading]:
        """Return the readings for what was measured: the same object if nothing is news."""
        readings = {name: self._reading(name, entry) for name, entry in measured.items()}
        if readings != self._readings:
            self._readings = readings
        return self._readings

    def _reading(self, name: str, entry: Measured) -> SensorReading:
        channel, outcome = entry
        old = self._readings.get(name)
        unit, limit = channel.kind.unit, self._limit_of(name)
        if isinstance(outcome, str):
            return SensorReading(label=channel.label, unit=unit, reason=outcome, limit=limit)
        if old is not None and old.value is not None and old.label == channel.label:
            step = channel.kind.least_change(old.value)
            if abs(outcome - old.value) < step:
                return old
        value = round_to(outcome, channel.kind)
        return SensorReading(label=channel.label, unit=unit, value=value, limit=limit)


def round_to(value: float, kind: Kind) -> float:
    """Return a value in whole steps of its kind, without the dust of binary fractions."""
    return round(round(value / kind.step) * kind.step, 6) + 0.0  # no -0.0
