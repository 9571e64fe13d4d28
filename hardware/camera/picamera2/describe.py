"""What a camera's controls are, from what libcamera advertises. Pure, on any thread.

Scalars become `ControlInfo`, for the page and the check; controls with several numbers, which the
page has no widget for, become `ArrayControl`. Names, units and enumerators are libcamera's.
Source: libcamera's control_ids_core.yaml, control_ids_draft.yaml and control_ids_rpi.yaml.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from hardware.camera.picamera2.surface import Limits
from hardware.camera.reported import PICTURE_CONTROLS
from vizy.controls import Choice, ControlInfo, ControlType, ControlValue

NOISE_REDUCTION_FAST = 1


@dataclass(frozen=True, slots=True)
class _Kind:
    """What libcamera does not say about a scalar control."""

    group: str
    unit: str = ""
    step: float | int = 1
    needs: tuple[str, bool] | None = None
    default: ControlValue | None = None


_AE, _NO_AE, _NO_AWB = ("AeEnable", True), ("AeEnable", False), ("AwbEnable", False)

_KINDS: dict[str, _Kind] = {  # in the page's order
    "Brightness": _Kind("exposure", step=0.01),
    "Contrast": _Kind("exposure", step=0.05),
    "AeEnable": _Kind("exposure", default=True),
    "ExposureValue": _Kind("exposure", "EV", 0.1, _AE),
    "ExposureTime": _Kind("exposure", "µs", 100, _NO_AE, 20_000),
    "AnalogueGain": _Kind("exposure", step=0.01, needs=_NO_AE, default=1.0),
    "AeMeteringMode": _Kind("exposure", needs=_AE),
    "AeConstraintMode": _Kind("exposure", needs=_AE),
    "AeExposureMode": _Kind("exposure", needs=_AE),
    "AeFlickerMode": _Kind("exposure", needs=_AE),
    "AeFlickerPeriod": _Kind("exposure", "µs", 100, _AE, 10_000),
    "HdrMode": _Kind("exposure"),
    "AwbEnable": _Kind("colour", default=True),
    "AwbMode": _Kind("colour", needs=("AwbEnable", True)),
    "ColourTemperature": _Kind("colour", "K", 50, _NO_AWB, 5_600),
    "Saturation": _Kind("colour", step=0.05),
    "Sharpness": _Kind("image", step=0.05),
    "NoiseReductionMode": _Kind("image", default=NOISE_REDUCTION_FAST),
    "AfMode": _Kind("focus"),
    "AfRange": _Kind("focus"),
    "AfSpeed": _Kind("focus"),
    "LensPosition": _Kind("focus", "dpt", 0.1),
}

# libcamera's limits for these are the type's, or none; a slider needs what is of use.
_USEFUL: dict[str, tuple[float, float]] = {"ColourTemperature": (2_000, 12_000)}

_RECTANGLES = ("ScalerCrop", "AfWindows")
_ARRAYS = {"ColourGains": 2, "FrameDurationLimits": 2, "ScalerCrop": 4, "AfWindows": 4}


@dataclass(frozen=True, slots=True)
class ArrayControl:
    """A control of several numbers.

    Attributes:
        name: libcamera's name.
        length: How many numbers; ``ScalerCrop`` and ``AfWindows`` are x, y, width and height in
            sensor pixels, ``FrameDurationLimits`` the least and the greatest in µs.
        minimum: The least of each number.
        maximum: The greatest of each number.
        is_rectangle: Whether x plus width, and y plus height, must be within the limits as well.
    """

    name: str
    length: int
    minimum: tuple[float, ...]
    maximum: tuple[float, ...]
    is_rectangle: bool = False

    def check(self, value: object) -> tuple[float, ...]:
        """Return the numbers, or refuse them.

        Raises:
            ValueError: Not as many numbers as `length`, or one that is out of its limits.
        """
        if not isinstance(value, list | tuple):
            raise ValueError(f"{self.name}={value!r:.80} has the wrong type: it takes a list")
        numbers: list[float] = []
        for item in cast("Sequence[object]", value):
            if isinstance(item, bool) or not isinstance(item, int | float):
                raise ValueError(f"{self.name}: {item!r:.80} is no number")
            numbers.append(item)
        if len(numbers) != self.length:
            raise ValueError(f"{self.name} takes {self.length} numbers, not {len(numbers)}")
        for number, low, high in zip(numbers, self.minimum, self.maximum, strict=True):
            if not low <= number <= high:
                raise ValueError(f"{self.name}={number} is not between {low:g} and {high:g}")
        if self.is_rectangle:
            self._check_inside(numbers)
        return tuple(numbers)

    def _check_inside(self, numbers: Sequence[float]) -> None:
        x, y, width, height = numbers
        right = self.minimum[0] + self.maximum[2]
        bottom = self.minimum[1] + self.maximum[3]
        if x + width > right or y + height > bottom:
            raise ValueError(
                f"{self.name}={numbers} is not between the sensor's edges: it ends at "
                f"{x + width:g}, {y + height:g} and the sensor at {right:g}, {bottom:g}"
            )


def describe(advertised: Mapping[str, Limits], enums: Any) -> tuple[ControlInfo, ...]:
    """Describe the scalar controls, in the page's order.

    Args:
        advertised: picamera2's ``camera_controls``.
        enums: ``libcamera.controls``.

    Returns:
        Those that are of use to a person. The picture controls that the camera lacks are there as
        well: the back end does them itself, see `is_processed_here`.
    """
    found: list[ControlInfo] = []
    for name, kind in _KINDS.items():
        limits = _limits(advertised, name)
        if limits is not None and (info := _info(name, kind, limits, enums)) is not None:
            found.append(info)
    names = {info.name for info in found}
    if is_processed_here(advertised):
        found[:0] = [info for info in PICTURE_CONTROLS if info.name not in names]
    return tuple(_without_missing_needs(found))


def describe_arrays(advertised: Mapping[str, Limits]) -> dict[str, ArrayControl]:
    """Describe the controls of several numbers, by name."""
    found: dict[str, ArrayControl] = {}
    for name, length in _ARRAYS.items():
        if (limits := advertised.get(name)) is not None:
            low, high = (_numbers(limit, length) for limit in limits[:2])
            is_rectangle = name in _RECTANGLES
            if is_rectangle:
                low, high = _edges(name, low, high)
            found[name] = ArrayControl(name, length, low, high, is_rectangle)
    return found


def is_processed_here(advertised: Mapping[str, Limits]) -> bool:
    """Tell whether the camera has no picture controls of its own."""
    return "Brightness" not in advertised


def _limits(advertised: Mapping[str, Limits], name: str) -> Limits | None:
    if name == "AeEnable" and name not in advertised and "ExposureTimeMode" in advertised:
        return (False, True, True)  # its parts are advertised in its place
    return advertised.get(name)


def _info(name: str, kind: _Kind, limits: Limits, enums: Any) -> ControlInfo | None:
    low, high, given = limits
    value_type = _type_of(low, high)
    if value_type is None or low == high:
        return None
    if value_type == "bool":
        default = bool(kind.default if given is None else given)
        return ControlInfo(name=name, type="bool", default=default, group=kind.group)
    choices = _choices(name, low, high, enums)
    if choices:
        low, high = choices[0].value, choices[-1].value
    elif name in _USEFUL:
        low, high = max(low, _USEFUL[name][0]), min(high, _USEFUL[name][1])
    preferred = kind.default if given is None or name == "NoiseReductionMode" else given
    default = min(max(low if preferred is None else preferred, low), high)
    as_type = int if value_type == "int32" else float
    return ControlInfo(
        name=name,
        type=value_type,
        default=as_type(default),
        minimum=as_type(low),
        maximum=as_type(high),
        unit=kind.unit,
        step=kind.step,
        group=kind.group,
        choices=choices,
        needs=kind.needs,
    )


def _type_of(low: object, high: object) -> ControlType | None:
    if isinstance(low, bool):
        return "bool"
    if isinstance(low, int) and isinstance(high, int):
        return "int32"
    return "float" if isinstance(low, int | float) and isinstance(high, int | float) else None


def _choices(name: str, low: int, high: int, enums: Any) -> tuple[Choice, ...]:
    """Return the enumerators that the camera takes; newer controls live in ``draft`` at first."""
    for place in (enums, getattr(enums, "draft", None), getattr(enums, "rpi", None)):
        members = getattr(getattr(place, f"{name}Enum", None), "__members__", None)
        if members:
            numbered = sorted((int(member), label) for label, member in members.items())
            return tuple(Choice(value, label) for value, label in numbered if low <= value <= high)
    return ()


def _without_missing_needs(infos: list[ControlInfo]) -> list[ControlInfo]:
    names = {info.name for info in infos}
    return [info for info in infos if info.needs is None or info.needs[0] in names]


def _edges(
    name: str, low: tuple[float, ...], high: tuple[float, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the limits of each number of a rectangle, from its smallest and its largest."""
    x, y, width, height = high
    if name == "AfWindows":  # its largest is no rectangle but the type's greatest numbers
        x = y = 0.0
    least = (max(1.0, low[2]), max(1.0, low[3]))
    return (x, y, *least), (x + width - least[0], y + height - least[1], width, height)


def _numbers(limit: Any, length: int) -> tuple[float, ...]:
    if isinstance(limit, int | float):
        return (float(limit),) * length
    flat = list(cast("Sequence[Any]", limit))
    if flat and isinstance(flat[0], list | tuple):
        flat = list(cast("Sequence[Any]", flat[0]))
    return tuple(float(number) for number in flat[:length])
