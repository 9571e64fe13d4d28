"""Scales: from a driver's whole numbers to values as libcamera means them, and back. Pure.

A driver's numbers have no unit and any limits; what they mean is known only from the control.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from vizy.controls import ScalarValue


class Scale(ABC):
    """How a driver's number becomes a value."""

    @abstractmethod
    def value(self, raw: int) -> ScalarValue:
        """Return the value of a driver's number."""

    @abstractmethod
    def raw(self, value: ScalarValue) -> int:
        """Return the driver's number nearest to a value, not yet on the driver's own steps."""


@dataclass(frozen=True, slots=True)
class Same(Scale):
    """The number itself."""

    def value(self, raw: int) -> ScalarValue:
        return raw

    def raw(self, value: ScalarValue) -> int:
        return int(value)


@dataclass(frozen=True, slots=True)
class Switch(Scale):
    """On or off; ``on`` and ``off`` are the driver's numbers, anything but ``off`` is on."""

    on: int = 1
    off: int = 0

    def value(self, raw: int) -> ScalarValue:
        return raw != self.off

    def raw(self, value: ScalarValue) -> int:
        return self.on if value else self.off


@dataclass(frozen=True, slots=True)
class Times(Scale):
    """A unit that is so many times libcamera's."""

    unit: int

    def value(self, raw: int) -> ScalarValue:
        return raw * self.unit

    def raw(self, value: ScalarValue) -> int:
        return round(value / self.unit)


@dataclass(frozen=True, slots=True)
class Around(Scale):
    """-1 to 1, with 0 where the camera starts, as ``Brightness``."""

    low: int
    middle: int
    high: int

    def value(self, raw: int) -> ScalarValue:
        span = self.high - self.middle if raw > self.middle else self.middle - self.low
        return round((raw - self.middle) / span, 4) if span else 0.0

    def raw(self, value: ScalarValue) -> int:
        span = self.high - self.middle if value > 0 else self.middle - self.low
        return self.middle + round(value * span)


@dataclass(frozen=True, slots=True)
class Factor(Scale):
    """0 at one number and 1 at another, as ``Contrast``: 1 is where the camera starts."""

    zero: int
    one: int

    def value(self, raw: int) -> ScalarValue:
        return round((raw - self.zero) / (self.one - self.zero), 4)

    def raw(self, value: ScalarValue) -> int:
        return self.zero + round(value * (self.one - self.zero))


@dataclass(frozen=True, slots=True)
class FocusMode(Scale):
    """Whether the camera focuses, as libcamera's ``AfMode``."""

    manual = 0  # Source: AfModeEnum in libcamera's control_ids_core.yaml
    continuous = 2

    def value(self, raw: int) -> ScalarValue:
        return self.continuous if raw else self.manual

    def raw(self, value: ScalarValue) -> int:
        return int(value == self.continuous)
