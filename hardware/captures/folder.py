"""`Folder`: the captures' files, and how the catalog's rows are made to agree with them.

On the catalog's thread. A file without a row is taken up (the power went between its rename and the
row's commit), a row without a file is dropped and named in the log. Only files that are new or of
another size are read. What carries a capture's name and is not whole goes to ``damaged/``.
"""

import contextlib
import logging
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from hardware.captures.facts import read_capture
from hardware.captures.names import MEDIA_TYPES, PART_SUFFIX, RAW_SUFFIX, Files, is_id
from hardware.captures.rows import OnDisk, Rows
from vizy.errors import StorageError
from vizy.files import keep_durably, make_folder, remove_leftovers, sync_folder
from vizy.state import Capture

Salvage = Callable[[Path], bool]

_logger = logging.getLogger(__name__)
_WRITABLE = 0o640
_READ_ONLY = 0o440
_NAMED = 10  # ids in a line of the log
_AT_ONCE = 500  # captures taken up in one transaction


class _Found(NamedTuple):
    """What the folder has of one capture."""

    media_type: str
    bytes: int
    is_protected: bool


class Folder:
    """The files of all captures.

    Args:
        folder: Where they are.
        fsync: Makes a file descriptor durable; tests inject a disk that fails.

    Attributes:
        files: Their paths.
    """

    def __init__(self, folder: Path, fsync: Callable[[int], None] = os.fsync) -> None:
        self.files = Files(folder)
        self._fsync = fsync

    def open(self, salvage: Salvage | None) -> None:
        """Make the folder, save what can be saved of unfinished videos, and clear the rest.

        Raises:
            StorageError: The folder cannot be made, read or written.
        """
        make_folder(self.files.folder)
        if salvage is not None:
            for part in sorted(self.files.folder.glob(f".*{PART_SUFFIX}")):
                identity = self.files.identity_of_part(part)
                if identity is not None:
                    self._salvage(part, identity, salvage)
        if leftovers := remove_leftovers(self.files.folder):
            _logger.warning("removed %d captures that were never finished", leftovers)

    def keep(self, part: Path, capture: Capture) -> int:
        """Give a finished file its final name, once it is durable; return its size.

        Raises:
            DiskFullError: No space.
            StorageError: The disk refused; the file has its temporary name.
        """
        path = self.files.main(capture.id, capture.media_type)
        keep_durably(part, path, fsync=self._fsync)
        return path.stat().st_size

    def protect(self, captures: Iterable[Capture], protected: bool) -> None:
        """Say it by the files, too: a protected one is read-only, which outlives the catalog."""
        for capture in captures:
            path = self.files.main(capture.id, capture.media_type)
            try:
                path.chmod(_READ_ONLY if protected else _WRITABLE)
            except OSError as error:
                _logger.warning("the mode of %s cannot be changed: %s", path.name, error)

    def remove(self, captures: Iterable[Capture]) -> tuple[list[Capture], StorageError | None]:
        """Delete files for good, durably; those that are gone already are no error.

        Returns:
            What was deleted, and why the rest was not.
        """
        path = self.files.folder
        removed: list[Capture] = []
        try:
            for capture in captures:
                for path in (
                    self.files.thumbnail(capture.id),
                    self.files.raw(capture.id),
                    self.files.main(capture.id, capture.media_type),
                ):
                    path.unlink(missing_ok=True)
                removed.append(capture)
            sync_folder(self.files.folder, self._fsync)
        except OSError as error:
            why = error.strerror or str(error)
            return removed, StorageError(f"{path} cannot be deleted: {why}")
        return removed, None

    def reconcile(self, rows: Rows) -> None:
        """Make the rows agree with the files.

        Raises:
            StorageError: The folder cannot be read.
            sqlite3.Error: The rows cannot be read or written.
        """
        known = rows.known()
        found, raws = self._scan(known)
        new = [
            identity
            for identity, file in found.items()
            if (row := known.get(identity)) is None
            or (file.media_type, file.bytes, raws.get(identity, 0)) != row[:3]
        ]
        damaged: set[str] = set()
        for start in range(0, len(new), _AT_ONCE):
            batch = new[start : start + _AT_ONCE]
            read = [self._read(each, found[each], raws.get(each, 0), damaged) for each in batch]
            with rows.writing():
                for capture in read:
                    if capture is not None:
                        rows.put(capture)
        self._drop(rows, known, known.keys() - (found.keys() - damaged))
        for identity in raws.keys() - found.keys():
            self._set_aside(self.files.raw(identity), "has no picture beside it")
        self._drop_thumbnails(found)
        taken_up = [each for each in new if each not in known and each not in damaged]
        if known and taken_up:
            _logger.warning("took up captures the catalog did not know: %s", _named(taken_up))

    def _scan(self, known: dict[str, OnDisk]) -> tuple[dict[str, _Found], dict[str, int]]:
        found: dict[str, _Found] = {}
        raws: dict[str, int] = {}
        try:
            with os.scandir(self.files.folder) as entries:
                for entry in entries:
                    identity, suffix = os.path.splitext(entry.name)  # noqa: PTH122 -- 10,000 times
                    if identity not in known and not is_id(identity):
                        continue
                    if not entry.is_file(follow_symlinks=False):
                        continue
                    status = entry.stat(follow_symlinks=False)
                    if suffix == RAW_SUFFIX:
                        raws[identity] = status.st_size
                    elif suffix in MEDIA_TYPES:
                        is_protected = not status.st_mode & stat.S_IWUSR
                        found[identity] = _Found(MEDIA_TYPES[suffix], status.st_size, is_protected)
        except OSError as error:
            folder = self.files.folder
            raise StorageError(f"{folder} cannot be read: {error.strerror or error}") from error
        return found, raws

    def _read(
        self, identity: str, file: _Found, raw_bytes: int, damaged: set[str]
    ) -> Capture | None:
        """Describe a capture, or return None; one that is not whole is set aside and noted."""
        path = self.files.main(identity, file.media_type)
        try:
            capture = read_capture(path)
        except OSError as error:
            _logger.warning("%s cannot be read and stays as it is: %s", path, error)
            return None
        if capture is None:
            damaged.add(identity)
            self._set_aside(path, "is no whole capture")
            return None
        return msgspec.structs.replace(capture, raw_bytes=raw_bytes, protected=file.is_protected)

    def _drop(self, rows: Rows, known: dict[str, OnDisk], gone: set[str]) -> None:
        if not gone:
            return
        with rows.writing():
            rows.forget(sorted(gone))
        if lost := sorted(identity for identity in gone if not known[identity].is_deleted):
            _logger.warning("dropped captures whose files are gone: %s", _named(lost))

    def _drop_thumbnails(self, found: dict[str, _Found]) -> None:
        """Delete small pictures of captures that are gone; they cost nothing but room."""
        for thumbnail in self.files.thumbnails.glob("*.jpg"):
            if thumbnail.stem not in found:
                with contextlib.suppress(OSError):
                    thumbnail.unlink()

    def _salvage(self, part: Path, identity: str, salvage: Salvage) -> None:
        try:
            is_playable = salvage(part)
            if is_playable:
                keep_durably(part, self.files.main(identity, "video/mp4"), fsync=self._fsync)
        except Exception:
            _logger.exception("%s cannot be saved", part.name)
            self._set_aside(part, "was never finished")
            return
        if is_playable:
            _logger.warning("saved the video %s, which was never finished", identity)

    def _set_aside(self, file: Path, why: str) -> None:
        damaged = self.files.damaged
        try:
            make_folder(damaged)
            file.replace(damaged / file.name.removeprefix("."))
        except (OSError, StorageError) as error:
            _logger.warning("%s %s and stays where it is: %s", file, why, error)
        else:
            _logger.warning("%s %s: moved to %s", file.name, why, damaged)


def _named(ids: list[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
