"""A request runs once, however often its connection breaks; a page is one, over all of them."""

import asyncio
import contextlib
import json
from typing import Any

import pytest
from dash import html
from websockets import ConnectionClosed

from dash_devices import Client, Dash, Input
from dash_devices.pages import Pages
from tests.dash_devices.apps import gone
from tests.dash_devices.page import WAIT_S, Page, Served, serving

NAME = "a page of this test"


def counter() -> tuple[Dash, list[int]]:
    """A button, and the clicks that arrived."""
    app, clicks = Dash("counter"), list[int]()
    app.layout = html.Div([html.Button(id="b"), html.P(id="p")])
    app.callback_shared(None, Input("b", "n_clicks"))(clicks.append)
    return app, clicks


async def again(served: Served, before: Page, name: str = NAME) -> Page:
    """Connect again as the same page, which knows the server's run."""
    return await served.open(before.messages[0]["boot"], before.messages[0]["q"], name=name)


async def answers_of(page: Page, number: int) -> int:
    """Count the answers of a request, once everything that was sent before has been handled."""
    await page.connection.send('{"t":"ping"}')
    await page.until(lambda: {"t": "pong"} in page.messages)
    return sum(m["t"] == "res" and m["i"] == number for m in page.messages)


async def test_a_request_that_came_before_the_cut_is_not_run_when_it_comes_again() -> None:
    app, clicks = counter()
    async with serving(app) as served:
        one = await served.open(name=NAME)
        assert one.messages[0]["seen"] is None
        for n in (1, 2):
            await one.answer(await one.edit(app, "b", "n_clicks", n))
        one.connection.transport.abort()
        back = await again(served, one)
        assert back.messages[0]["seen"] == 2
        body = _click(app, 2)
        for number in (1, 2):
            await back.ask("update", body, number=number)
        assert await answers_of(back, 2) == 0
        await back.answer(await back.ask("update", _click(app, 3), number=3))
    assert clicks == [1, 2, 3]


async def test_a_number_that_comes_twice_on_one_connection_counts_once() -> None:
    app, clicks = counter()
    async with serving(app) as served:
        page = await served.open()
        for _ in range(3):
            await page.ask("update", _click(app, 7), number=7)
        await page.answer(7)
        assert await answers_of(page, 7) == 1
    assert clicks == [7]


async def test_a_second_connection_of_a_page_closes_the_first_whose_messages_count_no_more() -> (
    None
):
    app, clicks = counter()
    async with serving(app) as served:
        one = await served.open(name=NAME)
        other = await served.open(name="another page of this test")
        back = await again(served, one)
        assert len(app.clients) == 2
        late = json.dumps({"t": "req", "i": 1, "u": "update", "b": _click(app, 666)})
        with contextlib.suppress(ConnectionClosed):
            await one.connection.send(late)
        assert await one.closed() == 4001
        await back.answer(await back.ask("update", _click(app, 1), number=1))
        await other.answer(await other.edit(app, "b", "n_clicks", 2))
    assert clicks == [1, 2]


async def test_pages_without_a_name_have_nothing_to_do_with_one_another() -> None:
    app, clicks = counter()
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        for page in (one, two):
            assert page.messages[0]["seen"] is None
            await page.answer(await page.ask("update", _click(app, 1), number=1))
        assert len(app.clients) == 2
    assert clicks == [1, 1]


@pytest.mark.parametrize("name", ["too short", "x" * 65, 5, ["x" * 20]])
async def test_a_name_that_is_none_ends_the_connection(name: Any) -> None:
    app, _ = counter()
    async with serving(app) as served:
        connection = await served.connect()
        await connection.send(json.dumps({"t": "hello", "page": name}))
        with pytest.raises(ConnectionClosed, match="must be a hello"):
            await asyncio.wait_for(connection.recv(), WAIT_S)


async def test_a_page_that_was_away_while_4096_others_came_is_not_known_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, _ = counter()
    app.pages = Pages(limit=3)
    async with serving(app) as served:
        one = await served.open(name=NAME)
        stays = await served.open(name="a page that stays here")
        await stays.answer(await stays.edit(app, "b", "n_clicks", 1))
        await one.connection.close()
        async with asyncio.timeout(WAIT_S):
            while len(app.clients) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0)
        for n in range(4):
            other = await served.open(name=f"another page {n:8}")
            await other.connection.close()
            async with asyncio.timeout(WAIT_S):
                while len(app.clients) > 1:  # noqa: ASYNC110
                    await asyncio.sleep(0)
        assert len(app.pages) == 3
        assert (await again(served, one)).messages[0]["seen"] is None
        # Who is connected is not forgotten, however long ago it came.
        back = await again(served, stays, "a page that stays here")
        assert back.messages[0]["seen"] == 1
    assert Pages()._limit == 4096


async def test_what_the_application_gave_a_page_is_its_next_clients_and_who_it_is_is_not() -> None:
    app, users = counter()[0], iter(["ada", "bob"])
    app.authorize(lambda client: next(users))

    @app.callback_connect
    async def greet(client: Client, connected: bool) -> None:
        if connected and not hasattr(client, "visits"):
            client.visits = 0
        client.visits += connected

    async with serving(app) as served:
        one = await served.open(name=NAME, user_agent_header="before")
        (first,) = app.clients
        first.nickname = "kitchen"
        await one.connection.close()
        await gone(app, first)
        await again(served, one)
        (second,) = app.clients
        assert second is not first
        assert second.id != first.id
        assert second.nickname == "kitchen"
        assert second.authentication == "bob"
        assert second.user_agent != "before"
        assert second.outbox is not first.outbox


async def test_a_server_that_was_restarted_knows_no_page() -> None:
    app, _ = counter()
    async with serving(app) as served:
        one = await served.open(name=NAME)
        await one.answer(await one.edit(app, "b", "n_clicks", 1))
    restarted, clicks = counter()
    async with serving(restarted) as served:
        back = await again(served, one)
        hello = back.messages[0]
        assert hello["boot"] != one.messages[0]["boot"]
        assert hello["seen"] is None
        await back.answer(await back.ask("update", _click(restarted, 2), number=9))
    assert clicks == [2]


async def test_a_page_that_leaves_in_the_moment_it_comes_is_not_kept() -> None:
    app, _ = counter()
    async with serving(app) as served:
        for _ in range(30):
            connection = await served.connect()
            await connection.send('{"t":"hello"}')
            connection.transport.abort()
        async with asyncio.timeout(WAIT_S):
            while app._endpoint._open:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert len(app.clients) == 0


async def test_what_waits_for_a_page_is_let_go_when_it_leaves() -> None:
    app, _ = counter()
    async with serving(app) as served:
        page = await served.open(name=NAME)
        (client,) = app.clients
        page.connection.transport.abort()
        await gone(app, client)
        for n in range(20):
            client.send(b'{"t":"pong"}' * 100)
            app.push_mods({"p": {"children": n}})
        assert len(client.outbox) == 0


def _click(app: Dash, n: int) -> dict[str, Any]:
    return {
        "output": app._callback_list[0]["output"],
        "outputs": [],
        "inputs": [{"id": "b", "property": "n_clicks", "value": n}],
        "changedPropIds": ["b.n_clicks"],
    }
