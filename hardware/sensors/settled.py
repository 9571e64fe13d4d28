"""`Settled`: the readings as published, which move only by more than a sensor's resolution.

On the daemon's loop; no I/O. A value that flickers around a boundary does not flicker here: it is
rounded to the resolution and stays until the true value is a whole step away.
"""

from collections.abc import Mapping

from hardware.sensors.kinds import Kind
from hardware.sensors.poller import Measured
from vizy.sensors import SensorReading


class Settled:
    """What was published last."""

    def __init__(self) -> None:
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
        if isinstance(outcome, str):
            return SensorReading(label=channel.label, unit=channel.kind.unit, reason=outcome)
        if old is not None and old.value is not None and old.label == channel.label:
            step = channel.kind.least_change(old.value)
            if abs(outcome - old.value) < step:
                return old
        value = round_to(outcome, channel.kind)
        return SensorReading(label=channel.label, unit=channel.kind.unit, value=value)


def round_to(value: float, kind: Kind) -> float:
    """Return a value in whole steps of its kind, without the dust of binary fractions."""
    return round(round(value / kind.step) * kind.step, 6) + 0.0  # no -0.0
