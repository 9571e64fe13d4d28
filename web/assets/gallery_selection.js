/* The Gallery's selection: which pictures are chosen, and the bar of what can be done with them. */
(() => {
  "use strict";

  const API = "/api/v1/captures";
  const AT_ONCE = 500; // the API's limit
  const UNDO_MS = 10000;
  const HOLD_MS = 500;
  const HOLD_PX = 10;

  const vizy = (window.vizy = window.vizy || {});

  /** What is deleted can be brought back for ten seconds. */
  vizy.deleteWithUndo = async (ids) => {
    for (let from = 0; from < ids.length; from += AT_ONCE) {
      await vizy.ask("POST", "/captures/delete", { ids: ids.slice(from, from + AT_ONCE) });
    }
    const bar = document.getElementById("gallery-undo");
    if (!bar) return;
    const undo = async () => {
      bar.hidden = true;
      try {
        for (let from = 0; from < ids.length; from += AT_ONCE) {
          await vizy.ask("POST", "/captures/restore", { ids: ids.slice(from, from + AT_ONCE) });
        }
      } catch (error) {
        vizy.say(error.message, true);
      }
    };
    const text = ids.length === 1 ? "Deleted" : `Deleted ${ids.length}`;
    bar.replaceChildren(text, vizy.element("button", { type: "button", onclick: undo }, "Undo"));
    bar.hidden = false;
    clearTimeout(vizy.undoTimer);
    vizy.undoTimer = setTimeout(() => (bar.hidden = true), UNDO_MS);
  };

  vizy.Selection = class {
    constructor(wall) {
      this.wall = wall;
      this.ids = new Set();
      this.last = null;
      this.bar = wall.root.querySelector("#gallery-bar");
      this.onKey = (event) => this.key(event);
      document.addEventListener("keydown", this.onKey);
      wall.box.addEventListener("pointerdown", (event) => this.press(event));
      wall.box.addEventListener("contextmenu", (event) => {
        if (this.isHeld) event.preventDefault();
      });
    }

    unmount() {
      document.removeEventListener("keydown", this.onKey);
      clearTimeout(this.holding);
    }

    get isOn() {
      return this.ids.size > 0;
    }

    /** A finger that rests on a picture selects it. */
    press(event) {
      const tile = event.target.closest(".vz-tile");
      this.isHeld = false;
      if (!tile || event.pointerType === "mouse") return;
      const { clientX, clientY } = event;
      const stop = () => {
        clearTimeout(this.holding);
        document.removeEventListener("pointermove", move);
        document.removeEventListener("pointerup", stop);
        document.removeEventListener("pointercancel", stop);
      };
      const move = (now) => {
        if (Math.hypot(now.clientX - clientX, now.clientY - clientY) > HOLD_PX) stop();
      };
      this.holding = setTimeout(() => {
        stop();
        this.isHeld = true;
        this.toggle(tile.dataset.id);
        document.addEventListener("click", (click) => {
          click.preventDefault();
          click.stopPropagation();
        }, { capture: true, once: true });
      }, HOLD_MS);
      document.addEventListener("pointermove", move);
      document.addEventListener("pointerup", stop);
      document.addEventListener("pointercancel", stop);
    }

    toggle(id, isRange = false) {
      const { lines, places } = this.wall;
      if (isRange && this.last !== null && places.has(this.last)) {
        const ends = [places.get(this.last), places.get(id)].sort((a, b) => a - b);
        for (let at = ends[0]; at <= ends[1]; at++) this.ids.add(lines[at][0]);
      } else if (!this.ids.delete(id)) {
        this.ids.add(id);
      }
      this.last = id;
      this.showAll();
    }

    clear() {
      this.ids.clear();
      this.last = null;
      this.showAll();
    }

    /** Forget what is there no more. */
    keep(places) {
      for (const id of this.ids) if (!places.has(id)) this.ids.delete(id);
      this.showAll();
    }

    show(tile) {
      const isChosen = this.ids.has(tile.dataset.id);
      tile.classList.toggle("is-chosen", isChosen);
      tile.querySelector(".vz-check").setAttribute("aria-pressed", String(isChosen));
    }

    showAll() {
      this.wall.root.classList.toggle("is-selecting", this.isOn);
      for (const tile of this.wall.box.querySelectorAll(".vz-tile")) this.show(tile);
      this.bar.hidden = !this.isOn;
      if (!this.isOn) return;
      const button = (name, sign, act) =>
        vizy.element("button", {
          type: "button", className: "vz-tool", title: name, "aria-label": name,
          "data-icon": sign, onclick: () => this.run(act),
        });
      const chosen = this.wall.lines.filter((line) => this.ids.has(line[0]));
      const areHeld = chosen.every((line) => line[5]);
      this.bar.replaceChildren(
        button("End the selection", "close", () => this.clear()),
        vizy.element("span", { role: "status" }, `${chosen.length} selected`),
        button("Download", "download", () => this.download(chosen)),
        ...(chosen.length === 2 ? [button("Compare", "compare", () => this.compare(chosen))] : []),
        ...(this.wall.may
          ? [
              button(areHeld ? "Unprotect" : "Protect", areHeld ? "unlock" : "lock",
                () => this.protect(chosen, !areHeld)),
              button("Delete", "trash", () => this.remove(chosen)),
            ]
          : []),
      );
    }

    async run(act) {
      try {
        await act();
      } catch (error) {
        vizy.say(error.message, true);
      }
    }

    download(chosen) {
      const ids = chosen.map((line) => line[0]);
      if (ids.length > AT_ONCE) throw new Error(`${ids.length} are too many for one zip: choose ${AT_ONCE}`);
      const href = ids.length === 1 ? `${API}/${ids[0]}/file` : `${API}.zip?ids=${ids.join(",")}`;
      const link = vizy.element("a", { href, download: "" });
      document.body.append(link);
      link.click();
      link.remove();
      if (ids.length > 1) vizy.say(`Downloading ${ids.length} as a zip`);
    }

    compare(chosen) {
      const [newer, older] = chosen.map((line) => line[0]);
      this.clear();
      this.wall.viewer.open(older, newer);
    }

    async protect(chosen, protect) {
      for (let from = 0; from < chosen.length; from += AT_ONCE) {
        const ids = chosen.slice(from, from + AT_ONCE).map((line) => line[0]);
        await vizy.ask("PATCH", "/captures", { ids, protected: protect });
      }
      this.clear();
      vizy.say(protect ? "Protected: nothing deletes them" : "Not protected any more");
    }

    async remove(chosen) {
      const free = chosen.filter((line) => !line[5]).map((line) => line[0]);
      if (!free.length) throw new Error("Protected: unprotect first, then delete");
      const held = chosen.length - free.length;
      this.clear();
      await vizy.deleteWithUndo(free);
      if (held) vizy.say(held === 1 ? "1 is protected and stays" : `${held} are protected and stay`);
    }

    key(event) {
      if (this.wall.viewer.isOpen || event.target.closest("input, textarea, select, dialog")) return;
      if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        for (const line of this.wall.lines) this.ids.add(line[0]);
        this.showAll();
      } else if (event.key === "Escape" && this.isOn) {
        this.clear();
      } else if (event.key === "Delete" && this.isOn && this.wall.may) {
        this.run(() => this.remove(this.wall.lines.filter((line) => this.ids.has(line[0]))));
      }
    }
  };
})();
