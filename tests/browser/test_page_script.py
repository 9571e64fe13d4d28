"""What the script in the page does by itself: it sends early, shows errors, checks the renderer."""

from typing import Any

import pytest
from dash import dcc, html
from playwright.sync_api import Browser, Page, expect

from dash_devices import MATCH, Client, Dash, Input, Output, Patch
from tests.browser.serving import serving
from tests.browser.visiting import handle, profiles, settle, shows, until_connected, visit

pytestmark = pytest.mark.browser

ORDER = """() => {
    window.order = [];
    const note = (object, name, what) => {
        const own = object[name];
        object[name] = function (...args) { order.push(what); return own.apply(this, args); };
    };
    note(window, 'fetch', 'the renderer asks');
    note(WebSocket.prototype, 'send', 'it is sent');
}"""


def application(*children: Any, dev_tools: bool = False) -> Dash:
    app = Dash("page script")
    if dev_tools:
        app.enable_dev_tools(debug=True, dev_tools_hot_reload=False)
    app.layout = html.Div(children, id="page", style={"width": 400})
    return app


@pytest.mark.parametrize("component_id", ["a", {"kind": "a", "n": 1}])
def test_a_shared_edit_is_sent_once_and_before_the_renderer_asks(
    pages: list[Page], component_id: Any
) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = application(dcc.Slider(0, 100, 1, value=50, id=component_id, updatemode="drag"))
        heard = component_id if isinstance(component_id, str) else {"kind": "a", "n": MATCH}
        app.callback_shared(None, Input(heard, "value"), prevent_initial_call=True)(told.append)
        return app

    with serving(make) as served:
        visit(pages, served.url)
        pages[0].evaluate(ORDER)
        pages[0].locator("[role=slider]").press("ArrowRight")
        settle(pages)
        assert pages[0].evaluate("order") == ["it is sent", "the renderer asks"]
        expect(pages[1].locator("[role=slider]")).to_have_attribute("aria-valuenow", "51")
    assert told == [51]


def test_a_click_is_sent_when_the_renderer_asks_and_not_before(pages: list[Page]) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = application(html.Button("b", id="b"))
        app.callback_shared(None, Input("b", "n_clicks"), prevent_initial_call=True)(told.append)
        return app

    with serving(make) as served:
        visit(pages, served.url)
        pages[0].evaluate(ORDER)
        pages[0].click("#b")
        settle(pages)
        assert pages[0].evaluate("order") == ["the renderer asks", "it is sent"]
    assert told == [1]


def test_what_goes_wrong_on_the_server_by_nobodys_request_is_shown_in_dev_tools(
    pages: list[Page],
) -> None:
    def make() -> Dash:
        app = application(dcc.Slider(0, 100, 1, value=50, id="a"), dev_tools=True)

        @app.callback_shared(None, Input("a", "value"), prevent_initial_call=True)
        def fails(value: int) -> None:
            raise ValueError(f"the motor is stuck at {value}")

        return app

    errors = "JSON.stringify(dash_stores[0].getState().error.backEnd)"
    with serving(make) as served:
        visit(pages, served.url)
        served.app.push_mods({"a": {"value": 7}})
        served.app.push_mods({"slidr": {"value": 7}})
        for page in pages:
            page.wait_for_function(f"{errors}.includes('the motor is stuck at 7')")
            page.wait_for_function(f"{errors}.includes('no layout holds a component')")
            expect(page.locator(".dash-debug-menu, .dash-debug-menu__outer").first).to_be_visible()


def test_a_renderer_that_is_not_known_is_reported_once_by_name(pages: list[Page]) -> None:
    page = pages[0]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.add_init_script(
        "const hidden = new Proxy({}, {get: (all, name) =>"
        "  name === 'set_props' ? undefined : all[name]});"
        "Object.defineProperty(window, 'dash_clientside', {get: () => hidden, set() {}});"
    )
    with serving(lambda: application(html.P(id="p"))) as served:
        page.goto(served.url)
        until_connected(page)
        page.wait_for_function(
            "dash_stores[0].getState().error.frontEnd.length || performance.now() > 15000"
        )
        page.wait_for_timeout(1000)
    about = [text for text in said if "does not know the renderer" in text]
    assert len(about) == 1
    assert "Missing: dash_clientside.set_props" in about[0]


def test_what_is_pushed_to_a_browser_as_it_connects_is_there_when_its_page_is_drawn(
    pages: list[Page],
) -> None:
    def make() -> Dash:
        app = application(html.P("for everybody", id="p"))

        @app.callback_connect
        def greet(client: Client, connected: bool) -> Any:
            return Output("p", "children", f"hello {client.address}")

        return app

    with serving(make) as served:
        for _ in range(3):
            visit(pages, served.url)
            shows(pages, "p", "hello 127.0.0.1")


def test_a_page_from_before_a_restart_shows_what_a_new_one_shows(
    chromium: Browser, pages: list[Page]
) -> None:
    def more(value: int) -> Patch:
        patch = Patch()
        patch.append(value)
        return patch

    with serving(
        lambda: application(dcc.Store(id="list", data=[0]), html.P("written", id="p"))
    ) as served:
        visit(pages, served.url)
        served.app.push_mods({"p": {"children": "pushed"}})
        served.app.push_mods({"list": {"data": more(1)}})
        shows(pages, "p", "pushed")
        served.stop()
        served.start()
        for page in pages:
            until_connected(page)
        served.app.push_mods({"list": {"data": more(9)}})
        with profiles(chromium, 1) as later:
            visit(later, served.url)
            for page in [*pages, *later]:
                expect(page.locator("#p")).to_have_text("written")
                page.wait_for_function(
                    "JSON.stringify(dash_stores[0].getState().layout.components.props"
                    ".children[0].props.data) === '[0,9]'"
                )


def test_a_patch_of_a_held_component_arrives_whole_when_it_is_let_go(pages: list[Page]) -> None:
    def make() -> Dash:
        slider = dcc.RangeSlider(0, 100, 1, value=[10, 20], id="a", updatemode="mouseup")
        return application(slider)

    with serving(make) as served:
        visit(pages, served.url)
        grip = handle(pages[0], "a").first.bounding_box()
        assert grip
        pages[0].mouse.move(grip["x"] + 5, grip["y"] + 5)
        pages[0].mouse.down()
        for high in (30, 40):
            patch = Patch()
            patch[1] = high
            served.app.push_mods({"a": {"value": patch}})
        expect(handle(pages[1], "a").last).to_have_attribute("aria-valuenow", "40")
        assert handle(pages[0], "a").last.get_attribute("aria-valuenow") == "20"
        pages[0].mouse.up()
        expect(handle(pages[0], "a").last).to_have_attribute("aria-valuenow", "40")
