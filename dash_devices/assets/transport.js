/* The renderer's fetches of layout, dependencies and updates travel on the socket.
 *
 * Each request waits here for its answer; the renderer gets a Response as from its own server.
 */

const nativeFetch = window.fetch.bind(window);

const ROUTES = {
    '_dash-layout': 'layout',
    '_dash-dependencies': 'deps',
    '_dash-update-component': 'update'
};

const requests = new Map(); // number -> request without an answer, in order of asking
let lastNumber = 0;
let shared = new Set();     // ids of the callbacks that the server shares

window.fetch = function (resource, init) {
    const url = new URL(typeof resource === 'string' ? resource : resource.url || resource,
        location.href);
    const what = url.origin === location.origin && ROUTES[url.pathname.split('/').pop()];
    if (!what || (what === 'update' && !isPlainUpdate(url, init))) {
        return nativeFetch(resource, init);
    }
    return request(what, init && init.body);
};

// Background callbacks carry handles in the query and need a real HTTP request.
function isPlainUpdate(url, init) {
    return init && typeof init.body === 'string' &&
        [...url.searchParams.keys()].every((name) => name === 'endId');
}

function request(what, body) {
    const asked = {
        number: ++lastNumber, what, body: body || 'null', isShared: false, output: null,
        propIds: [], sent: false, acked: false, since: performance.now()
    };
    if (what === 'update') {
        const update = JSON.parse(body);
        asked.output = update.output;
        asked.propIds = update.changedPropIds;
        if (isEcho(update) || isFirstWord(asked)) {
            return Promise.resolve(answer(204, null));
        }
        asked.propIds.forEach((propId) => echoes.delete(propId)); // now a person's
    }
    return new Promise((resolve) => {
        asked.resolve = resolve;
        if (!isReady) {
            replaceOlder(asked);
        }
        requests.set(asked.number, asked);
        send(asked);
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
    for (const other of [...requests.values()]) {
        if (other.number < asked.number && other.what === 'update' &&
            kind(other) === kind(asked)) {
            requests.delete(other.number);
            other.resolve(answer(204, null));
        }
    }
}

function send(asked) {
    if (!isReady) {
        return;
    }
    asked.sent = true;
    asked.isShared = shared.has(asked.output);
    if (asked.isShared) {
        for (const propId of asked.propIds) {
            pending.set(propId, (pending.get(propId) || 0) + 1);
            forgetHeld(propId); // this edit comes after whatever was held back so far
        }
    }
    socket.send(`{"t":"req","i":${asked.number},"u":"${asked.what}","b":${asked.body}}`);
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
