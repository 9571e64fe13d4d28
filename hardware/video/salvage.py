"""`salvage`: what a kill or a power cut left of a video, made playable.

Called at the start of the daemon, and after a disk refused, on a thread that may wait. Knows boxes
only and decodes nothing: it is quick on any length.
"""

import os
from pathlib import Path
from typing import BinaryIO

from hardware.video.boxes import Box, boxes, is_filled
from vizy.files import storage_error


def salvage(part: Path) -> bool:
    """Cut an unfinished MP4 behind its last whole fragment; a finished one stays as it is.

    Returns:
        Whether it can be played now; if not, it is unchanged.

    Raises:
        StorageError: The file cannot be read or cut.
    """
    try:
        with part.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            whole = _whole_bytes(file, size)
            if 0 < whole < size:
                file.truncate(whole)
            os.fsync(file.fileno())
    except OSError as error:
        raise storage_error(part, error) from error
    return whole > 0


def _whole_bytes(file: BinaryIO, size: int) -> int:
    """Return how much from the start can be played; 0: nothing."""
    found = list(boxes(file, 0, size))
    if not found or found[0].kind != b"ftyp":
        return 0
    kinds = [box.kind for box in found]
    if b"moov" not in kinds or not is_filled(file, found[kinds.index(b"moov")]):
        return 0
    index = kinds.index(b"moov")
    if b"mdat" in kinds[:index]:  # finished: the index is behind the pictures
        return found[index].end
    return _end_of_fragments(file, found[index + 1 :])


def _end_of_fragments(file: BinaryIO, behind: list[Box]) -> int:
    """Return where the last pair of ``moof`` and ``mdat`` ends; 0: there is none."""
    end = 0
    for head, data in zip(behind[::2], behind[1::2], strict=False):
        if (head.kind, data.kind) != (b"moof", b"mdat") or not is_filled(file, head):
            break
        end = data.end
    return end
