"""Wire round trip: from a request in the page to its answer.

Each peer is asked in the page, the way its own page asks: ours and stock Dash over HTTP through the
page's ``fetch``, stock Dash's WebSocket through the SharedWorker that its renderer uses (the same
worker, the same socket, a port of our own), python-socketio through a WebSocket with an event that
is acknowledged. Ten rounds that alternate, of 60 requests one after another; the first 10 of each
are not counted.
The answer of a shared callback comes behind the change itself, so its time holds the change applied
to the page; the others' hold the answer only.
"""

import contextlib

from playwright.sync_api import Page

from benchmarks.browser import chromium, opened
from benchmarks.peers import (
    OURS_REGULAR,
    OURS_SHARED,
    PEERS,
    SOCKETIO,
    STOCK_FLASK,
    STOCK_QUART,
    STOCK_SOCKET,
)
from benchmarks.process import running
from benchmarks.table import Row, middle_of_ticks, percentile, say

ROUNDS = 10
REQUESTS = 60
NOT_COUNTED = 10
MEASURED = "wire round trip, ms"

PREPARE = """
    const request = (n) => ({
        output: 'text.children',
        outputs: {id: 'text', property: 'children'},
        inputs: [{id: 'slider', property: 'value', value: 1 + n % 299}],
        changedPropIds: ['slider.value'],
    });
    window.measure = async (from, count) => {
        const times = [];
        for (let n = from; n < from + count; n++) {
            const start = performance.now();
            await window.ask(n);
            times.push(performance.now() - start);
        }
        return times;
    };
"""

FETCH = """
    window.ask = async (n) => {
        const answer = await fetch('/_dash-update-component', {
            method: 'POST', body: JSON.stringify(request(n)),
            headers: {'Content-Type': 'application/json'}});
        if (answer.status === 200) await answer.json();
    };
"""

WORKER = """
    const config = JSON.parse(document.getElementById('_dash-config').textContent).websocket;
    const {port} = new SharedWorker(config.worker_url, {name: 'dash-ws-worker'});
    const rendererId = 'benchmark';
    let arrived;
    port.onmessage = (event) => arrived(event.data);
    const connected = new Promise((resolve) => { arrived = resolve; });
    port.postMessage({type: 'connect', rendererId,
                      payload: {serverUrl: `ws://${location.host}${config.url}`}});
    await connected;
    window.ask = (n) => new Promise((resolve, reject) => {
        arrived = (answer) => answer.type === 'callback_response' &&
            answer.payload.status === 'ok' ? resolve() : reject(JSON.stringify(answer));
        port.postMessage({type: 'callback_request', rendererId, requestId: `benchmark-${n}`,
                          payload: request(n)});
    });
"""

SOCKET = """
    const root = url.replace('http', 'ws');
    const socket = new WebSocket(`${root}socket.io/?EIO=4&transport=websocket`);
    let arrived = () => {};
    const connected = new Promise((resolve) => { arrived = resolve; });
    socket.onmessage = (event) => {
        if (event.data[0] === '0') socket.send('40');
        else if (event.data === '2') socket.send('3');
        else arrived(event.data);
    };
    await connected;
    window.ask = (n) => new Promise((resolve) => {
        arrived = (text) => resolve(JSON.parse(text.slice(text.indexOf('['))));
        socket.send(`42${n}${JSON.stringify(['set', request(n).inputs[0].value])}`);
    });
"""

HOW = {STOCK_SOCKET: WORKER, SOCKETIO: SOCKET}


def rows() -> list[Row]:
    """Measure all."""
    times: dict[str, list[float]] = {name: [] for name in PEERS}
    with chromium() as browser, contextlib.ExitStack() as stack:
        pages: dict[str, Page] = {}
        for name in PEERS:
            served = stack.enter_context(running(name))
            if name == SOCKETIO:  # it serves no page
                pages[name] = browser.new_page()
            else:
                pages[name] = stack.enter_context(opened(browser, served.url))
            how = HOW.get(name, FETCH)
            pages[name].evaluate(f"async (url) => {{ {PREPARE} {how} }}", served.url)
        for number in range(ROUNDS):
            for name, page in pages.items():
                page.bring_to_front()
                span = [number * REQUESTS, REQUESTS]
                taken = page.evaluate("([from, count]) => window.measure(from, count)", span)
                times[name] += taken[NOT_COUNTED:]
        say(f"{MEASURED}: {ROUNDS} rounds done")
    return judged(times)


def judged(times: dict[str, list[float]]) -> list[Row]:
    """Make the rows."""
    p50 = {name: middle_of_ticks(values) for name, values in times.items()}
    own = p50[OURS_REGULAR]
    made: list[Row] = []
    for name, values in times.items():
        result = f"p50 {p50[name]:.2f}, p95 {percentile(values, 95):.2f}"
        is_own = name in (OURS_REGULAR, OURS_SHARED)
        ratio = "" if is_own else f"{own / p50[name]:.2f} regular"
        made.append(Row(MEASURED, name, result, ratio))
    http = min((STOCK_FLASK, STOCK_QUART), key=lambda name: p50[name])
    for peer, limit, text in (
        (http, 1 / 3, f"≤ 1/3 of the faster {http}"),
        (STOCK_SOCKET, 1.0, f"≤ {STOCK_SOCKET}"),
    ):
        ratio = own / p50[peer]
        made.append(Row(MEASURED, OURS_REGULAR, "", f"{ratio:.2f}", text, ratio <= limit))
    return made
