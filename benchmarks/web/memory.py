"""How much memory does the web process have after ten browsers were on every page?

Of pages that it shares with other processes only its share counts (PSS); resident is beside it. The
peer serves one page and does nothing else, and holds the camera besides.
"""

import time

from benchmarks.browser import chromium
from benchmarks.hardware.process import pss_mib, rss_mib
from benchmarks.table import Row, say
from benchmarks.web.served import BROADCAST, OURS, served
from benchmarks.web.visit import PATHS, until_connected
from tests.system import people

BROWSERS = 10
LIMIT_MIB = 120.0
SETTLING_S = 3.0
MEASURED = f"memory of the web process, all pages open in {BROWSERS} browsers in turn"


def told(pid: int) -> str:
    """Return what a process has as text."""
    return f"PSS {pss_mib(pid):.1f} MiB, RSS {rss_mib(pid):.1f} MiB"


def rows() -> list[Row]:
    """Measure all."""
    with served(BROADCAST) as plain, chromium() as browser:
        pages = [browser.new_page() for _ in range(BROWSERS)]
        for page in pages:
            page.goto(plain.url, wait_until="commit")
        time.sleep(SETTLING_S)
        made = [Row(MEASURED, BROADCAST, f"{told(plain.pid)}, one page only")]
    with served(OURS) as running, chromium() as browser:
        made.append(Row(MEASURED, OURS, f"{told(running.pid)} before the first"))
        contexts = [browser.new_context() for _ in range(BROWSERS)]
        pages = []
        for context in contexts:
            context.add_cookies([people.cookie("admin")])
            pages.append(context.new_page())
        most = 0.0
        for path in (*PATHS, "/"):
            for page in pages:
                page.goto(running.url + path)
                until_connected(page)
            most = max(most, pss_mib(running.pid))
        time.sleep(SETTLING_S)
        most = max(most, pss_mib(running.pid))
        result = f"{told(running.pid)} with all on Live, most PSS {most:.1f} MiB"
        made.append(Row(MEASURED, OURS, result, "", f"< {LIMIT_MIB:g} MiB", most < LIMIT_MIB))
    for row in made:
        say(f"{MEASURED}: {row.peer}: {row.result}")
    return made
