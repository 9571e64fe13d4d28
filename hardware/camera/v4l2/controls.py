"""`Controls`: reading and writing the controls of an open webcam; on the camera's owner thread.

A value that an automatic owns at the moment is taken and not sent: drivers refuse it, each with an
error of its own. A value that the camera refuses all the same costs neither the others nor the
camera: it is in the log, and what is read back afterwards is the value in force.
"""

import ctypes
import errno
import logging
from collections.abc import Mapping
from pathlib import Path

from hardware.camera.v4l2 import abi
from hardware.camera.v4l2.describe import Control, describe
from hardware.camera.v4l2.device import Device, failure
from vizy.controls import ControlInfo, ControlValue, scalar

_logger = logging.getLogger(__name__)
_GONE = (errno.ENODEV, errno.ENXIO)
_TAKEN_WITH = ("ExposureTime", "ColourTemperature")


class Controls:
    """The controls of one camera.

    Raises:
        CameraError: The camera failed while it was asked for them.
    """

    def __init__(self, device: Device, path: Path) -> None:
        self._device = device
        self._path = path
        self._controls = {control.info.name: control for control in describe(device, path)}
        self._last = {name: control.info.default for name, control in self._controls.items()}

    @property
    def infos(self) -> tuple[ControlInfo, ...]:
        """What the camera reports, in the page's order."""
        return tuple(control.info for control in self._controls.values())

    def read(self) -> dict[str, ControlValue]:
        """Ask for the values in force.

        Raises:
            CameraError: The camera is gone. A control that cannot be read keeps its last value.
        """
        for name, control in self._controls.items():
            item = abi.ExtendedControl(id=control.id)
            try:
                _exchange(self._device, abi.G_EXT_CTRLS, item)
            except OSError as error:
                if error.errno in _GONE:
                    raise failure(self._path, f"reading {name}", error) from error
                continue
            self._last[name] = _within(control, item.value)
        return dict(self._last)

    def set_by_hand(self) -> dict[str, ControlValue]:
        """Return what a picture was taken with, as far as no automatic chose it.

        What an automatic chose is left out: many cameras go on telling what was set before.

        Raises:
            CameraError: The camera is gone.
        """
        values = self.read()
        return {
            name: values[name]
            for name in _TAKEN_WITH
            if name in values
            and (needs := self._controls[name].info.needs) is not None
            and values[needs[0]] == needs[1]
        }

    def write(self, values: Mapping[str, ControlValue]) -> None:
        """Write values, those first that others depend on.

        Raises:
            CameraError: The camera is gone.
        """
        before = self.read()
        wished = before | dict(values)
        owners = {info.needs[0] for info in self.infos if info.needs is not None}
        for name in sorted(values, key=lambda name: name not in owners):
            needs = self._controls[name].info.needs
            has_effect = needs is None or wished[needs[0]] == needs[1]
            is_new = values[name] != before[name] or (needs is not None and needs[0] in values)
            if has_effect and is_new:
                self._send(name, values[name])

    def _send(self, name: str, value: ControlValue) -> None:
        control = self._controls[name]
        item = abi.ExtendedControl(id=control.id, value=control.raw(scalar(value)))
        try:
            _exchange(self._device, abi.S_EXT_CTRLS, item)
        except OSError as error:
            if error.errno in _GONE:
                raise failure(self._path, f"writing {name}", error) from error
            reason = error.strerror or str(error)
            _logger.warning("the camera refuses %s=%s (%s): it stays as it is", name, value, reason)


def _exchange(device: Device, request: int, item: abi.ExtendedControl) -> None:
    call = abi.ExtendedControls(
        which=abi.CTRL_WHICH_CUR_VAL, count=1, controls=ctypes.addressof(item)
    )
    device.ioctl(request, call)


def _within(control: Control, raw: int) -> ControlValue:
    """Return a value that the control itself would take; some cameras say what they do not take."""
    info, value = control.info, control.scale.value(raw)
    if info.choices and value not in {choice.value for choice in info.choices}:
        return info.default
    if info.minimum is None or info.maximum is None:
        return value
    low, high = scalar(info.minimum), scalar(info.maximum)
    return type(value)(min(max(value, low), high))
