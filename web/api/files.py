"""Sends the file of a capture, whole or the range asked for. Runs on the web loop."""

from pathlib import Path

from quart import Response, request
from quart.wrappers.response import FileBody
from werkzeug.http import parse_range_header

from vizy.errors import NotFoundError, StorageError
from vizy.state import Capture

_CHUNK_BYTES = 256 * 1024
_MEDIA_TYPES = {".jpg": "image/jpeg", ".mp4": "video/mp4", ".dng": "image/x-adobe-dng"}


async def file_response(capture: Capture, path: str) -> Response:
    """Send a file; it never changes, so it may be kept for ever.

    Raises:
        NotFoundError: It is gone from the disk.
        StorageError: It cannot be read.
    """
    try:
        body = FileBody(path, buffer_size=_CHUNK_BYTES)
    except FileNotFoundError:
        raise NotFoundError(f"the file of capture {capture.id} is gone from the disk") from None
    except OSError as error:
        raise StorageError(f"the file of capture {capture.id}: {error.strerror}") from error
    response = Response(body, mimetype=_MEDIA_TYPES[Path(path).suffix])
    response.content_length = length = body.size
    response.set_etag(f"{capture.id}-{length}")
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers.set("Content-Disposition", "inline", filename=Path(path).name)
    _count_from_start(length)
    await response.make_conditional(request, accept_ranges=True, complete_length=length)
    return response


def _count_from_start(length: int) -> None:
    """Turn "the last n bytes" into "from byte m on": Quart trips over the first."""
    asked = parse_range_header(request.headers.get("Range"))
    if asked is not None and len(asked.ranges) == 1 and asked.ranges[0][0] < 0:
        start = max(0, length + asked.ranges[0][0])
        request.headers["Range"] = f"{asked.units}={start}-"
