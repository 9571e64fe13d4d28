"""What a person steers on the page: the camera's controls, and the lamp as one more of them."""

from collections.abc import Mapping
from typing import Any

from vizy.controls import ControlInfo, ControlValue
from vizy.device import DeviceMirror
from vizy.state import DeviceState

LAMP = ControlInfo(
    name="Illuminator",
    type="float",
    default=0.0,
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    group="light",
)


def steered(
    state: DeviceState | None,
) -> tuple[tuple[ControlInfo, ...], dict[str, ControlValue]]:
    """Return what can be steered, and how it is set; the lamp only where one is wired."""
    if state is None:
        return (), {}
    lamp = state.pins.illuminator
    if lamp.status != "ready" or lamp.value is None or not state.camera.controls:
        return state.camera.controls, dict(state.controls)
    return (*state.camera.controls, LAMP), {**state.controls, LAMP.name: lamp.value}


async def steer(device: DeviceMirror, values: Mapping[str, Any]) -> None:
    """Set what a person has moved: the controls all or nothing, and the lamp.

    Raises:
        InvalidValueError: A value was refused; nothing was written.
        BusyError: A job has a control for itself.
        DeviceError: The daemon is away, or the device failed or did not answer in time.
    """
    controls = {name: value for name, value in values.items() if name != LAMP.name}
    level = LAMP.check(values[LAMP.name]) if LAMP.name in values else None
    if controls:
        await device.set_controls(controls)
    if isinstance(level, float):
        await device.set_illuminator(level)
