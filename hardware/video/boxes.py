"""Boxes of an MP4 file: where each begins and ends, by its own words. Pure reading.

Source: ISO/IEC 14496-12, 4.2. A box whose size cannot be, for example in zeros that a power cut
left, ends the listing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_HEAD = 8
_LONG_HEAD = 16


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its four letters, where it begins, where its content does, and where it ends."""

    kind: bytes
    start: int
    content: int
    end: int


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two places; only those that end there too."""
    while start + _HEAD <= end:
        file.seek(start)
        head = file.read(_LONG_HEAD)
        size, kind, content = int.from_bytes(head[:4]), head[4:8], start + _HEAD
        if size == 1:
            size, content = int.from_bytes(head[8:16]), start + _LONG_HEAD
        if size < content - start or start + size > end:
            return
        yield Box(kind, start, content, start + size)
        start += size


def is_filled(file: BinaryIO, box: Box) -> bool:
    """Tell whether a box consists of whole boxes to its end."""
    last = box.content
    for inner in boxes(file, box.content, box.end):
        last = inner.end
    return last == box.end and last > box.content
