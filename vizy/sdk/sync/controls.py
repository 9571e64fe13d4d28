# Made of vizy/sdk/aio/controls.py by tools/unasync.py: change that.
"""The controls of the camera: what each is now, may be, and how to write it."""

from collections.abc import Mapping

from vizy.controls import ControlInfo, ControlValue
from vizy.errors import UnknownControlError
from vizy.messages import GetState, SetControls
from vizy.sdk.link import Link
from vizy.sdk.looking import infos_of
from vizy.sdk.sync.base import Runner, Settable
from vizy.sdk.tables import Row, controls_rows
from vizy.state import DeviceState


class Controls(Settable[ControlValue]):
    """All controls, by libcamera's names; `Vizy.camera.controls`."""

    def __init__(self, link: Link, runner: Runner) -> None:
        self._link = link
        self._runner = runner

    def read(self) -> dict[str, ControlValue]:
        """Return every control's value as it is in force."""
        return (self._state()).controls

    @property
    def info(self) -> dict[str, ControlInfo]:
        """By name: type, least and greatest value, default, unit and choices."""
        return self._runner.wait(infos_of(self._link))

    def set(
        self, values: Mapping[str, object] | None = None, /, **more: object
    ) -> dict[str, ControlValue]:
        """Write controls, all or nothing: ``set(Brightness=0.2, Contrast=1.1)``.

        Args:
            values: By name, for names that are made as the program runs.
            more: By name.

        Returns:
            Every control's value once the device has taken these.

        Raises:
            UnknownControlError: The camera has none of that name; nothing was written.
            InvalidValueError: A value was refused, with its limit; nothing was written.
            DeviceError: The device is away or did not answer in time.
        """
        call = SetControls({**(values or {}), **more})
        return (self._runner.wait(self._link.call(call))).controls

    def reset(self, *names: str) -> dict[str, ControlValue]:
        """Set controls to what they are after a start; without names, all of them.

        Returns:
            Every control's value once the device has taken these.

        Raises:
            UnknownControlError: The camera has none of that name; nothing was written.
            DeviceError: The device is away or did not answer in time.
        """
        state = self._state()
        defaults = {info.name: info.default for info in state.camera.controls}
        for name in names:
            if name not in defaults:
                known = ", ".join(sorted(defaults))
                raise UnknownControlError(
                    f"{name:.80} is not a control of this camera: it has {known}"
                )
        return self.set({name: defaults[name] for name in names or defaults})

    def _state(self) -> DeviceState:
        return self._runner.wait(self._link.call(GetState()))

    def rows(self) -> list[Row]:
        """Return a table for people: name, value, least, greatest, default and unit."""
        return controls_rows(self._state())
