"""What a page costs on the wire when it is first opened, and when it is opened again.

Counted by Chromium itself (bytes of responses with their heads, frames of WebSockets), in a fresh
profile: once with nothing in the cache, then again with what the first time left there.
"""

from playwright.sync_api import Browser, BrowserContext

from benchmarks.browser import HANDLE, chromium
from benchmarks.peers import OURS_SHARED, STOCK_QUART
from benchmarks.process import running
from benchmarks.table import Row, say
from benchmarks.traffic import Traffic

PAGES = {"form": "form", "graph": "form with a dcc.Graph", "mantine": "form with mantine"}
FIRST_KIB, SECOND_KIB = 300, 20


def load(context: BrowserContext, url: str) -> tuple[float, int]:
    """Open the page in a new tab; return KiB on the wire and requests that went there."""
    page = context.new_page()
    traffic = Traffic(page)
    page.goto(url)
    page.wait_for_selector(HANDLE)
    counted = traffic.at_rest()
    page.close()
    return counted


def both_loads(browser: Browser, url: str) -> tuple[tuple[float, int], tuple[float, int]]:
    """Open the page twice in one fresh profile."""
    with browser.new_context() as context:
        return load(context, url), load(context, url)


def rows() -> list[Row]:
    """Measure all."""
    made: list[Row] = []
    with chromium() as browser:
        for page, name in PAGES.items():
            measured = f"page load, {name}"
            for peer in (STOCK_QUART, OURS_SHARED):
                with running(peer, page=page) as served:
                    first, second = both_loads(browser, served.url)
                texts = [f"{kib:.0f} KiB in {asked} requests" for kib, asked in (first, second)]
                say(f"{measured}: {peer}: first {texts[0]}, second {texts[1]}")
                if peer == STOCK_QUART:
                    made.append(Row(measured, peer, f"first {texts[0]}, second {texts[1]}"))
                    stock = first
                    continue
                target = f"≤ {FIRST_KIB} KiB" if page == "form" else ""
                made += [
                    Row(
                        measured,
                        "ours",
                        f"first {texts[0]}",
                        f"{first[0] / stock[0]:.2f}",
                        target,
                        first[0] <= FIRST_KIB if target else None,
                    ),
                    Row(
                        measured,
                        "ours",
                        f"second {texts[1]}",
                        "",
                        f"< {SECOND_KIB} KiB",
                        second[0] < SECOND_KIB,
                    ),
                ]
    return made
