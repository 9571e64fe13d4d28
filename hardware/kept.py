"""`KeptFile`: one value on disk, over restarts: controls, jobs.

`read` is called once at the start, `note` on the loop after each change. `run` keeps the file up to
date, at most once a second; nobody who notes waits for the disk. The file is replaced whole, so a
power cut leaves the value before or the one after.
"""

import asyncio
import logging
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from vizy.errors import StorageError
from vizy.files import write_durably

T = TypeVar("T")

_logger = logging.getLogger(__name__)
_PAUSE_S = 1.0
_PAUSE_AFTER_FAILURE_S = 10.0


class KeptFile(Generic[T]):
    """A JSON file that holds one value.

    Args:
        path: The file; its folder exists.
        shape: The value's type, for msgspec.
        what: What it holds, for texts: ``controls``.
        pause_s: The least time between two writes.
    """

    def __init__(self, path: Path, shape: type[T], what: str, *, pause_s: float = _PAUSE_S) -> None:
        self._path = path
        self._shape = shape
        self._what = what
        self._pause_s = pause_s
        self._value: T | None = None
        self._saved: T | None = None
        self._noted = asyncio.Event()
        self._writing: asyncio.Task[StorageError | None] | None = None

    def read(self) -> T | None:
        """Return the value, or None if there is none.

        A file that cannot be understood is kept aside with a warning.
        """
        try:
            self._saved = msgspec.json.decode(self._path.read_bytes(), type=self._shape)
        except FileNotFoundError:
            pass
        except OSError as error:
            _logger.warning("remembered %s cannot be read: %s", self._what, error)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            aside = self._path.with_name(f"{self._path.name}.damaged")
            self._path.replace(aside)
            _logger.warning("%s cannot be understood, kept as %s: %s", self._path, aside, error)
        return self._saved

    def note(self, value: T) -> None:
        """Remember a value; it is on disk soon, or once `write` or `save` has returned."""
        self._value = value
        if value != self._saved:
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
        try:
            await self.write()
        except StorageError as error:
            _logger.warning("%s are not remembered: %s", self._what, error)
            return False
        return True

    async def write(self) -> None:
        """Write the file if it is out of date.

        Raises:
            StorageError: The disk refused; the file is as it was.
        """
        # Its caller may be gone, and others may wait too: writes stay in order.
        while self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)
        if self._value is None or self._value == self._saved:
            return
        self._writing = asyncio.create_task(self._put(self._value), name=f"keep {self._what}")
        if (error := await asyncio.shield(self._writing)) is not None:
            raise error

    async def _put(self, value: T) -> StorageError | None:
        text = msgspec.json.format(msgspec.json.encode(value))
        try:
            await asyncio.to_thread(write_durably, self._path, text, replace=True)
        except StorageError as error:
            return error
        self._saved = value
        return None
