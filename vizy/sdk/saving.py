"""Writing what a link reads to files: whole or not at all, gone on with after a cut.

Coroutines on the link's loop; each write of a piece is short.
"""

import contextlib
import zipfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from vizy.errors import ProtocolError, StorageError, VizyError
from vizy.sdk.link import Link, Part
from vizy.state import Capture

Progress = Callable[[int, int], None]
"""Told how many bytes of how many are there."""

_SUFFIXES = {"image/jpeg": ".jpg", "video/mp4": ".mp4"}
_ENDINGS = {"raw": ".dng", "thumbnail": ".thumbnail.jpg"}


def filename(info: Capture, part: Part = "file") -> str:
    """Return the name of a capture's file."""
    return f"{info.id}{_ENDINGS.get(part) or _SUFFIXES.get(info.media_type, '')}"


def target_of(path: str | Path, info: Capture, part: Part) -> Path:
    """Return the file that is meant: in a folder, the one of the capture's name."""
    target = Path(path)
    return target / filename(info, part) if target.is_dir() else target


def size_of(info: Capture, part: Part = "file") -> int:
    """Return the size of a capture's file in bytes; 0 when it is not known before."""
    return {"file": info.bytes, "raw": info.raw_bytes}.get(part, 0)


async def read_all(link: Link, capture_id: str, part: Part) -> bytes:
    """Return the whole of a part."""
    async with contextlib.aclosing(link.read(capture_id, part)) as pieces:
        return b"".join([piece async for piece in pieces])


async def save(
    link: Link, info: Capture, part: Part, target: Path, progress: Progress | None
) -> None:
    """Write a part to a file; what is there of it already is not read again.

    Raises:
        StorageError: It cannot be written.
        ProtocolError: It has not the size that was told.
    """
    total = size_of(info, part)
    partial = target.with_name(f"{target.name}.part")
    with _writing(target):
        done = _resumed(partial, total)
        with partial.open("r+b" if done else "wb") as file:
            file.seek(done)
            if not total or done < total:
                async with contextlib.aclosing(link.read(info.id, part, done)) as pieces:
                    async for piece in pieces:
                        file.write(piece)
                        done += len(piece)
                        if progress is not None:
                            progress(done, total)
        if total and done != total:
            partial.unlink()
            raise ProtocolError(f"{info.id} came with {done} bytes, not {total}: try again")
        partial.replace(target)


async def save_zip(
    link: Link, infos: Sequence[Capture], target: Path, progress: Progress | None
) -> None:
    """Write the files of captures, and their raw data, to a zip file.

    Raises:
        StorageError: It cannot be written.
    """
    parts: list[tuple[Capture, Part]] = []
    for info in infos:
        parts.append((info, "file"))
        if info.raw_bytes:
            parts.append((info, "raw"))
    total = sum(size_of(info, part) for info, part in parts)
    done = 0
    partial = target.with_name(f"{target.name}.part")
    try:
        with _writing(target), zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
            for info, part in parts:
                with archive.open(filename(info, part), "w", force_zip64=True) as file:
                    async with contextlib.aclosing(link.read(info.id, part)) as pieces:
                        async for piece in pieces:
                            file.write(piece)
                            done += len(piece)
                            if progress is not None:
                                progress(done, total)
        with _writing(target):
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _resumed(partial: Path, total: int) -> int:
    """Return how much of a file is there already."""
    if not total or not partial.exists():
        return 0
    there = partial.stat().st_size
    return there if there <= total else 0


@contextlib.contextmanager
def _writing(target: Path) -> Generator[None, None, None]:
    """Tell what the disk refuses as our error.

    Raises:
        StorageError: It refused.
    """
    try:
        yield
    except VizyError:
        raise
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}") from error
