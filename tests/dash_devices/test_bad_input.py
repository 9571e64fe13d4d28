"""What cannot work is refused with the ids and the cure, in the log and in dev tools."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import dash
import pytest
from dash import dcc, html

from dash_devices import (
    ALL,
    MATCH,
    Dash,
    Input,
    Output,
    Patch,
    PushError,
    RegistrationError,
    State,
)
from tests.dash_devices.apps import thermostat
from tests.dash_devices.page import WAIT_S, Page, Served, serving

# -- what cannot be registered -------------------------------------------------------------------

PAIRS = [
    (Output("b", "value"), Input("b", "value"), "b.value"),
    (Output({"n": 1}, "value"), Input({"n": ALL}, "value"), '{"n": '),
    (Output({"n": MATCH}, "value"), Input({"n": 1}, "value"), '{"n": 1}.value'),
]


def feeds(value: Any) -> Any:
    return value


def listens(value: Any) -> Any:
    return value


@pytest.mark.parametrize(("output", "listened", "name"), PAIRS)
@pytest.mark.parametrize("kind", ["callback", "callback_s2"])
@pytest.mark.parametrize("order", ["shared first", "shared last"])
def test_a_shared_callback_that_feeds_one_that_is_not_is_refused_with_both_names(
    output: Output, listened: Input, name: str, kind: str, order: str
) -> None:
    app = Dash("mixed")
    many = Input({"n": MATCH}, "title") if "MATCH" in str(output) else Input("a", "value")
    register = [
        lambda: app.callback_shared(output, many)(feeds),
        lambda: getattr(app, kind)(Output("c", "value"), listened)(listens),
    ]
    first, last = register if order == "shared first" else reversed(register)
    first()
    with pytest.raises(RegistrationError) as refused:
        last()
    text = str(refused.value)
    assert f"the shared callback feeds sets {name}" in text
    assert "which listens listens to and is not shared" in text
    assert "Make listens shared too, or a clientside callback" in text
    assert len(app._callback_list) == len(app.callback_map) == 1


async def test_one_that_was_registered_past_us_keeps_the_server_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dash._callback.GLOBAL_CALLBACK_LIST", [])
    monkeypatch.setattr("dash._callback.GLOBAL_CALLBACK_MAP", {})
    app = Dash("past")
    app.layout = html.Div([dcc.Input(id="a"), dcc.Input(id="b"), dcc.Input(id="c")])
    app.callback_shared(Output("b", "value"), Input("a", "value"))(feeds)
    dash.callback(Output("c", "value"), Input("b", "value"))(listens)
    with pytest.raises(RegistrationError, match=r"feeds sets b\.value, which listens listens to"):
        await app._start()
    await app._stop()


def regular(app: Dash) -> Any:
    return app.callback(Output("p", "children"), Input("x", "value"))(feeds)


def shared(app: Dash) -> Any:
    return app.callback_shared(Output("p", "children"), Input("y", "value"))(feeds)


def clientside(app: Dash) -> Any:
    return app.clientside_callback("x => x", Output("p", "children"), Input("z", "value"))


KINDS: list[Callable[[Dash], Any]] = [regular, shared, clientside]


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_an_output_that_is_declared_twice_is_refused_with_the_cure(first: Any, second: Any) -> None:
    app = Dash("twice")
    first(app)
    with pytest.raises(RegistrationError, match=r"p\.children is an output of .* allow_duplicate"):
        second(app)
    assert len(app.callback_map) == 1


@pytest.mark.parametrize("first", KINDS)
def test_an_output_may_be_declared_twice_on_purpose(first: Any) -> None:
    app = Dash("twice")
    first(app)
    output = Output("p", "children", allow_duplicate=True)
    app.callback_shared(output, Input("w", "value"), prevent_initial_call=True)(feeds)
    assert len(app.callback_map) == 2


@pytest.mark.timeout(20)
def test_a_loop_through_many_callbacks_is_found_soon_and_named() -> None:
    app = Dash("loop")
    for level in range(40):  # each of two feeds both of the next: paths without number
        for which in "ab":
            app.callback_shared(
                Output(f"{level + 1}{which}", "value"),
                Input(f"{level}a", "value"),
                Input(f"{level}b", "value"),
            )(feeds)
    app.callback_shared(Output("0a", "value"), Input("z", "value"))(feeds)
    with pytest.raises(RegistrationError, match="trigger each other for ever: listens -> feeds"):
        app.callback_shared(Output("z", "value"), Input("40a", "value"))(listens)


def test_what_only_regular_callbacks_can_be_is_refused_for_others() -> None:
    app = Dash("options")
    for register in (app.callback_shared, app.callback_s2):
        arguments = (Output("p", "children"), Input("a", "value"))
        with pytest.raises(RegistrationError, match=r"Register it with app\.callback"):
            register(*arguments, background=True)(feeds)
    with pytest.raises(RegistrationError, match="chain=True is for regular callbacks"):
        app.callback(*arguments, service=16 | 1 | 32 | 128, chain=True)(feeds)
    with pytest.raises(RegistrationError, match="chain=True is for regular callbacks"):
        app.callback(*arguments, service=1 | 32, chain=True)(feeds)
    assert not app._callback_list


# -- what cannot be pushed -----------------------------------------------------------------------

circle: list[Any] = []
circle.append(circle)


@pytest.mark.parametrize(
    "value",
    [object(), {1}, b"bytes", float("nan"), float("inf"), circle, "\ud800", {"x": {2}}, 1j],
    ids=["object", "set", "bytes", "nan", "inf", "circle", "surrogate", "inner", "complex"],
)
async def test_a_value_that_is_no_json_is_refused_by_name_and_the_pages_go_on(value: Any) -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        page = await served.open()
        with pytest.raises(PushError, match=r"log\.children = .* cannot be sent to a browser"):
            app.push_mods({"log": {"children": value}})
        app.push_mods({"log": {"children": "fine"}})
        await page.shows("log", "children", "fine")


@pytest.mark.parametrize("component_id", ["{", '{"n":', "{n: 1}", "{}x"])
async def test_an_id_that_is_no_id_is_refused_and_changes_nothing(component_id: str) -> None:
    app, _ = thermostat()
    async with serving(app) as served:
        page = await served.open()
        with pytest.raises(PushError, match="push a dict id as Output"):
            app.push_mods({component_id: {"children": 1}})
        assert component_id not in app.shared_state._values
        app.push_mods({"log": {"children": "fine"}})
        await page.shows("log", "children", "fine")


@pytest.mark.parametrize("suppressed", [False, True])
async def test_a_push_to_what_is_in_no_layout_is_said_once_unless_that_is_meant(
    suppressed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    app, _ = thermostat()
    app.config.suppress_callback_exceptions = suppressed
    app.enable_dev_tools(debug=True, dev_tools_hot_reload=False)
    async with serving(app) as served:
        page = await served.open()
        for n in range(3):
            app.push_mods({"lgo": {"children": n}})
        await page.shows("lgo", "children", 2)
        said = "push_mods: no layout holds a component 'lgo', for 'children'"
        assert [text.startswith(said) for text in page.complaints] == [True] * (not suppressed)
        assert (said in caplog.text) is not suppressed
        if not suppressed:
            assert "Mend the id, or allow it with" in page.complaints[0]


async def test_a_push_after_the_server_has_stopped_is_refused() -> None:
    app, _ = thermostat()
    async with serving(app):
        pass
    with pytest.raises(PushError, match="has stopped"):
        app.push_mods({"log": {"children": 1}})


async def test_a_push_that_the_blocked_loop_does_not_take_is_refused_and_does_not_come_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dash_devices.pusher.PUSH_TIMEOUT_S", 0.05)
    app, _ = thermostat()
    refused, done = list[PushError](), threading.Event()

    def push() -> None:
        try:
            app.push_mods({"log": {"children": "late"}})
        except PushError as error:
            refused.append(error)
        done.set()

    async with serving(app) as served:
        page = await served.open()
        thread = threading.Thread(target=push)
        thread.start()
        done.wait(WAIT_S)  # on the loop: nothing else runs meanwhile
        thread.join()
        assert "something blocks its event loop" in str(refused[0])
        app.push_mods({"log": {"children": "after"}})
        await page.shows("log", "children", "after")
        shown = [d for m in page.messages if m["t"] == "mod" for d in m["d"] if d[0] == "log"]
        assert shown == [["log", {"children": "after"}]]


# -- callbacks that fail -------------------------------------------------------------------------


def raises(value: Any) -> Any:
    raise ValueError("the lens cap is on")


def too_few(value: Any) -> Any:
    return ["one"]


def too_many(value: Any) -> Any:
    return ["one", "two", "three"]


def no_list(value: Any) -> Any:
    return "12"


def no_json(value: Any) -> Any:
    return [object(), 1]


def bad_patch(value: Any) -> Any:
    patch = Patch()
    patch["x"].append(1)
    return [patch, 1]


FAULTS = [
    (raises, "the lens cap is on"),
    (too_few, "p.children"),
    (too_many, "p.children"),
    (no_list, "p.children"),
    (no_json, "p.children"),
]


def failing(kind: str, function: Any) -> Dash:
    app = Dash("failing")
    app.enable_dev_tools(debug=True, dev_tools_hot_reload=False)
    app.layout = html.Div(
        [dcc.Input(id="a"), html.P(id="p"), html.P(id="q"), dcc.Input(id="c"), html.P(id="r")]
    )
    register = {
        "shared": app.callback_shared,
        "S2": app.callback_s2,
        "regular": app.callback,
        "start": app.callback_shared,
        "push": app.callback_shared,
    }[kind]
    register(
        [Output("p", "children"), Output("q", "children")],
        [Input("a", "value")],
        prevent_initial_call=kind != "start",
    )(function)
    app.callback_shared(Output("r", "children"), Input("c", "value"), prevent_initial_call=True)(
        feeds
    )
    return app


async def goes_on(served: Served, page: Page) -> None:
    """Another callback still runs, and its output is shown."""
    other = await served.open()
    number = await other.edit(served.app, "c", "value", "fine")
    assert (await other.answer(number))["s"] == 204
    await page.shows("r", "children", "fine")


@pytest.mark.parametrize(("function", "words"), FAULTS)
@pytest.mark.parametrize("kind", ["shared", "S2", "regular"])
async def test_a_callback_that_fails_is_told_to_who_asked_and_the_others_go_on(
    kind: str, function: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = failing(kind, function)
    async with serving(app) as served:
        page = await served.open()
        answer = await page.answer(await page.ask("update", _edit(app)))
        assert answer["s"] == 500
        assert words in answer["e"]
        assert page.complaints == []
        await goes_on(served, page)
    assert words in caplog.text


@pytest.mark.parametrize(("function", "words"), FAULTS)
@pytest.mark.parametrize("kind", ["push", "start"])
async def test_one_that_the_server_runs_itself_is_told_to_every_page(
    kind: str, function: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = failing(kind, function)
    async with serving(app) as served:
        page = await served.open()
        if kind == "push":
            app.push_mods({"a": {"value": "pushed"}})
            await page.until(lambda: page.complaints)
            assert page.complaints == [f"callback {function.__qualname__} failed"]
            error = next(m for m in page.messages if m["t"] == "err")
            assert words in error["e"]
        await goes_on(served, page)
    assert f"callback {function.__qualname__} failed" in caplog.text
    assert words in caplog.text


async def test_a_patch_that_does_not_fit_is_named_and_nothing_of_it_is_shown() -> None:
    app = failing("shared", bad_patch)
    async with serving(app) as served:
        page = await served.open()
        answer = await page.answer(await page.ask("update", _edit(app)))
        assert "p.children: " in answer["e"]
        assert "Patch" in answer["e"]
        assert "p" not in page.props
        assert "q" not in page.props
        await goes_on(served, page)


@pytest.mark.parametrize("kind", ["shared", "start", "push"])
async def test_one_that_hangs_is_reported_and_what_waits_behind_it_counted(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    app, gate = Dash("hangs"), asyncio.Event()
    app.enable_dev_tools(debug=True, dev_tools_hot_reload=False)
    app.layout = html.Div([dcc.Input(id="a", value=1), html.P(id="p")])

    @app.callback_shared(
        Output("p", "children"),
        Input("a", "value"),
        timeout_s=0.2,
        prevent_initial_call=kind != "start",
    )
    async def hangs(value: Any) -> Any:
        await gate.wait()
        return value

    async with serving(app) as served:
        page = await served.open()
        said = "hangs has not returned for 0.2 s; 0 changes of 'device' wait behind it"
        if kind == "shared":
            answer = await page.answer(await page.edit(app, "a", "value", 2))
            assert said in answer["e"]
        else:
            if kind == "push":
                app.push_mods({"a": {"value": 2}})
            await page.until(lambda: page.complaints)
            assert any(said in text for text in page.complaints)
        gate.set()
        await page.shows("p", "children", 1 if kind == "start" else 2)
    assert said in caplog.text


async def test_three_hundred_components_that_start_at_once_all_run() -> None:
    app, ran = Dash("many"), list[int]()
    app.layout = html.Div([html.P(id={"n": n}, title=n) for n in range(300)])
    app.callback_shared(Output({"n": MATCH}, "children"), Input({"n": MATCH}, "title"))(
        lambda title: ran.append(title) or title
    )
    async with serving(app) as served:
        page = await served.open(boot="before")
        await page.shows('{"n":299}', "children", 299)
    assert ran == list(range(300))


# -- what a browser may not make of the shared state ---------------------------------------------

COMPONENT = {"type": "P", "namespace": "x"}


def _edit(app: Dash, value: Any = 1, **more: Any) -> dict[str, Any]:
    spec = app._callback_list[0]
    outputs = [{"id": n, "property": "children"} for n in ("p", "q")]
    body = {
        "output": spec["output"],
        "outputs": outputs,
        "inputs": [{"id": "a", "property": "value", "value": value}],
        "changedPropIds": ["a.value"],
        "state": [],
    }
    return body | more


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


LIES: list[dict[str, Any]] = [
    {"inputs": [[{"id": "a", "property": "value", "value": 1}]]},
    {"outputs": [{"id": "p"}, 5]},
    {"outputs": "p.children"},
    {"inputs": [{"id": "a", "property": "value", "value": COMPONENT | {"props": 5}}]},
    {"inputs": [{"id": "a", "property": "value", "value": COMPONENT | {"props": {"id": 5}}}]},
    {"inputs": [{"id": "a", "property": "value", "value": [COMPONENT | {"props": {"id": "c"}}]}]},
    {"inputs": [{"id": "a", "property": "value", "value": nested(700)}]},
]


@pytest.mark.parametrize("lie", LIES, ids=[str(n) for n in range(len(LIES))])
async def test_an_update_that_no_page_makes_is_refused_and_spoils_nothing(
    lie: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    app = failing("shared", lambda value: [1, 2])
    caplog.set_level(logging.WARNING)
    async with serving(app) as served:
        page = await served.open()
        number = await page.ask("update", _edit(app) | lie)
        assert (await page.answer(number))["s"] == 400
        layout = await page.layout()
        assert layout["props"]["children"][3]["props"] == {"id": "c"}
        await goes_on(served, page)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_state_that_a_browser_makes_up_does_not_reach_a_shared_callback() -> None:
    app, seen = Dash("state"), list[Any]()
    app.layout = html.Div([dcc.Input(id="a"), dcc.Input(id="b", value="b's"), html.P(id="p")])
    app.callback_shared(None, Input("a", "value"), State("b", "value"))(
        lambda value, state: seen.append(state)
    )
    app.callback_shared(None, Input("p", "title"))(lambda title: None)
    async with serving(app) as served:
        page = await served.open()
        app.push_mods({"p": {"children": "a secret"}})
        lie = [{"id": "p", "property": "children", "value": 1}]
        answer = await page.answer(await page.edit(app, "a", "value", 1, state=lie))
        assert answer["s"] == 400
    assert seen == []


async def test_an_id_may_have_letters_of_every_alphabet() -> None:
    app, told = Dash("letters"), list[int]()
    app.layout = html.Div([dcc.Slider(0, 9, id={"Größe": "π"})])
    app.callback_shared(None, Input({"Größe": MATCH}, "value"))(told.append)
    body = {
        "output": app._callback_list[0]["output"],
        "outputs": [],
        "inputs": [{"id": {"Größe": "π"}, "property": "value", "value": 3}],
        "changedPropIds": ['{"Größe":"π"}.value'],  # as JavaScript writes it
    }
    async with serving(app) as served:
        page = await served.open()
        assert (await page.answer(await page.ask("update", body)))["s"] == 204
    assert told == [3]
