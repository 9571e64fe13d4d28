/* A component that a hand holds is not moved until it is let go, and one that still draws a value
 * not before that is done.
 */

const LAST_EDIT_MS = 50; // a component tells its last edit so long after it is let go
const DRAWING_MS = 20;
const DRAWING_TURNS = 3;

const leases = new Map(); // pointer or drawing -> {id, mods}: what it holds, what waits for that

// Some components copy a value that they are told only after they have drawn it, and are left at the
// copy of the first if the second comes before that (dcc.Slider: 20, then 21 and 20 at once, ends
// at 21). So the second waits. React does its work in messages to itself: those that were posted
// before ours are handled before ours.
function letDraw(id) {
    const drawing = `drawing ${id}`;
    const lease = {id, mods: {}};
    leases.set(drawing, lease);
    setTimeout(afterTurns, DRAWING_MS, DRAWING_TURNS, () => release(drawing, lease));
}

function afterTurns(count, done) {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => {
        port1.close();
        count > 1 ? afterTurns(count - 1, done) : done();
    };
    port2.postMessage(null);
}

// Keep a value back while its component is held; remember what the component showed then.
function hold(id, prop, kept) {
    for (const lease of leases.values()) {
        if (lease.id === id) {
            lease.mods[prop] = {kept, shown: shown(id, prop)};
            return true;
        }
    }
    return false;
}

function shown(id, prop) {
    const props = propsOf(id);
    return props && JSON.stringify(props[prop]);
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
            mods[prop] = waiting.kept;
        }
    }
    receiveKept(lease.id, mods);
}
