"""A key press on the slider to the changed text in the page, as a person sees it.

Playwright presses real keys; the page itself notes the time of the key press and of the change of
the text. The device takes no time. Rounds alternate between the peers. That stock Dash's WebSocket
is used is checked: no request may go over HTTP.
"""

import contextlib
import functools
from collections import Counter

from playwright.sync_api import Page, Request

from benchmarks.browser import HANDLE, chromium, opened
from benchmarks.peers import (
    OURS_REGULAR,
    OURS_SHARED,
    STOCK_FLASK,
    STOCK_QUART,
    STOCK_SOCKET,
)
from benchmarks.process import running
from benchmarks.table import Row, middle_of_ticks, percentile, say

PEERS = (OURS_REGULAR, OURS_SHARED, STOCK_FLASK, STOCK_QUART, STOCK_SOCKET)
ROUNDS = 8
PRESSES = 30
NOT_COUNTED = 5
LIMIT = 0.6
MEASURED = "key press to text, ms"

WATCH = """() => {
    let pressed = null;
    let seen;
    window.nextTime = () => new Promise((resolve) => { seen = resolve; });
    addEventListener('keydown', () => { pressed = performance.now(); }, true);
    new MutationObserver(() => {
        if (pressed !== null) seen(performance.now() - pressed);
        pressed = null;
    }).observe(document.getElementById('text'),
               {childList: true, characterData: true, subtree: true});
}"""


def press(page: Page) -> list[float]:
    """Press the arrow keys in turn; return how long each took to change the text."""
    page.bring_to_front()
    page.focus(HANDLE)
    times: list[float] = []
    for number in range(PRESSES):
        page.evaluate("() => { window.time = window.nextTime(); }")
        page.keyboard.press("ArrowRight" if number % 10 < 5 else "ArrowLeft")
        times.append(page.evaluate("window.time"))
    return times


def note(posted: Counter[str], name: str, request: Request) -> None:
    """Count the requests that carry a callback over HTTP."""
    posted[name] += request.method == "POST"


def rows() -> list[Row]:
    """Measure all."""
    times: dict[str, list[float]] = {name: [] for name in PEERS}
    posted: Counter[str] = Counter()
    with chromium() as browser, contextlib.ExitStack() as stack:
        pages: dict[str, Page] = {}
        for name in PEERS:
            served = stack.enter_context(running(name))
            page = pages[name] = stack.enter_context(opened(browser, served.url))
            page.on("request", functools.partial(note, posted, name))
            page.evaluate(WATCH)
        for _ in range(ROUNDS):
            for name, page in pages.items():
                times[name] += press(page)[NOT_COUNTED:]
        say(f"{MEASURED}: {ROUNDS} rounds done")
    for name in PEERS:
        assert bool(posted[name]) == (name in (STOCK_FLASK, STOCK_QUART)), posted
    return judged(times)


def judged(times: dict[str, list[float]]) -> list[Row]:
    """Make the rows."""
    p50 = {name: middle_of_ticks(values) for name, values in times.items()}
    made: list[Row] = []
    for name, values in times.items():
        result = f"p50 {p50[name]:.1f}, p95 {percentile(values, 95):.1f}"
        is_own = name in (OURS_REGULAR, OURS_SHARED)
        ratio = (
            ""
            if is_own
            else f"{p50[OURS_REGULAR] / p50[name]:.2f} regular, "
            f"{p50[OURS_SHARED] / p50[name]:.2f} shared"
        )
        made.append(Row(MEASURED, name, result, ratio))
    http = min((STOCK_FLASK, STOCK_QUART), key=lambda name: p50[name])
    for name in (OURS_REGULAR, OURS_SHARED):
        ratio = p50[name] / p50[http]
        text = f"≤ {LIMIT} of the faster {http}"
        made.append(Row(MEASURED, name, "", f"{ratio:.2f}", text, ratio <= LIMIT))
    return made
