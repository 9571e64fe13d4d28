"""What is rare on a page: quick keys, inputs of each other, clicks before a restart."""

import asyncio
import contextlib
from typing import Any

import dash_mantine_components as dmc
import pytest
from dash import dcc, html
from playwright.sync_api import Page, expect

from dash_devices import Client, Dash, Input, Output, State
from tests.browser.serving import Cable, serving
from tests.browser.visiting import CONNECTED, enter, handle, settle, shows, visit
from tests.browser.waiting import until

pytestmark = pytest.mark.browser

ROUNDS = 20
LISTEN = """
  window.said = [];
  addEventListener('dash-devices:undelivered', (event) => said.push(event.detail));
  window.acknowledged = 0;
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', (event) => {
        acknowledged += JSON.parse(event.data).filter(({t}) => t === 'ack').length;
      });
    }
  };
"""


@pytest.fixture
def pages(pages: list[Page]) -> list[Page]:
    """Pages that note what was acknowledged and what could not be delivered."""
    for page in pages:
        page.add_init_script(LISTEN)
    return pages


def slider_value(page: Page, component_id: str) -> int:
    """Where a slider is drawn."""
    return int(float(handle(page, component_id).get_attribute("aria-valuenow") or "nan"))


# -- order ---------------------------------------------------------------------------------------


def test_after_quick_arrow_keys_to_and_fro_the_device_is_where_the_slider_is(
    pages: list[Page],
) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = Dash("keys")
        slider = dcc.Slider(0, 100, 1, value=20, id="a", updatemode="drag")
        app.layout = html.Div([slider, html.P(id="p")], id="page")

        @app.callback_shared(Output("p", "children"), Input("a", "value"))
        async def tell(value: int) -> str:
            told.append(value)
            return f"at {value}"

        return app

    with serving(make) as served:
        visit(pages, served.url)
        shows(pages, "p", "at 20")
        handle(pages[0], "a").focus()
        for number in range(ROUNDS):
            before = len(told)
            for key in ("ArrowRight", "ArrowLeft", "ArrowRight", "ArrowLeft"):
                pages[0].keyboard.press(key)
            settle(pages)
            assert len(told) > before, f"round {number}"
            assert told[-1] == slider_value(pages[0], "a"), f"round {number}"
            shows(pages, "p", f"at {told[-1]}")
            expect(handle(pages[1], "a")).to_have_attribute("aria-valuenow", str(told[-1]))


def test_a_value_that_changes_to_and_fro_at_once_is_drawn_as_it_is(pages: list[Page]) -> None:
    def make() -> Dash:
        app = Dash("to and fro")
        sliders = [dcc.Slider(0, 100, 1, value=20, id="a"), dmc.Slider(id="m", value=20)]
        app.layout = dmc.MantineProvider(html.Div([*sliders, html.P(id="p")], id="page"))
        app.callback_shared(Output("p", "children"), Input("a", "value"))(str)
        return app

    with serving(make) as served:
        visit(pages, served.url)
        for number in range(ROUNDS * 2):
            # Either may fall between drawing the one before and copying it.
            for value in (21, 20, 21, 20):
                served.app.push_mods({name: {"value": value} for name in ("a", "m")})
                pages[number % 2].wait_for_timeout(number % 8)
            settle(pages)
            for page in pages:
                for name in ("a", "m"):
                    expect(handle(page, name)).to_have_attribute("aria-valuenow", "20")


def test_no_value_overtakes_a_click_that_came_before_it(pages: list[Page]) -> None:
    told: list[str] = []

    def make() -> Dash:
        app = Dash("in order")
        slider = dcc.Slider(0, 100, 1, value=20, id="a", updatemode="drag")
        app.layout = html.Div([slider, html.Button("take", id="b")], id="page")
        app.callback_shared(None, Input("a", "value"), prevent_initial_call=True)(
            lambda value: told.append(f"at {value}")
        )
        app.callback_shared(None, Input("b", "n_clicks"), prevent_initial_call=True)(
            lambda clicks: told.append(f"click {clicks}")
        )
        return app

    press = """() => {
        document.querySelector('#b').click();
        const key = {key: 'ArrowRight', bubbles: true};
        document.querySelector('#a [role=slider]').dispatchEvent(new KeyboardEvent('keydown', key));
    }"""
    with serving(make) as served:
        visit(pages, served.url)
        handle(pages[0], "a").focus()
        expected: list[str] = []
        for number in range(1, 6):
            pages[0].evaluate(press)
            expected += [f"click {number}", f"at {20 + number}"]
            expect(handle(pages[1], "a")).to_have_attribute("aria-valuenow", str(20 + number))
            settle(pages)
            assert told == expected


def test_callbacks_of_an_input_and_of_what_a_clientside_callback_makes_of_it_run_once_with_both(
    pages: list[Page],
) -> None:
    shared: list[tuple[Any, Any]] = []
    regular: list[tuple[Any, Any]] = []

    def make() -> Dash:
        app = Dash("double")
        app.layout = html.Div(
            [
                dcc.Input(id="a", type="number", value=20),
                dcc.Input(id="b", type="number", value=40),
                html.P(id="p"),
                html.P(id="q"),
            ],
            id="page",
        )
        app.clientside_callback(
            "function (value) { return 2 * value; }", Output("b", "value"), Input("a", "value")
        )
        both = Input("a", "value"), Input("b", "value")

        @app.callback_shared(Output("p", "children"), *both, prevent_initial_call=True)
        async def tell(value: int, double: int) -> str:
            shared.append((value, double))
            return f"{value} and {double}"

        @app.callback(Output("q", "children"), *both, prevent_initial_call=True)
        async def answer(value: int, double: int) -> str:
            regular.append((value, double))
            return f"{value} and {double}"

        return app

    with serving(make) as served:
        visit(pages[:1], served.url)
        for number in range(50, 55):
            shared.clear()
            regular.clear()
            enter(pages[0], "a", str(number))
            settle(pages[:1])
            shows(pages[:1], "p", f"{number} and {2 * number}")
            shows(pages[:1], "q", f"{number} and {2 * number}")
            assert shared == regular == [(number, 2 * number)]


def test_a_push_to_a_held_input_of_a_regular_callback_runs_it_when_that_is_let_go(
    pages: list[Page],
) -> None:
    ran: list[int] = []

    def make() -> Dash:
        app = Dash("held")
        slider = dcc.Slider(0, 100, 1, value=20, id="a")
        app.layout = html.Div([slider, html.P(id="p"), html.P(id="line")], id="page")

        @app.callback(Output("p", "children"), Input("a", "value"), prevent_initial_call=True)
        def answer(value: int) -> str:
            ran.append(value)
            return f"at {value}"

        return app

    page = pages[0]
    with serving(make) as served:
        visit([page], served.url)
        served.app.push_mods({"a": {"value": 30}})
        shows([page], "p", "at 30")
        grip = handle(page, "a").bounding_box() or {}
        page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
        page.mouse.down()
        served.app.push_mods({"a": {"value": 70}})
        served.app.push_mods({"line": {"children": "pushed after it"}})
        shows([page], "line", "pushed after it")
        settle([page])
        assert slider_value(page, "a") == 30
        assert ran == [30]
        page.mouse.up()
        shows([page], "p", "at 70")
        settle([page])
        assert slider_value(page, "a") == 70
    assert ran == [30, 70]


# -- messages that are too long ------------------------------------------------------------------


def test_chain_links_that_are_too_long_are_left_out_and_the_callbacks_run(
    pages: list[Page],
) -> None:
    ran: list[str] = []
    came: list[bool] = []

    def make() -> Dash:
        app = Dash("links", max_message_bytes=20_000)
        app.layout = html.Div(
            [
                dcc.Input(id="a", value=""),
                html.P(id="p"),
                html.P(id="q"),
                dcc.Store(id="big", data="x" * 30_000),
            ],
            id="page",
        )

        @app.callback(
            Output("p", "children"), Input("a", "value"), prevent_initial_call=True, chain=True
        )
        def first(value: str) -> str:
            ran.append(f"first {value}")
            return value

        @app.callback(
            Output("q", "children"),
            Input("p", "children"),
            State("big", "data"),
            prevent_initial_call=True,
        )
        def second(value: str, data: str) -> str:
            ran.append(f"second {value}")
            return f"{value} with {len(data)}"

        @app.callback_connect
        def came_or_went(client: Client, connected: bool) -> None:
            came.append(connected)

        return app

    with serving(make) as served:
        visit(pages[:1], served.url)
        for text in "hello", "again":
            ran.clear()
            enter(pages[0], "a", text)
            shows(pages[:1], "q", f"{text} with 30000")
            settle(pages[:1])
            assert ran == [f"first {text}", f"second {text}"]
        assert pages[0].evaluate(CONNECTED)
        assert came == [True]


# -- a server that was killed --------------------------------------------------------------------


@pytest.mark.parametrize("end", ["killed", "stopped"])
def test_clicks_that_were_acknowledged_and_not_run_before_a_restart_are_reported(
    pages: list[Page], end: str
) -> None:
    ran: list[str] = []

    def make() -> Dash:
        app = Dash("acknowledged")
        app.layout = html.Div(
            [html.Button(name, id=name) for name in ("busy", "waits")] + [html.P(id="p")],
            id="page",
        )

        @app.callback_shared(None, Input("busy", "n_clicks"), prevent_initial_call=True)
        async def hold(clicks: int) -> None:
            ran.append("busy")
            await asyncio.Event().wait()

        @app.callback_shared(
            Output("p", "children"), Input("waits", "n_clicks"), prevent_initial_call=True
        )
        async def after_it(clicks: int) -> str:
            ran.append("waits")
            return f"click {clicks}"

        return app

    page = pages[0]
    with serving(make) as served, contextlib.closing(Cable(served.port)) as cable:
        visit([page], cable.url)
        for count, name in enumerate(("busy", "waits"), start=1):
            page.click(f"#{name}")
            until(page, f"acknowledged === {count}")
        assert page.evaluate("said") == []
        if end == "killed":  # nobody says good-bye
            cable.cut()
        served.stop()
        served.start()
        cable.join()
        until(page, "said.length === 2")
        until(page, CONNECTED)
        settle([page])
        said = page.evaluate("said")
        assert sorted(click["propIds"] for click in said) == [["busy.n_clicks"], ["waits.n_clicks"]]
        assert all("look whether it took effect" in click["text"] for click in said)
        assert ran == ["busy"]
        page.click("#waits")
        shows([page], "p", "click 2")
    assert ran == ["busy", "waits"]
