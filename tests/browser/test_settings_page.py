"""The Settings page on a whole Vizy: typed, refused, saved, seen by all, made as new."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.system.processes import VizyProcesses

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


def visit(open_page: Open, vizy: VizyProcesses, **options: object) -> Page:
    """Open the page and wait until it shows what is set."""
    page = open_page(f"{vizy.url}/settings", **options)
    expect(page.get_by_label("Frame rate")).to_have_value("30 pictures/s")
    return page


def test_a_value_is_checked_as_it_is_typed_saved_once_meant_and_seen_by_all(
    open_page: Open, vizy: VizyProcesses
) -> None:
    desk, phone = visit(open_page, vizy), visit(open_page, vizy, **PHONE)
    bar = desk.locator("#settings-bar")
    expect(bar).to_be_hidden()
    expect(desk.get_by_label("Port", exact=True)).to_be_disabled()
    expect(desk.get_by_text("Fixed by --port or VIZY_PORT")).to_be_visible()
    expect(desk.locator("#settings-disk")).to_contain_text("are free")

    expect(desk.locator("#network")).to_contain_text("The network cannot be changed here: this")
    expect(desk.get_by_role("textbox", name="Time zone")).to_be_disabled()

    rate = desk.get_by_label("Frame rate")
    top = rate.bounding_box()
    rate.fill("500")
    refused = "500 is refused: it takes a number above 0, up to 240 pictures/s"
    expect(desk.get_by_text(refused)).to_be_visible()
    assert rate.bounding_box() == top
    expect(desk.locator("#settings-save")).to_be_disabled()
    desk.get_by_role("textbox", name="Kind of camera").click()
    desk.get_by_role("option", name="A clip").click()
    rate.fill("25")
    expect(desk.locator("#settings-count")).to_contain_text("needs camera.file")
    desk.locator("#settings-discard").click()
    expect(rate).to_have_value("30 pictures/s")
    expect(bar).to_be_hidden()

    phone.get_by_label("Quality").fill("60")
    rate.fill("25")
    desk.get_by_label("Keep free").fill("1 GiB")
    desk.get_by_role("switch", name="Mirror left to right").press(" ")
    expect(desk.locator("#settings-count")).to_have_text("3 changes")
    desk.locator("#settings-save").click()
    expect(bar).to_be_hidden()
    expect(rate).to_have_value("25 pictures/s")
    expect(desk.get_by_text("After a restart; until then 30 pictures/s")).to_be_visible()
    expect(desk.locator("#settings-waiting")).to_contain_text("2 settings wait for a restart")
    expect(phone.get_by_label("Keep free")).to_have_value("1 GiB")
    expect(phone.locator(".vz-setting.is-moved")).to_have_count(3)
    # What is told a second time, as after a cut of the connection, takes no mark away.
    phone.evaluate("dash_clientside.set_props('settings-waiting', {children: 'not told yet'})")
    expect(phone.locator("#settings-waiting")).to_have_text("not told yet")
    phone.evaluate("dash_clientside.set_props('settings-version', {data: 'told again'})")
    expect(phone.locator("#settings-waiting")).to_contain_text("2 settings wait for a restart")
    expect(phone.locator(".vz-setting.is-moved")).to_have_count(3)
    expect(phone.get_by_label("Quality")).to_have_value("60")
    expect(phone.locator("#settings-count")).to_have_text("1 change")
    with vizy.client() as client:
        items = client.get("/api/v1/settings").json()["items"]
        assert (items["camera.fps"]["next"], items["camera.hflip"]["next"]) == (25, True)
        assert items["storage.floor_bytes"]["value"] == 1 << 30
        assert client.get("/api/v1/state").json()["storage"]["floor_bytes"] == 1 << 30

    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    phone.once("dialog", stay)
    phone.locator("#menu").click()
    phone.locator("#to-live").click()
    assert asked == ["Leave without saving your changes?"]
    expect(phone).to_have_url(re.compile("/settings$"))
    phone.locator("#settings-discard").click()
    expect(phone.locator("#settings-bar")).to_be_hidden()
    for page in (desk, phone):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_settings_are_carried_over_and_a_reset_is_typed(
    open_page: Open, vizy_processes: VizyProcesses, tmp_path: Path
) -> None:
    vizy = vizy_processes
    vizy.kill("hardware")
    page = open_page(f"{vizy.url}/settings", **PHONE)
    expect(page.get_by_text("appear here as soon as the camera process answers")).to_be_visible()
    vizy.start("hardware")
    expect(page.get_by_label("Frame rate")).to_have_value("30 pictures/s")
    file = tmp_path / "other.toml"
    file.write_text("[camera]\nfps = 0\n")
    page.locator("#settings-upload input").set_input_files(file)
    expect(page.locator("#settings-import")).to_contain_text("camera.fps = 0 is refused")
    file = tmp_path / "mine.toml"
    file.write_text("[camera]\nfps = 12\n[storage]\nkeep_days = 30\n")
    page.locator("#settings-upload input").set_input_files(file)
    expect(page.locator("#settings-import tbody tr")).to_have_text(
        [re.compile(r"Frame rate.*30.*12"), re.compile(r"Keep captures for.*not set.*30 days")]
    )
    page.locator("#import-do").click()
    expect(page.locator("#settings-import")).to_have_text("Imported: 2 settings changed.")
    expect(page.get_by_label("Frame rate")).to_have_value("12 pictures/s")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Export", exact=True).click()
    assert "keep_days = 30" in Path(downloading.value.path()).read_text()

    page.get_by_text("Factory reset").click()
    expect(page.locator("#reset")).to_be_disabled()
    page.get_by_label("Type RESET to confirm").fill("reset")
    expect(page.locator("#reset")).to_be_disabled()
    page.get_by_label("Type RESET to confirm").fill("RESET")
    page.locator("#reset").click()
    expect(page.get_by_role("button", name="Make my account")).to_be_visible(timeout=20_000)
    for client in (vizy.client(), vizy.client(None)):
        with client:
            assert client.get("/api/v1/state").status_code == 401
    assert (vizy.state_dir / "vizy.toml").read_text().strip() in ("", "[camera]\n\n[storage]")


def test_who_is_no_admin_sees_no_settings(open_page: Open, vizy: VizyProcesses) -> None:
    page = open_page(f"{vizy.url}/settings", role="operator")
    expect(page.get_by_text("This page is for those with the role admin")).to_be_visible()
    with vizy.client("operator") as client:
        assert client.get("/api/v1/settings").status_code == 403
        assert client.patch("/api/v1/settings", json={"camera.fps": 5}).status_code == 403
