"""`CaptureLibrary`: the captures on disk, newest first. The folder is the truth.

`open` reads the folder once at the start of the daemon, before anybody else knows of it; then the
daemon's loop is the only user. It announces nothing: a capture is added once its file is durable.
"""

import bisect
import logging
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import simplejpeg

from vizy.errors import NotFoundError
from vizy.files import make_folder, remove_leftovers
from vizy.messages import CaptureFile, CapturePage
from vizy.state import Capture, Size

_logger = logging.getLogger(__name__)
_ID = re.compile(r"\d{8}T\d{6}_\d{3}Z-[0-9a-f]{4}")
_STAMP = "%Y%m%dT%H%M%S"
_HEAD_BYTES = 65_536 + 4096  # the EXIF block may be one marker long; the frame header follows it
_EOI = b"\xff\xd9"
SUFFIX = ".jpg"


def capture_id(taken: datetime, suffix: str) -> str:
    """Return the id of a capture: sorts by time, fits a URL and a file name.

    Args:
        taken: When, with a time zone.
        suffix: Four hexadecimal digits that tell two of one millisecond apart.
    """
    utc = taken.astimezone(UTC)
    return f"{utc:{_STAMP}}_{utc.microsecond // 1000:03d}Z-{suffix}"


def _draw() -> str:
    return secrets.token_hex(2)


def created(identity: str) -> str:
    """Return when a capture was taken, RFC 3339 in UTC, from its id."""
    taken = datetime.strptime(identity[:15], _STAMP).replace(tzinfo=UTC)
    return f"{taken:%Y-%m-%dT%H:%M:%S}.{identity[16:19]}Z"


class CaptureLibrary:
    """The captures of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ids: list[str] = []  # ascending
        self._captures: dict[str, Capture] = {}

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder

    def __len__(self) -> int:
        return len(self._ids)

    def open(self) -> None:
        """Make the folder, clear what a kill left half written and read what is there.

        A file with a capture's name that is no whole JPEG is moved to ``damaged/``.

        Raises:
            StorageError: The folder cannot be made, read or written.
        """
        make_folder(self._folder)
        if leftovers := remove_leftovers(self._folder):
            _logger.warning("removed %d captures that were never finished", leftovers)
        for file in sorted(self._folder.glob(f"*{SUFFIX}")):
            if not _ID.fullmatch(file.stem):
                continue
            capture = _read(file)
            if capture is None:
                self._set_aside(file)
            else:
                self.add(capture)

    def path(self, identity: str) -> Path:
        """Return the file of a capture that exists or is about to."""
        return self._folder / f"{identity}{SUFFIX}"

    def new_id(self, taken: datetime, draw: Callable[[], str] = _draw) -> str:
        """Return an id that no capture has: stills of one frame of a clip share their time."""
        while (identity := capture_id(taken, draw())) in self._captures:
            pass
        return identity

    def add(self, capture: Capture) -> None:
        """Take up a capture whose file is durable."""
        self._captures[capture.id] = capture
        bisect.insort(self._ids, capture.id)

    def get(self, identity: str) -> CaptureFile:
        """Return a capture and its file.

        Raises:
            NotFoundError: There is none of that id; nothing but known ids leads to a file.
        """
        capture = self._captures.get(identity)
        if capture is None:
            raise NotFoundError(f"there is no capture {identity[:80]!r}: list them to see the ids")
        return CaptureFile(capture, str(self.path(identity)))

    def page(self, limit: int, before: str | None) -> CapturePage:
        """Return up to ``limit`` captures, newest first, older than the id ``before``."""
        end = len(self._ids) if before is None else bisect.bisect_left(self._ids, before)
        start = max(0, end - limit)
        ids = self._ids[start:end][::-1]
        following = ids[-1] if start > 0 and ids else None
        return CapturePage(tuple(self._captures[each] for each in ids), len(self._ids), following)

    def latest(self, count: int) -> tuple[Capture, ...]:
        """Return the newest captures, newest first."""
        return self.page(count, None).items

    def _set_aside(self, file: Path) -> None:
        damaged = self._folder / "damaged"
        try:
            make_folder(damaged)
            file.replace(damaged / file.name)
        except OSError as error:
            _logger.warning("%s is no whole JPEG and stays where it is: %s", file, error)
        else:
            _logger.warning("%s is no whole JPEG: moved to %s", file.name, damaged)


def _read(file: Path) -> Capture | None:
    """Describe a capture's file, or None if it is not whole."""
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD_BYTES)
            size = opened.seek(0, 2)
            opened.seek(max(0, size - len(_EOI)))
            if opened.read() != _EOI:
                return None
        height, width, _, _ = simplejpeg.decode_jpeg_header(head, strict=False)
        return Capture(
            id=file.stem, created=created(file.stem), bytes=size, size=Size(width, height)
        )
    except (OSError, ValueError) as error:
        _logger.warning("%s cannot be read: %s", file.name, error)
        return None
