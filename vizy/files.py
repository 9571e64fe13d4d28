"""Files that are whole or not there: written aside, made durable, then given their name.

Called by whoever keeps something on disk, on any thread but an event loop's: each call may wait for
the disk. It never leaves a half file under a final name and never leaves its temporary file behind
unless the power goes; `remove_leftovers` clears what a power cut left.
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from vizy.errors import DiskFullError, StorageError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_BROKEN = frozenset({errno.EIO, errno.EROFS})
_SUFFIX = ".part"


def write_durably(
    path: Path,
    data: bytes | bytearray | memoryview,
    *,
    replace: bool = False,
    mode: int = 0o640,
    fsync: Callable[[int], None] = os.fsync,
) -> None:
    """Write a file that is whole and on the disk once this returns.

    The bytes go to a hidden temporary name in the same folder, are fsynced and renamed, and the
    folder is fsynced. One process writes a folder at a time, so the check for an existing file and
    the rename need not be one step.

    Args:
        path: The final name; its folder exists.
        data: The whole content.
        replace: Take the place of an existing file instead of refusing.
        mode: Permission bits of the new file, before the umask.
        fsync: Makes a file descriptor durable; tests inject a disk that fails.

    Raises:
        DiskFullError: No space, or the quota is used up. Nothing new is left behind.
        StorageError: The file exists already, or the disk refused. Nothing new is left behind.
    """
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}{_SUFFIX}"
    named: Path | None = None
    try:
        if not replace and path.exists():
            raise FileExistsError(errno.EEXIST, "it exists already and is not overwritten")
        _write(temporary, data, mode, fsync)
        temporary.replace(path)
        named = None if replace else path
        sync_folder(path.parent, fsync)
    except OSError as error:
        _remove(temporary)
        if named is not None:
            _remove(named)
        raise storage_error(path, error) from error


def keep_durably(part: Path, path: Path, *, fsync: Callable[[int], None] = os.fsync) -> None:
    """Give a file that was written under a temporary name its final one, once it is on the disk.

    Args:
        part: The file, whole, in the same folder.
        path: The final name.
        fsync: Makes a file descriptor durable; tests inject a disk that fails.

    Raises:
        DiskFullError: No space, or the quota is used up. The file has its temporary name.
        StorageError: There is a file of the final name, or the disk refused. Likewise.
    """
    is_named = False
    try:
        if path.exists():
            raise FileExistsError(errno.EEXIST, "it exists already and is not overwritten")
        descriptor = os.open(part, os.O_RDWR | os.O_CLOEXEC)
        try:
            fsync(descriptor)
        finally:
            os.close(descriptor)
        part.replace(path)
        is_named = True
        sync_folder(path.parent, fsync)
    except OSError as error:
        if is_named:
            with contextlib.suppress(OSError):  # the error that led here is the one to report
                path.replace(part)
        raise storage_error(path, error) from error


def sync_folder(folder: Path, fsync: Callable[[int], None] = os.fsync) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: The disk refused.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_leftovers(folder: Path) -> int:
    """Delete temporary files that a power cut or a kill left in a folder.

    Returns:
        How many there were.

    Raises:
        StorageError: One cannot be deleted.
    """
    try:
        leftovers = list(folder.glob(f".*{_SUFFIX}"))
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)
    except OSError as error:
        raise storage_error(folder, error) from error
    return len(leftovers)


def make_folder(folder: Path, *, mode: int = 0o750) -> None:
    """Make a folder with its parents, and make sure that a file can be written in it.

    Raises:
        DiskFullError: There is no space even for an empty file.
        StorageError: It cannot be made or written; the text names the folder and the reason.
    """
    probe = folder / f".probe.{secrets.token_hex(4)}{_SUFFIX}"
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise storage_error(folder, error) from error


def _write(
    path: Path, data: bytes | bytearray | memoryview, mode: int, fsync: Callable[[int], None]
) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        left = memoryview(data).cast("B")
        while left:
            left = left[file.write(left) :]
        fsync(descriptor)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # the error that led here is the one to report
        path.unlink()


def storage_error(path: Path, error: OSError) -> StorageError:
    """Return what a failure of the disk means, and what to do where that is known."""
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        return DiskFullError(f"{path} cannot be written: {reason}: delete captures or add space")
    if error.errno in _BROKEN:
        return StorageError(f"{path} cannot be written: {reason}: the disk or card may be failing")
    return StorageError(f"{path} cannot be written: {reason}")
