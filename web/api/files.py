"""Sends the file of a capture, whole or the range asked for. Runs on the web loop."""

from collections.abc import Iterator
from pathlib import Path

from quart import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header

from vizy.errors import NotFoundError, StorageError
from vizy.state import Capture
from web.api.sending import Sending, SentBody

_CHUNK_BYTES = 256 * 1024
_MEDIA_TYPES = {".jpg": "image/jpeg", ".mp4": "video/mp4", ".dng": "image/x-adobe-dng"}


class _FileBody(SentBody):
    """A file, or a range of it; open only while it is sent.

    Attributes:
        size: Of the file.
        begin: Where the range begins, and ``end`` where it ends: the first byte not in it.
    """

    def __init__(self, path: Path, sending: Sending) -> None:
        super().__init__(sending)
        self._path = path
        self.size = path.stat().st_size
        self.begin = 0
        self.end = self.size

    async def make_conditional(self, begin: int, end: int | None) -> int:
        """Narrow it down to a range, and return the whole size; Quart calls it."""
        self.begin = begin
        self.end = self.size if end is None else min(self.size, end)
        if not 0 <= self.begin < self.end:
            raise RequestedRangeNotSatisfiable(self.size)
        return self.size

    def chunks(self) -> Iterator[bytes]:
        """Yield the range."""
        with self._path.open("rb") as file:
            file.seek(self.begin)
            left = self.end - self.begin
            while left and (chunk := file.read(min(left, _CHUNK_BYTES))):
                yield chunk
                left -= len(chunk)


async def file_response(capture: Capture, path: str, sending: Sending) -> Response:
    """Send a file; it never changes, so it may be kept for ever.

    Raises:
        NotFoundError: It is gone from the disk.
        StorageError: It cannot be read.
        OverloadedError: As many files are being sent as may be.
    """
    sending.check()
    try:
        body = _FileBody(Path(path), sending)
    except FileNotFoundError:
        raise NotFoundError(f"the file of capture {capture.id} is gone from the disk") from None
    except OSError as error:
        raise StorageError(f"the file of capture {capture.id}: {error.strerror}") from error
    response = Response(body, mimetype=_MEDIA_TYPES[Path(path).suffix])
    response.timeout = None  # a slow link may take hours for a long video
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
