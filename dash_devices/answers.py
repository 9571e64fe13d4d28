"""HTTP answers that a browser keeps: compressed, with an ETag, and a 304 when it has them already.

For files and for bodies in memory, in a request's context, on the event loop; compressing is done
in threads. Only gzip: browsers accept Brotli over https alone, and a device is seldom reached so.
"""

import asyncio
import gzip
import hashlib
import mimetypes
from pathlib import Path

import quart
from quart import Response

from dash_devices.cache import GzipCache, Source

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
REVALIDATE_BY_ONE = "private, no-cache"
MIN_BYTES = 1024  # below, compressing gains nothing

# What is worth compressing. The types are written out, because for some of them the system's table
# differs between systems.
_COMPRESSIBLE = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".xml": "application/xml",
}


def is_compressible(file: str) -> bool:
    """Whether a file is worth compressing, by its name."""
    return Path(file).suffix.lower() in _COMPRESSIBLE


def content_type(file: str) -> str:
    """Return the Content-Type of a file, by its name."""
    suffix = Path(file).suffix.lower()
    return _COMPRESSIBLE.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")


async def answer_file(cache: GzipCache, source: Source, cache_control: str) -> Response:
    """Answer with a file, compressed if that is worth it and the client takes it.

    Raises:
        OSError: The file cannot be read.
    """
    headers = {"Content-Type": content_type(source.file.name), "Cache-Control": cache_control}
    path, tag = source.file, source.key
    if is_compressible(source.file.name):
        headers["Vary"] = "Accept-Encoding"
        if source.size >= MIN_BYTES and _accepts_gzip():
            packed_tag = f"{tag}-gzip"
            if _has(packed_tag):
                return _not_modified(packed_tag, headers)
            if packed := await cache.get(source):
                path, tag = packed, packed_tag
                headers["Content-Encoding"] = "gzip"
    if _has(tag):
        return _not_modified(tag, headers)
    # Whole and in one thread: a body that is read as it is sent stays open when the client goes.
    return _whole(await asyncio.to_thread(path.read_bytes), tag, headers)


class Body:
    """A body in memory, compressed when first asked for.

    Keep one for what stays the same; make one per answer for what does not.

    Args:
        data: The body.
        content_type: Its Content-Type, with charset if it is text.

    Attributes:
        tag: 32 hexadecimal digits that change when the body does.
    """

    def __init__(self, data: bytes, content_type: str) -> None:
        self._data, self._content_type = data, content_type
        self.tag = hashlib.sha256(data).hexdigest()[:32]
        self._packed: bytes | None = None

    async def answer(self, cache_control: str = REVALIDATE) -> Response:
        """Answer the request that is being handled with it."""
        headers = {
            "Content-Type": self._content_type,
            "Cache-Control": cache_control,
            "Vary": "Accept-Encoding",
        }
        data, tag = self._data, self.tag
        is_packed = len(data) >= MIN_BYTES and _accepts_gzip()
        if is_packed:
            tag = f"{tag}-gzip"
            headers["Content-Encoding"] = "gzip"
        if _has(tag):
            return _not_modified(tag, headers)
        if is_packed:
            data = self._packed = self._packed or await asyncio.to_thread(
                gzip.compress, data, mtime=0
            )
        return _whole(data, tag, headers)


def _accepts_gzip() -> bool:
    return quart.request.accept_encodings.quality("gzip") > 0


def _has(tag: str) -> bool:
    """Whether the client says that it has this one; weak comparison, as for any GET."""
    return quart.request.if_none_match.contains_weak(tag)


def _not_modified(tag: str, headers: dict[str, str]) -> Response:
    kept = {name: headers[name] for name in ("Cache-Control", "Vary") if name in headers}
    response = Response(status=304, headers=kept | {"ETag": f'"{tag}"'})
    del response.headers["Content-Type"]
    return response


def _whole(body: bytes, tag: str, headers: dict[str, str]) -> Response:
    response = Response(None if quart.request.method == "HEAD" else body)
    response.headers.update(headers | {"ETag": f'"{tag}"', "Content-Length": str(len(body))})
    return response
