"""Fast drags on a device that takes 5 to 30 ms: where does it end, and do other browsers follow?

Real mouse, about 100 moves a second. After each drag the device must come to the value at which
the slider stands; a second browser shows the slider too.
"""

import random
import time

from playwright.sync_api import Page

from benchmarks.browser import HANDLE, chromium, opened, slider_value
from benchmarks.peers import OURS_SHARED, STOCK_FLASK, STOCK_QUART, STOCK_SOCKET
from benchmarks.process import Served, running
from benchmarks.table import Row, middle, say

GIVE_UP_S = 3.0
DRAGS = 200
PEER_DRAGS = 40
MEASURED = "fast drags, device of 5 to 30 ms"


def drag(page: Page, to: float) -> None:
    """Move the handle to a fraction of the slider in about a third of a second."""
    handle = page.locator(HANDLE).bounding_box()
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


def settle(page: Page, served: Served) -> float | None:
    """Wait until the device is where the slider stands; return how long it took, in seconds."""
    start = time.monotonic()
    page.wait_for_timeout(20)  # a frame, for the slider to follow the pointer
    final = slider_value(page)
    while served.device()[0] != final:
        if time.monotonic() - start > GIVE_UP_S:
            return None
        time.sleep(0.001)
    return time.monotonic() - start


def measure(peer: str, drags: int) -> tuple[int, int, str]:
    """Drag so often; return how often the device was wrong and the other browser followed."""
    wrong = followed = 0
    lags: list[float] = []
    spots = random.Random(2)
    with (
        chromium() as browser,
        running(peer, shortest_s=0.005, longest_s=0.030) as served,
        opened(browser, served.url) as page,
        opened(browser, served.url) as other,
    ):
        page.bring_to_front()
        before = served.device()[1]
        for number in range(1, drags + 1):
            drag(page, spots.uniform(0.05, 0.95))
            lag = settle(page, served)
            # Whatever was still under way has arrived by then.
            page.wait_for_timeout(150)
            final = slider_value(page)
            wrong += lag is None or served.device()[0] != final
            followed += slider_value(other) == final
            if lag is not None:
                lags.append(lag * 1000)
            if number % 50 == 0:
                say(f"{MEASURED}: {peer}: {number} of {drags}, {wrong} wrong")
        calls = (served.device()[1] - before) / drags
    text = f"{calls:.0f} calls a drag, lag p50 {middle(lags):.0f}, max {max(lags):.0f} ms"
    return wrong, followed, text


def rows(drags: int = DRAGS) -> list[Row]:
    """Measure all."""
    made: list[Row] = []
    for peer in (STOCK_FLASK, STOCK_QUART, STOCK_SOCKET, OURS_SHARED):
        times = drags if peer == OURS_SHARED else min(drags, PEER_DRAGS)
        wrong, followed, text = measure(peer, times)
        say(f"{MEASURED}: {peer}: wrong {wrong}, followed {followed} of {times}")
        wrong_text = f"wrong {wrong}/{times}"
        followed_text = f"other browser follows {followed}/{times}"
        if peer == OURS_SHARED:
            made += [
                Row(MEASURED, peer, f"{wrong_text}, {text}", "", "wrong 0", wrong == 0),
                Row(MEASURED, peer, followed_text, "", "all", followed == times),
            ]
        else:
            made.append(Row(MEASURED, peer, f"{wrong_text}, {followed_text}, {text}"))
    return made
