/* Looks once whether the renderer is one that this script knows, and if not says what is missing. */

const SET_UP_WITHIN_MS = 10000; // of layout and callbacks; else the renderer keeps them elsewhere

const isObject = (value) => value !== null && typeof value === 'object';

const RELIED_ON = {
    'state.layout': (state) => isObject(state.layout),
    'state.paths.strs': (state) => isObject(state.paths) && isObject(state.paths.strs),
    'state.paths.objs': (state) => isObject(state.paths) && isObject(state.paths.objs),
    'state.graphs.inputMap': (state) => isObject(state.graphs) && isObject(state.graphs.inputMap),
    'state.graphs.inputPatterns': (state) =>
        isObject(state.graphs) && isObject(state.graphs.inputPatterns),
    'state.dependenciesRequest.content': (state) =>
        isObject(state.dependenciesRequest) && Array.isArray(state.dependenciesRequest.content),
    'state.history.past': (state) => isObject(state.history) && Array.isArray(state.history.past),
    'state.error.backEnd': (state) => isObject(state.error) && Array.isArray(state.error.backEnd),
    'dash_clientside.set_props': () =>
        isObject(window.dash_clientside) && typeof window.dash_clientside.set_props === 'function',
    'action ON_PROP_CHANGE': (state, store) => {
        const [path] = Object.values((state.paths || {}).strs || {});
        if (path) {
            store.dispatch({
                type: 'ON_PROP_CHANGE',
                payload: {itempath: path, props: {}, source: 'response', renderType: 'websocket'}
            });
        }
        return !path || store.getState().layout !== state.layout;
    }
};

function missingIn(store) {
    const state = store.getState();
    return Object.keys(RELIED_ON).filter((name) => !RELIED_ON[name](state, store));
}

const delivered = new Set(); // what the renderer has been given
let waited = 0;
const probing = setInterval(() => {
    waited += delivered.has('layout') && delivered.has('deps') ? 500 : 0;
    const [store] = stores();
    if (store && isSetUp(store.getState()) || waited > SET_UP_WITHIN_MS) {
        clearInterval(probing);
        complain(store ? missingIn(store) : ['window.dash_stores'], store);
    }
}, 500);

function complain(missing, store) {
    if (!missing.length) {
        return;
    }
    const config = (store && store.getState().config) || {};
    const error = new Error('dash_devices does not know the renderer of Dash ' +
        `${config.dash_version || '(version unknown)'}, what the server changes may not be shown. ` +
        `Missing: ${missing.join(', ')}`);
    const before = store && store.getState().error;
    if (store) { // dev tools show it, and the reducer writes it to the console
        store.dispatch({type: 'ON_ERROR', payload: {type: 'frontEnd', error}});
    }
    if (!store || store.getState().error === before) {
        console.error(error);
    }
}
