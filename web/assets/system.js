/* The System page: the log as it is written, and the switches; it talks to the API. */
(function () {
    'use strict';

    const ask = (method, path, body) => window.vizy.ask(method, path, body);
    const MOST_LINES = 500;
    const byId = (id) => document.getElementById(id);
    let source = null;
    let isPaused = false;

    function chosen(id) {
        const button = byId(id) && byId(id).querySelector('[aria-pressed="true"]');
        return button ? button.dataset.value : '';
    }
    function filter() {
        const query = new URLSearchParams({level: chosen('log-level') || 'debug'});
        if (chosen('log-process')) {
            query.set('process', chosen('log-process'));
        }
        return query;
    }

    // ---------------------------------------------------------------- log

    function add(line) {
        const log = byId('log-lines');
        if (!log || isPaused) {
            return;
        }
        const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
        const row = document.createElement('div');
        row.dataset.level = line.level;
        row.textContent = `${line.time.slice(11, 19)} ${line.process} ${line.text}`;
        log.append(row);
        while (log.childElementCount > MOST_LINES) {
            log.firstElementChild.remove();
        }
        if (isAtEnd) {
            log.scrollTop = log.scrollHeight;
        }
    }
    function note(text) {
        if (byId('log-note')) {
            byId('log-note').textContent = text;
        }
    }
    async function open() {
        close();
        byId('log-lines').replaceChildren();
        try {
            const {items} = await ask('GET', `/system/log?${filter()}&lines=200`);
            items.forEach(add);
            note('');
        } catch (error) {
            note(error.message);
            return;
        }
        close();
        source = new EventSource(`/api/v1/system/log/stream?${filter()}`);
        source.onmessage = (event) => add(JSON.parse(event.data));
    }
    function close() {
        if (source) {
            source.close();
            source = null;
        }
    }
    function text() {
        return [...byId('log-lines').children].map((row) => row.textContent).join('\n');
    }

    // ---------------------------------------------------------------- switches

    function say(words) {
        if (byId('system-progress')) {
            byId('system-progress').textContent = words;
        }
    }
    async function pids() {
        const view = await ask('GET', '/system').catch(() => null);
        return view && {hardware: view.hardware && view.hardware.process.pid, web: view.web.pid};
    }
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    async function restart(what) {
        const before = await pids();
        try {
            await ask('POST', '/system/restart', {what});
        } catch (error) {
            say(error.message);
            return;
        }
        const meant = what === 'all' ? ['hardware', 'web'] : [what];
        for (let tried = 0; tried < 60; tried++) {
            say(`Restarting: ${tried} s`);
            await wait(1000);
            const now = await pids();
            if (now && before && meant.every((name) => now[name] && now[name] !== before[name])) {
                say('Restarted: everything is back.');
                return;
            }
        }
        say('It is not back after a minute: the log says more.');
    }
    async function power() {
        const word = byId('power-word').value.trim();
        const path = {'POWER OFF': 'poweroff', REBOOT: 'reboot'}[word];
        const say = (text) => {
            byId('power-said').textContent = text;
        };
        if (!path) {
            say('Type POWER OFF or REBOOT, in capitals.');
            return;
        }
        await ask('POST', `/system/${path}`, {confirm: word}).then(
            () => say(path === 'reboot' ? 'The device starts again.' : 'The device switches off.'),
            (error) => say(error.message));
    }

    // ---------------------------------------------------------------- the page

    document.addEventListener('click', (event) => {
        const target = event.target.closest('#system-log button, [id^="restart-"], #power-go');
        if (!target) {
            return;
        }
        if (target.matches('.vz-chip')) {
            target.parentElement.querySelectorAll('.vz-chip').forEach((button) =>
                button.setAttribute('aria-pressed', String(button === target)));
            open();
        } else if (target.id === 'log-pause') {
            isPaused = !isPaused;
            target.textContent = isPaused ? 'Go on' : 'Pause';
            if (!isPaused) {
                open();
            }
        } else if (target.id === 'log-copy') {
            navigator.clipboard ? navigator.clipboard.writeText(text()) : note('Copying needs HTTPS.');
        } else if (target.id === 'log-download') {
            const link = document.createElement('a');
            link.href = URL.createObjectURL(new Blob([text()], {type: 'text/plain'}));
            link.download = 'vizy.log';
            link.click();
            URL.revokeObjectURL(link.href);
        } else if (target.id === 'power-go') {
            power();
        } else {
            restart(target.id.slice('restart-'.length));
        }
    });

    let shown = null;
    function follow() {
        const log = byId('log-lines');
        if (log !== shown) {
            shown = log;
            isPaused = false;
            log ? open() : close();
        }
    }
    new MutationObserver(follow).observe(document.documentElement, {childList: true, subtree: true});
    follow();
})();
