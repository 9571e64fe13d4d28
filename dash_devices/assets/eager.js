/* An edit of a shared value leaves for the server at once.
 *
 * The renderer lets the page be drawn before it asks, which is most of the time between a key press
 * and its effect. What it is going to ask is known before; when it asks, it gets the answer to what
 * was sent. Values only: told twice, they are one edit. No value leaves before a click that came first
 * and that the renderer has not sent yet. Whatever is not as expected here is left to the renderer.
 */

const EAGER_MS = 1000;
const eager = new Map(); // what was asked -> {promise, at}
let isLooking = false;

function lookAhead(store) {
    const {callbacks} = store.getState();
    if (!isLooking && isReady && callbacks && callbacks.requested.length) {
        isLooking = true;
        queueMicrotask(() => { // when the edit is whole, and before the page is drawn
            isLooking = false;
            const state = store.getState();
            if (isClickWaiting(state)) {
                return;
            }
            merged(state.callbacks.requested.filter(({callback}) => shared.has(callback.output)))
                .forEach((asked) => sendAhead(state, asked));
        });
    }
}

function isClickWaiting({callbacks: {requested, prioritized, blocked, executing}}) {
    return [requested, prioritized, blocked, executing].flat().some(({callback, changedPropIds}) =>
        mustBeOnSocket(callback.output) && Object.keys(changedPropIds)
            .some((propId) => !STATE_LIKE.has(splitPropId(propId)[1])));
}

// The renderer makes one request of all that a callback is queued for.
function merged(requested) {
    const byRun = new Map();
    for (const asked of requested) {
        const known = byRun.get(asked.resolvedId);
        const changedPropIds =
            Object.assign({}, known && known.changedPropIds, asked.changedPropIds);
        byRun.set(asked.resolvedId, Object.assign({}, known || asked, {changedPropIds}));
    }
    return [...byRun.values()];
}

function sendAhead(state, asked) {
    const update = aheadOf(state, asked);
    if (update === null) {
        return;
    }
    const key = keyOf(update);
    const now = performance.now();
    // What was sent for the same callback before this is another edit, also where it is told again.
    [...eager].filter(([other, {output, at: then}]) => now - then > EAGER_MS ||
        (output === update.output && other !== key)).forEach(([other]) => eager.delete(other));
    if (!eager.has(key)) {
        const promise = requestUpdate(update, JSON.stringify(update), null);
        eager.set(key, {promise, output: update.output, at: now});
    }
}

// The request as the renderer will write it, or null where it may turn out otherwise.
function aheadOf(state, {callback, changedPropIds, getInputs, getOutputs, getState, initialCall}) {
    const changed = Object.keys(changedPropIds);
    if (initialCall || !changed.length ||
        !changed.every((propId) => STATE_LIKE.has(splitPropId(propId)[1]))) {
        return null;
    }
    const fill = (lists, specs) => lists.map((list, i) => {
        const {id} = specs[i];
        const isMany = typeof id === 'object' && Object.values(id).some((v) => v && v.multi);
        return !isMany && list.length === 1 ? valueOf(state, list[0]) : null;
    });
    const inputs = fill(getInputs(state.paths), callback.inputs);
    const values = fill(getState(state.paths), callback.state);
    const items = [...inputs, ...values];
    if (items.includes(null) || items.some((item) => isExpected(state, item))) {
        return null;
    }
    const outputs = getOutputs(state.paths).flat().map(({id, property}) => ({id, property}));
    return {
        output: callback.output, outputs: callback.output.startsWith('..') ? outputs : outputs[0],
        inputs, changedPropIds: changed, state: values
    };
}

// Whether another callback is about to set a property: the renderer waits for that.
function isExpected(state, {id, property}) {
    const {requested, prioritized, blocked, executing, watched} = state.callbacks;
    return [requested, prioritized, blocked, executing, watched].flat().some((other) =>
        other.getOutputs(state.paths).flat().some((output) =>
            output.property === property && idText(output.id) === idText(id)));
}

function valueOf(state, {id, property, path}) {
    const component = at(state.layout, path);
    return component ? {id, property, value: component.props[property]} : null;
}

const keyOf = ({output, changedPropIds, inputs}) => JSON.stringify([
    output, changedPropIds, inputs.flat().map(({id, property, value}) => [id, property, value])]);

// What was sent ahead of this request, once.
function takeEager(update) {
    const key = eager.size && keyOf(update);
    const found = key && eager.get(key);
    eager.delete(key);
    return found && performance.now() - found.at < EAGER_MS ? found.promise : null;
}
