/* The panel of the Live page: groups that fold on a desktop, tabs on a phone, and looking on. */
(function () {
    'use strict';

    const KEY = 'vizy-folded-groups'; // kept in this browser

    function folded() {
        try {
            return new Set(JSON.parse(localStorage.getItem(KEY) || '[]'));
        } catch (error) {
            return new Set(); // a browser that keeps nothing
        }
    }
    function fold(button) {
        const groups = folded();
        const {group} = button.closest('.vz-group').dataset;
        groups.has(group) ? groups.delete(group) : groups.add(group);
        try {
            localStorage.setItem(KEY, JSON.stringify([...groups]));
        } catch (error) {
            // then until the page is drawn again
        }
        button.setAttribute('aria-expanded', String(!groups.has(group)));
    }

    let chosen = ''; // the tab that is open
    function choose(group) {
        chosen = chosen === group ? '' : group;
        showChosen();
    }
    function showChosen() {
        for (const tab of document.querySelectorAll('.vz-tab')) {
            tab.setAttribute('aria-pressed', String(tab.dataset.group === chosen));
        }
        for (const group of document.querySelectorAll('.vz-group')) {
            group.classList.toggle('is-chosen', group.dataset.group === chosen);
        }
    }

    document.addEventListener('click', (event) => {
        const button = event.target.closest('.vz-group-fold');
        const tab = event.target.closest('.vz-tab');
        if (button) {
            fold(button);
        } else if (tab) {
            choose(tab.dataset.group);
        }
    });

    // ---------------------------------------------------------------- who may only look

    const STEERING = '.vz-control, .vz-preset, .vz-preset-new, .vz-group > .vz-reset, ' +
        '#capture, #record, .vz-job .vz-tool';
    const isLooking = () => Boolean(document.querySelector('#app[data-role="viewer"]'));
    function refuse(event) {
        const isKey = event.type === 'keydown';
        if (isLooking() && event.target.closest && event.target.closest(STEERING) &&
            !(isKey && ['Tab', 'Escape'].includes(event.key))) {
            event.preventDefault();
            event.stopPropagation();
        }
    }
    for (const kind of ['pointerdown', 'mousedown', 'touchstart', 'click', 'keydown']) {
        document.addEventListener(kind, refuse, {capture: true, passive: false});
    }

    function drawn(panel) {
        const groups = folded();
        for (const button of panel.querySelectorAll('.vz-group-fold')) {
            const isFolded = groups.has(button.closest('.vz-group').dataset.group);
            button.setAttribute('aria-expanded', String(!isFolded));
        }
        showChosen();
        if (isLooking()) {
            for (const one of document.querySelectorAll(STEERING)) {
                for (const part of [one, ...one.querySelectorAll('button, input, [role=slider]')]) {
                    part.setAttribute('aria-disabled', 'true');
                }
            }
        }
    }
    new MutationObserver((changes) => {
        for (const {addedNodes} of changes) {
            for (const node of addedNodes) {
                if (node.querySelector && (node.matches('.vz-group, .vz-tabs') ||
                    node.querySelector('.vz-group, .vz-tabs, #capture'))) {
                    drawn(document);
                    return;
                }
            }
        }
    }).observe(document, {subtree: true, childList: true});
})();
