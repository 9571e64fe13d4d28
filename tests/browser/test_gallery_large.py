"""A large gallery on a whole Vizy: two hundred pictures of four days, and ten thousand made up."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from hardware.captures.names import capture_id
from tests.browser.waiting import until
from tests.system.processes import VizyProcesses

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
NEWEST = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
SIZES = ((160, 120), (160, 90), (90, 160))
MOST_NODES = 600
SCROLLER = """() => {
  const root = document.getElementById("gallery");
  return getComputedStyle(root).overflowY === "auto" ? root : document.scrollingElement;
}"""


def ids(count: int) -> list[str]:
    """Ids, newest first, fifty a day."""
    days_and_minutes = (divmod(number, 50) for number in range(count))
    return [
        capture_id(NEWEST - timedelta(days=day, minutes=minute), "00ff")
        for day, minute in days_and_minutes
    ]


@pytest.fixture(scope="module")
def vizy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VizyProcesses]:
    """A Vizy that has taken two hundred pictures."""
    folder: Path = tmp_path_factory.mktemp("vizy")
    (folder / "captures").mkdir()
    for number, identity in enumerate(ids(200)):
        picture = Image.new("RGB", SIZES[number % 3], (number, 120, 200 - number))
        picture.save(folder / "captures" / f"{identity}.jpg")
    with VizyProcesses(folder) as processes:
        yield processes


def opened(open_page: Open, vizy: VizyProcesses, query: str = "", **options: object) -> Page:
    page = open_page(f"{vizy.url}/gallery{query}", **options)
    expect(page.locator(".vz-tile").first).to_be_visible()
    return page


def count(vizy: VizyProcesses) -> int:
    with vizy.client() as client:
        return client.get("/api/v1/captures?limit=1").json()["count"]


def ten_thousand(route: Route) -> None:
    lines = [
        [identity, "still", *SIZES[at % 3], 0, False] for at, identity in enumerate(ids(10_000))
    ]
    route.fulfill(json={"lines": lines, "count": len(lines), "next": None})


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
def test_ten_thousand_pictures_are_a_bounded_page_whose_end_is_a_jump_away(
    open_page: Open, vizy: VizyProcesses, size: dict[str, int]
) -> None:
    page = open_page(f"{vizy.url}/", **size)
    page.route("**/captures/index*", ten_thousand)
    page.route("**/thumbnail", lambda route: route.fulfill(status=204))
    page.goto(f"{vizy.url}/gallery")
    expect(page.locator("#gallery-count")).to_have_text("10,000 items")
    height = page.evaluate(f"({SCROLLER})().scrollHeight")
    page.evaluate(f"(() => {{ const s = ({SCROLLER})(); s.scrollTo(0, s.scrollHeight); }})()")
    expect(page.locator(f"[data-id='{ids(10_000)[-1]}']")).to_be_in_viewport()
    assert page.evaluate(f"({SCROLLER})().scrollHeight") == height, "the scrollbar told the truth"
    most = page.evaluate(
        f"""async () => {{
          const scroller = ({SCROLLER})();
          const wall = document.getElementById("gallery-wall");
          let most = 0;
          for (let at = 0; at < scroller.scrollHeight; at += scroller.scrollHeight / 50) {{
            scroller.scrollTo(0, at);
            await new Promise(requestAnimationFrame);
            most = Math.max(most, wall.querySelectorAll("*").length);
          }}
          return most;
        }}"""
    )
    assert 0 < most < MOST_NODES


def test_what_one_takes_deletes_and_brings_back_the_other_sees_where_he_is(
    open_page: Open, vizy: VizyProcesses
) -> None:
    desktop, phone = opened(open_page, vizy), opened(open_page, vizy, **PHONE)
    there = count(vizy)
    phone.evaluate(f"(({SCROLLER})()).scrollTo(0, 1400)")
    until(
        phone,
        "[...document.querySelectorAll('.vz-tile')]"
        ".some((t) => t.getBoundingClientRect().top > 150)",
    )
    before = phone.evaluate(
        "() => { const t = [...document.querySelectorAll('.vz-tile')]"
        ".find((t) => t.getBoundingClientRect().top > 150);"
        "return [t.dataset.id, t.getBoundingClientRect().top]; }"
    )
    with vizy.client() as client:
        taken = client.post("/api/v1/captures").raise_for_status().json()["id"]
    for page in (desktop, phone):
        expect(page.locator("#gallery-count")).to_have_text(f"{there + 1} items")
    expect(desktop.locator(".vz-tile").first).to_have_attribute("data-id", taken)
    after = phone.evaluate(
        "(id) => document.querySelector(`[data-id='${id}']`).getBoundingClientRect().top", before[0]
    )
    assert after == pytest.approx(before[1], abs=2), "what one looks at stays where it is"

    desktop.locator(f"[data-id='{taken}']").hover()
    desktop.locator(f"[data-id='{taken}'] .vz-check").click()
    desktop.locator(".vz-tile").nth(2).click(modifiers=["Shift"])
    expect(desktop.locator("#gallery-bar")).to_contain_text("3 selected")
    desktop.get_by_role("button", name="Delete").click()
    for page in (desktop, phone):
        expect(page.locator("#gallery-count")).to_have_text(f"{there - 2} items")
    desktop.get_by_role("button", name="Undo").click()
    for page in (desktop, phone):
        expect(page.locator("#gallery-count")).to_have_text(f"{there + 1} items")

    desktop.locator(f"[data-id='{taken}'] .vz-check").click()
    desktop.get_by_role("button", name="Protect", exact=True).click()
    expect(desktop.locator(f"[data-id='{taken}'] .vz-held")).to_be_visible()
    desktop.locator(f"[data-id='{taken}'] .vz-check").click()
    desktop.keyboard.press("Delete")
    expect(desktop.locator("#notice")).to_contain_text("unprotect")
    assert count(vizy) == there + 1


def test_the_viewer_is_used_by_keys_alone_and_gives_the_focus_back(
    open_page: Open, vizy: VizyProcesses
) -> None:
    page = opened(open_page, vizy, "?until=2026-11-21T23:00:00Z")
    first, second = ids(200)[:2]
    viewer = page.locator(".vz-viewer")
    page.locator(f"[data-id='{first}']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"[data-id='{second}']")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(viewer).to_be_visible()
    expect(viewer.locator(f"img[src$='{first}/file']")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(viewer.locator(f"img[src$='{second}/file']")).to_be_visible()
    page.keyboard.press("i")
    expect(viewer.locator(".vz-sheet")).to_contain_text("160 × 90")
    page.locator("#viewer-tags").fill("owl, night")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Tags saved")
    with vizy.client() as client:
        assert client.get(f"/api/v1/captures/{second}").json()["tags"] == ["owl", "night"]
    viewer.get_by_role("button", name="Close").focus()
    page.keyboard.press("p")
    expect(viewer.get_by_role("button", name="Unprotect")).to_be_visible()
    page.keyboard.press("Delete")
    expect(page.locator("#notice")).to_contain_text("unprotect")
    page.keyboard.press("p")
    expect(viewer.get_by_role("button", name="Protect", exact=True)).to_be_visible()
    there = count(vizy)
    page.keyboard.press("Delete")
    expect(viewer.locator(f"img[src$='{ids(200)[2]}/file']")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#gallery-undo")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(page.locator(f".vz-tile[data-id='{ids(200)[2]}']")).to_be_focused()
    assert count(vizy) == there
