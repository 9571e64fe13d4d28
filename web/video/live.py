"""The live picture for the page: one acknowledged WebSocket per viewer, at ``/live``.

To the page goes a binary message per picture, `HEADER` and then the JPEG, a text
``{"live": true|false}`` when frames start and stop coming, and ``{"ping": true}`` now and then.
From the page comes ``{"ack": number, "busy_ms": x}`` for each picture drawn, ``{"pong": true}`` at
once for a ping, ``{"pause": true|false}`` when nobody looks at it, and whenever that changes how
wide it shows the picture and what its owner wants, as in
``{"shown": 1280, "save_data": false, "asked": "auto"}``.

At most a few pictures are under way at once, so a viewer gets the newest that its link can take, in
a size that it can take (`web.video.choice`), and none waits for another. Runs on the web loop;
`assets/live.js` is the other end.
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
from web.video.choice import Asked, Choice
from web.video.frames import FrameHub
from web.video.source import Status
from web.video.variants import Ladder
from web.video.viewer import Viewer
from web.video.window import AckWindow

# Little-endian: the frame's sequence in its ring, the picture's number on this connection, its age
# when sent (ms), how long pictures take to the page (ms), width and height (px), flags, and two
# bytes unused.
HEADER = struct.Struct("<QIffHHH2x")
SKIPPED = 1  # flag: frames were left out before this one
WEAK = 2  # flag: the link does not carry all pictures in the size that the page could use

_MAX_MESSAGE_CHARS = 256
_PING_S = 5.0
_USUAL_WIDTH = 1280  # until the camera's own is known
_UNSUPPORTED, _TOO_LARGE, _TRY_LATER, _TOO_SLOW = 1003, 1009, 1013, 4008


class _FromPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message of the page."""

    ack: Annotated[int, msgspec.Meta(ge=1)] | None = None
    busy_ms: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    pause: bool | None = None
    pong: bool = False
    shown: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    save_data: bool | None = None
    asked: Asked | None = None


_DECODER = msgspec.json.Decoder(_FromPage)


class _CloseError(Exception):
    """The connection is to be closed, with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:123].decode(errors="ignore")  # what a close frame holds


class _LeftError(Exception):
    """Nobody is there any more to send to."""


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
        self._native_width = hub.native_width() or _USUAL_WIDTH
        self._choice = Choice(Ladder(self._native_width))
        self._interval_s = 0.0
        self._pinged_s: float | None = None  # a ping that is under way
        self._ping_due_s = 0.0

    async def serve(self) -> None:
        """Serve until the page leaves or breaks a rule."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(), name="live: listen")
                tasks.create_task(self._show(), name="live: show")
        except* _LeftError:
            pass
        except* _CloseError as group:
            closing = group.exceptions[0]
            assert isinstance(closing, _CloseError)
            with contextlib.suppress(TimeoutError):  # a link that is stuck takes no close either
                async with asyncio.timeout(1):
                    await websocket.close(closing.code, closing.reason)

    async def _listen(self) -> None:
        while True:
            message = _decode(await websocket.receive())
            now_s = time.monotonic()
            if message.pause is not None:
                self._is_paused = message.pause
            if message.pong and self._pinged_s is not None:
                self._window.pong(now_s - self._pinged_s)
                self._pinged_s = None
            if message.ack is not None:
                self._acked(message.ack, message.busy_ms / 1000, now_s)
            self._wish(message)
            self._heard.set()

    def _acked(self, number: int, busy_s: float, now_s: float) -> None:
        try:
            delivery = self._window.ack(number, busy_s, now_s)
        except ValueError as error:
            raise _CloseError(_UNSUPPORTED, str(error)) from error
        if delivery is not None:
            self._choice.delivered(delivery, self._interval_s, now_s)

    def _wish(self, message: _FromPage) -> None:
        if message.shown is not None:
            self._choice.shown_px = message.shown
        if message.save_data is not None:
            self._choice.is_saving = message.save_data
        if message.asked is not None:
            self._choice.asked = message.asked

    async def _show(self) -> None:
        while True:
            while self._is_paused:
                await self._hear()
            try:
                async with self._hub.watch(self._choice.variant) as viewer:
                    while not self._is_paused:
                        await self._show_next(viewer)
            except BusyError as error:
                raise _CloseError(_TRY_LATER, error.detail) from error

    async def _show_next(self, viewer: Viewer) -> None:
        await self._ping()
        await self._room()
        self._choose(viewer)
        news = await self._news(viewer)
        if isinstance(news, Frame):
            await self._send(self._picture(news, viewer))
        elif news != "connecting":
            await self._send(f'{{"live": {"true" if news == "live" else "false"}}}')

    async def _ping(self) -> None:
        """Ask now and then how long the way is for what is small."""
        now_s = time.monotonic()
        if self._pinged_s is None and now_s >= self._ping_due_s:
            self._pinged_s, self._ping_due_s = now_s, now_s + _PING_S
            await self._send('{"ping": true}')

    def _choose(self, viewer: Viewer) -> None:
        """Get the picture from now on in the size that suits the page."""
        native_width = self._hub.native_width() or self._native_width
        if native_width != self._native_width:
            self._native_width = native_width
            self._choice.ladder = Ladder(native_width)
        self._interval_s = viewer.source.interval_s
        self._hub.move(viewer, self._choice.variant)

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

    def _picture(self, frame: Frame, viewer: Viewer) -> bytes:
        now_ns = time.monotonic_ns()
        header = HEADER.pack(
            frame.sequence,
            self._window.send(viewer.variant, len(frame.data), now_ns / 1e9),
            max(now_ns - frame.timestamp_ns, 0) / 1e6,
            self._window.way_s * 1000,
            frame.width,
            frame.height,
            (SKIPPED if viewer.skipped else 0) | (WEAK if self._choice.is_weak else 0),
        )
        return header + frame.data

    async def _send(self, message: bytes | str) -> None:
        try:
            async with asyncio.timeout(self._ack_timeout_s):
                await websocket.send(message)
        except TimeoutError:
            reason = f"the link took nothing for {self._ack_timeout_s:g} s"
            raise _CloseError(_TOO_SLOW, reason) from None
        except OSError as error:  # so ASGI's servers say it
            raise _LeftError from error


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
