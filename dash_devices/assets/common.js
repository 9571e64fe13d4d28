/* What every part uses: the renderer's stores, ids and names of properties. */

const STATE_LIKE = new Set([
    'value', 'drag_value', 'checked', 'date', 'start_date', 'end_date', 'relayoutData',
    'hoverData', 'selectedData', 'active_tab', 'opened', 'pressed', 'pathname', 'search',
    'hash', 'href'
]);

const stores = () => window.dash_stores || [];
const splitPropId = (text) => {
    const dot = text.lastIndexOf('.');
    return [text.slice(0, dot), text.slice(dot + 1)];
};
