"""A folder of compressed files: each file is compressed once, and read from there ever after.

The folder mirrors the paths of the files that it holds, ``<folder>/<path of the file>/<key>.gz``,
so that what belongs to a file that is gone, or was replaced, can be found and removed. The key is
made of the package's name and version and the file's path, size and time; the file itself is not
read for it. Several processes may share a folder. `GzipCache.get` runs on the event loop and works
in threads; everything else blocks and is called in threads.
"""

import asyncio
import gzip
import hashlib
import logging
import os
import re
import shutil
import tempfile
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import IO

logger = logging.getLogger("dash_devices")

_CHUNK_BYTES = 1 << 18
_LEFT_OVER_AFTER_S = 3600.0  # a file that is written for longer than this, nobody writes any more
_ENTRY = re.compile(r"[0-9a-f]{32}\.gz")
_TEMPORARY = re.compile(r"[0-9a-f]{32}\.gz\..*\.tmp")


@dataclass(frozen=True)
class Source:
    """A file to serve, as it was when it was looked at. ``size`` is in bytes."""

    file: Path
    package: str
    version: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, file: Path, package: str = "", version: str = "") -> "Source":
        """Look at a file; blocks.

        Raises:
            FileNotFoundError: There is no such file.
        """
        file = file.absolute()
        status = file.stat()
        return cls(file, package, version, status.st_size, status.st_mtime_ns)

    @property
    def key(self) -> str:
        """32 hexadecimal digits that change when the file, or its package's version, does."""
        parts = (self.package, self.version, str(self.file), self.size, self.mtime_ns)
        return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]


def default_folder() -> Path | None:
    """Return where compressed files go unless told otherwise; None when there is no home.

    ``CACHE_DIRECTORY`` is what systemd sets for a unit with ``CacheDirectory=``.
    """
    if given := os.environ.get("CACHE_DIRECTORY", "").partition(":")[0]:
        return Path(given) / "dash_devices"
    if (given := os.environ.get("XDG_CACHE_HOME", "")) and Path(given).is_absolute():
        return Path(given) / "dash_devices"
    try:
        return Path.home() / ".cache" / "dash_devices"
    except RuntimeError:
        return None


class GzipCache:
    """Compressed files, made when they are first asked for.

    Where it cannot write, it says so once in the log, makes nothing more, and still finds what is
    already there: an image can bring a full folder and mount it read-only.

    Args:
        folder: Where; it is made when needed.

    Attributes:
        folder: Where; set it before the server starts. None: nowhere.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._under_way: dict[Path, Future[Path | None]] = {}
        self._is_refused = self._is_swept = False

    async def get(self, source: Source) -> Path | None:
        """Return the compressed file, or None if there is nowhere to keep it.

        However many ask at once, one thread compresses, and it goes on if who asked first leaves.

        Raises:
            OSError: The source cannot be read.
        """
        entry = self._entry(source)
        if entry is None or await asyncio.to_thread(_is_whole, entry, source):
            return entry
        future, is_mine = self._claim(entry)
        if is_mine:
            loop = asyncio.get_running_loop()
            await asyncio.shield(loop.run_in_executor(None, self._fulfil, future, source, entry))
        return await asyncio.shield(asyncio.wrap_future(future))

    def get_blocking(self, source: Source) -> Path | None:
        """As `get`, in the calling thread."""
        entry = self._entry(source)
        if entry is None or _is_whole(entry, source):
            return entry
        future, is_mine = self._claim(entry)
        if is_mine:
            self._fulfil(future, source, entry)
        return future.result()

    def sweep(self) -> None:
        """Remove what belongs to files that are gone, and what interrupted writers left; blocks."""
        if self.folder is None:
            return
        for found, _, names in os.walk(self.folder, topdown=False):
            place = Path(found)
            if place == self.folder:
                continue
            if not _is_gone(Path(place.anchor) / place.relative_to(self.folder)):
                _remove(place, [name for name in names if _is_left_over(place / name)])
                continue
            _remove(place, [name for name in names if _ENTRY.fullmatch(name)])
            try:
                place.rmdir()
            except OSError:
                continue  # something in it is not ours, or is still being written

    def _entry(self, source: Source) -> Path | None:
        if self.folder is None:
            self._refuse("there is no home folder to make one in")
            return None
        mirrored = source.file.relative_to(source.file.anchor)
        return self.folder / mirrored / f"{source.key}.gz"

    def _claim(self, entry: Path) -> tuple[Future[Path | None], bool]:
        with self._lock:
            future = self._under_way.get(entry)
            if future is not None:
                return future, False
            made: Future[Path | None] = Future()
            self._under_way[entry] = made
            return made, True

    def _fulfil(self, future: Future[Path | None], source: Source, entry: Path) -> None:
        try:
            # Who finished between the caller's look and its claim has done the work.
            made = entry if _is_whole(entry, source) else self._make(source, entry)
        except BaseException as error:  # noqa: BLE001 - raised in everybody who waits for it
            future.set_exception(error)
        else:
            future.set_result(made)
        finally:
            with self._lock:
                self._under_way.pop(entry)

    def _make(self, source: Source, entry: Path) -> Path | None:
        if self._is_refused:
            return None
        with source.file.open("rb") as plain:
            try:
                entry.parent.mkdir(parents=True, exist_ok=True)
                _write(plain, entry)
            except OSError as error:
                self._refuse(str(error))
                return None
        others = [p.name for p in entry.parent.iterdir() if p != entry]
        _remove(entry.parent, [name for name in others if _ENTRY.fullmatch(name)])
        with self._lock:
            is_first, self._is_swept = not self._is_swept, True
        if is_first:
            self.sweep()
        return entry

    def _refuse(self, why: str) -> None:
        with self._lock:
            if self._is_refused:
                return
            self._is_refused = True
        logger.warning(
            "cannot keep compressed files in %s (%s): scripts are served uncompressed, several "
            "times as large; make the folder writable, or set CACHE_DIRECTORY or XDG_CACHE_HOME "
            "to one that is, and start again",
            self.folder or "~/.cache/dash_devices",
            why,
        )


def _write(plain: IO[bytes], entry: Path) -> None:
    """Compress into an entry that is there whole or not at all, whatever happens meanwhile."""
    handle, name = tempfile.mkstemp(dir=entry.parent, prefix=f"{entry.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            with gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as packed:
                shutil.copyfileobj(plain, packed, _CHUNK_BYTES)
            file.flush()
            os.fchmod(file.fileno(), 0o644)  # who serves may be another user than who made it
            os.fsync(file.fileno())
        Path(name).replace(entry)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _is_whole(entry: Path, source: Source) -> bool:
    """Whether an entry is there and ends as it must: with the length of what it holds."""
    try:
        with entry.open("rb") as file:
            begins = file.read(3)
            file.seek(-4, os.SEEK_END)
            length = int.from_bytes(file.read(4), "little")
    except OSError:
        return False
    return begins == b"\x1f\x8b\x08" and length == source.size & 0xFFFFFFFF


def _is_gone(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # out of our sight is not gone
    return False


def _is_left_over(file: Path) -> bool:
    try:
        age_s = time.time() - file.stat().st_mtime
    except OSError:
        return False
    return bool(_TEMPORARY.fullmatch(file.name)) and age_s > _LEFT_OVER_AFTER_S


def _remove(folder: Path, names: list[str]) -> None:
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            logger.debug("cannot remove %s: %s", folder / name, error)
