"""The index of all captures over the API."""

import pytest
from quart.typing import TestClientProtocol as Client

from tests.web.strict import StrictDevice
from vizy.messages import IndexCaptures

PROBLEM = "application/problem+json"


async def test_the_index_is_short_arrays_newest_first(client: Client, device: StrictDevice) -> None:
    first, second = await device.capture(), await device.capture()
    await device.update_captures([first.id], protected=True)
    index = await (await client.get("/api/v1/captures/index")).get_json()
    width, height = first.size.width, first.size.height
    assert index == {
        "lines": [
            [second.id, "still", width, height, 0.0, False],
            [first.id, "still", width, height, 0.0, True],
        ],
        "count": 2,
        "next": None,
    }


async def test_the_index_passes_every_filter_on(client: Client, device: StrictDevice) -> None:
    query = "limit=9&after=1&before=2&kind=burst&group=b&tag=owl&protected=true"
    times = "since=2026-11-21T12:00:00Z&until=2026-11-22T12:00:00Z"
    response = await client.get(f"/api/v1/captures/index?{query}&{times}")
    assert response.status_code == 200
    assert device.indexed == IndexCaptures(
        limit=9,
        before="2",
        after="1",
        kind="burst",
        group="b",
        tag="owl",
        protected=True,
        since="2026-11-21T12:00:00Z",
        until="2026-11-22T12:00:00Z",
    )


@pytest.mark.parametrize("query", ["limit=20001", "limit=0", "kind=film", "since=soon", "x=1"])
async def test_an_index_that_cannot_be_had_is_refused(client: Client, query: str) -> None:
    response = await client.get(f"/api/v1/captures/index?{query}")
    assert (response.status_code, response.content_type) == (422, PROBLEM)
