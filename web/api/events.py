"""Events: each change of the state, as server-sent events. Runs on the web loop.

A reader gets the whole state first, then the sections that changed since what it was sent last: who
is slow gets one change in place of many, and nothing waits in a queue. While the device is away
that is an event, too; when it is back, the whole state comes again. A reader ends when its session
or token does (`web.auth.visits`), when it takes nothing for a while, and with the server.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import msgspec
from msgspec import Struct
from quart import Response, request

from vizy.device import DeviceMirror
from vizy.errors import OverloadedError
from vizy.messages import StateChanged
from vizy.state import DeviceState, changes
from web.api.endpoint import Asked, Endpoint
from web.api.mount import NOT_KEPT
from web.api.sending import Sending
from web.auth.identity import Role
from web.parts import Parts
from web.patience import cancelled_after

_RETRY = b"retry: 2000\n\n"
_NOTHING = b": nothing new\n\n"


class Away(Struct, frozen=True):
    """The device is away; ``revision`` is of the last state that was known, if any."""

    revision: int | None


def events(parts: Parts, *, quiet_s: float = 15.0) -> tuple[Endpoint, ...]:
    """Return the endpoints of ``/events``.

    Args:
        parts: What the web process is made of.
        quiet_s: A comment is sent when nothing else was for so long.
    """
    device = parts.device
    readers = Sending("event streams", 32, stall_s=20.0)

    async def follow(asked: Asked) -> Response:
        readers.check()
        known = request.headers.get("Last-Event-ID", "")
        response = Response(
            _stream(device, readers, known, quiet_s),
            content_type="text/event-stream; charset=utf-8",
            headers=NOT_KEPT,
        )
        response.timeout = None  # it has no end
        return response

    return (
        Endpoint(
            method="GET",
            path="/events",
            role=Role.VIEWER,
            summary="Follow the state: all of it, then what changes, as server-sent events.",
            call=follow,
            returns=str,
            media_type="text/event-stream",
            errors=(OverloadedError,),
        ),
    )


async def _stream(
    device: DeviceMirror, readers: Sending, known: str, quiet_s: float
) -> AsyncGenerator[bytes, None]:
    async with readers.places:
        news = _News(known)
        yield _RETRY
        async with contextlib.aclosing(_woken(device, quiet_s)) as woken:
            async for _ in woken:
                with cancelled_after(readers.stall_s):
                    yield news.of(device)


class _News:
    """What one reader has been sent."""

    def __init__(self, known: str) -> None:
        self._known = known
        self._sent: DeviceState | None = None
        self._is_away = False

    def of(self, device: DeviceMirror) -> bytes:
        """Return what brings the reader up to date."""
        now = device.state
        if not device.connected or now is None:
            if self._is_away:
                return _NOTHING
            self._is_away, self._sent = True, None
            return _event("away", Away(now.revision if now else None))
        before, self._sent = self._sent, now
        self._is_away = False
        known, self._known = self._known, ""
        if before is None and known == str(now.revision):
            return _NOTHING
        if before is None:
            return _event("state", now, now.revision)
        if sections := changes(before, now):
            return _event("change", StateChanged(now.revision, sections), now.revision)
        return _NOTHING


async def _woken(device: DeviceMirror, quiet_s: float) -> AsyncGenerator[None, None]:
    """Yield now, whenever something has changed, and when nothing has for a while."""
    follower = device.follow()
    change = asyncio.ensure_future(anext(follower, None))
    try:
        while True:
            await asyncio.wait({change}, timeout=quiet_s)
            if change.done():
                if change.result() is None:
                    return
                change = asyncio.ensure_future(anext(follower, None))
            yield
    finally:
        change.cancel()
        await asyncio.wait({change})
        await follower.aclose()


def _event(name: str, data: object, revision: int | None = None) -> bytes:
    """Write an event; JSON has no line ends, so its data are one line."""
    identity = b"" if revision is None else b"id: %d\n" % revision
    return b"event: %b\n%bdata: %b\n\n" % (name.encode(), identity, msgspec.json.encode(data))
