/* Callbacks that the application has added while this page was open. */

function renewGraphs(store, dependencies) {
    const state = store.getState();
    if (!isSetUp(state)) {
        return; // it will read them when it starts
    }
    const known = new Set((state.dependenciesRequest.content || []).map(({output}) => output));
    store.dispatch({type: 'SET_GRAPHS', payload: Object.assign({}, state.graphs, {reset: true})});
    store.dispatch({type: 'dependenciesRequest', payload: {status: 200, content: dependencies}});
    const fresh = dependencies.filter(({output}) => !known.has(output));
    whenRead(store, () => runFirst(store, fresh));
}

// The renderer reads the new list in an effect of its own.
function whenRead(store, then) {
    const stop = store.subscribe(() => {
        if (!store.getState().graphs.reset) {
            stop();
            setTimeout(then, 0);
        }
    });
}

// The renderer runs first calls only when it starts, so the input is set to what it is. Others who
// listen to it have run already: what they ask because of it is dropped.
const KICK_MS = 500;
const kicked = new Map(); // property -> {output, value, at}: for which callback it was set

function runFirst(store, callbacks) {
    for (const {output, inputs, prevent_initial_call: prevented} of callbacks) {
        const input = inputs.find(({id}) => propsOf(id));
        if (prevented || !input) {
            continue;
        }
        const value = propsOf(input.id)[input.property];
        kicked.set(`${input.id}.${input.property}`, {output, value, at: performance.now()});
        window.dash_clientside.set_props(parseId(input.id), {[input.property]: value});
        forget(store);
    }
}

function isForAnother(update) {
    return update.changedPropIds.length > 0 && update.changedPropIds.every((propId) => {
        const kick = kicked.get(propId);
        const now = update.inputs.flat().find(({id, property}) =>
            `${idText(id)}.${property}` === propId);
        return kick && kick.output !== update.output && performance.now() - kick.at < KICK_MS &&
            now && now.value === kick.value;
    });
}
