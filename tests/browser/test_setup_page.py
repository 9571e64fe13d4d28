"""The page of networks in a real browser: on a phone, light and dark, and without a script."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.web.server import configured
from web.beside import to_https
from web.guard import Guard
from web.host.devices import Wifi
from web.host.host import Host
from web.onboarding.captive import captive
from web.onboarding.onboarding import Failure, Onboarding
from web.onboarding.pages import pages
from web.onboarding.radio import AccessPoint

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
NETWORKS = (
    Wifi(name="Home", signal=91, secured=True, joined=False),
    Wifi(name="Meadow Lane 12, the one on the first floor", signal=55, secured=True, joined=False),
    Wifi(name="Café", signal=30, secured=False, joined=False),
    Wifi(name="Station", signal=9, secured=False, joined=False),
)


class Site:
    """The page, served; nobody acts on what is chosen."""

    def __init__(self, bound: socket.socket) -> None:
        address, port = bound.getsockname()
        self.url = f"http://{address}:{port}"
        self.onboarding = Onboarding(Host("unix:path=/nowhere"))
        self.onboarding.point = AccessPoint("Vizy-1A2B", address)
        self.onboarding.networks = NETWORKS
        app = captive(to_https, Guard(pages(self.onboarding)), self.onboarding)
        self.server = uvicorn.Server(configured(app))


@pytest.fixture
def site() -> Iterator[Site]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        site = Site(bound)
        serving = threading.Thread(target=lambda: asyncio.run(site.server.serve(sockets=[bound])))
        serving.start()
        try:
            yield site
        finally:
            site.server.should_exit = True
            serving.join()


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
def test_a_network_is_chosen_on_a_phone(open_page: Open, site: Site, has_script: bool) -> None:
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


def test_a_choice_that_failed_is_told_with_its_reason(open_page: Open, site: Site) -> None:
    reason = "Home refuses the password: look at capital letters"
    site.onboarding.failure = Failure(name="Home", is_hidden=False, reason=reason)
    page = open_page(site.url, role=None, width=390, height=844)
    expect(page.get_by_role("alert")).to_have_text(reason)
    expect(page.get_by_label("Home")).to_be_checked()
    expect(page.get_by_label("Password of the network")).to_have_value("")
    check(page)
