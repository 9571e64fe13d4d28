"""`Scale`: where a control's value stands on a slider, and back.

Most controls stand on the slider as they are. Some ranges would be useless that way: an exposure
time of 75 µs to 12 s is spread by ratio, a contrast of 0 to 32 whose default is 1 by a power that
puts the default in the middle. The page shows the same numbers with the same formulas
(`assets/controls.js`, from `Scale.for_page`). Pure functions, any thread.
"""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from vizy.controls import ControlInfo, ScalarValue, scalar

Kind = Literal["linear", "ratio", "power"]

_POSITIONS = 5  # decimals of a position on a bent scale: the number shown is then the value


@dataclass(frozen=True)
class Scale:
    """How one control stands on its slider.

    Attributes:
        kind: ``linear`` (the value itself), ``ratio`` or ``power`` (a position from 0 to 1).
        minimum, maximum: Of the control.
        exponent: For ``power``.
        decimals: How many to show, and to keep.
        unit: The control's own.
        whole: Whether the control takes whole numbers.
    """

    kind: Kind
    minimum: float
    maximum: float
    exponent: float
    decimals: int
    unit: str
    whole: bool

    @classmethod
    def of(cls, info: ControlInfo) -> "Scale":
        """Choose the scale for a control with a minimum and a maximum."""
        assert info.minimum is not None
        assert info.maximum is not None
        low, high, default = map(float, map(scalar, (info.minimum, info.maximum, info.default)))
        kind: Kind = "linear"
        exponent = 1.0
        if low > 0 and high / low > 100:
            kind = "ratio"
        elif low == 0 and 0 < default < high / 10:
            kind, exponent = "power", math.log(default / high) / math.log(0.5)
        whole = info.type == "int32"
        step = float(info.step or 0.01)
        decimals = 0 if whole else max(0, math.ceil(-math.log10(step)))
        return cls(kind, low, high, exponent, decimals, info.unit, whole)

    @property
    def is_bent(self) -> bool:
        """Whether the slider holds a position instead of the value."""
        return self.kind != "linear"

    def position(self, value: ScalarValue) -> float | int:
        """Return what the slider holds for a value."""
        if self.kind == "linear":
            return value
        if self.kind == "ratio":
            position = math.log(value / self.minimum) / math.log(self.maximum / self.minimum)
        else:
            position = (value / self.maximum) ** (1 / self.exponent)
        return round(position, _POSITIONS)

    def value(self, position: float) -> float | int:
        """Return the value for what the slider holds."""
        value = position
        if self.kind == "ratio":
            value = self.minimum * (self.maximum / self.minimum) ** position
        elif self.kind == "power":
            value = self.maximum * position**self.exponent
        if self.whole:
            return int(_rounded(value, 0))
        # A bent scale keeps more than it shows, or a small move would change nothing.
        return float(_rounded(value, self.decimals + (2 if self.is_bent else 0)))

    def text(self, value: ScalarValue) -> str:
        """Write a value as a person reads it."""
        number, unit = float(value), self.unit
        decimals = self.decimals
        if unit == "µs" and number >= 1000:
            number, unit = (number / 1000, "ms") if number < 1e6 else (number / 1e6, "s")
            decimals = 2 if number < 10 else 1 if number < 100 else 0
        return f"{_rounded(number, decimals)} {unit}".strip().replace("-", "\N{MINUS SIGN}")

    def for_page(self) -> dict[str, object]:
        """Describe the scale for the page's own arithmetic."""
        return {
            "kind": self.kind,
            "minimum": self.minimum,
            "maximum": self.maximum,
            "exponent": self.exponent,
            "decimals": self.decimals,
            "unit": self.unit,
            "whole": self.whole,
        }


def _rounded(number: float, decimals: int) -> Decimal:
    """Round as JavaScript's toFixed: halves away from zero; and leave no zero with a sign."""
    return Decimal(number).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0
