"""dash_devices in real browsers, two pages at least where something is shared."""

import asyncio
import contextlib
import random
import threading
import time
from typing import Any

import dash_mantine_components as dmc
import pytest
from dash import dcc, html
from playwright.sync_api import Locator, Page, expect

from dash_devices import MATCH, ConnectionBadge, Dash, Input, Output
from tests.browser.serving import WAIT_S, Cable, Serving, serving
from tests.browser.waiting import at_rest

pytestmark = pytest.mark.browser


def visit(pages: list[Page], served: Serving) -> None:
    """Open the application in every page and wait until it is connected."""
    for page in pages:
        page.goto(served.url)
        page.wait_for_function("window.dash_devices && dash_devices.state === 'connected'")
        page.wait_for_selector("#page", state="attached")


def settle(pages: list[Page]) -> None:
    """Wait until every page has shown and asked everything, and was answered."""
    for page in pages:
        at_rest(page)


def thumb(page: Page, component_id: str = "a") -> Locator:
    """The handle of a slider."""
    return page.locator(f"#{component_id} [role=slider]")


def value(page: Page, component_id: str = "a") -> int:
    """What a slider says it stands at."""
    return int(thumb(page, component_id).get_attribute("aria-valuenow") or "-1")


def drag(page: Page, to: float, component_id: str = "a", steps: int = 30) -> None:
    """Drag a slider's handle quickly to a fraction of the slider's width."""
    handle = thumb(page, component_id).bounding_box()
    track = page.locator(f"#{component_id}").bounding_box()
    assert handle
    assert track
    y = handle["y"] + handle["height"] / 2
    page.mouse.move(handle["x"] + handle["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] * to, y, steps=steps)
    page.mouse.up()


class SlowDevice:
    """Takes 5 to 30 ms to take a value, as a sensor on a bus does."""

    def __init__(self) -> None:
        self.value = 50
        self._random = random.Random(7)

    def set(self, new: int) -> str:
        time.sleep(self._random.uniform(0.005, 0.030))
        self.value = new
        return f"device at {new}"

    async def set_async(self, new: int) -> str:
        await asyncio.sleep(self._random.uniform(0.005, 0.030))
        self.value = new
        return f"device at {new}"


def slider_app(device: SlowDevice, *, is_async: bool = False, mantine: bool = False) -> Dash:
    app = Dash("slider")
    slider: Any = (
        dmc.Slider(id="a", value=50, updatemode="drag")
        if mantine
        else dcc.Slider(0, 100, 1, value=50, id="a", updatemode="drag")
    )
    page = html.Div([slider, html.Div(id="text")], id="page", style={"width": 400})
    app.layout = dmc.MantineProvider(page) if mantine else page
    set_value = device.set_async if is_async else device.set
    app.callback_shared(Output("text", "children"), Input("a", "value"))(set_value)
    return app


@pytest.mark.parametrize("kind", ["dcc def", "dcc async", "mantine async"])
def test_twenty_fast_drags_end_equal_on_device_and_both_pages(pages: list[Page], kind: str) -> None:
    device = SlowDevice()
    with serving(
        lambda: slider_app(device, is_async="async" in kind, mantine="mantine" in kind)
    ) as served:
        visit(pages, served)
        spots = random.Random(3)
        for _ in range(20):
            drag(pages[0], spots.uniform(0.05, 0.95))
            settle(pages)
            final = value(pages[0])
            expect(pages[0].locator("#text")).to_have_text(f"device at {final}")
            expect(pages[1].locator("#text")).to_have_text(f"device at {final}")
            expect(thumb(pages[1])).to_have_attribute("aria-valuenow", str(final))
            assert device.value == final


def test_two_people_dragging_at_once_end_equal(pages: list[Page]) -> None:
    device = SlowDevice()
    with serving(lambda: slider_app(device)) as served:
        visit(pages, served)
        spots = random.Random(5)
        for _ in range(5):
            boxes = []
            for page in pages:
                handle, track = thumb(page).bounding_box(), page.locator("#a").bounding_box()
                assert handle
                assert track
                boxes.append((handle, track))
                page.mouse.move(handle["x"] + 5, handle["y"] + handle["height"] / 2)
                page.mouse.down()
            for _ in range(15):
                for page, (handle, track) in zip(pages, boxes, strict=True):
                    x = track["x"] + track["width"] * spots.uniform(0.1, 0.9)
                    page.mouse.move(x, handle["y"] + handle["height"] / 2)
            for page in pages:
                page.mouse.up()
            settle(pages)
            expect(thumb(pages[0])).to_have_attribute("aria-valuenow", str(device.value))
            expect(thumb(pages[1])).to_have_attribute("aria-valuenow", str(device.value))
            for page in pages:
                expect(page.locator("#text")).to_have_text(f"device at {device.value}")


def test_layout_dependencies_and_updates_travel_on_one_socket(pages: list[Page]) -> None:
    device = SlowDevice()
    asked: list[str] = []
    sockets: list[str] = []
    page = pages[0]
    page.on("request", lambda r: asked.append(r.url) if "/_dash-" in r.url else None)
    page.on("websocket", lambda ws: sockets.append(ws.url))
    with serving(lambda: slider_app(device)) as served:
        visit([page], served)
        drag(page, 0.8)
        settle([page])
        expect(page.locator("#text")).to_have_text(f"device at {device.value}")
    allowed = ("_dash-component-suites", "_dash-devices/dash_devices.js")
    assert [url for url in asked if not any(name in url for name in allowed)] == []
    assert len(sockets) == 1


def test_a_held_slider_is_not_moved_and_takes_the_last_value_when_let_go(
    pages: list[Page],
) -> None:
    device = SlowDevice()
    with serving(lambda: slider_app(device)) as served:
        visit(pages, served)
        handle = thumb(pages[0]).bounding_box()
        assert handle
        pages[0].mouse.move(handle["x"] + 5, handle["y"] + 5)
        pages[0].mouse.down()
        for pushed in (7, 8, 9):
            served.app.push_mods({"a": {"value": pushed}})
            expect(thumb(pages[1])).to_have_attribute("aria-valuenow", str(pushed))
            assert value(pages[0]) == 50
        pages[0].mouse.up()
        expect(thumb(pages[0])).to_have_attribute("aria-valuenow", "9")
        settle(pages)
        assert device.value == 9


def test_a_silent_change_of_a_slider_fires_nothing(pages: list[Page]) -> None:
    fired: list[Any] = []

    def make() -> Dash:
        app = Dash("silent")
        app.layout = html.Div([dcc.Slider(0, 100, 1, value=50, id="a"), html.P(id="p")], id="page")
        app.callback_shared(None, Input("a", "drag_value"))(fired.append)
        app.callback_shared(None, Input("a", "value"))(lambda v: None)
        return app

    with serving(make) as served:
        visit(pages, served)
        served.app.push_mods({"a": {"value": 21}})
        for page in pages:
            expect(thumb(page)).to_have_attribute("aria-valuenow", "21")
        served.app.push_mods({"p": {"children": "after"}})
        for page in pages:
            expect(page.locator("#p")).to_have_text("after")
        settle(pages)
        assert fired == []
        drag(pages[0], 0.8)
        settle(pages)
        assert fired[-1] == value(pages[0]) > 21


def test_clientside_callbacks_follow_a_shared_value_and_ask_the_server_nothing(
    pages: list[Page],
) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = Dash("clientside")
        app.layout = html.Div(
            [dcc.Slider(0, 100, 1, value=50, id="a"), html.P(id="double")], id="page"
        )
        app.callback_shared(None, Input("a", "value"))(told.append)
        app.clientside_callback(
            "v => `twice ${2 * v}`", Output("double", "children"), Input("a", "value")
        )
        return app

    with serving(make) as served:
        visit(pages, served)
        served.app.push_mods({"a": {"value": 30}})
        for page in pages:
            expect(page.locator("#double")).to_have_text("twice 60")
        thumb(pages[0]).press("ArrowRight")
        for page in pages:
            expect(page.locator("#double")).to_have_text("twice 62")
        settle(pages)
        history = pages[0].evaluate("dash_stores[0].getState().history.past.length")
    assert told == [30, 31]
    assert history <= 2


def test_pushed_children_are_live_and_run_their_first_callbacks(pages: list[Page]) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = Dash("children", suppress_callback_exceptions=True)
        app.layout = html.Div([html.Div(id="list")], id="page")
        app.callback_shared(Output("note", "children"), Input("b", "value"))(
            lambda v: told.append(v) or f"value {v}"
        )
        app.callback(Output("own", "children"), Input("b", "value"))(lambda v: f"regular {v}")
        return app

    with serving(make) as served:
        visit(pages, served)
        new = [dcc.Slider(0, 9, 1, value=4, id="b"), html.P(id="note"), html.P(id="own")]
        served.app.push_mods({"list": {"children": new}})
        for page in pages:
            expect(page.locator("#own")).to_have_text("regular 4")
        thumb(pages[0], "b").press("ArrowRight")
        for page in pages:
            expect(page.locator("#note")).to_have_text("value 5")
            expect(thumb(page, "b")).to_have_attribute("aria-valuenow", "5")
    assert told == [4, 5]  # each of them once, the shared one too


def test_a_change_of_something_not_mounted_yet_is_there_when_it_mounts(pages: list[Page]) -> None:
    def make() -> Dash:
        app = Dash("tabs", suppress_callback_exceptions=True)
        app.layout = html.Div([html.Button("open", id="open"), html.Div(id="place")], id="page")
        app.callback(Output("place", "children"), Input("open", "n_clicks"))(
            lambda n: dcc.Slider(0, 9, 1, value=1, id="late") if n else None
        )
        app.callback_shared(None, Input("late", "value"))(lambda v: None)
        return app

    with serving(make) as served:
        visit(pages, served)
        served.app.push_mods({"late": {"value": 6}})
        for page in pages:
            page.click("#open")
            expect(thumb(page, "late")).to_have_attribute("aria-valuenow", "6")


def test_a_change_that_comes_while_the_page_still_loads_is_there_when_it_has(
    pages: list[Page],
) -> None:
    page, errors, release = pages[0], list[str](), threading.Event()
    page.on("pageerror", lambda error: errors.append(str(error)))

    def make() -> Dash:
        app = Dash("loading")
        app.layout = html.Div([dcc.Slider(0, 9, 1, value=1, id={"c": "a"})], id="page")
        app.callback_shared(None, Input({"c": MATCH}, "value"))(lambda v: None)
        app.content.callbacks()
        written = app.content.dependencies()

        def slow() -> str:
            release.wait(WAIT_S)
            return written

        app.content.dependencies = slow  # type: ignore[method-assign]
        return app

    with serving(make) as served:
        page.goto(served.url)
        page.wait_for_function(
            "window.dash_stores?.[0]?.getState().paths?.objs?.c && dash_devices.revision >= 0"
        )
        served.app.push_mods(Output({"c": "a"}, "value", 6))
        page.wait_for_function("dash_devices.revision > 0")
        release.set()
        expect(page.locator("[role=slider]")).to_have_attribute("aria-valuenow", "6")
    assert errors == []


def test_an_error_in_a_shared_callback_reaches_dev_tools(pages: list[Page]) -> None:
    def make() -> Dash:
        app = Dash("broken")
        app.enable_dev_tools(debug=True, dev_tools_hot_reload=False)
        app.layout = html.Div([html.Button("b", id="b"), html.P(id="p")], id="page")

        @app.callback_shared(Output("p", "children"), Input("b", "n_clicks"))
        def fails(n: int) -> str:
            if n:
                raise ValueError("the lens cap is on")
            return "fine"

        return app

    with serving(make) as served:
        visit(pages, served)
        pages[0].click("#b")
        pages[0].wait_for_function(
            "JSON.stringify(dash_stores[0].getState().error.backEnd).includes('the lens cap is on')"
        )


def reconnecting_app(device: SlowDevice, clicks: list[int]) -> Dash:
    app = Dash("reconnect")
    app.layout = html.Div(
        [
            ConnectionBadge("badge"),
            dcc.Slider(0, 100, 1, value=device.value, id="a", updatemode="drag"),
            html.Div(id="text"),
            html.Button("b", id="b"),
        ],
        id="page",
        style={"width": 400},
    )
    app.callback_shared(Output("text", "children"), Input("a", "value"))(device.set)
    app.callback_shared(None, Input("b", "n_clicks"))(lambda n: clicks.append(n) if n else None)
    return app


def test_pages_survive_a_server_restart_without_a_reload(pages: list[Page]) -> None:
    device, clicks = SlowDevice(), list[int]()
    with serving(lambda: reconnecting_app(device, clicks)) as served:
        visit(pages, served)
        for page in pages:
            expect(page.locator("#badge")).to_have_text("Connected")
            page.evaluate("window.isTheSamePage = true")
        served.stop()
        expect(pages[0].locator("#badge")).to_have_attribute("data-state", "reconnecting")
        for _ in range(10):
            thumb(pages[0]).press("ArrowRight")  # an edit while away arrives, once, as one value
        expect(pages[0].locator("#badge")).to_have_attribute("data-state", "away")
        served.start()
        for page in pages:
            expect(page.locator("#badge")).to_have_text("Connected")
            expect(page.locator("#text")).to_have_text("device at 60")
            expect(thumb(page)).to_have_attribute("aria-valuenow", "60")
            assert page.evaluate("window.isTheSamePage === true")
        assert device.value == 60


def test_a_click_that_cannot_be_delivered_is_reported_and_never_doubled(
    pages: list[Page],
) -> None:
    device, clicks = SlowDevice(), list[int]()
    with serving(lambda: reconnecting_app(device, clicks)) as served:
        page = pages[0]
        visit([page], served)
        page.evaluate(
            "addEventListener('dash-devices:undelivered', (e) => { window.said = e.detail; })"
        )
        served.stop()
        expect(page.locator("#badge")).to_have_attribute("data-state", "reconnecting")
        page.click("#b")
        page.wait_for_function("window.said && said.propIds[0] === 'b.n_clicks'")
        served.start()
        expect(page.locator("#badge")).to_have_text("Connected")
        settle([page])
        page.click("#b")
        settle([page])
    assert clicks == [2]


def test_another_application_on_the_same_address_reloads_the_page(pages: list[Page]) -> None:
    makes = [lambda: slider_app(SlowDevice()), lambda: reconnecting_app(SlowDevice(), [])]
    with serving(lambda: makes.pop(0)()) as served:
        page = pages[0]
        visit([page], served)
        served.stop()
        served.start()
        expect(page.locator("#badge")).to_have_text("Connected")


@pytest.mark.parametrize("away_s", [0.2, 3.2])
def test_a_connection_cut_in_the_middle_of_a_drag_loses_and_doubles_nothing(
    pages: list[Page], away_s: float
) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = Dash("cut")
        slider = dcc.Slider(0, 100, 1, value=50, id="a", updatemode="drag")
        app.layout = html.Div([slider, html.P(id="p")], id="page", style={"width": 400})
        app.callback_shared(None, Input("a", "value"))(told.append)
        return app

    with serving(make) as served, contextlib.closing(Cable(served.port)) as cable:
        visit([pages[1]], served)
        pages[0].goto(cable.url)
        pages[0].wait_for_function("window.dash_devices && dash_devices.state === 'connected'")
        handle, track = thumb(pages[0]).bounding_box(), pages[0].locator("#a").bounding_box()
        assert handle
        assert track
        x, y = handle["x"] + 5, handle["y"] + 5
        pages[0].mouse.move(x, y)
        pages[0].mouse.down()
        for step in range(60):
            pages[0].mouse.move(x + 2 * step, y)
            if step == 20:
                cable.cut()
                served.app.push_mods({"p": {"children": "missed"}})
            if step == 40:
                pages[0].wait_for_timeout(1000 * away_s)
                cable.join()
        pages[0].mouse.up()
        expect(pages[0].locator("#p")).to_have_text("missed")
        settle(pages)
        final = value(pages[0])
        expect(thumb(pages[1])).to_have_attribute("aria-valuenow", str(final))
    assert told[-1] == final
    assert told == sorted(set(told))


def test_a_drag_that_is_told_at_its_end_outranks_what_came_while_it_was_held(
    pages: list[Page],
) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = Dash("mouseup")
        slider = dcc.Slider(0, 100, 1, value=50, id="a", updatemode="mouseup")
        app.layout = html.Div([dcc.Input(id="other"), slider], id="page", style={"width": 400})
        app.callback_shared(None, Input("a", "value"))(told.append)
        return app

    with serving(make) as served:
        visit(pages, served)
        pages[0].focus("#other")  # that it loses the focus does not let the slider go
        handle = thumb(pages[0]).bounding_box()
        assert handle
        pages[0].mouse.move(handle["x"] + 5, handle["y"] + 5)
        pages[0].mouse.down()
        pages[0].mouse.move(handle["x"] + 60, handle["y"] + 5, steps=5)
        served.app.push_mods({"a": {"value": 9}})
        expect(thumb(pages[1])).to_have_attribute("aria-valuenow", "9")
        assert value(pages[0]) > 50
        pages[0].mouse.up()
        settle(pages)
        pages[0].wait_for_timeout(200)
        settle(pages)
        final = value(pages[0])
        assert final > 50
        expect(thumb(pages[1])).to_have_attribute("aria-valuenow", str(final))
    assert told == [9, final]
