"""A real server and pages made of real sockets."""

import asyncio
import contextlib
import copy
import json
import re
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
    Patch,
    PushError,
    RegistrationError,
    State,
    callback_context,
)
from dash_devices.app import ASSETS
from dash_devices.registry import STATE_LIKE
from dash_devices.transport import is_same_origin
from tests.dash_devices.page import WAIT_S, Page, serving


def thermostat() -> tuple[Dash, list[int]]:
    """A slider, a text that follows it, and what the device was told."""
    app = Dash("thermostat")
    app.layout = html.Div(
        [
            dcc.Slider(0, 100, value=20, id="target"),
            html.Div(id="text"),
            html.Button(id="button"),
            html.Div(id="log"),
        ]
    )
    told: list[int] = []

    @app.callback_shared(Output("text", "children"), Input("target", "value"))
    async def set_target(value: int) -> str:
        told.append(value)
        return f"{value} degrees"

    return app, told


async def test_an_edit_of_one_reaches_everybody_and_its_sender_only_once() -> None:
    app, told = thermostat()
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        await one.answer(await one.edit(app, "target", "value", 30))
        await two.shows("text", "children", "30 degrees")
        await one.shows("text", "children", "30 degrees")
        assert two.props["target"] == {"value": 30}
        assert "target" not in one.props
    assert told == [20, 30]


async def test_it_runs_once_when_the_server_starts_and_not_once_per_browser() -> None:
    app, told = thermostat()
    async with serving(app) as served:
        for _ in range(3):
            page = await served.open()
            await page.layout()
    assert told == [20]


async def test_a_page_that_opens_later_shows_the_live_state_at_once() -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        one = await served.open()
        await one.answer(await one.edit(app, "target", "value", 77))
        layout = await (await served.open()).layout()
    slider, text = layout["props"]["children"][:2]
    assert slider["props"]["value"] == 77
    assert text["props"]["children"] == "77 degrees"


async def test_a_callable_layout_keeps_the_shared_state() -> None:
    app, _ = thermostat()
    written = app.layout
    app.layout = lambda: written
    async with serving(app) as served:
        one = await served.open()
        await one.answer(await one.edit(app, "target", "value", 5))
        layout = await (await served.open()).layout()
    assert layout["props"]["children"][0]["props"]["value"] == 5


async def test_the_place_in_the_order_is_given_before_the_callback_has_run() -> None:
    app, gate = Dash("slow"), asyncio.Event()
    app.layout = dcc.Slider(0, 9, id="a")

    @app.callback_shared(None, Input("a", "value"))
    async def slow(value: int) -> None:
        await gate.wait()

    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        number = await one.edit(app, "a", "value", 1)
        await one.acknowledged(number)
        await two.shows("a", "value", 1)
        assert one.message("res", number) is None
        gate.set()
        assert (await one.answer(number))["s"] == 204


@pytest.mark.parametrize("kind", ["def", "async def"])
async def test_a_slow_device_gets_the_newest_value_and_never_a_backlog(kind: str) -> None:
    app, told = Dash("slow"), list[int]()
    app.layout = html.Div([dcc.Slider(0, 999, id="a")])
    turn = threading.Semaphore(0)

    def blocking(value: int) -> None:
        turn.acquire(timeout=WAIT_S)
        told.append(value)

    async def awaiting(value: int) -> None:
        await asyncio.get_running_loop().run_in_executor(None, blocking, value)

    app.callback_shared(None, Input("a", "value"))(blocking if kind == "def" else awaiting)
    async with serving(app) as served:
        page = await served.open()
        numbers = [await page.edit(app, "a", "value", value) for value in range(1, 101)]
        await page.acknowledged(numbers[-1])
        turn.release(len(numbers))
        await page.answer(numbers[-1])
        await page.until(lambda: all(page.message("res", n) for n in numbers))
    assert told[-1] == 100
    assert told == sorted(told)
    assert len(told) <= 3


async def test_a_click_between_two_values_stays_between_them() -> None:
    app, did = Dash("camera"), list[str]()
    app.layout = html.Div([dcc.Slider(0, 9, id="exposure"), html.Button(id="capture")])
    gate = asyncio.Event()

    @app.callback_shared(None, Input("exposure", "value"))
    async def expose(value: int) -> None:
        await gate.wait()
        did.append(f"exposure={value}")

    @app.callback_shared(None, Input("capture", "n_clicks"))
    def capture(n: int) -> None:
        did.append("capture")

    async with serving(app) as served:
        page = await served.open()
        await page.edit(app, "exposure", "value", 1)
        await page.acknowledged(1)
        for value in (4, 5):
            await page.edit(app, "exposure", "value", value)
        await page.edit(app, "capture", "n_clicks", 1)
        for value in (8, 9):
            last = await page.edit(app, "exposure", "value", value)
        await page.acknowledged(last)
        gate.set()
        await page.answer(last)
    assert did == ["exposure=1", "exposure=5", "capture", "exposure=9"]


async def test_two_people_who_drag_at_once_end_on_the_same_value_as_the_device() -> None:
    app, told = thermostat()
    async with serving(app) as served:
        pages = [await served.open(), await served.open()]

        async def drag(page: Page, values: range) -> None:
            for value in values:
                await page.acknowledged(await page.edit(app, "target", "value", value))

        await asyncio.gather(drag(pages[0], range(1, 40)), drag(pages[1], range(41, 80)))
        layout = await (await served.open()).layout()
        final = layout["props"]["children"][0]["props"]["value"]
        assert final in (39, 79)
        for page in pages:
            await page.shows("text", "children", f"{final} degrees")
    assert told[-1] == final


async def test_two_callbacks_without_outputs_on_one_button_both_run() -> None:
    app, did = Dash("two"), list[str]()
    app.layout = html.Button(id="b")

    @app.callback_shared(None, Input("b", "n_clicks"))
    def first(n: int) -> None:
        did.append("first")

    @app.callback_shared(None, Input("b", "n_clicks"))
    async def second(n: int) -> str:
        did.append("second")
        return "a value that nobody asked for is ignored"

    async with serving(app) as served:
        page = await served.open()
        for spec in app._callback_list:
            number = await page.edit(app, "b", "n_clicks", 1, output=spec["output"])
            assert (await page.answer(number))["s"] == 204
    assert sorted(did) == ["first", "second"]


async def test_two_callbacks_on_one_slider_each_run_once_per_change() -> None:
    app, did = Dash("two"), list[str]()
    app.layout = html.Div([dcc.Slider(0, 9, id="a")])
    for name in ("first", "second"):
        app.callback_shared(None, Input("a", "value"))(lambda v, name=name: did.append(name))
    async with serving(app) as served:
        page = await served.open()
        for spec in app._callback_list:
            await page.answer(await page.edit(app, "a", "value", 3, output=spec["output"]))
    assert sorted(did) == ["first", "second"]


async def test_the_same_value_again_does_not_reach_the_device() -> None:
    app, told = thermostat()
    async with serving(app) as served:
        page = await served.open()
        assert (await page.answer(await page.edit(app, "target", "value", 20)))["s"] == 204
    assert told == [20]


async def test_a_sliders_first_word_about_itself_is_no_edit() -> None:
    app, told = Dash("drag"), list[int]()
    app.layout = dcc.Slider(0, 100, value=20, id="a")
    app.callback_shared(None, Input("a", "drag_value"))(told.append)
    async with serving(app) as served:
        page = await served.open()
        await page.answer(await page.edit(app, "a", "drag_value", 20))
        await page.answer(await page.edit(app, "a", "drag_value", 21))
    assert told == [21]


async def test_a_value_that_the_callback_corrects_is_corrected_everywhere() -> None:
    app, told = Dash("clamp"), list[int]()
    app.layout = dcc.Slider(0, 100, value=20, id="a")

    @app.callback_shared(Output("a", "value"), Input("a", "value"), prevent_initial_call=True)
    def clamp(value: int) -> int:
        told.append(value)
        return min(value, 50)

    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        await one.answer(await one.edit(app, "a", "value", 90))
        await one.shows("a", "value", 50)
        await two.shows("a", "value", 50)
    assert told == [90]


async def test_a_callback_takes_the_shared_value_of_what_its_browser_did_not_change() -> None:
    app, seen = Dash("pair"), list[tuple[int, int]]()
    app.layout = html.Div([dcc.Slider(0, 9, value=0, id="a"), dcc.Slider(0, 9, value=0, id="b")])
    app.callback_shared(None, Input("a", "value"), Input("b", "value"))(
        lambda a, b: seen.append((a, b))
    )
    stale = [{"id": "b", "property": "value", "value": 0}]
    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        body = {
            "output": app._callback_list[0]["output"],
            "outputs": [],
            "inputs": [{"id": "a", "property": "value", "value": 0}, stale[0] | {"value": 7}],
            "changedPropIds": ["b.value"],
        }
        await one.answer(await one.ask("update", body))
        # This browser has not been told of 7 when its own edit leaves.
        await two.answer(await two.edit(app, "a", "value", 5, inputs=stale))
    assert seen == [(0, 7), (5, 7)]


async def test_match_serves_every_component_and_queues_each_for_itself() -> None:
    app, told = Dash("match"), list[tuple[str, int]]()
    app.layout = html.Div(
        [
            html.Div([dcc.Slider(0, 9, id={"c": n}), html.Div(id={"note": n})])
            for n in ("Gain", "Hue")
        ]
    )

    @app.callback_shared(None, Input({"c": MATCH}, "value"))
    async def write(value: int) -> None:
        told.append((callback_context.triggered_id["c"], value))

    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        await one.answer(await one.edit(app, {"c": "Gain"}, "value", 3))
        await one.answer(await one.edit(app, {"c": "Hue"}, "value", 4))
        await two.shows('{"c":"Hue"}', "value", 4)
        await app.push_mods_coro(Output({"c": "Gain"}, "value", 8))
        await two.shows('{"c":"Gain"}', "value", 8)
    assert told[:2] == [("Gain", 3), ("Hue", 4)]


async def test_an_output_that_is_an_input_runs_the_next_callback_on_the_server() -> None:
    app, did = Dash("chain"), list[str]()
    app.layout = html.Div([dcc.Slider(0, 9, id="a"), dcc.Slider(0, 9, id="b"), html.P(id="c")])
    quiet = {"prevent_initial_call": True}

    @app.callback_shared(Output("b", "value"), Input("a", "value"), **quiet)
    def double(value: int) -> int:
        did.append(f"a={value}")
        return 2 * value

    @app.callback_shared(Output("c", "children"), Input("b", "value"), **quiet)
    async def show(value: int) -> str:
        did.append(f"b={value}")
        return str(value)

    async with serving(app) as served:
        page = await served.open()
        await page.edit(app, "a", "value", 1)
        await page.edit(app, "a", "value", 2)
        await page.shows("c", "children", "4")
    assert did[-2:] == ["a=2", "b=4"]
    assert did in (["a=1", "b=2", "a=2", "b=4"], ["a=2", "b=4"])


def test_callbacks_that_would_trigger_each_other_for_ever_are_refused_by_name() -> None:
    app = Dash("loop")
    app.callback_shared(Output("b", "value"), Input("a", "value"))(lambda a: a)
    with pytest.raises(RegistrationError, match=r"for ever: .* -> .*lambda"):
        app.callback_shared(Output("a", "value"), Input("b", "value"))(lambda b: b)
    assert len(app._callback_list) == len(app.callback_map) == 1


async def test_a_callback_that_raises_answers_its_browser_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = Dash("broken")
    app.layout = html.Div([dcc.Slider(0, 9, id="a"), html.Div(id="t")])

    @app.callback_shared(Output("t", "children"), Input("a", "value"), prevent_initial_call=True)
    def fragile(value: int) -> str:
        return f"{6 // value}"

    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        answer = await one.answer(await one.edit(app, "a", "value", 0))
        assert answer["s"] == 500
        assert "ZeroDivisionError" in answer["e"]
        await two.answer(await two.edit(app, "a", "value", 3))
        await one.shows("t", "children", "2")
    assert "fragile" in caplog.text


async def test_a_callback_that_hangs_is_reported_and_keeps_its_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app, gate, told = Dash("hang"), asyncio.Event(), list[int]()
    app.layout = dcc.Slider(0, 9, id="a")

    @app.callback_shared(None, Input("a", "value"), timeout_s=0.05)
    async def hangs(value: int) -> None:
        await gate.wait()
        told.append(value)

    async with serving(app) as served:
        page = await served.open()
        answer = await page.answer(await page.edit(app, "a", "value", 1))
        assert "has not returned for 0.05 s" in answer["e"]
        later = await page.edit(app, "a", "value", 2)
        await page.acknowledged(later)
        assert told == []
        gate.set()
        await page.answer(later)
    assert told == [1, 2]
    assert "hangs" in caplog.text


async def test_a_slow_regular_callback_holds_nobody_up() -> None:
    app, gate = Dash("regular"), threading.Event()
    app.layout = html.Div([html.Button(id="b"), html.P(id="p"), html.I(id="i"), html.I(id="j")])

    @app.callback(Output("p", "children"), Input("b", "n_clicks"))
    def slow(n: int | None) -> str:
        gate.wait(WAIT_S)
        return f"after all {n} {callback_context.client.address}"

    @app.callback(Output("j", "children"), Input("i", "n_clicks"))
    async def quick(n: int) -> str:
        return f"at once {n}"

    async with serving(app) as served:
        page = await served.open()
        waiting = await page.edit(app, "b", "n_clicks", 1)
        answer = await page.answer(await page.edit(app, "i", "n_clicks", 2))
        assert answer["b"]["response"] == {"j": {"children": "at once 2"}}
        gate.set()
        answer = await page.answer(waiting)
        assert answer["b"]["response"] == {"p": {"children": "after all 1 127.0.0.1"}}


async def test_a_callback_may_return_other_outputs_than_it_declared() -> None:
    app = Dash("alternate")
    app.layout = html.Div([html.Button(id="b"), html.P(id="p"), html.P(id="q")])

    @app.callback(Output("p", "children"), Input("b", "n_clicks"))
    def regular(n: int) -> Any:
        return Output("q", "children", f"instead {n}")

    @app.callback_shared(None, Input("b", "n_clicks"))
    def shared(n: int) -> Any:
        return [Output("q", "title", "shared"), Output("p", "title", "too")]

    async with serving(app) as served:
        one, two = await served.open(), await served.open()
        outputs = [spec["output"] for spec in app._callback_list]
        answer = await one.answer(await one.edit(app, "b", "n_clicks", 1, output=outputs[0]))
        assert answer["b"]["sideUpdate"] == {"q": {"children": "instead 1"}}
        await one.answer(await one.edit(app, "b", "n_clicks", 1, output=outputs[1]))
        await two.shows("q", "title", "shared")
        await two.shows("p", "title", "too")


# -- pushes ---------------------------------------------------------------------------------------


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
        await _gone(app, first)
        with pytest.raises(PushError, match="is not connected"):
            app.push_mods({"log": {"children": "x"}}, client=first)


async def _gone(app: Dash, client: Client) -> None:
    async with asyncio.timeout(WAIT_S):
        while client in app.clients:  # noqa: ASYNC110 - the table has no event
            await asyncio.sleep(0)


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
    app = Dash("patch")
    app.layout = html.Div([html.Button(id="b"), html.P(id="p")])
    app.callback_shared(Output("p", "children"), Input("b", "n_clicks"), prevent_initial_call=True)(
        lambda n: Patch()
    )
    async with serving(app) as served:
        page = await served.open()
        answer = await page.answer(await page.edit(app, "b", "n_clicks", 1))
    assert answer["s"] == 500
    assert "a Patch cannot be shared" in answer["e"]


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


# -- connections ----------------------------------------------------------------------------------


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
        await _gone(app, client)
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
        await _gone(app, client)
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
        ({"inputs": [{"id": "log", "property": "children", "value": 1}]}, "is not its input"),
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
        await _gone(app, client)
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


def test_page_and_server_agree_which_properties_are_values() -> None:
    script = (ASSETS / "dash_devices.js").read_text()
    listed = script.split("STATE_LIKE = new Set([")[1].split("]")[0]
    assert set(re.findall(r"'(\w+)'", listed)) == STATE_LIKE
