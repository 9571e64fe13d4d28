"""Every page and main state as axe-core sees it: phone and desktop, light and dark."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.waiting import until
from tests.system.processes import VizyProcesses

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
SIZES = {390: 844, 1280: 800}
FULL: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS: dict[str, Any] = {**FULL, "runOnly": ["color-contrast", "link-in-text-block"]}


def check(page: Page, state: str) -> None:
    """Look at it all in the light, at its colours again in the dark, and at its narrowest."""
    for scheme, options in (("light", FULL), ("dark", COLOURS)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if state not in ("login", "welcome"):
            until(page, f"document.documentElement.dataset.mantineColorScheme === '{scheme}'")
        found = Axe().run(page, options=options).response["violations"]
        grave = [
            (state, scheme, each["id"], node["html"][:200])
            for each in found
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]
        assert grave == []
    size = page.viewport_size
    assert size
    if size["width"] < 900:
        page.set_viewport_size({**size, "width": 360})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, state
        page.set_viewport_size(size)


def live(page: Page) -> None:
    """The picture, and the controls beside it or in their sheet."""
    expect(page.locator("#live-view")).to_have_attribute("data-live", "live")


def gallery(page: Page) -> None:
    expect(page.locator(".vz-tile img.is-there").first).to_be_visible()


def sensors(page: Page) -> None:
    expect(page.locator(".js-plotly-plot").first).to_be_visible()


def settings(page: Page) -> None:
    """With a change that waits to be saved."""
    expect(page.get_by_label("Frame rate")).to_have_value(re.compile(r"\d"))
    page.get_by_label("Quality").fill("61")
    expect(page.locator("#settings-bar")).to_be_visible()


def accounts(page: Page) -> None:
    expect(page.locator(".ac-list[data-loaded] li").first).to_be_visible()


def system(page: Page) -> None:
    expect(page.locator(".vz-verdict")).to_be_visible()


PAGES: dict[str, Callable[[Page], None]] = {
    "/": live,
    "/gallery": gallery,
    "/sensors": sensors,
    "/settings": settings,
    "/users": accounts,
    "/account": accounts,
    "/system": system,
}


@pytest.mark.parametrize("width", SIZES)
def test_no_page_keeps_anybody_out(open_page: Open, vizy: VizyProcesses, width: int) -> None:
    with vizy.client() as client:
        client.post("/api/v1/captures").raise_for_status()
        client.put("/api/v1/presets/Dusk", json={"values": {"Contrast": 1}}).raise_for_status()
        job = client.post("/api/v1/jobs", json={"type": "timelapse", "count": 9}).json()["id"]
    page = open_page(vizy.url, width=width, height=SIZES[width])
    for path, until_there in PAGES.items():
        if path != "/":
            page.goto(f"{vizy.url}{path}")
        until_there(page)
        check(page, path)
        if path == "/" and width < 900:
            page.locator(".vz-tab[data-group=presets]").click()
            check(page, "/ with its sheet")
        if path == "/gallery":
            page.locator(".vz-tile").first.click()
            expect(page.locator(".vz-viewer")).to_be_visible()
            page.keyboard.press("i")
            expect(page.locator(".vz-sheet")).to_be_visible()
            check(page, "the viewer")
    door = open_page(f"{vizy.url}/login", role=None, width=width, height=SIZES[width])
    check(door, "login")
    with vizy.client() as client:
        client.post(f"/api/v1/jobs/{job}/stop").raise_for_status()


def test_the_first_visit_and_what_is_empty_keep_nobody_out(
    open_page: Open, state_dir: Path
) -> None:
    with VizyProcesses(state_dir, has_people=False) as vizy:
        page = open_page(f"{vizy.url}/welcome", role=None, width=390, height=844)
        check(page, "welcome")
        page.fill("#name", "Anna")
        page.fill("#password", "first password")
        page.keyboard.press("Enter")
        live(page)
        page.goto(f"{vizy.url}/gallery")
        expect(page.locator("#gallery-empty p")).to_be_visible()
        check(page, "an empty gallery")
        vizy.kill("hardware")
        expect(page.locator("#device-state")).to_have_attribute("data-state", "away")
        check(page, "a gallery while the camera is away")
        page.goto(f"{vizy.url}/system")
        expect(page.locator(".vz-verdict[data-status=wrong]")).to_be_visible()
        check(page, "a system that is not well")
