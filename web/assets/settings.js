/* The Settings page: whoever leaves with changes that are not saved is asked first. */
(function () {
    'use strict';

    function isEdited() {
        const bar = document.getElementById('settings-bar');
        return Boolean(bar) && bar.dataset.changes !== '0';
    }
    // The input inside Dash's upload cannot be named in Python.
    new MutationObserver(() => {
        const input = document.querySelector('#settings-upload input:not([aria-label])');
        if (input) {
            input.setAttribute('aria-label', 'Settings file to import');
            input.tabIndex = -1; // the button beside it opens it
        }
    }).observe(document, {subtree: true, childList: true});

    window.addEventListener('beforeunload', (event) => {
        if (isEdited()) {
            event.preventDefault();
        }
    });
    // Links of Dash change the page without leaving it.
    document.addEventListener('click', (event) => {
        const link = event.target.closest('a[href]');
        const leads = link && !link.download && new URL(link.href).pathname !== location.pathname;
        if (leads && isEdited() && !window.confirm('Leave without saving your changes?')) {
            event.preventDefault();
            event.stopImmediatePropagation();
        }
    }, true);
})();
