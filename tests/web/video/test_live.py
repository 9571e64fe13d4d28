"""The live WebSocket: pictures in, acks out, and what happens to a page that breaks the rules."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from quart import Quart
from quart.testing.connections import WebsocketDisconnectError
from quart.typing import TestWebsocketConnectionProtocol as Connection
from quart.wrappers import Websocket

from tests.web.daemon import FramesDaemon
from web.video.frames import FrameHub
from web.video.live import HEADER, SKIPPED, live

pytestmark = pytest.mark.timeout(20)


class Page:
    """The page's end of one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.answers_pings = True

    async def receive(self) -> bytes | str:
        """Return the next message; a ping is answered, as long as `answers_pings`."""
        while True:
            message = await self.message()
            if message != '{"ping": true}':
                return message
            if self.answers_pings:
                await self.say(pong=True)

    async def message(self) -> bytes | str:
        async with asyncio.timeout(5):
            return await self.connection.receive()

    async def picture(self) -> tuple[tuple[int, int, float, float, int, int, int], bytes]:
        """Return header and data of the next picture, whatever status comes before it."""
        while isinstance(message := await self.receive(), str):
            pass
        return HEADER.unpack_from(message), message[HEADER.size :]

    async def status(self) -> bool:
        """Return the next status, whatever pictures come before it."""
        while isinstance(message := await self.receive(), bytes):
            pass
        return json.loads(message)["live"]

    async def say(self, **message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def close_code(self) -> int:
        """Wait until the server closes the connection, and return its code."""
        try:
            while True:
                await self.message()
        except WebsocketDisconnectError as closed:
            return closed.args[0]


def pages(hub: FrameHub, **options: float) -> Callable[[], AbstractAsyncContextManager[Page]]:
    """Return what opens a page on an application with the live route."""
    app = Quart(__name__)
    app.register_blueprint(live(hub, **options))

    @asynccontextmanager
    async def opened() -> AsyncIterator[Page]:
        async with app.test_client().websocket("/live") as connection:
            yield Page(connection)

    return opened


async def test_a_page_gets_the_status_and_then_pictures(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with pages(hub)() as page:
        await daemon.until_readers(1)
        sequence = daemon.show(b"picture", age_s=1.0)
        assert await page.status() is True
        (found, number, age_ms, rtt_ms, width, height, flags), data = await page.picture()
    assert (found, number, width, height, flags, data) == (sequence, 1, 64, 48, 0, b"picture")
    assert age_ms >= 1000
    assert rtt_ms == 0


async def test_a_page_that_does_not_ack_gets_two_pictures_and_then_the_newest(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with pages(hub)() as slow, hub.watch() as fast:
        await daemon.until_readers(1)
        for number in range(10):
            daemon.show(b"%d" % number)
            await fast.next()
            if number < 2:
                assert (await slow.picture())[1] == b"%d" % number
        await slow.say(ack=1)
        header, data = await slow.picture()
        assert (header[1], data) == (3, b"9")
        assert header[6] == SKIPPED


async def test_a_slow_page_does_not_hold_up_another(hub: FrameHub, daemon: FramesDaemon) -> None:
    opened = pages(hub)
    async with opened() as slow, opened() as fast:
        await daemon.until_readers(1)
        for number in range(1, 11):
            daemon.show(b"%d" % number)
            header, data = await fast.picture()
            assert data == b"%d" % number
            await fast.say(ack=header[1], busy_ms=0.1)
        assert (await slow.picture())[1] == b"1"


async def test_the_way_of_a_picture_comes_with_the_next_picture(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with pages(hub, window=1)() as page:
        await daemon.until_readers(1)
        daemon.show(b"first")
        await page.picture()
        await asyncio.sleep(0.03)
        await page.say(ack=1)
        daemon.show(b"second")
        header, _ = await page.picture()
    assert header[3] > 10


async def test_a_page_is_told_when_the_daemon_leaves(hub: FrameHub, daemon: FramesDaemon) -> None:
    async with pages(hub)() as page:
        await daemon.until_readers(1)
        daemon.show(b"picture")
        assert await page.status() is True
        await daemon.stop()
        assert await page.status() is False
        await daemon.start()


async def test_nothing_is_read_for_a_page_that_nobody_looks_at(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with pages(hub)() as page:
        await daemon.until_readers(1)
        await page.say(pause=True)
        daemon.show(b"last")
        await daemon.until_readers(0)
        await page.say(pause=False)
        await daemon.until_readers(1)
        daemon.show(b"again")
        while (await page.picture())[1] != b"again":
            pass


async def test_a_page_that_never_acks_is_closed(hub: FrameHub, daemon: FramesDaemon) -> None:
    async with pages(hub, window=1, ack_timeout_s=0.05)() as page:
        await daemon.until_readers(1)
        daemon.show(b"picture")
        assert await page.close_code() == 4008
    await daemon.until_readers(0)


async def test_a_page_gets_the_size_that_it_shows(hub: FrameHub, daemon: FramesDaemon) -> None:
    async with pages(hub)() as page:
        await daemon.until_readers(1)
        await page.say(shown=300)
        await acked_until(page, daemon, b"picture at 416")
        await daemon.until_read(416)


async def test_a_page_gets_what_its_owner_asks_for_and_nobody_else_does(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    opened = pages(hub)
    async with opened() as page, opened() as other:
        await daemon.until_readers(1)
        await page.say(asked="low")
        await acked_until(page, daemon, b"picture at 416")
        await acked_until(other, daemon, b"picture")
        assert daemon.read == {(None, None), (416, 55)}
        await page.say(asked="high")
        await acked_until(page, daemon, b"picture")
        await daemon.until_read(None)


async def test_a_page_that_saves_data_gets_half_the_size(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with pages(hub)() as page:
        await daemon.until_readers(1)
        await page.say(save_data=True)
        await acked_until(page, daemon, b"picture at 640")


async def acked_until(page: Page, daemon: FramesDaemon, wanted: bytes) -> None:
    """Ack pictures, and show new ones, until the page gets the one that is wanted."""
    async with asyncio.timeout(5):
        data = b""
        while data != wanted:
            daemon.show(b"picture")
            header, data = await page.picture()
            await page.say(ack=header[1])


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("", 1003),
        ("{", 1003),
        ("[]", 1003),
        ('{"ack": "1"}', 1003),
        ('{"ack": 0}', 1003),
        ('{"ack": 1}', 1003),  # nothing was sent yet
        ('{"ack": 1e99}', 1003),
        ('{"ack": 1, "busy_ms": NaN}', 1003),
        ('{"hello": true}', 1003),
        ('{"shown": 0}', 1003),
        ('{"asked": "best"}', 1003),
        ("\ud800", 1003),
        (b"\x00\x01", 1003),
        ("[" * 257, 1009),
    ],
)
async def test_a_page_that_breaks_the_rules_is_closed_and_the_others_are_not(
    hub: FrameHub, daemon: FramesDaemon, message: str | bytes, code: int
) -> None:
    opened = pages(hub)
    async with opened() as good:
        async with opened() as bad:
            await bad.connection.send(message)
            assert await bad.close_code() == code
        await daemon.until_readers(1)
        daemon.show(b"picture")
        assert (await good.picture())[1] == b"picture"


async def test_a_page_too_many_is_told_to_try_later(
    frames_socket: Path, daemon: FramesDaemon
) -> None:
    opened = pages(FrameHub(frames_socket, max_viewers=1))
    async with opened():
        await daemon.until_readers(1)
        async with opened() as second:
            assert await second.close_code() == 1013


async def test_a_link_without_pictures_is_told_how_things_are_again_and_again(
    hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with pages(hub, quiet_s=0.02)() as page:
        await daemon.until_readers(1)
        daemon.show(b"one long exposure")
        assert [await page.status() for _ in range(3)] == [True, True, True]


async def test_a_page_that_leaves_in_the_midst_of_a_picture_is_no_error(
    hub: FrameHub,
    daemon: FramesDaemon,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent = asyncio.Event()

    async def to_nobody(_: Websocket, data: bytes | str) -> None:
        if isinstance(data, bytes):
            sent.set()
            raise OSError("the client is gone")

    monkeypatch.setattr(Websocket, "send", to_nobody)
    async with pages(hub)() as page:
        await page.say(shown=64)
        await daemon.until_readers(1)
        daemon.show(b"picture")
        await sent.wait()
        await daemon.until_readers(0)
    assert not caplog.records
