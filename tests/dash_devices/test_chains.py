"""Callbacks that follow from one another in one round trip (`chain=True`)."""

from typing import Any

import pytest
from dash import dcc, html

from dash_devices import MATCH, Dash, Input, Output, PreventUpdate, State, no_update, set_props
from tests.dash_devices.page import Page, serving


def item(text: str, value: Any = None) -> dict[str, Any]:
    component_id, _, prop = text.rpartition(".")
    return {"id": component_id, "property": prop, "value": value}


def asked(output: str, *inputs: dict[str, Any], state: tuple[Any, ...] = ()) -> dict[str, Any]:
    """What a browser would ask of a callback; the first input has changed."""
    component_id, _, prop = output.rpartition(".")
    return {
        "output": output,
        "outputs": {"id": component_id, "property": prop},
        "inputs": list(inputs),
        "state": list(state),
        "changedPropIds": [f"{inputs[0]['id']}.{inputs[0]['property']}"],
    }


def line(*names: str) -> Dash:
    """An application with an input and some places for text."""
    app = Dash("line")
    app.layout = html.Div([dcc.Input(id="a"), *(html.P(id=name) for name in names)])
    return app


async def answered(page: Page, first: dict[str, Any], *links: dict[str, Any]) -> dict[str, Any]:
    return await page.answer(await page.ask("update", first, links=list(links)))


async def test_followers_run_in_order_each_with_what_the_one_before_it_returned() -> None:
    app, ran = line("b", "c", "d"), list[str]()

    @app.callback(Output("d", "children"), Input("c", "children"))
    def third(c: str) -> str:
        ran.append(f"third {c}")
        return c + "d"

    @app.callback(Output("c", "children"), Input("b", "children"))
    async def second(b: str) -> str:
        ran.append(f"second {b}")
        return b + "c"

    @app.callback(Output("b", "children"), Input("a", "value"), chain=True)
    def first(a: str) -> str:
        ran.append(f"first {a}")
        return a + "b"

    links = [
        asked("c.children", item("b.children", "old")),
        asked("d.children", item("c.children", "old")),
    ]
    async with serving(app) as served:
        page = await served.open()
        assert page.messages[0]["chains"] == {"b.children": ["c.children", "d.children"]}
        told = await answered(page, asked("b.children", item("a.value", "a")), *links)
    assert ran == ["first a", "second ab", "third abc"]
    assert told["b"]["response"] == {
        "b": {"children": "ab"},
        "c": {"children": "abc"},
        "d": {"children": "abcd"},
    }
    assert told["c"] == ["c.children", "d.children"]


async def test_in_a_diamond_the_last_runs_once_after_both_and_takes_the_state_along() -> None:
    app, ran = line("b", "left", "right", "end", "s"), list[Any]()
    app.callback(Output("b", "children"), Input("a", "value"), chain=True)(lambda a: a)
    app.callback(Output("left", "children"), Input("b", "children"))(lambda b: f"left {b}")
    app.callback(Output("right", "children"), Input("b", "children"))(lambda b: f"right {b}")

    @app.callback(
        Output("end", "children"),
        Input("left", "children"),
        Input("right", "children"),
        State("b", "children"),
        State("s", "title"),
    )
    def end(*values: Any) -> str:
        ran.append(values)
        return "end"

    links = [
        asked("left.children", item("b.children")),
        asked("right.children", item("b.children")),
        asked(
            "end.children",
            item("left.children"),
            item("right.children"),
            state=(item("b.children", "old"), item("s.title", "as the browser has it")),
        ),
    ]
    async with serving(app) as served:
        page = await served.open()
        told = await answered(page, asked("b.children", item("a.value", 1)), *links)
    assert ran == [("left 1", "right 1", 1, "as the browser has it")]
    assert told["c"][-1] == "end.children"
    assert len(told["c"]) == 3


@pytest.mark.parametrize("how", ["no_update", "PreventUpdate"])
async def test_who_changes_nothing_is_followed_by_nobody(how: str) -> None:
    app, ran = line("b", "c", "d"), list[str]()
    app.callback(Output("b", "children"), Input("a", "value"), chain=True)(lambda a: a)

    @app.callback(Output("c", "children"), Input("b", "children"))
    def middle(b: str) -> Any:
        ran.append("middle")
        if how == "no_update":
            return no_update
        raise PreventUpdate

    app.callback(Output("d", "children"), Input("c", "children"))(lambda c: ran.append("last"))
    links = [
        asked("c.children", item("b.children")),
        asked("d.children", item("c.children", "old")),
    ]
    async with serving(app) as served:
        page = await served.open()
        told = await answered(page, asked("b.children", item("a.value", 1)), *links)
    assert ran == ["middle"]
    assert told["b"]["response"] == {"b": {"children": 1}}
    assert told["c"] == ["c.children"]  # it has run: the browser does not ask again


async def test_a_follower_that_raises_is_told_once_and_the_others_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app, ran = line("b", "c", "d"), list[str]()
    app.callback(Output("b", "children"), Input("a", "value"), chain=True)(lambda a: a)

    @app.callback(Output("c", "children"), Input("b", "children"))
    def broken(b: str) -> str:
        ran.append("broken")
        raise ValueError("the lens cap is on")

    app.callback(Output("d", "children"), Input("b", "children"))(lambda b: ran.append("other"))
    links = [asked("c.children", item("b.children")), asked("d.children", item("b.children"))]
    async with serving(app) as served:
        page = await served.open()
        told = await answered(page, asked("b.children", item("a.value", 1)), *links)
        assert page.complaints == ["callback c.children failed"]
    assert sorted(ran) == ["broken", "other"]
    assert sorted(told["c"]) == ["c.children", "d.children"]
    assert (told["s"], told["b"]["response"]["b"]) == (200, {"children": 1})
    assert "the lens cap is on" in caplog.text


async def test_followers_with_wildcards_and_shared_ones_are_left_to_others() -> None:
    app, ran = line("b", "s2"), list[str]()
    app.layout.children += [html.P(id={"n": 1}), html.P(id="side")]
    app.callback(Output("b", "children"), Input("a", "value"), chain=True)(lambda a: a)
    app.callback(Output({"n": MATCH}, "children"), Input({"n": MATCH}, "title"))(lambda t: t)
    app.callback(Output("side", "children"), Input("b", "children"), State({"n": 1}, "title"))(
        lambda b, t: ran.append("side")
    )
    app.callback_s2(Output("s2", "children"), Input("b", "children"))(lambda b: ran.append("s2"))
    app.clientside_callback("x => x", Output("a", "title"), Input("b", "children"))
    links = [
        asked(name, item("b.children")) for name in ("s2.children", "side.children", "a.title")
    ]
    async with serving(app) as served:
        page = await served.open()
        assert page.messages[0]["chains"] == {"b.children": []}
        told = await answered(page, asked("b.children", item("a.value", 1)), *links)
    assert ran == []
    assert "c" not in told


async def test_what_a_follower_sets_aside_comes_in_the_same_answer() -> None:
    app = line("b", "c", "d")
    app.callback(Output("b", "children"), Input("a", "value"), chain=True)(lambda a: a)

    @app.callback(Output("c", "children"), Input("b", "children"))
    def aside(b: str) -> str:
        set_props("d", {"children": f"aside {b}"})
        return "c"

    async with serving(app) as served:
        page = await served.open()
        told = await answered(
            page,
            asked("b.children", item("a.value", 1)),
            asked("c.children", item("b.children")),
        )
    assert told["b"]["sideUpdate"] == {"d": {"children": "aside 1"}}


@pytest.mark.parametrize(
    "lie",
    [
        asked("nothing.children", item("b.children", 1)),
        asked("secret.children", item("b.children", 1)),
        asked("shared.children", item("b.children", 1)),
        asked("b.children", item("b.children", 1)),
        asked("c.children", item("other.children", 1)),
        asked("c.children", item("b.title", 1)),
        asked("c.children", item('{"n":1}.children', 1)),
    ],
)
async def test_a_browser_that_lies_about_what_follows_runs_nothing_with_it(
    lie: dict[str, Any],
) -> None:
    app, ran = line("b", "c", "secret", "shared"), list[str]()
    app.callback(Output("b", "children"), Input("a", "value"), chain=True)(lambda a: a)
    app.callback(Output("c", "children"), Input("b", "children"))(lambda b: ran.append("c"))
    app.callback(Output("secret", "children"), Input("b", "children"))(lambda b: ran.append("x"))
    app.callback_shared(
        Output("shared", "children"), Input("a", "title"), prevent_initial_call=True
    )(lambda b: ran.append("shared"))
    app.callback_authorize_output(lambda client, output: output != "secret.children")
    async with serving(app) as served:
        page = await served.open()
        told = await answered(page, asked("b.children", item("a.value", 1)), lie)
        assert told["b"]["response"] == {"b": {"children": 1}}
        assert "c" not in told
    assert ran == []


@pytest.mark.parametrize("links", [5, "x", [5], [{"output": 1}], {"output": "c.children"}])
async def test_links_that_are_none_are_refused_with_the_reason(links: Any) -> None:
    app = line("b")
    app.callback(Output("b", "children"), Input("a", "value"), chain=True)(lambda a: a)
    async with serving(app) as served:
        page = await served.open()
        number = await page.ask("update", asked("b.children", item("a.value", 1)), links=links)
        told = await page.answer(number)
        assert told["s"] == 400
        assert "these requests cannot be understood" in told["e"]


async def test_a_chain_that_comes_back_to_its_beginning_ends_there() -> None:
    app, ran = line("b"), list[str]()
    app.callback(Output("b", "children"), Input("a", "value"), chain=True)(lambda a: a)
    app.callback(Output("a", "value"), Input("b", "children"))(lambda b: ran.append("back") or b)
    async with serving(app) as served:
        page = await served.open()
        told = await answered(
            page, asked("b.children", item("a.value", 1)), asked("a.value", item("b.children"))
        )
    assert ran == ["back"]
    assert told["c"] == ["a.value"]
