"""Opens an application in several pages, waits for them, and looks at what they show."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.waiting import at_rest
from tests.system import people

CONNECTED = "window.dash_devices && dash_devices.state === 'connected'"


@contextmanager
def profiles(chromium: Browser, count: int = 2) -> Iterator[list[Page]]:
    """Pages, each in a profile of its own; an error that one of them throws fails the test."""
    contexts = [chromium.new_context() for _ in range(count)]
    for context in contexts:
        context.add_cookies([people.cookie("admin")])
    errors: list[str] = []
    pages: list[Page] = []
    for context in contexts:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
    try:
        yield pages
    finally:
        for context in contexts:
            context.close()
    assert not errors


def until_connected(page: Page) -> None:
    """Wait until the page is connected and its layout is drawn."""
    page.wait_for_function(CONNECTED, timeout=15_000)
    page.wait_for_selector("#page", state="attached")


def visit(pages: list[Page], url: str) -> None:
    """Open an address in every page and wait until all are connected and at rest."""
    for page in pages:
        page.goto(url)
    for page in pages:
        until_connected(page)
    settle(pages)


def settle(pages: list[Page]) -> None:
    """Wait until every page has shown and asked everything, and was answered."""
    for page in pages:
        at_rest(page)


def shows(pages: list[Page], component_id: str, text: str) -> None:
    """Wait until every page shows a text."""
    for page in pages:
        expect(page.locator(f"#{component_id}")).to_have_text(text)


def field(page: Page, component_id: str) -> Locator:
    """What one types into."""
    return page.locator(f"input#{component_id}, textarea#{component_id}, #{component_id} input")


def enter(page: Page, component_id: str, text: str) -> None:
    """Replace what a field holds, and confirm."""
    field(page, component_id).fill(text)
    field(page, component_id).press("Enter")


def handle(page: Page, component_id: str) -> Locator:
    """The handle, or handles, of a slider."""
    return page.locator(f"#{component_id} [role=slider]")
