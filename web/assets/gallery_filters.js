/* What the Gallery shows: the filters above the wall, which are the query of the address. */
(() => {
  "use strict";

  const FILTERS = ["kind", "group", "tag", "protected", "since", "until"];

  const vizy = (window.vizy = window.vizy || {});

  vizy.Filters = class {
    /** `changed` is called when somebody has chosen something else. */
    constructor(root, changed) {
      this.root = root;
      this.changed = changed;
      this.show();
      root.querySelector(".vz-filters").addEventListener("click", (event) => this.choose(event));
    }

    /** What the address asks for. */
    get query() {
      const given = new URLSearchParams(location.search);
      const query = new URLSearchParams();
      for (const name of FILTERS) if (given.get(name)) query.set(name, given.get(name));
      return query;
    }

    choose(event) {
      const chip = event.target.closest(".vz-chip");
      if (!chip) return;
      const query = this.query;
      if (chip.id === "only-protected") {
        query.get("protected") ? query.delete("protected") : query.set("protected", "true");
      } else if ("kind" in chip.dataset) {
        query.delete("kind");
        if (chip.dataset.kind) query.set("kind", chip.dataset.kind);
      } else {
        query.delete(chip.dataset.clears);
        if (chip.dataset.clears === "since") query.delete("until");
      }
      this.go(query);
    }

    go(query) {
      history.pushState(history.state, "", `/gallery${query.size ? `?${query}` : ""}`);
      this.changed();
    }

    show() {
      const query = this.query;
      for (const chip of this.root.querySelectorAll("[data-kind]")) {
        chip.setAttribute("aria-pressed", String(chip.dataset.kind === (query.get("kind") || "")));
      }
      const isProtected = query.get("protected") === "true";
      this.root.querySelector("#only-protected").setAttribute("aria-pressed", String(isProtected));
      const extra = (name, text) =>
        query.get(name)
          ? [vizy.element("button", {
              type: "button",
              className: "vz-chip is-extra",
              "data-clears": name,
              "aria-pressed": "true",
              "aria-label": `${text}: show all again`,
              "data-icon": "close",
            }, text)]
          : [];
      this.root.querySelector("#gallery-tag").replaceChildren(
        ...extra("tag", `Tag ${query.get("tag")}`),
        ...extra("group", "One series"),
      );
      this.showDate(query);
    }

    showDate(query) {
      const box = this.root.querySelector("#gallery-date");
      if (!box.firstChild) {
        const field = vizy.element("input", { type: "date", "aria-label": "Day" });
        field.addEventListener("change", () => {
          const chosen = this.query;
          chosen.delete("since");
          chosen.delete("until");
          if (field.value) {
            const [year, month, day] = field.value.split("-").map(Number);
            chosen.set("since", new Date(year, month - 1, day).toISOString());
            chosen.set("until", new Date(year, month - 1, day + 1).toISOString());
          }
          this.go(chosen);
        });
        box.append(field);
      }
      const since = query.get("since") && new Date(query.get("since"));
      const pad = (number) => String(number).padStart(2, "0");
      box.firstChild.value = since
        ? `${since.getFullYear()}-${pad(since.getMonth() + 1)}-${pad(since.getDate())}`
        : "";
    }
  };
})();
