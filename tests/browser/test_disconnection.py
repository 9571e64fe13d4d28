"""What a page does when its connection breaks, in real browsers, and when it comes back.

Long times are made short by moving the page's own clock: its timers, `Date` and `performance.now`
jump ahead, and what was due runs. The network and the server keep real time.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dash import dcc, html
from playwright.sync_api import Page, expect

from dash_devices import ConnectionBadge, Dash, Input, Output
from tests.browser.serving import WAIT_S, Cable, Serving, serving
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

LISTEN = """
  window.said = [];
  addEventListener('dash-devices:undelivered', (event) => said.push(event.detail.propIds));
  window.states = [];
  addEventListener('dash-devices:connection', (event) => states.push(event.detail.state));
  window.sockets = 0;
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      sockets += 1;
      this.addEventListener('close', () => { sockets -= 1; });
    }
  };
"""
MINUTE_MS = 60_000


@pytest.fixture
def pages(pages: list[Page]) -> list[Page]:
    """A page that is about to lose its connection, and one that is not."""
    for page in pages:
        page.add_init_script(LISTEN)
    return pages


class Device:
    """Remembers what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self._heard = threading.Condition()

    def tell(self, name: str, value: Any) -> str:
        """Take a value or the number of a click."""
        if value is not None:
            with self._heard:
                self.told.append((name, value))
                self._heard.notify_all()
        return f"{name} {value}"

    def until_told(self, name: str, value: Any) -> None:
        """Wait until it has heard that."""
        with self._heard:
            assert self._heard.wait_for(lambda: (name, value) in self.told, WAIT_S)

    def app(self) -> Dash:
        """Make an application with two values, a button and a line that is only pushed."""
        app = Dash("disconnection")
        app.layout = html.Div(
            [
                ConnectionBadge("badge"),
                dcc.Input(id="a", type="number", value=0),
                dcc.Input(id="b", type="number", value=0),
                html.Button("click", id="click"),
                *(html.P(id=name) for name in ("a-is", "b-is", "line")),
            ],
            id="page",
        )
        for name in ("a", "b"):
            app.callback_shared(
                Output(f"{name}-is", "children"), Input(name, "value"), prevent_initial_call=True
            )(lambda value, name=name: self.tell(name, value))
        app.callback_shared(None, Input("click", "n_clicks"))(
            lambda n: self.tell("click", n) and None
        )
        return app


@contextlib.contextmanager
def wired(device: Device, pages: list[Page]) -> Iterator[tuple[Serving, Cable]]:
    """Serve the device; the first page is at the end of a cable, the second is safe."""
    with serving(device.app) as served, contextlib.closing(Cable(served.port)) as cable:
        visit(pages[:1], cable.url)
        visit(pages[1:], served.url)
        yield served, cable


def badge(page: Page, state: str) -> None:
    """Wait until the badge says how the connection stands."""
    expect(page.locator("#badge")).to_have_attribute("data-state", state, timeout=15_000)


def lose(page: Page, cable: Cable) -> None:
    """Cut the cable and wait until the page has noticed."""
    cable.cut()
    until(page, "dash_devices.state !== 'connected'")


def come_back(page: Page, cable: Cable) -> None:
    """Join the cable and wait until the page is connected and at rest."""
    cable.join()
    badge(page, "connected")
    settle([page])


def states(page: Page) -> list[str]:
    """What the page has told of its connection since it was first connected."""
    told = page.evaluate("states")
    return told[told.index("connected") :]


def messages(page: Page) -> list[dict[str, Any]]:
    """Collect the messages that this page's sockets bring from now on."""
    brought: list[dict[str, Any]] = []
    page.on(
        "websocket",
        lambda ws: ws.on("framereceived", lambda frame: brought.extend(json.loads(frame))),
    )
    return brought


# -- away for a while ----------------------------------------------------------------------------


@pytest.mark.parametrize("away_ms", [1000, 10 * MINUTE_MS])
def test_what_changed_while_a_page_was_away_arrives_merged(pages: list[Page], away_ms: int) -> None:
    pages[0].clock.install()
    brought = messages(pages[0])
    device = Device()
    with wired(device, pages) as (served, cable):
        lose(pages[0], cable)
        for n in range(50):
            served.app.push_mods({"line": {"children": f"line {n}"}})
        enter(pages[1], "a", "7")
        shows(pages[1:], "a-is", "a 7")
        pages[0].clock.fast_forward(away_ms)
        brought.clear()
        come_back(pages[0], cable)
        shows(pages, "line", "line 49")
        shows(pages, "a-is", "a 7")
        expect(field(pages[0], "a")).to_have_value("7")
        lines = [
            props["children"]
            for message in brought
            if message["t"] == "mod"
            for name, props in message["d"]
            if name == "line"
        ]
    assert lines == ["line 49"]


@pytest.mark.parametrize("away_ms", [1000, 10 * MINUTE_MS])
def test_values_entered_while_away_arrive_once_and_in_order(
    pages: list[Page], away_ms: int
) -> None:
    pages[0].clock.install()
    device = Device()
    with wired(device, pages) as (_, cable):
        lose(pages[0], cable)
        for name, value in (("a", 1), ("b", 2), ("a", 3)):
            enter(pages[0], name, str(value))
        pages[0].clock.fast_forward(away_ms)
        come_back(pages[0], cable)
        shows(pages, "a-is", "a 3")
        shows(pages, "b-is", "b 2")
    assert device.told == [("b", 2), ("a", 3)]


def test_a_click_between_two_values_stays_between_them(pages: list[Page]) -> None:
    device = Device()
    with wired(device, pages) as (_, cable):
        lose(pages[0], cable)
        enter(pages[0], "a", "5")
        pages[0].click("#click")
        enter(pages[0], "a", "9")
        come_back(pages[0], cable)
        shows(pages, "a-is", "a 9")
        said = pages[0].evaluate("said")
    assert said == []
    assert device.told == [("a", 5), ("click", 1), ("a", 9)]


def test_a_click_in_a_short_break_arrives_once_and_is_not_reported(pages: list[Page]) -> None:
    device = Device()
    with wired(device, pages) as (_, cable):
        lose(pages[0], cable)
        pages[0].click("#click")
        come_back(pages[0], cable)
        assert pages[0].evaluate("said") == []
    assert device.told == [("click", 1)]


def test_clicks_in_a_long_break_are_reported_once_each_and_never_arrive(pages: list[Page]) -> None:
    pages[0].clock.install()
    device = Device()
    with wired(device, pages) as (_, cable):
        lose(pages[0], cable)
        for _ in range(3):
            pages[0].click("#click")
        pages[0].clock.fast_forward(10 * MINUTE_MS)
        until(pages[0], "said.length >= 3")
        come_back(pages[0], cable)
        assert pages[0].evaluate("said") == [["click.n_clicks"]] * 3
        assert device.told == []
        pages[0].click("#click")
        device.until_told("click", 4)
        settle(pages)
    assert device.told == [("click", 4)]


def test_two_people_who_set_one_value_while_one_of_them_is_away_see_the_same(
    pages: list[Page],
) -> None:
    device = Device()
    with wired(device, pages) as (_, cable):
        lose(pages[0], cable)
        enter(pages[0], "a", "60")
        enter(pages[1], "a", "70")
        device.until_told("a", 70)
        come_back(pages[0], cable)
        settle(pages)
        last = device.told[-1][1]
        shows(pages, "a-is", f"a {last}")
        for page in pages:
            expect(field(page, "a")).to_have_value(str(last))


# -- the badge -----------------------------------------------------------------------------------


def test_the_badge_says_connected_reconnecting_away_for_how_long_and_connected(
    pages: list[Page],
) -> None:
    pages[0].clock.install()
    with wired(Device(), pages) as (_, cable):
        badge(pages[0], "connected")
        lose(pages[0], cable)
        badge(pages[0], "reconnecting")
        expect(pages[0].locator("#badge")).to_have_text("Reconnecting")
        pages[0].clock.fast_forward(10 * MINUTE_MS)
        badge(pages[0], "away")
        away = pages[0].inner_text("#badge")
        assert int(away.removeprefix("Away for ").removesuffix(" s")) >= 600
        come_back(pages[0], cable)
        expect(pages[0].locator("#badge")).to_have_text("Connected")
        assert states(pages[0]) == ["connected", "reconnecting", "away", "connected"]
        badge(pages[1], "connected")
        assert states(pages[1]) == ["connected"]


# -- the lid of a laptop -------------------------------------------------------------------------


def test_a_page_that_was_frozen_while_its_connection_broke_catches_up(pages: list[Page]) -> None:
    device = Device()
    with wired(device, pages) as (served, cable):
        session = pages[0].context.new_cdp_session(pages[0])
        session.send("Page.setWebLifecycleState", {"state": "frozen"})
        cable.cut()
        enter(pages[1], "a", "4")
        shows(pages[1:], "a-is", "a 4")
        served.app.push_mods({"line": {"children": "while you slept"}})
        cable.join()
        session.send("Page.setWebLifecycleState", {"state": "active"})
        shows(pages, "line", "while you slept")
        badge(pages[0], "connected")
        expect(field(pages[0], "a")).to_have_value("4")
        enter(pages[0], "a", "5")
        shows(pages, "a-is", "a 5")
    assert device.told == [("a", 4), ("a", 5)]


def test_a_page_that_was_only_frozen_shows_what_came_meanwhile(pages: list[Page]) -> None:
    with wired(Device(), pages) as (served, _):
        session = pages[0].context.new_cdp_session(pages[0])
        session.send("Page.setWebLifecycleState", {"state": "frozen"})
        for n in range(20):
            served.app.push_mods({"line": {"children": f"line {n}"}})
        shows(pages[1:], "line", "line 19")
        session.send("Page.setWebLifecycleState", {"state": "active"})
        shows(pages, "line", "line 19")
        assert states(pages[0]) == ["connected"]


def wake_by_network(page: Page) -> None:
    page.context.set_offline(False)


def wake_by_look(page: Page) -> None:
    page.context.set_offline(False)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize("wake", [wake_by_network, wake_by_look])
def test_a_page_connects_at_once_when_its_network_or_its_reader_comes_back(
    pages: list[Page], wake: Callable[[Page], None]
) -> None:
    pages[0].clock.install()
    with wired(Device(), pages) as (served, cable):
        pages[0].context.set_offline(True)
        lose(pages[0], cable)
        for _ in range(4):
            pages[0].clock.fast_forward(MINUTE_MS)
        # No timer runs from here on: only what wakes the page can make it connect.
        pages[0].clock.pause_at(pages[0].evaluate("Date.now() + 1000") / 1000)
        until(pages[0], "sockets === 0")
        cable.join()
        served.app.push_mods({"line": {"children": "missed"}})
        wake(pages[0])
        until(pages[0], "dash_devices.state === 'connected'")
        shows(pages[:1], "line", "missed")


# -- links that are worse than broken ------------------------------------------------------------


def test_a_link_on_which_bytes_vanish_is_given_up_and_replaced(pages: list[Page]) -> None:
    pages[0].clock.install()
    device = Device()
    with wired(device, pages) as (served, cable):
        cable.mute("up", "down")
        enter(pages[0], "a", "8")
        served.app.push_mods({"line": {"children": "vanished"}})
        assert pages[0].evaluate("dash_devices.state") == "connected"
        for _ in range(4):  # it asks after ten seconds, and waits five for the answer
            pages[0].clock.fast_forward(11_000)
        until(pages[0], "dash_devices.state !== 'connected'")
        assert device.told == []
        come_back_after_silence(pages[0], cable)
        shows(pages, "line", "vanished")
        shows(pages, "a-is", "a 8")
    assert device.told == [("a", 8)]


def come_back_after_silence(page: Page, cable: Cable) -> None:
    """Join the cable, and let the attempt that hangs in it be given up after its ten seconds."""
    cable.join()
    while page.evaluate("dash_devices.state") != "connected":
        page.clock.fast_forward(2_000)
        page.wait_for_timeout(50)
    settle([page])


def test_a_click_that_vanished_arrives_once_or_is_reported_but_not_both(pages: list[Page]) -> None:
    pages[0].clock.install()
    device = Device()
    with wired(device, pages) as (_, cable):
        cable.mute("up", "down")
        pages[0].click("#click")
        for _ in range(4):
            pages[0].clock.fast_forward(11_000)
        until(pages[0], "dash_devices.state !== 'connected'")
        come_back_after_silence(pages[0], cable)
        settle(pages)
        said = pages[0].evaluate("said")
    assert (device.told, said) in (([("click", 1)], []), ([], [["click.n_clicks"]]))


def test_a_quiet_link_carries_a_question_and_an_answer_so_that_no_proxy_drops_it(
    pages: list[Page],
) -> None:
    pages[0].clock.install()
    sent: list[str] = []
    pages[0].on("websocket", lambda ws: ws.on("framesent", lambda frame: sent.append(str(frame))))
    brought = messages(pages[0])
    with wired(Device(), pages):
        for count in range(1, 4):
            pages[0].clock.fast_forward(11_000)
            until(pages[0], "true")
            while sum(message["t"] == "pong" for message in brought) < count:
                pages[0].wait_for_timeout(20)
        assert states(pages[0]) == ["connected"]
    assert sum('"ping"' in text for text in sent) >= 3


def test_behind_a_proxy_that_drops_idle_sockets_nothing_is_lost_or_doubled(
    pages: list[Page],
) -> None:
    device = Device()
    with (
        serving(device.app) as served,
        contextlib.closing(Cable(served.port)) as proxy,
    ):
        visit(pages[:1], proxy.url)
        visit(pages[1:], served.url)
        proxy.drop_idle(0.3)
        lose(pages[0], proxy)
        proxy.join()
        for n in range(1, 4):
            drops = pages[0].evaluate("states.filter((s) => s === 'reconnecting').length")
            until(
                pages[0],
                "(n) => states.filter((s) => s === 'reconnecting').length > n",
                drops,
            )
            served.app.push_mods({"line": {"children": f"line {n}"}})
            enter(pages[0], "a", str(n))
            pages[0].click("#click")
            shows(pages, "line", f"line {n}")
            shows(pages, "a-is", f"a {n}")
            device.until_told("click", n)
    assert device.told == [told for n in range(1, 4) for told in (("a", n), ("click", n))]


# -- received, but not confirmed -----------------------------------------------------------------


def test_a_click_that_was_received_but_not_confirmed_runs_once_and_is_not_reported(
    pages: list[Page],
) -> None:
    device = Device()
    with wired(device, pages) as (_, cable):
        cable.mute("down")
        pages[0].click("#click")
        device.until_told("click", 1)
        lose(pages[0], cable)
        come_back(pages[0], cable)
        settle(pages)
        assert device.told == [("click", 1)]
        assert pages[0].evaluate("said") == []
        pages[0].click("#click")
        device.until_told("click", 2)
        settle(pages)
    assert device.told == [("click", 1), ("click", 2)]


def test_a_value_that_was_received_but_not_confirmed_does_not_undo_a_newer_one(
    pages: list[Page],
) -> None:
    device = Device()
    with wired(device, pages) as (_, cable):
        cable.mute("down")
        enter(pages[0], "a", "60")
        shows(pages[1:], "a-is", "a 60")
        enter(pages[1], "a", "70")
        device.until_told("a", 70)
        lose(pages[0], cable)
        come_back(pages[0], cable)
        settle(pages)
        shows(pages, "a-is", "a 70")
        for page in pages:
            expect(field(page, "a")).to_have_value("70")
    assert device.told == [("a", 60), ("a", 70)]


def test_values_and_clicks_received_but_not_confirmed_run_once_and_later_ones_follow(
    pages: list[Page],
) -> None:
    device = Device()
    with wired(device, pages) as (_, cable):
        cable.mute("down")
        enter(pages[0], "a", "1")
        pages[0].click("#click")
        enter(pages[0], "b", "2")
        device.until_told("b", 2)
        lose(pages[0], cable)
        enter(pages[0], "a", "3")
        pages[0].click("#click")
        come_back(pages[0], cable)
        device.until_told("click", 2)
        shows(pages, "a-is", "a 3")
        settle(pages)
        assert pages[0].evaluate("said") == []
    assert device.told == [("a", 1), ("click", 1), ("b", 2), ("a", 3), ("click", 2)]


def test_a_regular_callback_that_was_received_but_not_answered_is_answered_after_the_cut(
    pages: list[Page],
) -> None:
    ran: list[int] = []

    def make() -> Dash:
        app = Dash("regular")
        app.layout = html.Div(
            [ConnectionBadge("badge"), dcc.Input(id="a", type="number"), html.P(id="p")], id="page"
        )
        app.callback(Output("p", "children"), Input("a", "value"), prevent_initial_call=True)(
            lambda v: ran.append(v) or f"got {v}"
        )
        return app

    with serving(make) as served, contextlib.closing(Cable(served.port)) as cable:
        visit(pages[:1], cable.url)
        cable.mute("down")
        enter(pages[0], "a", "5")
        until(pages[0], "dash_devices.unanswered > 0")
        while not ran:
            pages[0].wait_for_timeout(20)
        lose(pages[0], cable)
        come_back(pages[0], cable)
        shows(pages[:1], "p", "got 5")


# -- another run of the server -------------------------------------------------------------------


def test_a_restarted_server_is_noticed_and_its_values_are_shown_without_a_reload(
    pages: list[Page],
) -> None:
    device = Device()
    with serving(device.app) as served:
        visit(pages, served.url)
        enter(pages[0], "a", "6")
        shows(pages, "a-is", "a 6")
        for page in pages:
            page.evaluate("window.isTheSamePage = true")
        served.stop()
        for page in pages:
            badge(page, "reconnecting")
        served.start()
        for page in pages:
            badge(page, "connected")
            expect(field(page, "a")).to_have_value("0")
            assert page.evaluate("window.isTheSamePage")
        enter(pages[1], "a", "2")
        shows(pages, "a-is", "a 2")
    assert device.told == [("a", 6), ("a", 2)]


@pytest.mark.parametrize("what", ["layout", "callbacks"])
def test_a_changed_application_loads_its_pages_again_by_itself(
    pages: list[Page], what: str
) -> None:
    runs: list[int] = []

    def make() -> Dash:
        runs.append(1)
        app = Dash("changing")
        is_new = len(runs) > 1
        title = "new" if is_new and what == "layout" else "old"
        app.layout = html.Div(
            [html.H1(title, id="title"), dcc.Input(id="a", value="x"), html.P(id="p")], id="page"
        )
        more = [Input("title", "n_clicks")] if is_new and what == "callbacks" else []
        app.callback_shared(Output("p", "children"), Input("a", "value"), *more)(
            lambda *values: f"{len(values)} inputs"
        )
        return app

    with serving(make) as served:
        visit(pages, served.url)
        shows(pages, "p", "1 inputs")
        for page in pages:
            page.evaluate("window.isTheSamePage = true")
        served.stop()
        served.start()
        for page in pages:
            page.wait_for_function("!window.isTheSamePage", timeout=10_000)
            until_connected(page)
        shows(pages, "title", "new" if what == "layout" else "old")
        shows(pages, "p", "1 inputs" if what == "layout" else "2 inputs")
