"""The state as server-sent events."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from quart import Quart

from tests.web.fakes import as_json, parts_of
from tests.web.server import serving
from tests.web.strict import StrictDevice
from web.api.events import events
from web.api.mount import mount
from web.problems import install_problems

URL = "/api/v1/events"


class Reader:
    """Reads one stream, event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def block(self) -> dict[str, str]:
        """Return the fields up to the next empty line; a comment has the name ''."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(5):
            async for line in self._lines:
                if not line:
                    return fields
                name, _, value = line.partition(": ")
                fields[name] = value
        raise EOFError

    async def rest(self) -> AsyncIterator[dict[str, str]]:
        """Yield the blocks up to the end."""
        with contextlib.suppress(EOFError):
            while True:
                yield await self.block()

    async def event(self) -> tuple[str, Any, str | None]:
        """Return name, data and id of the next event."""
        while "data" not in (fields := await self.block()):
            pass
        return fields["event"], json.loads(fields["data"]), fields.get("id")


@pytest.fixture
async def http(device: StrictDevice) -> AsyncIterator[httpx.AsyncClient]:
    app = Quart(__name__)
    install_problems(app)
    app.register_blueprint(mount(events(parts_of(device), quiet_s=0.05)))
    limits = httpx.Limits(max_connections=None)
    async with serving(app) as port:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, limits=limits) as client:
            yield client


@contextlib.asynccontextmanager
async def reading(http: httpx.AsyncClient, **headers: str) -> AsyncIterator[Reader]:
    async with http.stream("GET", URL, headers=headers) as response:
        yield Reader(response)


async def test_the_whole_state_comes_first_and_then_what_changes(
    http: httpx.AsyncClient, device: StrictDevice
) -> None:
    assert device.state is not None
    async with reading(http) as reader:
        assert reader.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert reader.response.headers["Cache-Control"] == "no-store"
        assert await reader.block() == {"retry": "2000"}
        revision = device.state.revision
        assert await reader.event() == ("state", as_json(device.state), str(revision))
        await device.set_controls({"Brightness": 0.5})
        name, change, identity = await reader.event()
        assert (name, identity) == ("change", str(revision + 1))
        assert (change["revision"], list(change["sections"])) == (revision + 1, ["controls"])
        assert change["sections"]["controls"]["Brightness"] == 0.5


async def test_changes_while_a_reader_is_slow_become_one(
    http: httpx.AsyncClient, device: StrictDevice
) -> None:
    async with reading(http) as reader:
        await reader.event()
        for step in range(1, 500):  # all before the reader's task gets its turn
            await device.set_controls({"Brightness": step / 1000})
        seen: list[float] = []
        while not seen or seen[-1] != 0.499:
            seen.append((await reader.event())[1]["sections"]["controls"]["Brightness"])
        assert len(seen) < 10


async def test_a_reader_that_comes_back_gets_the_state_unless_it_has_the_newest(
    http: httpx.AsyncClient, device: StrictDevice
) -> None:
    assert device.state is not None
    newest = device.state.revision
    async with reading(http, **{"Last-Event-ID": str(newest)}) as reader:
        assert await reader.block() == {"retry": "2000"}
        assert await reader.block() == {"": "nothing new"}
        await device.set_illuminator(0)
        assert (await reader.event())[0] == "change"
    for old in (str(newest), "nonsense"):
        async with reading(http, **{"Last-Event-ID": old}) as reader:
            assert (await reader.event())[0] == "state"


async def test_a_comment_comes_when_nothing_else_does(http: httpx.AsyncClient) -> None:
    async with reading(http) as reader:
        await reader.event()
        assert await reader.block() == {"": "nothing new"}
        assert await reader.block() == {"": "nothing new"}


async def test_a_device_that_goes_away_and_comes_back_is_told(
    http: httpx.AsyncClient, device: StrictDevice
) -> None:
    assert device.state is not None
    async with reading(http) as reader:
        await reader.event()
        device.publish(connected=False)
        assert await reader.event() == ("away", {"revision": device.state.revision}, None)
        device.publish()
        assert (await reader.event())[0] == "state"
    device.publish(connected=False)
    async with reading(http) as reader:
        assert (await reader.event())[0] == "away"


async def test_there_are_32_readers_at_most_and_a_place_comes_back(
    http: httpx.AsyncClient,
) -> None:
    async with contextlib.AsyncExitStack() as held:
        readers = [await held.enter_async_context(reading(http)) for _ in range(32)]
        for reader in readers:
            await reader.event()
        refused = await http.get(URL)
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert "Retry-After" in refused.headers
    async with asyncio.timeout(5):
        while (await http.head(URL)).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_it_ends_when_the_mirror_does(http: httpx.AsyncClient, device: StrictDevice) -> None:
    async with reading(http) as reader:
        await reader.event()
        device.publish(closed=True)
        assert [fields async for fields in reader.rest()] in ([], [{"": "nothing new"}])
