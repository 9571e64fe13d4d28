/* The controls of the Live page: their numbers, and who moved them; it asks the server for nothing. */
(function () {
    'use strict';

    // What `web/pages/live/scale.py` does on the server: the value at a slider's position, as people read it.
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

    // The scale stands on the control's block.
    function scaleOf(name) {
        const block = document.getElementById(`control-${name}`);
        return block && block.dataset.scale ? JSON.parse(block.dataset.scale) : null;
    }
    function show(position) {
        const {control} = window.dash_clientside.callback_context.inputs_list[0].id;
        return number(position, scaleOf(control));
    }

    window.dash_clientside = window.dash_clientside || {};
    window.dash_clientside.vizy = {...window.dash_clientside.vizy, number, show};

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

    function look(change) {
        const element = change.target.closest ? change.target : change.target.parentElement;
        const control = element && element.closest('.vz-control');
        if (control && change.type === 'attributes') {
            if (element.matches('[role=slider], input')) {
                mark(control);
            }
        } else if (control) {
            speak(control);
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
        attributeFilter: ['aria-valuenow', 'data-checked']
    });
})();
