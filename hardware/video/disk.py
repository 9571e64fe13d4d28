"""`PartFile`: the file under a video that is being written, for PyAV to write to.

Used on one thread, which may wait for the disk. It only ever grows until `finish`: what the muxer
changes further up (the head that turns a fragmented file into a plain one) is held back until all
the rest is on the disk, so that a power cut finds either the one or the other, and whole. After the
first error it takes no more, so that nothing is written behind a hole.
"""

import os
from collections.abc import Callable
from pathlib import Path

from vizy.errors import StorageError
from vizy.files import storage_error

_MODE = 0o640


class PartFile:
    """A new file.

    Args:
        path: Its hidden name.
        write: Writes to a file descriptor; tests inject a disk that fails.
        sync: Makes a file descriptor's data durable.

    Raises:
        StorageError: It cannot be made, or is there already.
    """

    def __init__(
        self,
        path: Path,
        *,
        write: Callable[[int, memoryview], int] = os.write,
        sync: Callable[[int], None] = os.fdatasync,
    ) -> None:
        self._path = path
        self._write = write
        self._sync = sync
        self._position = 0
        self._size = 0
        self._changes: list[tuple[int, bytes]] = []
        self._failure: StorageError | None = None
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._descriptor = os.open(path, flags, _MODE)
        except OSError as error:
            raise storage_error(path, error) from error

    def write(self, data: bytes) -> int:
        """Add bytes at the end, or keep a change of earlier ones for `finish`.

        Raises:
            StorageError: The disk refused.
        """
        if self._failure is not None:
            return len(data)
        if self._position < self._size:
            assert self._position + len(data) <= self._size, "a change goes over the end"
            self._changes.append((self._position, bytes(data)))
        else:
            self._append(data)
            self._size += len(data)
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; only what follows from `write` shows an effect."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        """Return the place."""
        return self._position

    def sync(self) -> None:
        """Make durable what is written.

        Raises:
            StorageError: The disk refused.
        """
        self._attempt(lambda: self._sync(self._descriptor))

    def finish(self) -> None:
        """Make everything durable, the changes last, and close.

        Raises:
            StorageError: The disk refused; what was durable before still is.
        """
        self.sync()
        for position, data in self._changes:
            self._attempt(lambda at=position, new=data: os.pwrite(self._descriptor, new, at))
        self.sync()
        self.close()

    def give_up(self) -> None:
        """Take no more: what is written stays, and what comes is forgotten."""
        self._failure = self._failure or StorageError(f"{self._path} was given up")

    def close(self) -> None:
        """Close; doing so twice is no error."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _append(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            written = self._attempt(lambda rest=left: self._write(self._descriptor, rest))
            left = left[written:]

    def _attempt(self, call: Callable[[], object]) -> int:
        if self._failure is not None:
            raise self._failure
        try:
            done = call()
        except OSError as error:
            self._failure = storage_error(self._path, error)
            raise self._failure from error
        return done if isinstance(done, int) else 0
