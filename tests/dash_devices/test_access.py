"""Who may connect, who may run what, and how much one browser may ask."""

import asyncio
import functools
import json
from typing import Any

import pytest
from dash import dcc, html
from websockets import ConnectionClosed
from websockets.asyncio.client import ClientConnection

from dash_devices import Client, Dash, Input, Output, RegistrationError
from dash_devices.transport import is_same_origin
from tests.dash_devices.apps import thermostat
from tests.dash_devices.page import Page, Served, serving

HTTP = ("_dash-layout", "_dash-dependencies", "_dash-update-component")


async def refused(served: Served) -> int | None:
    """Connect, say hello, and return the code with which that was refused, if it was."""
    connection: ClientConnection = await served.connect()
    try:
        await connection.send('{"t":"hello"}')
        await connection.recv()
    except ConnectionClosed as error:
        return error.rcvd.code if error.rcvd else 1006
    return None


async def by_http(app: Dash) -> set[int]:
    """Ask for everything by HTTP; return the statuses."""
    browser = app.server.test_client()
    answers = [await browser.get(f"/{path}") for path in HTTP[:2]]
    answers.append(await browser.post(f"/{HTTP[2]}", json={"output": "text.children"}))
    return {answer.status_code for answer in answers}


async def coroutine(client: Client, *, said: Any) -> Any:
    await asyncio.sleep(0)
    return said


def plain(client: Client, *, said: Any) -> Any:
    return said


def raising(client: Client) -> bool:
    raise LookupError("no such user")


async def slow(client: Client) -> bool:
    await asyncio.sleep(3600)
    return True


NO: list[Any] = [
    functools.partial(plain, said=False),
    functools.partial(plain, said=None),
    functools.partial(coroutine, said=False),
    lambda client: coroutine(client, said=False),
    raising,
    slow,
]


@pytest.mark.parametrize("rule", NO)
async def test_who_is_not_let_in_is_told_so_and_gets_nothing(
    rule: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dash_devices.access.AUTHORIZE_TIMEOUT_S", 0.05)
    app, told = thermostat()
    app.authorize(rule)
    async with serving(app) as served:
        assert await refused(served) == 4003
        assert len(app.clients) == 0
        assert await by_http(app) == {403}
    assert told == [20]


@pytest.mark.parametrize("kind", [plain, coroutine])
@pytest.mark.parametrize(("said", "kept"), [(True, None), ("ada", "ada"), ({"id": 3}, {"id": 3})])
async def test_what_authorize_says_is_the_clients_authentication(
    kind: Any, said: Any, kept: Any
) -> None:
    app, _ = thermostat()
    app.authorize(functools.partial(kind, said=said))
    async with serving(app) as served:
        await served.open()
        assert app.clients[0].authentication == kept
        assert 403 not in await by_http(app)


async def test_all_rules_must_agree_and_the_first_that_names_somebody_counts() -> None:
    app, asked = thermostat()[0], list[str]()
    answers: dict[str, Any] = {"first": True, "second": "ada", "third": "bob"}
    for name in answers:
        app.authorize(lambda client, name=name: asked.append(name) or answers[name])
    async with serving(app) as served:
        await served.open()
        assert app.clients[0].authentication == "ada"
        answers["second"] = False
        assert await refused(served) == 4003
    assert asked == ["first", "second", "third", "first", "second"]


async def test_a_rule_that_takes_long_keeps_nobody_else_waiting() -> None:
    app, gate = thermostat()[0], asyncio.Event()

    @app.authorize
    async def rule(client: Client) -> bool:
        if client.user_agent == "slow":
            await gate.wait()
        return True

    async with serving(app) as served:
        waiting = asyncio.create_task(served.open(user_agent_header="slow"))
        page = await served.open(user_agent_header="quick")
        assert (await page.answer(await page.edit(app, "target", "value", 3)))["s"] == 204
        gate.set()
        await waiting


# -- who may run what ----------------------------------------------------------------------------


def guarded(allowed: str) -> tuple[Dash, list[str]]:
    """A callback of every kind, of which one is allowed; and what ran."""
    app, ran = Dash("guarded"), list[str]()
    app.layout = html.Div(
        [dcc.Input(id="a", value="before"), *(html.P(id=name) for name in ("o", "p", "q", "r"))]
    )
    note = {name: functools.partial(_note, ran, name) for name in ("o", "p", "q", "r")}
    app.callback_shared(Output("o", "children"), Input("a", "value"), prevent_initial_call=True)(
        note["o"]
    )
    app.callback_s2(Output("p", "children"), Input("a", "title"))(note["p"])
    app.callback(Output("q", "children"), Input("a", "name"), chain=True)(note["q"])
    app.callback(Output("r", "children"), Input("q", "children"))(note["r"])
    app.callback_authorize_output(lambda client, output: output in allowed.split())
    return app, ran


def _note(ran: list[str], name: str, value: Any) -> str:
    ran.append(name)
    return f"{value}"


def body(output: str, prop: str) -> dict[str, Any]:
    return {
        "output": f"{output}.children",
        "outputs": {"id": output, "property": "children"},
        "inputs": [{"id": "a", "property": prop, "value": "edited"}],
        "changedPropIds": [f"a.{prop}"],
    }


@pytest.mark.parametrize(("output", "prop"), [("o", "value"), ("p", "title"), ("q", "name")])
async def test_a_callback_runs_for_those_who_may_only(output: str, prop: str) -> None:
    app, ran = guarded("")
    async with serving(app) as served:
        page = await served.open()
        told = await page.answer(await page.ask("update", body(output, prop)))
        assert told["s"] == 403
        assert told["e"] == f"this browser may not change {output}.children"
    assert ran == []
    app, ran = guarded(f"{output}.children")
    async with serving(app) as served:
        page = await served.open()
        assert (await page.answer(await page.ask("update", body(output, prop))))["s"] in {200, 204}
    assert ran == [output]


async def test_a_refused_edit_of_what_is_shared_is_taken_back_where_it_was_made() -> None:
    app, _ = guarded("")
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        await one.answer(await one.ask("update", body("o", "value")))
        await one.shows("a", "value", "before")
        await two.answer(await two.ask("deps"))
        assert two.props == {}


async def test_a_follower_that_is_not_allowed_is_not_run_in_a_chain() -> None:
    app, ran = guarded("q.children")
    link = body("r", "x") | {"inputs": [{"id": "q", "property": "children", "value": None}]}
    async with serving(app) as served:
        page = await served.open()
        number = await page.ask("update", body("q", "name"), links=[link])
        told = await page.answer(number)
        assert told["b"]["response"] == {"q": {"children": "edited"}}
    assert ran == ["q"]


async def test_over_http_the_same_rule_holds() -> None:
    app, ran = guarded("q.children")
    browser = app.server.test_client()
    async with serving(app):
        path = "/_dash-update-component"
        assert (await browser.post(path, json=body("q", "name"))).status_code == 200
        link = body("r", "x") | {"inputs": [{"id": "q", "property": "children", "value": None}]}
        assert (await browser.post(path, json=link)).status_code == 403
        assert (await browser.post(path, json=body("o", "value"))).status_code in {403, 409}
    assert ran == ["q"]


def answers_late(client: Client | None, output: str) -> Any:
    return coroutine(Any, said=True)  # type: ignore[arg-type]


def fails(client: Client | None, output: str) -> bool:
    raise LookupError("no such user")


@pytest.mark.parametrize("rule", [answers_late, fails])
async def test_a_rule_that_cannot_say_means_no(rule: Any) -> None:
    app, told = thermostat()
    app.callback_authorize_output(rule)
    async with serving(app) as served:
        page = await served.open()
        assert (await page.answer(await page.edit(app, "target", "value", 3)))["s"] == 403
    assert told == [20]


def test_a_rule_per_callback_that_is_a_coroutine_is_refused_with_the_cure() -> None:
    app, _ = thermostat()

    async def rule(client: Client, output: str) -> bool:
        return True

    with pytest.raises(RegistrationError, match=r"rule must be a plain function .* @app.authorize"):
        app.callback_authorize_output(rule)


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        (None, "vizy.local", True),
        ("http://vizy.local", "vizy.local", True),
        ("https://vizy.local", "vizy.local", True),
        ("http://VIZY.local:80", "vizy.LOCAL", True),
        ("http://vizy.local:443", "vizy.local", False),
        ("http://vizy.local.evil.example", "vizy.local", False),
        ("http://vizy.local@evil.example", "vizy.local", False),
        ("http://evil.example/vizy.local", "vizy.local", False),
        ("ftp://vizy.local", "vizy.local", False),
        ("//vizy.local", "vizy.local", False),
        ("vizy.local", "vizy.local", False),
        ("", "", False),
        ("http://", "", False),
        ("http://[::1", "[::1", False),
        ("http://[not an address]", "x", False),
        ("https://panel.example", "vizy.local", True),
        ("http://panel.example", "vizy.local", False),
    ],
)
def test_an_origin_is_ours_or_is_named(origin: str | None, host: str, same: bool) -> None:
    assert is_same_origin(origin, host, ["https://panel.example"]) is same


# -- how much ------------------------------------------------------------------------------------


async def test_one_browser_too_many_is_told_to_try_later_and_has_room_when_one_left() -> None:
    app = Dash("two", max_clients=2)
    app.layout = html.P(id="p")
    async with serving(app) as served:
        one, _ = await served.open(), await served.open()
        assert await refused(served) == 1013
        assert len(app.clients) == 2
        await one.connection.close()
        async with asyncio.timeout(10):
            while len(app.clients) > 1:  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert await refused(served) is None


async def test_a_flood_is_slowed_down_and_loses_nothing_while_another_is_served() -> None:
    app, clicks = Dash("flood", max_rate=50), list[int]()
    app.layout = html.Div([html.Button(id="b"), dcc.Slider(0, 9, id="a")])
    app.callback_shared(None, Input("b", "n_clicks"))(clicks.append)
    app.callback_shared(None, Input("a", "value"))(lambda value: None)
    async with serving(app) as served:
        flooding, quiet = await served.open(), await served.open()
        numbers = [await flooding.edit(app, "b", "n_clicks", n) for n in range(1, 151)]
        for value in range(1, 10):
            assert (await quiet.answer(await quiet.edit(app, "a", "value", value)))["s"] == 204
        assert len(clicks) < 150  # the last ones wait until their time comes
        await flooding.until(lambda: flooding.message("res", numbers[-1]))
        assert all(flooding.message("res", number) for number in numbers)
    assert clicks == list(range(1, 151))


async def test_a_browser_that_is_slowed_down_cannot_fill_the_servers_memory() -> None:
    app = Dash("flood", max_rate=1)
    app.layout = html.P(id="p")
    async with serving(app) as served:
        flooding, quiet = await served.open(), await served.open()
        message = json.dumps({"t": "tell", "d": [["p", "x" * 500_000]]})

        async def flood() -> None:
            for _ in range(400):
                await flooding.connection.send(message)

        task = asyncio.create_task(flood())
        for _ in range(300):
            await _there_and_back(quiet)
        assert not task.done(), "200 MB were taken in"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        flooding.connection.transport.abort()


async def _there_and_back(page: Page) -> None:
    await page.connection.ping()
    await asyncio.sleep(0.005)


@pytest.mark.parametrize(("longest", "long", "fits"), [(5_000, 6_000, False), (5_000, 4_000, True)])
async def test_a_message_is_as_long_as_the_application_says(
    longest: int, long: int, fits: bool
) -> None:
    app, told = Dash("long", max_message_bytes=longest), list[int]()
    app.layout = dcc.Input(id="a")
    app.callback_shared(None, Input("a", "value"))(lambda value: told.append(len(value)))
    async with serving(app) as served:
        page = await served.open()
        assert page.messages[0]["max"] == longest
        number = await page.edit(app, "a", "value", "x" * long)
        if fits:
            assert (await page.answer(number))["s"] == 204
        else:
            assert await page.closed() in {1003, 1009}
    assert told == ([long] if fits else [])
