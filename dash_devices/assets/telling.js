/* Telling the page how the connection stands: events, badges, an attribute to style by. */

const AWAY_AFTER_MS = 3000;
const TEXTS = {
    connecting: () => 'Connecting',
    connected: () => 'Connected',
    reconnecting: () => 'Reconnecting',
    away: () => `Away for ${Math.round((Date.now() - awaySince) / 1000)} s`,
    refused: () => 'Not authorised'
};
let told = null;

function tell(state) {
    if (state === 'reconnecting' && refused) {
        state = 'refused';
    } else if (state === 'reconnecting' && Date.now() - awaySince > AWAY_AFTER_MS) {
        state = 'away';
    }
    if (state !== told) {
        told = state;
        window.dispatchEvent(new CustomEvent('dash-devices:connection',
            {detail: {state, since: awaySince}}));
    }
    showBadges();
}

function showBadges() {
    const state = told || 'connecting';
    document.documentElement.dataset.connection = state;
    for (const badge of document.querySelectorAll('[data-dash-devices="connection"]')) {
        const text = TEXTS[state]();
        if (badge.dataset.state !== state || badge.textContent !== text) {
            badge.dataset.state = state;
            badge.textContent = text;
        }
    }
}
