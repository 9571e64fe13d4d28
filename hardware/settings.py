"""`SettingsFile`: keeps the settings file, and applies at once what can be.

On the daemon's loop; the file is read and written on another thread. A change is on disk before
the one who asked for it is told so. The file is replaced whole, keeps its comments, and is never
written when what it would say would be refused at the next start.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hardware.store import StateStore
from vizy import toml
from vizy.errors import InvalidValueError
from vizy.files import write_durably
from vizy.settings import Resolved, Settings, by_key, check_change, resolve
from vizy.settings.report import SettingsReport, SettingsState
from vizy.settings.schema import APPLIED_AT_ONCE

_logger = logging.getLogger(__name__)


class SettingsFile:
    """The settings of a running daemon.

    Args:
        settings: What the daemon was started with.
        environ: The environment that it was started with.
        store: Gets the section ``settings``.
        apply: Takes up what can be changed while the daemon runs.
    """

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        store: StateStore,
        apply: Callable[[Settings], None],
    ) -> None:
        self._in_force = by_key(settings)
        self._environ = environ
        self._store = store
        self._apply = apply
        self._changing = asyncio.Lock()

    async def get(self) -> SettingsReport:
        """Return what is in force and what a start would find now.

        Raises:
            SettingsError: Somebody wrote something into the file that is refused.
        """
        return self._report(await asyncio.to_thread(resolve, {}, self._environ))

    async def change(self, values: Mapping[str, object]) -> SettingsReport:
        """Change values in the file, all or none; return once it is on the disk.

        Args:
            values: Key to value; None goes back to the default.

        Raises:
            SettingsError: A key or value is refused, or they do not go together; nothing was done.
            InvalidValueError: An option or variable gives a key: the file would not be heard.
            StorageError: The disk refused; the file is as it was.
        """
        checked = {
            key: msgspec.to_builtins(check_change(key, value)) for key, value in values.items()
        }
        async with self._changing:
            found = await asyncio.to_thread(self._write, checked)
            self._take_up(found)
            state = self._store.state.settings
            report = self._report(found)
            self._store.update(
                settings=SettingsState(changes=state.changes + 1, waiting=_of_daemon(report))
            )
            return report

    async def reset(self) -> None:
        """Take everything out of the file that can be changed here.

        Raises:
            SettingsError: Somebody wrote something into the file that is refused.
            StorageError: The disk refused; the file is as it was.
        """
        await self.change(dict.fromkeys((await self.get()).in_file))

    def _write(self, values: Mapping[str, Any]) -> Resolved:
        before = resolve({}, self._environ)
        for key, value in values.items():
            if key in before.fixed and value is not None:
                raise InvalidValueError(
                    f"{key} is fixed by {before.fixed[key]}: leave that out to change it here"
                )
        text = toml.edit(before.text, values)
        after = resolve({}, self._environ, text=text)
        if text != before.text:
            write_durably(after.path, text.encode(), replace=True)
            _logger.info("settings changed: %s", ", ".join(values))
        return after

    def _take_up(self, found: Resolved) -> None:
        self._apply(found.settings)
        new = by_key(found.settings)
        self._in_force |= {key: new[key] for key in APPLIED_AT_ONCE}

    def _report(self, found: Resolved) -> SettingsReport:
        return SettingsReport(
            path=str(found.path),
            in_force=self._in_force,
            next=by_key(found.settings),
            in_file={key: value for key, value in found.in_file.items() if key in self._in_force},
            fixed={key: by for key, by in found.fixed.items() if key in self._in_force},
        )


def _of_daemon(report: SettingsReport) -> tuple[str, ...]:
    """Return what waits for a restart of the daemon: ``web`` is another process's."""
    return tuple(key for key in report.waiting if not key.startswith("web."))
