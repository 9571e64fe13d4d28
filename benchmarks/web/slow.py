"""What does a viewer behind 1 Mbit/s do to five others, and what does it get itself?"""

import time

from benchmarks.table import Row, middle, percentile, say
from benchmarks.web.crowd import crowd, rate
from benchmarks.web.served import BROADCAST, OURS, served

QUICK = 5
SECONDS = 10.0
SETTLING_S = 8.0  # so long the slow one looks for its size, and fills what buffers there are
LEAST = 0.97  # of the others' rate: the machine's own noise
MEASURED = f"a viewer behind 1 Mbit/s beside {QUICK} quick ones"


def rows() -> list[Row]:
    """Measure both."""
    made: list[Row] = []
    for peer in (BROADCAST, OURS):
        with served(peer) as running, crowd(running) as viewers:
            viewers.open(QUICK)
            viewers.watch(2)
            alone = rate(viewers.watch(SECONDS))
            viewers.open(1, is_slow=True)
            time.sleep(SETTLING_S)
            seen = viewers.watch(SECONDS)
        together = rate(seen)
        slow = next(one for one in seen if one["is_slow"])
        ages = slow["ages_ms"]
        others = f"the others get {together:.1f}/s, {alone:.1f}/s without it"
        itself = (
            f"it gets {slow['fps']:.1f}/s, p50 {middle(ages):.0f}, p95 "
            f"{percentile(ages, 95):.0f} ms old"
        )
        is_ours = peer == OURS
        kept = together / alone
        target = "same rate" if is_ours else ""
        made += [
            Row(MEASURED, peer, others, "", target, kept >= LEAST if is_ours else None),
            Row(MEASURED, peer, itself),
        ]
        for row in made[-2:]:
            say(f"{MEASURED}: {row.peer}: {row.result}")
    return made
