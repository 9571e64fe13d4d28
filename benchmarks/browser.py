"""A real Chromium for the benchmarks, and what they do with its pages."""

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import FLAGS

HANDLE = "#slider [role=slider]"


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Start it, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def opened(browser: Browser, url: str) -> Iterator[Page]:
    """Open the page of a peer, in a profile of its own, and wait until it is drawn and at rest."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector(HANDLE)
        page.wait_for_timeout(500)
        yield page


def slider_value(page: Page) -> int:
    """Where the slider stands."""
    shown = page.locator(HANDLE).get_attribute("aria-valuenow")
    return int(float(shown or -1))
