"""`Ledger`: keeps the catalog's rows usable whatever becomes of their file.

On the catalog's thread, which is the only one that calls it. The folder is the truth, so nothing
that happens to ``catalog.db`` may cost a capture:

- damaged: it is kept aside as ``catalog.db.damaged`` and made anew from the folder;
- it cannot be written (a full disk, an I/O error): the rows go on in memory, and back to the disk
  at the first write that succeeds again;
- the folder itself was exchanged while we run: its catalog is opened anew.
"""

import contextlib
import logging
import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hardware.captures.folder import Folder
from hardware.captures.rows import Rows
from hardware.captures.schema import Connect, connect
from vizy.errors import StorageError

NAME = "catalog.db"

_logger = logging.getLogger(__name__)
_DAMAGES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
_SIDES = ("", "-wal", "-shm", "-journal")

T = TypeVar("T")


def open_connection(name: str) -> sqlite3.Connection:
    """Open a SQLite file; transactions are ours to begin."""
    return sqlite3.connect(name, isolation_level=None, timeout=1.0)


class Ledger:
    """The rows of one folder, on disk or, while that refuses, in memory.

    Args:
        folder: The captures' folder.
        opened: Opens a connection; tests inject a disk that fails.

    Attributes:
        renewals: How often the rows were made to agree with the folder.
    """

    def __init__(self, folder: Folder, opened: Connect = open_connection) -> None:
        self._folder = folder
        self._path = folder.files.folder / NAME
        self._connect = opened
        self.renewals = 0
        self._rows: Rows | None = None
        self._place: tuple[int, int] | None = None  # of the file; None: in memory

    def open(self) -> None:
        """Open the catalog or make it, and make it agree with the folder."""
        self._rows = self._on_disk() or connect(None, self._connect)
        self.renewals += 1
        try:
            self._folder.reconcile(self._rows)
        except sqlite3.Error as error:
            _logger.warning("%s cannot be brought up to date: %s", self._path, error)
            self._start_in_memory()

    def close(self) -> None:
        """Close the file."""
        rows, self._rows = self._rows, None
        if rows is not None:
            rows.close()

    def read(self, job: Callable[[Rows], T]) -> T:
        """Ask the rows something.

        Raises:
            StorageError: The folder is not there.
        """
        self._check_place()
        return self._mended(lambda: job(self._opened()))

    def write(self, job: Callable[[Rows], T]) -> T:
        """Change rows, all that the job does or nothing; durable once this returns.

        If the disk refuses, the change is made in memory: the next start learns of it from the
        folder as far as that shows it.

        Raises:
            StorageError: The folder is not there.
        """
        self._check_place()
        if self._place is None:
            self._return_to_disk()

        def commit() -> T:
            rows = self._opened()
            with rows.writing():
                return job(rows)

        return self._mended(commit)

    def _mended(self, job: Callable[[], T]) -> T:
        """Do a job, again after mending what it failed on; a mistake in it is raised as it is."""
        try:
            return job()
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
            raise
        except sqlite3.Error as error:
            if self._place is None:
                raise StorageError(f"the catalog of {self._path.parent}: {error}") from error
            if _is_damage(error):
                self.close()
                self._set_aside(error)
                self.open()
            else:
                self._warn_of_memory(error)
                self._move_to_memory()
            return job()

    def _opened(self) -> Rows:
        assert self._rows is not None, "open the catalog first"
        return self._rows

    def _on_disk(self) -> Rows | None:
        """Open the file, a new one if it is damaged; None when the disk does not let it."""
        for is_new in (False, True):
            try:
                rows = connect(self._path, self._connect)
                self._place = _place_of(self._path)
            except sqlite3.Error as error:
                if is_new or not (_is_damage(error) or self._path.is_dir()):
                    self._warn_of_memory(error)
                    break
                self._set_aside(error)
            else:
                return rows
        self._place = None
        return None

    def _move_to_memory(self) -> None:
        """Go on in memory with what the file says."""
        memory = connect(None, self._connect)
        try:
            self._opened().connection.backup(memory.connection)
        except sqlite3.Error as error:
            _logger.warning("%s cannot be read either: %s", self._path, error)
            memory.close()
            self._start_in_memory()
            return
        self._exchange(memory)

    def _start_in_memory(self) -> None:
        """Go on in memory with what the folder says."""
        memory = connect(None, self._connect)
        self._folder.reconcile(memory)
        self.renewals += 1
        self._exchange(memory)

    def _exchange(self, memory: Rows) -> None:
        with contextlib.suppress(sqlite3.Error):
            self.close()
        self._rows = memory
        self._place = None

    def _return_to_disk(self) -> None:
        try:
            disk = connect(self._path, self._connect)
        except sqlite3.Error:
            return
        memory = self._opened()
        try:
            memory.connection.backup(disk.connection)
            self._place = _place_of(self._path)
        except (sqlite3.Error, OSError):
            disk.close()
            return
        self._rows = disk
        memory.close()
        _logger.warning("%s can be written again", self._path)

    def _check_place(self) -> None:
        """See whether the file that is open is still the one in the folder.

        Raises:
            StorageError: The folder is not there.
        """
        if self._place is not None and self._place == _place_of(self._path):
            return
        if not self._path.parent.is_dir():
            raise StorageError(f"{self._path.parent} is not there: check the disk it is on")
        if self._place is not None:
            _logger.warning("%s was exchanged or removed: it is opened anew", self._path)
            self.close()
            self.open()

    def _set_aside(self, error: sqlite3.Error) -> None:
        aside = self._path.with_name(f"{NAME}.damaged")
        try:
            try:
                self._path.replace(aside)
            except OSError:  # something is in the way that a file cannot take the place of
                aside = self._path.with_name(f"{aside.name}.{secrets.token_hex(4)}")
                self._path.replace(aside)
            for side in _SIDES[1:]:
                with contextlib.suppress(FileNotFoundError):
                    self._path.with_name(NAME + side).replace(aside.with_name(aside.name + side))
        except OSError as failure:
            _logger.warning("%s is damaged and cannot be set aside: %s", self._path, failure)
            return
        _logger.warning(
            "%s is damaged, kept as %s and made anew from the folder, without tags: %s",
            self._path,
            aside.name,
            error,
        )

    def _warn_of_memory(self, error: sqlite3.Error) -> None:
        _logger.warning(
            "%s cannot be used, so captures are listed from memory until it can: %s",
            self._path,
            error,
        )


def _is_damage(error: sqlite3.Error) -> bool:
    """Tell whether the file is not what it should be, rather than the disk."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF in _DAMAGES


def _place_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
