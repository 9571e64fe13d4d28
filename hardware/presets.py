"""`Presets`: saves, recalls and deletes presets, and keeps them over restarts.

On the daemon's loop. A preset is on disk before the one who saved it is told so. Recalling one is a
write of controls like any other, all or nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from hardware.kept import KeptFile
from hardware.store import StateStore
from vizy.controls import ControlInfo, ControlValue, check_controls, chosen
from vizy.errors import BusyError, InvalidValueError, NotFoundError
from vizy.presets import MAX_PRESETS, Preset, check_name, fitting

_logger = logging.getLogger(__name__)

SetControlValues = Callable[[Mapping[str, object]], Awaitable[None]]


class Presets:
    """The presets of one camera.

    Args:
        file: Keeps them.
        store: Says which controls are in force; gets the section ``presets``.
        infos: Return the controls that the camera has.
        set_controls: Writes controls as a call from outside does.
    """

    def __init__(
        self,
        file: KeptFile[tuple[Preset, ...]],
        store: StateStore,
        infos: Callable[[], Sequence[ControlInfo]],
        set_controls: SetControlValues,
    ) -> None:
        self._file = file
        self._store = store
        self._infos = infos
        self._set_controls = set_controls
        self._presets: dict[str, Preset] = {}
        self._changing = asyncio.Lock()

    async def open(self) -> None:
        """Read what is kept; a file that cannot be understood is kept aside with a warning."""
        kept = await asyncio.to_thread(self._file.read) or ()
        self._presets = {preset.name: preset for preset in kept}
        self._publish()

    async def run(self) -> None:
        """Keep the file up to date until cancelled."""
        await self._file.run()

    async def save(self, name: str, values: Mapping[str, object] | None) -> None:
        """Save a preset, in place of one of the same name; return once it is on disk.

        Args:
            name: 1 to 40 characters.
            values: Control name to value; None takes those in force that a person sets.

        Raises:
            InvalidValueError: The name or a value cannot be taken.
            BusyError: There are as many presets as there may be.
            StorageError: It cannot be kept; the presets are as they were.
        """
        check_name(name)
        infos = self._infos()
        kept: dict[str, ControlValue] = (
            chosen(infos, self._store.state.controls)
            if values is None
            else check_controls(infos, values)
        )
        if not kept:
            raise InvalidValueError(f"preset {name!r} is empty: give it the value of a control")
        async with self._changing:
            if name not in self._presets and len(self._presets) >= MAX_PRESETS:
                raise BusyError(f"there are {MAX_PRESETS} presets, the most: delete one")
            await self._keep(self._presets | {name: Preset(name, kept)})

    async def recall(self, name: str) -> None:
        """Write a preset's values; return once the camera has taken them.

        What the camera does not take, because it is another one by now, is left out and logged.

        Raises:
            NotFoundError: There is no preset of that name.
            InvalidValueError: The camera takes none of its values.
            BusyError: A job has a control for itself.
            DeviceError: The camera is away, failed, or did not answer in time.
        """
        taken, refused = fitting(self._infos(), self._get(name).values)
        for reason in refused.values():
            _logger.warning("preset %r is recalled without a value: %s", name, reason)
        if not taken:
            raise InvalidValueError(f"this camera takes no value of preset {name!r}: delete it")
        await self._set_controls(taken)

    async def delete(self, name: str) -> None:
        """Delete a preset.

        Raises:
            NotFoundError: There is no preset of that name.
            StorageError: The disk refused; the presets are as they were.
        """
        async with self._changing:
            self._get(name)
            await self._keep({key: each for key, each in self._presets.items() if key != name})

    async def clear(self) -> None:
        """Delete all presets.

        Raises:
            StorageError: The disk refused; the presets are as they were.
        """
        async with self._changing:
            await self._keep({})

    def _get(self, name: str) -> Preset:
        if name not in self._presets:
            known = ", ".join(map(repr, self._presets)) or "none"
            raise NotFoundError(f"there is no preset {name[:80]!r}: there are {known}")
        return self._presets[name]

    async def _keep(self, presets: dict[str, Preset]) -> None:
        self._file.note(_in_order(presets))
        try:
            await self._file.write()
        except BaseException:
            self._file.note(_in_order(self._presets))
            raise
        self._presets = presets
        self._publish()

    def _publish(self) -> None:
        self._store.update(presets=_in_order(self._presets))


def _in_order(presets: Mapping[str, Preset]) -> tuple[Preset, ...]:
    return tuple(sorted(presets.values(), key=lambda each: (each.name.casefold(), each.name)))
