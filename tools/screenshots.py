"""Take the pictures that the documentation shows: every page, phone and desktop, light and dark.

Run by `make screenshots`, from the project's root. Starts a whole Vizy on the simulated camera in a
temporary folder, gives it something to show, and writes docs/screenshots/PAGE-WIDTH-SCHEME.jpg.
"""

import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.setup_site import serving_setup
from tests.system import people
from tests.system.processes import READY, SupervisedVizy, VizyProcesses
from web.auth.identity import RoleName

FOLDER = Path("docs/screenshots")
SIZES = {390: 844, 1280: 800}
SCHEMES = ("light", "dark")
MOST_BYTES = 120_000
LOOKS: tuple[dict[str, float], ...] = (
    {"Brightness": 0.0},
    {"Saturation": 0.0},
    {"Saturation": 2.2},
    {"Saturation": 1.0, "ExposureValue": -1.0},
    {"ExposureValue": 0.8, "Contrast": 1.3},
)
AS_NEW = {"ExposureValue": 0.0, "Contrast": 1.0}


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        expect.set_options(timeout=30_000)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        with VizyProcesses(Path(folder, "new"), has_people=False) as vizy:
            take(browser, "welcome", f"{vizy.url}/welcome", role=None)
        with serving_setup() as site:
            take(browser, "setup", f"{site.url}/setup", role=None)
        with SupervisedVizy(Path(folder, "used")) as vizy:
            vizy["run"].until_line(READY["hardware"])
            with vizy.client(timeout=120) as client:
                fill(client)
                for name, (path, prepare) in SCENES.items():
                    if name == "live":
                        start(client, {"type": "recording"})
                    take(browser, name, f"{vizy.url}{path}", prepare)
            take(browser, "login", f"{vizy.url}/login", role=None)
        browser.close()


def fill(client: httpx.Client) -> None:
    """Give it presets, pictures of several looks, a burst, a video, and a token."""
    for name, values in (
        ("Garden at noon", {"ExposureValue": -0.3}),
        ("Dusk", {"Brightness": 0.1}),
    ):
        client.put(f"/api/v1/presets/{name}", json={"values": values}).raise_for_status()
    until_done(client, start(client, {"type": "recording", "duration_s": 4}))
    for look in LOOKS:
        client.patch("/api/v1/controls", json=look).raise_for_status()
        client.post("/api/v1/captures").raise_for_status()
    until_done(client, start(client, {"type": "burst", "count": 6, "fps": 4}))
    client.patch("/api/v1/controls", json=AS_NEW).raise_for_status()
    for _ in range(3):
        client.post("/api/v1/captures").raise_for_status()
    newest = client.get("/api/v1/captures").json()["items"][1]["id"]
    marks = {"protected": True, "tags": ["garden", "robin"]}
    client.patch(f"/api/v1/captures/{newest}", json=marks).raise_for_status()


def start(client: httpx.Client, job: dict[str, Any]) -> str:
    """Start a job, and return its id."""
    return client.post("/api/v1/jobs", json=job).raise_for_status().json()["id"]


def until_done(client: httpx.Client, job: str) -> None:
    """Wait for the end of a job."""
    while client.get(f"/api/v1/jobs/{job}").json()["status"] not in ("done", "failed"):
        time.sleep(0.2)


def live(page: Page) -> None:
    """Wait until latency and rate have settled."""
    expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
    page.wait_for_timeout(2500)


def gallery(page: Page) -> None:
    """Wait until all pictures are there."""
    expect(page.locator(".vz-tile img.is-there").nth(11)).to_be_visible()
    page.wait_for_timeout(400)


def viewer(page: Page) -> None:
    """Open a picture, and what is known of it."""
    gallery(page)
    page.locator(".vz-tile").nth(1).click()
    expect(page.locator(".vz-viewer")).to_be_visible()
    page.keyboard.press("i")
    page.wait_for_timeout(1000)


def sensors(page: Page) -> None:
    """Wait until the charts have lines."""
    page.get_by_text("5 min", exact=True).click()
    expect(page.locator(".vz-reach").first).to_contain_text("5 minutes")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    page.wait_for_timeout(500)


def settings(page: Page) -> None:
    """Wait until the form is there."""
    expect(page.get_by_label("Frame rate")).to_have_value(re.compile(r"\d"))


def listed(page: Page) -> None:
    """Wait until people, sessions and tokens are listed."""
    expect(page.locator(".ac-list[data-loaded] li").first).to_be_visible()
    page.wait_for_timeout(300)


def system(page: Page) -> None:
    """Wait until the log has lines."""
    expect(page.locator(".vz-verdict")).to_be_visible()
    expect(page.locator("#log-lines > div").first).to_be_visible()


SCENES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "gallery": ("/gallery", gallery),
    "viewer": ("/gallery", viewer),
    "settings": ("/settings", settings),
    "users": ("/users", listed),
    "account": ("/account", listed),
    "system": ("/system", system),
    "sensors": ("/sensors", sensors),
    "live": ("/", live),
}


def take(
    browser: Browser,
    name: str,
    url: str,
    prepare: Callable[[Page], None] = lambda page: None,
    *,
    role: RoleName | None = "admin",
) -> None:
    """Write the four pictures of one page."""
    for scheme in SCHEMES:
        for width, height in SIZES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                device_scale_factor=1.5 if width < 900 else 1,
            )
            if role:
                context.add_cookies([people.cookie(role)])
            page = context.new_page()
            page.goto(url)
            prepare(page)
            page.wait_for_load_state("networkidle" if name != "system" else "load")
            save(page, FOLDER / f"{name}-{width}-{scheme}.jpg")
            context.close()


def save(page: Page, path: Path) -> None:
    """Write what the page shows, as well as its size allows."""
    for quality in (84, 76, 68, 60):
        path.write_bytes(page.screenshot(type="jpeg", quality=quality))
        if path.stat().st_size < MOST_BYTES:
            return


if __name__ == "__main__":
    main()
