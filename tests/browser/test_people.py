"""Coming in, and who may do what, in real browsers: first visit, three roles, one's account."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.waiting import at_rest
from tests.system.processes import VizyProcesses

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PHONE = {"width": 360, "height": 740}
THUMB = "#control-Brightness [role=slider]"


def assert_sound(page: Page) -> None:
    """Nothing serious for a screen reader, and nothing cut off at the side."""
    found = Axe().run(page).response["violations"]
    serious = [v["id"] for v in found if v["impact"] in ("serious", "critical")]
    assert serious == [], page.url
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], page.url


def brightness(vizy: VizyProcesses) -> float:
    with vizy.client() as client:
        return client.get("/api/v1/state").json()["controls"]["Brightness"]


def try_to_move(page: Page) -> None:
    """Drag the slider with the mouse, and press a key on it."""
    thumb = page.locator(THUMB)
    box = thumb.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 5, steps=5)
    page.mouse.up()
    thumb.focus()
    page.keyboard.press("ArrowRight")
    at_rest(page)


def test_three_roles_at_once_and_a_change_counts_without_a_reload_by_hand(
    open_page: Open, state_dir: Path
) -> None:
    with VizyProcesses(state_dir) as vizy:
        owner = open_page(f"{vizy.url}/users", role="admin", **PHONE)
        second = open_page(f"{vizy.url}/users", role="admin")
        operator = open_page(vizy.url, role="operator")
        viewer = open_page(vizy.url, role="viewer")
        for page in (operator, viewer):
            expect(page.locator("#device-state")).to_have_attribute("data-state", "ready")
            expect(page.locator("#navigation")).not_to_contain_text("Users")

        expect(viewer.locator(THUMB)).to_have_attribute("aria-disabled", "true")
        try_to_move(viewer)
        assert brightness(vizy) == 0
        expect(viewer.locator(THUMB)).to_have_attribute("aria-valuenow", "0")
        try_to_move(operator)
        moved = brightness(vizy)
        assert moved > 0
        expect(viewer.locator(THUMB)).to_have_attribute("aria-valuenow", f"{moved:g}")

        owner.get_by_label("Role of Vera").select_option("operator")
        expect(second.get_by_label("Role of Vera")).to_have_value("operator")
        expect(viewer.locator("#app")).to_have_attribute("data-role", "operator")
        expect(viewer.locator(THUMB)).not_to_have_attribute("aria-disabled", "true")
        expect(viewer.locator("#connection-state")).to_have_text("Connected")
        try_to_move(viewer)
        assert brightness(vizy) > moved

        operator.goto(f"{vizy.url}/users")
        expect(operator.locator(".vz-page")).to_contain_text("for those with the role admin")
        expect(operator.locator("#people")).to_have_count(0)
        owner.get_by_label("Remove Olga").click()
        owner.get_by_role("button", name="Remove", exact=True).click()
        expect(second.locator("#people")).not_to_contain_text("Olga")
        operator.wait_for_url(re.compile("/login"))
        expect(owner.get_by_label("Role of Owner")).to_be_disabled()


def test_the_first_visit_people_an_own_password_and_a_token(
    open_page: Open, state_dir: Path
) -> None:
    with VizyProcesses(state_dir, has_people=False) as vizy:
        owner = open_page(f"{vizy.url}/gallery", role=None, **PHONE)
        owner.wait_for_url(re.compile("/welcome"))
        expect(owner.locator("#name")).to_be_focused()
        owner.keyboard.type("Anna")
        owner.keyboard.press("Tab")
        owner.keyboard.type("first password")
        owner.keyboard.press("Enter")
        expect(owner.locator("#device-state")).to_have_attribute("data-state", "ready")

        owner.goto(f"{vizy.url}/users")
        owner.fill("#name", "Ben")
        owner.fill("#password", "Ben's password")
        owner.get_by_role("button", name="Add").click()
        expect(owner.locator("#people li")).to_have_count(2)
        owner.fill("#name", "ben")
        owner.fill("#password", "Ben's password")
        owner.get_by_role("button", name="Add").click()
        expect(owner.locator("#add-user [role=alert]")).to_contain_text("an account Ben already")

        ben = open_page(f"{vizy.url}/account", role=None)
        ben.fill("#name", "Ben")
        ben.fill("#password", "wrong")
        ben.get_by_role("button", name="Sign in").click()
        expect(ben.locator("#password-problem")).to_have_text("The name or the password is wrong.")
        expect(ben.locator("#password")).to_be_focused()
        assert_sound(ben)
        ben.fill("#password", "Ben's password")
        ben.get_by_role("button", name="Show the password").click()
        expect(ben.locator("#password")).to_have_attribute("type", "text")
        ben.get_by_role("button", name="Sign in").click()
        expect(ben.locator("#own-sessions li")).to_have_count(1)

        ben.fill("#old", "wrong")
        ben.fill("#change-password #password", "another password")
        ben.get_by_role("button", name="Change").click()
        expect(ben.locator("#change-password [role=alert]")).to_have_text(
            "The old password is wrong."
        )
        ben.fill("#old", "Ben's password")
        ben.get_by_role("button", name="Change").click()
        expect(ben.locator("#notice")).to_have_text("Your password is changed.")

        ben.fill("#token-name", "Wall display")
        ben.get_by_role("button", name="Make a token").click()
        secret = ben.locator("#token-secret").input_value()
        with vizy.client(None, headers={"Authorization": f"Bearer {secret}"}) as wall:
            assert wall.get("/api/v1/state").status_code == 200
            ben.get_by_label("Revoke Wall display").click()
            ben.get_by_role("button", name="Revoke", exact=True).click()
            expect(ben.locator("#own-tokens li")).to_have_count(0)
            assert wall.get("/api/v1/state").status_code == 401
        assert secret not in vizy["web"].log

        ben.get_by_role("button", name="Dark", exact=True).click()
        ben.reload()
        expect(ben.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
        expect(ben.get_by_role("button", name="Dark", exact=True)).to_have_attribute(
            "aria-pressed", "true"
        )

        ben.get_by_role("button", name="Sign out everywhere").click()
        ben.wait_for_url(re.compile("/login"))
        expect(owner.locator("#people")).to_contain_text("Not signed in")


def test_who_goes_astray_is_told_and_finds_back(open_page: Open, vizy: VizyProcesses) -> None:
    page = open_page(f"{vizy.url}/nowhere", role="viewer", **PHONE)
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    assert_sound(page)
    page.get_by_role("link", name="Go to the live picture").click()
    expect(page.locator("#capture")).to_be_visible()
