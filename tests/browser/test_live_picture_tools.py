"""Zoom, freeze, overlays, full screen and who watches, on a whole Vizy in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.system.processes import VizyProcesses
from tests.system.waiting import until as until_seen

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
COVERS = """() => {
    const stage = document.getElementById('stage').getBoundingClientRect();
    const view = document.getElementById('live-view').getBoundingClientRect();
    return view.left <= stage.left + 1 && view.top <= stage.top + 1 &&
        view.right >= stage.right - 1 && view.bottom >= stage.bottom - 1;
}"""
FINGERS = """async (moves) => {
    const stage = document.getElementById('stage');
    for (const [type, pointerId, clientX, clientY] of moves) {
        const at = {pointerId, clientX, clientY, bubbles: true, pointerType: 'touch'};
        stage.dispatchEvent(new PointerEvent(type, at));
    }
}"""


def live(open_page: Open, vizy: VizyProcesses, **options: object) -> Page:
    """Open the page and wait until it is live."""
    page = open_page(vizy.url, **options)
    expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
    return page


def test_wheel_keys_and_fingers_zoom_within_limits_and_the_picture_is_never_lost(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = live(open_page, vizy)
    zoom = page.locator("#zoom")
    expect(zoom).to_have_text("1.0×")
    page.mouse.move(300, 100)
    for _ in range(12):
        page.mouse.wheel(0, -100)
    expect(zoom).to_have_text("8.0×")
    assert page.evaluate(COVERS)
    page.mouse.down()
    page.mouse.move(900, 500, steps=5)
    page.mouse.up()
    for key in ("ArrowRight", "ArrowDown", "-", "ArrowLeft", "ArrowUp"):
        for _ in range(12):
            page.keyboard.press(key)
        assert page.evaluate(COVERS), key
    page.keyboard.press("+")
    expect(zoom).to_have_text(re.compile(r"^1\.[23]×$"))
    page.set_viewport_size({"width": 500, "height": 900})
    assert page.evaluate(COVERS)
    page.keyboard.press("0")
    expect(zoom).to_have_text("1.0×")
    page.evaluate(
        FINGERS,
        [
            ["pointerdown", 1, 200, 150],
            ["pointerdown", 2, 220, 150],
            ["pointermove", 2, 260, 150],
            ["pointerup", 1, 200, 150],
            ["pointerup", 2, 260, 150],
        ],
    )
    expect(zoom).to_have_text("3.0×")
    zoom.click()
    expect(zoom).to_have_text("1.0×")
    page.locator("#stage").dblclick(position={"x": 100, "y": 120})
    expect(zoom).to_have_text("2.5×")
    assert page.evaluate(COVERS)


def test_a_frozen_picture_stays_says_so_and_the_shutter_still_works(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = live(open_page, vizy)
    page.keyboard.press("p")
    expect(page.locator("#frozen-message")).to_be_visible()
    expect(page.locator("[data-tool=freeze]")).to_have_attribute("aria-pressed", "true")
    data = "() => document.querySelector('#frozen canvas').toDataURL()"
    before = page.evaluate(data)
    page.keyboard.press("Space")
    expect(page.locator("#notice")).to_contain_text("Saved")
    assert page.evaluate(data) == before
    page.click("#frozen-message")
    expect(page.locator("#frozen canvas")).to_have_count(0)
    expect(page.locator("#frozen-message")).to_be_hidden()


def test_grid_histogram_and_full_screen_are_shown_and_the_strip_steps_back(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = live(open_page, vizy)
    strip = page.locator("#picture-tools")
    expect(strip).to_have_css("opacity", "0")
    page.mouse.move(500, 300)
    expect(strip).to_have_css("opacity", "1")
    page.click("[data-tool=grid]")
    expect(page.locator("#grid")).to_be_visible()
    page.keyboard.press("h")
    drawn = """() => {
        const canvas = document.getElementById('histogram');
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.some((value) => value > 0);
    }"""
    until_seen(lambda: page.evaluate(drawn))
    page.keyboard.press("f")
    box = page.locator("#stage").bounding_box()
    assert box
    assert (box["x"], box["y"], box["width"]) == (0, 0, page.evaluate("innerWidth"))
    page.click("#capture")
    expect(page.locator("#notice")).to_contain_text("Saved")
    page.keyboard.press("f")
    expect(page.locator(".vz-live")).not_to_have_class(re.compile("is-full"))
    expect(page.locator("#controls")).to_be_visible()
    ring = page.locator("#focus-ring")
    page.locator("#stage").click(position={"x": 300, "y": 200})
    page.wait_for_timeout(500)
    expect(ring).to_have_css("opacity", "0")


def test_who_watches_is_a_number_and_a_list_and_two_tabs_are_one_person(
    open_page: Open, vizy: VizyProcesses
) -> None:
    one = live(open_page, vizy)
    expect(one.locator("#watching")).to_have_text("1")
    tab = one.context.new_page()
    tab.goto(vizy.url)
    expect(tab.locator("#watching")).to_have_text("1")
    other = live(open_page, vizy, role="viewer", **PHONE)
    for page in (one, tab, other):
        expect(page.locator("#watching")).to_have_text("2")
    other.click("#watching")
    expect(other.locator("#watchers")).to_be_visible()
    expect(other.locator("#watchers li")).to_have_count(2)
    other.keyboard.press("Escape")
    expect(other.locator("#watchers")).to_be_hidden()
    other.close()
    expect(one.locator("#watching")).to_have_text("1")
