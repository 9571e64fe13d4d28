"""What a first visit costs, and how long until the first picture; and what each page weighs.

In a fresh profile each time, of somebody who is signed in already, and again with what the first
time left in the cache. Time runs from the start of the navigation, on the page's own clock; the
pictures themselves do not count as bytes. When nobody watches, the daemon encodes nothing, so the
time holds the start of the encoder.
"""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.browser import chromium
from benchmarks.table import Row, middle, say
from benchmarks.traffic import Traffic
from benchmarks.web.served import BROADCAST, OURS, Served, served
from tests.browser.visiting import CONNECTED
from tests.browser.waiting import until
from tests.system import people

PATHS = ("/", "/gallery", "/sensors", "/settings", "/users", "/system", "/account")
ROUNDS = 5
LIMIT_MS = 3000.0  # as `vizy run` has to answer with a picture
MEASURED = "first visit of Live"
WATCH = """
{
  const look = () => {
    const live = document.querySelector("#live-view[data-frames]");
    const img = document.getElementById("picture");
    if (live || (img && img.naturalWidth)) window.firstPicture ??= performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""


def until_connected(page: Page) -> None:
    """Wait until a page of ours is drawn and connected."""
    until(page, f"{CONNECTED} && !!document.querySelector('#_pages_content > *')")


@dataclass
class Visits:
    """What the visits of one page were like: the first in a profile, or the ones after it."""

    kib: float = 0.0
    requests: int = 0
    times_ms: list[float] = field(default_factory=list[float])

    def __str__(self) -> str:
        picture = f", picture after {middle(self.times_ms):.0f} ms" if self.times_ms else ""
        return f"{self.kib:.0f} KiB in {self.requests} requests{picture}"

    def add(self, context: BrowserContext, running: Served, path: str) -> None:
        """Visit in a new tab."""
        page = context.new_page()
        traffic = Traffic(page)
        page.goto(running.url + path, wait_until="commit")
        if path == "/":
            until(page, "window.firstPicture !== undefined")
            self.times_ms.append(page.evaluate("firstPicture"))
        if running.peer == OURS:
            until_connected(page)
        self.kib, self.requests = traffic.at_rest()
        page.close()


def visited(browser: Browser, running: Served, path: str, rounds: int) -> tuple[Visits, Visits]:
    """Visit in so many fresh profiles, twice in each."""
    first, again = Visits(), Visits()
    for _ in range(rounds):
        with browser.new_context() as context:
            context.add_cookies([people.cookie("admin")])
            context.add_init_script(WATCH)
            first.add(context, running, path)
            again.add(context, running, path)
    return first, again


def rows() -> list[Row]:
    """Measure all."""
    made: list[Row] = []

    def note(row: Row) -> None:
        made.append(row)
        say(f"{row.measure}: {row.peer}: {row.result}")

    with chromium() as browser:
        with served(BROADCAST) as running:
            first, again = visited(browser, running, "/", ROUNDS)
            plain_ms = middle(first.times_ms)
            note(Row(MEASURED, f"{BROADCAST}, <img> alone", f"{first}; again {again}"))
        with served(OURS) as running:
            first, again = visited(browser, running, "/", ROUNDS)
            ours_ms = middle(first.times_ms)
            target, is_reached = f"picture < {LIMIT_MS:g} ms", ours_ms < LIMIT_MS
            ratio = f"{ours_ms / plain_ms:.1f} time"
            note(Row(MEASURED, OURS, f"first {first}", ratio, target, is_reached))
            ratio = f"{middle(again.times_ms) / plain_ms:.1f} time"
            note(Row(MEASURED, OURS, f"again {again}", ratio))
            for path in PATHS[1:]:
                first, again = visited(browser, running, path, 1)
                note(Row("weight of the other pages", OURS, f"{path}: {first}; again {again}"))
    return made
