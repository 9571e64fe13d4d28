"""Wire round trip: from a request in the page to its answer, ours and stock Dash over HTTP.

The same JavaScript asks all, through the page's own ``fetch``: 300 requests one after another, the
first 50 not counted, in rounds that alternate. The answer of a shared callback comes behind the
change itself, so its time holds the change applied to the page; the others' hold the answer only.
"""

import statistics

from benchmarks.browser import chromium
from benchmarks.peers import PEERS, running

ROUNDS = 3
ASK = """async () => {
    const times = [];
    for (let n = 0; n < 300; n++) {
        const value = 1 + n % 99;
        const body = JSON.stringify({
            output: 'text.children',
            outputs: {id: 'text', property: 'children'},
            inputs: [{id: 'slider', property: 'value', value}],
            changedPropIds: ['slider.value'],
        });
        const start = performance.now();
        const answer = await fetch('/_dash-update-component', {
            method: 'POST', body, headers: {'Content-Type': 'application/json'}});
        if (answer.status === 200) await answer.json();
        if (n >= 50) times.push(performance.now() - start);
    }
    return times;
}"""


def main() -> None:
    """Print the table."""
    times: dict[str, list[float]] = {name: [] for name in PEERS}
    with chromium() as browser:
        for _ in range(ROUNDS):
            for name in PEERS:
                with running(name, slow=False) as url:
                    page = browser.new_page()
                    page.goto(url)
                    page.wait_for_selector("#slider [role=slider]")
                    page.wait_for_timeout(500)
                    times[name] += page.evaluate(ASK)
                    page.close()
    print(f"{'':20} {'p50 ms':>8} {'p95 ms':>8}")
    medians: dict[str, float] = {}
    for name, values in times.items():
        medians[name] = statistics.median(values)
        p95 = statistics.quantiles(values, n=20)[-1]
        print(f"{name:20} {medians[name]:8.2f} {p95:8.2f}")
    shared, regular, peer = (medians[name] for name in PEERS)
    print(f"regular / stock = {regular / peer:.2f}   (budget 0.33)")
    print(f"shared, change applied and drawn / stock, answer only = {shared / peer:.2f}")


if __name__ == "__main__":
    main()
