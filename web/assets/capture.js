/* The capture bar of the Live page: says what the shutter does in the mode that is chosen. */
(function () {
    'use strict';

    window.dash_clientside = window.dash_clientside || {};
    window.dash_clientside.vizy = {
        ...window.dash_clientside.vizy,
        shutterName: (mode) => document.querySelector(`.vz-options[data-mode="${mode}"]`).dataset.press
    };
})();
