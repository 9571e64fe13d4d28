/* What is around every page: clock, title, notices, announcements and the menu. */
(function () {
    'use strict';

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
        const away = since ? ` for ${seconds(Date.now() - since)}` : '';
        state.dataset.away = away;
        const message = document.getElementById('live-message'); // on the Live page
        if (message) {
            message.dataset.away = since ? ` The picture is${away.replace(' for', '')} old.` : '';
        }
        const isRecording = document.querySelector('#record:not([data-job=""])');
        const page = document.querySelector('.vz-link[aria-current]:not(#to-live)');
        const vizy = page ? `${page.textContent} \u00b7 Vizy` : 'Vizy';
        const name = isRecording ? `\u25cf ${vizy}` : vizy;
        const title = state.dataset.state === 'ready' ? name : `${state.textContent} \u00b7 ${name}`;
        if (document.title !== title) {
            document.title = title;
        }
    }, 500);

    // Say something, as the server does: the text belongs to Dash, which draws it.
    let said = 0;
    function notify(text, state) {
        said += 1;
        window.dash_clientside.set_props('notice', {
            children: text, 'data-state': state, 'data-count': `page-${said}`
        });
    }
    window.vizy = Object.assign(window.vizy || {}, {notify});

    // A notice stays long enough to be read, then goes.
    let noticeTimer = null;
    function showNotice(notice) {
        notice.classList.toggle('is-shown', notice.textContent !== '');
        clearTimeout(noticeTimer);
        noticeTimer = setTimeout(() => notice.classList.remove('is-shown'),
            notice.dataset.state === 'failed' || notice.querySelector('a, button') ? 10000 : 3000);
    }

    // What a page shows is made for a role: with another one it is loaded again.
    function roleChanged(change) {
        return change.attributeName === 'data-role' && change.target.id === 'app' &&
            change.oldValue !== null && change.oldValue !== change.target.dataset.role;
    }

    function look(change) {
        if (roleChanged(change)) {
            location.reload();
        }
        const element = change.target.closest ? change.target : change.target.parentElement;
        const notice = element && element.closest('#notice');
        if (notice) {
            showNotice(notice);
        }
        for (const node of change.addedNodes) {
            if (node.querySelector && node.querySelector('.vz-navigation')) {
                showPlace();
            }
        }
    }
    new MutationObserver((changes) => changes.forEach(look)).observe(document, {
        subtree: true, childList: true, characterData: true, attributeOldValue: true,
        attributeFilter: ['data-count', 'data-role']
    });

    // ---------------------------------------------------------------- said once

    // Said once: the badge beside it counts seconds, which nobody wants to hear.
    const SAID = {connected: 'Connected again', reconnecting: 'Connection lost, trying again'};
    let wasLost = false;
    window.addEventListener('dash-devices:connection', (event) => {
        const {state} = event.detail;
        if (state === 'refused') { // signed out, here or elsewhere
            const here = location.pathname + location.search;
            location.assign(`/login?next=${encodeURIComponent(here)}`);
        }
        const target = document.getElementById('announce');
        wasLost = wasLost || state === 'reconnecting';
        if (target && wasLost && SAID[state]) {
            target.textContent = SAID[state];
        }
    });

    window.addEventListener('dash-devices:undelivered', (event) => {
        notify(event.detail.text, 'failed');
    });

    // ---------------------------------------------------------------- navigation

    function showPlace() {
        for (const link of document.querySelectorAll('.vz-link')) {
            const isHere = new URL(link.href).pathname === location.pathname;
            isHere ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
        }
    }
    // What hangs under the header opens with its button, and closes with any other click.
    const HANGING = ['menu', 'watching'];
    function showHanging(wanted) {
        for (const id of HANGING) {
            const button = document.getElementById(id);
            if (button) {
                button.setAttribute('aria-expanded', String(id === wanted));
            }
        }
    }
    window.addEventListener('_dashprivate_pushstate', showPlace);
    window.addEventListener('popstate', showPlace);
    document.addEventListener('click', (event) => {
        const button = event.target.closest('#menu, #watching');
        showHanging(button && button.getAttribute('aria-expanded') === 'false' ? button.id : '');
    });
    document.addEventListener('keydown', (event) => {
        if (event.key === 'Escape') {
            showHanging('');
        }
    });
})();
