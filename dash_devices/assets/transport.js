/* The renderer's fetches of layout, dependencies and updates travel on the socket.
 *
 * Each request waits here for its answer; the renderer gets a Response as from its own server.
 */

const nativeFetch = window.fetch.bind(window);

const ROUTES = new Map([
    ['_dash-layout', 'layout'],
    ['_dash-dependencies', 'deps'],
    ['_dash-update-component', 'update']
]);

const PUSHER_UPDATE = 1;
const PUSHER_OTHER = 2;
const GREETING_MS = 3000; // after so long without socket, what may go by HTTP does
const ROOM = 1000;        // in a message, for what is around a body

const requests = new Map(); // number -> request without an answer, in order of asking
const first = new Map();    // what the renderer will ask for first, asked already
let lastNumber = 0;
let shared = new Set();     // ids of the callbacks that the server shares
let serial = new Set();     // ids of those that it runs one at a time for each browser
let background = new Set(); // ids of those that need a real HTTP request
let maxBytes = Infinity;

window.fetch = function (resource, init) {
    const url = new URL(typeof resource === 'string' ? resource : resource.url || resource,
        location.href);
    const what = url.origin === location.origin && ROUTES.get(url.pathname.split('/').pop());
    const byHttp = () => nativeFetch(resource, init);
    if (!what) {
        return byHttp();
    }
    if (what !== 'update') {
        const asked = first.get(what) || (service & PUSHER_OTHER ? request(what) : byHttp());
        first.delete(what);
        return asked;
    }
    if (!isPlainUpdate(url, init)) {
        return byHttp();
    }
    const update = JSON.parse(init.body);
    const ahead = takeEager(update);
    if (ahead) {
        return ahead;
    }
    const go = () => (isOnSocket(update.output)
        ? requestUpdate(update, init.body, byHttp) : byHttp());
    if (fingerprint !== null) {
        return go();
    }
    const patience = new Promise((resolve) => setTimeout(resolve, GREETING_MS));
    return Promise.race([greeted, patience]).then(go);
};

const fits = (text) => text.length * 3 + ROOM <= maxBytes ||
    new TextEncoder().encode(text).length + ROOM <= maxBytes;
const mustBeOnSocket = (output) => shared.has(output) || serial.has(output);
const isOnSocket = (output) => mustBeOnSocket(output) ||
    (Boolean(service & PUSHER_UPDATE) && !background.has(output));

// Background callbacks carry handles in the query and need a real HTTP request.
function isPlainUpdate(url, init) {
    return init && typeof init.body === 'string' &&
        [...url.searchParams.keys()].every((name) => name === 'endId');
}

function requestUpdate(update, body, byHttp) {
    const propIds = update.changedPropIds;
    const asked = {what: 'update', body, output: update.output, propIds};
    if (isEcho(update) || isFirstWord(asked) || hasRunOnServer(update) || isForAnother(update)) {
        return Promise.resolve(answer(204, null));
    }
    if (!fits(body)) {
        return mustBeOnSocket(update.output) ? Promise.resolve(answer(413, null,
            `This change is larger than ${maxBytes} bytes, more than a message may be.`)) : byHttp();
    }
    propIds.forEach((propId) => echoes.delete(propId)); // now a person's
    return ask(asked);
}

const request = (what) => ask({what, body: 'null', output: null, propIds: []});

function ask(asked) {
    Object.assign(asked, {
        number: ++lastNumber, isShared: false, sent: null, acked: false, since: performance.now()
    });
    return new Promise((resolve) => {
        asked.resolve = resolve;
        if (!isReady) {
            replaceOlder(asked);
        }
        requests.set(asked.number, asked);
        if (isReady) {
            send(asked);
        }
    });
}

// A slider tells its drag_value as soon as it is drawn. On a page that nobody has touched yet that is
// no edit, and by the time it arrives the shared value may be another.
let isTouched = false;
for (const name of ['pointerdown', 'keydown']) {
    window.addEventListener(name, () => { isTouched = true; }, {capture: true, once: true});
}
const isFirstWord = (asked) => !isTouched && shared.has(asked.output) && asked.propIds.length > 0 &&
    asked.propIds.every((propId) => splitPropId(propId)[1] === 'drag_value');

const isStateLike = (asked) => asked.what !== 'update' ||
    asked.propIds.every((propId) => STATE_LIKE.has(splitPropId(propId)[1]));

// While away, only the newest value of a slider is kept; also in place of one that was sent and
// may or may not have arrived: sent again, the older would undo the newer for a moment.
function replaceOlder(asked) {
    if (asked.what !== 'update' || !asked.propIds.length || !isStateLike(asked)) {
        return;
    }
    const kind = (r) => JSON.stringify([r.output, r.propIds]);
    const older = [...requests.values()].filter((other) => other.number < asked.number);
    for (const other of older.reverse()) {
        if (!isStateLike(other)) {
            return; // a click stays between the values that it was made between
        }
        if (other.what === 'update' && kind(other) === kind(asked)) {
            requests.delete(other.number);
            other.resolve(answer(204, null));
        }
    }
}

function send(asked) {
    asked.sent = socket;
    asked.isShared = shared.has(asked.output);
    if (asked.isShared) {
        for (const propId of asked.propIds) {
            pending.set(propId, (pending.get(propId) || 0) + 1);
            forgetHeld(propId); // this edit comes after whatever was held back so far
        }
    }
    asked.links = linksOf(asked.output);
    let more = asked.links.length ? `,"c":${JSON.stringify(asked.links)}` : '';
    if (!fits(asked.body + more)) {
        asked.links = []; // those that follow are asked for by the renderer
        more = '';
    }
    socket.send(`{"t":"req","i":${asked.number},"u":"${asked.what}","b":${asked.body}${more}}`);
}

function answer(status, data, error) {
    const type = error !== undefined ? 'text/html' : 'application/json';
    const response = new Response(error, {status, headers: {'Content-Type': type}});
    if (data !== null) {
        response.json = () => Promise.resolve(data); // parsed already
    }
    return response;
}

function settled(asked) {
    if (asked.isShared && !asked.acked) {
        asked.acked = true;
        for (const propId of asked.propIds) {
            const left = (pending.get(propId) || 1) - 1;
            left ? pending.set(propId, left) : pending.delete(propId);
        }
    }
}
