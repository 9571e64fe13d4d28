"""live.js in a real browser, on the real frame socket and a real server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.live_site import LiveSite
from tests.browser.waiting import until

pytestmark = pytest.mark.browser
Open = Callable[..., Page]

IS_LIVE = "document.getElementById('live-view').dataset.live === 'live'"
PIXEL = """() => {
  const canvas = document.querySelector("#live-view canvas");
  return [...canvas.getContext("2d").getImageData(9, 9, 1, 1).data];
}"""
HOLD_DECODING = """
  const decode = window.createImageBitmap;
  const held = new Promise((release) => { window.release = release; });
  window.createImageBitmap = async (blob) => { await held; return decode(blob); };
"""
HIDE = """(is_hidden) => {
  Object.defineProperty(document, "hidden", { get: () => is_hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def site(state_dir: Path) -> Iterator[LiveSite]:
    with LiveSite(state_dir) as site:
        yield site


def frames(page: Page) -> int:
    return page.evaluate("+document.getElementById('live-view').dataset.frames || 0")


def sequence(page: Page) -> int:
    return page.evaluate("+document.getElementById('live-view').dataset.sequence || 0")


def until_frames(page: Page, count: int) -> None:
    until(page, f"+document.getElementById('live-view').dataset.frames >= {count}")


def is_red(page: Page) -> bool:
    red, green, blue, _ = page.evaluate(PIXEL)
    return red > 200 and green < 50 and blue < 50


def test_pictures_are_drawn_with_their_latency_and_rate(site: LiveSite, open_page: Open) -> None:
    page = open_page(site.url)
    until(page, IS_LIVE)
    until_frames(page, 10)
    assert is_red(page)
    until(page, r"/^\d+ ms · \d+\/s$/.test(document.getElementById('live-stats').textContent)")


def test_the_picture_has_its_place_before_it_comes_and_its_own_shape_then(
    site: LiveSite, open_page: Open
) -> None:
    page = open_page(site.url, script=HOLD_DECODING)
    box = page.locator("#live-view").bounding_box()
    assert box
    assert box["width"] / box["height"] == pytest.approx(16 / 9, rel=0.01)
    page.evaluate("release()")
    until(page, IS_LIVE)
    assert (
        page.evaluate(
            "document.getElementById('live-view').style.getPropertyValue('--live-aspect')"
        )
        == "640 / 480"
    )


def test_a_page_that_cannot_keep_up_does_not_hold_up_another(
    site: LiveSite, open_page: Open
) -> None:
    stuck, quick = open_page(site.url, script=HOLD_DECODING), open_page(site.url)
    until_frames(quick, 30)
    assert frames(stuck) == 0
    passed = sequence(quick)
    stuck.evaluate("release()")
    until_frames(stuck, 3)  # two that were under way, and then the newest
    assert sequence(stuck) >= passed


def test_a_page_tells_what_it_shows_and_asks_for(site: LiveSite, open_page: Open) -> None:
    page = open_page(site.url)
    until(page, IS_LIVE)
    view = page.locator("#live-view")
    assert view.get_attribute("data-size") == "640x480"
    assert view.get_attribute("data-link") in ("good", "weak")
    assert view.get_attribute("data-asked") == "auto"
    ask = "(quality) => document.dispatchEvent(new CustomEvent('vizy:quality', {detail: quality}))"
    page.evaluate(ask, "low")
    site.until_read(416)
    assert view.get_attribute("data-asked") == "low"
    page.reload()
    until(page, IS_LIVE)
    site.until_read(416)
    page.evaluate(ask, "high")
    site.until_read(None)
    page.evaluate(ask, "best")
    assert view.get_attribute("data-asked") == "high"


def test_the_last_picture_stays_while_the_daemon_is_away_and_comes_alive_again(
    site: LiveSite, open_page: Open
) -> None:
    page = open_page(site.url)
    until(page, IS_LIVE)
    site.stop_daemon()
    until(page, "document.getElementById('live-view').dataset.live === 'away'")
    assert is_red(page)
    drawn = frames(page)
    site.start_daemon()
    until(page, IS_LIVE)
    until_frames(page, drawn + 5)


def test_the_page_connects_again_when_the_server_comes_back(
    site: LiveSite, open_page: Open
) -> None:
    page = open_page(site.url)
    until(page, IS_LIVE)
    site.stop_web()
    until(page, "document.getElementById('live-view').dataset.live === 'connecting'")
    assert is_red(page)
    site.start_web()
    until(page, IS_LIVE)


def test_nothing_is_sent_to_a_page_that_nobody_looks_at(site: LiveSite, open_page: Open) -> None:
    page = open_page(site.url)
    until(page, IS_LIVE)
    page.evaluate(HIDE, True)
    assert page.locator("#live-view").get_attribute("data-live") == "paused"
    site.until_readers(0)
    page.evaluate(HIDE, False)
    until(page, IS_LIVE)
    site.until_readers(1)


def test_a_view_that_is_mounted_anew_is_filled_anew(site: LiveSite, open_page: Open) -> None:
    page = open_page(site.url)
    until(page, IS_LIVE)
    page.evaluate("document.getElementById('live-view').remove()")
    site.until_readers(0)
    page.evaluate("""() => {
      const view = document.createElement("div");
      view.id = "live-view";
      document.body.append(view);
    }""")
    until(page, IS_LIVE)
    assert is_red(page)


def test_a_picture_that_cannot_be_decoded_is_passed_over(site: LiveSite, open_page: Open) -> None:
    page = open_page(
        site.url,
        script="""
      const decode = window.createImageBitmap;
      let count = 0;
      window.createImageBitmap = (blob) =>
        decode(++count % 2 ? new Blob(["no picture"], { type: "image/jpeg" }) : blob);
    """,
    )
    until_frames(page, 10)
