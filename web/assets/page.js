/* The Live page's own arithmetic, clocks and keys; it asks the server for nothing. */
(function () {
    'use strict';

    // What `web/scale.py` does on the server: the value at a slider's position, as people read it.
    function value(position, scale) {
        let exact = position;
        if (scale.kind === 'ratio') {
            exact = scale.minimum * Math.pow(scale.maximum / scale.minimum, position);
        } else if (scale.kind === 'power') {
            exact = scale.maximum * Math.pow(position, scale.exponent);
        }
        const more = scale.kind === 'linear' ? 0 : 2;
        return Number(exact.toFixed(scale.whole ? 0 : scale.decimals + more));
    }

    function number(position, scale) {
        if (typeof position !== 'number' || !scale) {
            return window.dash_clientside.no_update;
        }
        let shown = value(position, scale);
        let unit = scale.unit;
        let decimals = scale.decimals;
        if (unit === 'µs' && shown >= 1000) {
            [shown, unit] = shown < 1e6 ? [shown / 1e3, 'ms'] : [shown / 1e6, 's'];
            decimals = shown < 10 ? 2 : shown < 100 ? 1 : 0;
        }
        const rounded = Number(shown.toFixed(decimals)) + 0; // and no zero with a sign
        return `${rounded.toFixed(decimals)} ${unit}`.trim().replace('-', '\u2212');
    }

    window.dash_clientside = window.dash_clientside || {};
    window.dash_clientside.vizy = {number};

    // How long the camera is away: the server says since when, the page counts.
    function seconds(ms) {
        const s = Math.max(0, Math.round(ms / 1000));
        return s < 90 ? `${s} s` : s < 5400 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
    }
    setInterval(() => {
        const state = document.getElementById('device-state');
        if (!state) {
            return;
        }
        const since = Number(state.dataset.since);
        state.dataset.away = since ? ` for ${seconds(Date.now() - since)}` : '';
        const title = state.dataset.state === 'ready' ? 'Vizy' : `${state.textContent} \u00b7 Vizy`;
        if (document.title !== title) {
            document.title = title;
        }
    }, 500);

    // ---------------------------------------------------------------- what a control says

    // A slider's own numbers may be positions: a screen reader hears what people read.
    function speak(control) {
        const thumb = control.querySelector('[role=slider]');
        const shown = control.querySelector('.vz-number');
        if (thumb && shown) {
            thumb.setAttribute('aria-valuetext', shown.textContent);
        }
    }

    // A control that somebody else moves is marked for a second.
    const MARK_MS = 1000;
    const OWN_MS = 1000; // what comes so soon after an own touch is the answer to it
    const marks = new WeakMap();
    let touched = {control: null, isDown: false, at: 0};
    function touch(event) {
        const control = event.target.closest && event.target.closest('.vz-control');
        touched = {control, isDown: event.type === 'pointerdown', at: performance.now()};
    }
    function letGo() {
        touched.isDown = false;
        touched.at = performance.now();
    }
    document.addEventListener('pointerdown', touch, true);
    document.addEventListener('keydown', touch, true);
    document.addEventListener('pointerup', letGo, true);
    document.addEventListener('pointercancel', letGo, true);

    const isOwn = (control) => touched.control === control &&
        (touched.isDown || performance.now() - touched.at < OWN_MS);

    function mark(control) {
        if (isOwn(control) || control.querySelector('[data-disabled]')) {
            return; // the camera's own automatics are nobody
        }
        control.dataset.moved = '';
        clearTimeout(marks.get(control));
        marks.set(control, setTimeout(() => delete control.dataset.moved, MARK_MS));
    }

    // ---------------------------------------------------------------- notices

    // A notice stays long enough to be read, then goes.
    let noticeTimer = null;
    function showNotice(notice) {
        notice.classList.toggle('is-shown', notice.textContent !== '');
        clearTimeout(noticeTimer);
        noticeTimer = setTimeout(() => notice.classList.remove('is-shown'),
            notice.dataset.state === 'failed' ? 10000 : 3000);
    }

    function look(change) {
        const element = change.target.closest ? change.target : change.target.parentElement;
        const control = element && element.closest('.vz-control');
        if (change.type === 'attributes') {
            if (control && element.matches('[role=slider], input')) {
                mark(control);
            } else if (element.id === 'notice') {
                showNotice(element);
            }
        } else if (control) {
            speak(control);
        } else if (element && element.closest('#notice')) {
            showNotice(element.closest('#notice'));
        } else {
            for (const node of change.addedNodes) {
                if (node.querySelectorAll) {
                    node.querySelectorAll('.vz-control').forEach(speak);
                }
            }
        }
    }
    new MutationObserver((changes) => changes.forEach(look)).observe(document, {
        subtree: true, childList: true, characterData: true,
        attributeFilter: ['aria-valuenow', 'data-checked', 'data-count']
    });

    // Said once: the badge beside it counts seconds, which nobody wants to hear.
    const SAID = {connected: 'Connected again', reconnecting: 'Connection lost, trying again'};
    let wasLost = false;
    window.addEventListener('dash-devices:connection', (event) => {
        const {state} = event.detail;
        const target = document.getElementById('announce');
        wasLost = wasLost || state === 'reconnecting';
        if (target && wasLost && SAID[state]) {
            target.textContent = SAID[state];
        }
    });

    window.addEventListener('dash-devices:undelivered', (event) => {
        const notice = document.getElementById('notice');
        if (notice) {
            notice.dataset.state = 'failed';
            notice.textContent = event.detail.text;
        }
    });

    // ---------------------------------------------------------------- keys and small buttons

    function fold() {
        const isFolded = document.querySelector('.vz-app').classList.toggle('is-folded');
        document.getElementById('fold').setAttribute('aria-expanded', String(!isFolded));
    }
    function showKeys() {
        const dialog = document.getElementById('keys');
        dialog.open ? dialog.close() : dialog.showModal(); // Escape closes it
    }
    const KEYS = {
        ' ': () => document.getElementById('capture').click(),
        f: () => (document.fullscreenElement
            ? document.exitFullscreen() : document.querySelector('.vz-stage').requestFullscreen()),
        c: fold,
        '?': showKeys
    };
    // Who is typing, or steers with keys, keeps them; buttons, links and switches keep the space.
    const KEEPS_ALL = 'input:not([type=checkbox]), textarea, select, [role=slider]:focus-visible';
    const KEEPS_SPACE = 'input, button, a, summary';
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
