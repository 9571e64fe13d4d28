"""What a webcam's controls are: found by asking the driver, named and scaled as libcamera's.

A control that means the same as one of libcamera's gets its name, unit and scale; each other one
keeps the driver's name, in one word, with the driver's limits. ``Gain`` is such a one: a webcam's
has no unit, and ``AnalogueGain`` would be a factor. So is ``FocusAbsolute``: libcamera's
``LensPosition`` is in dioptres. On the camera's owner thread.
Source: linux/v4l2-controls.h; which control owns which: uvc_ctrl_mappings in uvc_ctrl.c of Linux.
"""

import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from hardware.camera.v4l2 import abi
from hardware.camera.v4l2.device import Device, failure
from hardware.camera.v4l2.scales import Around, Factor, FocusMode, Same, Scale, Switch, Times
from vizy.controls import Choice, ControlInfo, scalar

_MOST_CONTROLS = 256
_EXPOSURE_UNIT_US = 100  # Source: V4L2_CID_EXPOSURE_ABSOLUTE in the kernel's documentation
_NO_USE = abi.CTRL_FLAG_DISABLED | abi.CTRL_FLAG_READ_ONLY | abi.CTRL_FLAG_WRITE_ONLY
_MENUS = (abi.CTRL_TYPE_MENU, abi.CTRL_TYPE_INTEGER_MENU)
_TYPES = (abi.CTRL_TYPE_INTEGER, abi.CTRL_TYPE_BOOLEAN, *_MENUS)
_AUTOMATIC = (abi.EXPOSURE_AUTO, abi.EXPOSURE_APERTURE_PRIORITY)

_GROUPS = {  # in the page's order
    abi.CID_BRIGHTNESS: "exposure",
    abi.CID_CONTRAST: "exposure",
    abi.CID_EXPOSURE_AUTO: "exposure",
    abi.CID_EXPOSURE_ABSOLUTE: "exposure",
    abi.CID_EXPOSURE_AUTO_PRIORITY: "exposure",
    abi.CID_AUTOGAIN: "exposure",
    abi.CID_GAIN: "exposure",
    abi.CID_GAMMA: "exposure",
    abi.CID_BACKLIGHT_COMPENSATION: "exposure",
    abi.CID_POWER_LINE_FREQUENCY: "exposure",
    abi.CID_AUTO_WHITE_BALANCE: "colour",
    abi.CID_WHITE_BALANCE_TEMPERATURE: "colour",
    abi.CID_RED_BALANCE: "colour",
    abi.CID_BLUE_BALANCE: "colour",
    abi.CID_SATURATION: "colour",
    abi.CID_HUE_AUTO: "colour",
    abi.CID_HUE: "colour",
    abi.CID_SHARPNESS: "image",
    abi.CID_FOCUS_AUTO: "focus",
    abi.CID_FOCUS_ABSOLUTE: "focus",
}
_ORDER = list(_GROUPS)
_OWNERS = {  # the control that must be off for this one to have an effect
    abi.CID_EXPOSURE_ABSOLUTE: abi.CID_EXPOSURE_AUTO,
    abi.CID_GAIN: abi.CID_AUTOGAIN,
    abi.CID_WHITE_BALANCE_TEMPERATURE: abi.CID_AUTO_WHITE_BALANCE,
    abi.CID_RED_BALANCE: abi.CID_AUTO_WHITE_BALANCE,
    abi.CID_BLUE_BALANCE: abi.CID_AUTO_WHITE_BALANCE,
    abi.CID_HUE: abi.CID_HUE_AUTO,
}
_FACTORS = {
    abi.CID_CONTRAST: "Contrast",
    abi.CID_SATURATION: "Saturation",
    abi.CID_SHARPNESS: "Sharpness",
}


@dataclass(frozen=True, slots=True)
class Control:
    """One control: what it is to us, and what it is to the driver.

    Attributes:
        id: The driver's number for it.
        info: What is reported.
        scale: From one to the other.
        low: The driver's least number ...
        high: ... its greatest ...
        step: ... and what lies between two of them.
    """

    id: int
    info: ControlInfo
    scale: Scale
    low: int
    high: int
    step: int

    def raw(self, value: bool | float) -> int:
        """Return the driver's number for a value: within its limits and on its steps."""
        raw = self.low + round((self.scale.raw(value) - self.low) / self.step) * self.step
        return min(max(raw, self.low), self.high)


def describe(device: Device, path: Path) -> tuple[Control, ...]:
    """Ask for the controls, in the page's order.

    Raises:
        CameraError: The camera failed.
    """
    try:
        found = [
            _control(query, _choices(device, query) if query.type in _MENUS else ())
            for query in _queries(device)
        ]
    except OSError as error:
        raise failure(path, "asking for its controls", error) from error
    usable = [control for control in found if control is not None]
    return tuple(sorted(_connected(_named_apart(usable)), key=_place))


def _queries(device: Device) -> Iterator[abi.QueryControl]:
    """Ask for each control after the last; those that a person has no use for are left out."""
    last = 0
    for _ in range(_MOST_CONTROLS):
        query = abi.QueryControl(id=last | abi.CTRL_FLAG_NEXT_CTRL)
        try:
            device.ioctl(abi.QUERYCTRL, query)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOTTY):
                return
            raise
        last = query.id
        if query.type in _TYPES and not query.flags & _NO_USE and query.minimum < query.maximum:
            yield query


def _choices(device: Device, query: abi.QueryControl) -> tuple[Choice, ...]:
    """Ask for the items of a menu; it may have holes."""
    found: list[Choice] = []
    for index in range(max(0, query.minimum), min(query.maximum, _MOST_CONTROLS) + 1):
        item = abi.QueryMenu(id=query.id, index=index)
        try:
            device.ioctl(abi.QUERYMENU, item)
        except OSError as error:
            if error.errno == errno.EINVAL:
                continue
            raise
        is_number = query.type == abi.CTRL_TYPE_INTEGER_MENU
        name = str(item.item.value) if is_number else item.item.name.decode("utf-8", "replace")
        found.append(Choice(index, name))
    return tuple(found)


def _control(query: abi.QueryControl, choices: tuple[Choice, ...]) -> Control | None:
    """Describe one control; None for a menu with nothing in it."""
    if query.type in _MENUS and not choices:
        return None
    low, high, start = query.minimum, query.maximum, query.default_value
    group = _GROUPS.get(query.id, "image")
    plain = Control(query.id, _own(query, choices, group), Same(), low, high, query.step or 1)
    numbers = {choice.value for choice in choices}
    automatic = [mode for mode in _AUTOMATIC if mode in numbers]
    match query.id:
        case abi.CID_BRIGHTNESS:
            around = Around(low, start, high)
            return _as_float(plain, "Brightness", around, 0.0)
        case abi.CID_CONTRAST | abi.CID_SATURATION | abi.CID_SHARPNESS if start > low:
            return _as_float(plain, _FACTORS[query.id], Factor(low, start), 1.0)
        case abi.CID_EXPOSURE_AUTO if automatic and abi.EXPOSURE_MANUAL in numbers:
            preferred = start if start in automatic else automatic[0]
            is_on = start != abi.EXPOSURE_MANUAL
            return _as_switch(plain, "AeEnable", Switch(preferred, abi.EXPOSURE_MANUAL), is_on)
        case abi.CID_EXPOSURE_ABSOLUTE:
            info = _scaled(plain, "ExposureTime", "µs", _EXPOSURE_UNIT_US)
            return replace(plain, info=info, scale=Times(_EXPOSURE_UNIT_US))
        case abi.CID_AUTO_WHITE_BALANCE if query.type == abi.CTRL_TYPE_BOOLEAN:
            return _as_switch(plain, "AwbEnable", Switch(), bool(start))
        case abi.CID_WHITE_BALANCE_TEMPERATURE:
            return replace(plain, info=_scaled(plain, "ColourTemperature", "K", 1))
        case abi.CID_FOCUS_AUTO:
            return replace(plain, info=_focus_mode(bool(start)), scale=FocusMode())
        case _ if query.type == abi.CTRL_TYPE_BOOLEAN:
            return _as_switch(plain, plain.info.name, Switch(), bool(start))
        case _:
            return plain


def _own(query: abi.QueryControl, choices: tuple[Choice, ...], group: str) -> ControlInfo:
    """Describe a control as the driver does, its name in one word."""
    words = re.findall(r"[A-Za-z0-9]+", query.name.decode("utf-8", "replace"))
    name = "".join(word[0].upper() + word[1:] for word in words) or f"Control{query.id:x}"
    numbers = [choice.value for choice in choices]
    low, high = (numbers[0], numbers[-1]) if numbers else (query.minimum, query.maximum)
    start = min(max(query.default_value, low), high)
    return ControlInfo(
        name=name,
        type="int32",
        default=start if not numbers or start in numbers else low,
        minimum=low,
        maximum=high,
        step=1 if numbers else query.step or 1,
        group=group,
        choices=choices,
    )


def _as_float(control: Control, name: str, scale: Scale, start: float) -> Control:
    low, high = float(scale.value(control.low)), float(scale.value(control.high))
    steps = max(1, (control.high - control.low) // control.step)
    info = ControlInfo(
        name=name,
        type="float",
        default=start,
        minimum=low,
        maximum=high,
        step=round((high - low) / steps, 4) or 0.01,
        group=control.info.group,
    )
    return replace(control, info=info, scale=scale)


def _as_switch(control: Control, name: str, scale: Switch, start: bool) -> Control:
    info = ControlInfo(name=name, type="bool", default=start, group=control.info.group)
    return replace(control, info=info, scale=scale)


def _scaled(control: Control, name: str, unit: str, times: int) -> ControlInfo:
    return msgspec.structs.replace(
        control.info,
        name=name,
        unit=unit,
        default=int(scalar(control.info.default)) * times,
        minimum=control.low * times,
        maximum=control.high * times,
        step=control.step * times,
    )


def _focus_mode(is_on: bool) -> ControlInfo:
    manual, continuous = FocusMode.manual, FocusMode.continuous
    return ControlInfo(
        name="AfMode",
        type="int32",
        default=continuous if is_on else manual,
        minimum=manual,
        maximum=continuous,
        step=1,
        group="focus",
        choices=(Choice(manual, "Manual"), Choice(continuous, "Continuous")),
    )


def _named_apart(controls: list[Control]) -> Iterator[Control]:
    """Give a number to what has the name of another; a driver may name two alike."""
    seen: set[str] = set()
    for control in controls:
        name, number = control.info.name, 1
        while name in seen:
            number += 1
            name = f"{control.info.name}{number}"
        seen.add(name)
        yield replace(control, info=msgspec.structs.replace(control.info, name=name))


def _connected(controls: Iterator[Control]) -> list[Control]:
    """Say which control needs another one off, where the camera has both."""
    found = list(controls)
    switches = {control.id: control.info.name for control in found if control.info.type == "bool"}
    connected: list[Control] = []
    for control in found:
        owner = switches.get(_OWNERS.get(control.id, 0))
        needs = None if owner is None else (owner, False)
        info = msgspec.structs.replace(control.info, needs=needs)
        connected.append(replace(control, info=info))
    return connected


def _place(control: Control) -> int:
    return _ORDER.index(control.id) if control.id in _ORDER else len(_ORDER)
