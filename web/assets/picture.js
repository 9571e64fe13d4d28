/* The tools over the live picture: zoom and pan, tap to focus, grid, histogram, freeze, full screen.
 *
 * All of it is this browser's own, and none of it touches the canvas that `live.js` draws on: the
 * view around it is scaled, and what is drawn lies in elements beside it.
 */
(function () {
    'use strict';

    const MOST = 8;
    const DOUBLE = 2.5; // what a double tap goes to
    const IDLE_MS = 3000; // then the tools step back
    const TAP_MS = 300; // a second tap within it makes a double one
    const TAP_PX = 10;
    const HISTOGRAM_MS = 300;

    const by = (id) => document.getElementById(id);
    const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

    // ---------------------------------------------------------------- zoom and pan

    // How much larger, and which point of the view is in the middle (0 to 1): true at any size.
    const look = {scale: 1, x: 0.5, y: 0.5};

    function show() {
        const half = 0.5 / look.scale;
        look.x = clamp(look.x, half, 1 - half);
        look.y = clamp(look.y, half, 1 - half);
        const [x, y] = [look.x, look.y].map((middle) => (0.5 - middle) * look.scale * 100);
        for (const view of [by('live-view'), by('frozen')]) {
            view.style.transform = look.scale === 1 ? '' : `translate(${x}%, ${y}%) scale(${look.scale})`;
        }
        by('stage').classList.toggle('is-zoomed', look.scale > 1);
        by('zoom').textContent = `${look.scale.toFixed(1)}\u00d7`;
    }
    // What is at a place of the stage (0 to 1) stays there.
    function zoomTo(scale, px = 0.5, py = 0.5) {
        const [x, y] = [look.x + (px - 0.5) / look.scale, look.y + (py - 0.5) / look.scale];
        look.scale = clamp(scale, 1, MOST);
        look.x = x - (px - 0.5) / look.scale;
        look.y = y - (py - 0.5) / look.scale;
        show();
        wake();
    }
    function pan(dx, dy) { // in shares of the stage
        look.x += dx / look.scale;
        look.y += dy / look.scale;
        show();
    }

    // ---------------------------------------------------------------- fingers and mouse

    const held = new Map(); // pointer id to where it is
    let tap = null; // what may become one
    let lastTap = {at: 0, x: 0, y: 0};
    let single = null;

    function place(event) {
        const box = by('stage').getBoundingClientRect();
        return {x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height, box};
    }
    const isPicture = (event) => event.target.closest && event.target.closest('#stage') &&
        !event.target.closest('button, a');

    function down(event) {
        if (!isPicture(event) || (event.pointerType === 'mouse' && event.button !== 0)) {
            return;
        }
        held.set(event.pointerId, {x: event.clientX, y: event.clientY});
        tap = held.size === 1 ? {x: event.clientX, y: event.clientY, at: performance.now()} : null;
    }
    function move(event) {
        if (event.target.closest && event.target.closest('#stage')) {
            wake();
        }
        const before = held.get(event.pointerId);
        if (!before || !by('stage')) {
            return;
        }
        const {box} = place(event);
        const others = [...held].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
        held.set(event.pointerId, {x: event.clientX, y: event.clientY});
        if (others.length === 1) {
            const [other] = others;
            const spread = (at) => Math.hypot(at.x - other.x, at.y - other.y) || 1;
            const middle = {clientX: (event.clientX + other.x) / 2, clientY: (event.clientY + other.y) / 2};
            const at = place(middle);
            zoomTo(look.scale * spread({x: event.clientX, y: event.clientY}) / spread(before), at.x, at.y);
            pan((before.x - event.clientX) / 2 / box.width, (before.y - event.clientY) / 2 / box.height);
        } else if (others.length === 0 && look.scale > 1) {
            pan((before.x - event.clientX) / box.width, (before.y - event.clientY) / box.height);
        }
        if (tap && Math.hypot(event.clientX - tap.x, event.clientY - tap.y) > TAP_PX) {
            tap = null;
        }
    }
    function up(event) {
        if (!held.delete(event.pointerId) || !tap || event.type === 'pointercancel') {
            return;
        }
        const now = performance.now();
        const isDouble = now - lastTap.at < TAP_MS && Math.hypot(tap.x - lastTap.x, tap.y - lastTap.y) < 30;
        clearTimeout(single);
        if (isDouble) {
            const at = place(event);
            zoomTo(look.scale > 1 ? 1 : DOUBLE, at.x, at.y);
            lastTap = {at: 0, x: 0, y: 0};
        } else {
            lastTap = {at: now, x: tap.x, y: tap.y};
            const {clientX, clientY} = event;
            single = setTimeout(() => focusAt(clientX, clientY), TAP_MS);
            wake();
        }
        tap = null;
    }
    function wheel(event) {
        if (event.target.closest && event.target.closest('#stage')) {
            event.preventDefault();
            const at = place(event);
            zoomTo(look.scale * Math.exp(-clamp(event.deltaY, -100, 100) / 300), at.x, at.y);
        }
    }
    document.addEventListener('pointerdown', down);
    document.addEventListener('pointermove', move);
    document.addEventListener('pointerup', up);
    document.addEventListener('pointercancel', up);
    document.addEventListener('wheel', wheel, {passive: false});

    // ---------------------------------------------------------------- focus where it was touched

    // Where the picture itself is within its canvas, which keeps its sides in proportion.
    function pictureBox() {
        const canvas = document.querySelector('#live-view canvas');
        const box = canvas.getBoundingClientRect();
        const fit = Math.min(box.width / canvas.width, box.height / canvas.height);
        const [width, height] = [canvas.width * fit, canvas.height * fit];
        return {left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height};
    }
    function focusAt(clientX, clientY) {
        const stage = by('stage');
        if (!stage || stage.dataset.canFocus !== 'yes' || stage.closest('[data-role="viewer"]')) {
            return;
        }
        const picture = pictureBox();
        const [x, y] = [(clientX - picture.left) / picture.width, (clientY - picture.top) / picture.height];
        if (x < 0 || x > 1 || y < 0 || y > 1) {
            return;
        }
        const box = stage.getBoundingClientRect();
        by('focus-ring').style.translate = `${clientX - box.left}px ${clientY - box.top}px`;
        window.dash_clientside.set_props('focus-ring', {'data-state': 'searching'});
        window.dash_clientside.set_props('tap', {data: {x, y, at: Date.now()}});
    }

    // ---------------------------------------------------------------- what is shown over it

    const shown = {grid: false, histogram: false, freeze: false, full: false};

    function press(name) {
        shown[name] = !shown[name];
        if (name === 'freeze') {
            freeze();
        }
        if (name === 'full') {
            fill();
        }
        mark();
        wake();
    }
    function mark() {
        for (const tool of document.querySelectorAll('[data-tool]')) {
            tool.setAttribute('aria-pressed', String(shown[tool.dataset.tool]));
        }
        const stage = by('stage');
        for (const [name, isShown] of Object.entries(shown)) {
            stage.classList.toggle(`has-${name}`, isShown);
        }
        document.querySelector('.vz-live').classList.toggle('is-full', shown.full);
    }
    // The picture of this moment lies over the live one, which goes on below.
    function freeze() {
        const canvas = document.querySelector('#live-view canvas');
        const kept = document.createElement('canvas');
        kept.width = canvas.width;
        kept.height = canvas.height;
        kept.getContext('2d').drawImage(canvas, 0, 0);
        by('frozen').replaceChildren(...(shown.freeze ? [kept] : []));
        by('announce').textContent = shown.freeze ? 'Picture frozen' : 'Picture live';
    }
    // Where a browser gives no full screen (an iPhone), the page itself is filled.
    function fill() {
        const root = document.documentElement;
        if (shown.full && root.requestFullscreen) {
            root.requestFullscreen().catch(() => {});
        } else if (!shown.full && document.fullscreenElement) {
            document.exitFullscreen();
        }
    }
    document.addEventListener('fullscreenchange', () => {
        if (!document.fullscreenElement && shown.full && by('stage')) {
            press('full');
        }
    });
    document.addEventListener('keydown', (event) => {
        if (event.key === 'Escape' && shown.full && by('stage') && !document.fullscreenElement) {
            press('full');
        }
    });

    const small = document.createElement('canvas');
    [small.width, small.height] = [160, 90];
    const pixels = small.getContext('2d', {willReadFrequently: true});
    const COLOURS = ['#ff6b6b', '#69db7c', '#74a8ff'];

    function drawHistogram() {
        const target = by('histogram');
        const source = document.querySelector(shown.freeze ? '#frozen canvas' : '#live-view canvas');
        if (!shown.histogram || document.hidden || !target || !source) {
            return;
        }
        pixels.drawImage(source, 0, 0, small.width, small.height);
        const {data} = pixels.getImageData(0, 0, small.width, small.height);
        const counts = [0, 1, 2].map(() => new Uint32Array(64));
        for (let at = 0; at < data.length; at += 4) {
            counts[0][data[at] >> 2] += 1;
            counts[1][data[at + 1] >> 2] += 1;
            counts[2][data[at + 2] >> 2] += 1;
        }
        const context = target.getContext('2d');
        const most = Math.max(...counts.map((of) => Math.max(...of.subarray(1, 63)))) || 1;
        context.clearRect(0, 0, target.width, target.height);
        context.globalCompositeOperation = 'screen';
        counts.forEach((of, colour) => {
            context.fillStyle = COLOURS[colour];
            of.forEach((count, bin) => {
                const height = Math.min(1, Math.sqrt(count / most)) * target.height;
                context.fillRect(bin * 3, target.height - height, 3, height);
            });
        });
    }
    setInterval(drawHistogram, HISTOGRAM_MS);

    // ---------------------------------------------------------------- the strip itself

    let idle = null;
    function wake() {
        const stage = by('stage');
        if (stage) {
            stage.classList.remove('is-idle');
            clearTimeout(idle);
            idle = setTimeout(() => stage.classList.add('is-idle'), IDLE_MS);
        }
    }
    const QUALITIES = ['auto', 'high', 'low'];
    function nextQuality() {
        const asked = by('live-view').dataset.asked || 'auto';
        const next = QUALITIES[(QUALITIES.indexOf(asked) + 1) % QUALITIES.length];
        document.dispatchEvent(new CustomEvent('vizy:quality', {detail: next}));
        showQuality(next);
    }
    function showQuality(asked) {
        by('quality').textContent = {auto: 'Auto', high: 'High', low: 'Low'}[asked] || 'Auto';
    }
    document.addEventListener('click', (event) => {
        const tool = event.target.closest('[data-tool]');
        if (tool) {
            press(tool.dataset.tool);
        } else if (event.target.closest('#zoom')) {
            zoomTo(1);
        } else if (event.target.closest('#quality')) {
            nextQuality();
        } else if (event.target.closest('#frozen-message')) {
            press('freeze');
        }
    });
    document.addEventListener('focusin', (event) => {
        if (event.target.closest('#picture-tools')) {
            wake();
        }
    });

    // Dash draws the page anew when it is come back to: what belongs to a picture starts afresh.
    let known = null;
    new MutationObserver(() => {
        const stage = by('stage');
        if (stage && stage !== known && by('picture-tools')) {
            Object.assign(look, {scale: 1, x: 0.5, y: 0.5});
            Object.assign(shown, {freeze: false, full: false});
            show();
            mark();
            showQuality(by('live-view').dataset.asked);
            wake();
            known = stage;
        }
    }).observe(document, {subtree: true, childList: true});

    window.vizy = Object.assign(window.vizy || {}, {
        picture: {
            press,
            zoomBy: (factor) => zoomTo(factor ? look.scale * factor : 1),
            pan,
            isZoomed: () => look.scale > 1
        }
    });
})();
