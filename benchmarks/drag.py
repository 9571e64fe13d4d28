"""Fast drags on a device that takes 5 to 30 ms: ours and stock Dash over HTTP.

Real mouse, about 100 moves a second. For each drag: does the device end on the slider's value, does
a second browser, and how long after the mouse is up is the device there.
"""

import random
import statistics
import sys
import time

import httpx
from playwright.sync_api import Page

from benchmarks.browser import chromium
from benchmarks.peers import running

GIVE_UP_S = 3.0


def value(page: Page) -> int:
    """Where the slider stands."""
    shown = page.locator("#slider [role=slider]").get_attribute("aria-valuenow")
    return int(float(shown or -1))


def drag(page: Page, to: float) -> None:
    """Move the handle to a fraction of the slider in about a third of a second."""
    handle = page.locator("#slider [role=slider]").bounding_box()
    track = page.locator("#slider").bounding_box()
    assert handle
    assert track
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    goal = track["x"] + track["width"] * to
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 31):
        page.mouse.move(x + (goal - x) * step / 30, y)
        page.wait_for_timeout(8)
    page.mouse.up()


def main(drags: int) -> None:
    """Print the table."""
    print(
        f"{'':20} {'wrong':>7} {'followed':>9} {'calls/drag':>11} {'lag p50 ms':>11} {'lag max':>8}"
    )
    with chromium() as browser:
        for name in ("shared callback", "stock Dash, HTTP"):
            wrong = followed = 0
            lags: list[float] = []
            spots = random.Random(2)
            with running(name, slow=True) as url, httpx.Client(base_url=url) as client:
                pages = [browser.new_page(), browser.new_page()]
                for page in pages:
                    page.goto(url)
                    page.wait_for_selector("#slider [role=slider]")
                    page.wait_for_timeout(500)
                before = client.get("/device").json()["calls"]
                for _ in range(drags):
                    drag(pages[0], spots.uniform(0.05, 0.95))
                    start = time.monotonic()
                    pages[0].wait_for_timeout(20)  # a frame, for the slider to follow the pointer
                    final = value(pages[0])
                    while client.get("/device").json()["value"] != final:
                        if time.monotonic() - start > GIVE_UP_S:
                            wrong += 1
                            break
                    else:
                        lags.append((time.monotonic() - start) * 1000)
                    # Whatever was still under way has arrived by now.
                    pages[0].wait_for_timeout(150)
                    device = client.get("/device").json()["value"]
                    wrong += device != value(pages[0]) and device != final
                    followed += value(pages[1]) == value(pages[0])
                calls = (client.get("/device").json()["calls"] - before) / drags
                for page in pages:
                    page.close()
            print(
                f"{name:20} {wrong:>3}/{drags:<3} {followed:>5}/{drags:<3} {calls:11.0f}"
                f" {statistics.median(lags):11.0f} {max(lags):8.0f}"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
