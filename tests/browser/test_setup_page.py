"""The page of networks in a real browser: on a phone, light and dark, and without a script."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.setup_site import SetupSite, serving_setup
from web.onboarding.onboarding import Failure

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


@pytest.fixture
def site() -> Iterator[SetupSite]:
    with serving_setup() as site:
        yield site


def check(page: Page) -> None:
    """Look at it in the light and in the dark, and at its narrowest."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [(scheme, each["id"], each["nodes"][0]["html"][:200]) for each in found] == []
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 390, "height": 844})


@pytest.mark.parametrize("has_script", [True, False])
def test_a_network_is_chosen_on_a_phone(open_page: Open, site: SetupSite, has_script: bool) -> None:
    page = open_page(
        site.url, role=None, width=390, height=844, has_touch=True, java_script_enabled=has_script
    )
    expect(page).to_have_url(f"{site.url}/setup")
    if has_script:
        check(page)
    expect(page.get_by_label("Home")).to_be_checked()
    expect(page.get_by_label("Name of the other network")).to_be_hidden()
    page.get_by_label("Another network").check()
    page.get_by_label("Name of the other network").fill("Attic")
    page.get_by_label("Password of the network").fill("short")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_contain_text("8 to 63 characters")
    expect(page.get_by_label("Name of the other network")).to_have_value("Attic")
    page.get_by_label("Café").check()
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("status")).to_have_text("Vizy now joins Café, and Vizy-1A2B goes away.")
    assert site.onboarding.joining == "Café"
    if has_script:
        check(page)


def test_a_choice_that_failed_is_told_with_its_reason(open_page: Open, site: SetupSite) -> None:
    reason = "Home refuses the password: look at capital letters"
    site.onboarding.failure = Failure(name="Home", is_hidden=False, reason=reason)
    page = open_page(site.url, role=None, width=390, height=844)
    expect(page.get_by_role("alert")).to_have_text(reason)
    expect(page.get_by_label("Home")).to_be_checked()
    expect(page.get_by_label("Password of the network")).to_have_value("")
    check(page)
