"""Pushes and reports: a real server and pages made of real sockets."""

import asyncio
from typing import Any

import pytest
from dash import dcc, html

from dash_devices import (
    MATCH,
    Dash,
    Input,
    Output,
    Patch,
    PushError,
)
from tests.dash_devices.apps import gone, thermostat
from tests.dash_devices.page import serving


async def test_a_push_to_a_shared_input_runs_its_callback() -> None:
    app, told = thermostat()
    async with serving(app) as served:
        page = await served.open()
        await app.push_mods_coro({"target": {"value": 44}, "log": {"children": "pushed"}})
        await page.shows("text", "children", "44 degrees")
        assert page.props["target"] == {"value": 44}
        assert page.props["log"] == {"children": "pushed"}
        together = next(m for m in page.messages if m["t"] == "mod")
        assert dict(together["d"]) == {"target": {"value": 44}, "log": {"children": "pushed"}}
    assert told == [20, 44]


async def test_a_push_from_a_thread_arrives_in_order() -> None:
    app, _ = thermostat()

    def many() -> None:
        for n in range(50):
            app.push_mods({"log": {"children": str(n)}})

    async with serving(app) as served:
        page = await served.open()
        await asyncio.get_running_loop().run_in_executor(None, many)
        await page.shows("log", "children", "49")
        shown = [d[1]["children"] for m in page.messages if m["t"] == "mod" for d in m["d"]]
    assert shown == sorted(shown, key=int)


@pytest.mark.parametrize("kind", ["def", "async def"])
async def test_a_callback_may_push_to_its_own_component(kind: str) -> None:
    app = Dash("own")
    app.layout = html.Div([html.Button(id="b"), html.P(id="p")])

    def blocking(n: int) -> None:
        app.push_mods({"p": {"children": n}})

    async def awaiting(n: int) -> None:
        app.push_mods({"p": {"children": n}})

    app.callback_shared(None, Input("b", "n_clicks"))(blocking if kind == "def" else awaiting)
    async with serving(app) as served:
        page = await served.open()
        assert (await page.answer(await page.edit(app, "b", "n_clicks", 1)))["s"] == 204
        await page.shows("p", "children", 1)


async def test_a_push_to_one_browser_is_for_that_one() -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        first, second = app.clients
        assert len(app.clients) == 2
        await app.push_mods_coro({"log": {"children": "for one"}}, client=first)
        await app.push_mods_coro({"log": {"children": "for two"}}, client=second)
        await one.shows("log", "children", "for one")
        await two.shows("log", "children", "for two")
        await one.connection.close()
        await gone(app, first)
        with pytest.raises(PushError, match="is not connected"):
            app.push_mods({"log": {"children": "x"}}, client=first)


def test_a_push_before_the_server_runs_is_refused() -> None:
    app, _ = thermostat()
    with pytest.raises(PushError, match="does not run yet"):
        app.push_mods({"log": {"children": "x"}})


async def test_a_push_to_an_input_of_a_regular_callback_counts_as_an_edit() -> None:
    app = Dash("notify")
    app.layout = html.Div([dcc.Input(id="a"), html.P(id="p")])
    app.callback(Output("p", "children"), Input("a", "value"))(lambda v: v)
    async with serving(app) as served:
        page = await served.open()
        await app.push_mods_coro({"a": {"value": "x"}, "p": {"title": "y"}})
        await page.until(lambda: page.props.keys() >= {"a", "p"})
        notify = {m["d"][0][0]: m["n"] for m in page.messages if m["t"] == "mod"}
    assert notify == {"a": True, "p": False}


async def test_what_a_device_reports_is_shown_and_runs_nothing() -> None:
    app, told = thermostat()
    async with serving(app) as served:
        page = await served.open()
        await app.push_mods_coro({"target": {"value": 61}}, report=True)
        await page.shows("target", "value", 61)
    assert told == [20]


async def test_a_report_never_undoes_an_edit_that_still_waits() -> None:
    app, gate, device = Dash("report"), asyncio.Event(), {"value": 0}
    app.layout = html.Div([dcc.Slider(0, 9, value=0, id="a"), html.P(id="p")])

    @app.callback_shared(None, Input("a", "value"))
    async def write(value: int) -> None:
        await gate.wait()
        device["value"] = value
        app.push_mods(reported, report=True)

    def reported() -> dict[str, Any]:
        return {"a": {"value": device["value"]}, "p": {"children": device["value"]}}

    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        await one.acknowledged(await one.edit(app, "a", "value", 3))
        await one.acknowledged(await one.edit(app, "a", "value", 8))
        app.push_mods(reported, report=True)
        gate.set()
        await two.shows("p", "children", 8)
        await one.shows("p", "children", 8)
        values = [
            d[1]["value"] for m in two.messages if m["t"] == "mod" for d in m["d"] if d[0] == "a"
        ]
    assert values == [3, 8]
    assert device["value"] == 8


async def test_reports_that_wait_are_merged_and_need_no_room_in_the_queue() -> None:
    app, gate = Dash("report"), asyncio.Event()
    app.layout = html.Div([html.Button(id="b"), html.P(id="p"), html.P(id="q")])

    @app.callback_shared(None, Input("b", "title"))
    async def hold(title: str) -> None:
        await gate.wait()

    async with serving(app) as served:
        page = await served.open()
        await app.push_mods_coro({"b": {"title": "x"}})
        await page.shows("b", "title", "x")
        for n in range(1000):
            app.push_mods({"p": {"children": n}, f"n{n}": {"title": n}}, report=True)
        with pytest.raises(PushError, match="cannot be sent"):
            app.push_mods({"p": {"children": object()}}, report=True)
        app.push_mods(lambda: {"q": {"children": "asked"}}, report=True)
        app.push_mods(lambda: {"q": 5}, report=True)  # wrong, and harms no other
        gate.set()
        await page.shows("q", "children", "asked")
        assert page.props["p"] == {"children": 999}
        assert page.props["n0"] == {"title": 0}


async def test_a_stopped_application_forgets_what_waited() -> None:
    app, gate = Dash("again"), asyncio.Event()
    app.layout = html.Div([dcc.Slider(0, 9, value=0, id="a")])

    @app.callback_shared(None, Input("a", "value"))
    async def slow(value: int) -> None:
        await gate.wait()

    async with serving(app) as served:
        page = await served.open()
        for value in (1, 2):
            await page.acknowledged(await page.edit(app, "a", "value", value))
    gate.set()
    async with serving(app) as served:
        page = await served.open()
        app.push_mods({"a": {"value": 7}}, report=True)
        await page.shows("a", "value", 7)


async def test_what_a_shared_callback_may_not_return_is_answered_with_the_reason() -> None:
    app, appended = Dash("patch"), Patch()
    appended.append("more")
    app.layout = html.Div([html.Button(id="b"), html.P(id="p")])
    app.callback_shared(Output("p", "children"), Input("b", "n_clicks"), prevent_initial_call=True)(
        lambda n: appended
    )
    async with serving(app) as served:
        page = await served.open()
        answer = await page.answer(await page.edit(app, "b", "n_clicks", 1))
    assert answer["s"] == 500
    assert "p.children: the Patch's Append at [] does not fit the value None" in answer["e"]


async def test_components_that_a_regular_callback_returns_show_the_live_state() -> None:
    app, told = Dash("pages", suppress_callback_exceptions=True), list[int]()
    app.layout = html.Div([html.Button(id="open"), html.Div(id="place")])
    app.callback(Output("place", "children"), Input("open", "n_clicks"))(
        lambda n: dcc.Slider(0, 9, value=1, id="late")
    )
    app.callback_shared(None, Input("late", "value"))(told.append)
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        await one.answer(await one.edit(app, "open", "n_clicks", 1))
        await one.answer(await one.edit(app, "late", "value", 6))
        answer = await two.answer(await two.edit(app, "open", "n_clicks", 1))
        assert answer["b"]["response"]["place"]["children"]["props"]["value"] == 6
        await app.push_mods_coro({"late": {"value": 8}})  # and a push finds its callback
        await two.shows("late", "value", 8)
    assert told == [6, 8]


async def test_a_matching_callback_runs_at_the_start_once_per_match() -> None:
    app = Dash("match")
    ids = [{"type": "s", "n": n} for n in range(3)]
    app.layout = html.Div(
        [dcc.Slider(0, 9, value=i["n"], id=i) for i in ids]
        + [html.P(id={"type": "p", "n": n}) for n in range(3)]
    )
    told: list[int] = []
    app.callback_shared(
        Output({"type": "p", "n": MATCH}, "children"), Input({"type": "s", "n": MATCH}, "value")
    )(lambda v: told.append(v) or v)
    async with serving(app) as served:
        page = await served.open(boot="before", q=0)
        await page.shows('{"n":2,"type":"p"}', "children", 2)
    assert told == [0, 1, 2]
