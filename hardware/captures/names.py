"""What captures and their files are called: an id leads to names, a time to ids. No I/O."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

SUFFIXES = {"image/jpeg": ".jpg", "video/mp4": ".mp4"}
MEDIA_TYPES = {suffix: media_type for media_type, suffix in SUFFIXES.items()}
RAW_SUFFIX = ".dng"
PART_SUFFIX = ".part"

_ID = re.compile(r"\d{8}T\d{6}_\d{3}Z-[0-9a-f]{4}")
_STAMP = "%Y%m%dT%H%M%S"
_MILLISECOND = timedelta(milliseconds=1)


def capture_id(taken: datetime, suffix: str) -> str:
    """Return the id of a capture: sorts by time, fits a URL and a file name.

    Args:
        taken: When, with a time zone.
        suffix: Four hexadecimal digits that tell two of one millisecond apart.
    """
    utc = taken.astimezone(UTC)
    return f"{utc:{_STAMP}}_{utc.microsecond // 1000:03d}Z-{suffix}"


def first_id(since: datetime) -> str:
    """Return what sorts before the ids from a time on, and after those before it."""
    if since.microsecond % 1000:
        since += _MILLISECOND  # what was taken in a begun millisecond counts as before
    return capture_id(since, "")


def is_id(text: str) -> bool:
    """Tell whether a text is an id that `created` understands."""
    try:
        return _ID.fullmatch(text) is not None and bool(taken(text))
    except ValueError:
        return False


def taken(identity: str) -> datetime:
    """Return when a capture was taken, in UTC, from its id."""
    moment = datetime.strptime(identity[:15], _STAMP).replace(tzinfo=UTC)
    return moment + int(identity[16:19]) * _MILLISECOND


def created(identity: str) -> str:
    """Return when a capture was taken, RFC 3339 in UTC, from its id."""
    return f"{taken(identity):%Y-%m-%dT%H:%M:%S}.{identity[16:19]}Z"


class Files:
    """The paths of captures in one folder.

    Args:
        folder: Where they are.

    Attributes:
        folder: As given.
        thumbnails: The folder of small pictures.
        damaged: Where files go that cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.thumbnails = folder / "thumbnails"
        self.damaged = folder / "damaged"

    def main(self, identity: str, media_type: str) -> Path:
        """Return the file of a capture."""
        return self.folder / f"{identity}{SUFFIXES[media_type]}"

    def raw(self, identity: str) -> Path:
        """Return the DNG beside a still."""
        return self.folder / f"{identity}{RAW_SUFFIX}"

    def thumbnail(self, identity: str) -> Path:
        """Return the small picture of a capture."""
        return self.thumbnails / f"{identity}.jpg"

    def part(self, identity: str, media_type: str, *, is_saved: bool = True) -> Path:
        """Return the hidden name of a file that is still being written.

        Args:
            identity: The capture's.
            media_type: Its type.
            is_saved: Whether the next start saves what there is of it; otherwise it is deleted.
        """
        suffix = PART_SUFFIX if is_saved else f".whole{PART_SUFFIX}"
        return self.folder / f".{identity}{SUFFIXES[media_type]}{suffix}"

    def identity_of_part(self, part: Path) -> str | None:
        """Return the id in the hidden name of a video, or None if it is another file."""
        identity = part.name.removeprefix(".").removesuffix(f"{SUFFIXES['video/mp4']}{PART_SUFFIX}")
        is_video = is_id(identity) and part == self.part(identity, "video/mp4")
        return identity if is_video else None
