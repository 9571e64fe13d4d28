"""Takes a multipart MJPEG stream apart: bytes in, pictures out, bounds on both. Pure."""

import re

from vizy.errors import ProtocolError

_BOUNDARY = re.compile(r"multipart/x-mixed-replace;.*boundary=\"?([^\";]{1,70})\"?", re.IGNORECASE)
_LENGTH = re.compile(rb"^content-length:\s*([0-9]{1,10})\s*$", re.IGNORECASE | re.MULTILINE)
_END_OF_HEAD = b"\r\n\r\n"
MAX_HEAD_BYTES = 4096
MAX_PICTURE_BYTES = 32 * 1024 * 1024


class MjpegParser:
    """Takes one stream apart.

    Args:
        content_type: Of the response; it names the boundary.

    Raises:
        ProtocolError: The response is no such stream.
    """

    def __init__(self, content_type: str) -> None:
        found = _BOUNDARY.search(content_type)
        if found is None:
            raise ProtocolError(f"{content_type or 'no content type'} is no MJPEG stream")
        self._boundary = b"--" + found[1].encode()
        self._buffer = bytearray()
        self._length: int | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; return the pictures that are whole with them.

        Raises:
            ProtocolError: A part has no length, is too long, or does not end at its boundary.
        """
        self._buffer += data
        pictures: list[bytes] = []
        while (picture := self._next()) is not None:
            pictures.append(picture)
        return pictures

    def _next(self) -> bytes | None:
        if self._length is None:
            self._length = self._take_head()
        if self._length is None or len(self._buffer) < self._length:
            return None
        picture = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        self._length = None
        return picture

    def _take_head(self) -> int | None:
        """Return the length that the next part's head tells, once the head is there."""
        end = self._buffer.find(_END_OF_HEAD, 0, MAX_HEAD_BYTES)
        if end < 0:
            if len(self._buffer) >= MAX_HEAD_BYTES:
                raise ProtocolError(f"a part's head is longer than {MAX_HEAD_BYTES} bytes")
            return None
        head = bytes(self._buffer[:end])
        del self._buffer[: end + len(_END_OF_HEAD)]
        if not head.lstrip(b"\r\n").startswith(self._boundary):
            raise ProtocolError("a part does not begin with its boundary")
        found = _LENGTH.search(head.replace(b"\r", b""))
        if found is None:
            raise ProtocolError("a part does not say its length")
        if int(found[1]) > MAX_PICTURE_BYTES:
            raise ProtocolError(f"a picture of {int(found[1])} bytes is above {MAX_PICTURE_BYTES}")
        return int(found[1])
