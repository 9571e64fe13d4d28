"""Shared callbacks: a real server and pages made of real sockets."""

import asyncio
import threading
from typing import Any

import pytest
from dash import dcc, html

from dash_devices import (
    MATCH,
    Dash,
    Input,
    Output,
    RegistrationError,
    callback_context,
)
from tests.dash_devices.apps import thermostat
from tests.dash_devices.page import WAIT_S, Page, serving


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
