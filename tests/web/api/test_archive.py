"""Files and archives of them, as they are sent."""

import asyncio
import io
import os
import zipfile
from pathlib import Path

import httpx
import msgspec
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from tests.web.fakes import JPEG
from tests.web.server import serving
from tests.web.strict import RAW, StrictDevice
from vizy.messages import CaptureFile
from vizy.state import Capture, Size
from web.api.archive import Archive
from web.api.sending import Sending

PROBLEM = "application/problem+json"


async def opened(client: Client, query: str = "") -> zipfile.ZipFile:
    response = await client.get(f"/api/v1/captures.zip{query}")
    assert (response.status_code, response.content_type) == (200, "application/zip")
    data = await response.get_data()
    assert response.headers["Content-Length"] == str(len(data))
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


async def test_raw_data_are_had_where_there_are_some(client: Client, device: StrictDevice) -> None:
    with_raw, without = await device.capture(raw=True), await device.capture()
    response = await client.get(f"/api/v1/captures/{with_raw.id}/raw")
    assert (response.content_type, await response.get_data()) == ("image/x-adobe-dng", RAW)
    missing = await client.get(f"/api/v1/captures/{without.id}/raw")
    assert (missing.status_code, missing.content_type) == (404, PROBLEM)


async def test_an_archive_holds_the_files_of_the_ids_or_of_all(
    client: Client, device: StrictDevice
) -> None:
    first, second, third = [await device.capture(raw=number == 1) for number in range(3)]
    some = await opened(client, f"?ids={first.id},{second.id},{first.id}")
    assert some.namelist() == [f"{first.id}.jpg", f"{second.id}.jpg", f"{second.id}.dng"]
    assert (some.read(f"{first.id}.jpg"), some.read(f"{second.id}.dng")) == (JPEG, RAW)
    assert len((await opened(client)).namelist()) == 4
    assert (await opened(client, "?limit=1&kind=still")).namelist() == [f"{third.id}.jpg"]
    assert device.narrowed == {"kind": "still"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?ids=nope", 404),
        ("?ids=", 404),
        ("?ids=a&tag=b", 422),
        ("?ids=" + ",".join(map(str, range(501))), 422),
        ("?limit=501", 422),
        ("?since=soon", 422),
        ("?idz=a", 422),
        ("", 404),
    ],
)
async def test_an_archive_of_nothing_or_too_much_is_refused(
    client: Client, query: str, status: int
) -> None:
    response = await client.get(f"/api/v1/captures.zip{query}")
    assert (response.status_code, response.content_type) == (status, PROBLEM)


async def test_what_vanishes_meanwhile_is_named_and_the_length_still_holds(
    client: Client, device: StrictDevice, tmp_path: Path
) -> None:
    stays, goes = await device.capture(), await device.capture()
    (tmp_path / f"{goes.id}.jpg").unlink()
    archive = await opened(client, f"?ids={goes.id},{stays.id}")
    assert archive.namelist() == [f"{goes.id}.jpg.missing.txt", f"{stays.id}.jpg"]
    assert f"{goes.id}.jpg was deleted" in archive.read(archive.namelist()[0]).decode()
    assert archive.read(f"{stays.id}.jpg") == JPEG


def test_files_of_ten_gigabytes_and_their_archive_are_whole(tmp_path: Path) -> None:
    size = 10 * 1024**3
    path = tmp_path / "long.mp4"
    with path.open("wb") as file:
        os.truncate(file.fileno(), size)  # a hole: it takes no room on the disk
    video = Capture(id="long", created="", bytes=size, size=Size(1, 1), media_type="video/mp4")
    archive = Archive([CaptureFile(video, str(path))], Sending("archives", 1))
    assert archive.length > size
    chunks = archive.chunks()
    assert next(chunks)[:4] == b"PK\x03\x04"
    assert len(next(chunks)) <= 1 << 20


async def test_a_head_says_the_length_that_a_get_has(app: Quart, device: StrictDevice) -> None:
    capture = await device.capture()
    async with serving(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        for path in (f"/captures/{capture.id}/file", f"/captures.zip?ids={capture.id}"):
            whole = await http.get(f"/api/v1{path}")
            head = await http.head(f"/api/v1{path}")
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["Content-Length"] == str(len(whole.content))


async def test_more_files_at_once_than_may_be_are_refused_and_places_come_back(
    app: Quart, device: StrictDevice
) -> None:
    video = device.add_video(bytes(32 << 20))  # more than the sockets hold
    url = f"/api/v1/captures/{video.id}/file"
    async with serving(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        async with asyncio.TaskGroup() as tasks:
            done = asyncio.Event()
            holding = asyncio.Semaphore(0)

            async def hold() -> None:
                async with http.stream("GET", url) as response:
                    assert response.status_code == 200
                    chunks = response.aiter_raw()
                    await anext(chunks)
                    holding.release()
                    await done.wait()

            for _ in range(64):
                tasks.create_task(hold())
            for _ in range(64):
                await holding.acquire()
            refused = await http.get(url)
            assert refused.status_code == 503, (refused.headers, refused.content[:90])
            assert refused.json()["code"] == "overloaded"
            assert "Retry-After" in refused.headers
            done.set()
        async with asyncio.timeout(10):
            part = {"Range": "bytes=0-9"}
            while (await http.get(url, headers=part)).status_code != 206:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_who_takes_nothing_for_a_while_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(bytes(64 << 20))
    video = Capture(id="a", created="", bytes=64 << 20, size=Size(1, 1), media_type="video/mp4")
    sending = Sending("archives", 1, stall_s=0.2)

    async def app(scope: msgspec.Raw, receive: object, send: object) -> None:
        body = Archive([CaptureFile(video, str(path))], sending)
        start = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start)  # type: ignore[operator]
        async with body as chunks:
            async for chunk in chunks:
                part = {"type": "http.response.body", "body": chunk, "more_body": True}
                await send(part)  # type: ignore[operator]

    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readline()
        async with asyncio.timeout(5):
            while sending.places.locked():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        writer.close()
