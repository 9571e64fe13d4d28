"""What modern Dash programs use, in real browsers: two pages where something is shared."""

import threading
from collections.abc import Iterator
from typing import Any

import dash
import pytest
from dash import dcc, html
from playwright.sync_api import Page, expect

from dash_devices import (
    ALL,
    ALLSMALLER,
    MATCH,
    Dash,
    Input,
    Output,
    Patch,
    PreventUpdate,
    State,
    ctx,
    no_update,
    set_props,
)
from tests.browser.serving import WAIT_S, serving
from tests.browser.visiting import (
    enter,
    field,
    settle,
    shows,
    until_connected,
    visit,
)
from tests.browser.waiting import until

pytestmark = pytest.mark.browser

KINDS = pytest.mark.parametrize("kind", ["callback", "callback_shared"])


def number(component_id: Any, value: float) -> dcc.Input:
    return dcc.Input(id=component_id, type="number", value=value)


def application(*parts: Any, **options: Any) -> Dash:
    app = Dash("features", **options)
    app.layout = html.Div(list(parts), id="page")
    return app


def reached(pages: list[Page], kind: str) -> list[Page]:
    """The pages that the outputs of a callback reach when the first one triggers it."""
    return pages if kind == "callback_shared" else pages[:1]


# -- signatures ----------------------------------------------------------------------------------


@KINDS
def test_outputs_inputs_and_states_may_be_grouped_in_dicts_and_tuples(
    pages: list[Page], kind: str
) -> None:
    def make() -> Dash:
        app = application(
            number("a", 1), number("b", 2), number("c", 3), html.P(id="sum"), html.P(id="all")
        )

        @getattr(app, kind)(
            output={"total": Output("sum", "children"), "rest": (Output("all", "children"),)},
            inputs={"pair": (Input("a", "value"), Input("b", "value"))},
            state={"more": {"c": State("c", "value")}},
        )
        def add(pair: tuple[int, int], more: dict[str, int]) -> dict[str, Any]:
            total = f"total {sum(pair)}"
            return {"total": total, "rest": (f"{pair[0]} {pair[1]} {more['c']}",)}

        return app

    with serving(make) as served:
        visit(pages, served.url)
        shows(pages, "sum", "total 3")
        enter(pages[0], "b", "5")
        shows(reached(pages, kind), "sum", "total 6")
        shows(reached(pages, kind), "all", "1 5 3")


@KINDS
def test_lists_of_outputs_inputs_and_states_are_arguments_in_their_order(
    pages: list[Page], kind: str
) -> None:
    def make() -> Dash:
        app = application(
            number("a", 1), number("b", 2), number("c", 3), html.P(id="one"), html.P(id="two")
        )

        @getattr(app, kind)(
            output=[Output("one", "children"), Output("two", "children")],
            inputs=[Input("a", "value"), Input("b", "value")],
            state=[State("c", "value")],
        )
        def tell(a: int, b: int, c: int) -> tuple[str, str]:
            return f"{a} {b}", f"{c}"

        return app

    with serving(make) as served:
        visit(pages, served.url)
        shows(pages, "one", "1 2")
        enter(pages[0], "a", "4")
        shows(reached(pages, kind), "one", "4 2")
        shows(pages, "two", "3")


# -- first calls ---------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize(
    ("prevent", "first"), [(True, "as written"), (False, "got 1"), ("initial_duplicate", "got 1")]
)
def test_prevent_initial_call_decides_whether_a_callback_runs_by_itself_once(
    pages: list[Page], kind: str, prevent: bool | str, first: str
) -> None:
    def make() -> Dash:
        app = application(number("a", 1), html.P("as written", id="text"), html.P(id="other"))
        app.callback(Output("text", "children"), Input("other", "title"))(lambda _: no_update)

        @getattr(app, kind)(
            Output("text", "children", allow_duplicate=prevent == "initial_duplicate"),
            Input("a", "value"),
            prevent_initial_call=prevent,
        )
        def tell(value: int) -> str:
            return f"got {value}"

        return app

    def make_plain() -> Dash:
        app = application(number("a", 1), html.P("as written", id="text"))
        register = getattr(app, kind)(
            Output("text", "children"), Input("a", "value"), prevent_initial_call=prevent
        )
        register(lambda value: f"got {value}")
        return app

    with serving(make if prevent == "initial_duplicate" else make_plain) as served:
        visit(pages, served.url)
        shows(pages, "text", first)
        enter(pages[0], "a", "2")
        shows(reached(pages, kind), "text", "got 2")


def test_an_application_that_prevents_initial_calls_but_of_duplicates_runs_shared_ones_at_start(
    pages: list[Page],
) -> None:
    def make() -> Dash:
        app = application(
            number("a", 1),
            html.P(id="text"),
            html.Button(id="b"),
            prevent_initial_callbacks="initial_duplicate",
        )
        app.callback_shared(Output("text", "children"), Input("a", "value"))(lambda v: f"got {v}")
        app.callback_shared(
            Output("text", "children", allow_duplicate=True), Input("b", "n_clicks")
        )(lambda n: f"{n} clicks" if n else no_update)
        return app

    with serving(make) as served:
        visit(pages, served.url)
        shows(pages, "text", "got 1")
        pages[1].click("#b")
        shows(pages, "text", "1 clicks")


# -- running -------------------------------------------------------------------------------------


@KINDS
def test_running_disables_a_button_on_the_page_that_clicked_until_the_callback_returns(
    pages: list[Page], kind: str
) -> None:
    go = threading.Event()

    def make() -> Dash:
        app = application(html.Button("work", id="b"), html.P(id="text"))

        @getattr(app, kind)(
            Output("text", "children"),
            Input("b", "n_clicks"),
            running=[(Output("b", "disabled"), True, False)],
            prevent_initial_call=True,
        )
        def work(n: int) -> str:
            assert go.wait(WAIT_S)
            return f"done {n}"

        return app

    with serving(make) as served:
        try:
            visit(pages, served.url)
            pages[0].click("#b")
            expect(pages[0].locator("#b")).to_be_disabled()
            expect(pages[1].locator("#b")).to_be_enabled()
            expect(pages[0].locator("#text")).to_be_empty()
        finally:
            go.set()
        expect(pages[0].locator("#b")).to_be_enabled()
        shows(reached(pages, kind), "text", "done 1")
        expect(pages[1].locator("#b")).to_be_enabled()


# -- pattern matching ----------------------------------------------------------------------------


def row(n: int) -> html.Div:
    return html.Div(
        [
            number({"kind": "item", "n": n}, n),
            html.P(id={"kind": "twice", "n": n}),
            html.P(id={"kind": "before", "n": n}),
        ]
    )


def pattern_app(kind: str) -> Dash:
    app = application(html.Div([row(1)], id="rows"), html.Button("add", id="add"), html.P(id="sum"))
    register = getattr(app, kind)
    register(
        Output({"kind": "twice", "n": MATCH}, "children"),
        Input({"kind": "item", "n": MATCH}, "value"),
    )(lambda value: f"twice {2 * value}")
    register(Output("sum", "children"), Input({"kind": "item", "n": ALL}, "value"))(
        lambda values: f"sum {sum(values)} of {len(values)}"
    )
    register(
        Output({"kind": "before", "n": MATCH}, "children"),
        Input({"kind": "item", "n": MATCH}, "value"),
        Input({"kind": "item", "n": ALLSMALLER}, "value"),
    )(lambda _, before: f"before {sum(before)} of {len(before)}")
    register(
        Output("rows", "children"),
        Input("add", "n_clicks"),
        State("rows", "children"),
        prevent_initial_call=True,
    )(lambda n, rows: [*rows, row(n + 1)])
    return app


def part(page: Page, kind: str, n: int) -> Any:
    name = f'{{"kind":"{kind}","n":{n}}}'
    return page.locator(f"[id='{name}']")


def item(page: Page, n: int) -> Any:
    name = f'{{"kind":"item","n":{n}}}'
    return page.locator(f"input[id='{name}'], [id='{name}'] input")


def add_row(pages: list[Page], n: int) -> None:
    """Add a row on the first page and set its number to ten times ``n``."""
    pages[0].click("#add")
    for page in pages:
        expect(item(page, n)).to_have_value(str(n))
    item(pages[0], n).fill(str(10 * n))


@KINDS
def test_match_reaches_the_component_of_the_same_index_also_of_components_added_later(
    pages: list[Page], kind: str
) -> None:
    with serving(lambda: pattern_app(kind)) as served:
        visit(pages, served.url)
        for page in pages:
            expect(part(page, "twice", 1)).to_have_text("twice 2")
        add_row(reached(pages, kind), 2)
        for page in reached(pages, kind):
            expect(part(page, "twice", 2)).to_have_text("twice 40")
        item(pages[0], 1).fill("3")
        for page in reached(pages, kind):
            expect(part(page, "twice", 1)).to_have_text("twice 6")
            expect(part(page, "twice", 2)).to_have_text("twice 40")


@KINDS
def test_components_added_to_the_state_of_children_leave_the_values_of_the_others(
    pages: list[Page], kind: str
) -> None:
    with serving(lambda: pattern_app(kind)) as served:
        visit(pages, served.url)
        item(pages[0], 1).fill("4")
        for page in reached(pages, kind):
            expect(part(page, "twice", 1)).to_have_text("twice 8")
        add_row(reached(pages, kind), 2)
        for page in reached(pages, kind):
            expect(part(page, "twice", 2)).to_have_text("twice 40")
            expect(part(page, "twice", 1)).to_have_text("twice 8")
            expect(item(page, 1)).to_have_value("4")


@KINDS
def test_all_takes_in_components_added_later(pages: list[Page], kind: str) -> None:
    with serving(lambda: pattern_app(kind)) as served:
        visit(pages, served.url)
        shows(pages, "sum", "sum 1 of 1")
        add_row(reached(pages, kind), 2)
        shows(reached(pages, kind), "sum", "sum 21 of 2")
        item(pages[0], 1).fill("5")
        shows(reached(pages, kind), "sum", "sum 25 of 2")


@KINDS
def test_allsmaller_takes_only_the_components_before(pages: list[Page], kind: str) -> None:
    with serving(lambda: pattern_app(kind)) as served:
        visit(pages, served.url)
        for page in pages:
            expect(part(page, "before", 1)).to_have_text("before 0 of 0")
        for n, before in ((2, 1), (3, 21)):
            add_row(reached(pages, kind), n)
            for page in reached(pages, kind):
                expect(part(page, "before", n)).to_have_text(f"before {before} of {n - 1}")
        item(pages[0], 1).fill("5")
        for page in reached(pages, kind):
            expect(part(page, "before", 1)).to_have_text("before 0 of 0")
            expect(part(page, "before", 2)).to_have_text("before 5 of 1")
            expect(part(page, "before", 3)).to_have_text("before 25 of 2")


def test_a_push_to_one_of_a_pattern_runs_the_shared_callbacks_of_the_pattern(
    pages: list[Page],
) -> None:
    with serving(lambda: pattern_app("callback_shared")) as served:
        visit(pages, served.url)
        add_row(pages, 2)
        shows(pages, "sum", "sum 21 of 2")
        served.app.push_mods(Output({"kind": "item", "n": 1}, "value", 4))
        shows(pages, "sum", "sum 24 of 2")
        for page in pages:
            expect(item(page, 1)).to_have_value("4")
            expect(part(page, "twice", 1)).to_have_text("twice 8")


def test_a_push_runs_the_shared_callbacks_that_have_it_among_their_smaller_ones(
    pages: list[Page],
) -> None:
    with serving(lambda: pattern_app("callback_shared")) as served:
        visit(pages, served.url)
        add_row(pages, 2)
        for page in pages:
            expect(part(page, "before", 2)).to_have_text("before 1 of 1")
        served.app.push_mods(Output({"kind": "item", "n": 1}, "value", 4))
        for page in pages:
            expect(part(page, "before", 2)).to_have_text("before 4 of 1")
            expect(part(page, "before", 1)).to_have_text("before 0 of 0")


# -- what a callback returns ---------------------------------------------------------------------


def test_a_patch_from_a_regular_callback_changes_part_of_a_property(pages: list[Page]) -> None:
    def make() -> Dash:
        app = application(html.Button("add", id="b"), html.Div([html.I("one ")], id="list"))

        @app.callback(Output("list", "children"), Input("b", "n_clicks"), prevent_initial_call=True)
        def add(n: int) -> Patch:
            patch = Patch()
            patch.append(html.I(f"more {n} "))
            return patch

        return app

    with serving(make) as served:
        visit(pages, served.url)
        for _ in range(2):
            pages[0].click("#b")
            settle(pages)
        shows(pages[:1], "list", "one more 1 more 2 ")
        shows(pages[1:], "list", "one ")


@KINDS
def test_a_duplicate_output_is_written_by_both_callbacks(pages: list[Page], kind: str) -> None:
    def make() -> Dash:
        app = application(
            html.Button("one", id="one"), html.Button("two", id="two"), html.P(id="text")
        )
        for name in ("one", "two"):
            getattr(app, kind)(
                Output("text", "children", allow_duplicate=name == "two"),
                Input(name, "n_clicks"),
                prevent_initial_call=True,
            )(lambda n, name=name: f"{name} {n}")
        return app

    with serving(make) as served:
        visit(pages, served.url)
        for name, text in (("one", "one 1"), ("two", "two 1"), ("one", "one 2")):
            pages[0].click(f"#{name}")
            shows(reached(pages, kind), "text", text)


@KINDS
def test_two_callbacks_on_one_button_both_run_once_a_click(pages: list[Page], kind: str) -> None:
    ran: list[str] = []

    def make() -> Dash:
        app = application(html.Button("b", id="b"), html.P(id="left"), html.P(id="right"))
        for name in ("left", "right"):
            getattr(app, kind)(
                Output(name, "children"), Input("b", "n_clicks"), prevent_initial_call=True
            )(lambda n, name=name: ran.append(f"{name} {n}") or f"{name} {n}")
        getattr(app, kind)(None, Input("b", "n_clicks"), prevent_initial_call=True)(
            lambda n: ran.append(f"nothing {n}")
        )
        return app

    with serving(make) as served:
        visit(pages, served.url)
        for n in (1, 2):
            pages[0].click("#b")
            shows(reached(pages, kind), "left", f"left {n}")
            shows(reached(pages, kind), "right", f"right {n}")
            settle(pages)
    assert sorted(ran) == sorted(
        f"{name} {n}" for name in ("left", "right", "nothing") for n in (1, 2)
    )


@KINDS
def test_no_update_leaves_one_output_or_all_and_prevent_update_leaves_all(
    pages: list[Page], kind: str
) -> None:
    ran: list[int] = []

    def make() -> Dash:
        app = application(number("a", 0), html.P(id="left"), html.P(id="right"))

        @getattr(app, kind)(
            Output("left", "children"),
            Output("right", "children"),
            Input("a", "value"),
            prevent_initial_call=True,
        )
        def tell(a: int) -> Any:
            ran.append(a)
            if a == 2:
                return no_update, f"right {a}"
            if a == 3:
                return no_update
            if a == 4:
                raise PreventUpdate
            return f"left {a}", f"right {a}"

        return app

    with serving(make) as served:
        visit(pages, served.url)
        for a, left, right in ((1, 1, 1), (2, 1, 2), (3, 1, 2), (4, 1, 2), (5, 5, 5)):
            enter(pages[0], "a", str(a))
            settle(pages)
            shows(reached(pages, kind), "left", f"left {left}")
            shows(reached(pages, kind), "right", f"right {right}")
    assert ran == [1, 2, 3, 4, 5]


# -- the context of a callback -------------------------------------------------------------------


@KINDS
def test_set_props_changes_what_is_no_output(pages: list[Page], kind: str) -> None:
    def make() -> Dash:
        app = application(html.Button("b", id="b"), html.P(id="text"), number("a", 0))

        @getattr(app, kind)(None, Input("b", "n_clicks"), prevent_initial_call=True)
        def tell(n: int) -> None:
            set_props("text", {"children": f"said {n}", "title": "hint"})
            set_props("a", {"value": 10 * n})

        return app

    with serving(make) as served:
        visit(pages, served.url)
        pages[0].click("#b")
        shows(reached(pages, kind), "text", "said 1")
        for page in reached(pages, kind):
            expect(page.locator("#text")).to_have_attribute("title", "hint")
            expect(field(page, "a")).to_have_value("10")


@KINDS
def test_the_context_tells_what_triggered_with_which_values_and_from_which_browser(
    pages: list[Page], kind: str
) -> None:
    told: list[dict[str, Any]] = []

    def make() -> Dash:
        app = application(
            number("a", 1), number("b", 2), html.Button("go", id="go"), html.P(id="p")
        )

        @getattr(app, kind)(
            Output("p", "children"),
            Input("a", "value"),
            Input("go", "n_clicks"),
            State("b", "value"),
            prevent_initial_call=True,
        )
        def tell(a: int, n: int | None, b: int) -> str:
            told.append(
                {
                    "id": ctx.triggered_id,
                    "triggered": ctx.triggered,
                    "inputs": ctx.inputs,
                    "states": ctx.states,
                    "outputs": ctx.outputs_list,
                    "cookie": ctx.cookies.get("who"),
                    "agent": ctx.headers.get("User-Agent"),
                    "client": ctx.client,
                }
            )
            return f"{a} {n} {b}"

        return app

    with serving(make) as served:
        for name, page in zip(("ann", "bob"), pages, strict=True):
            page.context.add_cookies([{"name": "who", "value": name, "url": served.url}])
        visit(pages, served.url)
        pages[0].click("#go")
        shows(reached(pages, kind), "p", "1 1 2")
        enter(pages[1], "a", "9")
        n = 1 if kind == "callback_shared" else None
        shows([pages[1]], "p", f"9 {n} 2")
        agent = pages[0].evaluate("navigator.userAgent")
    by_ann, by_bob = told
    assert by_ann["id"] == "go"
    assert by_ann["triggered"] == [{"prop_id": "go.n_clicks", "value": 1}]
    assert by_ann["inputs"] == {"a.value": 1, "go.n_clicks": 1}
    assert by_ann["states"] == {"b.value": 2}
    assert by_ann["outputs"] == {"id": "p", "property": "children"}
    assert (by_ann["cookie"], by_ann["agent"]) == ("ann", agent)
    assert by_bob["id"] == "a"
    assert by_bob["inputs"] == {"a.value": 9, "go.n_clicks": n}
    assert by_bob["cookie"] == "bob"
    assert by_ann["client"] is not by_bob["client"]


# -- layouts and pages ---------------------------------------------------------------------------


def test_a_layout_that_is_a_function_is_made_for_each_load_and_holds_what_is_shared(
    pages: list[Page],
) -> None:
    loads: list[int] = []

    def make() -> Dash:
        app = Dash("callable")

        def layout() -> html.Div:
            loads.append(1)
            return html.Div(
                [number("a", 1), html.P(id="text"), html.P(f"load {len(loads)}", id="load")],
                id="page",
            )

        app.layout = layout
        app.callback_shared(Output("text", "children"), Input("a", "value"))(lambda v: f"got {v}")
        return app

    with serving(make) as served:
        visit(pages[:1], served.url)
        enter(pages[0], "a", "6")
        shows(pages[:1], "text", "got 6")
        visit(pages[1:], served.url)
        shows(pages[1:], "text", "got 6")
        expect(field(pages[1], "a")).to_have_value("6")
        assert pages[0].inner_text("#load") != pages[1].inner_text("#load")
        pages[0].reload()
        until_connected(pages[0])
        shows(pages[:1], "text", "got 6")


@pytest.fixture
def no_pages_left() -> Iterator[None]:
    """Dash keeps its pages in a global; leave none to the next test."""
    dash.page_registry.clear()
    yield
    dash.page_registry.clear()


def site() -> Dash:
    dash.page_registry.clear()
    app = Dash("site", use_pages=True, pages_folder="", suppress_callback_exceptions=True)
    dash.register_page(
        "home", path="/", layout=html.Div([number("a", 1), html.P(id="text")], id="home")
    )
    dash.register_page(
        "other",
        path="/other",
        layout=lambda **_: html.Div([number("b", 1), html.P(id="seen")], id="other"),
    )
    app.layout = html.Div(
        [
            dcc.Link("home", href="/", id="to-home"),
            dcc.Link("other", href="/other", id="to-other"),
            dash.page_container,
        ],
        id="page",
    )
    app.callback_shared(Output("text", "children"), Input("a", "value"))(lambda v: f"a is {v}")
    app.callback_shared(Output("seen", "children"), Input("b", "value"))(lambda v: f"b is {v}")
    return app


@pytest.mark.usefixtures("no_pages_left")
def test_a_push_to_a_page_that_is_not_shown_is_there_when_it_is_opened(pages: list[Page]) -> None:
    with serving(site) as served:
        visit(pages, served.url)
        for page in pages:
            expect(page.locator("#home")).to_be_visible()
        served.app.push_mods({"b": {"value": 7}})
        pages[0].click("#to-other")
        expect(field(pages[0], "b")).to_have_value("7")
        enter(pages[0], "b", "8")
        shows(pages[:1], "seen", "b is 8")
        pages[1].click("#to-other")
        expect(field(pages[1], "b")).to_have_value("8")
        shows(pages[1:], "seen", "b is 8")


@pytest.mark.usefixtures("no_pages_left")
def test_back_and_forward_show_the_live_values_of_each_page(pages: list[Page]) -> None:
    with serving(site) as served:
        visit(pages, served.url)
        expect(pages[0].locator("#home")).to_be_visible()
        pages[0].click("#to-other")
        expect(field(pages[0], "b")).to_be_visible()
        enter(pages[1], "a", "5")
        pages[0].go_back()
        expect(field(pages[0], "a")).to_have_value("5")
        shows(pages, "text", "a is 5")
        served.app.push_mods({"b": {"value": 3}})
        pages[0].go_forward()
        expect(field(pages[0], "b")).to_have_value("3")
        pages[1].goto(f"{served.url}other")
        expect(field(pages[1], "b")).to_have_value("3")


@pytest.mark.usefixtures("no_pages_left")
def test_a_site_of_pages_survives_a_restart_without_a_reload(pages: list[Page]) -> None:
    with serving(site) as served:
        visit(pages, f"{served.url}other")
        for page in pages:
            page.evaluate("window.isTheSamePage = true")
        served.stop()
        for page in pages:
            until(page, "dash_devices.state !== 'connected'")
        served.start()
        for page in pages:
            until_connected(page)
            assert page.evaluate("window.isTheSamePage === true")
        enter(pages[0], "b", "5")
        shows(pages, "seen", "b is 5")


# -- in the browser ------------------------------------------------------------------------------


def test_a_clientside_callback_may_set_a_shared_input(pages: list[Page]) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = application(html.Button("b", id="b"), number("a", 1), html.P(id="text"))
        app.clientside_callback(
            "n => 10 * n",
            Output("a", "value"),
            Input("b", "n_clicks"),
            prevent_initial_call=True,
        )
        app.callback_shared(
            Output("text", "children"), Input("a", "value"), prevent_initial_call=True
        )(lambda v: told.append(v) or f"got {v}")
        return app

    with serving(make) as served:
        visit(pages, served.url)
        for n in (1, 2):
            pages[0].click("#b")
            shows(pages, "text", f"got {10 * n}")
            for page in pages:
                expect(field(page, "a")).to_have_value(str(10 * n))
        settle(pages)
    assert told == [10, 20]


def test_a_clientside_callback_follows_the_output_of_a_shared_one_on_every_page(
    pages: list[Page],
) -> None:
    def make() -> Dash:
        app = application(number("a", 1), html.P(id="text"), html.P(id="loud"))
        app.callback_shared(Output("text", "children"), Input("a", "value"))(lambda v: f"got {v}")
        app.clientside_callback(
            "text => text && text.toUpperCase()",
            Output("loud", "children"),
            Input("text", "children"),
        )
        return app

    with serving(make) as served:
        visit(pages, served.url)
        shows(pages, "loud", "GOT 1")
        enter(pages[0], "a", "3")
        shows(pages, "loud", "GOT 3")


def test_two_tabs_of_one_profile_have_a_socket_each(pages: list[Page]) -> None:
    def make() -> Dash:
        app = application(
            number("a", 1), html.P(id="text"), html.Button("b", id="b"), html.P(id="p")
        )
        app.callback_shared(Output("text", "children"), Input("a", "value"))(lambda v: f"got {v}")
        app.callback(Output("p", "children"), Input("b", "n_clicks"), prevent_initial_call=True)(
            lambda n: f"own {n}"
        )
        return app

    with serving(make) as served:
        tabs = [pages[0], pages[0].context.new_page()]
        visit([*tabs, pages[1]], served.url)
        assert len(served.app.clients) == 3
        enter(tabs[0], "a", "3")
        shows([*tabs, pages[1]], "text", "got 3")
        tabs[1].click("#b")
        shows(tabs[1:], "p", "own 1")
        expect(tabs[0].locator("#p")).to_be_empty()
        tabs[0].close()
        enter(tabs[1], "a", "4")
        shows([tabs[1], pages[1]], "text", "got 4")
        assert len(served.app.clients) == 2


# -- dev tools -----------------------------------------------------------------------------------


@KINDS
def test_dev_tools_show_the_error_of_a_callback(pages: list[Page], kind: str) -> None:
    def make() -> Dash:
        app = application(html.Button("b", id="b"), html.P(id="p"))
        app.enable_dev_tools(debug=True, dev_tools_hot_reload=False)

        @getattr(app, kind)(
            Output("p", "children"), Input("b", "n_clicks"), prevent_initial_call=True
        )
        def fails(n: int) -> str:
            raise ValueError(f"the lens cap is on since {n}")

        return app

    with serving(make) as served:
        visit(pages, served.url)
        pages[0].click("#b")
        count = pages[0].locator(".test-devtools-error-count")
        expect(count).to_have_text("1")
        if not pages[0].locator(".dash-error-card").count():
            pages[0].click(".test-devtools-error-toggle")
        card = pages[0].locator(".dash-error-card")
        expect(card.locator(".dash-fe-error__title")).to_contain_text("p.children")
        card.locator(".dash-fe-error__title").click()
        expect(card.frame_locator("iframe").locator("body")).to_contain_text(
            "the lens cap is on since 1"
        )
        expect(pages[1].locator(".test-devtools-error-count")).to_have_count(0)
        pages[0].click("#b")
        expect(count).to_have_text("2")
