"""Waiting for what a page shows.

Playwright's own `wait_for_function` evaluates text inside the page, which our
Content-Security-Policy forbids; `evaluate` asks from outside.
"""

import time
from typing import Any

from playwright.sync_api import Page


def until(page: Page, condition: str, argument: Any = None, *, timeout_s: float = 20) -> None:
    """Wait until a JavaScript expression, or a function of ``argument``, is true in the page."""
    deadline = time.monotonic() + timeout_s
    while not page.evaluate(condition, argument):
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {condition}"
        page.wait_for_timeout(20)


def at_rest(page: Page) -> None:
    """Wait until the page has drawn what was done to it and the server has answered it all.

    A slider follows the pointer a frame later, and the renderer asks a turn after that.
    """
    page.evaluate(
        "new Promise((done) => requestAnimationFrame(() =>"
        " requestAnimationFrame(() => setTimeout(done, 30))))"
    )
    resting = ("unanswered", "pending", "drawing")
    until(page, " && ".join(f"!dash_devices.{what}" for what in resting))
