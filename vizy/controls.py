"""Camera controls, described as libcamera describes them, and the one check of a value.

A back end reports a `ControlInfo` per control; the daemon checks writes with it, the page is built
from it, the API and the command refuse with its text. Immutable, used on any thread, no I/O.
Source of names, types and limits: libcamera's control_ids_core.yaml and its Python bindings.
"""

import math
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, cast

import msgspec

from vizy.errors import InvalidValueError, UnknownControlError

ScalarValue = bool | int | float
ArrayValue = tuple[int | float, ...]
ControlValue = ScalarValue | ArrayValue
ControlType = Literal["bool", "int32", "float", "rectangle"]

_WANTS: dict[ControlType, str] = {
    "bool": "true or false",
    "int32": "a whole number",
    "float": "a number",
    "rectangle": "a whole number",
}


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One enumerator of an enumerated control: libcamera's number and name."""

    value: int
    name: str


class ControlInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a camera says about one of its controls.

    Attributes:
        name: libcamera's name, for example ``ExposureTime``.
        type: libcamera's type; an enumerated control is ``int32`` with ``choices``. A ``rectangle``
            is x, y, width and height, and must end within the greatest one at x and y's minimum.
        size: How many numbers an array has, 4 for a rectangle; None for a single value.
        minimum: The least value taken, of each number of an array; None for ``bool``.
        maximum: The greatest value taken, of each number of an array; None for ``bool``.
        default: The value after start.
        unit: The unit to show, for example ``µs``; empty where there is none.
        step: The step a slider moves by; None leaves it to the page.
        group: Where the page puts it: ``exposure``, ``colour``, ``focus`` or ``image``.
        choices: The enumerators, where the control is an enumeration.
        needs: ``(control, value)`` that must hold for this one to have an effect, for example
            ``("AeEnable", False)`` for ``ExposureTime``; a write is taken in any case.
    """

    name: str
    type: ControlType
    default: ControlValue
    minimum: float | int | ArrayValue | None = None
    maximum: float | int | ArrayValue | None = None
    size: int | None = None
    unit: str = ""
    step: float | int | None = None
    group: str = "image"
    choices: tuple[Choice, ...] = ()
    needs: tuple[str, bool] | None = None

    def check(self, value: object) -> ControlValue:
        """Return the value in the control's own type, or refuse it.

        Args:
            value: One number or truth, or a list or tuple of ``size`` numbers.

        Raises:
            InvalidValueError: Wrong type, not a finite number, not as many numbers as ``size``, or
                out of range; the text names the control, the value, the limit and what to do.
        """
        if self.size is not None:
            return self._checked_array(value, self.size)
        checked = self._typed(value, self.name)
        low, high = self.minimum, self.maximum
        assert not isinstance(low, tuple)
        assert not isinstance(high, tuple)
        self._check_limits(checked, low, high, f"{self.name}={value}")
        if self.choices and checked not in {choice.value for choice in self.choices}:
            known = ", ".join(f"{choice.value} ({choice.name})" for choice in self.choices)
            raise InvalidValueError(f"{self.name}={value!r} is none of its choices: {known}")
        return checked

    def _checked_array(self, value: object, size: int) -> ArrayValue:
        wanted = f"{size} numbers"
        if not isinstance(value, list | tuple):
            raise InvalidValueError(
                f"{self.name}={_shown(value)} has the wrong type: it takes a list of {wanted}"
            )
        items = cast("Sequence[object]", value)
        if len(items) != size:
            raise InvalidValueError(f"{self.name} takes {wanted}, not {len(items)}")
        assert isinstance(self.minimum, tuple)
        assert isinstance(self.maximum, tuple)
        checked = [self._typed(item, f"{self.name}[{place}]") for place, item in enumerate(items)]
        for place, limits in enumerate(zip(self.minimum, self.maximum, strict=True)):
            self._check_limits(checked[place], *limits, f"{self.name}[{place}]={items[place]}")
        if self.type == "rectangle":
            self._check_end(checked, self.minimum, self.maximum)
        return tuple(checked)

    def _check_end(
        self, rectangle: Sequence[int | float], low: ArrayValue, high: ArrayValue
    ) -> None:
        for place, side in enumerate(("right", "lower")):
            end, edge = rectangle[place] + rectangle[place + 2], low[place] + high[place + 2]
            if end > edge:
                text = ",".join(map(str, rectangle))
                raise InvalidValueError(
                    f"{self.name}={text} ends at {end}, beyond the {side} edge at {edge}: move it "
                    "or make it smaller"
                )

    def _check_limits(
        self, value: float, low: float | None, high: float | None, label: str
    ) -> None:
        unit = f" {self.unit}" if self.unit else ""
        if low is not None and value < low:
            raise InvalidValueError(f"{label}{unit} is below {low}{unit}, its minimum: raise it")
        if high is not None and value > high:
            raise InvalidValueError(f"{label}{unit} is above {high}{unit}, its maximum: lower it")

    def _typed(self, value: object, label: str) -> ScalarValue:
        if self.type == "bool" and isinstance(value, bool):
            return value
        if self.type != "bool" and isinstance(value, int | float) and not isinstance(value, bool):
            if not _is_finite(value):
                raise InvalidValueError(f"{label}={_shown(value)} is not a finite number")
            if self.type == "float":
                return float(value)
            if value == int(value):
                return int(value)
        raise InvalidValueError(
            f"{label}={_shown(value)} has the wrong type: it takes {_WANTS[self.type]}"
        )


def scalar(value: ControlValue) -> ScalarValue:
    """Return the value of a control that is known to be no array."""
    assert not isinstance(value, tuple)
    return value


def _shown(value: object) -> str:
    """Return a value for a message, cut: what was sent may be a megabyte, or a very long number."""
    try:
        return reprlib.repr(value)
    except ValueError:  # Python writes no whole number of more than 4300 digits
        return "a number too long to be shown"


def _is_finite(value: float | int) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond any float
        return False


def chosen(
    infos: Iterable[ControlInfo], values: Mapping[str, ControlValue]
) -> dict[str, ControlValue]:
    """Return the values in force that a person sets: not those that an algorithm chooses now."""
    idle = {
        info.name
        for info in infos
        if info.needs is not None and values.get(info.needs[0]) is not info.needs[1]
    }
    return {name: value for name, value in values.items() if name not in idle}


def check_controls(
    infos: Iterable[ControlInfo], values: Mapping[str, object]
) -> dict[str, ControlValue]:
    """Check a set of control values, all or nothing.

    Args:
        infos: What the camera reports.
        values: Control name to value, as a person or program sent it.

    Returns:
        The same names with values in each control's own type.

    Raises:
        UnknownControlError: A name that the camera does not report; the text lists those it does.
        InvalidValueError: A value that its control refuses.
    """
    known = {info.name: info for info in infos}
    for name in values:
        if name not in known:
            raise UnknownControlError(
                f"{name:.80} is not a control of this camera: it has {', '.join(sorted(known))}"
            )
    return {name: known[name].check(value) for name, value in values.items()}
