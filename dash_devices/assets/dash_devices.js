/* dash_devices in the browser: one ordered WebSocket per tab under the stock Dash renderer.
 *
 * Loaded before every other script, so that it sees the renderer's first request. It does five
 * things and knows nothing of any application:
 *   transport   the renderer's fetches of layout, dependencies and updates travel on the socket
 *   order       an own edit counts until the server has given it a place (ack)
 *   mods        properties that the server sets are put into the renderer's store, silently
 *   lease       a component that a person holds is not moved until it is let go
 *   connection  reconnecting, catching up, and telling the page how it stands
 */
(function () {
    'use strict';

    const script = document.currentScript;
    const socketUrl = new URL(script.dataset.socket, location.href);
    socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const nativeFetch = window.fetch.bind(window);

    const ROUTES = {
        '_dash-layout': 'layout',
        '_dash-dependencies': 'deps',
        '_dash-update-component': 'update'
    };
    const STATE_LIKE = new Set([
        'value', 'drag_value', 'checked', 'date', 'start_date', 'end_date', 'relayoutData',
        'hoverData', 'selectedData', 'active_tab', 'opened', 'pressed', 'pathname', 'search',
        'hash', 'href'
    ]);
    const CLICK_PATIENCE_MS = 3000; // a click that cannot be delivered for so long is reported
    const PING_EVERY_MS = 10000;
    const PONG_WITHIN_MS = 5000;
    const GREETED_WITHIN_MS = 10000; // a connection attempt that takes longer is given up
    const LAST_EDIT_MS = 50;         // a component tells its last edit so long after it is let go
    const BACKOFF_MAX_MS = 5000;

    const stores = () => window.dash_stores || [];
    const splitPropId = (text) => {
        const dot = text.lastIndexOf('.');
        return [text.slice(0, dot), text.slice(dot + 1)];
    };

    // ---------------------------------------------------------------- transport: fetch, replaced

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
            if (isEcho(update)) {
                return Promise.resolve(answer(204, null));
            }
            asked.propIds.forEach((propId) => echoes.delete(propId)); // now a person's
        }
        return new Promise((resolve, reject) => {
            asked.resolve = resolve;
            asked.reject = reject;
            if (!isReady) {
                replaceOlder(asked);
            }
            requests.set(asked.number, asked);
            send(asked);
        });
    }

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

    // ---------------------------------------------------------------- order and mods

    const pending = new Map();  // property -> own edits that have no place in the order yet
    const parked = new Map();   // component id -> properties for a component that is not there yet
    const echoes = new Map();   // property -> value that the server set, while observers are told

    // Observers in this browser were told of a value that the server set; what they ask the server
    // because of it, the server knows already.
    function isEcho(update) {
        const ids = update.changedPropIds;
        if (!ids.length || !ids.every((propId) => echoes.has(propId))) {
            return false;
        }
        const now = new Map();
        for (const input of update.inputs.flat()) {
            now.set(`${idText(input.id)}.${input.property}`, input.value);
        }
        return ids.every((propId) =>
            JSON.stringify(now.get(propId)) === JSON.stringify(echoes.get(propId)));
    }

    function idText(id) {
        if (typeof id === 'string') {
            return id;
        }
        const sorted = {};
        Object.keys(id).sort().forEach((key) => { sorted[key] = id[key]; });
        return JSON.stringify(sorted);
    }

    function parseId(text) {
        return text.startsWith('{') ? JSON.parse(text) : text;
    }

    function receiveMods(list, notify) {
        for (const [id, props] of list) {
            const wanted = {};
            let any = false;
            for (const [prop, value] of Object.entries(props)) {
                const propId = `${id}.${prop}`;
                if (pending.get(propId)) {
                    continue; // an own, newer edit is on its way
                }
                if (hold(id, prop, value)) {
                    continue;
                }
                wanted[prop] = value;
                any = true;
            }
            if (any) {
                apply(id, wanted, notify);
            }
        }
    }

    function apply(id, props, notify) {
        let found = false;
        for (const store of stores()) {
            const state = store.getState();
            const path = isSetUp(state) && pathOf(state.paths, parseId(id));
            if (path) {
                found = true;
                setProps(store, id, path, props, notify);
            }
        }
        if (found) {
            outdate(id, props);
        } else {
            parked.set(id, Object.assign(parked.get(id) || {}, props));
        }
    }

    // Until it knows the callbacks too, the renderer takes no change of a property.
    const isSetUp = (state) => Boolean(state.paths && state.paths.strs && state.graphs &&
        state.graphs.inputMap);

    function pathOf(paths, id) {
        if (!paths || !paths.strs) {
            return null;
        }
        if (typeof id === 'string') {
            return paths.strs[id];
        }
        const keys = Object.keys(id).sort();
        const match = (paths.objs[keys.join(',')] || []).find((entry) =>
            entry.values.every((value, i) => value === id[keys[i]]));
        return match && match.path;
    }

    const at = (layout, path) =>
        path.reduce((node, key) => (node === undefined || node === null ? node : node[key]), layout);

    // What waits for a component gives way to what it is told meanwhile.
    function outdate(id, props) {
        const waiting = parked.get(id);
        if (waiting) {
            Object.keys(props).forEach((prop) => delete waiting[prop]);
        }
        if (parked.size) {
            Object.values(props).flatMap(componentsIn).forEach(outdateComponent);
        }
    }

    function outdateComponent(component) {
        if (component.props.id !== undefined) {
            parked.delete(idText(component.props.id));
        }
    }

    const isComponent = (value) => value && typeof value === 'object' && !Array.isArray(value) &&
        'namespace' in value && 'type' in value && 'props' in value;
    const holdsComponents = (value) => isComponent(value) ||
        (value !== null && typeof value === 'object' && Object.values(value).some(holdsComponents));

    function setProps(store, id, path, props, notify) {
        const component = at(store.getState().layout, path);
        if (!component) {
            return;
        }
        if ('value' in props && /^(Range)?Slider$/.test(component.type) &&
            component.namespace === 'dash_core_components' && !('drag_value' in props)) {
            // Otherwise the slider reports the move as its own.
            props = Object.assign({drag_value: props.value}, props);
        }
        if (notify) {
            window.dash_clientside.set_props(parseId(id), props);
            return forget(store);
        }
        const told = Object.keys(props).filter((prop) => hasClientsideObserver(store, id, prop));
        if (told.length) {
            told.forEach((prop) => echoes.set(`${id}.${prop}`, props[prop]));
            window.dash_clientside.set_props(parseId(id), props);
            return forget(store);
        }
        if (Object.values(props).some(holdsComponents)) {
            // By path: paths of new children are computed, and no observer is told.
            window.dash_clientside.set_props(path, props);
            forget(store);
            return wakeChildren(store, Object.values(props));
        }
        store.dispatch({
            type: 'ON_PROP_CHANGE',
            payload: {itempath: path, props, source: 'response', renderType: 'websocket'}
        });
    }

    // set_props writes an undo history that nobody can reach and that would grow for ever.
    function forget(store) {
        const history = store.getState().history;
        if (history && history.past.length) {
            history.past = [];
        }
    }

    function observersOf(store, id, prop) {
        const graphs = store.getState().graphs;
        const key = parseId(id);
        if (!graphs || !graphs.inputMap) {
            return [];
        }
        if (typeof key === 'string') {
            return (graphs.inputMap[key] || {})[prop] || [];
        }
        const keys = Object.keys(key).sort();
        const patterns = (graphs.inputPatterns[keys.join(',')] || {})[prop] || [];
        return patterns
            .filter((p) => p.values.every((v, i) => (v && v.wild) || v === key[keys[i]]))
            .flatMap((p) => p.callbacks);
    }

    const hasClientsideObserver = (store, id, prop) =>
        observersOf(store, id, prop).some((callback) => callback.clientside_function);

    // The renderer runs initial callbacks only for children that a callback of this page returned.
    function wakeChildren(store, values) {
        for (const component of values.flatMap(componentsIn)) {
            const id = component.props.id;
            if (id === undefined) {
                continue;
            }
            const text = idText(id);
            for (const [prop, value] of Object.entries(component.props)) {
                const wants = observersOf(store, text, prop)
                    .some((callback) => !callback.prevent_initial_call);
                if (prop !== 'id' && wants) {
                    window.dash_clientside.set_props(id, {[prop]: value});
                    forget(store);
                }
            }
        }
    }

    function componentsIn(value) {
        if (value === null || typeof value !== 'object') {
            return [];
        }
        return isComponent(value)
            ? [value, ...componentsIn(value.props)] : Object.values(value).flatMap(componentsIn);
    }

    // Components that were told something before they were there.
    let knownPaths = null;
    let knownGraphs = null;
    function unpark() {
        for (const store of stores()) {
            const state = store.getState();
            const {paths, graphs} = state;
            const isNew = paths !== knownPaths || graphs !== knownGraphs;
            if (parked.size && isNew && isSetUp(state)) {
                knownPaths = paths;
                knownGraphs = graphs;
                for (const id of parked.keys()) {
                    if (pathOf(paths, parseId(id))) {
                        setTimeout(deliver, 0, id);
                    }
                }
            }
        }
    }

    function deliver(id) {
        const props = parked.get(id);
        parked.delete(id);
        if (props) {
            receiveMods([[id, props]], false);
        }
    }

    // ---------------------------------------------------------------- lease: what a hand holds

    const leases = new Map(); // pointer -> {id, mods}: what it holds, and what waits for that

    // Keep a value back while its component is held; remember what the component showed then.
    function hold(id, prop, value) {
        for (const lease of leases.values()) {
            if (lease.id === id) {
                lease.mods[prop] = {value, shown: shown(id, prop)};
                return true;
            }
        }
        return false;
    }

    function shown(id, prop) {
        for (const store of stores()) {
            const path = pathOf(store.getState().paths, parseId(id));
            const component = path && at(store.getState().layout, path);
            if (component) {
                return JSON.stringify(component.props[prop]);
            }
        }
    }

    function heldIdOf(element) {
        for (let node = element; node && node !== document; node = node.parentElement) {
            if (node.id && stores().some((s) => {
                let id = node.id;
                try { id = parseId(node.id); } catch (error) { return false; }
                const path = pathOf(s.getState().paths, id);
                const component = path && at(s.getState().layout, path);
                return component && 'value' in component.props;
            })) {
                return node.id.startsWith('{') ? idText(JSON.parse(node.id)) : node.id;
            }
        }
        return null;
    }

    window.addEventListener('pointerdown', (event) => {
        release(event.pointerId, leases.get(event.pointerId)); // its pointerup was never told
        const id = heldIdOf(event.target);
        if (id !== null) {
            leases.set(event.pointerId, {id, mods: {}});
        }
    }, true);
    for (const name of ['pointerup', 'pointercancel']) {
        window.addEventListener(name, (event) => letGo(event.pointerId), true);
    }
    window.addEventListener('blur', (event) => {
        if (event.target === window) { // not the blur of what had the focus before
            [...leases.keys()].forEach(letGo);
        }
    });

    function letGo(pointer) {
        if (leases.has(pointer)) {
            setTimeout(release, LAST_EDIT_MS, pointer, leases.get(pointer));
        }
    }

    function forgetHeld(propId) {
        const [id, prop] = splitPropId(propId);
        for (const lease of leases.values()) {
            if (lease.id === id) {
                delete lease.mods[prop];
            }
        }
    }

    function release(pointer, lease) {
        if (lease === undefined || leases.get(pointer) !== lease) {
            return;
        }
        leases.delete(pointer);
        const mods = {};
        for (const [prop, waiting] of Object.entries(lease.mods)) {
            if (shown(lease.id, prop) === waiting.shown) { // else an own edit came after it
                mods[prop] = waiting.value;
            }
        }
        receiveMods([[lease.id, mods]], false);
    }

    // ---------------------------------------------------------------- connection

    let socket = null;
    let isReady = false;        // greeted: what is asked may be sent
    let boot = null;            // which run of the server this page talks to
    let fingerprint = null;     // which application
    let revision = 0;
    let failures = 0;
    let awaySince = null;
    let lastHeard = 0;
    let connectingSince = 0;
    let retryTimer = null;

    function connect() {
        clearTimeout(retryTimer);
        retryTimer = null;
        connectingSince = performance.now();
        const mine = socket = new WebSocket(socketUrl);
        mine.onopen = () => {
            lastHeard = performance.now();
            mine.send(JSON.stringify({t: 'hello', boot, q: revision}));
        };
        mine.onmessage = (event) => {
            if (mine === socket) {
                lastHeard = performance.now();
                JSON.parse(event.data).forEach(receive);
            }
        };
        mine.onclose = () => mine === socket && lost();
    }

    const receivers = {
        hello(message) {
            if (fingerprint !== null && fingerprint !== message.app) {
                location.reload(); // another application: its callbacks are not this page's
                return;
            }
            boot = message.boot;
            fingerprint = message.app;
            revision = message.q;
            shared = new Set(message.shared);
            failures = 0;
            awaySince = null;
            isReady = true;
            resume();
            tell('connected');
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
                if (asked.what === 'layout' && 'b' in message) {
                    componentsIn(message.b).forEach(outdateComponent); // it holds the newest values
                }
                requests.delete(message.i);
                settled(asked);
                asked.resolve(answer(message.s, 'b' in message ? message.b : null, message.e));
            }
        },
        mod(message) {
            revision = message.q;
            receiveMods(message.d, message.n);
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

    // What was asked before the connection broke: values are sent again (they are absolute), a
    // click whose fate is not known is reported and never doubled.
    function resume() {
        pending.clear();
        [...requests.values()].filter((asked) => !asked.acked).forEach(replaceOlder);
        for (const asked of [...requests.values()]) {
            if (asked.sent && asked.acked) {
                requests.delete(asked.number);
                asked.resolve(answer(204, null));
            } else if (asked.sent && !isStateLike(asked)) {
                report(asked, 'The connection broke before this was confirmed: look whether it ' +
                    'took effect before you try again.');
            } else {
                send(asked);
            }
        }
    }

    function report(asked, text) {
        requests.delete(asked.number);
        window.dispatchEvent(new CustomEvent('dash-devices:undelivered',
            {detail: {propIds: asked.propIds, text}}));
        asked.resolve(answer(503, null, text));
    }

    function lost() {
        isReady = false;
        pending.clear();
        if (awaySince === null) {
            awaySince = Date.now();
        }
        const wait = Math.min(BACKOFF_MAX_MS, 100 * 2 ** Math.min(failures, 6));
        failures += 1;
        retryTimer = setTimeout(connect, wait * (0.5 + Math.random() / 2));
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
            lost();
        }
        if (!isReady) {
            for (const asked of [...requests.values()]) {
                if (!isStateLike(asked) && !asked.sent && now - asked.since > CLICK_PATIENCE_MS) {
                    report(asked, 'Not delivered: this page is not connected.');
                }
            }
            tell(awaySince === null ? 'connecting' : 'reconnecting');
        }
    }, 500);

    function ping() {
        pingSent = performance.now();
        socket.send('{"t":"ping"}');
    }

    function comeBack() {
        if (document.hidden) {
            return;
        }
        if (isReady) {
            ping(); // the tab slept: is the connection still there?
        } else if (retryTimer !== null) {
            failures = 0;
            connect();
        }
    }
    document.addEventListener('visibilitychange', comeBack);
    window.addEventListener('online', comeBack);

    // ---------------------------------------------------------------- telling the page

    const AWAY_AFTER_MS = 3000;
    const TEXTS = {
        connecting: () => 'Connecting',
        connected: () => 'Connected',
        reconnecting: () => 'Reconnecting',
        away: () => `Away for ${Math.round((Date.now() - awaySince) / 1000)} s`
    };
    let told = null;

    function tell(state) {
        if (state === 'reconnecting' && Date.now() - awaySince > AWAY_AFTER_MS) {
            state = 'away';
        }
        if (state !== told) {
            told = state;
            window.dispatchEvent(new CustomEvent('dash-devices:connection',
                {detail: {state, since: awaySince}}));
        }
        showBadges();
    }

    function showBadges() {
        const state = told || 'connecting';
        document.documentElement.dataset.connection = state;
        for (const badge of document.querySelectorAll('[data-dash-devices="connection"]')) {
            const text = TEXTS[state]();
            if (badge.dataset.state !== state || badge.textContent !== text) {
                badge.dataset.state = state;
                badge.textContent = text;
            }
        }
    }

    // ---------------------------------------------------------------- start

    // The renderer's store is made later; watch it from then on.
    function watchStores() {
        const seen = new Set();
        const look = () => {
            for (const store of stores()) {
                if (!seen.has(store)) {
                    seen.add(store);
                    store.subscribe(() => { unpark(); showBadgesSoon(); });
                }
            }
        };
        const list = window.dash_stores = window.dash_stores || [];
        const push = list.push;
        list.push = function (...items) {
            const length = push.apply(this, items);
            look();
            return length;
        };
    }

    let badgesSoon = false;
    function showBadgesSoon() {
        if (!badgesSoon) {
            badgesSoon = true;
            requestAnimationFrame(() => { badgesSoon = false; showBadges(); });
        }
    }

    window.dash_devices = {
        get state() { return told || 'connecting'; },
        get revision() { return revision; },
        get pending() { return pending.size; },
        get unanswered() { return requests.size; }
    };

    watchStores();
    connect();
})();
