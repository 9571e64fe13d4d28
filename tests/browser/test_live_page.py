"""The Live page on a whole Vizy: two real browsers, one of them a phone."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.waiting import at_rest, until
from tests.system.processes import VizyProcesses
from tests.system.waiting import until as until_seen
from vizy.controls import ControlInfo, scalar
from web.pages.live.scale import Scale

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
TRACK = "#control-Brightness .mantine-Slider-track"
SLOW = {"VIZY_CAMERA_SET_DELAY_MS": "5-30"}


@pytest.fixture
def slow_vizy(state_dir: Path) -> Iterator[VizyProcesses]:
    """A whole Vizy whose camera takes 5 to 30 ms to take a value."""
    with VizyProcesses(state_dir, SLOW) as processes:
        yield processes


def visit(open_page: Open, vizy: VizyProcesses, **size: int) -> Page:
    """Open the page and wait until it is live."""
    page = open_page(vizy.url, **size)
    expect(page.locator("#connection-state")).to_have_text("Connected")
    expect(page.locator("#device-state")).to_have_attribute("data-state", "ready")
    expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
    return page


def both(open_page: Open, vizy: VizyProcesses) -> list[Page]:
    """A desktop and a phone."""
    return [visit(open_page, vizy), visit(open_page, vizy, **PHONE)]


def thumb(page: Page, control: str = "Brightness") -> Locator:
    """A control's handle."""
    return page.locator(f"#control-{control} [role=slider]")


def shown(page: Page, control: str = "Brightness") -> float:
    """Where a control's handle stands."""
    return float(thumb(page, control).get_attribute("aria-valuenow") or "nan")


def state_of(vizy: VizyProcesses) -> dict[str, Any]:
    with vizy.client() as client:
        return client.get("/api/v1/state").json()


def set_controls(vizy: VizyProcesses, **values: object) -> None:
    with vizy.client() as client:
        client.patch("/api/v1/controls", json=values).raise_for_status()


def captures_of(vizy: VizyProcesses) -> int:
    with vizy.client() as client:
        return client.get("/api/v1/captures").json()["count"]


def device(vizy: VizyProcesses) -> dict[str, Any]:
    """What the camera's controls are, by the API."""
    return state_of(vizy)["controls"]


def drag(page: Page, to: float, steps: int = 25) -> float:
    """Drag Brightness to a fraction of its slider's width; return the value that is there."""
    thumb(page).scroll_into_view_if_needed()
    handle, block = thumb(page).bounding_box(), page.locator(TRACK).bounding_box()
    assert handle
    assert block
    y = handle["y"] + handle["height"] / 2
    page.mouse.move(handle["x"] + handle["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(block["x"] + block["width"] * to, y, steps=steps)
    page.mouse.up()
    at_rest(page)
    return 2 * to - 1


def brightness_of(page: Page) -> float:
    """The mean of the picture on the canvas."""
    return page.evaluate(
        """() => {
            const canvas = document.querySelector('#live-view canvas');
            const small = document.createElement('canvas');
            small.width = 32; small.height = 18;
            const context = small.getContext('2d');
            context.drawImage(canvas, 0, 0, 32, 18);
            const data = context.getImageData(0, 0, 32, 18).data;
            return data.reduce((sum, v, i) => sum + (i % 4 < 3 ? v : 0), 0) / (32 * 18 * 3);
        }"""
    )


def test_brightness_moves_slider_number_and_picture_on_both(
    open_page: Open, vizy: VizyProcesses
) -> None:
    one, two = both(open_page, vizy)
    dark = brightness_of(two)
    drag(one, 0.9)
    final = shown(one)
    assert 0.7 < final <= 1
    for page in (one, two):
        expect(thumb(page)).to_have_attribute("aria-valuenow", re.compile(rf"^{final:g}$"))
        expect(page.locator("#control-Brightness .vz-number")).to_have_text(f"{final:.2f}")
    assert device(vizy)["Brightness"] == pytest.approx(final)
    until_seen(lambda: brightness_of(two) > dark + 20)
    drag(two, 0.5)


def test_twenty_drags_end_equal_on_device_and_both_pages(
    open_page: Open, slow_vizy: VizyProcesses
) -> None:
    one, two = both(open_page, slow_vizy)
    spots = random.Random(11)
    for _ in range(20):
        aimed = drag(one, spots.uniform(0.02, 0.98), steps=20)
        final = shown(one)
        assert final == pytest.approx(aimed, abs=0.03)
        assert device(slow_vizy)["Brightness"] == pytest.approx(final)
        expect(thumb(two)).to_have_attribute("aria-valuenow", f"{final:g}")


def test_two_people_dragging_at_once_end_equal(open_page: Open, slow_vizy: VizyProcesses) -> None:
    pages = both(open_page, slow_vizy)
    spots = random.Random(13)
    for _ in range(5):
        grips = []
        for page in pages:
            thumb(page).scroll_into_view_if_needed()
            handle = thumb(page).bounding_box()
            block = page.locator(TRACK).bounding_box()
            assert handle
            assert block
            grips.append((block, handle["y"] + handle["height"] / 2))
            page.mouse.move(handle["x"] + handle["width"] / 2, grips[-1][1])
            page.mouse.down()
        for _ in range(12):
            for page, (block, y) in zip(pages, grips, strict=True):
                page.mouse.move(block["x"] + block["width"] * spots.uniform(0.05, 0.95), y)
        for page in pages:
            page.mouse.up()
        for page in pages:
            at_rest(page)
        final = device(slow_vizy)["Brightness"]
        for page in pages:
            expect(thumb(page)).to_have_attribute("aria-valuenow", f"{final:g}")


def test_a_change_by_the_api_or_the_command_reaches_every_page(
    open_page: Open, vizy: VizyProcesses
) -> None:
    pages = both(open_page, vizy)
    for value in (0.25, -0.5, 0.0):
        set_controls(vizy, Brightness=value)
        for page in pages:
            expect(thumb(page)).to_have_attribute("aria-valuenow", f"{value:g}")


def test_keys_move_a_control_and_every_control_has_a_name(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = visit(open_page, vizy)
    thumb(page, "Saturation").press("ArrowRight")
    at_rest(page)
    assert device(vizy)["Saturation"] > 1
    names = page.locator("[role=slider]").evaluate_all("all => all.map(e => e.ariaLabel)")
    assert all(names)
    assert "Brightness" in names


def test_a_control_that_has_no_effect_now_cannot_be_moved(
    open_page: Open, vizy: VizyProcesses
) -> None:
    one, two = both(open_page, vizy)
    expect(thumb(two, "ExposureTime")).to_have_attribute("data-disabled", "true")
    one.locator("#control-AeEnable label").first.click()
    for page in (one, two):
        expect(thumb(page, "ExposureTime")).not_to_have_attribute("data-disabled", "true")
        expect(page.locator("#control-AeEnable input")).not_to_be_checked()
    two.click(".vz-tab[data-group=exposure]")
    thumb(two, "ExposureTime").press("End")
    at_rest(two)
    assert device(vizy)["ExposureTime"] == 11_766_829
    expect(one.locator("#control-ExposureTime .vz-number")).to_have_text("11.8 s")
    set_controls(vizy, AeEnable=True, ExposureTime=20_000)
    expect(one.locator("#control-AeEnable input")).to_be_checked()


def test_a_capture_appears_in_both_filmstrips_and_opens_in_full_size(
    open_page: Open, vizy: VizyProcesses
) -> None:
    one, two = both(open_page, vizy)
    two.click("#capture")
    newest = one.locator("#filmstrip a").first
    expect(newest).to_be_visible()
    href = newest.get_attribute("href")
    expect(two.locator("#filmstrip a").first).to_have_attribute("href", href or "")
    for page in (one, two):
        image = page.locator("#filmstrip img").first
        until_seen(lambda image=image: image.evaluate("e => e.complete && e.naturalWidth > 0"))
    expect(two.locator("#notice")).to_contain_text("Saved")
    newest.click()
    still = state_of(vizy)["camera"]["still_size"]
    until(one, f"document.querySelector('.vz-pane img')?.naturalWidth === {still['width']}")
    until(one, f"document.querySelector('.vz-pane img').naturalHeight === {still['height']}")


def test_the_space_bar_takes_a_picture(open_page: Open, vizy: VizyProcesses) -> None:
    page = visit(open_page, vizy)
    before = captures_of(vizy)
    page.keyboard.press("Space")
    until_seen(lambda: captures_of(vizy) == before + 1)


def test_the_same_notice_is_shown_again(open_page: Open, vizy: VizyProcesses) -> None:
    page = visit(open_page, vizy)
    notice = page.locator("#notice")
    page.click("#capture")
    expect(notice).to_have_class(re.compile("is-shown"))
    count = notice.get_attribute("data-count")
    expect(notice).not_to_have_class(re.compile("is-shown"))
    page.click("#capture")
    expect(notice).not_to_have_attribute("data-count", count or "")
    expect(notice).to_have_class(re.compile("is-shown"))


def test_a_full_disk_is_said_on_the_page(open_page: Open, state_dir: Path) -> None:
    with VizyProcesses(state_dir, {"VIZY_STORAGE_FLOOR_BYTES": str(1 << 60)}) as vizy:
        page = open_page(vizy.url)
        expect(page.locator("#device-state")).to_have_text("Disk full")
        expect(page.locator("#live-message")).to_contain_text("free")
        page.click("#capture")
        expect(page.locator("#notice")).to_contain_text("free")
        assert captures_of(vizy) == 0


def test_a_killed_daemon_is_said_at_once_and_comes_back_without_a_reload(
    open_page: Open, slow_vizy: VizyProcesses
) -> None:
    pages = both(open_page, slow_vizy)
    drag(pages[0], 0.8)
    final = shown(pages[0])
    for page in pages:
        page.evaluate("window.isTheSamePage = true")
    slow_vizy.kill("hardware")
    for page in pages:
        expect(page.locator("#device-state")).to_have_text(re.compile("Camera away"))
        expect(page.locator("#capture")).to_be_disabled()
        expect(page.locator("#live-message")).to_contain_text("comes back by itself")
    slow_vizy.start("hardware")
    for page in pages:
        expect(page.locator("#device-state")).to_have_attribute("data-state", "ready")
        expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
        expect(page.locator("#capture")).to_be_enabled()
        expect(thumb(page)).to_have_attribute(
            "aria-valuenow", f"{device(slow_vizy)['Brightness']:g}"
        )
        assert page.evaluate("window.isTheSamePage === true")
    assert -1 <= final <= 1


def test_a_killed_web_process_comes_back_without_a_reload(
    open_page: Open, slow_vizy: VizyProcesses
) -> None:
    pages = both(open_page, slow_vizy)
    for page in pages:
        page.evaluate("window.isTheSamePage = true")
    slow_vizy.kill("web")
    for page in pages:
        expect(page.locator("#connection-state")).not_to_have_text("Connected")
    slow_vizy.start("web")
    set_controls(slow_vizy, Brightness=0.4)
    for page in pages:
        expect(page.locator("#connection-state")).to_have_text("Connected")
        expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
        expect(thumb(page)).to_have_attribute("aria-valuenow", "0.4")
        assert page.evaluate("window.isTheSamePage === true")
    drag(pages[1], 0.1)
    expect(thumb(pages[0])).to_have_attribute("aria-valuenow", f"{shown(pages[1]):g}")


def test_a_page_opened_before_the_camera_gets_its_controls_when_it_comes(
    open_page: Open, state_dir: Path
) -> None:
    vizy = VizyProcesses(state_dir)
    try:
        vizy.start("web")
        page = open_page(vizy.url, **PHONE)
        expect(page.locator("#device-state")).to_contain_text("Camera away")
        expect(page.locator("#controls")).to_contain_text("as soon as the camera answers")
        vizy.start("hardware")
        expect(thumb(page)).to_have_attribute("aria-valuenow", "0")
        expect(page.locator("#device-state")).to_have_attribute("data-state", "ready")
        thumb(page).press("End")
        at_rest(page)
        assert device(vizy)["Brightness"] == 1
        expect(page.locator("#control-Brightness .vz-number")).to_have_text("1.00")
    finally:
        vizy.__exit__(None, None, None)


def test_everything_comes_from_the_device(open_page: Open, vizy: VizyProcesses) -> None:
    asked: list[str] = []
    page = open_page("about:blank")
    page.on("request", lambda request: asked.append(request.url))
    page.goto(vizy.url)
    expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
    foreign = [url for url in asked if not url.startswith((vizy.url, "data:", "blob:", "about:"))]
    assert foreign == []
    assert not [url for url in asked if "plotly" in url]


@pytest.mark.parametrize("width", [360, 390, 820, 1280, 2560])
def test_nothing_is_cut_off_at_any_width(open_page: Open, vizy: VizyProcesses, width: int) -> None:
    page = visit(open_page, vizy, width=width, height=844 if width < 900 else 800)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("#capture", ".vz-stage", "#filmstrip", "#device-state", "#connection-state"):
        box = page.locator(name).bounding_box()
        assert box, name
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= width + 1, name
    capture, stage = page.locator("#capture").bounding_box(), page.locator("#stage").bounding_box()
    assert capture
    assert stage
    assert min(capture["width"], capture["height"]) >= 44
    assert stage["y"] + stage["height"] <= capture["y"]


STYLE = "(e, name) => getComputedStyle(e).getPropertyValue(name)"
SHIFTS = """window.shifts = [];
const name = (node) => node && (node.id || node.className || node.nodeName);
new PerformanceObserver((list) => list.getEntries().forEach((e) =>
    shifts.push([e.value, e.sources.map(({node}) => name(node))])))
    .observe({type: "layout-shift", buffered: true});"""


def test_the_page_writes_every_number_as_the_server_does(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = visit(open_page, vizy)
    for described in state_of(vizy)["camera"]["controls"]:
        info = msgspec.convert(described, ControlInfo)
        if info.minimum is None or info.maximum is None or info.size is not None:
            continue
        scale = Scale.of(info)
        least, most = scalar(info.minimum), scalar(info.maximum)
        low, high = (0.0, 1.0) if scale.is_bent else (least, most)
        places = [low + (high - low) * i / 2000 for i in range(2001)]
        shown = page.evaluate(
            "([places, scale]) => places.map((p) => dash_clientside.vizy.number(p, scale))",
            [places, scale.for_page()],
        )
        assert shown == [scale.text(scale.value(place)) for place in places], info.name


def test_a_screen_reader_hears_the_value_and_not_the_position(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = visit(open_page, vizy)
    expect(thumb(page, "Contrast")).to_have_attribute("aria-valuetext", "1.00")
    thumb(page, "Contrast").press("ArrowRight")
    expect(thumb(page, "Contrast")).to_have_attribute("aria-valuetext", "1.05")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#connection-state")).to_have_attribute("aria-live", "off")
    thumb(page, "Contrast").press("ArrowLeft")
    at_rest(page)


def test_a_move_by_somebody_else_glides_and_is_marked_and_an_own_one_is_not(
    open_page: Open, vizy: VizyProcesses
) -> None:
    one, two = both(open_page, vizy)
    assert thumb(two).evaluate(STYLE, "transition-duration") == "0.12s"
    thumb(one).hover()
    one.mouse.down()
    assert thumb(one).evaluate(STYLE, "transition-duration") == "0s"
    box = thumb(one).bounding_box()
    assert box
    one.mouse.move(box["x"] + 60, box["y"] + 12, steps=4)
    expect(two.locator("#control-Brightness")).to_have_attribute("data-moved", "")
    expect(one.locator("#control-Brightness")).not_to_have_attribute("data-moved", "")
    one.mouse.up()
    expect(two.locator("#control-Brightness")).not_to_have_attribute("data-moved", "")
    drag(one, 0.5)


def test_keys_work_everywhere_but_where_they_are_needed(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = visit(open_page, vizy)
    keys, panel = page.locator("#keys"), page.locator("#controls")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("c")
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.locator("#capture").focus()
    page.keyboard.press("c")
    expect(panel).to_be_hidden()
    expect(page.locator("#fold")).to_have_attribute("aria-expanded", "false")
    page.click("#fold")
    expect(panel).to_be_visible()
    thumb(page).press("c")
    expect(panel).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    before = captures_of(vizy)
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    assert captures_of(vizy) == before


def test_nothing_jumps_when_the_first_picture_is_taken(open_page: Open, state_dir: Path) -> None:
    with VizyProcesses(state_dir) as vizy:
        page = open_page(vizy.url, script=SHIFTS, **PHONE)
        expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
        page.click("#capture")
        expect(page.locator("#filmstrip a")).to_have_count(1)
        page.wait_for_timeout(300)
        shifts = page.evaluate("shifts")
        assert sum(value for value, _ in shifts) < 0.002, shifts


def test_a_finger_that_scrolls_the_panel_does_not_move_the_camera(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = open_page(vizy.url, has_touch=True, is_mobile=True, **PHONE)
    expect(page.locator("#device-state")).to_have_attribute("data-state", "ready")
    page.click(".vz-tab[data-group=exposure]")
    track = page.locator("#control-Contrast .mantine-Slider-track").bounding_box()
    assert track
    before = device(vizy)["Contrast"]
    page.touchscreen.tap(track["x"] + track["width"] * 0.8, track["y"] + 4)
    at_rest(page)
    assert device(vizy)["Contrast"] == before
    assert page.evaluate("""() => {
        const thumb = document.querySelector('#control-Contrast [role=slider]');
        const box = thumb.getBoundingClientRect();
        const x = box.x + box.width / 2 + 20, y = box.y + box.height / 2 + 20;
        return document.elementFromPoint(x, y).closest('[role=slider]') !== null;
    }"""), "the handle's target is smaller than 44 px"


@pytest.mark.parametrize(("width", "height"), [(740, 360), (844, 390), (932, 430)])
def test_a_phone_on_its_side_shows_picture_shutter_and_controls_at_once(
    open_page: Open, vizy: VizyProcesses, width: int, height: int
) -> None:
    page = visit(open_page, vizy, width=width, height=height)
    stage = page.locator("#stage").bounding_box()
    assert stage
    assert stage["width"] > width * 0.5
    assert stage["width"] / stage["height"] == pytest.approx(16 / 9, rel=0.01)
    assert stage["y"] + stage["height"] <= height
    for name in ("#capture", "#control-Brightness"):
        box = page.locator(name).bounding_box()
        assert box, name
        assert box["x"] >= stage["x"] + stage["width"], name
        assert box["x"] + box["width"] <= width, name
        assert box["y"] + box["height"] <= height, name


def test_a_lost_server_is_said_in_a_sentence_and_once_aloud(
    open_page: Open, state_dir: Path
) -> None:
    with VizyProcesses(state_dir) as vizy:
        page = visit(open_page, vizy)
        expect(page.locator("#link-message")).to_be_hidden()
        vizy.kill("web")
        expect(page.locator("#link-message")).to_be_visible()
        expect(page.locator("#announce")).to_have_text("Connection lost, trying again")
        vizy.start("web")
        expect(page.locator("#link-message")).to_be_hidden()
        expect(page.locator("#announce")).to_have_text("Connected again")
