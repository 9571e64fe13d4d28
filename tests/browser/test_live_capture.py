"""The capture bar, presets and resets on a whole Vizy: a desktop and a phone that agree."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.system.processes import VizyProcesses

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


def both(open_page: Open, vizy: VizyProcesses) -> list[Page]:
    """A desktop and a phone, live."""
    pages = [open_page(vizy.url), open_page(vizy.url, **PHONE)]
    for page in pages:
        expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
    return pages


def choose(page: Page, mode: str) -> None:
    """Choose what the shutter does."""
    page.locator("#mode label", has_text=mode).click()


def test_jobs_and_recordings_are_the_same_in_every_browser_whoever_started_them(
    open_page: Open, vizy: VizyProcesses
) -> None:
    desktop, phone = pages = both(open_page, vizy)
    for page in pages:
        expect(page.locator("#record-clock")).to_be_empty()
    desktop.keyboard.press("r")
    expect(phone).to_have_title("● Vizy")
    for page in pages:
        expect(page.locator("#record")).to_have_attribute("aria-label", "Stop recording")
        expect(page.locator("#record-clock")).to_have_text(re.compile(r"^0:0[1-9]$"))
    phone.click("#record")
    for page in pages:
        expect(page.locator("#notice")).to_contain_text("The recording is saved")
        expect(page.locator("#record")).to_have_attribute("data-job", "")
        expect(page.locator("#filmstrip .vz-length").first).to_be_visible()

    with vizy.client() as client:
        body = {"type": "timelapse", "interval_s": 60, "count": 100}
        started = client.post("/api/v1/jobs", json=body)
    if started.status_code == 201:
        for page in pages:
            expect(page.locator(".vz-job")).to_contain_text("of 100")
        phone.locator(".vz-job button").click()
        for page in pages:
            expect(page.locator(".vz-job")).to_have_count(0)
            expect(page.locator("#notice a")).to_have_attribute(
                "href", re.compile(r"^/gallery\?group=.+")
            )

    choose(phone, "Burst")
    expect(desktop.locator("#mode input:checked")).to_have_value("photo")
    expect(phone.locator("#capture")).to_have_attribute("aria-label", "Take a burst")
    phone.click("#capture")
    for page in pages:
        expect(page.locator("#notice")).to_contain_text("Burst: 10 pictures")
    choose(desktop, "Motion")
    desktop.keyboard.press("Space")
    expect(phone.locator(".vz-job")).to_contain_text("Motion")
    choose(phone, "Motion")
    phone.click("#capture")
    expect(phone.locator("#notice")).to_contain_text("Motion ended")
    expect(desktop.locator(".vz-job")).to_have_count(0)


def test_what_cannot_run_beside_another_is_refused_with_the_reason(
    open_page: Open, vizy: VizyProcesses
) -> None:
    desktop, phone = both(open_page, vizy)
    desktop.click("#record")
    expect(phone.locator("#record")).to_have_attribute("aria-label", "Stop recording")
    choose(phone, "Bracket")
    phone.click("#capture")
    expect(phone.locator("#notice")).to_contain_text("no bracket beside recording")
    expect(phone.locator("#notice")).to_have_attribute("data-state", "failed")
    expect(desktop.locator("#notice")).not_to_contain_text("bracket")
    desktop.click("#record")
    expect(desktop.locator("#notice")).to_contain_text("saved")


def test_presets_resets_and_typed_numbers_reach_the_other_browser_and_can_be_undone(
    open_page: Open, vizy: VizyProcesses
) -> None:
    desktop, phone = pages = both(open_page, vizy)
    contrast = desktop.locator("#control-Contrast")
    reset, number = contrast.locator(".vz-reset"), contrast.locator(".vz-number")
    expect(reset).to_be_hidden()
    number.click()
    desktop.keyboard.type("99")
    desktop.keyboard.press("Enter")
    expect(desktop.locator("#notice")).to_have_text("It takes 0 to 32: set to 32")
    for page in pages:
        expect(page.locator("#control-Contrast .vz-number")).to_have_text("32.00")
    expect(reset).to_be_visible()
    number.click()
    desktop.keyboard.type("2")
    desktop.keyboard.press("Enter")
    expect(number).to_have_text("2.00")

    phone.click(".vz-tab[data-group=presets]")
    phone.fill("#preset-name", "a/b")
    phone.press("#preset-name", "Enter")
    expect(phone.locator("#preset-note")).to_contain_text("cannot be a preset's name")
    phone.fill("#preset-name", "High contrast")
    phone.click("#preset-save")
    for page in pages:
        expect(page.locator(".vz-preset-recall")).to_have_text("High contrast")
    expect(phone.locator("#preset-name")).to_have_value("")

    reset.click()
    for page in pages:
        expect(page.locator("#control-Contrast .vz-number")).to_have_text("1.00")
    expect(reset).to_be_hidden()
    desktop.click("#notice button")
    expect(number).to_have_text("2.00")
    desktop.locator("[data-group=exposure] > .vz-reset").click()
    expect(number).to_have_text("1.00")

    phone.click(".vz-preset-recall")
    for page in pages:
        expect(page.locator("#control-Contrast .vz-number")).to_have_text("2.00")
    phone.click("#presets .vz-tool")
    expect(desktop.locator(".vz-preset")).to_have_count(0)
    phone.click("#notice button")
    expect(desktop.locator(".vz-preset")).to_have_count(1)
    with vizy.client() as client:
        client.patch("/api/v1/controls", json={"Contrast": 1.0}).raise_for_status()


def test_on_a_phone_the_picture_stays_in_sight_while_a_control_is_moved(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = open_page(vizy.url, **PHONE)
    expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
    for group in ("exposure", "colour", "image"):
        page.click(f".vz-tab[data-group={group}]")
        sheet, stage = (
            page.locator("#controls").bounding_box(),
            page.locator("#stage").bounding_box(),
        )
        bar = page.locator(".vz-shutter").bounding_box()
        assert sheet
        assert stage
        assert bar
        assert stage["y"] + stage["height"] <= sheet["y"] + 1, group
        assert sheet["y"] + sheet["height"] <= bar["y"] + 1, group
        expect(page.locator("#control-Brightness")).to_be_visible()
    page.click(".vz-tab[data-group=image]")
    expect(page.locator("#control-Sharpness")).to_be_hidden()


def test_who_looks_on_sees_the_controls_and_cannot_move_them(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = open_page(vizy.url, role="viewer")
    expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
    expect(page.locator("#controls")).to_contain_text("You can look on")
    slider = page.locator("#control-Contrast [role=slider]")
    expect(slider).to_have_attribute("aria-disabled", "true")
    before = slider.get_attribute("aria-valuenow")
    slider.press("ArrowRight")
    page.locator("#control-Contrast .mantine-Slider-track").click(position={"x": 4, "y": 4})
    page.locator("#capture").click(force=True)
    page.keyboard.press("r")
    page.locator("#control-AeEnable label").first.click(force=True)
    page.wait_for_timeout(300)
    assert slider.get_attribute("aria-valuenow") == before
    expect(page.locator("#control-AeEnable input")).to_be_checked()
    with vizy.client() as client:
        state = client.get("/api/v1/state").json()
    assert state["controls"]["Contrast"] == 1.0
    assert not [job for job in state["jobs"] if job["status"] == "running"]
