/* The Live page's keys and small buttons. */
(function () {
    'use strict';

    function fold() {
        const isFolded = document.querySelector('.vz-live').classList.toggle('is-folded');
        document.getElementById('fold').setAttribute('aria-expanded', String(!isFolded));
    }
    function showKeys() {
        const dialog = document.getElementById('keys');
        dialog.open ? dialog.close() : dialog.showModal(); // Escape closes it
    }
    const KEYS = {
        ' ': () => document.getElementById('capture').click(),
        r: () => document.getElementById('record').click(),
        f: () => (document.fullscreenElement
            ? document.exitFullscreen() : document.querySelector('.vz-stage').requestFullscreen()),
        c: fold,
        '?': showKeys
    };
    // Who is typing, or steers with keys, keeps them; buttons, links and switches keep the space.
    const KEEPS_ALL = 'input:not([type=checkbox], [type=radio]), textarea, select, [role=slider]:focus-visible';
    const KEEPS_SPACE = 'input[type=checkbox], button, a, summary';
    function isKept(event) {
        return event.target.closest(KEEPS_ALL) ||
            (event.key === ' ' && event.target.closest(KEEPS_SPACE)) ||
            (event.key !== '?' && document.getElementById('keys').open);
    }
    document.addEventListener('keydown', (event) => {
        const act = !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key.toLowerCase()];
        if (act && document.getElementById('keys') && !isKept(event)) {
            event.preventDefault();
            if (!event.repeat) {
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
