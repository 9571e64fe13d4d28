"""The examples, driven as people would: each in several real browsers that look at one server."""

import contextlib
import re
import runpy
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from dash_devices import Dash
from examples import (
    brownian,
    chains,
    login,
    random_numbers,
    shared_slider,
    thermostat,
    two_robots,
)
from tests.browser.serving import Cable, serving
from tests.browser.visiting import handle, profiles, settle, shows, visit
from tests.browser.waiting import until

pytestmark = pytest.mark.browser

FOLDER = Path(brownian.__file__).parent
PROGRAMS = sorted(FOLDER.glob("*.py"))

PLOT = "document.querySelector('.js-plotly-plot')"


def received(page: Page) -> list[str]:
    """Collect what the server sends to a page from its next connection on."""
    frames: list[str] = []
    page.on("websocket", lambda s: s.on("framereceived", lambda frame: frames.append(str(frame))))
    return frames


def points(page: Page, trace: int = 0) -> list[float]:
    """What a page's graph has drawn, from left to right."""
    return page.evaluate(f"Array.from({PLOT}?.data?.[{trace}]?.y || [])")


def has_points(page: Page, count: int) -> None:
    """Wait until a page's graph has that many points, or more."""
    until(page, f"({PLOT}?.data?.[0]?.y || []).length >= {count}")


def texts(page: Page, selector: str) -> list[str]:
    """The texts of some elements."""
    return page.locator(selector).all_inner_texts()


def noting(built: list[Any], kind: type) -> type:
    """A class whose objects are noted as they are made."""

    class Noted(kind):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            built.append(self)

    return Noted


def rests(page: Page, count: Callable[[], int]) -> None:
    """Wait until a count no longer changes; ``page`` lets time pass."""
    before = -1
    for _ in range(50):
        if count() == before:
            return
        before = count()
        page.wait_for_timeout(300)
    raise AssertionError(f"still counting: {count()}")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_an_example_that_is_started_says_where_and_serves(
    program: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[dict[str, Any]] = []
    monkeypatch.setattr(Dash, "run", lambda app, **options: started.append(options))
    runpy.run_path(str(program))
    assert started == []
    runpy.run_path(str(program), run_name="__main__")
    assert started == [{"port": 8050}]
    assert ("The password is" in capsys.readouterr().out) == (program.stem == "login")
    assert f"`{program.name}`" in (FOLDER / "README.md").read_text()
    assert len(program.read_text().splitlines()) <= 122


def test_brownian_grows_in_the_same_plot_and_only_new_points_travel(
    pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brownian, "STEP_S", 0.1)
    frames = received(pages[0])
    with serving(brownian.make) as served:
        visit(pages, served.url)
        for page in pages:
            has_points(page, 2)
            page.evaluate(f"window.plot = {PLOT}")
        frames.clear()
        seen = len(points(pages[0]))
        for page in pages:
            has_points(page, seen + 5)
            assert page.evaluate(f"window.plot === {PLOT}")
        with_points = [frame for frame in frames if '"figure"' in frame]
        assert with_points
        assert all('"__dash_patch_update"' in frame for frame in with_points)
        assert not any('"layout"' in frame for frame in with_points)


def test_brownian_is_paused_resumed_and_reset_for_everybody(
    chromium: Browser, pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brownian, "STEP_S", 0.1)
    walks: list[brownian.Walk] = []
    monkeypatch.setattr(brownian, "Walk", noting(walks, brownian.Walk))
    with serving(brownian.make) as served:
        visit(pages, served.url)
        has_points(pages[0], 3)
        pages[0].click("#pause")
        shows(pages, "pause", "Resume")
        rests(pages[0], lambda: walks[0].steps)
        settle(pages)
        assert points(pages[0]) == points(pages[1])
        with profiles(chromium, 1) as later:
            visit(later, served.url)
            has_points(later[0], 3)
            assert points(later[0]) == points(pages[0])
            shows(later, "pause", "Resume")
        pages[1].click("#reset")
        for page in pages:
            until(page, f"{PLOT}.data[0].y.join() === '0'")
        handle(pages[0], "variance").press("Home")
        expect(handle(pages[1], "variance")).to_have_attribute("aria-valuenow", "0")
        pages[1].click("#pause")
        shows(pages, "pause", "Pause")
        for page in pages:
            has_points(page, 4)
            assert set(points(page)) == {0}


def test_brownian_keeps_the_last_points_only(
    pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brownian, "STEP_S", 0.05)
    monkeypatch.setattr(brownian, "MAX_POINTS", 5)
    with serving(brownian.make) as served:
        visit(pages, served.url)
        for page in pages:
            until(page, f"({PLOT}?.data?.[0]?.x || [0])[0] > 3")
            assert len(points(page)) == 5


def test_brownian_measures_the_way_there_and_back_in_each_page(pages: list[Page]) -> None:
    with serving(brownian.make) as served:
        visit(pages, served.url)
        for page in pages:
            said = re.compile(r"^Ping [2-9]: \d+\.\d ms there and back$")
            expect(page.locator("#round-trip")).to_have_text(said, timeout=20_000)


def test_random_numbers_are_drawn_from_the_first_browser_to_the_last(
    chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random_numbers, "EVERY_S", 0.1)
    drawn: list[int] = []
    rows = random_numbers.rows
    monkeypatch.setattr(random_numbers, "rows", lambda n: (drawn.append(len(n)), rows(n))[1])
    with serving(random_numbers.make) as served:
        assert drawn == []
        with profiles(chromium, 1) as watching:
            with profiles(chromium) as pages:
                visit(pages, served.url)
                shows(pages, "watching", "2 browsers are watching.")
                expect(pages[1].locator("#own li")).to_have_count(10, timeout=20_000)
            visit(watching, served.url)
            shows(watching, "watching", "1 browser is watching.")
            expect(watching[0].locator("#shared li")).to_have_count(10, timeout=20_000)
            watching[0].goto("about:blank")
            rests(watching[0], lambda: len(drawn))
            visit(watching, served.url)
            so_far = len(drawn)
            expect(watching[0].locator("#own li")).to_have_count(10, timeout=20_000)
            assert len(drawn) > so_far


def test_random_numbers_are_the_same_on_the_left_and_others_on_the_right(
    pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random_numbers, "EVERY_S", 0.5)
    with serving(random_numbers.make) as served:
        visit(pages, served.url)
        for page in pages:
            expect(page.locator("#own li")).to_have_count(4, timeout=20_000)
        shared = [set(texts(page, "#shared li")) for page in pages]
        own = [set(texts(page, "#own li")) for page in pages]
        assert shared[0] & shared[1]
        assert not own[0] & own[1]
        assert not own[0] & shared[0]


def test_a_shared_slider_moves_for_everybody_and_an_own_one_does_not(pages: list[Page]) -> None:
    with serving(shared_slider.make) as served:
        visit(pages, served.url)
        for name in ("shared", "own"):
            shows(pages, f"{name}-text", "Nobody is at 20")
            handle(pages[0], f"{name}-slider").press("ArrowRight")
            pages[0].locator(f"#{name}-name").press_sequentially("Ada")
        shows(pages, "shared-text", "Ada is at 21")
        expect(handle(pages[1], "shared-slider")).to_have_attribute("aria-valuenow", "21")
        expect(pages[1].locator("#shared-name")).to_have_value("Ada")
        shows(pages[:1], "own-text", "Ada is at 21")
        shows(pages[1:], "own-text", "Nobody is at 20")
        expect(handle(pages[1], "own-slider")).to_have_attribute("aria-valuenow", "20")


def test_a_thermostat_heats_to_a_target_that_anybody_may_set(
    pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thermostat, "TICK_S", 0.1)
    with serving(thermostat.make) as served:
        visit(pages, served.url)
        for page in pages:
            has_points(page, 2)
            page.evaluate(f"window.plot = {PLOT}")
        handle(pages[0], "target").press("End")
        expect(handle(pages[1], "target")).to_have_attribute("aria-valuenow", "28")
        shows(pages, "heater", "Heating")
        seen = len(points(pages[0]))
        for page in pages:
            has_points(page, seen + 5)
            assert page.evaluate(f"window.plot === {PLOT}")
            assert points(page)[-1] > points(page)[seen]
            assert points(page, 1)[-1] == 28
            assert 0 < float(page.locator("#progress").get_attribute("value") or 0) < 1
        handle(pages[1], "target").press("Home")
        shows(pages, "heater", "Heater off")
        shows(pages, "way", "100% of the way from outside to the target")


def test_a_thermostats_clock_runs_only_while_somebody_looks(
    pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thermostat, "TICK_S", 0.05)
    rooms: list[thermostat.Room] = []
    monkeypatch.setattr(thermostat, "Room", noting(rooms, thermostat.Room))
    with serving(thermostat.make) as served:
        assert rooms[0].minute == 0
        visit(pages, served.url)
        has_points(pages[0], 3)
        for page in pages:
            page.goto("about:blank")
        rests(pages[0], lambda: rooms[0].minute)
        before = rooms[0].minute
        visit(pages[:1], served.url)
        has_points(pages[0], before + 3)


def log_in(page: Page, password: str) -> None:
    page.fill("#password", password)
    page.press("#password", "Enter")


def write(page: Page, note: str) -> None:
    page.fill("#note", note)
    page.click("#save")


def test_a_note_is_shown_to_those_who_logged_in_and_told_to_nobody_else(
    chromium: Browser,
) -> None:
    ask = """fetch('/_dash-update-component', {method: 'POST', body: JSON.stringify({
        output: 'body.children', outputs: {id: 'body', property: 'children'},
        inputs: [{id: 'log-out', property: 'n_clicks', value: 1}],
        changedPropIds: ['log-out.n_clicks']})}).then((answer) => answer.status)"""
    with (
        serving(lambda: login.make("open sesame", wait_s=0)) as served,
        profiles(chromium, 3) as (ada, eve, stranger),
    ):
        told = received(stranger)
        visit([ada, eve, stranger], served.url)
        assert served.app.clients[0].authentication is None
        log_in(ada, "open barley")
        shows([ada], "message", "That is not the password.")
        for page in (ada, eve):
            log_in(page, "open sesame")
            expect(page.locator("#note")).to_be_visible()
            expect(page.locator("#password")).to_have_count(0)
        assert served.app.clients[0].authentication == "owner"
        write(ada, "treasure")
        expect(eve.locator("#note")).to_have_value("treasure")
        expect(stranger.locator("#password")).to_be_visible()
        assert stranger.evaluate(ask) == 403
        assert told
        assert not any("treasure" in frame for frame in told)
        url = f"{served.url}_dash-update-component"
        assert httpx.post(url, json={"output": "body.children"}).status_code == 403
        eve.click("#log-out")
        expect(eve.locator("#password")).to_be_visible()
        assert eve.evaluate(ask) == 403
        expect(ada.locator("#note")).to_have_value("treasure")
        log_in(eve, "open sesame")
        expect(eve.locator("#note")).to_have_value("treasure")


def test_wrong_passwords_make_their_address_wait(pages: list[Page]) -> None:
    with serving(lambda: login.make("open sesame", wait_s=1000)) as served:
        visit(pages, served.url)
        log_in(pages[0], "open barley")
        shows(pages[:1], "message", "That is not the password.")
        for page in pages:
            log_in(page, "open sesame")
            said = re.compile(r"^Too many tries: wait \d+ s\.$")
            expect(page.locator("#message")).to_have_text(said)
            expect(page.locator("#note")).to_have_count(0)


def test_a_login_outlives_a_broken_connection_and_no_reload(pages: list[Page]) -> None:
    with (
        serving(lambda: login.make("open sesame", wait_s=0)) as served,
        contextlib.closing(Cable(served.port)) as cable,
    ):
        visit(pages[1:], served.url)
        visit(pages[:1], cable.url)
        for page in pages:
            log_in(page, "open sesame")
            expect(page.locator("#note")).to_be_visible()
        cable.cut()
        badge = pages[0].locator("#connection")
        expect(badge).to_have_attribute("data-state", "reconnecting")
        cable.join()
        expect(badge).to_have_attribute("data-state", "connected", timeout=20_000)
        write(pages[0], "still here")
        expect(pages[1].locator("#note")).to_have_value("still here")
        pages[0].reload()
        expect(pages[0].locator("#password")).to_be_visible()
        expect(pages[0].locator("#note")).to_have_count(0)
        cable.cut()  # it leads nowhere soon
        served.stop()
        served.start()
        # The server is another one: it knows nobody.
        expect(pages[1].locator("#password")).to_be_visible(timeout=20_000)
        expect(pages[1].locator("#note")).to_have_count(0)


def test_who_drives_the_same_robot_sees_it_move_when_they_look(
    pages: list[Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(two_robots, "STEP_TAKES_S", 0.02)
    with serving(two_robots.make) as served:
        visit(pages, served.url)
        for page in pages:
            expect(page.locator("#cockpit")).to_be_hidden()
            page.click("#left")
        shows(pages, "name", "The left robot")
        shows(pages, "seen", "At 5 of 10")
        pages[0].click("#forward")
        shows(pages[:1], "seen", "At 6 of 10")
        settle(pages)
        shows(pages[1:], "seen", "At 5 of 10")
        pages[1].click("#look")
        shows(pages[1:], "seen", "At 6 of 10")
        pages[1].click("#leave")
        pages[1].click("#right")
        shows(pages[1:], "name", "The right robot")
        pages[1].click("#back")
        shows(pages[1:], "seen", "At 4 of 10")
        pages[0].click("#look")
        settle(pages)
        shows(pages[:1], "seen", "At 6 of 10")


def test_one_robot_takes_turns_and_two_do_not_wait_for_each_other(
    chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(two_robots, "STEP_TAKES_S", 0.02)
    release = threading.Event()

    class Stuck(two_robots.Robot):
        def move(self, by: int) -> None:
            if self.name == "left":
                assert release.wait(20)
            super().move(by)

    monkeypatch.setattr(two_robots, "Robot", Stuck)
    with serving(two_robots.make) as served, profiles(chromium, 3) as (one, two, other):
        visit([one, two, other], served.url)
        for page, name in ((one, "left"), (two, "left"), (other, "right")):
            page.click(f"#{name}")
        shows([one, two, other], "seen", "At 5 of 10")
        try:
            for page in (one, two, other):
                page.click("#forward")
            shows([other], "seen", "At 6 of 10")
            shows([one, two], "seen", "At 5 of 10")
        finally:
            release.set()
        shows([one], "seen", "At 6 of 10")
        shows([two], "seen", "At 7 of 10")


def test_a_chain_runs_on_the_server_and_a_callback_is_added_to_open_pages(
    pages: list[Page],
) -> None:
    colour = "getComputedStyle(document.getElementById('colour')).backgroundColor"
    with serving(chains.make) as served:
        visit(pages, served.url)
        shows(pages, "kelvin", "293.15")
        for page in pages:
            page.evaluate("window.isTheSamePage = true")
            expect(page.locator("#colour")).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
        before = pages[1].evaluate(colour)
        handle(pages[0], "celsius").press("End")
        shows(pages, "kelvin", "373.15")
        for page in pages:
            until(page, f"(before) => {colour} !== before", before)
        handle(pages[1], "celsius").press("Home")
        shows(pages, "kelvin", "253.15")
        shows(pages, "fahrenheit", "not known yet")
        pages[1].click("#add")
        shows(pages, "fahrenheit", "-4.0")
        for page in pages:
            expect(page.locator("#add")).to_be_disabled()
        handle(pages[0], "celsius").press("ArrowRight")
        shows(pages, "fahrenheit", "-2.2")
        for page in pages:
            assert page.evaluate("window.isTheSamePage")
