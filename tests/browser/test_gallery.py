"""The Gallery on a whole Vizy: two desktops, a phone, a viewer, and ten thousand pictures."""

import json
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.waiting import until
from tests.system.processes import VizyProcesses

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
MANY = 10_000
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def pictures(vizy: VizyProcesses) -> None:
    """Three stills and a burst of six."""
    with vizy.client() as client:
        for _ in range(3):
            client.post("/api/v1/captures").raise_for_status()
        job = client.post("/api/v1/jobs", json={"type": "burst", "count": 6, "fps": 30})
        job.raise_for_status()
        url = f"/api/v1/jobs/{job.json()['id']}"
        while client.get(url).json()["status"] not in ("done", "failed"):
            pass


@pytest.fixture
def taken(vizy: VizyProcesses, pictures: None) -> Iterator[httpx.Client]:
    """A client of a Vizy that has pictures."""
    with vizy.client() as client:
        yield client


def newest(client: httpx.Client, count: int = 1) -> list[str]:
    return [line[0] for line in client.get("/api/v1/captures/index").json()["lines"]][:count]


def tiles(page: Page, count: int) -> None:
    """Wait until there are so many, and they have their pictures."""
    expect(page.locator(".vz-tile")).to_have_count(count)
    until(page, "[...document.querySelectorAll('.vz-tile img')].every((i) => i.naturalWidth > 0)")


def test_what_is_selected_is_protected_deleted_and_brought_back_for_everybody(
    open_page: Open, vizy: VizyProcesses, taken: httpx.Client
) -> None:
    one, two = (open_page(f"{vizy.url}/gallery") for _ in range(2))
    for page in (one, two):
        tiles(page, 9)
        expect(page.locator("#gallery-count")).to_have_text("9 items")
        expect(page.locator(".vz-day")).to_have_text("Today")
    held, *gone = newest(taken, 3)

    one.locator(f"[data-id='{held}']").hover()
    one.locator(f"[data-id='{held}'] .vz-check").click()
    one.get_by_role("button", name="Protect", exact=True).last.click()
    for page in (one, two):
        expect(page.locator(f"[data-id='{held}'] .vz-held")).to_be_visible()

    one.locator(f"[data-id='{held}'] .vz-check").click(force=True)
    one.locator(f"[data-id='{gone[-1]}']").click(modifiers=["Shift"])
    expect(one.locator("#gallery-bar")).to_contain_text("3 selected")
    one.locator("#gallery-bar [aria-label=Delete]").click()
    expect(one.locator("#notice")).to_have_text("1 is protected and stays")
    for page in (one, two):
        tiles(page, 7)
    one.locator("#gallery-undo button").click()
    for page in (one, two):
        tiles(page, 9)

    # By keys alone: walk, choose, let go.
    one.locator(f"[data-id='{held}']").focus()
    one.keyboard.press("ArrowRight")
    one.keyboard.press("x")
    expect(one.locator(f"[data-id='{gone[0]}']")).to_have_class(re.compile("is-chosen"))
    one.keyboard.press("Control+a")
    expect(one.locator("#gallery-bar")).to_contain_text("9 selected")
    with one.expect_download() as download:
        one.locator("#gallery-bar [aria-label=Download]").click()
    assert download.value.suggested_filename.endswith(".zip")
    one.keyboard.press("Escape")
    expect(one.locator("#gallery-bar")).to_be_hidden()

    # What somebody takes appears by itself, and what one looks at stays where it is.
    taken.post("/api/v1/captures").raise_for_status()
    for page in (one, two):
        tiles(page, 10)
    taken.delete(f"/api/v1/captures/{newest(taken)[0]}").raise_for_status()
    for page in (one, two):
        tiles(page, 9)
    taken.patch(f"/api/v1/captures/{held}", json={"protected": False}).raise_for_status()
    expect(two.locator(".vz-held")).to_have_count(0)


def test_filters_are_in_the_address_and_nothing_found_says_so(
    open_page: Open, vizy: VizyProcesses, taken: httpx.Client
) -> None:
    page = open_page(f"{vizy.url}/gallery?kind=burst")
    expect(page).to_have_title("Gallery · Vizy")
    tiles(page, 6)
    expect(page.locator("[data-kind=burst]")).to_have_attribute("aria-pressed", "true")
    page.locator("[data-kind=still]").click()
    tiles(page, 3)
    assert page.url.endswith("/gallery?kind=still")
    page.locator("#only-protected").click()
    expect(page.locator("#gallery-empty")).to_contain_text("Nothing matches.")
    page.get_by_role("button", name="Show everything").click()
    tiles(page, 9)
    page.locator("#gallery-date input").fill("2001-02-03")
    expect(page.locator("#gallery-empty")).to_contain_text("Nothing matches.")

    # Back steps through them, and neither that nor the viewer draws the wall anew.
    page.evaluate("document.querySelector('#gallery-wall').isKept = true")
    for count in (9, 0, 3):
        page.go_back()
        tiles(page, count)
    expect(page.locator("[data-kind=still]")).to_have_attribute("aria-pressed", "true")
    page.locator(".vz-tile").first.click()
    expect(page.locator(".vz-viewer")).to_be_visible()
    page.go_back()
    expect(page.locator(".vz-viewer")).to_be_hidden()
    assert page.url.endswith("/gallery?kind=still")
    page.go_forward()
    expect(page.locator(".vz-viewer")).to_be_visible()
    page.go_back()
    tiles(page, 3)
    assert page.evaluate("document.querySelector('#gallery-wall').isKept")


def test_the_viewer_walks_tells_tags_compares_and_closes_by_back(
    open_page: Open, vizy: VizyProcesses, taken: httpx.Client
) -> None:
    first, second = newest(taken, 2)
    page = open_page(f"{vizy.url}/gallery", width=390, height=844)
    tiles(page, 9)
    page.locator(f"[data-id='{first}']").click()
    viewer = page.locator(".vz-viewer")
    expect(viewer).to_be_visible()
    assert page.url.endswith(f"#{first}")
    until(page, "document.querySelector('.vz-pane img').naturalWidth === 1280")
    page.keyboard.press("ArrowRight")
    assert page.url.endswith(f"#{second}")
    page.keyboard.press("i")
    expect(page.locator(".vz-sheet")).to_contain_text("Simulated IMX219")
    page.locator("#viewer-tags").fill("nest, morning")
    page.locator("#viewer-tags").press("Tab")
    expect(page.locator("#notice")).to_have_text("Tags saved")
    assert taken.get(f"/api/v1/captures/{second}").json()["tags"] == ["nest", "morning"]
    page.keyboard.press("c")
    expect(page.locator(".vz-pane:visible")).to_have_count(2)
    page.keyboard.press("c")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Unprotect")).to_be_visible()
    page.keyboard.press("Delete")
    expect(page.locator("#notice")).to_contain_text("Protected: unprotect it first")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Protect", exact=True).last).to_be_visible()
    page.go_back()
    expect(viewer).to_be_hidden()
    assert page.url.endswith("/gallery")
    assert page.evaluate("document.activeElement.dataset.id") == second
    page.goto(f"{vizy.url}/gallery#{first}")  # a link that somebody sent
    page.reload()
    expect(viewer).to_be_visible()
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()


def test_a_video_is_played_from_any_place(
    open_page: Open, vizy: VizyProcesses, taken: httpx.Client
) -> None:
    job = taken.post("/api/v1/jobs", json={"type": "recording", "duration_s": 1.5}).json()
    while taken.get(f"/api/v1/jobs/{job['id']}").json()["status"] not in ("done", "failed"):
        pass
    page = open_page(f"{vizy.url}/gallery?group={job['id']}")
    tiles(page, 1)
    expect(page.locator(".vz-tile .vz-length")).to_have_text(re.compile(r"0:0\d"))
    page.locator(".vz-tile").click()
    until(page, "document.querySelector('.vz-pane video').readyState >= 1")
    page.evaluate("document.querySelector('.vz-pane video').currentTime = 1")
    until(page, "document.querySelector('.vz-pane video').seeking === false")
    assert page.evaluate("document.querySelector('.vz-pane video').currentTime") == 1
    page.keyboard.press("Delete")
    expect(page.locator("#gallery-empty")).to_contain_text("Nothing matches.")


def test_somebody_who_only_looks_can_neither_protect_nor_delete(
    open_page: Open, vizy: VizyProcesses, taken: httpx.Client
) -> None:
    page = open_page(f"{vizy.url}/gallery", role="viewer")
    tiles(page, 9)
    page.locator(".vz-tile").first.focus()
    page.keyboard.press("x")
    expect(page.locator("#gallery-bar [aria-label=Download]")).to_be_visible()
    expect(page.locator("#gallery-bar [aria-label=Delete]")).to_have_count(0)
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    page.locator(".vz-tile").first.click()
    expect(page.locator(".vz-viewer [aria-label=Download]")).to_be_visible()
    expect(page.locator(".vz-viewer [aria-label=Delete]")).to_have_count(0)
    assert len(newest(taken, 20)) == 9


def test_ten_thousand_pictures_cost_no_more_than_a_screen_of_them(
    open_page: Open, vizy: VizyProcesses
) -> None:
    ids = (
        f"2026{11 - n // 3000:02d}{20 - n % 3000 // 200:02d}T120000_{n % 200:03d}Z-00ff"
        for n in range(MANY)
    )
    lines: list[list[object]] = [
        [one, "still", 1600, 1200 if n % 3 else 900, 0, False]
        for n, one in enumerate(sorted(ids, reverse=True))
    ]
    page = open_page(f"{vizy.url}/healthz")
    is_broken = [True]

    def index(route: Route) -> None:
        if is_broken[0]:
            route.abort()
        else:
            answer = {"lines": lines, "count": MANY, "next": None}
            route.fulfill(body=json.dumps(answer), content_type="application/json")

    page.route("**/captures/index*", index)
    page.route("**/thumbnail", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    page.goto(f"{vizy.url}/gallery")
    expect(page.locator("#gallery-empty")).to_contain_text("Trying again")
    is_broken[0] = False  # it comes back by itself
    expect(page.locator("#gallery-count")).to_have_text("10,000 items", timeout=15_000)
    expect(page.locator("#gallery-empty")).to_be_empty()
    most = 0
    for share in (0, 0.3, 0.31, 0.7, 1):
        page.evaluate(f"(g => g.scrollTo(0, {share} * g.scrollHeight))(vizy.wall.scroller)")
        until(page, "document.querySelectorAll('.vz-tile img[src]').length > 5")
        most = max(most, page.locator("#gallery-wall *").count())
    assert most < 600
    last = page.locator(f"[data-id='{lines[-1][0]}']")
    expect(last).to_be_visible()
    expect(page.locator(".vz-day").last).to_be_in_viewport()
    page.locator(".vz-tile").last.focus()
    page.keyboard.press("Home")
    expect(page.locator(f"[data-id='{lines[0][0]}']")).to_be_focused()
