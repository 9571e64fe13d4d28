/* The Gallery's viewer: one picture or video over the whole window, or two side by side.
 *
 * What it shows is in the address (#ID), so it can be linked, and back closes it. It walks through
 * the wall's list.
 */
(() => {
  "use strict";

  const API = "/api/v1/captures";
  const MOST_ZOOM = 8;
  const SWIPE_PX = 60;

  const vizy = (window.vizy = window.vizy || {});

  /** One picture that can be zoomed and moved, or a video. */
  class Pane {
    constructor(viewer) {
      this.viewer = viewer;
      this.root = vizy.element("div", { className: "vz-pane" });
      this.pointers = new Map();
      this.root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      this.root.addEventListener("dblclick", (event) => this.double(event));
      for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
        this.root.addEventListener(name, (event) => this[name](event));
      }
    }

    /** Show a line of the list: its small picture at once, the whole one when it has come. */
    show([id, , width, height, seconds]) {
      if (this.id === id) return;
      this.id = id;
      const small = `${API}/${id}/thumbnail`;
      const whole = `${API}/${id}/file`;
      this.isVideo = seconds > 0;
      if (this.isVideo) {
        this.media = vizy.element("video", { controls: true, playsInline: true, poster: small, src: whole });
        this.media.addEventListener("error", () => this.fail());
      } else {
        this.media = vizy.element("img", { alt: `Picture of ${vizy.timeText(id)}`, src: small, draggable: false });
        const picture = new Image();
        picture.onload = () => this.id === id && (this.media.src = whole);
        picture.onerror = () => this.id === id && this.fail();
        picture.src = whole;
      }
      this.media.style.aspectRatio = `${width} / ${height}`;
      this.media.style.setProperty("--vz-ratio", width / height);
      this.root.replaceChildren(this.media);
      this.place({ zoom: 1, x: 0, y: 0 });
    }

    fail() {
      const text = this.isVideo ? "This video cannot be played here." : "This picture cannot be had.";
      this.root.append(vizy.element("p", { className: "vz-pane-failed", role: "alert" }, text));
    }

    stop() {
      if (this.isVideo) this.media.pause();
      this.id = null;
      this.root.replaceChildren();
    }

    /** Zoom and move; the picture never leaves the window. */
    place(view) {
      const zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom));
      const { clientWidth: width, clientHeight: height } = this.root;
      const limit = (value, size) => Math.max((1 - zoom) * size / 2, Math.min((zoom - 1) * size / 2, value));
      this.view = { zoom, x: limit(view.x, width), y: limit(view.y, height) };
      const { x, y } = this.view;
      if (!this.isVideo) this.media.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
      this.root.classList.toggle("is-zoomed", zoom > 1);
    }

    /** Zoom so that the point under the finger stays there. */
    zoomTo(zoom, clientX, clientY) {
      const box = this.root.getBoundingClientRect();
      const x = clientX - box.left - box.width / 2;
      const y = clientY - box.top - box.height / 2;
      const next = Math.min(MOST_ZOOM, Math.max(1, zoom));
      const by = next / this.view.zoom;
      this.viewer.placeAll({ zoom: next, x: x - (x - this.view.x) * by, y: y - (y - this.view.y) * by });
    }

    wheel(event) {
      if (this.isVideo) return;
      event.preventDefault();
      this.zoomTo(this.view.zoom * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
    }

    double(event) {
      if (!this.isVideo) this.zoomTo(this.view.zoom > 1 ? 1 : 3, event.clientX, event.clientY);
    }

    pointerdown(event) {
      if (this.isVideo || event.button) return;
      this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
      this.start = { x: event.clientX, y: event.clientY, view: this.view, spread: this.spread() };
      this.root.setPointerCapture(event.pointerId);
    }

    pointermove(event) {
      if (!this.pointers.has(event.pointerId)) return;
      this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
      const { x, y, view, spread } = this.start;
      if (this.pointers.size === 2 && spread) {
        const [[ax, ay], [bx, by]] = [...this.pointers.values()];
        this.zoomTo((view.zoom * this.spread()) / spread, (ax + bx) / 2, (ay + by) / 2);
      } else if (view.zoom > 1) {
        this.viewer.placeAll({ zoom: view.zoom, x: view.x + event.clientX - x, y: view.y + event.clientY - y });
      }
    }

    pointerup(event) {
      if (!this.pointers.delete(event.pointerId)) return;
      const across = event.clientX - this.start.x;
      const down = event.clientY - this.start.y;
      if (this.view.zoom === 1 && !this.start.spread && event.pointerType !== "mouse") {
        if (Math.abs(across) > SWIPE_PX && Math.abs(across) > 2 * Math.abs(down)) this.viewer.step(across < 0 ? 1 : -1);
        else if (down > 2 * SWIPE_PX) this.viewer.close();
      }
    }

    pointercancel(event) {
      this.pointers.delete(event.pointerId);
    }

    spread() {
      if (this.pointers.size !== 2) return 0;
      const [[ax, ay], [bx, by]] = [...this.pointers.values()];
      return Math.hypot(ax - bx, ay - by);
    }
  }

  vizy.Viewer = class {
    constructor(wall) {
      this.wall = wall;
      this.id = null;
      this.second = null;
      this.dialog = vizy.element("dialog", {
        className: "vz-viewer", "aria-label": "Picture", "aria-modal": "true", tabIndex: -1,
      });
      this.panes = [new Pane(this), new Pane(this)];
      this.panes[1].root.hidden = true;
      this.tools = vizy.element("div", { className: "vz-viewer-tools" });
      this.sheet = vizy.element("aside", { className: "vz-sheet", hidden: true, "aria-label": "About" });
      this.scrub = vizy.element("input", {
        type: "range", className: "vz-scrub", min: 0, hidden: true, "aria-label": "Place in the series",
      });
      this.scrub.addEventListener("input", () => this.goTo(Number(this.scrub.max) - Number(this.scrub.value)));
      const side = (name, sign, step) =>
        vizy.element("button", {
          type: "button", className: `vz-step vz-step-${sign}`, "aria-label": name, "data-icon": sign,
          onclick: () => this.step(step),
        });
      this.dialog.append(
        vizy.element("div", { className: "vz-panes" },
          this.panes[0].root, this.panes[1].root, side("Newer", "left", -1), side("Older", "right", 1), this.scrub),
        this.tools, this.sheet,
      );
      wall.root.append(this.dialog);
      this.onKey = (event) => this.key(event);
      document.addEventListener("keydown", this.onKey);
      this.onHash = () => this.follow();
      window.addEventListener("hashchange", this.onHash);
    }

    unmount() {
      this.cover(false);
      document.removeEventListener("keydown", this.onKey);
      window.removeEventListener("hashchange", this.onHash);
      for (const pane of this.panes) pane.stop();
      this.dialog.remove();
    }

    get isOpen() {
      return this.dialog.open;
    }

    /** Notices and Undo stay in reach above it, which no modal dialog allows; the rest does not. */
    cover(isCovered) {
      const below = "#app > .vz-header, #app > .vz-navigation, #gallery > main, #gallery-bar";
      for (const element of document.querySelectorAll(below)) element.inert = isCovered;
    }

    open(id, second = null) {
      this.second = second;
      history.pushState(history.state, "", `${location.pathname}${location.search}#${id}`);
      this.isOurs = true;
      this.follow();
    }

    close() {
      if (!this.dialog.open) return;
      if (this.isOurs) history.back();
      else history.replaceState(history.state, "", location.pathname + location.search);
      this.isOurs = false;
      this.hide();
    }

    hide() {
      const { id } = this;
      for (const pane of this.panes) pane.stop();
      this.id = this.second = null;
      this.sheet.hidden = true;
      this.cover(false);
      if (this.dialog.open) this.dialog.close();
      if (id) this.wall.reveal(id);
    }

    /** Show what the address names, as soon as the list is there. */
    follow() {
      const id = decodeURIComponent(location.hash.slice(1));
      if (!id) {
        if (this.dialog.open) this.hide();
        return;
      }
      if (!this.wall.isLoaded) return;
      const index = this.wall.places.get(id);
      if (index === undefined) {
        if (this.id === id && this.index !== undefined && this.wall.lines.length) {
          this.goTo(Math.min(this.index, this.wall.lines.length - 1)); // it was deleted
        } else {
          history.replaceState(history.state, "", location.pathname + location.search);
          if (this.dialog.open) this.hide();
          vizy.say("That picture is not there any more", true);
        }
        return;
      }
      this.show(index);
    }

    goTo(index) {
      const line = this.wall.lines[index];
      if (!line) return;
      history.replaceState(history.state, "", `${location.pathname}${location.search}#${line[0]}`);
      this.show(index);
    }

    /** Walk; while two are compared the right one moves. */
    step(by) {
      if (this.second) {
        const line = this.wall.lines[this.wall.places.get(this.second) + by];
        if (!line) return;
        this.second = line[0];
        this.show(this.index);
      } else {
        this.goTo(this.index + by);
      }
    }

    show(index) {
      const line = this.wall.lines[index];
      this.index = index;
      this.id = line[0];
      this.panes[0].show(line);
      const second = this.second && this.wall.lines[this.wall.places.get(this.second)];
      this.panes[1].root.hidden = !second;
      if (second) this.panes[1].show(second);
      else this.panes[1].stop();
      if (!this.dialog.open) {
        this.dialog.show();
        this.cover(true);
        this.dialog.focus();
      }
      this.scrub.hidden = !this.wall.filters.query.get("group") || this.wall.lines.length < 3;
      this.scrub.max = this.wall.lines.length - 1;
      this.scrub.value = this.wall.lines.length - 1 - index;
      this.showTools(line);
      if (!this.sheet.hidden) this.run(() => this.showSheet(line));
      for (const near of [index + 1, index - 1]) {
        const next = this.wall.lines[near];
        if (next && !next[4]) new Image().src = `${API}/${next[0]}/file`;
      }
    }

    showTools(line) {
      const [id, , , , , isHeld] = line;
      const button = (name, sign, act, isPressed) =>
        vizy.element("button", {
          type: "button", className: "vz-tool", title: name, "aria-label": name, "data-icon": sign,
          ...(isPressed === undefined ? {} : { "aria-pressed": String(isPressed) }),
          onclick: () => this.run(act),
        });
      const focused = document.activeElement && document.activeElement.getAttribute("data-icon");
      this.tools.replaceChildren(
        button("Close", "close", () => this.close()),
        vizy.element("span", { className: "vz-viewer-title", role: "status" },
          this.second ? `${vizy.timeText(id)} · ${vizy.timeText(this.second)}` : vizy.timeText(id)),
        button("About", "info", () => this.toggleSheet(), !this.sheet.hidden),
        button("Compare two", "compare", () => this.compare(), Boolean(this.second)),
        vizy.element("a", {
          className: "vz-tool", href: `${API}/${id}/file`, download: "", title: "Download",
          "aria-label": "Download", "data-icon": "download",
        }),
        ...(this.wall.may
          ? [
              button(isHeld ? "Unprotect" : "Protect", isHeld ? "lock" : "unlock", () => this.protect(line), isHeld),
              button("Delete", "trash", () => this.remove(line)),
            ]
          : []),
      );
      const again = focused && this.tools.querySelector(`[data-icon="${focused}"]`);
      if (again) again.focus();
    }

    async run(act) {
      try {
        await act();
      } catch (error) {
        vizy.say(error.message, true);
      }
    }

    compare() {
      const next = this.wall.lines[this.index + 1] || this.wall.lines[this.index - 1];
      if (!this.second && !next) throw new Error("There is nothing to compare with");
      this.second = this.second ? null : next[0];
      this.show(this.index);
      this.placeAll({ zoom: 1, x: 0, y: 0 });
    }

    placeAll(view) {
      for (const pane of this.panes) if (pane.id) pane.place(view);
    }

    async protect([id, , , , , isHeld]) {
      await vizy.ask("PATCH", `/captures/${id}`, { protected: !isHeld });
      this.wall.lines[this.index][5] = !isHeld;
      this.showTools(this.wall.lines[this.index]);
    }

    async remove([id, , , , , isHeld]) {
      if (isHeld) throw new Error("Protected: unprotect it first, then delete");
      await vizy.deleteWithUndo([id]);
      if (this.wall.lines.length < 2) this.close();
      else this.goTo(this.index + (this.index + 1 < this.wall.lines.length ? 1 : -1));
    }

    toggleSheet() {
      this.sheet.hidden = !this.sheet.hidden;
      this.show(this.index);
    }

    async showSheet(line) {
      const [id] = line;
      if (this.sheet.dataset.id === id) return;
      this.sheet.dataset.id = id;
      this.sheet.replaceChildren(vizy.element("h2", {}, "About"));
      const asked = Promise.all([
        vizy.ask("GET", `/captures/${id}`),
        vizy.ask("GET", `/captures/${id}/exif`),
      ]);
      const [capture, said] = await asked.catch((error) => {
        if (this.sheet.dataset.id === id) delete this.sheet.dataset.id; // asked again when it is opened
        throw error;
      });
      if (this.sheet.dataset.id !== id) return;
      const facts = [
        ["Taken", vizy.timeText(id)],
        ["Size", `${capture.size.width} × ${capture.size.height}, ${(capture.bytes / 1e6).toFixed(1)} MB`],
        ...(capture.duration_s ? [["Length", vizy.duration(capture.duration_s)]] : []),
        ...said.items.map((fact) => [fact.name, fact.value]),
        ["File", `${id}${capture.media_type === "video/mp4" ? ".mp4" : ".jpg"}`],
      ];
      const list = vizy.element("dl");
      for (const [name, value] of facts) {
        list.append(vizy.element("dt", {}, name), vizy.element("dd", {}, value));
      }
      this.sheet.append(list, ...this.tagField(capture));
      if (capture.raw_bytes) {
        this.sheet.append(vizy.element("a", { href: `${API}/${id}/raw`, download: "", className: "vz-button" },
          `Raw data, ${(capture.raw_bytes / 1e6).toFixed(0)} MB`));
      }
      if (capture.group && this.wall.filters.query.get("group") !== capture.group) {
        this.sheet.append(vizy.element("a", {
          href: `/gallery?group=${encodeURIComponent(capture.group)}`, className: "vz-button",
        }, "Show the whole series"));
      }
    }

    tagField(capture) {
      const tags = capture.tags.map((tag) =>
        vizy.element("a", { href: `/gallery?tag=${encodeURIComponent(tag)}`, className: "vz-chip" }, tag));
      if (!this.wall.may) return tags;
      const field = vizy.element("input", {
        id: "viewer-tags", type: "text", value: capture.tags.join(", "), placeholder: "nest, morning", autocomplete: "off",
      });
      field.addEventListener("change", () => this.run(async () => {
        const wanted = field.value.split(",").map((tag) => tag.trim()).filter(Boolean);
        await vizy.ask("PATCH", `/captures/${capture.id}`, { tags: wanted });
        vizy.say("Tags saved");
      }));
      return [vizy.element("label", { htmlFor: "viewer-tags" }, "Tags, with commas between"), field,
        vizy.element("div", { className: "vz-chips" }, ...tags)];
    }

    key(event) {
      if (!this.isOpen || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, #gallery-undo, #notice") && event.key !== "Escape") return;
      const { media, isVideo } = this.panes[0];
      const line = this.wall.lines[this.index];
      const act = {
        Escape: () => this.close(),
        ArrowRight: () => this.step(1),
        ArrowLeft: () => this.step(-1),
        i: () => this.toggleSheet(),
        c: () => this.compare(),
        d: () => this.tools.querySelector("a").click(),
        p: () => this.wall.may && this.protect(line),
        Delete: () => this.wall.may && this.remove(line),
        0: () => this.placeAll({ zoom: 1, x: 0, y: 0 }),
        " ": isVideo && (() => (media.paused ? media.play() : media.pause())),
      }[event.key];
      if (!act || (event.key === " " && event.target.closest("button, a, video"))) return;
      event.preventDefault();
      event.stopPropagation();
      this.run(act);
    }
  };
})();
