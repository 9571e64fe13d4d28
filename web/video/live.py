"""The live picture for the page: one acknowledged WebSocket per viewer, at ``/live``.

To the page goes a binary message per picture, `HEADER` and then the JPEG, and a text
``{"live": true|false}`` when frames start and stop coming. From the page comes
``{"ack": number, "busy_ms": x}`` for each picture drawn, and ``{"pause": true|false}`` when nobody
looks at it. At most a few pictures are under way at once, so a viewer gets the newest that its link
can take, and none waits for another. Runs on the web loop; `assets/live.js` is the other end.
"""

import asyncio
import contextlib
import struct
import time
from typing import Annotated

import msgspec
from quart import Blueprint, websocket

from vizy.errors import BusyError
from vizy.frames import Frame
from web.video.frames import FrameHub, Status, Viewer
from web.video.window import AckWindow

# Little-endian: the frame's sequence in its ring, the picture's number on this connection, its age
# when sent (ms), the link's round trip (ms), width and height (px), flags, and two bytes unused.
HEADER = struct.Struct("<QIffHHH2x")
SKIPPED = 1  # flag: frames were left out before this one

_MAX_MESSAGE_CHARS = 256
_UNSUPPORTED, _TOO_LARGE, _TRY_LATER, _TOO_SLOW = 1003, 1009, 1013, 4008


class _FromPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message of the page."""

    ack: Annotated[int, msgspec.Meta(ge=1)] | None = None
    busy_ms: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    pause: bool | None = None


_DECODER = msgspec.json.Decoder(_FromPage)


class _CloseError(Exception):
    """The connection is to be closed, with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:123].decode(errors="ignore")  # what a close frame holds


def live(
    hub: FrameHub, *, window: int = 2, ack_timeout_s: float = 10.0, quiet_s: float = 2.0
) -> Blueprint:
    """Return the route of the live WebSocket.

    Args:
        hub: Where frames come from.
        window: Pictures under way at once to one page.
        ack_timeout_s: A page that takes longer to draw one is disconnected.
        quiet_s: After so long without news the status is said again; the page takes a live link
            that is silent for 4 s for dead.
    """
    routes = Blueprint("live", __name__)

    @routes.websocket("/live")
    async def page() -> None:
        await _Page(hub, window, ack_timeout_s, quiet_s).serve()

    return routes


class _Page:
    """One page's connection: a task that listens and one that sends pictures."""

    def __init__(self, hub: FrameHub, window: int, ack_timeout_s: float, quiet_s: float) -> None:
        self._hub = hub
        self._window = AckWindow(window)
        self._ack_timeout_s = ack_timeout_s
        self._quiet_s = quiet_s
        self._is_paused = False
        self._heard = asyncio.Event()
        self._last = 0

    async def serve(self) -> None:
        """Serve until the page leaves or breaks a rule."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(), name="live: listen")
                tasks.create_task(self._show(), name="live: show")
        except* _CloseError as group:
            closing = group.exceptions[0]
            assert isinstance(closing, _CloseError)
            with contextlib.suppress(TimeoutError):  # a link that is stuck takes no close either
                async with asyncio.timeout(1):
                    await websocket.close(closing.code, closing.reason)

    async def _listen(self) -> None:
        while True:
            message = _decode(await websocket.receive())
            if message.pause is not None:
                self._is_paused = message.pause
            if message.ack is not None:
                try:
                    self._window.ack(message.ack, message.busy_ms / 1000, time.monotonic())
                except ValueError as error:
                    raise _CloseError(_UNSUPPORTED, str(error)) from error
            self._heard.set()

    async def _show(self) -> None:
        while True:
            while self._is_paused:
                await self._hear()
            try:
                async with self._hub.watch() as viewer:
                    while not self._is_paused:
                        await self._room()
                        news = await self._news(viewer)
                        if isinstance(news, Frame):
                            await self._send(self._picture(news))
                        elif news != "connecting":
                            await self._send(f'{{"live": {"true" if news == "live" else "false"}}}')
            except BusyError as error:
                raise _CloseError(_TRY_LATER, error.detail) from error

    async def _news(self, viewer: Viewer) -> Frame | Status:
        """Wait for news; after a quiet while it is how things are, so that the link is heard."""
        try:
            async with asyncio.timeout(self._quiet_s):
                return await viewer.news()
        except TimeoutError:
            return viewer.status

    async def _room(self) -> None:
        """Wait until one more picture may go out."""
        try:
            async with asyncio.timeout(self._ack_timeout_s):
                while not self._window.has_room and not self._is_paused:
                    await self._hear()
        except TimeoutError:
            reason = f"no picture was acknowledged for {self._ack_timeout_s:g} s"
            raise _CloseError(_TOO_SLOW, reason) from None

    async def _hear(self) -> None:
        self._heard.clear()
        await self._heard.wait()

    def _picture(self, frame: Frame) -> bytes:
        now_ns = time.monotonic_ns()
        is_skipped = bool(self._last) and frame.sequence != self._last + 1
        self._last = frame.sequence
        header = HEADER.pack(
            frame.sequence,
            self._window.send(now_ns / 1e9),
            max(now_ns - frame.timestamp_ns, 0) / 1e6,
            self._window.rtt_s * 1000,
            frame.width,
            frame.height,
            SKIPPED if is_skipped else 0,
        )
        return header + frame.data

    async def _send(self, message: bytes | str) -> None:
        try:
            async with asyncio.timeout(self._ack_timeout_s):
                await websocket.send(message)
        except TimeoutError:
            reason = f"the link took nothing for {self._ack_timeout_s:g} s"
            raise _CloseError(_TOO_SLOW, reason) from None


def _decode(data: object) -> _FromPage:
    if not isinstance(data, str):
        raise _CloseError(_UNSUPPORTED, "messages of the page are text")
    if len(data) > _MAX_MESSAGE_CHARS:
        reason = f"a message of {len(data)} characters is above {_MAX_MESSAGE_CHARS}"
        raise _CloseError(_TOO_LARGE, reason)
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise _CloseError(_UNSUPPORTED, f"the message cannot be understood: {error}") from error
