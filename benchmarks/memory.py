"""Memory of a server with one slider and one text, ours and stock Dash, under the same uvicorn."""

import time
import urllib.request

from benchmarks.peers import OURS_SHARED, STOCK_QUART, STOCK_SOCKET
from benchmarks.process import running
from benchmarks.table import Row, middle, say

ROUNDS = 3
LIMIT_MB = 10.0
MEASURED = "memory of a minimal server"


def rows() -> list[Row]:
    """Measure all, after one page was served."""
    sizes: dict[str, list[float]] = {STOCK_QUART: [], STOCK_SOCKET: [], OURS_SHARED: []}
    for _ in range(ROUNDS):
        for peer, values in sizes.items():
            with running(peer) as served:
                for path in ("", "_dash-layout", "_dash-dependencies"):
                    urllib.request.urlopen(served.url + path).close()
                time.sleep(0.5)
                values.append(served.rss_mb)
    made = [Row(MEASURED, peer, f"{middle(values):.1f} MB") for peer, values in sizes.items()]
    for row in made:
        say(f"{MEASURED}: {row.peer}: {row.result}")
    more = middle(sizes[OURS_SHARED]) - middle(sizes[STOCK_QUART])
    target = f"≤ {STOCK_QUART} + {LIMIT_MB:g} MB"
    made.append(Row(MEASURED, OURS_SHARED, f"{more:+.1f} MB", "", target, more <= LIMIT_MB))
    return made
