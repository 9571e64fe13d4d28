/* The Live page's keys and small buttons. */
(function () {
    'use strict';

    const ZOOM = 1.25;
    const PAN = 0.1; // of the stage

    function fold() {
        const isFolded = document.querySelector('.vz-live').classList.toggle('is-folded');
        document.getElementById('fold').setAttribute('aria-expanded', String(!isFolded));
    }
    function showKeys() {
        const dialog = document.getElementById('keys');
        dialog.open ? dialog.close() : dialog.showModal(); // Escape closes it
    }
    const picture = () => window.vizy.picture;
    const KEYS = {
        ' ': () => document.getElementById('capture').click(),
        r: () => document.getElementById('record').click(),
        f: () => picture().press('full'),
        p: () => picture().press('freeze'),
        g: () => picture().press('grid'),
        h: () => picture().press('histogram'),
        c: fold,
        '?': showKeys
    };
    // These go on while the key is held.
    const HELD = {
        '+': () => picture().zoomBy(ZOOM),
        '=': () => picture().zoomBy(ZOOM),
        '-': () => picture().zoomBy(1 / ZOOM),
        0: () => picture().zoomBy(0)
    };
    const ARROWS = {
        ArrowLeft: () => picture().pan(-PAN, 0),
        ArrowRight: () => picture().pan(PAN, 0),
        ArrowUp: () => picture().pan(0, -PAN),
        ArrowDown: () => picture().pan(0, PAN)
    };
    // Who is typing, or steers with keys, keeps them; buttons, links and switches keep the space.
    const KEEPS_ALL = 'input:not([type=checkbox], [type=radio]), textarea, select, [role=slider]:focus-visible';
    const KEEPS_SPACE = 'input[type=checkbox], button, a, summary';
    const KEEPS_ARROWS = 'input, [role=slider]';
    function isKept(event) {
        return event.target.closest(KEEPS_ALL) ||
            (event.key === ' ' && event.target.closest(KEEPS_SPACE)) ||
            (ARROWS[event.key] && event.target.closest(KEEPS_ARROWS)) ||
            (event.key !== '?' && document.getElementById('keys').open);
    }
    function actOf(event) {
        if (ARROWS[event.key]) {
            return picture().isZoomed() && ARROWS[event.key];
        }
        return KEYS[event.key.toLowerCase()] || HELD[event.key];
    }
    document.addEventListener('keydown', (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || !document.getElementById('keys')) {
            return;
        }
        const act = actOf(event);
        if (act && !isKept(event)) {
            event.preventDefault();
            if (!event.repeat || !KEYS[event.key.toLowerCase()]) {
                act();
            }
        }
    });
    document.addEventListener('click', (event) => {
        const press = {fold, 'show-keys': showKeys}[event.target.id];
        if (press) {
            press();
        } else if (event.target.id === 'keys') {
            showKeys(); // on the backdrop
        }
    });
})();
