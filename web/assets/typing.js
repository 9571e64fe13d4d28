/* The numbers of the Live page's controls: a click on one, and it can be typed. */
(function () {
    'use strict';

    const UNITS = {'us': 1, 'µs': 1, 'μs': 1, 'ms': 1e3, 's': 1e6}; // of an exposure time

    // What was typed, in the control's own unit; null when it is no number.
    function read(text, scale) {
        const found = /^\s*([+\u2212-]?\d*[.,]?\d+)\s*(?:\/\s*(\d+))?\s*([a-zµμ]*)/i.exec(text);
        if (!found) {
            return null;
        }
        const exact = Number(found[1].replace('\u2212', '-').replace(',', '.')) / Number(found[2] || 1);
        const unit = found[3].toLowerCase();
        if (scale.unit === 'µs') {
            return exact * (UNITS[unit] || (found[2] ? 1e6 : 1)); // "1/50" is of a second
        }
        return exact;
    }

    // What `web/pages/live/scale.py` does on the server: where a value stands on the slider.
    function position(value, scale) {
        if (scale.kind === 'ratio') {
            return Math.log(value / scale.minimum) / Math.log(scale.maximum / scale.minimum);
        }
        return scale.kind === 'power' ? Math.pow(value / scale.maximum, 1 / scale.exponent) : value;
    }

    function take(block, text) {
        const scale = JSON.parse(block.dataset.scale);
        const wanted = read(text, scale);
        if (wanted === null || !Number.isFinite(wanted)) {
            window.vizy.notify(`\u201c${text}\u201d is no number`, 'failed');
            return;
        }
        const value = Math.min(scale.maximum, Math.max(scale.minimum, wanted));
        if (value !== wanted) {
            const unit = scale.unit ? ` ${scale.unit}` : '';
            window.vizy.notify(`It takes ${scale.minimum} to ${scale.maximum}${unit}: set to ${value}${unit}`, 'done');
        }
        const control = block.id.slice('control-'.length);
        window.dash_clientside.set_props({control, part: 'value'}, {value: position(value, scale)});
    }

    function type(number) {
        const block = number.closest('.vz-control');
        const input = document.createElement('input');
        let isOver = false;
        function end(isTaken) {
            if (isOver) {
                return;
            }
            isOver = true;
            if (isTaken && input.value.trim() !== '' && input.value !== number.textContent) {
                take(block, input.value);
            }
            input.remove();
            number.focus();
        }
        input.className = 'vz-typed';
        input.value = number.textContent;
        input.setAttribute('inputmode', 'text');
        input.setAttribute('aria-label', `${block.querySelector('.vz-control-head span').textContent}: number`);
        input.addEventListener('keydown', (event) => {
            if (event.key === 'Enter' || event.key === 'Escape') {
                event.preventDefault();
                end(event.key === 'Enter');
            }
        });
        input.addEventListener('blur', () => end(true));
        block.append(input);
        input.focus();
        input.select();
    }

    document.addEventListener('click', (event) => {
        const number = event.target.closest('.vz-number');
        if (number && !number.closest('[data-role="viewer"]')) {
            type(number);
        }
    });
})();
