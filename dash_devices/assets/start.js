/* Watches for the renderer's store, and connects. Last: everything above is defined. */

// The renderer's store is made later; watch it from then on.
function watchStores() {
    const seen = new Set();
    const look = () => {
        for (const store of stores()) {
            if (!seen.has(store)) {
                seen.add(store);
                store.subscribe(() => { lookAhead(store); unpark(); showBadgesSoon(); });
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
    get drawing() { return [...leases.keys()].filter((key) => typeof key === 'string').length; },
    get unanswered() { return requests.size; }
};

watchStores();
connect();
if (service & PUSHER_OTHER) {
    first.set('layout', request('layout'));
    first.set('deps', request('deps'));
}
