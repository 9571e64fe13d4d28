"""Camera controls, described as libcamera describes them, and the one check of a value.

A back end reports a `ControlInfo` per control; the daemon checks writes with it, the page is built
from it, the API and the command refuse with its text. Immutable, used on any thread, no I/O.
Source of names, types and limits: libcamera's control_ids_core.yaml and its Python bindings.
"""

import math
import reprlib
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from vizy.errors import InvalidValueError, UnknownControlError

ControlValue = bool | int | float
ControlType = Literal["bool", "int32", "float"]

_WANTS: dict[ControlType, str] = {
    "bool": "true or false",
    "int32": "a whole number",
    "float": "a number",
}


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One enumerator of an enumerated control: libcamera's number and name."""

    value: int
    name: str


class ControlInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a camera says about one of its controls.

    Attributes:
        name: libcamera's name, for example ``ExposureTime``.
        type: libcamera's type; an enumerated control is ``int32`` with ``choices``.
        minimum: The least value taken; None for ``bool``.
        maximum: The greatest value taken; None for ``bool``.
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
    minimum: float | int | None = None
    maximum: float | int | None = None
    unit: str = ""
    step: float | int | None = None
    group: str = "image"
    choices: tuple[Choice, ...] = ()
    needs: tuple[str, bool] | None = None

    def check(self, value: object) -> ControlValue:
        """Return the value in the control's own type, or refuse it.

        Raises:
            InvalidValueError: Wrong type, not a finite number, or out of range; the text names the
                control, the value, the limit and what to do.
        """
        checked = self._typed(value)
        if self.minimum is not None and checked < self.minimum:
            raise InvalidValueError(self._limit(value, "below", self.minimum, "minimum", "raise"))
        if self.maximum is not None and checked > self.maximum:
            raise InvalidValueError(self._limit(value, "above", self.maximum, "maximum", "lower"))
        if self.choices and checked not in {choice.value for choice in self.choices}:
            known = ", ".join(f"{choice.value} ({choice.name})" for choice in self.choices)
            raise InvalidValueError(f"{self.name}={value!r} is none of its choices: {known}")
        return checked

    def _typed(self, value: object) -> ControlValue:
        if self.type == "bool" and isinstance(value, bool):
            return value
        if self.type != "bool" and isinstance(value, int | float) and not isinstance(value, bool):
            if not _is_finite(value):
                raise InvalidValueError(f"{self.name}={_shown(value)} is not a finite number")
            if self.type == "float":
                return float(value)
            if value == int(value):
                return int(value)
        raise InvalidValueError(
            f"{self.name}={_shown(value)} has the wrong type: it takes {_WANTS[self.type]}"
        )

    def _limit(self, value: object, side: str, limit: float, which: str, cure: str) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.name}={value}{unit} is {side} {limit}{unit}, its {which}: {cure} it"


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
