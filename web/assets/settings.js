/* The Settings page: whoever leaves with changes that are not saved is asked first. */
(function () {
    'use strict';

    function isEdited() {
        const bar = document.getElementById('settings-bar');
        return Boolean(bar) && bar.dataset.changes !== '0';
    }
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
