/* The Live page's own arithmetic, clocks and keys; it asks the server for nothing. */
(function () {
    'use strict';

    // What `web/scale.py` does on the server: the value at a slider's position, as people read it.
    function value(position, scale) {
        if (scale.kind === 'ratio') {
            return scale.minimum * Math.pow(scale.maximum / scale.minimum, position);
        }
        return scale.kind === 'power'
            ? scale.maximum * Math.pow(position, scale.exponent) : position;
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
        return `${shown.toFixed(decimals)} ${unit}`.trim().replace('-', '\u2212');
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
        const since = state && Number(state.dataset.since);
        if (state) {
            state.dataset.away = since ? ` for ${seconds(Date.now() - since)}` : '';
        }
    }, 500);

    // A note stays long enough to be read, then goes.
    let noticeTimer = null;
    new MutationObserver((changes) => {
        const notice = document.getElementById('notice');
        if (notice && changes.some((change) => notice.contains(change.target))) {
            notice.classList.toggle('is-shown', notice.textContent !== '');
            clearTimeout(noticeTimer);
            noticeTimer = setTimeout(() => notice.classList.remove('is-shown'),
                notice.dataset.state === 'failed' ? 10000 : 3000);
        }
    }).observe(document, {subtree: true, childList: true, characterData: true});

    window.addEventListener('dash-devices:undelivered', (event) => {
        const notice = document.getElementById('notice');
        if (notice) {
            notice.dataset.state = 'failed';
            notice.textContent = event.detail.text;
        }
    });

    const isTyping = (element) => element.closest('input, textarea, select, [role=slider], button, a, summary');
    const KEYS = {
        ' ': () => document.getElementById('capture').click(),
        f: () => (document.fullscreenElement
            ? document.exitFullscreen() : document.querySelector('.vz-stage').requestFullscreen()),
        c: () => document.querySelector('.vz-app').classList.toggle('is-folded')
    };
    document.addEventListener('keydown', (event) => {
        const act = !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key];
        if (act && !isTyping(event.target)) {
            event.preventDefault();
            act();
        }
    });
})();
