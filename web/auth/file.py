"""`AccountsFile`: the accounts on the disk, whole or as they were.

Used by the web process and by ``vizy password``, which may run at the same time: each change locks,
reads what is there, and writes. It blocks: on any thread but the loop's. A file that cannot be read
is an error and never taken for "no accounts yet", which would let the next visitor become owner.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Generator
from pathlib import Path

import msgspec

from vizy.errors import AccountsError
from vizy.files import make_folder, storage_error, write_durably
from web.auth.records import Records

FOLDER = "web"
NAME = "accounts.json"

Change = Callable[[Records], Records]
Stamp = tuple[int, int, int]
"""Tells one state of the file from another: inode, time of change, size."""


class AccountsFile:
    """``STATE_DIR/web/accounts.json``, for its owner's eyes only.

    Args:
        state_dir: Where Vizy keeps everything.
    """

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / FOLDER / NAME

    def read(self) -> Records | None:
        """Return what is kept; None when nothing was kept yet.

        Raises:
            AccountsError: It is damaged, or may not be read.
        """
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Records)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AccountsError(
                f"{self.path} cannot be read, so nobody can be let in: {error}: put it back from "
                "a backup, or move it away to begin anew with the first visit"
            ) from error

    def change(self, change: Change, known: Records) -> tuple[Records, "Stamp | None"]:
        """Change what is kept, and return it as it is then, on the disk, with its stamp.

        Args:
            change: Makes the new records of those that are there; what it raises changes nothing.
            known: What was last read, for a file that has gone since.

        Raises:
            AccountsError: The file is damaged.
            StorageError: The disk refused; the file is as it was.
        """
        make_folder(self.path.parent, mode=0o700)
        with self._locked():
            there = self.read() or known
            changed = change(there)
            if changed != there:
                data = msgspec.json.format(msgspec.json.encode(changed))
                write_durably(self.path, data, replace=True, mode=0o600)
            return changed, self.stamp()

    def stamp(self) -> Stamp | None:
        """Return what changes with the file; None when there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    @contextlib.contextmanager
    def _locked(self) -> Generator[None, None, None]:
        lock = self.path.with_suffix(".lock")
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise storage_error(lock, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
