/* Properties that the server sets are put into the renderer's store, silently.
 *
 * An own edit counts until the server has given it a place; what is for a component that is not
 * there yet waits for it.
 */

const pending = new Map();  // property -> own edits that have no place in the order yet
const parked = new Map();   // component id -> properties for a component that is not there yet
const echoes = new Map();   // property -> value that the server set, while observers are told
const everTold = new Set(); // properties that the server has set for everybody
const unknown = new Set();  // properties that this page has lost track of and asked for
const TELL_AT_ONCE = 200;
const LOST = {lost: true};  // in place of a value that is kept: a Patch came that could not apply

const isPatch = (value) => Boolean(value) && typeof value === 'object' &&
    '__dash_patch_update' in value;

function askFor(propIds) {
    propIds.forEach(([id, prop]) => unknown.add(`${id}.${prop}`));
    for (let i = 0; isReady && i < propIds.length; i += TELL_AT_ONCE) {
        socket.send(JSON.stringify({t: 'tell', d: propIds.slice(i, i + TELL_AT_ONCE)}));
    }
}

// Values that were kept back, together as far as they came so; what was lost meanwhile is asked for.
function receiveKept(id, kept) {
    const lost = [];
    const groups = new Map();
    for (const [prop, {value, notify, own}] of Object.entries(kept)) {
        if (value === LOST) {
            lost.push([id, prop]);
            continue;
        }
        const kind = `${notify} ${own}`;
        const {props} = groups.get(kind) || {props: {}};
        groups.set(kind, {props: Object.assign(props, {[prop]: value}), notify, own});
    }
    groups.forEach(({props, notify, own}) => receiveMods([[id, props]], notify, own));
    askFor(lost);
}

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

function receiveMods(list, notify, own) {
    for (const [id, props] of list) {
        const now = {};
        for (const [prop, value] of Object.entries(props)) {
            if (!isNotYet(id, prop, value, notify, own)) {
                now[prop] = value;
            }
        }
        if (Object.keys(now).length) {
            apply(id, now, notify, own);
        }
    }
}

function isNotYet(id, prop, value, notify, own) {
    const propId = `${id}.${prop}`;
    if (pending.get(propId)) {
        return true; // an own, newer edit is on its way
    }
    if (isPatch(value) && unknown.has(propId)) {
        return true; // what it changes is asked for, and will come with the change in it
    }
    const waiting = parked.get(id);
    if (isPatch(value) && waiting && prop in waiting) {
        waiting[prop] = {value: LOST, notify, own}; // it changes what is not delivered yet
        return true;
    }
    unknown.delete(propId);
    own ? everTold.delete(propId) : everTold.add(propId);
    return hold(id, prop, {value: isPatch(value) ? LOST : value, notify, own});
}

function apply(id, props, notify, own) {
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
        if ('value' in props) {
            letDraw(id);
        }
    } else {
        const waiting = parked.get(id) || {};
        for (const [prop, value] of Object.entries(props)) {
            waiting[prop] = {value: isPatch(value) ? LOST : value, notify, own};
        }
        parked.set(id, waiting);
    }
}

// Until it knows the callbacks too, the renderer takes no change of a property.
const isSetUp = (state) => Boolean(state.paths && state.paths.strs && state.graphs &&
    state.graphs.inputMap);

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
    const id = component.props.id !== undefined && idText(component.props.id);
    const waiting = parked.get(id);
    if (waiting) {
        Object.keys(waiting).filter((prop) => !waiting[prop].own)
            .forEach((prop) => delete waiting[prop]);
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
    props = withoutPatches(store, id, path, props);
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

// A Patch is applied first, silently; from then on it is a value like any other.
function withoutPatches(store, id, path, props) {
    const patches = {};
    for (const [prop, value] of Object.entries(props)) {
        if (isPatch(value)) {
            patches[prop] = value;
        }
    }
    const names = Object.keys(patches);
    if (!names.length) {
        return props;
    }
    const fresh = names.flatMap((prop) => patches[prop].operations.map((o) => o.params.value));
    try {
        window.dash_clientside.set_props(path, patches);
    } catch (error) {
        askFor(names.map((prop) => [id, prop])); // this page has another value than the server
        names.forEach((prop) => delete props[prop]);
        return props;
    } finally {
        forget(store);
    }
    wakeChildren(store, fresh);
    const now = at(store.getState().layout, path).props;
    const rest = Object.assign({}, props);
    for (const prop of names) {
        if (observersOf(store, id, prop).length) {
            rest[prop] = now[prop];
        } else {
            delete rest[prop];
        }
    }
    return rest;
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
    const waiting = parked.get(id);
    parked.delete(id);
    if (waiting) {
        receiveKept(id, waiting);
    }
}
