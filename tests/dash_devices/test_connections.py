"""Connections: who may connect, what is refused, who comes back. Real server, real sockets."""

import asyncio
import contextlib
import copy
import json
import statistics
import threading
from typing import Any

import pytest
import websockets
from dash import dcc, html
from websockets import ConnectionClosed

from dash_devices import (
    MATCH,
    Client,
    Dash,
    Input,
    Output,
    State,
)
from dash_devices.transport import is_same_origin
from tests.dash_devices.apps import gone, thermostat
from tests.dash_devices.page import WAIT_S, serving


async def test_the_second_of_two_small_frames_does_not_wait_for_the_first() -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        page = await served.open()
        late: list[float] = []
        for n in range(21, 42):
            began = asyncio.get_running_loop().time()
            await page.answer(await page.edit(app, "target", "value", n))
            late.append(asyncio.get_running_loop().time() - began)
    assert statistics.median(late) < 0.03  # 40 ms and more with Nagle's algorithm


async def test_that_a_browser_went_is_told_after_that_it_came() -> None:
    app, seen, gate = Dash("connect"), list[bool](), threading.Event()
    app.layout = html.P(id="p")

    @app.callback_connect
    def slow(client: Client, connected: bool) -> None:
        if connected:
            gate.wait(WAIT_S)
        seen.append(connected)

    async with serving(app) as served:
        page = await served.open()
        (client,) = app.clients
        await page.connection.close()
        await gone(app, client)
        gate.set()
        async with asyncio.timeout(WAIT_S):
            while len(seen) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0)
    assert seen == [True, False]


async def test_a_flood_of_layout_requests_is_refused_past_the_limit() -> None:
    app, gate = Dash("flood"), threading.Event()
    gate.set()
    app.layout = lambda: gate.wait(WAIT_S) and html.P(id="p")
    async with serving(app) as served:
        page = await served.open()
        gate.clear()
        numbers = [await page.ask("layout") for _ in range(200)]
        assert (await page.answer(numbers[-1]))["s"] == 503
        gate.set()
        await page.until(lambda: all(page.message("res", n) for n in numbers))
        assert (await page.answer(numbers[0]))["s"] == 200


def test_a_client_takes_attributes_of_its_users_and_can_be_copied() -> None:
    client = Client(
        id="1", address="::1", host="h", origin=None, headers={}, cookies={}, args={}, path="/"
    )
    client.name = "kitchen"
    assert copy.copy(client).name == "kitchen"
    assert not hasattr(client, "nothing")


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://vizy.local", "vizy.local:80", True),
        ("https://Vizy.local:443", "vizy.local", True),
        ("http://[::1]:8050", "[::1]:8050", True),
        ("http://vizy.local:8080", "vizy.local", False),
        ("http://vizy.local:80", "vizy.local:443", False),
        ("null", "", False),
        ("null", None, False),
        ("file://", "", False),
    ],
)
def test_which_origin_is_our_own(origin: str, host: str | None, same: bool) -> None:
    assert is_same_origin(origin, host, []) is same


async def test_clients_come_and_go_and_may_be_greeted() -> None:
    app, seen = Dash("connect"), list[tuple[str, bool]]()
    app.layout = html.Div([html.P(id="p"), html.P(id="q")])

    @app.callback_connect
    def greet(client: Client, connected: bool) -> Any:
        seen.append((client.user_agent, connected))
        return {"p": {"children": f"hello {client.address}"}}

    @app.callback_connect
    async def also(client: Client, connected: bool) -> Any:
        return Output("q", "children", "and welcome") if connected else None

    async with serving(app) as served:
        page = await served.open(user_agent_header="a browser")
        await page.shows("p", "children", "hello 127.0.0.1")
        await page.shows("q", "children", "and welcome")
        (client,) = app.clients
        assert (client.user_agent, client.host) == ("a browser", f"127.0.0.1:{served.port}")
        await page.connection.close()
        await gone(app, client)
        async with asyncio.timeout(WAIT_S):
            while len(seen) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0)
    assert seen == [("a browser", True), ("a browser", False)]


async def test_a_page_that_was_away_is_told_what_it_missed_merged() -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        hello = one.messages[0]
        await one.connection.close()
        for value in range(21, 31):
            last = await two.edit(app, "target", "value", value)
        await two.answer(last)
        back = await served.open(hello["boot"], hello["q"])
        await back.shows("text", "children", "30 degrees")
        assert back.props["target"] == {"value": 30}
        assert len([m for m in back.messages if m["t"] == "mod"]) == 1


async def test_a_page_that_missed_nothing_is_told_nothing() -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        one = await served.open()
        back = await served.open(one.messages[0]["boot"], app.shared_state.revision)
        await back.answer(await back.ask("deps"))
        assert not [m for m in back.messages if m["t"] == "mod"]


async def test_a_page_from_before_a_restart_is_told_everything() -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        page = await served.open(boot="another run", q=10_000)
        await page.shows("target", "value", 20)
        await page.shows("text", "children", "20 degrees")


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        "[]",
        '{"t":"req"}',
        '{"t":"other"}',
        '{"t":"req","i":1,"u":"eval","b":1}',
        b"\x00\xff",
        '{"t":"hello","boot":5}',
    ],
)
async def test_a_malformed_message_closes_its_own_connection_only(message: Any) -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        good, bad = await served.open(), await served.open()
        await bad.connection.send(message)
        assert await bad.closed() == 1003
        assert (await good.answer(await good.edit(app, "target", "value", 3)))["s"] == 204


async def test_an_oversized_message_closes_its_own_connection_only() -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        good, bad = await served.open(), await served.open()
        await bad.connection.send("x" * (2 << 20))
        assert await bad.closed() == 1009
        assert (await good.answer(await good.edit(app, "target", "value", 3)))["s"] == 204


async def test_the_first_message_must_be_a_hello() -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        connection = await served.connect()
        await connection.send('{"t":"ping"}')
        with pytest.raises(ConnectionClosed, match="the first message must be a hello"):
            await asyncio.wait_for(connection.recv(), WAIT_S)
        assert len(app.clients) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"output": "nothing.children"}, "there is no callback nothing.children"),
        ({"inputs": []}, "has other inputs than the callback"),
        (
            {"inputs": [{"id": "log", "property": "children", "value": 1}]},
            "is not its target.value",
        ),
        ({"changedPropIds": ["text.children"]}, "text.children is not among its inputs"),
        ({"inputs": "x"}, "this update cannot be understood"),
    ],
)
async def test_what_is_not_registered_is_refused_and_the_page_put_right(
    change: dict[str, Any], words: str
) -> None:
    app, told = thermostat()
    body: dict[str, Any] = {
        "output": "text.children",
        "outputs": {"id": "text", "property": "children"},
        "inputs": [{"id": "target", "property": "value", "value": 99}],
        "changedPropIds": ["target.value"],
    }
    async with serving(app) as served:
        page = await served.open()
        answer = await page.answer(await page.ask("update", body | change))
        assert answer["s"] == 400
        assert words in answer["e"]
        if "inputs" in change and change["inputs"] != "x":
            await page.shows("target", "value", 20)
            kinds = [m["t"] for m in page.messages]  # before the answer its own edit counts
            assert kinds.index("res") < kinds.index("mod")
    assert told == [20]


async def test_a_browser_cannot_fill_the_memory_with_ids_that_it_invents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dash_devices.state.MAX_STRANGERS", 5)
    app = Dash("match")
    app.layout = html.Div([dcc.Slider(0, 9, id={"c": "known"})])
    app.callback_shared(None, Input({"c": MATCH}, "value"))(lambda v: None)
    async with serving(app) as served:
        page = await served.open()
        for n in range(5):
            assert (await page.answer(await page.edit(app, {"c": n}, "value", 1)))["s"] == 204
        refused = await page.answer(await page.edit(app, {"c": "one more"}, "value", 1))
        assert refused["s"] == 400
        assert "there is no component" in refused["e"]
        assert (await page.answer(await page.edit(app, {"c": "known"}, "value", 1)))["s"] == 204


async def test_too_many_clicks_for_a_slow_device_are_refused_and_said() -> None:
    app, gate, clicks = Dash("busy"), asyncio.Event(), list[int]()
    app.layout = html.Button(id="b")

    @app.callback_shared(None, Input("b", "n_clicks"))
    async def slow(n: int) -> None:
        await gate.wait()
        clicks.append(n)

    async with serving(app) as served:
        page = await served.open()
        numbers = [await page.edit(app, "b", "n_clicks", n) for n in range(300)]
        answer = await page.answer(numbers[-1])
        assert answer["s"] == 503
        assert "256 changes wait for 'device'" in answer["e"]
        gate.set()
        await page.until(lambda: all(page.message("res", n) for n in numbers))
    refused = sum((page.message("res", n) or {})["s"] == 503 for n in numbers)
    assert len(clicks) + refused == 300
    assert clicks == sorted(clicks)


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [("http://evil.example", False), ("null", False), ("own", True), (None, True)],
)
async def test_only_pages_of_our_own_origin_may_connect(origin: str | None, welcome: bool) -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        options: dict[str, Any] = {}
        if origin is not None:
            own = f"http://127.0.0.1:{served.port}"
            options["origin"] = own if origin == "own" else origin
        context = contextlib.nullcontext() if welcome else pytest.raises(websockets.InvalidStatus)
        with context:
            await served.open(**options)


async def test_a_browser_that_does_not_read_is_let_go_and_delays_nobody() -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        good, bad = await served.open(), await served.open()
        client = list(app.clients)[1]
        client.outbox._limit_bytes = 10
        for n in range(10):
            await bad.connection.send(json.dumps({"t": "req", "i": n, "u": "deps", "b": None}))
        await gone(app, client)
        assert (await good.answer(await good.edit(app, "target", "value", 3)))["s"] == 204


async def test_layout_and_dependencies_are_also_served_over_http() -> None:
    app, _ = thermostat()
    test_client = app.server.test_client()
    async with serving(app) as served:
        page = await served.open()
        await page.answer(await page.edit(app, "target", "value", 12))
        layout = json.loads(await (await test_client.get("/_dash-layout")).get_data())
        assert layout["props"]["children"][0]["props"]["value"] == 12


def test_a_state_may_come_along() -> None:
    app = Dash("state")
    app.callback_shared(Output("o", "children"), [Input("a", "value")], [State("b", "value")])(
        lambda a, b: a + b
    )
    (callback,) = app.engine.callbacks
    assert [str(p) for p in (*callback.inputs, *callback.state, *callback.outputs)] == [
        "a.value",
        "b.value",
        "o.children",
    ]


async def test_a_shared_callback_cannot_be_run_past_its_queue_over_http() -> None:
    app, told = thermostat()
    app.callback(Output("log", "children"), Input("button", "n_clicks"))(lambda n: f"clicked {n}")
    test_client = app.server.test_client()
    async with serving(app):
        body: dict[str, Any] = {
            "output": "text.children",
            "outputs": {"id": "text", "property": "children"},
            "inputs": [{"id": "target", "property": "value", "value": 99}],
            "changedPropIds": ["target.value"],
        }
        refused = await test_client.post("/_dash-update-component", json=body)
        assert refused.status_code == 409
        body |= {
            "output": "log.children",
            "outputs": {"id": "log", "property": "children"},
            "inputs": [{"id": "button", "property": "n_clicks", "value": 3}],
        }
        taken = await test_client.post("/_dash-update-component", json=body)
        assert (await taken.get_json())["response"] == {"log": {"children": "clicked 3"}}
    assert told == [20]
