"""One daemon per state folder: a lock that the kernel drops with its holder, however that ends.

Taken once, before anything in the folder is touched.
"""

import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from vizy.errors import AlreadyRunningError, StorageError

_NAME_CHARS = 10  # always as many, so that the file need not be cut, which may free its block


class StateLock:
    """Holds ``daemon.lock`` in the state folder while it is entered; the file names the holder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            AlreadyRunningError: Another process holds it; the text names process and folder.
            StorageError: The file cannot be opened.
        """
        path = self._folder / "daemon.lock"
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise StorageError(f"{path} cannot be opened: {error.strerror or error}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            self._close()
            raise AlreadyRunningError(
                f"the state folder {self._folder} is held by process {holder or 'unknown'}: "
                "stop it first or use another --state-dir"
            ) from None
        with contextlib.suppress(OSError):  # a full disk: the lock holds without a name, too
            os.pwrite(self._descriptor, f"{os.getpid():<{_NAME_CHARS}}\n".encode(), 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1
