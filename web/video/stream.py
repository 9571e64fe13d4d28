"""The picture for everything that is not our page: ``/snapshot.jpg`` and ``/stream.mjpg``.

For VLC, Home Assistant, OctoPrint and the like, in the size, quality and rate that they ask for.
Runs on the web loop. A viewer gets the newest frame that it has not had; one that takes nothing for
a while is let go, and none waits for another. Those who ask for the same at the same time share one
encode.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Annotated, TypeVar

import msgspec
from quart import Blueprint, Response, request

from vizy.errors import DeviceAwayError, DeviceTimeoutError
from vizy.frames import Frame
from web.patience import cancelled_after
from web.query import query
from web.video.frames import FrameHub
from web.video.pace import Pace
from web.video.variants import Variant
from web.video.viewer import Viewer

_BOUNDARY = "vizy-frame"
_LIVE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the second is nginx's


class _Picture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be asked of a picture."""

    width: Annotated[int, msgspec.Meta(ge=16, le=8192)] | None = None
    quality: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None

    @property
    def variant(self) -> Variant:
        return Variant(self.width, self.quality)


class _Pictures(_Picture, frozen=True, forbid_unknown_fields=True):
    """What may be asked of a stream of them."""

    fps: Annotated[float, msgspec.Meta(ge=0.1, le=240)] | None = None


P = TypeVar("P", bound=_Picture)


def stream(
    hub: FrameHub,
    *,
    fresh_timeout_s: float = 5.0,
    away_timeout_s: float = 10.0,
    write_timeout_s: float = 10.0,
) -> Blueprint:
    """Return the routes of the snapshot and the MJPEG stream.

    Args:
        hub: Where frames come from.
        fresh_timeout_s: How long a first frame may take.
        away_timeout_s: A stream without frames for so long ends.
        write_timeout_s: A viewer whose link takes nothing for so long is let go.
    """
    routes = Blueprint("stream", __name__)

    @routes.get("/snapshot.jpg")
    async def snapshot() -> Response:
        asked_ns = time.monotonic_ns()
        wants = _asked(_Picture)
        async with hub.watch(wants.variant) as viewer:
            frame = await _fresh(viewer, asked_ns, fresh_timeout_s)
        return Response(frame.data, mimetype="image/jpeg", headers=_LIVE)

    @routes.get("/stream.mjpg")
    async def mjpeg() -> Response:
        parts = _parts(hub, _asked(_Pictures), fresh_timeout_s, away_timeout_s, write_timeout_s)
        try:
            await anext(parts)  # before the status is sent: a camera that is away is a problem
        except BaseException:
            await parts.aclose()
            raise
        if request.method == "HEAD":
            await parts.aclose()
        response = Response(
            parts,
            content_type=f"multipart/x-mixed-replace; boundary={_BOUNDARY}",
            headers=_LIVE,
        )
        response.timeout = None  # it has no end
        return response

    return routes


def _asked(kind: type[P]) -> P:
    """Return what is asked for; what pages add to get past a cache, as OctoPrint's, is nothing.

    Raises:
        InvalidValueError: It is unknown or out of range.
    """
    asked = query(kind, is_passed_over=lambda name: name == "_" or name.isdecimal())
    assert asked is not None
    return asked


async def _fresh(viewer: Viewer, since_ns: int, timeout_s: float) -> Frame:
    """Wait for a frame that was taken after ``since_ns`` (CLOCK_MONOTONIC)."""
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                news = await viewer.news()
                if news == "away":
                    raise DeviceAwayError("the camera is away: no frames come")
                if isinstance(news, Frame) and news.timestamp_ns >= since_ns:
                    return news
    except TimeoutError:
        raise DeviceTimeoutError(f"no new frame came within {timeout_s:g} s") from None


async def _parts(
    hub: FrameHub,
    wants: "_Pictures",
    fresh_timeout_s: float,
    away_timeout_s: float,
    write_timeout_s: float,
) -> AsyncGenerator[bytes, None]:
    """Yield nothing once the first frame is there, and then a part for each frame.

    A part ends with the boundary of the next: viewers show a picture only once they see its end.
    """
    pace = Pace(wants.fps)
    async with hub.watch(wants.variant) as viewer:
        frame = await _fresh(viewer, 0, fresh_timeout_s)
        yield b""
        start = f"--{_BOUNDARY}\r\n"
        while True:
            pace.sent(time.monotonic())
            head = f"{start}Content-Type: image/jpeg\r\nContent-Length: {len(frame.data)}\r\n\r\n"
            with cancelled_after(write_timeout_s):
                yield head.encode() + frame.data + f"\r\n--{_BOUNDARY}\r\n".encode()
            start = ""
            await asyncio.sleep(pace.wait_s(time.monotonic()))
            try:
                async with asyncio.timeout(away_timeout_s):
                    frame = await viewer.next()
            except TimeoutError:
                return
