/* `vizy.ask`: how the scripts of all pages talk to the REST API. */
(() => {
  "use strict";

  const PATIENCE_MS = 30000;

  const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

  /** Ask, and return what is answered; an error says in a sentence what the server says. */
  async function ask(method, path, body) {
    const answer = await fetch(`/api/v1${path}`, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body ? JSON.stringify(body) : undefined,
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch(() => {
      throw new Error("Vizy does not answer: try again.");
    });
    if (answer.status === 204) return null;
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(sentence(said.detail || `the server answered ${answer.status}`));
    return said;
  }

  window.vizy = Object.assign(window.vizy || {}, { ask });
})();
