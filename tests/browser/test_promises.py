"""What dash_devices promises, one test each, in real browsers that look at one application."""

import asyncio
import contextlib
import gzip
import random
import threading
import time
from typing import Any

import httpx
import pytest
from dash import dcc, html
from playwright.sync_api import Browser, Page, Request, expect

from dash_devices import (
    Client,
    ConnectionBadge,
    Dash,
    Input,
    Output,
    Patch,
    PushError,
    RegistrationError,
    Services,
    State,
    callback_context,
)
from tests.browser.serving import Cable, serving
from tests.browser.visiting import handle, profiles, settle, shows, until_connected, visit

pytestmark = pytest.mark.browser


def slider(component_id: str = "a", value: int = 50) -> dcc.Slider:
    return dcc.Slider(0, 100, 1, value=value, id=component_id, updatemode="drag")


def layout(*children: Any) -> html.Div:
    return html.Div(children, id="page", style={"width": 400})


def button(component_id: str) -> html.Button:
    return html.Button(component_id, id=component_id)


def updates(page: Page) -> list[Request]:
    """Collect the requests that a page makes for callbacks, layout and dependencies by HTTP."""
    made: list[Request] = []
    page.on("request", lambda request: made.append(request) if "/_dash-" in request.url else None)
    return made


def of_dash(made: list[Request]) -> list[str]:
    names = ("_dash-layout", "_dash-dependencies", "_dash-update-component")
    return [r.url for r in made if any(name in r.url for name in names)]


def test_promise_1_a_shared_callback_runs_once_per_change_and_everybody_sees_all_of_it(
    chromium: Browser, pages: list[Page]
) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = Dash("shared")
        app.layout = layout(slider(), html.P(id="text"))

        @app.callback_shared(Output("text", "children"), Input("a", "value"))
        def set_device(value: int) -> str:
            told.append(value)
            return f"device at {value}"

        return app

    with serving(make) as served:
        visit(pages, served.url)
        assert told == [50]  # when the server started, not once per browser
        shows(pages, "text", "device at 50")
        handle(pages[0], "a").press("ArrowRight")
        shows(pages, "text", "device at 51")
        for page in pages:
            expect(handle(page, "a")).to_have_attribute("aria-valuenow", "51")
        with profiles(chromium, 1) as later:
            visit(later, served.url)
            shows(later, "text", "device at 51")
            expect(handle(later[0], "a")).to_have_attribute("aria-valuenow", "51")
    assert told == [50, 51]


def test_promise_2_the_server_pushes_to_all_or_to_one_from_anywhere(pages: list[Page]) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = Dash("pushes")
        app.layout = layout(slider(), html.P(id="text"), html.P(id="note", title=""), button("ask"))
        app.callback_shared(None, Input("a", "value"), prevent_initial_call=True)(told.append)

        @app.callback(None, Input("ask", "n_clicks"), prevent_initial_call=True)
        async def answer(clicks: int) -> None:
            await app.push_mods_coro({"text": {"children": f"asked {clicks} times"}})

        with pytest.raises(PushError, match="does not run"):
            app.push_mods({"text": {"children": "too early"}})
        return app

    with serving(make) as served:
        app = served.app
        visit(pages, served.url)
        app.push_mods({"text": {"children": "both"}, "note": {"children": "at once", "title": "t"}})
        shows(pages, "text", "both")
        for page in pages:
            expect(page.locator("#note[title=t]")).to_have_text("at once")
        app.push_mods(Output("text", "children", "only you"), app.clients[1])
        shows(pages[1:], "text", "only you")
        shows(pages[:1], "text", "both")
        app.push_mods({"a": {"value": 7}})  # as if a person had moved it
        for page in pages:
            expect(handle(page, "a")).to_have_attribute("aria-valuenow", "7")
        pages[0].click("#ask")
        shows(pages, "text", "asked 1 times")
        gone = app.clients[1]
        pages[1].close()
        while gone in app.clients:
            time.sleep(0.01)
        with pytest.raises(PushError, match="not connected"):
            app.push_mods({"text": {"children": "anybody?"}}, gone)
        with pytest.raises(PushError, match=r"text\.children = <object"):
            app.push_mods({"text": {"children": object()}})
    assert told == [7]


def test_promise_3_the_server_knows_its_browsers(pages: list[Page]) -> None:
    came: list[tuple[str, bool]] = []

    def make() -> Dash:
        app = Dash("clients")
        app.layout = layout(html.P(id="hello"), button("b"), html.P(id="name"))

        @app.callback_connect
        def greet(client: Client, connected: bool) -> Any:
            came.append((client.id, connected))
            client.nickname = f"number {len(app.clients)}"
            return Output("hello", "children", f"welcome {client.nickname}")

        @app.callback_connect
        async def also(client: Client, connected: bool) -> None:
            await asyncio.sleep(0)

        @app.callback(Output("name", "children"), Input("b", "n_clicks"), prevent_initial_call=True)
        def who(_: int) -> str:
            client = callback_context.client
            assert client
            return f"{client.nickname} from {client.address}"

        return app

    with serving(make) as served:
        visit(pages[:1], served.url)
        shows(pages[:1], "hello", "welcome number 1")
        visit(pages[1:], served.url)
        shows(pages[1:], "hello", "welcome number 2")
        shows(pages[:1], "hello", "welcome number 1")
        for number, page in enumerate(pages, 1):
            page.click("#b")
            shows([page], "name", f"number {number} from 127.0.0.1")
        first = served.app.clients[0]
        assert first.host == f"127.0.0.1:{served.port}"
        assert first.origin == served.url.rstrip("/")
        assert "Chrome" in first.user_agent
        assert first.connect_time <= time.time()
        pages[0].close()
        while len(came) < 3:
            time.sleep(0.01)
        assert came[2] == (first.id, False)


def test_promise_4_callbacks_without_outputs_may_share_a_button(pages: list[Page]) -> None:
    done: list[str] = []

    def make() -> Dash:
        app = Dash("side effects")
        app.layout = layout(button("b"))
        for name in ("lamp", "log"):
            app.callback_shared(None, Input("b", "n_clicks"), prevent_initial_call=True)(
                lambda n, name=name: done.append(f"{name} {n}")
            )
            app.callback(None, [Input("b", "n_clicks")], prevent_initial_call=True)(
                lambda n, name=name: done.append(f"own {name} {n}")
            )
        return app

    with serving(make) as served:
        visit(pages, served.url)
        pages[0].click("#b")
        settle(pages)
        pages[1].click("#b")
        settle(pages)
    assert sorted(done) == sorted(
        f"{name} {n}" for name in ("lamp", "log", "own lamp", "own log") for n in (1, 2)
    )


def test_promise_5_a_callback_may_return_other_outputs_than_it_declared(
    pages: list[Page],
) -> None:
    def make() -> Dash:
        app = Dash("alternate")
        app.layout = layout(
            button("shared"), button("own"), html.P("-", id="s"), html.P("-", id="o"),
            html.P("-", id="x"), html.P("-", id="y"),
        )  # fmt: skip

        @app.callback_shared(Output("s", "children"), Input("shared", "n_clicks"))
        def shared(clicks: int | None) -> Any:
            if clicks == 2:
                return [Output("x", "children", "instead"), Output("y", "title", "of s")]
            return f"declared {clicks or 0}"

        @app.callback(Output("o", "children"), [Input("own", "n_clicks")])
        def own(clicks: int | None) -> Any:
            return Output("y", "children", "mine") if clicks else "declared"

        return app

    with serving(make) as served:
        visit(pages, served.url)
        pages[0].click("#shared")
        shows(pages, "s", "declared 1")
        pages[0].click("#shared")
        shows(pages, "x", "instead")
        shows(pages, "s", "declared 1")
        for page in pages:
            expect(page.locator("#y")).to_have_attribute("title", "of s")
        pages[0].click("#own")
        shows(pages[:1], "y", "mine")
        shows(pages[1:], "y", "-")
        shows(pages, "o", "declared")


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_promise_6_a_slow_callback_holds_up_nobody(pages: list[Page], kind: str) -> None:
    release = threading.Event()

    def make() -> Dash:
        app = Dash("slow")
        app.layout = layout(button("slow"), html.P("-", id="s"), slider(), html.P(id="text"))

        def slow(_: int) -> str:
            release.wait(20)
            return "done"

        async def slow_async(_: int) -> str:
            while not release.is_set():  # noqa: ASYNC110 - set from the test's thread
                await asyncio.sleep(0.01)
            return "done"

        app.callback(Output("s", "children"), Input("slow", "n_clicks"), prevent_initial_call=True)(
            slow if kind == "def" else slow_async
        )
        app.callback_shared(Output("text", "children"), Input("a", "value"))(str)
        return app

    with serving(make) as served:
        visit(pages, served.url)
        pages[0].click("#slow")
        for page, value in zip(pages, ("51", "52"), strict=True):
            handle(page, "a").press("ArrowRight")
            shows(pages, "text", value)
        shows(pages, "s", "-")
        release.set()
        shows(pages[:1], "s", "done")


def test_promise_7_one_socket_carries_everything_or_http_does(pages: list[Page]) -> None:
    services = [Services.PUSHER_ALL, Services.NORMAL]

    def make() -> Dash:
        app = Dash("transport", server_service=services.pop(0))
        app.layout = layout(slider(), html.P(id="text"), button("b"), html.P(id="own"))
        app.callback_shared(Output("text", "children"), Input("a", "value"))(str)
        app.callback(Output("own", "children"), Input("b", "n_clicks"))(str)
        return app

    sockets: list[str] = []
    made = updates(pages[0])
    pages[0].on("websocket", lambda socket: sockets.append(socket.url))
    with serving(make) as served:
        visit(pages, served.url)
        pages[0].click("#b")
        shows(pages[:1], "own", "1")
        assert of_dash(made) == []
        assert len(sockets) == 1
        served.stop()
        served.start()
        visit(pages, served.url)
        pages[0].click("#b")
        shows(pages[:1], "own", "1")
        handle(pages[0], "a").press("ArrowRight")
        shows(pages, "text", "51")  # what is shared needs the socket whatever else does
        names = [url.partition("?")[0].rpartition("/")[2] for url in of_dash(made)]
        assert names == [
            "_dash-layout", "_dash-dependencies", "_dash-update-component", "_dash-update-component"
        ]  # fmt: skip


def test_promise_8_each_browser_has_its_own_device_and_each_device_its_order(
    pages: list[Page],
) -> None:
    moves: dict[str, list[int]] = {"left": [], "right": []}
    busy: set[str] = set()

    def make() -> Dash:
        app = Dash("two", callback_service=Services.S0)
        app.layout = layout(slider(), html.P(id="text"), html.P("-", id="own"), button("b"))

        @app.callback_connect
        def choose(client: Client, connected: bool) -> None:
            client.robot = "left" if client is app.clients[0] else "right"

        @app.callback_s2(
            Output("text", "children"),
            [Input("a", "value")],
            domain=lambda client: client.robot if client else "none",
            prevent_initial_call=True,
        )
        async def move(value: int) -> str:
            client = callback_context.client
            assert client
            robot: str = client.robot
            assert robot not in busy
            busy.add(robot)
            await asyncio.sleep(0.02)
            busy.remove(robot)
            moves[robot].append(value)
            return f"{robot} at {value}"

        app.callback(Output("own", "children"), Input("b", "n_clicks"), prevent_initial_call=True)(
            lambda n: f"own {n}"
        )
        with pytest.raises(RegistrationError, match="over HTTP nothing orders"):
            app.callback(None, Input("b", "n_clicks"), service=Services.SERIALIZED_CALLBACK)
        with pytest.raises(RegistrationError, match=r"Services\.SHARED has them all"):
            app.callback(None, Input("b", "n_clicks"), service=Services.SHARED_CALLBACK)
        return app

    with serving(make) as served:
        visit(pages, served.url)
        for _ in range(5):
            handle(pages[0], "a").press("ArrowRight")
            handle(pages[1], "a").press("ArrowLeft")
        shows(pages[:1], "text", "left at 55")
        shows(pages[1:], "text", "right at 45")
        expect(handle(pages[0], "a")).to_have_attribute("aria-valuenow", "55")
        pages[0].click("#b")
        shows(pages[:1], "own", "own 1")
        shows(pages[1:], "own", "-")
    assert moves["left"] == sorted(moves["left"])
    assert moves["left"][-1] == 55
    assert moves["right"][-1] == 45


def test_promise_9_the_newest_value_counts_and_every_click(pages: list[Page]) -> None:
    told: list[str] = []

    def make() -> Dash:
        app = Dash("latest")
        app.layout = layout(slider(value=0), button("b"), button("toggle"))

        async def take(what: str) -> None:
            await asyncio.sleep(0.05)
            told.append(what)

        @app.callback_shared(None, Input("a", "value"), prevent_initial_call=True)
        async def value(new: int) -> None:
            await take(f"value {new}")

        @app.callback_shared(None, Input("b", "n_clicks"), prevent_initial_call=True)
        async def click(clicks: int) -> None:
            await take(f"click {clicks}")

        @app.callback_shared(
            None, Input("toggle", "n_clicks"), coalesce=True, domain="b", prevent_initial_call=True
        )
        async def newest(clicks: int) -> None:
            await take(f"newest {clicks}")

        return app

    sent: list[str] = []
    pages[0].on("websocket", lambda s: s.on("framesent", lambda frame: sent.append(str(frame))))
    with serving(make) as served:
        visit(pages, served.url)
        for _ in range(20):
            handle(pages[0], "a").press("ArrowRight")
        for number in range(1, 5):
            pages[0].evaluate("document.getElementById('b').click()")
            # Clicks of one turn of the page are one request of Dash's renderer, with their number.
            while not any(f'"n_clicks","value":{number}' in frame for frame in sent):
                pages[0].wait_for_timeout(2)
        handle(pages[1], "a").press("ArrowRight")
        for _ in range(10):
            pages[1].evaluate("document.getElementById('toggle').click()")
        settle(pages)
    clicks = [what for what in told if what.startswith("click")]
    values = [what for what in told if what.startswith("value")]
    newest = [what for what in told if what.startswith("newest")]
    assert clicks == ["click 1", "click 2", "click 3", "click 4"]
    assert values[-1] == "value 21"
    assert len(values) < 21
    assert newest[-1] == "newest 10"
    assert len(newest) < 10


def test_promise_10_shared_callbacks_chain_on_the_server(pages: list[Page]) -> None:
    def make() -> Dash:
        app = Dash("chain")
        app.layout = layout(slider(), *(html.P(id=name) for name in ("b", "c", "d")))
        app.callback_shared(Output("b", "children"), Input("a", "value"))(lambda v: v + 1)
        app.callback_shared(Output("c", "children"), Input("b", "children"))(lambda v: v * 2)
        with pytest.raises(RegistrationError, match=r"for ever: .*back -> .*lambda"):

            @app.callback_shared(Output("b", "children", allow_duplicate=True),
                                 Input("c", "children"))  # fmt: skip
            def back(value: int) -> int:
                return value

        with pytest.raises(RegistrationError, match=r"sets c\.children, which .* listens to"):
            app.callback(Output("d", "children"), Input("c", "children"))(str)
        return app

    with serving(make) as served:
        visit(pages, served.url)
        sent: list[Any] = []
        pages[0].on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
        pages[0].reload()
        until_connected(pages[0])
        settle(pages)
        sent.clear()
        handle(pages[0], "a").press("ArrowRight")
        shows(pages, "c", "104")
        settle(pages)
        assert len(sent) == 1


def test_promise_11_regular_callbacks_chain_on_the_server_when_asked_to(
    pages: list[Page],
) -> None:
    ran: list[str] = []

    def make() -> Dash:
        app = Dash("regular chain")
        app.layout = layout(
            dcc.Input(id="a", type="number"), html.P(id="b"), html.P(id="c"), html.P(id="d"),
            dcc.Store(id="by", data=10),
        )  # fmt: skip

        def note(name: str, value: Any) -> Any:
            ran.append(name)
            return value

        start = {"prevent_initial_call": True}
        app.callback(Output("b", "children"), Input("a", "value"), chain=True, **start)(
            lambda v: note("b", v + 1)
        )
        app.callback(Output("d", "children"), Input("b", "children"), Input("c", "children"),
                     **start)(lambda b, c: note("d", f"{b} and {c}"))  # fmt: skip
        app.callback(Output("c", "children"), Input("b", "children"), State("by", "data"),
                     **start)(lambda b, by: note("c", b * by))  # fmt: skip
        return app

    with serving(make) as served:
        sent: list[Any] = []
        pages[0].on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(1)))
        visit(pages, served.url)
        for value, last in ((4, "5 and 50"), (5, "6 and 60")):
            sent.clear()
            ran.clear()
            pages[0].fill("#a", str(value))
            shows(pages[:1], "d", last)
            settle(pages)
            assert ran == ["b", "c", "d"]
            assert len(sent) == 1
        shows(pages[1:], "d", "")


def test_promise_12_callbacks_added_while_the_server_runs_reach_open_pages(
    pages: list[Page],
) -> None:
    def make() -> Dash:
        app = Dash("added")
        app.layout = layout(
            slider(), html.P("-", id="text"), html.P("-", id="own"), html.P("-", id="first"),
            button("b"),
        )  # fmt: skip
        app.callback(Output("first", "children"), Input("b", "n_clicks"))(lambda n: f"first {n}")
        return app

    with serving(make) as served:
        visit(pages, served.url)
        for page in pages:
            page.evaluate("window.isTheSamePage = true")
        app = served.app
        app.callback_shared(Output("text", "children"), Input("a", "value"))(lambda v: f"at {v}")
        shows(pages, "text", "at 50")
        app.callback(Output("own", "children"), Input("b", "n_clicks"))(lambda n: f"own {n}")
        shows(pages, "own", "own None")
        handle(pages[0], "a").press("ArrowRight")
        shows(pages, "text", "at 51")
        pages[1].click("#b")
        shows(pages[1:], "own", "own 1")
        shows(pages[1:], "first", "first 1")
        shows(pages[:1], "own", "own None")
        with pytest.raises(RegistrationError, match="ClientsideFunction"):
            app.clientside_callback("(n) => n", Output("b", "title"), Input("b", "n_clicks"))
        for page in pages:
            assert page.evaluate("window.isTheSamePage")


def test_promise_13_a_page_that_was_cut_off_catches_up(pages: list[Page]) -> None:
    told: list[int] = []

    def make() -> Dash:
        app = Dash("away")
        app.layout = layout(ConnectionBadge("badge"), slider(), html.P("-", id="p"), button("b"))
        app.callback_shared(None, Input("a", "value"), prevent_initial_call=True)(told.append)
        app.callback_shared(None, Input("b", "n_clicks"), prevent_initial_call=True)(
            lambda n: told.append(-n)
        )
        return app

    with serving(make) as served, contextlib.closing(Cable(served.port)) as cable:
        visit(pages[1:], served.url)
        visit(pages[:1], cable.url)
        shows(pages, "badge", "Connected")
        cable.cut()
        expect(pages[0].locator("#badge")).to_have_attribute("data-state", "reconnecting")
        for number in range(50):
            served.app.push_mods({"p": {"children": f"missed {number}"}})
        for _ in range(3):
            handle(pages[0], "a").press("ArrowRight")
        pages[0].click("#b")
        cable.join()
        shows(pages, "badge", "Connected")
        shows(pages, "p", "missed 49")
        settle(pages)
        expect(handle(pages[1], "a")).to_have_attribute("aria-valuenow", "53")
    assert told == [53, -1]


def test_promise_14_a_browser_that_does_not_read_delays_nobody(pages: list[Page]) -> None:
    def make() -> Dash:
        app = Dash("stalled")
        app.layout = layout(html.P(id="p"), html.P(id="text"))
        return app

    with serving(make) as served:
        visit(pages, served.url)
        stalled = served.app.clients[0]
        pages[0].evaluate(
            "setTimeout(() => { const end = Date.now() + 8000; while (Date.now() < end) {} })"
        )
        for number in range(400):
            served.app.push_mods({"p": {"title": random.randbytes(50_000).hex()}})
            served.app.push_mods({"text": {"children": str(number)}})
        shows(pages[1:], "text", "399")
        assert len(stalled.outbox) < 300
        expect(pages[0].locator("#text")).to_have_text("399", timeout=20_000)


def test_promise_15_the_application_says_who_may_connect_and_change_what(
    chromium: Browser,
) -> None:
    done: list[str] = []

    def make() -> Dash:
        app = Dash("rules")
        app.layout = layout(ConnectionBadge("badge"), slider(), html.P(id="text"))

        @app.authorize
        async def known(client: Client) -> str | None:
            await asyncio.sleep(0)
            return client.cookies.get("user")

        @app.callback_authorize_output
        def may(client: Client | None, output: str) -> bool:
            return client is not None and client.authentication == "ada"

        @app.callback_shared(Output("text", "children"), Input("a", "value"))
        def set_device(value: int) -> str:
            client = callback_context.client
            done.append(client.authentication if client else "server")
            return f"at {value}"

        return app

    with serving(make) as served, profiles(chromium, 3) as (ada, eve, stranger):
        for page, user in ((ada, "ada"), (eve, "eve")):
            page.context.add_cookies([{"name": "user", "value": user, "url": served.url}])
        visit([ada, eve], served.url)
        stranger.goto(served.url)
        stranger.wait_for_function("window.dash_devices && dash_devices.state === 'refused'")
        handle(eve, "a").press("ArrowRight")
        expect(handle(eve, "a")).to_have_attribute("aria-valuenow", "50")
        handle(ada, "a").press("ArrowLeft")
        shows([ada, eve], "text", "at 49")
        for name in ("_dash-layout", "_dash-dependencies"):
            assert httpx.get(served.url + name).status_code == 403
            assert httpx.get(served.url + name, cookies={"user": "eve"}).status_code == 200
        assert len(served.app.clients) == 2
    assert done == ["server", "ada"]


def test_promise_16_scripts_are_served_compressed_and_kept(pages: list[Page]) -> None:
    def make() -> Dash:
        app = Dash("served well")
        app.layout = layout(slider())
        return app

    with serving(make) as served:
        visit(pages, served.url)
        scripts = pages[0].evaluate(
            "performance.getEntriesByType('resource').map((e) => e.name)"
            ".filter((name) => name.includes('.js'))"
        )
        assert len(scripts) > 3
        for url in scripts:
            answer = httpx.get(url, headers={"Accept-Encoding": "gzip"})
            assert answer.headers["Content-Encoding"] == "gzip"
            assert "Accept-Encoding" in answer.headers["Vary"]
            etag = answer.headers["ETag"]
            again = httpx.get(url, headers={"Accept-Encoding": "gzip", "If-None-Match": etag})
            assert again.status_code == 304
            assert again.content == b""
        with httpx.stream("GET", scripts[0], headers={"Accept-Encoding": "gzip"}) as raw:
            assert gzip.decompress(b"".join(raw.iter_raw()))


def test_a_patch_of_a_shared_figure_grows_it_everywhere_and_is_there_for_who_comes_later(
    chromium: Browser, pages: list[Page]
) -> None:
    def make() -> Dash:
        app = Dash("patched")
        figure = {"data": [{"x": [0], "y": [0], "type": "scatter"}], "layout": {}}
        app.layout = layout(dcc.Graph(id="g", figure=figure), button("b"))

        @app.callback_shared(
            Output("g", "figure"), Input("b", "n_clicks"), prevent_initial_call=True
        )
        def grow(clicks: int) -> Patch:
            more = Patch()
            more["data"][0]["x"].append(clicks)
            more["data"][0]["y"].append(clicks * clicks)
            return more

        return app

    ys = "document.querySelector('#g .js-plotly-plot')?.data?.[0]?.y.join()"
    with serving(make) as served:
        visit(pages, served.url)
        for page in pages:
            page.wait_for_function(f"{ys} === '0'")
            page.evaluate("window.plot = document.querySelector('#g .js-plotly-plot')")
        for _ in range(3):
            pages[0].click("#b")
        for page in pages:  # a click is on its way when it returns, and the push would overtake it
            page.wait_for_function(f"{ys} === '0,1,4,9'")
        more = Patch()
        more["data"][0]["y"].extend([10, 11])
        served.app.push_mods({"g": {"figure": more}})
        with profiles(chromium, 1) as later:
            visit(later, served.url)
            for page in [*pages, *later]:
                page.wait_for_function(f"{ys} === '0,1,4,9,10,11'")
        for page in pages:
            assert page.evaluate("window.plot === document.querySelector('#g .js-plotly-plot')")
