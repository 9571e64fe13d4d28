/* What every part uses: the renderer's stores, ids and names of properties. */

const stores = () => window.dash_stores || [];
const splitPropId = (text) => {
    const dot = text.lastIndexOf('.');
    return [text.slice(0, dot), text.slice(dot + 1)];
};

function idText(id) {
    if (typeof id === 'string') {
        return id;
    }
    const sorted = {};
    Object.keys(id).sort().forEach((key) => { sorted[key] = id[key]; });
    return JSON.stringify(sorted);
}

const parseId = (text) => (text.startsWith('{') ? JSON.parse(text) : text);

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

// The properties of a component as this page has them now.
function propsOf(id) {
    for (const store of stores()) {
        const state = store.getState();
        const path = pathOf(state.paths, parseId(id));
        const component = path && at(state.layout, path);
        if (component) {
            return component.props;
        }
    }
}

function showError(message, html) {
    stores().forEach((store) => store.dispatch(
        {type: 'ON_ERROR', payload: {type: 'backEnd', error: {message, html}}}));
}
