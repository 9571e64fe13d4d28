"""The snapshot and the MJPEG stream, under a real server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
from quart import Quart

from tests.web.daemon import FramesDaemon
from tests.web.server import serving
from web.problems import install_problems
from web.video.frames import FrameHub
from web.video.stream import stream

pytestmark = pytest.mark.timeout(30)
PROBLEM = "application/problem+json"
Serve = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture
def serve(hub: FrameHub) -> Serve:
    @asynccontextmanager
    async def served(**options: float) -> AsyncIterator[str]:
        app = Quart(__name__)
        install_problems(app)
        app.register_blueprint(stream(hub, **options))
        async with serving(app) as port:
            yield f"http://127.0.0.1:{port}"

    return served


class Parts:
    """Reads the parts of a multipart response."""

    def __init__(self, response: httpx.Response) -> None:
        self._pieces = response.aiter_raw()
        self._buffer = b""
        self.boundary = response.headers["Content-Type"].partition("boundary=")[2].encode()

    async def next(self) -> bytes:
        async with asyncio.timeout(5):
            head = (await self._until(b"\r\n\r\n")).decode()
            length = int(head.partition("Content-Length: ")[2].partition("\r\n")[0])
            assert "Content-Type: image/jpeg" in head
            while len(self._buffer) < length:
                self._buffer += await anext(self._pieces)
            data, self._buffer = self._buffer[:length], self._buffer[length:]
            return data

    async def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._buffer += await anext(self._pieces)
        found, _, self._buffer = self._buffer.partition(mark)
        return found


async def test_a_snapshot_is_newer_than_the_request(
    serve: Serve, hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with serve() as url, httpx.AsyncClient(base_url=url) as client:
        asked = asyncio.create_task(client.get("/snapshot.jpg"))
        await daemon.until_readers(1)
        daemon.show(b"old", age_s=60)
        async with hub.watch() as viewer:
            assert (await viewer.next()).data == b"old"
        assert not asked.done()
        daemon.show(b"new")
        response = await asked
    assert (response.status_code, response.content) == (200, b"new")
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Cache-Control"] == "no-store"


async def test_snapshots_of_one_size_that_are_asked_for_together_are_read_once(
    serve: Serve, daemon: FramesDaemon
) -> None:
    async with serve() as url, httpx.AsyncClient(base_url=url) as client:
        asked = [
            asyncio.create_task(client.get("/snapshot.jpg?width=32&quality=50")) for _ in range(5)
        ]
        await daemon.until_readers(1)
        while not all(task.done() for task in asked):
            assert daemon.readers <= 1
            daemon.show(b"small")
            await asyncio.sleep(0.01)
        assert {(await task).content for task in asked} == {b"small at 32"}
    await daemon.until_readers(0)


@pytest.mark.parametrize(
    ("parameter", "limit"),
    [
        ("width=15", ">= 16"),
        ("width=8193", "<= 8192"),
        ("width=wide", "int"),
        ("quality=0", ">= 1"),
        ("quality=101", "<= 100"),
        ("fps=0", ">= 0.1"),
        ("fps=241", "<= 240.0"),
        ("fps=nan", ">= 0.1"),
        ("widht=640", "known are width, quality"),
        ("width=64&width=65", "2 times"),
    ],
)
async def test_what_is_out_of_range_is_refused_with_the_limit(
    serve: Serve, parameter: str, limit: str
) -> None:
    async with serve() as url, httpx.AsyncClient(base_url=url) as client:
        for path in ("/stream.mjpg",) if "fps" in parameter else ("/stream.mjpg", "/snapshot.jpg"):
            response = await client.get(f"{path}?{parameter}")
            assert (response.status_code, response.headers["Content-Type"]) == (422, PROBLEM)
            assert limit in response.json()["detail"]


async def test_what_pages_add_to_get_past_a_cache_is_passed_over(
    serve: Serve, daemon: FramesDaemon
) -> None:
    async with serve() as url, httpx.AsyncClient(base_url=url) as client:
        asked = asyncio.create_task(client.head("/stream.mjpg?width=32&1764000000000&_=1"))
        await daemon.until_read(32)
        daemon.show(b"picture")
        assert (await asked).status_code == 200


async def test_a_stream_has_the_rate_that_was_asked_for(serve: Serve, daemon: FramesDaemon) -> None:
    async with serve() as url, httpx.AsyncClient(base_url=url) as client:
        shown = 0
        began = asyncio.get_running_loop().time()

        async def camera() -> None:
            nonlocal shown
            while True:
                shown = daemon.show(b"picture")
                await asyncio.sleep(0.01)

        filming = asyncio.create_task(camera())
        async with client.stream("GET", "/stream.mjpg?fps=10") as response:
            parts = Parts(response)
            for _ in range(8):
                await parts.next()
        filming.cancel()
        assert asyncio.get_running_loop().time() - began >= 0.6
        assert shown > 16


@pytest.mark.parametrize("path", ["/snapshot.jpg", "/stream.mjpg"])
async def test_without_the_daemon_there_is_a_503_problem(serve: Serve, path: str) -> None:
    async with serve() as url, httpx.AsyncClient(base_url=url) as client:
        response = await client.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (503, PROBLEM)
    assert response.json()["code"] == "device-away"


@pytest.mark.parametrize("path", ["/snapshot.jpg", "/stream.mjpg"])
async def test_a_camera_that_takes_too_long_is_a_504_problem(
    serve: Serve, daemon: FramesDaemon, path: str
) -> None:
    async with serve(fresh_timeout_s=0.05) as url, httpx.AsyncClient(base_url=url) as client:
        response = await client.get(path)
    assert (response.status_code, response.json()["code"]) == (504, "device-timeout")


async def test_a_stream_carries_each_frame_as_a_part(serve: Serve, daemon: FramesDaemon) -> None:
    async with serve() as url, httpx.AsyncClient(base_url=url) as client:
        asked = client.stream("GET", "/stream.mjpg")
        opening = asyncio.create_task(asked.__aenter__())
        await daemon.until_readers(1)
        daemon.show(b"first")
        response = await opening
        assert response.headers["Content-Type"].startswith("multipart/x-mixed-replace")
        parts = Parts(response)
        assert await parts.next() == b"first"
        daemon.show(b"second")
        assert await parts.next() == b"second"
        await asked.__aexit__(None, None, None)
    await daemon.until_readers(0)


async def test_a_stream_ends_when_the_camera_stays_away(serve: Serve, daemon: FramesDaemon) -> None:
    async with (
        serve(away_timeout_s=0.05) as url,
        httpx.AsyncClient(base_url=url, timeout=5) as client,
    ):
        asked = asyncio.create_task(client.get("/stream.mjpg"))
        await daemon.until_readers(1)
        daemon.show(b"last")
        assert b"last" in (await asked).content


async def test_a_viewer_that_takes_nothing_is_let_go(
    serve: Serve, hub: FrameHub, daemon: FramesDaemon
) -> None:
    async with serve(write_timeout_s=0.2) as url:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as stuck:
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stuck.sendall(b"GET /stream.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await daemon.until_readers(1)
            async with asyncio.timeout(10):
                while hub.viewers:  # until the socket's buffers are full
                    daemon.show(b"x" * 90_000)
                    await asyncio.sleep(0.005)
    await daemon.until_readers(0)


async def test_the_head_of_a_stream_ends(serve: Serve, daemon: FramesDaemon) -> None:
    async with serve() as url, httpx.AsyncClient(base_url=url) as client:
        asked = asyncio.create_task(client.head("/stream.mjpg"))
        await daemon.until_readers(1)
        daemon.show(b"picture")
        assert (await asked).status_code == 200
    await daemon.until_readers(0)
