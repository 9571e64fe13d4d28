/* Connecting, looking after the connection, and catching up after it broke. */

const script = document.currentScript;
const socketUrl = new URL(script.dataset.socket, location.href);
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
const service = Number(script.dataset.service);

// What this page calls itself in every hello; crypto.randomUUID is for https only.
const pageName = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0')).join('');

const CLICK_PATIENCE_MS = 3000; // a click that cannot be delivered for so long is reported
const PING_EVERY_MS = 10000;
const PONG_WITHIN_MS = 5000;
const GREETED_WITHIN_MS = 10000; // a connection attempt that takes longer is given up
const BACKOFF_MAX_MS = 5000;
const REFUSED_RETRY_MS = 15000;
const FORBIDDEN = 4003;

let socket = null;
let isReady = false;        // greeted: what is asked may be sent
let boot = null;            // which run of the server this page talks to
let fingerprint = null;     // which application
let revision = 0;
let failures = 0;
let refused = false;        // the server does not let this browser in
let awaySince = null;
let lastHeard = 0;
let connectingSince = 0;
let retryTimer = null;
let greet = null;
const greeted = new Promise((resolve) => { greet = resolve; });

function connect() {
    clearTimeout(retryTimer);
    retryTimer = null;
    connectingSince = performance.now();
    const mine = socket = new WebSocket(socketUrl);
    mine.onopen = () => {
        lastHeard = performance.now();
        mine.send(JSON.stringify({t: 'hello', boot, q: revision, page: pageName}));
        if (boot === null) { // what a new page needs does not wait for the greeting
            [...requests.values()].filter((asked) => asked.what !== 'update').forEach(send);
        }
    };
    mine.onmessage = (event) => {
        if (mine === socket) {
            lastHeard = performance.now();
            JSON.parse(event.data).forEach(receive);
        }
    };
    mine.onclose = (event) => mine === socket && lost(event.code === FORBIDDEN);
}

const receivers = {
    hello(message) {
        if (fingerprint !== null && fingerprint !== message.app) {
            location.reload(); // another application: its callbacks are not this page's
            return;
        }
        const seen = message.boot === boot ? message.seen : null;
        if (boot !== null && message.boot !== boot) {
            everTold.forEach((propId) => unknown.add(propId)); // the new run may not know of them
        }
        boot = message.boot;
        revision = message.q;
        maxBytes = message.max;
        learnCallbacks(message);
        failures = 0;
        awaySince = null;
        isReady = true;
        greet();
        resume(seen);
        tell('connected');
    },
    deps(message) {
        learnCallbacks(message);
        if (first.has('deps')) {
            first.set('deps', Promise.resolve(answer(200, message.b)));
        }
        stores().forEach((store) => renewGraphs(store, message.b));
    },
    err(message) {
        showError(message.m, message.e);
    },
    ack(message) {
        revision = message.q;
        const asked = requests.get(message.i);
        if (asked) {
            settled(asked);
        }
    },
    res(message) {
        const asked = requests.get(message.i);
        if (asked) {
            componentsIn(message.b).forEach(outdateComponent); // they hold the newest values
            if (message.c) {
                noteRan(asked.links, message.c, message.b.response);
            }
            if (message.s === 200) {
                delivered.add(asked.what);
            }
            requests.delete(message.i);
            settled(asked);
            asked.resolve(answer(message.s, 'b' in message ? message.b : null, message.e));
        }
    },
    mod(message) {
        revision = message.q;
        receiveMods(message.d, message.n, message.o);
    },
    pong() {}
};

function receive(message) {
    try {
        receivers[message.t](message);
    } catch (error) {
        reportError(error); // what else came in this frame counts all the same
    }
}

function learnCallbacks(message) {
    fingerprint = message.app;
    shared = new Set(message.shared);
    serial = new Set(message.serial);
    background = new Set(message.background);
    chains = message.chains;
}

// What was asked before the connection broke. The server says which request it saw last: what it
// never saw is sent again, what it saw is not. After a restart it cannot say: then values are sent
// again (they are absolute), and a click whose fate is not known is reported and never doubled.
function resume(seen) {
    pending.clear();
    [...requests.values()].filter((asked) => !asked.acked).forEach(replaceOlder);
    const unsure = [];
    for (const asked of [...requests.values()]) {
        const arrived = seen !== null && (asked.acked || asked.number <= seen);
        if (asked.sent === socket) {
            continue; // right behind this hello
        }
        requests.delete(asked.number);
        if (asked.sent && asked.isShared && arrived) {
            unsure.push(...(asked.acked ? [] : asked.propIds.map(splitPropId)));
            asked.resolve(answer(204, null));
        } else if (!asked.sent || (seen !== null && !arrived) || isStateLike(asked)) {
            asked.number = ++lastNumber;
            requests.set(asked.number, asked);
            send(asked);
        } else {
            report(asked, 'The connection broke before this was confirmed: look whether it ' +
                'took effect before you try again.');
        }
    }
    askFor([...[...unknown].map(splitPropId), ...unsure]);
}

function report(asked, text) {
    requests.delete(asked.number);
    window.dispatchEvent(new CustomEvent('dash-devices:undelivered',
        {detail: {propIds: asked.propIds, text}}));
    asked.resolve(answer(503, null, text));
}

function lost(isRefused) {
    isReady = false;
    pending.clear();
    if (awaySince === null) {
        awaySince = Date.now();
    }
    const wait = Math.min(BACKOFF_MAX_MS, 100 * 2 ** Math.min(failures, 6));
    failures += 1;
    retryTimer = setTimeout(connect,
        isRefused ? REFUSED_RETRY_MS : wait * (0.5 + Math.random() / 2));
    refused = isRefused;
    tell('reconnecting');
}

// Look after the connection: a dead one is replaced, a click that waits too long reported.
let pingSent = 0;
setInterval(() => {
    const now = performance.now();
    if (isReady && now - lastHeard > PING_EVERY_MS && now - pingSent > PING_EVERY_MS) {
        ping();
    }
    const isSilent = isReady && pingSent > lastHeard && now - pingSent > PONG_WITHIN_MS;
    const isStuck = !isReady && retryTimer === null && now - connectingSince > GREETED_WITHIN_MS;
    if (isSilent || isStuck) {
        const dead = socket;
        socket = null;
        dead.close();
        lost(false);
    }
    if (!isReady) {
        for (const asked of [...requests.values()]) {
            if (!isStateLike(asked) && !asked.sent && now - asked.since > CLICK_PATIENCE_MS) {
                report(asked, `Not delivered, because this page was not connected: ${
                    asked.propIds.join(', ')}. Try again.`);
            }
        }
        tell(awaySince === null ? 'connecting' : 'reconnecting');
    }
}, 500);

function ping() {
    pingSent = performance.now();
    socket.send('{"t":"ping"}');
}

function comeBack(event) {
    if (document.hidden) {
        return;
    }
    if (isReady) {
        ping(); // the tab slept: is the connection still there?
    } else if (retryTimer !== null || event.type === 'online') {
        failures = 0;
        const stuck = socket;
        connect(); // also in place of an attempt from before the network was back
        stuck && stuck.close();
    }
}
document.addEventListener('visibilitychange', comeBack);
window.addEventListener('online', comeBack);
