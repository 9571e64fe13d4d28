"""The exposures of a bracket: from stops to control values. Pure arithmetic, no I/O."""

import math
from collections.abc import Mapping, Sequence

from vizy.controls import ControlInfo, ControlValue, scalar
from vizy.errors import InvalidValueError

AUTO, TIME, GAIN = "AeEnable", "ExposureTime", "AnalogueGain"
NAMES = (AUTO, TIME, GAIN)
TOLERANCE_STOPS = 0.1


def exposure_of(values: Mapping[str, ControlValue]) -> float | None:
    """Return exposure time times gain in microseconds, or None if there is no exposure time.

    Args:
        values: Controls in force, or a frame's metadata; no gain counts as 1.
    """
    time_us = float(scalar(values.get(TIME, 0)))
    return time_us * float(scalar(values.get(GAIN, 1))) if time_us > 0 else None


def is_near(exposure_us: float, wanted_us: float) -> bool:
    """Tell whether two exposures are the same to the eye."""
    return abs(math.log2(exposure_us / wanted_us)) <= TOLERANCE_STOPS


def settings_for(
    ev: float, start: Mapping[str, ControlValue], controls: Sequence[ControlInfo]
) -> dict[str, ControlValue]:
    """Return the controls that expose ``ev`` stops beside a start: time first, the rest by gain.

    Args:
        ev: Stops.
        start: Exposure time and gain to start from.
        controls: What the camera has; it must have an exposure time or a gain.

    Raises:
        InvalidValueError: The camera cannot expose that long or that short.
    """
    infos = {info.name: info for info in controls}
    left = 2.0**ev  # the factor that is still to be reached
    found: dict[str, ControlValue] = {AUTO: False} if AUTO in infos else {}
    for name in (TIME, GAIN):
        if (info := infos.get(name)) is not None:
            base = _within(info, float(scalar(start.get(name, info.default))))
            found[name] = value = _within(info, base * left)
            left *= base / value
    if abs(math.log2(left)) > TOLERANCE_STOPS:
        limits = ", ".join(
            f"{name} from {infos[name].minimum} to {infos[name].maximum}"
            for name in (TIME, GAIN)
            if name in infos
        )
        raise InvalidValueError(
            f"ev={ev:+g} is out of reach of this camera as it is exposed now ({limits}): "
            "ask for fewer stops or change the light"
        )
    return found


def _within(info: ControlInfo, value: float) -> float | int:
    """Return a value in the control's limits and type, never zero."""
    lowest = max(float(scalar(info.minimum or 0)), 1.0 if info.type == "int32" else 0.01)
    value = min(max(value, lowest), float(scalar(info.maximum or value)))
    return round(value) if info.type == "int32" else value
