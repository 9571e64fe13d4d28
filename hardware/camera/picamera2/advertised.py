"""What libcamera advertises of each control: its type, how many numbers, its limits.

`read` runs on the library's thread, once a camera is configured; what it returns is immutable and
holds nothing of the library.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from hardware.camera.picamera2.surface import Picamera2
from vizy.controls import ControlType

_TYPES: dict[str, ControlType] = {  # by libcamera's names; texts are not for people to set
    "Bool": "bool",
    "Byte": "int32",
    "Unsigned16": "int32",
    "Unsigned32": "int32",
    "Integer32": "int32",
    "Integer64": "int32",
    "Float": "float",
    "Rectangle": "rectangle",
    "Size": "int32",
    "Point": "int32",
}
_NUMBERS = {"Rectangle": 4, "Size": 2, "Point": 2}
_MOST_NUMBERS = 64  # an array of any length says 2**64 - 1


@dataclass(frozen=True, slots=True)
class Advertised:
    """One control.

    Attributes:
        type: As `ControlInfo.type`.
        size: How many numbers it has; None for a single value.
        minimum, maximum, default: One value, or ``size`` of them; a default may be None.
        is_list: Whether it takes a list of rectangles; Vizy sets one.
    """

    type: ControlType
    size: int | None
    minimum: Any
    maximum: Any
    default: Any
    is_list: bool = False


def read(picam2: Picamera2) -> dict[str, Advertised]:
    """Return the controls of a configured camera that can be described, by name."""
    found: dict[str, Advertised] = {}
    for name, limits in picam2.camera_controls.items():
        identity = picam2.camera_ctrl_info[name][0]
        control_type = _TYPES.get(identity.type.name)
        if control_type is None or None in limits[:2]:
            continue
        size, is_list = _NUMBERS.get(identity.type.name), bool(identity.isArray)
        if is_list and size is None:
            size = int(identity.size)
        if size is None:
            found[name] = Advertised(control_type, None, *limits)
        elif size <= _MOST_NUMBERS and control_type != "bool":
            low, high, default = (_numbers(limit, size) for limit in limits)
            found[name] = Advertised(control_type, size, low, high, default, is_list)
    return found


def _numbers(limit: Any, size: int) -> tuple[Any, ...] | None:
    """Return a limit for each number: some versions give one for all, others a list of lists."""
    if limit is None:
        return None
    if not isinstance(limit, list | tuple):
        return (limit,) * size
    flat = list(cast("Sequence[Any]", limit))
    if flat and isinstance(flat[0], list | tuple):
        flat = list(cast("Sequence[Any]", flat[0]))
    return tuple(flat[:size])


def has_picture_controls(advertised: Mapping[str, Advertised]) -> bool:
    """Tell whether the camera has an image processor with controls for the picture's look."""
    return "Brightness" in advertised
