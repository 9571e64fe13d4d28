"""`RememberedControls`: the controls as they were set, over restarts.

`restore` is called when a camera was opened, `note` after each write, both on the loop. `run` keeps
the values on disk, at most once a second; it never makes a control write wait for the disk.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from vizy.controls import ControlInfo, ControlValue, check_controls
from vizy.errors import InvalidValueError, StorageError
from vizy.files import write_durably

_logger = logging.getLogger(__name__)
_PAUSE_S = 1.0
_PAUSE_AFTER_FAILURE_S = 10.0


class RememberedControls:
    """One JSON file of control names and values."""

    def __init__(self, path: Path, *, pause_s: float = _PAUSE_S) -> None:
        self._path = path
        self._pause_s = pause_s
        self._values: dict[str, ControlValue] | None = None
        self._saved: dict[str, ControlValue] | None = None
        self._noted = asyncio.Event()

    def restore(self, infos: Iterable[ControlInfo]) -> dict[str, ControlValue]:
        """Return the kept values that this camera takes; the others are left out and named.

        A file that cannot be understood is kept aside with a warning.
        """
        kept = self._read() if self._values is None else self._values
        controls = tuple(infos)
        found: dict[str, ControlValue] = {}
        for name, value in kept.items():
            try:
                found |= check_controls(controls, {name: value})
            except InvalidValueError as error:
                _logger.warning("a remembered control is left out: %s", error)
        if self._values is None:
            self._values = self._saved = found
        return found

    def note(self, infos: Iterable[ControlInfo], values: Mapping[str, ControlValue]) -> None:
        """Remember values in force, but not those an algorithm chose."""
        owned = {
            info.name
            for info in infos
            if info.needs is not None and values[info.needs[0]] is not info.needs[1]
        }
        self._values = {name: value for name, value in values.items() if name not in owned}
        if self._values != self._saved:
            self._noted.set()

    async def run(self) -> None:
        """Keep the file up to date until cancelled."""
        while True:
            await self._noted.wait()
            self._noted.clear()
            if await self.save():
                await asyncio.sleep(self._pause_s)
            else:
                await asyncio.sleep(_PAUSE_AFTER_FAILURE_S)
                self._noted.set()

    async def save(self) -> bool:
        """Write the file if it is out of date; tell whether it is up to date now."""
        values = self._values
        if values == self._saved:
            return True
        text = msgspec.json.format(msgspec.json.encode(values))
        try:
            await asyncio.to_thread(write_durably, self._path, text, replace=True)
        except StorageError as error:
            _logger.warning("controls are not remembered: %s", error)
            return False
        self._saved = values
        return True

    def _read(self) -> dict[str, object]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, object])
        except FileNotFoundError:
            return {}
        except OSError as error:
            _logger.warning("remembered controls cannot be read: %s", error)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            aside = self._path.with_name(f"{self._path.name}.damaged")
            self._path.replace(aside)
            _logger.warning("%s cannot be understood, kept as %s: %s", self._path, aside, error)
        return {}
