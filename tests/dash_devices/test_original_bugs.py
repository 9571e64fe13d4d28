"""What the original dash_devices did wrong, one test each.

Those that have a test elsewhere:

1. A lock per callback instead of per device:
   test_services.test_shared_and_own_callbacks_of_one_device_never_overlap
3. Answers that overtake pushes: below, and test_outbox
4. Queues without a bound: test_outbox.test_a_browser_that_does_not_read_is_given_up_…,
   test_outbox.test_a_broadcast_is_encoded_once
5. True loops: test_bad_input.test_a_loop_through_many_callbacks_is_found_soon_and_named
7. Callable layouts: test_shared_callbacks.test_a_callable_layout_keeps_the_shared_state
8. Orphans after `children` was replaced:
   test_state.test_new_children_do_not_inherit_the_values_of_those_they_replace
10. A push to the own component: test_pushes.test_a_callback_may_push_to_its_own_component
12. After a reconnect: test_connections.test_a_page_that_was_away_is_told_what_it_missed_merged;
    edits: the browser test test_a_connection_cut_in_the_middle_of_a_drag_loses_and_doubles_nothing
13. Errors: test_bad_input.test_a_callback_that_fails_is_told_to_who_asked_and_the_others_go_on
14. Pinned to one Dash: test_compat, and `make test-dash-versions`
15. No authorisation of the socket: test_access
"""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from dash import dcc, html

import dash_devices
from dash_devices import Client, Dash, Input, Output, State
from tests.dash_devices.page import WAIT_S, serving


@pytest.mark.parametrize("kind", ["def", "async def"])
async def test_2_changes_reach_the_device_in_the_order_in_which_they_came(kind: str) -> None:
    app, told = Dash("order"), list[int]()
    app.layout = html.Div([html.Button(id="b")])

    def blocking(n: int) -> None:
        threading.Event().wait(0.002 * (n % 3))
        told.append(n)

    async def awaiting(n: int) -> None:
        await asyncio.sleep(0.002 * (n % 3))
        told.append(n)

    app.callback_shared(None, Input("b", "n_clicks"))(blocking if kind == "def" else awaiting)
    async with serving(app) as served:
        page = await served.open()
        numbers = [await page.edit(app, "b", "n_clicks", n) for n in range(60)]
        await page.until(lambda: all(page.message("res", number) for number in numbers))
    assert told == list(range(60))


async def test_3_an_answer_does_not_overtake_what_was_pushed_before_it() -> None:
    app = Dash("overtake")
    app.layout = html.Div([html.Button(id="b"), html.P(id="p")])

    @app.callback_shared(None, Input("b", "n_clicks"))
    async def push(n: int) -> None:
        for k in range(100):
            app.push_mods({"p": {"children": 100 * n + k}})

    async with serving(app) as served:
        page = await served.open()
        for n in (1, 2, 3):
            await page.answer(await page.edit(app, "b", "n_clicks", n))
            place = page.messages.index(page.message("res", n) or {})
            shown = [m for m in page.messages[:place] if m["t"] == "mod"]
            assert shown[-1]["d"] == [["p", {"children": 100 * n + 99}]]


async def test_5_an_id_that_is_input_and_output_by_different_properties_starts_at_once() -> None:
    app = Dash("one id")
    app.layout = html.Button("?", id="b", n_clicks=0)
    app.callback_shared(Output("b", "children"), Input("b", "n_clicks"))(lambda n: f"{n} clicks")
    async with serving(app) as served:
        page = await served.open(boot="before")
        await page.shows("b", "children", "0 clicks")
        await page.answer(await page.edit(app, "b", "n_clicks", 1))
        await page.shows("b", "children", "1 clicks")


async def test_6_a_push_runs_a_callback_that_has_no_output() -> None:
    app, told = Dash("none"), list[int]()
    app.layout = dcc.Slider(0, 9, id="a")
    app.callback_shared(None, Input("a", "value"))(told.append)
    app.callback_shared(Output("a", "title"), Input("a", "max"))(lambda most: f"up to {most}")
    async with serving(app) as served:
        page = await served.open()
        app.push_mods({"a": {"value": 4, "max": 5}})
        await page.shows("a", "title", "up to 5")
        app.push_mods({"a": {"value": 6, "max": 7}})
        await page.shows("a", "title", "up to 7")
    assert told == [4, 6]


async def test_7_pages_that_load_later_share_one_state_though_each_has_its_own_layout() -> None:
    app = Dash("callable")
    app.layout = lambda: html.Div([dcc.Slider(0, 99, value=1, id="a"), html.P(id="p")])
    app.callback_shared(Output("p", "children"), Input("a", "value"))(lambda value: value)
    async with serving(app) as served:
        pages = [await served.open() for _ in range(3)]
        for value, page in enumerate(pages, 50):
            await page.layout()
            await page.answer(await page.edit(app, "a", "value", value))
            for other in pages:
                await other.shows("p", "children", value)


async def test_8_children_that_are_replaced_again_and_again_leave_nothing_behind() -> None:
    app = Dash("orphans")
    app.layout = html.Div(id="place")
    async with serving(app) as served:
        await served.open()
        for n in range(200):
            app.push_mods({"place": {"children": [html.P("x", id=f"p{n}"), html.P(id="same")]}})
            app.push_mods({f"p{n}": {"title": n}, "same": {"title": n}})
        state = app.shared_state
        assert set(state._values) == {"place", "p199", "same"}
        assert len(state._ids) == 3
        layout = await (await served.open()).layout()
    assert [p["props"]["title"] for p in layout["props"]["children"]] == [199, 199]


async def test_9_several_inputs_that_change_at_once_are_one_message() -> None:
    app, ran = Dash("many"), list[Any]()
    names = [f"a{n}" for n in range(12)]
    app.layout = html.Div([dcc.Input(id=name) for name in names])
    app.callback_shared(None, [Input(name, "value") for name in names])(
        lambda *values: ran.append(values)
    )
    body = {
        "output": app._callback_list[0]["output"],
        "outputs": [],
        "inputs": [{"id": name, "property": "value", "value": name} for name in names],
        "changedPropIds": [f"{name}.value" for name in names],
    }
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        await one.answer(await one.ask("update", body))
        await two.shows("a11", "value", "a11")
        assert [len(m["d"]) for m in two.messages if m["t"] == "mod"] == [12]
    assert len(ran) == 1


async def test_10_callbacks_that_sleep_use_up_nobody_elses_threads() -> None:
    app, gate = Dash("sleep"), threading.Event()
    app.layout = html.Div([html.Button(id=f"b{n}") for n in range(40)] + [html.P(id="p")])
    for n in range(40):
        app.callback_shared(None, Input(f"b{n}", "n_clicks"), domain=f"device {n}")(
            lambda clicks: gate.wait(WAIT_S)
        )
    app.callback(Output("p", "children"), Input("p", "title"))(lambda title: title)
    async with serving(app) as served:
        page = await served.open()
        asleep = [await page.edit(app, f"b{n}", "n_clicks", 1) for n in range(40)]
        assert (await page.answer(await page.edit(app, "p", "title", "x")))["s"] == 200
        gate.set()
        for number in asleep:
            await page.answer(number)


async def test_11_a_callback_that_follows_takes_the_state_of_now() -> None:
    app, seen = Dash("stale"), list[Any]()
    app.layout = html.Div([dcc.Input(id=name) for name in "abs"])
    app.callback_shared(Output("b", "value"), Input("a", "value"), prevent_initial_call=True)(
        lambda value: value
    )
    app.callback_shared(None, Input("b", "value"), State("s", "value"))(
        lambda value, state: seen.append((value, state))
    )
    async with serving(app) as served:
        page = await served.open()
        for n in (1, 2):
            app.push_mods({"s": {"value": f"state {n}"}})
            await page.answer(await page.edit(app, "a", "value", n))
            await page.answer(await page.edit(app, "a", "value", n))
            async with asyncio.timeout(WAIT_S):
                while len(seen) < n:  # noqa: ASYNC110
                    await asyncio.sleep(0)
    assert seen == [(1, "state 1"), (2, "state 2")]


async def test_12_the_page_is_told_where_its_socket_is_and_makes_it_wss_on_https() -> None:
    app = Dash("prefix", url_base_pathname="/camera/")
    app.layout = html.P(id="p")
    browser = app.server.test_client()
    async with serving(app):
        page = await (await browser.get("/camera/")).get_data(as_text=True)
    assert 'data-socket="/camera/_dash-devices/socket"' in page
    script = (Path(dash_devices.__file__).parent / "assets" / "connection.js").read_text()
    assert "location.protocol === 'https:' ? 'wss:' : 'ws:'" in script


async def test_13_a_connect_callback_that_raises_does_not_lose_the_browser() -> None:
    app = Dash("connect")
    app.layout = html.Div([html.Button(id="b"), html.P(id="p")])
    app.callback_shared(None, Input("b", "n_clicks"))(lambda n: None)

    @app.callback_connect
    def broken(client: Client, connected: bool) -> None:
        raise ValueError("the lens cap is on")

    @app.callback_connect
    async def greet(client: Client, connected: bool) -> Any:
        return {"p": {"children": "hello"}}

    async with serving(app) as served:
        page = await served.open()
        await page.shows("p", "children", "hello")
        assert (await page.answer(await page.edit(app, "b", "n_clicks", 1)))["s"] == 204
