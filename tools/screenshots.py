"""Take the pictures that the documentation shows: phone and desktop, light and dark.

Run by `make screenshots`, from the project's root. Starts a whole Vizy on the simulated camera in a
temporary folder, takes a few captures, and writes docs/live-WIDTH-SCHEME.jpg.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import FLAGS
from tests.system import people
from tests.system.processes import VizyProcesses

SIZES = {390: 844, 1280: 800}
LOOKS: tuple[dict[str, float], ...] = (
    {"Brightness": 0.0},
    {"Saturation": 0.0},
    {"Saturation": 2.2},
    {"Saturation": 1.0, "ExposureValue": -1.0},
    {"ExposureValue": 0.0},
)


def main() -> None:
    """Write the four pictures."""
    with tempfile.TemporaryDirectory() as folder, VizyProcesses(Path(folder)) as vizy:
        with vizy.client() as client:
            for look in LOOKS:
                client.patch("/api/v1/controls", json=look).raise_for_status()
                client.post("/api/v1/captures").raise_for_status()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            for scheme in ("light", "dark"):
                for width, height in SIZES.items():
                    context = browser.new_context(
                        viewport={"width": width, "height": height},
                        color_scheme=scheme,
                        device_scale_factor=2 if width < 900 else 1,
                    )
                    context.add_cookies([people.cookie("admin")])
                    page = context.new_page()
                    page.goto(vizy.url)
                    expect(page.locator("#live-view")).to_have_attribute("data-live", "live")
                    page.wait_for_load_state("networkidle")
                    page.wait_for_timeout(2500)  # until latency and rate have settled
                    path = f"docs/live-{width}-{scheme}.jpg"
                    page.screenshot(path=path, type="jpeg", quality=86)
                    context.close()
            browser.close()


if __name__ == "__main__":
    main()
