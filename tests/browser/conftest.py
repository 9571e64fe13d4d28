"""A real Chromium, one for the whole run, and a fresh page in it."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.visiting import profiles
from tests.system import people
from web.auth.identity import RoleName

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that the tests do not look at right now is looked at by somebody all the same.
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window.

    Playwright's loop stays in this thread until the end of the run, so what needs this fixture runs
    last (see the top conftest.py) and is no coroutine.
    """
    path = shutil.which("chromium")
    assert path, "chromium is missing: run 'sudo apt install chromium'"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def pages(chromium: Browser) -> Iterator[list[Page]]:
    """Two pages, each in a profile of its own; an error that one throws fails the test."""
    with profiles(chromium) as opened:
        yield opened


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages, each in a profile of its own; an error that a page throws fails the test.

    Each is signed in with a ``role``, or not at all; other ``options`` are those of a context.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(
        url: str,
        *,
        role: RoleName | None = "admin",
        width: int = 1280,
        height: int = 800,
        script: str = "",
        **options: Any,
    ) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        if role:
            context.add_cookies([people.cookie(role)])
        context.set_default_timeout(20_000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        if script:
            page.add_init_script(script)
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not errors
