"""`RememberedControls`: the controls as they were set, over restarts.

`restore` is called when a camera was opened, `note` after each write, both on the loop. The file is
a `KeptFile`, so a control write never waits for the disk.
"""

import contextlib
import logging
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path

from hardware.kept import KeptFile
from vizy.controls import ControlInfo, ControlValue, chosen
from vizy.presets import fitting

_logger = logging.getLogger(__name__)
_PAUSE_S = 1.0


class RememberedControls:
    """One JSON file of control names and values."""

    def __init__(self, path: Path, *, pause_s: float = _PAUSE_S) -> None:
        self._file = KeptFile(path, dict[str, object], "controls", pause_s=pause_s)
        self._values: dict[str, ControlValue] | None = None
        self._held: frozenset[str] = frozenset()

    def restore(self, infos: Iterable[ControlInfo]) -> dict[str, ControlValue]:
        """Return the kept values that this camera takes; the others are left out and named.

        A file that cannot be understood is kept aside with a warning.
        """
        kept = (self._file.read() or {}) if self._values is None else self._values
        infos = list(infos)
        found, refused = fitting(infos, kept)
        if lacking := sorted(refused.keys() - {info.name for info in infos}):
            _logger.warning("this camera lacks remembered controls: %s", ", ".join(lacking))
        for name in sorted(refused.keys() - set(lacking)):
            _logger.warning("a remembered control is left out: %s", refused[name])
        if self._values is None:
            self._values = found
        return found

    def note(self, infos: Iterable[ControlInfo], values: Mapping[str, ControlValue]) -> None:
        """Remember values in force, but not those an algorithm chose, nor those that are held."""
        before = self._values or {}
        held = {name: before[name] for name in self._held & before.keys()}
        self._values = held | {
            name: value for name, value in chosen(infos, values).items() if name not in self._held
        }
        self._file.note(dict(self._values))

    @contextlib.contextmanager
    def hold(self, names: Iterable[str]) -> Generator[None]:
        """Keep some controls as they are remembered now, whatever is written meanwhile.

        A kill before the end finds them as they were; what is written after it counts again.
        """
        self._held = frozenset(names)
        try:
            yield
        finally:
            self._held = frozenset()

    async def run(self) -> None:
        """Keep the file up to date until cancelled."""
        await self._file.run()

    async def save(self) -> bool:
        """Write the file if it is out of date; tell whether it is up to date now."""
        return await self._file.save()
