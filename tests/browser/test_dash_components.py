"""Dash's and Mantine's components under shared callbacks: two pages agree."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
import pytest
from dash import dcc, html
from playwright.sync_api import Browser, Page, expect

from dash_devices import Dash, Input, Output
from tests.browser.serving import WAIT_S, serving
from tests.browser.visiting import (
    enter,
    field,
    handle,
    profiles,
    settle,
    shows,
    until_connected,
    visit,
)
from tests.browser.waiting import until

pytestmark = pytest.mark.browser

WORDS = ["one", "two", "three"]
DAYS = ["monday", "tuesday", "sunday"]


def shared(component: Any, prop: str, told: list[Any]) -> Dash:
    """Make an application whose component ``a`` is shared and whose ``a-is`` says its value."""
    app = Dash("components")
    parts = [component, html.Pre(id="a-is"), html.Button("elsewhere", id="elsewhere")]
    app.layout = html.Div(parts, id="page")

    @app.callback_shared(Output("a-is", "children"), Input("a", prop))
    def tell(value: Any) -> str:
        told.append(value)
        return f"{value}"

    return app


def agree(pages: list[Page], prop: str, value: Any, component_id: str = "a") -> None:
    """Wait until every page holds a value and shows what the callback said of it."""
    shows(pages, f"{component_id}-is", f"{value}")
    for page in pages:
        until(
            page,
            "([id, prop, value]) => { const s = dash_stores[0].getState();"
            " return JSON.stringify(s.paths.strs[id].reduce((n, k) => n[k], s.layout).props[prop])"
            " === JSON.stringify(value); }",
            [component_id, prop, value],
        )


Act = Callable[[Page, str], None]


def type_text(text: str) -> Act:
    def act(page: Page, component_id: str) -> None:
        page.locator(f"#{component_id}").press("Control+End")
        page.locator(f"#{component_id}").press_sequentially(text)

    return act


def choose(option: str) -> Act:
    """Open a drop-down list and take one of its options."""

    def act(page: Page, component_id: str) -> None:
        page.click(f"#{component_id}")
        page.get_by_role("option", name=option).click()

    return act


def press(key: str, which: int = 0) -> Act:
    def act(page: Page, component_id: str) -> None:
        handle(page, component_id).nth(which).press(key)

    return act


def check(name: str) -> Act:
    def act(page: Page, component_id: str) -> None:
        page.locator(f"#{component_id}").get_by_label(name, exact=True).check()

    return act


def click_text(text: str) -> Act:
    def act(page: Page, component_id: str) -> None:
        page.get_by_text(text, exact=True).first.click()

    return act


def switch(is_on: bool) -> Act:
    def act(page: Page, component_id: str) -> None:
        page.locator(f"#{component_id}").set_checked(is_on, force=True)

    return act


def fill(text: str) -> Act:
    def act(page: Page, component_id: str) -> None:
        page.locator(f"#{component_id}").fill(text)

    return act


Steps = tuple[tuple[Act, Any], tuple[Act, Any]]
"""What the first page does and what everybody then sees, and the same for the second page."""

CASES: dict[str, tuple[Callable[[str], Any], str, Steps]] = {
    "dcc-input": (
        lambda name: dcc.Input(id=name, value=""),
        "value",
        ((type_text("ab"), "ab"), (type_text("c"), "abc")),
    ),
    "dcc-textarea": (
        lambda name: dcc.Textarea(id=name, value=""),
        "value",
        ((type_text("ab"), "ab"), (type_text("\nc"), "ab\nc")),
    ),
    "dcc-dropdown": (
        lambda name: dcc.Dropdown(["cat", "cow", "dog"], "cat", id=name, clearable=False),
        "value",
        ((choose("cow"), "cow"), (choose("dog"), "dog")),
    ),
    "dcc-rangeslider": (
        lambda name: dcc.RangeSlider(0, 10, 1, value=[2, 8], id=name),
        "value",
        ((press("ArrowRight"), [3, 8]), (press("ArrowLeft", 1), [3, 7])),
    ),
    "dcc-checklist": (
        lambda name: dcc.Checklist(WORDS, [], id=name),
        "value",
        ((check("two"), ["two"]), (check("one"), ["two", "one"])),
    ),
    "dcc-radioitems": (
        lambda name: dcc.RadioItems(WORDS, "one", id=name),
        "value",
        ((check("two"), "two"), (check("three"), "three")),
    ),
    "dcc-tabs": (
        lambda name: dcc.Tabs([dcc.Tab(w, label=w, value=w) for w in DAYS], value=DAYS[0], id=name),
        "value",
        ((click_text("tuesday"), "tuesday"), (click_text("sunday"), "sunday")),
    ),
    "dmc-slider": (
        lambda name: dmc.Slider(id=name, value=50),
        "value",
        ((press("ArrowRight"), 51), (press("ArrowLeft"), 50)),
    ),
    "dmc-switch": (
        lambda name: dmc.Switch(id=name, label="light", checked=False),
        "checked",
        ((switch(True), True), (switch(False), False)),
    ),
    "dmc-numberinput": (
        lambda name: dmc.NumberInput(id=name, value=1),
        "value",
        ((fill("12"), 12), (lambda page, name: page.locator(f"#{name}").press("ArrowUp"), 13)),
    ),
    "dmc-select": (
        lambda name: dmc.Select(id=name, data=["ant", "bee", "fly"], value="ant"),
        "value",
        ((choose("bee"), "bee"), (choose("fly"), "fly")),
    ),
}


def everything() -> Dash:
    """Make an application with one component of each kind, all shared."""
    app = Dash("everything")
    parts: list[Any] = []
    for component_id, (make, prop, _) in CASES.items():
        parts += [make(component_id), html.Pre(id=f"{component_id}-is")]
        app.callback_shared(Output(f"{component_id}-is", "children"), Input(component_id, prop))(
            lambda value: f"{value}"
        )
    app.layout = dmc.MantineProvider(html.Div(parts, id="page", style={"width": 400}))
    return app


@pytest.fixture(scope="module")
def everywhere(chromium: Browser) -> Iterator[list[Page]]:
    """Two pages of that application, for all tests that only edit."""
    with serving(everything) as served, profiles(chromium) as pages:
        visit(pages, served.url)
        yield pages


@pytest.mark.parametrize("component_id", CASES)
def test_two_pages_agree_on_a_component_that_each_of_them_edits(
    everywhere: list[Page], component_id: str
) -> None:
    _, prop, steps = CASES[component_id]
    for page, (act, value) in zip(everywhere, steps, strict=True):
        act(page, component_id)
        agree(everywhere, prop, value, component_id)
        settle(everywhere)


def test_a_page_that_is_loaded_again_shows_every_component_as_it_was_edited(
    pages: list[Page],
) -> None:
    with serving(everything) as served:
        visit(pages[:1], served.url)
        for component_id, (_, _, ((act, _), _)) in CASES.items():
            act(pages[0], component_id)
            settle(pages[:1])
        pages[0].reload()
        visit(pages[1:], served.url)
        until_connected(pages[0])
        for component_id, (_, prop, ((_, value), _)) in CASES.items():
            agree(pages, prop, value, component_id)


def test_a_debounced_input_is_told_when_it_is_left(pages: list[Page]) -> None:
    told: list[str] = []
    with serving(
        lambda: shared(dcc.Input(id="a", value="", debounce=True), "value", told)
    ) as served:
        visit(pages, served.url)
        fill("abc")(pages[0], "a")
        settle(pages)
        assert told == [""]
        pages[0].click("#elsewhere")
        agree(pages, "value", "abc")
    assert told == ["", "abc"]


def test_a_store_shares_what_a_regular_callback_put_into_it(pages: list[Page]) -> None:
    def make() -> Dash:
        app = shared(dcc.Store(id="a"), "data", [])
        app.callback(
            Output("a", "data"), Input("elsewhere", "n_clicks"), prevent_initial_call=True
        )(lambda n: {"clicks": n})
        return app

    with serving(make) as served:
        visit(pages, served.url)
        pages[0].click("#elsewhere")
        agree(pages, "data", {"clicks": 1})


def test_a_file_that_is_uploaded_reaches_the_device_once(pages: list[Page], tmp_path: Path) -> None:
    told: list[Any] = []
    file = tmp_path / "note.txt"
    file.write_text("hello")
    with serving(lambda: shared(dcc.Upload(html.P("drop"), id="a"), "contents", told)) as served:
        visit(pages, served.url)
        pages[0].locator("#a input[type=file]").set_input_files(file)
        shows(pages, "a-is", "data:text/plain;base64,aGVsbG8=")
        settle(pages)
    assert told == [None, "data:text/plain;base64,aGVsbG8="]


def test_an_interval_runs_a_regular_callback_of_each_page(pages: list[Page]) -> None:
    def make() -> Dash:
        app = shared(dcc.Input(id="a", value="x"), "value", [])
        app.layout.children += [
            dcc.Interval(id="beat", interval=20, max_intervals=5),
            html.P(id="n"),
        ]
        app.callback(Output("n", "children"), Input("beat", "n_intervals"))(lambda n: f"beat {n}")
        return app

    with serving(make) as served:
        visit(pages, served.url)
        shows(pages, "n", "beat 5")
        enter(pages[0], "a", "y")
        agree(pages, "value", "y")


def test_loading_shows_on_the_page_that_asked_until_the_shared_callback_returns(
    pages: list[Page],
) -> None:
    go = threading.Event()

    def make() -> Dash:
        app = Dash("loading")
        app.layout = html.Div(
            [
                html.Button("b", id="b"),
                dcc.Loading(html.P(id="p"), custom_spinner=html.I("busy", id="busy")),
            ],
            id="page",
        )

        @app.callback_shared(
            Output("p", "children"), Input("b", "n_clicks"), prevent_initial_call=True
        )
        def work(n: int) -> str:
            assert go.wait(WAIT_S)
            return f"done {n}"

        return app

    with serving(make) as served:
        try:
            visit(pages, served.url)
            pages[0].click("#b")
            expect(pages[0].locator("#busy")).to_be_visible()
            expect(pages[1].locator("#busy")).to_have_count(0)
        finally:
            go.set()
        expect(pages[0].locator("#busy")).to_have_count(0)
        shows(pages, "p", "done 1")


@pytest.mark.parametrize("kind", ["local", "session"])
def test_persistence_does_not_bring_back_an_old_value(pages: list[Page], kind: str) -> None:
    told: list[str] = []

    def make() -> Dash:
        component = dcc.Input(id="a", value="first", persistence=True, persistence_type=kind)
        return shared(component, "value", told)

    with serving(make) as served:
        visit(pages, served.url)
        enter(pages[0], "a", "old")
        agree(pages, "value", "old")
        enter(pages[1], "a", "new")
        agree(pages, "value", "new")
        pages[0].reload()
        until_connected(pages[0])
        settle(pages)
        agree(pages, "value", "new")
        expect(field(pages[0], "a")).to_have_value("new")
    assert told == ["first", *told[1:-1], "new"]
    assert told[told.index("new") :].count("old") == 0
