# Made of vizy/sdk/aio/presets.py by tools/unasync.py: change that.
"""Presets: control values under a name, to be recalled."""

from collections.abc import Mapping

from vizy.controls import ControlValue
from vizy.messages import DeletePreset, GetState, RecallPreset, SavePreset
from vizy.sdk.link import Link
from vizy.sdk.sync.base import Named, Runner
from vizy.sdk.tables import Row, text_of


class Presets(Named[dict[str, ControlValue]]):
    """The values of each preset, by its name; `Vizy.camera.presets`."""

    def __init__(self, link: Link, runner: Runner) -> None:
        self._link = link
        self._runner = runner

    def read(self) -> dict[str, dict[str, ControlValue]]:
        """Return the presets, by name."""
        state = self._runner.wait(self._link.call(GetState()))
        return {preset.name: preset.values for preset in state.presets}

    def rows(self) -> list[Row]:
        """Return a table for people: name and values."""
        return [
            ("preset", "values"),
            *(
                (name, " ".join(f"{key}={text_of(value)}" for key, value in values.items()))
                for name, values in (self.read()).items()
            ),
        ]

    def save(self, name: str, values: Mapping[str, object] | None = None) -> None:
        """Save control values under a name, in place of a preset of that name.

        Args:
            name: 1 to 40 characters.
            values: By control; None takes those in force that a person sets.

        Raises:
            InvalidValueError: The name or a value was refused.
            BusyError: There are as many presets as there may be.
            DeviceError: The device is away or did not answer in time.
        """
        kept = None if values is None else dict(values)
        self._runner.wait(self._link.do(SavePreset(name, kept)))

    def recall(self, name: str) -> None:
        """Write a preset's values, all or nothing, without those that the camera does not take.

        Raises:
            NotFoundError: There is no preset of that name.
            InvalidValueError: The camera takes none of its values.
            BusyError: A job has a control for itself.
            DeviceError: The device is away or did not answer in time.
        """
        self._runner.wait(self._link.do(RecallPreset(name)))

    def delete(self, name: str) -> None:
        """Delete a preset.

        Raises:
            NotFoundError: There is no preset of that name.
            DeviceError: The device is away or did not answer in time.
        """
        self._runner.wait(self._link.do(DeletePreset(name)))
