/* Light, dark, or as the system: chosen on the Account page, kept in this browser.
 *
 * Mantine keeps the choice under the name below and follows it when another tab changes it; here the
 * same is told to the own tab.
 */
(() => {
  "use strict";

  const KEY = "mantine-color-scheme-value";

  function choose(scheme) {
    localStorage.setItem(KEY, scheme);
    window.dispatchEvent(
      new StorageEvent("storage", { key: KEY, newValue: scheme, storageArea: localStorage }),
    );
    show();
  }

  function show() {
    const chosen = localStorage.getItem(KEY) || "auto";
    for (const button of document.querySelectorAll("[data-scheme]")) {
      const isChosen = String(button.dataset.scheme === chosen);
      if (button.getAttribute("aria-pressed") !== isChosen) button.setAttribute("aria-pressed", isChosen);
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scheme]");
    if (button) choose(button.dataset.scheme);
  });
  window.addEventListener("storage", show);
  new MutationObserver(show).observe(document.documentElement, { childList: true, subtree: true });
})();
