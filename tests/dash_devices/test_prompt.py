"""Connections that never come to a request."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

import pytest
from dash import html

from dash_devices import Dash
from tests.dash_devices.page import serving

WAIT_S = 10.0
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@contextlib.asynccontextmanager
async def connected(
    port: int,
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter], None]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr("dash_devices.prompt.HEAD_TIMEOUT_S", 0.3)
    app = Dash(__name__)
    app.layout = html.Div("here")
    async with serving(app) as served:
        yield served.port


@pytest.mark.parametrize("said", [b"", GET])
async def test_who_comes_to_no_request_is_let_go(port: int, said: bytes) -> None:
    async with connected(port) as (reader, writer):
        writer.write(said)
        async with asyncio.timeout(WAIT_S):
            assert await reader.read() == b""


async def test_who_says_a_letter_now_and_then_is_let_go(port: int) -> None:
    async with connected(port) as (reader, writer):
        closed = asyncio.ensure_future(reader.read())
        async with asyncio.timeout(WAIT_S):
            with contextlib.suppress(ConnectionError):
                while not closed.done():
                    writer.write(b"G")
                    await asyncio.wait({closed}, timeout=0.05)
        await asyncio.wait({closed})


async def test_between_requests_a_connection_lives_and_the_next_has_to_come_soon_too(
    port: int,
) -> None:
    async with connected(port) as (reader, writer):
        async with asyncio.timeout(WAIT_S):
            for _ in range(2):
                writer.write(GET + b"\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200")
                (length,) = [
                    int(line.partition(b":")[2])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                ]
                await reader.readexactly(length)
                await asyncio.sleep(0.5)  # longer than a head may take
            writer.write(GET)
            assert await reader.read() == b""


async def test_a_socket_that_is_quiet_stays(port: int) -> None:
    app = Dash(__name__)
    app.layout = html.Div("here")
    async with serving(app) as served:
        page = await served.open()
        await asyncio.sleep(0.5)
        await page.connection.ping()
        assert page.connection.close_code is None
