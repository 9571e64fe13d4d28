"""Nonsense on the socket, and many pages that come, go and break off in any order.

In `make test` a few hundred messages, always the same; `make fuzz` sends other ones each time and
for as long as it is told. Whatever one connection sends: the server raises nothing, every request
that can be read is answered once, an innocent page is served and shows the shared state.
"""

import asyncio
import contextlib
import copy
import gc
import json
import logging
import os
import re
import secrets
from collections import Counter
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from dash import dcc, html
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from websockets import ConnectionClosed

import dash_devices
from dash_devices import ALL, MATCH, Dash, Input, Output, Patch, State, protocol
from dash_devices.errors import RequestError
from tests.dash_devices.page import WAIT_S, Page, Served, Tab, serving

T = TypeVar("T")
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))  # 0: few, and the same ones each time
COUNTS: Counter[str] = Counter()


def effort(*, few: int, many: int) -> settings:
    """How many examples are tried."""
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if EXAMPLES else [])]
    return settings(
        max_examples=many if EXAMPLES else few,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(autouse=True, scope="module")
def says_what_was_done() -> Iterator[None]:
    """Print the counts; `make fuzz` shows them."""
    yield
    print("\n" + ", ".join(f"{number} {what}" for what, number in sorted(COUNTS.items())))  # noqa: T201


# -- an application with a callback of every kind ------------------------------------------------


def workshop() -> tuple[Dash, list[int]]:
    """A callback of every kind, and the clicks that reached the device."""
    app, clicks = Dash("workshop"), list[int]()
    knobs = [dcc.Slider(0, 9, value=0, id={"knob": name}) for name in "ab"]
    notes = [html.P(id={"note": name}) for name in "ab"]
    app.layout = html.Div(
        [
            dcc.Slider(0, 100, value=20, id="target"),
            dcc.Slider(0, 100, value=0, id="clamped"),
            dcc.Store(id="journal", data=[]),
            *knobs,
            *notes,
            *(html.Div(id=name) for name in ("text", "all", "own", "echo", "longer", "side")),
            *(html.Button(id=name) for name in ("button", "barrier", "fails")),
            *(dcc.Input(id=name) for name in ("mine", "said", "seen")),
        ]
    )

    @app.callback_shared(Output("text", "children"), Input("target", "value"))
    async def follow(value: Any) -> str:
        return f"at {value}"

    @app.callback_shared(Output("clamped", "value"), Input("clamped", "value"))
    def clamp(value: Any) -> Any:
        return min(value, 50)

    @app.callback_shared(
        Output({"note": MATCH}, "children"), Input({"knob": MATCH}, "value"), State("text", "title")
    )
    async def note(value: Any, title: Any) -> str:
        return f"{value} {title}"

    @app.callback_shared(Output("all", "children"), Input({"knob": ALL}, "value"))
    async def total(values: list[Any]) -> str:
        return ", ".join(map(str, values))

    @app.callback_shared(
        Output("journal", "data"), Input("button", "n_clicks"), prevent_initial_call=True
    )
    async def click(n: Any) -> Patch:
        clicks.append(n)
        written = Patch()
        written.append(n)
        return written

    @app.callback_shared(None, Input("barrier", "n_clicks"))
    async def barrier(n: Any) -> None:
        await asyncio.sleep(0)

    @app.callback_shared(None, Input("fails", "n_clicks"))
    async def fails(n: Any) -> None:
        raise ValueError("the lens cap is on")

    @app.callback_s2(Output("own", "children"), Input("mine", "value"))
    async def own(value: Any) -> str:
        return f"mine is {value}"

    @app.callback(Output("echo", "children"), Input("said", "value"), chain=True)
    async def echo(value: Any) -> Any:
        return value

    @app.callback(Output("longer", "children"), Input("echo", "children"))
    async def longer(value: Any) -> str:
        return f"{value}!"

    app.clientside_callback(
        "function (value) { return value; }", Output("side", "children"), Input("seen", "value")
    )
    return app, clicks


INPUTS = {
    "text.children": ("text", "children", "target", "value"),
    "clamped.value": ("clamped", "value", "clamped", "value"),
    "journal.data": ("journal", "data", "button", "n_clicks"),
    "own.children": ("own", "children", "mine", "value"),
    "echo.children": ("echo", "children", "said", "value"),
    "side.children": ("side", "children", "seen", "value"),
}


def update(output: str, value: Any) -> dict[str, Any]:
    """What the renderer would ask for a change of a plain input."""
    component_id, prop, changed_id, changed = INPUTS[output]
    return {
        "output": output,
        "outputs": {"id": component_id, "property": prop},
        "inputs": [{"id": changed_id, "property": changed, "value": value}],
        "changedPropIds": [f"{changed_id}.{changed}"],
        "state": [],
    }


def turned(knob: str, value: Any) -> dict[str, Any]:
    """What the renderer would ask for a change of a component that is told apart by MATCH."""
    return {
        "output": '{"note":["MATCH"]}.children',
        "outputs": {"id": {"note": knob}, "property": "children"},
        "inputs": [{"id": {"knob": knob}, "property": "value", "value": value}],
        "changedPropIds": [f'{{"knob":"{knob}"}}.value'],
        "state": [{"id": "text", "property": "title"}],
    }


def nothing(app: Dash, name: str, value: Any) -> dict[str, Any]:
    """What the renderer would ask for a callback without outputs."""
    output = next(s["output"] for s in app._callback_list if s["inputs"][0]["id"] == name)
    return {
        "output": output,
        "outputs": [],
        "inputs": [{"id": name, "property": "n_clicks", "value": value}],
        "changedPropIds": [f"{name}.n_clicks"],
    }


# -- a loop of its own, so that hypothesis may drive it ------------------------------------------


class Errors(logging.Handler):
    """Keeps what the log says at level error that is not a callback's own failure."""

    SOURCES = ("", "uvicorn.error", "uvicorn.asgi", "quart.app", "workshop")

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []
        for name in self.SOURCES:
            logging.getLogger(name).addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        text = record.getMessage()
        if record.name != "dash_devices" or not re.fullmatch(r"callback .* failed", text, re.S):
            trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
            self.said.append(f"{record.name}: {text}\n{trace}")

    def detach(self) -> None:
        """Listen no more."""
        for name in self.SOURCES:
            logging.getLogger(name).removeHandler(self)


class Bench:
    """A running application on a loop of its own, and an innocent page that it must serve."""

    def __init__(self) -> None:
        self.app, self.clicks = workshop()
        self._runner = asyncio.Runner()
        self._stack = contextlib.AsyncExitStack()
        self.served: Served = self.run(self._stack.enter_async_context(serving(self.app)))
        self.errors = Errors()
        self.innocent: Tab = self.run(Tab.open_on(self.served, "an innocent page"))
        self._turn = 0
        self.tasks = self.run(self._tasks())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the loop."""
        return self._runner.run(work)

    async def _tasks(self) -> int:
        return len(asyncio.all_tasks())

    async def innocent_is_served(self) -> None:
        """The innocent page edits, is answered, and shows what everybody must."""
        self._turn += 1
        value = 200 + self._turn % 80  # what nobody else sets: told what is known, nothing runs
        number = await self.innocent.change(update("text.children", value))
        await self.innocent.settle()
        assert self.innocent.message("res", number) == {"t": "res", "i": number, "s": 204}
        assert self.innocent.view["target"]["value"] == value
        assert self.innocent.view["text"]["children"] == f"at {value}"
        self.shows_the_state(self.innocent)
        assert self.innocent.answered.total() == sum(self.innocent.answered.values())
        assert set(self.innocent.answered.values()) <= {0, 1}
        self.innocent.messages = self.innocent.messages[-20:]  # a long run would remember too much

    def shows_the_state(self, tab: Tab) -> None:
        """What a page shows is what is shared, of every component that it has."""
        for component_id, props in self.app.shared_state._values.items():
            for prop, value in props.items():
                if component_id in tab.view:
                    shown = tab.view[component_id].get(prop)
                    assert shown == value, f"{component_id}.{prop}: {shown!r:.80}, {value!r:.80}"

    def nothing_was_raised(self) -> None:
        """No error but of callbacks, neither in the log nor in a task that nobody awaits."""
        said, self.errors.said = self.errors.said, []
        assert not said, said[0]

    def close(self) -> None:
        """Stop everything."""
        try:
            self.run(self._stack.aclose())
        finally:
            self._runner.close()
            gc.collect()  # a task whose exception nobody took says so now
            self.errors.detach()
        self.nothing_was_raised()


# -- (a) single messages -------------------------------------------------------------------------

COMPONENT = {"type": "Slider", "namespace": "dash_core_components"}
NASTY: list[Any] = [
    *(None, True, False, 0, -1, 2**63, 2**64, 10**30, -(10**30), 1e308, -0.0, 0.1),
    *("", " ", "\x00", "é", "🎈", "\ud800", "{", "}", "..", "...a...", "__proto__", "x" * 3000),
    *('{"knob":"a"}', '{"knob":["MATCH"]}', '{"knob":', "target", "target.value", "text.children"),
    *([], {}, [[]], [{}], [None], [[[]]], {"id": "target"}, ["ALL"], ["MATCH"]),
    *({"knob": ["MATCH"]}, {"knob": {}}, {"knob": 1.5}, {"knob": None}, {"note": "a"}, {"": ""}),
    {"id": "target", "property": "value", "value": 1},
    [{"id": "target", "property": "value", "value": 1}],
    COMPONENT | {"props": 5},
    COMPONENT | {"props": "id"},
    COMPONENT | {"props": ["id"]},
    COMPONENT | {"props": {"id": 5}},
    COMPONENT | {"props": {"id": None}},
    COMPONENT | {"props": {"id": {"knob": ["a"]}, "value": 3}},
    COMPONENT | {"props": {"id": "target", "value": 3, "max": "everything"}},
    [COMPONENT | {"props": {"id": "text"}}],
    {"__dash_patch_update": "__dash_patch_update", "operations": []},
    {"__dash_patch_update": 1, "operations": [{"operation": "Assign", "location": []}]},
    {"__dash_patch_update": 1},
    *(f"DEEP{depth}" for depth in (60, 180, 400, 900, 990, 1100, 20000)),
]
CLICKS = 7_000_000  # the clicks of pages that mean it are numbered from here on
nasty = st.sampled_from(NASTY) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@st.composite
def valid(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A message as the page's script sends it; the number is that of a request."""
    kinds = ["match", "all", "layout", "deps", "tell", "ping"]
    kind = draw(st.sampled_from(["update"] * 8 + kinds))
    value = draw(st.integers(0, 99) | nasty)
    if kind == "tell":
        return {"t": "tell", "d": [["target", "value"], ["text", "children"]]}
    if kind == "ping":
        return {"t": "ping"}
    if kind in {"layout", "deps"}:
        return {"t": "req", "i": number, "u": kind, "b": None}
    if kind == "match":
        return {"t": "req", "i": number, "u": "update", "b": turned("a", value)}
    if kind == "all":
        item = {"property": "value", "value": value}
        body = {
            "output": "all.children",
            "outputs": {"id": "all", "property": "children"},
            "inputs": [[item | {"id": {"knob": "a"}}, item | {"id": {"knob": "b"}, "value": 1}]],
            "changedPropIds": ['{"knob":"a"}.value'],
            "state": [],
        }
        return {"t": "req", "i": number, "u": "update", "b": body}
    output = draw(st.sampled_from(sorted(INPUTS)))
    message = {"t": "req", "i": number, "u": "update", "b": update(output, value)}
    if output == "echo.children":
        link = update("echo.children", None) | {"output": "longer.children", "changedPropIds": []}
        link["outputs"] = {"id": "longer", "property": "children"}
        link["inputs"] = [{"id": "echo", "property": "children", "value": value}]
        message["c"] = [link]
    return message


@st.composite
def talk(draw: st.DrawFn, most: int) -> list[str | bytes]:
    """Some messages of one connection, in the order in which they are sent."""
    count = draw(st.integers(0, most))
    return [draw(spoiled(number)) for number in range(1, count + 1)]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    if path:
        yield path
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield from places(inner, (*path, key))


@st.composite
def spoiled(draw: st.DrawFn, number: int = 1) -> str | bytes:
    """A valid message with a few things wrong with it, in the body of an update mostly."""
    message = copy.deepcopy(draw(valid(number)))
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        everywhere = list(places(message))
        inside = [path for path in everywhere if len(path) > 1] or everywhere
        path = draw(st.sampled_from(draw(st.sampled_from([inside] * 6 + [everywhere]))))
        holder: Any = message
        for key in path[:-1]:
            holder = holder[key]
        how = draw(st.sampled_from(["replace", "replace", "remove", "wrap", "repeat", "add"]))
        if how == "remove":
            del holder[path[-1]]
        elif how == "wrap":
            holder[path[-1]] = [holder[path[-1]]]
        elif how == "repeat" and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[path[-1]]))
        elif how == "add" and isinstance(holder, dict):
            holder[draw(st.text(max_size=5))] = copy.deepcopy(draw(nasty))
        else:
            holder[path[-1]] = copy.deepcopy(draw(nasty))
        if not message:
            break
    text = written(message)
    how = draw(
        st.sampled_from(["as it is"] * 40 + ["twice", "cut", "bytes", "not UTF-8", "number"])
    )
    if how == "twice" and len(text) > 2:
        return text[:-1] + "," + text[1:]  # every key is there twice
    if how == "cut":
        return text[: draw(st.integers(0, len(text)))]
    if how == "bytes":
        return text.encode()
    if how == "not UTF-8":
        return text.encode()[:-1] + draw(st.binary(max_size=4)) + b"}"
    if how == "number":
        huge = draw(st.sampled_from(["1e999", "-1e999", "1" * 400, "NaN", "Infinity", "0x1"]))
        return re.sub(r"\d+", huge, text, count=1)
    return text


def written(message: Any) -> str:
    """Write a message; what is too deep for `json` is put in as text."""

    def nested(found: re.Match[str]) -> str:
        depth = int(found[1])
        return "[" * depth + "]" * depth

    return re.sub(r'"DEEP(\d+)"', nested, json.dumps(message))


HELLOS = st.sampled_from(
    [
        '{"t":"hello"}',
        '{"t":"hello","boot":"x","q":-1,"page":"PAGE"}',
        '{"t":"hello","boot":null,"q":99999999999999999999999}',
    ]
)
CLOSED_WELL = {1003, 1007, 1009, 4001}


async def say(bench: Bench, hello: str | bytes, messages: list[str | bytes]) -> None:
    """Say something on a new connection and see that all of it is answered, or ends it well."""
    page = Page(await bench.served.connect())
    numbers = list[int]()
    if isinstance(hello, str):  # one that calls itself as another does continues its numbers
        hello = hello.replace("PAGE", secrets.token_hex(16))
    try:
        await page.connection.send(hello)
        for message in messages:
            with contextlib.suppress(RequestError, RecursionError):
                read = protocol.decode(message)
                if isinstance(read, protocol.Request) and read.i > max(numbers, default=0):
                    numbers.append(read.i)
            await page.connection.send(message)
        await page.connection.send('{"t":"ping"}')
        await page.until(lambda: {"t": "pong"} in page.messages)
        await page.until(lambda: all(page.message("res", number) for number in numbers))
        COUNTS["requests answered"] += len(numbers)
    except ConnectionClosed as error:
        code = error.rcvd.code if error.rcvd else 1006
        assert code in CLOSED_WELL, f"closed with {code} after {hello!r:.100}, {messages!r:.300}"
        event(f"closed with {code}")
        COUNTS[f"connections closed with {code}"] += 1
    answered = Counter(m["i"] for m in page.messages if m["t"] == "res")
    assert not [number for number, times in answered.items() if times > 1]
    await page.connection.close()


@pytest.mark.timeout(0)
def test_nonsense_is_answered_or_ends_its_own_connection_and_harms_nobody() -> None:
    bench = Bench()

    @effort(few=150, many=EXAMPLES)
    @given(
        hello=st.sampled_from([HELLOS] * 30 + [spoiled(), st.text(), st.binary()]).flatmap(
            lambda kind: kind
        ),
        messages=talk(6),
    )
    def check(hello: str | bytes, messages: list[str | bytes]) -> None:
        COUNTS["messages"] += 1 + len(messages)
        bench.run(say(bench, hello, messages))
        bench.run(bench.innocent_is_served())
        bench.nothing_was_raised()

    try:
        check()
        assert bench.run(bench._tasks()) <= bench.tasks + 3
    finally:
        bench.close()


# -- (b) pages that come, go and break off -------------------------------------------------------


class PagesThatComeAndGo(RuleBasedStateMachine):
    """Several pages on one application; hypothesis chooses what they do, and in which order."""

    MOST = 4

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench()
        self.tabs: list[Tab] = []
        self.gone: list[Tab] = []
        self.opened = self.clicked = self.lost = 0
        COUNTS["sequences"] += 1

    @initialize()
    def two_pages(self) -> None:
        """Two are there from the beginning."""
        for _ in range(2):
            self._open()

    def _open(self) -> None:
        self.opened += 1
        name = f"page number {self.opened:8}"
        self.tabs.append(self.bench.run(Tab.open_on(self.bench.served, name)))

    def _tab(self, which: int) -> Tab | None:
        return self.tabs[which % len(self.tabs)] if self.tabs else None

    def _change(self, which: int, body: dict[str, Any]) -> None:
        if tab := self._tab(which):
            COUNTS["steps"] += 1
            self.bench.run(self._send(tab, body))

    async def _send(self, tab: Tab, body: dict[str, Any]) -> None:
        await tab.change(body)

    @rule()
    def open(self) -> None:
        """Somebody comes."""
        if len(self.tabs) < self.MOST:
            self._open()

    @rule(which=st.integers(0, 9), value=st.integers(0, 99))
    def drag(self, which: int, value: int) -> None:
        """Somebody moves a slider that everybody shares."""
        self._change(which, update("text.children", value))

    @rule(which=st.integers(0, 9), value=st.integers(0, 99))
    def move_past_the_limit(self, which: int, value: int) -> None:
        """Somebody moves a slider that the device corrects."""
        self._change(which, update("clamped.value", value))

    @rule(which=st.integers(0, 9), knob=st.sampled_from("ab"), value=st.integers(0, 9))
    def turn(self, which: int, knob: str, value: int) -> None:
        """Somebody turns a knob that is told apart by MATCH."""
        self._change(which, turned(knob, value))

    @rule(which=st.integers(0, 9))
    def click(self, which: int) -> None:
        """Somebody clicks; each click is a number of its own."""
        if self.tabs:
            self.clicked += 1
            self._change(which, update("journal.data", CLICKS + self.clicked))

    @rule(which=st.integers(0, 9), value=st.integers(0, 9))
    def regular(self, which: int, value: int) -> None:
        """Somebody edits what is each browser's own."""
        self._change(which, update("own.children", value))

    @rule(which=st.integers(0, 9))
    def fail(self, which: int) -> None:
        """Somebody runs a callback that raises."""
        self._change(which, nothing(self.bench.app, "fails", 1))

    @rule(value=st.integers(0, 99))
    def push(self, value: int) -> None:
        """The device says where it is."""

        async def now() -> None:
            self.bench.app.push_mods({"target": {"value": value}, "side": {"title": value}})

        self.bench.run(now())

    @rule(value=st.integers(0, 99))
    def report(self, value: int) -> None:
        """The device reports in its turn."""

        async def now() -> None:
            self.bench.app.push_mods({"target": {"value": value}}, report=True)

        self.bench.run(now())

    @rule(hello=HELLOS, messages=talk(3))
    def nonsense(self, hello: str, messages: list[str | bytes]) -> None:
        """Somebody talks nonsense."""
        COUNTS["messages"] += 1 + len(messages)
        self.bench.run(say(self.bench, hello, messages))

    @rule(which=st.integers(0, 9))
    def cut(self, which: int) -> None:
        """A connection breaks."""
        tab = self._tab(which)
        if tab and not tab.cut:
            tab.cut = True
            COUNTS["cuts"] += 1
            self.bench.run(self._abort(tab))

    async def _abort(self, tab: Tab) -> None:
        tab.connection.transport.abort()
        await tab.connection.wait_closed()

    @rule(which=st.integers(0, 9))
    def come_back(self, which: int) -> None:
        """A page connects again, or a second time before the server has noticed the cut."""
        if tab := self._tab(which):
            self.bench.run(tab.come_back(self.bench.served))

    @rule(which=st.integers(0, 9))
    def leave(self, which: int) -> None:
        """A tab is closed, with whatever it had asked for."""
        if tab := self._tab(which):
            self.tabs.remove(tab)
            self.gone.append(tab)
            self.bench.run(self._leave(tab))

    async def _leave(self, tab: Tab) -> None:
        await tab.connection.close()

    @rule(turns=st.integers(1, 20))
    def wait(self, turns: int) -> None:
        """The loop turns a few times."""

        async def now() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)

        self.bench.run(now())

    @invariant()
    def raises_nothing(self) -> None:
        """The log is quiet."""
        self.bench.nothing_was_raised()

    def teardown(self) -> None:
        """When all is settled, every page shows the same, and no click was lost or doubled."""
        try:
            self.bench.run(self._settled())
        finally:
            self.bench.close()

    async def _settled(self) -> None:
        bench = self.bench
        for tab in self.tabs:
            if tab.cut:
                await tab.come_back(bench.served)
        for tab in self.tabs:
            await tab.settle()
        # A last one in the queue: when it has run, all that was before it has.
        await bench.innocent.change(nothing(bench.app, "barrier", 1))
        await bench.innocent_is_served()
        for tab in self.tabs:
            await tab.settle()
            bench.shows_the_state(tab)
            assert set(tab.answered.values()) <= {0, 1}, "a request was answered twice"
        told = range(CLICKS + 1, CLICKS + self.clicked + 1)
        clicks = [n for n in bench.clicks if isinstance(n, int) and n in told]
        assert bench.app.shared_state._values["journal"]["data"] == bench.clicks
        assert len(clicks) == len(set(clicks)), f"a click ran twice: {clicks}"
        if not self.gone:
            assert set(clicks) >= set(told), f"a click was lost: {clicks}"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S):
                while len(bench.app.clients) > len(self.tabs) + 1:  # noqa: ASYNC110
                    await asyncio.sleep(0)
        assert len(bench.app.clients) == len(self.tabs) + 1, [
            f"{client} {client.connect_time:.3f}" for client in bench.app.clients
        ]
        assert await bench._tasks() <= bench.tasks + 8 * len(self.tabs) + 4


@pytest.mark.timeout(0)
def test_pages_that_come_go_and_break_off_end_equal_and_no_click_is_lost_or_doubled() -> None:
    effort_of_sequences = settings(
        effort(few=8, many=max(1, EXAMPLES // 10)), stateful_step_count=50 if EXAMPLES else 25
    )
    run_state_machine_as_test(PagesThatComeAndGo, settings=effort_of_sequences)


# -- what can be seen in the source --------------------------------------------------------------

PACKAGE = Path(dash_devices.__file__).parent


def test_nothing_that_a_browser_sends_can_become_code() -> None:
    words = re.compile(r"\b(pickle|marshal|shelve|yaml|eval|exec|compile|__import__)\b\s*[.(,\n]")
    for file in PACKAGE.rglob("*.py"):
        code = file.read_text().replace("re.compile(", "")
        assert not words.search(code), f"{file}: {words.search(code)}"


def test_the_pages_script_makes_neither_code_nor_markup_of_what_it_is_sent() -> None:
    words = re.compile(
        r"\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|"
        r"setTimeout\(\s*['\"`]|javascript:"
    )
    for file in (PACKAGE / "assets").glob("*.js"):
        assert not words.search(file.read_text()), file
