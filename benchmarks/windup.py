"""100 changes a second for 3 s on a device that takes 50 ms and does one thing at a time.

The page sets the slider by the clock, as a drag would. How long after the last change does the page
show that the device is there, and how many changes of the text were seen before? Ours five times,
the median counts.
"""

from playwright.sync_api import Browser

from benchmarks.browser import chromium, opened
from benchmarks.peers import OURS_SHARED, STOCK_FLASK, STOCK_QUART, STOCK_SOCKET
from benchmarks.process import running
from benchmarks.table import Row, middle, say

DEVICE_S = 0.050
LIMIT = 2.0
RUNS = {STOCK_FLASK: 1, STOCK_QUART: 1, STOCK_SOCKET: 1, OURS_SHARED: 5}
GIVE_UP_MS = 25_000
MEASURED = "lag after 3 s of 100 changes/s, device of 50 ms"

CHANGE = """async (giveUp) => {
    const text = document.getElementById('text');
    let seen = 0, last = null, done;
    const finished = new Promise((resolve) => { done = resolve; });
    new MutationObserver(() => {
        if (last === null) seen++;
        else if (text.textContent === 'device at 300') done(performance.now() - last);
    }).observe(text, {childList: true, characterData: true, subtree: true});
    const start = performance.now();
    for (let n = 1; n <= 300; n++) {
        const wait = start + n * 10 - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        window.dash_clientside.set_props('slider', {value: n});
    }
    last = performance.now();
    const late = new Promise((resolve) => setTimeout(resolve, giveUp, null));
    return [await Promise.race([finished, late]), seen];
}"""


def measure(browser: Browser, peer: str) -> tuple[float, int, int, int]:
    """Return the lag in device times, updates seen, calls of the device and where it ended."""
    with (
        running(peer, shortest_s=DEVICE_S, longest_s=DEVICE_S, is_serial=True) as served,
        opened(browser, served.url) as page,
    ):
        before = served.device()[1]
        lag_ms, seen = page.evaluate(CHANGE, GIVE_UP_MS)
        page.wait_for_timeout(200)
        final, calls = served.device()
    lag = float("inf") if lag_ms is None else lag_ms / 1000 / DEVICE_S
    return lag, seen, calls - before, final


def rows() -> list[Row]:
    """Measure all."""
    made: list[Row] = []
    with chromium() as browser:
        for peer, runs in RUNS.items():
            results = [measure(browser, peer) for _ in range(runs)]
            lags, seen, calls, finals = zip(*results, strict=True)
            lag = middle(lags)
            most = f", max {max(lags):.1f}" if runs > 1 else ""
            result = (
                f"{lag:.1f} device times{most}, {middle(seen):.0f} updates seen, "
                f"{middle(calls):.0f} calls, device ended at {', '.join(map(str, set(finals)))}"
            )
            say(f"{MEASURED}: {peer}: {result}")
            if peer == OURS_SHARED:
                is_reached = lag <= LIMIT and set(finals) == {300}
                target = f"≤ {LIMIT:g} device times"
                made.append(Row(MEASURED, peer, result, "", target, is_reached))
            else:
                made.append(Row(MEASURED, peer, result))
    return made
