"""What a camera's controls are to a person, from what libcamera advertises. Pure, on any thread.

Names, units and enumerators are libcamera's. What Vizy knows comes first and in the page's order,
with the defaults that libcamera leaves out; what it does not know follows as it is.
Source: libcamera's control_ids_core.yaml, control_ids_draft.yaml and control_ids_rpi.yaml.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from hardware.camera.picamera2.advertised import Advertised, has_picture_controls
from hardware.camera.reported import PICTURE_CONTROLS
from vizy.controls import ArrayValue, Choice, ControlInfo, ControlValue

NOISE_REDUCTION_FAST = 1
AS_THE_STREAM = (0, 0)  # FrameDurationLimits: those of the rate that the stream was started with
NO_GAINS = (0.0, 0.0)  # ColourGains: those of ColourTemperature


@dataclass(frozen=True, slots=True)
class _Kind:
    """What libcamera does not say about a control."""

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
    "FrameDurationLimits": _Kind("exposure", "µs", default=AS_THE_STREAM),
    "HdrMode": _Kind("exposure"),
    "AwbEnable": _Kind("colour", default=True),
    "AwbMode": _Kind("colour", needs=("AwbEnable", True)),
    "ColourTemperature": _Kind("colour", "K", 50, _NO_AWB, 5_600),
    "ColourGains": _Kind("colour", needs=_NO_AWB, default=NO_GAINS),
    "Saturation": _Kind("colour", step=0.05),
    "Sharpness": _Kind("image", step=0.05),
    "NoiseReductionMode": _Kind("image", default=NOISE_REDUCTION_FAST),
    "ScalerCrop": _Kind("image", "px"),
    "AfMode": _Kind("focus"),
    "AfRange": _Kind("focus"),
    "AfSpeed": _Kind("focus"),
    "AfMetering": _Kind("focus"),
    "AfWindows": _Kind("focus", "px"),
    "LensPosition": _Kind("focus", "dpt", 0.1),
}

# libcamera's limits for these are the type's, or none; a slider needs what is of use.
_USEFUL: dict[str, tuple[float, float]] = {"ColourTemperature": (2_000, 12_000)}

# Actions, and the parts of what is described as a whole: nothing that has a value to keep.
_NOT_DESCRIBED = ("AfTrigger", "AfPause", "ScalerCrops", "ExposureTimeMode", "AnalogueGainMode")


def describe(advertised: Mapping[str, Advertised], enums: Any) -> tuple[ControlInfo, ...]:
    """Describe the controls, in the page's order.

    Args:
        advertised: What libcamera says.
        enums: ``libcamera.controls``.

    Returns:
        All that can be set. The picture controls that the camera lacks are there as well: the back
        end does them itself.
    """
    offered = dict(advertised)
    if "AeEnable" not in offered and "ExposureTimeMode" in offered:
        offered["AeEnable"] = Advertised("bool", None, False, True, True)
    unknown = {name: _Kind("image") for name in offered if name not in _KINDS}
    found = [
        _info(name, kind, offered[name], enums)
        for name, kind in (_KINDS | unknown).items()
        if name in offered and name not in _NOT_DESCRIBED and _can_change(offered[name])
    ]
    names = {info.name for info in found}
    if not has_picture_controls(advertised):
        found[:0] = [info for info in PICTURE_CONTROLS if info.name not in names]
    return tuple(info for info in found if info.needs is None or info.needs[0] in names)


def _can_change(control: Advertised) -> bool:
    return bool(control.minimum != control.maximum)


def _info(name: str, kind: _Kind, control: Advertised, enums: Any) -> ControlInfo:
    if control.size is not None:
        return _array_info(name, kind, control, control.size)
    low, high, given = control.minimum, control.maximum, control.default
    if control.type == "bool":
        default = bool(kind.default if given is None else given)
        return ControlInfo(
            name=name, type="bool", default=default, group=kind.group, needs=kind.needs
        )
    choices = _choices(name, low, high, enums)
    if choices:
        low, high = choices[0].value, choices[-1].value
    elif name in _USEFUL:
        low, high = max(low, _USEFUL[name][0]), min(high, _USEFUL[name][1])
    is_ours = given is None or name == "NoiseReductionMode"
    preferred: Any = kind.default if is_ours else given
    default = min(max(preferred or 0, low), high)
    as_type = float if control.type == "float" else int
    return ControlInfo(
        name=name,
        type=control.type,
        default=as_type(default),
        minimum=as_type(low),
        maximum=as_type(high),
        unit=kind.unit,
        step=kind.step,
        group=kind.group,
        choices=choices,
        needs=kind.needs,
    )


def _array_info(name: str, kind: _Kind, control: Advertised, size: int) -> ControlInfo:
    low, high = control.minimum, control.maximum
    if control.type == "rectangle":
        low, high = _reach(low, high, is_window=control.is_list)
    if kind.default is not None:  # always allowed, whatever the camera's limits
        low = tuple(map(min, low, cast("ArrayValue", kind.default)))
    preferred = (0,) * size if control.default is None else control.default
    if name == "ScalerCrop":  # libcamera's is the part that suits the stream configured just now
        preferred = control.maximum
    default = map(min, map(max, preferred, low), high)
    as_type = float if control.type == "float" else int
    return ControlInfo(
        name=name,
        type=control.type,
        size=size,
        default=kind.default or tuple(map(as_type, default)),
        minimum=tuple(map(as_type, low)),
        maximum=tuple(map(as_type, high)),
        unit=kind.unit,
        group=kind.group,
        needs=kind.needs,
    )


def _choices(name: str, low: int, high: int, enums: Any) -> tuple[Choice, ...]:
    """Return the enumerators that the camera takes; newer controls live in ``draft`` at first."""
    for place in (enums, getattr(enums, "draft", None), getattr(enums, "rpi", None)):
        members = getattr(getattr(place, f"{name}Enum", None), "__members__", None)
        if members:
            numbered = sorted((int(member), label) for label, member in members.items())
            return tuple(Choice(value, label) for value, label in numbered if low <= value <= high)
    return ()


def _reach(low: ArrayValue, high: ArrayValue, *, is_window: bool) -> tuple[ArrayValue, ArrayValue]:
    """Return the limits of each number of a rectangle, from the smallest and the largest one."""
    x, y, width, height = high
    if is_window:  # its largest is no rectangle but the type's greatest numbers
        x = y = 0
    least = low[2:]
    return (x, y, *least), (x + width - least[0], y + height - least[1], width, height)
