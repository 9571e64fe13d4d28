"""What is rare: odd values, broken handshakes, errors of an odd kind, a server that stops."""

import asyncio
import enum
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import flask
import numpy as np
import pytest
from dash import dcc, html

from dash_devices import (
    ALL,
    MATCH,
    Client,
    Dash,
    Input,
    Output,
    PushError,
    RegistrationError,
    State,
)
from dash_devices.report import MAX_SOURCES
from dash_devices.serve import bound
from dash_devices.watched import Watched
from tests.dash_devices.apps import gone, thermostat
from tests.dash_devices.page import WAIT_S, Page, serving

SHORT_LINE = 1000


def field(name: str = "a") -> tuple[Dash, Callable[..., Any]]:
    """Two fields with a text each, and what registers a shared callback of the first field."""
    app = Dash(name)
    app.layout = html.Div(
        [dcc.Input(id="a", value=0), html.P(id="p"), dcc.Input(id="b", value=0), html.P(id="q")]
    )
    register = app.callback_shared(
        Output("p", "children"), Input("a", "value"), prevent_initial_call=True
    )
    return app, register


def lines(caplog: pytest.LogCaptureFixture, words: str) -> list[str]:
    """What was logged that holds some words."""
    return [text for text in (r.getMessage() for r in caplog.records) if words in text]


# -- errors of an odd kind -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["callback_shared", "callback_s2", "callback"])
async def test_a_stop_iteration_in_a_plain_callback_is_an_error_and_the_device_goes_on(
    kind: str,
) -> None:
    app, _ = field()

    @getattr(app, kind)(Output("p", "children"), Input("a", "value"), prevent_initial_call=True)
    def first_above(value: int) -> str:
        return next(str(number) for number in (7,) if number > value)

    async with serving(app) as served:
        page = await served.open()
        failed = await page.answer(await page.edit(app, "a", "value", 9))
        assert (failed["s"], "RuntimeError" in str(failed)) == (500, True)
        answer = await page.answer(await page.edit(app, "a", "value", 1))
        assert answer["s"] in (200, 204)
        if kind == "callback_shared":
            await page.shows("p", "children", "7")


@pytest.mark.parametrize("kind", ["callback_shared", "callback_s2"])
async def test_a_cancellation_raised_inside_a_callback_is_an_error_and_the_queue_goes_on(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    app, _ = field()
    ran: list[int] = []

    async def cancels(value: int) -> str:
        ran.append(value)
        await asyncio.sleep(0)
        if value == 1:
            raise asyncio.CancelledError
        return f"at {value}"

    async def follows(value: int) -> str:
        ran.append(value)
        return f"then {value}"

    for output, listened, function in (("p", "a", cancels), ("q", "b", follows)):
        register = getattr(app, kind)
        register(Output(output, "children"), Input(listened, "value"), prevent_initial_call=True)(
            function
        )
    async with serving(app) as served:
        page = await served.open()
        numbers = [
            await page.edit(app, "a", "value", 1),
            await page.edit(app, "b", "value", 2),
        ]
        statuses = [(await page.answer(number))["s"] for number in numbers]
        again = await page.answer(await page.edit(app, "a", "value", 3))
    assert statuses[0] == 500
    assert {statuses[1], again["s"]} <= {200, 204}
    assert ran == [1, 2, 3]
    said = [str(record.exc_info) + record.getMessage() for record in caplog.records]
    assert any("cancels was cancelled from inside" in text for text in said)


# -- odd values ----------------------------------------------------------------------------------


class Text(str):
    """A text of a class of its own."""

    __slots__ = ()


class Mode(enum.StrEnum):
    """A text that is also a member of an enumeration."""

    AUTO = "auto"


class Level(enum.IntEnum):
    """A number that is also a member of an enumeration."""

    HIGH = 3


ODD_VALUES = [
    (np.float64(1.5), 1.5),
    (np.float32(0.5), 0.5),
    (np.int64(7), 7),
    (np.uint8(200), 200),
    (Text("warm"), "warm"),
    (Mode.AUTO, "auto"),
    (Level.HIGH, 3),
]


@pytest.mark.parametrize(("value", "plain"), ODD_VALUES)
async def test_numbers_of_numpy_and_subclasses_of_plain_types_are_pushed_and_returned(
    value: Any, plain: Any
) -> None:
    app, register = field()

    @register
    async def odd(number: int) -> Any:
        return value

    async with serving(app) as served:
        pages = [await served.open(), await served.open()]
        app.push_mods({"q": {"children": value}})
        app.push_mods({"a": {"value": 1}})
        for page in pages:
            await page.shows("q", "children", plain)
            await page.shows("p", "children", plain)
        assert await _texts(await served.open()) == [plain, plain]


UNSENDABLE = ["a\udcff", float("inf"), float("-inf"), float("nan"), np.float64("inf")]


@pytest.mark.parametrize("value", UNSENDABLE, ids=ascii)
async def test_what_no_browser_could_read_is_refused_and_nobody_else_is_disturbed(
    value: Any,
) -> None:
    app, _ = field()
    async with serving(app) as served:
        pages = [await served.open(), await served.open()]
        with pytest.raises(PushError, match=r"q\.children = .* cannot be sent to a browser"):
            app.push_mods({"p": {"children": "with it"}, "q": {"children": value}})
        app.push_mods({"q": {"children": "after it"}})
        for page in pages:
            await page.shows("q", "children", "after it")
            assert "p" not in page.props
        assert await _texts(await served.open()) == [None, "after it"]


async def test_a_returned_text_that_no_browser_could_read_fails_its_own_run_only() -> None:
    app, register = field()

    @register
    async def name_of(number: int) -> str:
        return "a\udcff" if number == 1 else "readable"

    async with serving(app) as served:
        page, other = await served.open(), await served.open()
        assert (await page.answer(await page.edit(app, "a", "value", 1)))["s"] == 500
        await page.answer(await page.edit(app, "a", "value", 2))
        for each in page, other:
            await each.shows("p", "children", "readable")


async def _texts(page: Page) -> list[Any]:
    children = (await page.layout())["props"]["children"]
    return [child["props"].get("children") for child in children if child["type"] == "P"]


# -- handshakes ----------------------------------------------------------------------------------


async def test_a_first_connection_that_broke_before_its_hello_was_read_is_answered_again() -> None:
    app, _ = thermostat()
    name = "n" * 20
    async with serving(app) as served:
        first = await served.open(name=name)
        for what in "layout", "deps":
            await first.answer(await first.ask(what))
        client = next(iter(app.clients))
        first.connection.transport.abort()
        await gone(app, client)
        second = await served.open(name=name)  # with no boot: it knows nothing of the first time
        numbers = [await second.ask(what) for what in ("layout", "deps")]
        assert numbers == [1, 2]
        assert [(await second.answer(number))["s"] for number in numbers] == [200, 200]
        assert not second.messages[0]["seen"]


async def test_what_authorize_sets_at_a_new_handshake_wins_over_what_the_page_had() -> None:
    app, _ = thermostat()
    role = "admin"

    @app.authorize
    def known(client: Client) -> str:
        client.role = role
        return role

    name = "n" * 20
    async with serving(app) as served:
        page = await served.open(name=name)
        client = next(iter(app.clients))
        client.nickname = "ada"
        await page.connection.close()
        await gone(app, client)
        role = "viewer"
        await served.open(name=name)
        client = next(iter(app.clients))
        assert (client.role, client.authentication, client.nickname) == ("viewer", "viewer", "ada")


# -- what a page may not do ----------------------------------------------------------------------


async def test_outputs_of_another_instance_than_the_inputs_are_refused_and_nothing_is_kept() -> (
    None
):
    app = Dash("many")
    app.layout = html.Div(
        [dcc.Input(id={"type": "i", "index": index}, value=0) for index in (1, 2)]
        + [html.P(id={"type": "o", "index": index}) for index in (1, 2)]
    )
    told: list[int] = []

    @app.callback_shared(
        Output({"type": "o", "index": MATCH}, "children"),
        Input({"type": "i", "index": MATCH}, "value"),
        prevent_initial_call=True,
    )
    async def tell(value: int) -> str:
        told.append(value)
        return f"at {value}"

    mine = {"type": "i", "index": 1}
    async with serving(app) as served:
        page, other = await served.open(), await served.open()
        before = json.dumps(app.shared_state.since(-1))
        for index in 2, 3, 4000:
            body = {
                "output": app._callback_list[0]["output"],
                "outputs": {"id": {"type": "o", "index": index}, "property": "children"},
                "inputs": [{"id": mine, "property": "value", "value": 5}],
                "changedPropIds": ['{"index":1,"type":"i"}.value'],
                "state": [],
            }
            answer = await page.answer(await page.ask("update", body))
            assert answer["s"] == 400
            assert "has other outputs than the callback" in str(answer)
            assert not app.shared_state.knows(f'{{"index":{index},"type":"o"}}') or index == 2
        assert json.dumps(app.shared_state.since(-1)) == before
        await page.answer(await page.edit(app, mine, "value", 6))
        await other.shows('{"index":1,"type":"o"}', "children", "at 6")
    assert told == [6]
    assert set(other.props) == {'{"index":1,"type":"i"}', '{"index":1,"type":"o"}'}


async def test_a_refused_request_logs_a_short_line(caplog: pytest.LogCaptureFixture) -> None:
    app, _ = thermostat()
    long = "x" * 200_000
    async with serving(app) as served:
        page = await served.open()
        body = {
            "output": "text.children",
            "outputs": {"id": "text", "property": "children"},
            "inputs": [{"id": long, "property": "value", "value": 1}],
            "changedPropIds": ["target.value"],
            "state": [],
        }
        for wrong in (
            body,
            body | {"output": long},
            body | {"outputs": {"id": long, "property": "children"}},
            body | {"changedPropIds": [long]},
        ):
            assert (await page.answer(await page.ask("update", wrong)))["s"] == 400
    assert len(caplog.records) == 4
    assert max(len(record.getMessage()) for record in caplog.records) < SHORT_LINE


# -- components that come and go -----------------------------------------------------------------


async def test_a_page_that_asks_for_children_is_told_what_is_inside_them_now() -> None:
    app = Dash("box")
    app.layout = html.Div([html.Div(id="box"), html.P(id="p")])
    async with serving(app) as served:
        page = await served.open()
        app.push_mods({"box": {"children": [dcc.Input(id="inner", value=0)]}})
        app.push_mods({"inner": {"value": 7}})
        await page.shows("inner", "value", 7)
        page.props.clear()
        await page.connection.send(json.dumps({"t": "tell", "d": [["box", "children"]]}))
        await page.until(lambda: "box" in page.props)
        assert page.props["box"]["children"][0]["props"]["value"] == 7


async def test_children_that_were_replaced_do_not_come_back_when_a_page_opens() -> None:
    app = Dash("ghosts")
    app.layout = html.Div(
        [
            html.Div([dcc.Input(id={"k": k}, value=k) for k in (1, 2)], id="box"),
            html.Button(id="go"),
            html.P(id="p"),
        ]
    )

    @app.callback_shared(
        Output("p", "children"),
        Input("go", "n_clicks"),
        State({"k": ALL}, "value"),
        prevent_initial_call=True,
    )
    async def count(clicks: int, values: list[int]) -> str:
        return f"click {clicks}: {values}"

    async with serving(app) as served:
        first = await served.open()
        app.push_mods({"go": {"n_clicks": 1}})
        await first.shows("p", "children", "click 1: [1, 2]")
        app.push_mods({"box": {"children": []}})
        second = await served.open()
        box, *_ = (await second.layout())["props"]["children"]
        assert box["props"]["children"] == []
        app.push_mods({"go": {"n_clicks": 2}})
        await first.shows("p", "children", "click 2: []")


async def test_a_shared_callback_of_a_component_that_comes_later_runs_once_for_everybody() -> None:
    app = Dash("late", suppress_callback_exceptions=True)
    app.layout = html.Div([html.Button(id="go"), html.Div(id="box"), html.P(id="p")])
    told: list[int] = []

    @app.callback(Output("box", "children"), Input("go", "n_clicks"), prevent_initial_call=True)
    def fill(clicks: int) -> Any:
        return dcc.Input(id="late", value=5)

    @app.callback_shared(Output("p", "children"), Input("late", "value"))
    async def tell(value: int) -> str:
        told.append(value)
        return f"at {value}"

    async with serving(app) as served:
        first, second = await served.open(), await served.open()
        for page in first, second:
            await page.answer(await page.edit(app, "go", "n_clicks", 1))
            await page.shows("p", "children", "at 5")
        later = await served.open()
        assert await _texts(later) == ["at 5"]
        await later.answer(await later.edit(app, "go", "n_clicks", 1))
        await later.answer(await later.edit(app, "late", "value", 6))
        for page in first, second, later:
            await page.shows("p", "children", "at 6")
    assert told == [5, 6]


async def test_a_shared_output_to_a_component_of_no_layout_is_said_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app, register = field()

    @register
    async def strays(value: int) -> Output:
        return Output("nowhere", "children", value)

    async with serving(app) as served:
        page = await served.open()
        answer = await page.answer(await page.edit(app, "a", "value", 1))
    said = lines(caplog, "no layout holds a component 'nowhere'")
    assert answer["s"] == 204
    assert len(said) == 1
    assert said[0].startswith("callback ")
    assert "strays: " in said[0]
    assert "suppress_callback_exceptions=True" in said[0]


@pytest.mark.parametrize("is_quiet", [False, True])
async def test_a_shared_callback_of_an_input_of_no_layout_is_said_in_the_log(
    caplog: pytest.LogCaptureFixture, *, is_quiet: bool
) -> None:
    app = Dash("typo", suppress_callback_exceptions=is_quiet)
    app.layout = html.Div([dcc.Input(id="a"), html.P(id="p")])

    @app.callback_shared(Output("p", "children"), Input("aa", "value"))
    async def waits(value: int) -> str:
        return str(value)

    async with serving(app):
        pass
    said = lines(caplog, "no layout holds aa.value")
    assert len(said) == (0 if is_quiet else 1)
    assert all("waits: " in text and "does not run until one does" in text for text in said)


# -- bounds --------------------------------------------------------------------------------------


async def test_a_push_on_its_way_while_the_server_stops_is_refused_and_leaves_no_queue() -> None:
    app, register = field()
    register(str)
    outcome: list[BaseException | None] = []

    def push() -> None:
        try:
            app.push_mods({"a": {"value": 1}})
        except PushError as error:
            outcome.append(error)
        else:
            outcome.append(None)

    class OnItsWay:
        """Keeps what a thread asks the loop to do."""

        def __init__(self) -> None:
            self.calls: list[Callable[[], None]] = []
            self.asked = threading.Event()

        def is_closed(self) -> bool:
            return False

        def call_soon_threadsafe(self, call: Callable[[], None]) -> None:
            self.calls.append(call)
            self.asked.set()

    kept, thread, close = OnItsWay(), threading.Thread(target=push), app._turns.close

    async def close_meanwhile() -> None:
        for call in kept.calls:
            call()
        await close()

    async with serving(app):
        loop, app._pusher._loop = app._pusher._loop, kept  # type: ignore[assignment]
        thread.start()
        assert await asyncio.to_thread(kept.asked.wait, WAIT_S)
        app._pusher._loop = loop
        app._turns.close = close_meanwhile  # type: ignore[method-assign]
    await asyncio.to_thread(thread.join, WAIT_S)
    assert [str(error) for error in outcome] == ["push_mods: the server has stopped"]
    assert not app._turns._domains


async def test_functions_that_wait_to_report_are_bounded() -> None:
    app, register = field()
    began, release = asyncio.Event(), asyncio.Event()

    @register
    async def hold(value: int) -> None:
        began.set()
        await release.wait()

    asked: list[int] = []

    def source(number: int) -> Callable[[], Any]:
        def says() -> Any:
            asked.append(number)
            return {"q": {"children": number}}

        return says

    async with serving(app) as served:
        page = await served.open()
        app.push_mods({"a": {"value": 1}})
        await asyncio.wait_for(began.wait(), WAIT_S)
        for number in range(MAX_SOURCES):
            app.push_mods(source(number), report=True)
        with pytest.raises(PushError, match=f"{MAX_SOURCES} functions wait to report already"):
            app.push_mods(source(-1), report=True)
        release.set()
        await page.shows("q", "children", MAX_SOURCES - 1)
    assert asked == list(range(MAX_SOURCES))


async def test_slow_callbacks_of_one_page_do_not_keep_another_from_opening_and_being_served() -> (
    None
):
    app, _ = field()
    release = threading.Event()
    finished: list[int] = []

    @app.authorize
    def known(client: Client) -> bool:
        return True

    @app.callback(Output("p", "children"), Input("a", "value"))
    def slow(value: int) -> str:
        if value:
            release.wait(WAIT_S)
            finished.append(value)
        return f"at {value}"

    async with serving(app) as served:
        try:
            busy = await served.open()
            numbers = [await busy.edit(app, "a", "value", value) for value in range(1, 101)]
            await busy.connection.send('{"t":"ping"}')
            await busy.until(lambda: any(m["t"] == "pong" for m in busy.messages))  # all are in
            other = await served.open()
            await other.layout()
            answer = await other.answer(await other.edit(app, "a", "value", 0))
            assert "at 0" in str(answer)
            assert not finished
        finally:
            release.set()
        for number in numbers:
            assert (await busy.answer(number))["s"] == 200
    assert sorted(finished) == list(range(1, 101))


# -- the loop ------------------------------------------------------------------------------------


async def test_an_async_callback_that_blocks_the_loop_is_named_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("dash_devices.watched.TOO_LONG_S", 0.01)
    app, register = field()

    @register
    async def reads_a_port(value: int) -> str:
        time.sleep(0.03)  # noqa: ASYNC251 - that is the fault
        return f"at {value}"

    async with serving(app) as served:
        page = await served.open()
        await page.answer(await page.edit(app, "a", "value", 1))
        await page.shows("p", "children", "at 1")
    (said,) = lines(caplog, "kept the event loop")
    assert "reads_a_port" in said
    assert "make it a plain def" in said


async def test_a_watched_coroutine_can_be_cancelled_and_may_tidy_up() -> None:
    began, tidied = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.set()

    task = asyncio.create_task(Watched(work, "work").result())
    async with asyncio.timeout(WAIT_S):
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert task.cancelled()
    assert tidied.is_set()


async def test_a_watched_coroutine_that_is_cancelled_before_it_starts_is_not_called() -> None:
    called: list[str] = []

    async def work() -> None:
        called.append("work")

    task = asyncio.create_task(Watched(work, "work").result())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert called == []


async def test_what_a_watched_coroutine_waits_for_reaches_it_and_errors_too() -> None:
    loop = asyncio.get_running_loop()
    first, second = loop.create_future(), loop.create_future()

    async def work() -> str:
        value = await first
        try:
            await second
        except ValueError as error:
            return f"{value}, {error}"
        return "no error"

    task = asyncio.create_task(Watched(work, "work").result())
    loop.call_soon(first.set_result, "a value")
    loop.call_soon(second.set_exception, ValueError("an error"))
    assert await asyncio.wait_for(task, WAIT_S) == "a value, an error"


# -- starting ------------------------------------------------------------------------------------


def test_a_port_that_is_taken_ends_the_program_with_its_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"port {port} of 127.0.0.1 is taken"):
            bound("127.0.0.1", port)


def test_a_port_that_is_taken_is_noticed_before_any_callback_has_run() -> None:
    app, told = thermostat()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=r"give another port, as in app\.run\(port="):
            app.run(port=port)
    assert not app.serving.is_set()
    assert told == []


def test_several_workers_are_refused() -> None:
    app, told = thermostat()
    with pytest.raises(ValueError, match=r"app\.run\(workers=2\): the shared state lives in one"):
        app.run(port=0, workers=2)
    assert told == []


@pytest.mark.parametrize("given", [256, 1 << 20, -1, "shared", 2.0])
@pytest.mark.parametrize("where", ["service", "callback_service", "server_service"])
def test_bits_that_services_do_not_have_are_refused(given: Any, where: str) -> None:
    app = Dash("bits")
    register = {
        "service": lambda: app.callback(None, Input("a", "value"), service=given)(print),
        "callback_service": lambda: Dash("bits", callback_service=given),
        "server_service": lambda: Dash("bits", server_service=given),
    }[where]
    with pytest.raises(RegistrationError, match=r"no combination of Services; .*callback_shared"):
        register()
    assert not app._callback_list


@pytest.mark.parametrize("server", [flask.Flask("flask"), object(), "quart", None])
def test_another_server_than_quart_is_refused_by_its_name(server: Any) -> None:
    with pytest.raises(TypeError, match=rf"server= is a .*\.{type(server).__name__}; .*quart\.Q"):
        Dash("server", server=server)


async def test_a_push_to_what_is_no_client_is_refused_with_what_to_give() -> None:
    app, _ = field()
    async with serving(app) as served:
        page = await served.open()
        with pytest.raises(PushError, match=r"takes a Client of app\.clients, not 'abc'"):
            app.push_mods({"p": {"children": "x"}}, client="abc")  # type: ignore[arg-type]
        app.push_mods({"p": {"children": "y"}})
        await page.until(lambda: page.props)
        assert page.props == {"p": {"children": "y"}}
