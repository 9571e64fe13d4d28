"""What a capture's file says of itself: for captures that the catalog does not know.

Called on the catalog's thread. PyAV is imported only when there is a video to look at: it takes
tens of MB of memory.
"""

import logging
from pathlib import Path

import simplejpeg

from hardware.captures.comment import find_in_exif, origin_of
from hardware.captures.names import MEDIA_TYPES, created
from vizy.state import Capture, Size

_logger = logging.getLogger(__name__)
_HEAD_BYTES = 65_536 + 4096  # the EXIF block may be one marker long; the frame header follows it
_EOI = b"\xff\xd9"


def read_capture(file: Path) -> Capture | None:
    """Describe a capture by its file, or return None if that is not whole.

    Raises:
        OSError: The disk does not let it be read, which says nothing of the file.
    """
    try:
        if MEDIA_TYPES[file.suffix] == "image/jpeg":
            return _read_jpeg(file)
        return _read_mp4(file)
    except ValueError as error:
        _logger.warning("%s cannot be understood: %s", file.name, error)
        return None


def _read_jpeg(file: Path) -> Capture | None:
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
        size_bytes = opened.seek(0, 2)
        opened.seek(max(0, size_bytes - len(_EOI)))
        if opened.read() != _EOI:
            return None
    height, width, _, _ = simplejpeg.decode_jpeg_header(head, strict=False)
    origin = origin_of(find_in_exif(head), "still")
    return Capture(
        id=file.stem,
        created=created(file.stem),
        bytes=size_bytes,
        size=Size(width, height),
        kind=origin.kind,
        group=origin.group,
    )


def _read_mp4(file: Path) -> Capture | None:
    import av
    from av.error import FFmpegError

    size_bytes = file.stat().st_size
    try:
        with av.open(str(file)) as video:
            if not video.streams.video:
                return None
            stream = video.streams.video[0]
            origin = origin_of(video.metadata.get("comment", ""), "recording")
            size = Size(stream.width, stream.height)
            duration_s = round((video.duration or 0) / av.time_base, 3)
    except FFmpegError as error:
        raise ValueError(str(error)) from error
    return Capture(
        id=file.stem,
        created=created(file.stem),
        bytes=size_bytes,
        size=size,
        media_type="video/mp4",
        kind=origin.kind,
        group=origin.group,
        duration_s=duration_s,
    )
