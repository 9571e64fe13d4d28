/* The Gallery's wall of pictures: fills #gallery-wall of web/pages/gallery.py from the API.
 *
 * It knows every capture by a few numbers (GET /api/v1/captures/index), lays all of them out, and
 * draws only the rows near the window, so ten thousand pictures cost no more than fifty. What it shows,
 * where each lies, what is selected and what is looked at are in gallery_filters.js, gallery_layout.js,
 * gallery_selection.js and gallery_viewer.js; this file owns the list.
 */
(() => {
  "use strict";

  const API = "/api/v1/captures";
  const AHEAD_PX = 600; // drawn above and below the window
  const REST_MS = 80; // pictures are fetched once the scrolling rests
  const NEWS_MS = 300;
  const PARTS = ["Filters", "Layout", "Selection", "Viewer"];
  const BEGINNING = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/;

  const vizy = (window.vizy = window.vizy || {});

  vizy.say = (text, isFailure = false) => vizy.notify(text, isFailure ? "failed" : "done");

  vizy.element = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

  /** When a capture was taken: its id begins with it, in UTC. */
  vizy.taken = (id) => {
    const [, year, month, day, hour, minute, second] = BEGINNING.exec(id).map(Number);
    return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  };

  vizy.duration = (seconds) => {
    const whole = Math.max(1, Math.round(seconds));
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };

  const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  vizy.timeText = (id) => TIME.format(vizy.taken(id));

  /** All captures that the filters let through, laid out and drawn. */
  class Wall {
    constructor(root) {
      this.root = root;
      this.box = root.querySelector("#gallery-wall");
      this.may = root.dataset.may === "true";
      this.lines = [];
      this.places = new Map(); // id -> index
      this.layout = new vizy.Layout([], 0);
      this.drawn = new Map(); // key -> element
      this.isLoaded = false;
      this.asks = location.search;
      this.asked = 0;
      this.selection = new vizy.Selection(this);
      this.viewer = new vizy.Viewer(this);
      this.onScroll = () => this.draw();
      document.addEventListener("scroll", this.onScroll, { capture: true, passive: true });
      this.resizing = new ResizeObserver(() => this.arrange());
      this.resizing.observe(this.box);
      this.news = new MutationObserver(() => this.soon());
      this.news.observe(root.querySelector("#gallery-news"), { attributes: true });
      this.box.addEventListener("click", (event) => this.click(event));
      this.box.addEventListener("keydown", (event) => this.key(event));
      this.filters = new vizy.Filters(root, () => this.filtered());
      this.load();
    }

    unmount() {
      document.removeEventListener("scroll", this.onScroll, { capture: true });
      this.resizing.disconnect();
      this.news.disconnect();
      clearTimeout(this.timer);
      clearTimeout(this.resting);
      this.selection.unmount();
      this.viewer.unmount();
    }

    // -------------------------------------------------------------- the list

    /** Something has changed on the device: look in a moment, once for many changes. */
    soon() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.refresh(), NEWS_MS);
    }

    async load() {
      const asked = ++this.asked;
      let lines = [];
      let next = null;
      try {
        do {
          const query = this.filters.query;
          if (next) query.set("before", next);
          const part = await vizy.ask("GET", `/captures/index?${query}`);
          if (asked !== this.asked) return;
          lines = lines.concat(part.lines);
          next = part.next;
        } while (next);
      } catch (error) {
        this.fail(error);
        return;
      }
      this.edits = this.seenEdits();
      this.take(lines);
    }

    /** Fetch what is new; all of it when something else has changed as well. */
    async refresh() {
      if (!this.root.querySelector("#gallery-news").dataset.news) {
        this.root.dataset.away = "";
        this.showEmpty();
        return;
      }
      delete this.root.dataset.away;
      if (!this.isLoaded || !this.lines.length || this.edits !== this.seenEdits()) {
        await this.load();
        return;
      }
      const asked = ++this.asked;
      const query = this.filters.query;
      query.set("after", this.lines[0][0]);
      try {
        const part = await vizy.ask("GET", `/captures/index?${query}`);
        if (asked !== this.asked) return;
        const lines = part.lines.concat(this.lines);
        if (part.next || lines.length !== part.count) await this.load();
        else if (part.lines.length) this.take(lines);
      } catch (error) {
        this.fail(error);
      }
    }

    seenEdits() {
      return this.root.querySelector("#gallery-news").dataset.news.split(" ")[1];
    }

    take(lines) {
      const anchor = this.anchor();
      this.lines = lines;
      this.places = new Map(lines.map((line, index) => [line[0], index]));
      this.isLoaded = true;
      delete this.root.dataset.failed;
      this.arrange();
      this.hold(anchor);
      this.selection.keep(this.places);
      this.viewer.follow();
      this.showEmpty();
    }

    fail(error) {
      this.root.dataset.failed = "";
      this.showEmpty(error.message);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), 3000);
    }

    // -------------------------------------------------------------- the layout

    /** Lay out every day in rows as wide as the wall. */
    arrange() {
      const width = this.box.clientWidth;
      if (!width) return;
      this.layout = new vizy.Layout(this.lines, width);
      this.box.style.height = `${Math.round(this.layout.height)}px`;
      const { id } = (document.activeElement.closest("#gallery-wall .vz-tile") || this.box).dataset;
      for (const element of this.drawn.values()) element.remove();
      this.drawn.clear();
      this.draw();
      const focused = id && this.box.querySelector(`[data-id="${id}"]`);
      if (focused) focused.focus({ preventScroll: true });
    }

    /** Draw what is near the window, and nothing else. */
    draw() {
      if (!this.box.isConnected) return;
      const wall = this.box.getBoundingClientRect().top;
      const from = -wall - AHEAD_PX;
      const to = window.innerHeight - wall + AHEAD_PX;
      const wanted = new Set();
      for (const section of this.layout.sections) {
        if (section.top + section.height < from) continue;
        if (section.top > to) break;
        wanted.add(section.day);
        if (!this.drawn.has(section.day)) this.drawSection(section);
        for (const row of section.rows) {
          const at = section.top + row.top;
          if (at + row.height < from || at > to) continue;
          const key = row.lines[0][0];
          wanted.add(key);
          if (!this.drawn.has(key)) this.drawRow(section, row, key);
        }
      }
      for (const [key, element] of this.drawn) {
        if (wanted.has(key) || element.contains(document.activeElement)) continue;
        element.remove();
        this.drawn.delete(key);
      }
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.fetchPictures(), this.hasPictures ? REST_MS : 0);
    }

    drawSection(section) {
      const date = vizy.element("h2", { className: "vz-day" }, section.text);
      const element = vizy.element("section", { className: "vz-day-of" }, date);
      element.style.cssText = `top:${section.top}px;height:${section.height}px`;
      this.drawn.set(section.day, element);
      this.box.append(element);
    }

    drawRow(section, row, key) {
      const element = vizy.element("div", { className: "vz-row" });
      element.style.cssText = `top:${row.top}px;height:${row.height}px`;
      for (const line of row.lines) {
        const tile = this.tile(line);
        tile.style.flex = `${vizy.ratio(line)} 1 0`;
        element.append(tile);
      }
      const free = this.box.clientWidth - vizy.GAP * (row.lines.length - 1);
      element.style.width = `${row.ratio * row.height + this.box.clientWidth - free}px`;
      this.drawn.set(key, element);
      this.drawn.get(section.day).append(element);
    }

    tile([id, kind, , , seconds, isProtected]) {
      const what = seconds ? "Video" : "Picture";
      const tile = vizy.element("a", {
        className: "vz-tile",
        href: `#${id}`,
        "aria-label": `${what} of ${vizy.timeText(id)}`,
      });
      tile.dataset.id = id;
      tile.append(vizy.element("img", { alt: "", decoding: "async", draggable: false }));
      if (seconds) {
        tile.append(vizy.element("span", { className: "vz-length" }, vizy.duration(seconds)));
      }
      if (isProtected) tile.append(vizy.element("span", { className: "vz-held", "data-icon": "lock" }));
      tile.append(
        vizy.element("button", {
          className: "vz-check",
          type: "button",
          tabIndex: -1,
          "aria-label": "Select",
          "data-icon": "check",
        }),
      );
      this.selection.show(tile);
      return tile;
    }

    fetchPictures() {
      this.hasPictures = true;
      for (const image of this.box.querySelectorAll(".vz-tile img:not([src])")) {
        image.onload = () => image.classList.add("is-there");
        image.src = `${API}/${image.parentElement.dataset.id}/thumbnail`;
      }
    }

    /** The picture at the top of the window, and where it is. */
    anchor() {
      for (const tile of this.box.querySelectorAll(".vz-tile")) {
        const { top, bottom } = tile.getBoundingClientRect();
        if (bottom > 120) return window.scrollY || this.scroller.scrollTop ? [tile.dataset.id, top] : null;
      }
      return null;
    }

    /** Scroll so that what one looks at stays where it was. */
    hold(anchor) {
      const place = anchor && this.layout.placeOf(anchor[0]);
      if (!place) return;
      const now = this.box.getBoundingClientRect().top + place.top;
      this.scroller.scrollBy(0, now - anchor[1]);
    }

    get scroller() {
      const isOwn = getComputedStyle(this.root).overflowY === "auto";
      return isOwn ? this.root : document.scrollingElement;
    }

    /** Bring a picture into the window and focus it. */
    reveal(id) {
      const place = this.layout.placeOf(id);
      if (!place) return;
      const { top } = this.box.getBoundingClientRect();
      const room = window.innerHeight - 140;
      const at = top + place.top;
      if (at < 120) this.scroller.scrollBy(0, at - 120);
      else if (at + place.height > room) this.scroller.scrollBy(0, at + place.height - room);
      this.draw();
      const tile = this.box.querySelector(`[data-id="${id}"]`);
      if (tile) tile.focus({ preventScroll: true });
    }

    // -------------------------------------------------------------- what people do

    click(event) {
      const tile = event.target.closest(".vz-tile");
      if (!tile) return;
      event.preventDefault();
      const { id } = tile.dataset;
      if (event.target.closest(".vz-check") || this.selection.isOn || event.shiftKey) {
        this.selection.toggle(id, event.shiftKey);
      } else {
        this.viewer.open(id);
      }
    }

    key(event) {
      const tile = event.target.closest(".vz-tile");
      if (!tile) return;
      const index = this.places.get(tile.dataset.id);
      const to = {
        ArrowRight: index + 1,
        ArrowLeft: index - 1,
        ArrowDown: this.layout.below(index, 1),
        ArrowUp: this.layout.below(index, -1),
        Home: 0,
        End: this.lines.length - 1,
      }[event.key];
      if (to !== undefined && this.lines[to]) {
        event.preventDefault();
        this.reveal(this.lines[to][0]);
      } else if (event.key === " " || event.key === "x") {
        event.preventDefault();
        this.selection.toggle(tile.dataset.id, event.shiftKey);
      }
    }

    /** Show what the address asks for now. */
    filtered() {
      this.asks = location.search;
      this.selection.clear();
      this.scroller.scrollTo(0, 0);
      this.filters.show();
      this.load();
    }

    showEmpty(reason = "") {
      const count = this.lines.length;
      const text = count === 1 ? "1 item" : `${count.toLocaleString()} items`;
      this.root.querySelector("#gallery-count").textContent = this.isLoaded ? text : "";
      const box = this.root.querySelector("#gallery-empty");
      const isAway = "away" in this.root.dataset;
      box.replaceChildren();
      if (reason) {
        const text = `The list cannot be had. ${reason} Trying again by itself.`;
        box.append(vizy.element("p", { className: "vz-warning" }, text));
      } else if (isAway) {
        const text = "The camera process is away. What is known stays here.";
        box.append(vizy.element("p", { className: "vz-warning" }, text));
      } else if (this.isLoaded && !count && this.filters.query.size) {
        box.append(
          vizy.element("p", {}, "Nothing matches."),
          vizy.element("button", {
            type: "button",
            className: "vz-button vz-primary",
            onclick: () => this.filters.go(new URLSearchParams()),
          }, "Show everything"),
        );
      } else if (this.isLoaded && !count) {
        box.append(
          vizy.element("p", {}, "Nothing was taken yet."),
          vizy.element("a", { className: "vz-button vz-primary", href: "/" }, "Go to the live picture"),
        );
      }
    }
  }

  // ---------------------------------------------------------------- as the page comes and goes

  function follow() {
    const root = document.getElementById("gallery");
    if (vizy.wall && vizy.wall.root !== root) {
      vizy.wall.unmount();
      vizy.wall = null;
    }
    const isLoaded = PARTS.every((name) => name in vizy); // of the other files
    if (root && !vizy.wall && isLoaded) vizy.wall = new Wall(root);
  }
  // Back and forward within the gallery: Dash would draw all of it again, from the top.
  window.addEventListener("popstate", (event) => {
    if (!vizy.wall || location.pathname !== "/gallery") return;
    event.stopImmediatePropagation();
    if (vizy.wall.asks !== location.search) vizy.wall.filtered();
    vizy.wall.viewer.follow();
  });
  new MutationObserver(follow).observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", follow);
})();
