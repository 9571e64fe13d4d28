/* Properties that the server sets are put into the renderer's store, silently.
 *
 * An own edit counts until the server has given it a place; what is for a component that is not
 * there yet waits for it.
 */

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
