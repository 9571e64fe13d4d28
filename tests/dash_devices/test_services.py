"""How a callback is served: `Services`, `callback_s2`, devices."""

import asyncio
import re
import threading
from typing import Any

import pytest
from dash import dcc, html

from dash_devices import Client, Dash, Input, Output, RegistrationError, Services
from tests.dash_devices.page import WAIT_S, serving

BITS = [
    "PUSHER_UPDATE",
    "PUSHER_OTHER",
    "NO_CLIENT_INITIAL_CALLBACK",
    "SERVER_INITIAL_CALLBACK",
    "SHARED_CALLBACK",
    "SERIALIZED_CALLBACK",
    "SERIALIZED_MOST_RECENT_CALLBACK",
    "SHARE_WITH_OTHER_CLIENTS",
]


def test_the_bits_are_numbered_as_they_are_written_and_every_name_is_documented() -> None:
    assert [flag.name for flag in Services] == BITS
    assert [int(flag) for flag in Services] == [1 << n for n in range(8)]
    documented = set(re.findall(r"\b([A-Z][A-Z_0-9]+)(?=[:;]| is its)", Services.__doc__ or ""))
    assert documented == set(Services.__members__)


def test_the_combinations_are_what_their_names_say() -> None:
    assert Services.S0 == Services.NORMAL == 0
    assert Services.S1 == Services.SHARED
    assert (Services.S2.is_serialised, Services.S2.is_shared) == (True, False)
    assert (Services.SHARED.is_serialised, Services.SHARED.is_shared) == (True, True)
    assert Services.SHARED.coalesce is None
    assert Services.SHARED_MOST_RECENT.coalesce is True
    assert Services.PUSHER_ALL == Services.PUSHER_UPDATE | Services.PUSHER_OTHER
    for service in Services.S0, Services.S2, Services.SHARED, Services.SHARED_MOST_RECENT:
        assert service.checked() is service


def view(kind: str = "s2", **options: Any) -> tuple[Dash, list[Any], threading.Semaphore]:
    """A slider of which each browser has its own view, a button, and what the device was told."""
    app, told, turn = Dash("view"), list[Any](), threading.Semaphore(0)
    app.layout = html.Div(
        [dcc.Slider(0, 99, id="a"), html.Button(id="b"), html.P(id="p"), html.P(id="q")]
    )

    def run(value: Any) -> str:
        turn.acquire(timeout=WAIT_S)
        told.append(value)
        return f"at {value}"

    register = {"s2": app.callback_s2, "shared": app.callback_shared}[kind]
    register(Output("p", "children"), Input("a", "value"), prevent_initial_call=True, **options)(
        run
    )
    register(Output("q", "children"), Input("b", "n_clicks"), prevent_initial_call=True, **options)(
        run
    )
    return app, told, turn


async def test_each_browser_has_its_own_view_and_the_device_one_order() -> None:
    app, told, turn = view()
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        asked = [(page, await page.edit(app, "b", "n_clicks", n)) for n, page in ((1, one),)]
        await _taken(app, one)
        asked += [(two, await two.edit(app, "b", "n_clicks", 2))]
        await _taken(app, two)
        asked += [(one, await one.edit(app, "b", "n_clicks", 3))]
        turn.release(3)
        answers = [(await page.answer(number))["b"]["response"] for page, number in asked]
        assert answers == [{"q": {"children": f"at {n}"}} for n in (1, 2, 3)]
        assert one.props == two.props == {}
        assert "ack" not in {m["t"] for m in one.messages}
    assert told == [1, 2, 3]


async def test_a_newer_value_replaces_what_waits_of_the_same_browser_only() -> None:
    app, told, turn = view()
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        await one.edit(app, "b", "n_clicks", 0)  # the device is in use
        await _taken(app, one)
        mine = [await one.edit(app, "a", "value", n) for n in (1, 2, 3)]
        await _taken(app, one)
        theirs = await two.edit(app, "a", "value", 50)
        await _taken(app, two)
        last = await one.edit(app, "a", "value", 4)
        turn.release(9)
        statuses = [(await one.answer(number))["s"] for number in (*mine, last)]
        assert statuses == [204, 204, 200, 200]
        assert (await two.answer(theirs))["b"]["response"] == {"p": {"children": "at 50"}}
    assert told == [0, 3, 50, 4]


async def test_clicks_are_replaced_only_where_the_most_recent_counts() -> None:
    for coalesce, expected in ((None, [1, 2, 3, 4]), (True, [1, 4])):
        app, told, turn = view(coalesce=coalesce)
        async with serving(app) as served:
            page = await served.open()
            numbers = [await page.edit(app, "b", "n_clicks", 1)]
            await _taken(app, page)
            numbers += [await page.edit(app, "b", "n_clicks", n) for n in (2, 3, 4)]
            await _taken(app, page)
            turn.release(4)
            for number in numbers:
                await page.answer(number)
        assert told == expected


async def test_the_device_may_be_the_one_that_a_browser_chose() -> None:
    app, ran, gates = Dash("devices"), list[str](), {"left": asyncio.Event()}
    app.layout = html.Div([html.Button(id="b"), html.P(id="p")])

    @app.callback_connect
    async def choose(client: Client, connected: bool) -> None:
        client.device = client.user_agent

    @app.callback_s2(None, Input("b", "n_clicks"), domain=lambda client: client.user_agent)
    async def click(n: int) -> None:
        if n == 1:
            await gates["left"].wait()
        ran.append(f"{n}")

    async with serving(app) as served:
        left = await served.open(user_agent_header="left")
        right = await served.open(user_agent_header="right")
        waiting = await left.edit(app, "b", "n_clicks", 1)
        behind = await left.edit(app, "b", "n_clicks", 2)
        await right.answer(await right.edit(app, "b", "n_clicks", 3))
        assert ran == ["3"]  # the other device did not wait
        gates["left"].set()
        await left.answer(waiting)
        await left.answer(behind)
    assert ran == ["3", "1", "2"]


@pytest.mark.parametrize("domain", [lambda client: client.nothing, lambda client: 5])
async def test_a_device_that_cannot_be_told_is_an_error_with_the_callbacks_name(
    domain: Any, caplog: pytest.LogCaptureFixture
) -> None:
    app, _, turn = view(domain=domain)
    app.callback(Output("p", "title"), Input("q", "title"))(lambda title: title)
    turn.release(9)
    async with serving(app) as served:
        page = await served.open()
        answer = await page.answer(await page.edit(app, "b", "n_clicks", 1))
        assert answer["s"] == 500
        assert "view.<locals>.run: domain=" in answer["e"]
        assert (await page.answer(await page.edit(app, "q", "title", "x")))["s"] == 200
    assert "domain=" in caplog.text


async def test_shared_and_own_callbacks_of_one_device_never_overlap() -> None:
    app, running, most = Dash("both"), 0, 0
    app.layout = html.Div([html.Button(id="a"), html.Button(id="b"), html.Button(id="c")])

    async def use(n: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1

    def block(n: int) -> None:
        asyncio.run_coroutine_threadsafe(use(n), loop).result(WAIT_S)

    app.callback_shared(None, Input("a", "n_clicks"), domain="camera")(use)
    app.callback_s2(None, Input("b", "n_clicks"), domain="camera")(use)
    app.callback_s2(None, Input("c", "n_clicks"), domain="camera")(block)
    loop = asyncio.get_running_loop()
    async with serving(app) as served:
        pages = [await served.open() for _ in range(3)]
        asked = [
            (page, await page.edit(app, component, "n_clicks", n))
            for n in range(5)
            for page in pages
            for component in "abc"
        ]
        for page, number in asked:
            assert (await page.answer(number))["s"] == 204
    assert most == 1


@pytest.mark.parametrize("kind", ["s2", "shared"])
async def test_one_that_does_not_return_is_reported_and_keeps_its_turn(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    app, told, turn = view(kind, timeout_s=0.05)
    async with serving(app) as served:
        page = await served.open()
        hangs = await page.edit(app, "b", "n_clicks", 1)
        behind = await page.edit(app, "b", "n_clicks", 2)
        answer = await page.answer(hangs)
        assert "run has not returned for 0.05 s; 1 changes of 'device' wait" in answer["e"]
        assert told == []
        turn.release(2)
        await page.answer(behind)
        assert sum(m["t"] == "res" and m["i"] == hangs for m in page.messages) == 1
    assert told == [1, 2]
    assert "has not returned" in caplog.text


P = Services.PUSHER_UPDATE
WRONG = [
    (Services.SHARED_CALLBACK, "needs .*SERIALIZED_CALLBACK.* as well"),
    (Services.SHARED & ~Services.SHARE_WITH_OTHER_CLIENTS, "needs .*SHARE_WITH_OTHER_CLIENTS"),
    (Services.SHARED & ~P, "needs .*PUSHER_UPDATE"),
    (Services.SERIALIZED_CALLBACK, "over HTTP nothing orders requests"),
    (Services.SERIALIZED_MOST_RECENT_CALLBACK, "add Services.PUSHER_UPDATE, or use Services.S2"),
    (Services.S2 | Services.SERVER_INITIAL_CALLBACK, "runs only shared callbacks by itself"),
]


@pytest.mark.parametrize(("service", "words"), WRONG)
@pytest.mark.parametrize("where", ["service", "callback_service"])
def test_a_combination_that_cannot_be_is_refused_with_the_cure(
    service: Services, words: str, where: str
) -> None:
    if where == "callback_service":
        with pytest.raises(RegistrationError, match=words):
            Dash("x", callback_service=service)
        return
    app = Dash("x")
    with pytest.raises(RegistrationError, match=words):
        app.callback(Output("p", "children"), Input("a", "value"), service=service)(str)
    assert not app._callback_list


async def test_the_applications_service_is_every_callbacks_that_names_none() -> None:
    app = Dash("service", callback_service=Services.S2)
    app.layout = html.Div([dcc.Input(id="a"), *(html.P(id=n) for n in "pqr")])
    app.callback(Output("p", "children"), Input("a", "value"))(lambda v: v)
    app.callback(Output("q", "children"), Input("a", "title"), service=Services.SHARED)(lambda v: v)
    app.callback_s0(Output("r", "children"), Input("a", "name"))(lambda v: v)
    assert list(app.serial) == ["p.children"]
    assert [callback.id for callback in app.engine.callbacks] == ["q.children"]


async def _taken(app: Dash, page: Any) -> None:
    """Wait until the server has taken everything that a page sent."""
    await page.answer(await page.ask("deps"))
