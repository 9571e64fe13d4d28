/* The live picture: fills the element #live-view from the WebSocket at /live (web/video/live.py).
 *
 * Runs in every page and depends on nothing. It draws each picture as soon as it is decoded and
 * acknowledges it then, so the server sends what this device can take. The last picture stays on
 * the canvas while the camera or the server is away.
 *
 * It tells the rest of the page by attributes of #live-view:
 *   data-live      connecting | live | away | paused
 *   data-frames    how many pictures were drawn
 *   data-sequence  the number of the last one in its stream's own count
 *   data-size      its width and height, as 1280x720
 *   data-link      good | weak: whether the link carries all pictures in the size used here
 *   data-asked     auto | high | low: what the person here asked for
 * and writes latency and rate into #live-stats, if there is one. Who lets a person ask dispatches
 * `new CustomEvent("vizy:quality", { detail: "auto" | "high" | "low" })` on the document; it is kept
 * in this browser.
 *
 * No clock of the browser's is compared with the device's: a picture's age when it was sent and its
 * time on the way are measured there, the work on it here.
 */
(() => {
  "use strict";

  const HEADER_BYTES = 28; // <QIffHHH2x, as in web/video/live.py
  const RETRY_MS = { least: 250, most: 4000 };
  const SILENCE_MS = { live: 4000, else: 30000 }; // then the link is taken for dead
  const STATS_MS = 500;
  const WEAK = 2; // flag of the header
  const ASKED = ["auto", "high", "low"];
  const KEPT = "vizy-quality";

  /** One connection to the server; opens itself anew until it is closed. */
  class Link {
    constructor(onOpen, onPicture, onStatus) {
      this.onOpen = onOpen;
      this.onPicture = onPicture;
      this.onStatus = onStatus;
      this.attempts = 0;
      this.socket = null;
      this.timer = null;
      this.open();
    }

    open() {
      this.close();
      if (document.hidden) return; // `wake` opens it
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      const socket = new WebSocket(`${scheme}://${location.host}/live`);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => {
        if (document.hidden) this.send({ pause: true });
        this.onOpen();
        this.hear();
      };
      socket.onmessage = (event) => {
        this.attempts = 0;
        this.hear();
        if (typeof event.data === "string") this.read(JSON.parse(event.data));
        else this.onPicture(event.data);
      };
      socket.onclose = () => this.retry();
      this.socket = socket;
      this.isLive = false;
      this.hear();
    }

    read(message) {
      if (message.ping) this.send({ pong: true });
      else this.onStatus(message.live ? "live" : "away");
    }

    /** Something was heard: expect the next within a while. */
    hear() {
      clearTimeout(this.timer);
      const silence = this.isLive ? SILENCE_MS.live : SILENCE_MS.else;
      this.timer = setTimeout(() => this.retry(), silence);
    }

    retry() {
      this.close();
      this.onStatus("connecting");
      const pause = Math.min(RETRY_MS.most, RETRY_MS.least * 2 ** this.attempts++);
      this.timer = setTimeout(() => this.open(), pause * (0.5 + Math.random()));
    }

    /** The page is looked at again, or the network is back: do not wait for the back-off. */
    wake() {
      this.attempts = 0;
      if (!this.socket) this.open();
    }

    send(message) {
      if (this.socket && this.socket.readyState === WebSocket.OPEN) {
        this.socket.send(JSON.stringify(message));
      }
    }

    close() {
      clearTimeout(this.timer);
      if (!this.socket) return;
      this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
      this.socket.close();
      this.socket = null;
    }
  }

  /** Latency and rate, for those who look. */
  class Stats {
    constructor() {
      this.latency = null;
      this.frames = 0;
      this.since = performance.now();
    }

    add(latency) {
      this.frames += 1;
      this.latency = this.latency === null ? latency : this.latency + 0.2 * (latency - this.latency);
    }

    show(isLive) {
      const now = performance.now();
      const rate = (this.frames * 1000) / (now - this.since);
      const target = document.getElementById("live-stats");
      const text = isLive && this.frames ? `${Math.round(this.latency)} ms · ${Math.round(rate)}/s` : "";
      if (target && target.textContent !== text) target.textContent = text;
      this.frames = 0;
      this.since = now;
    }
  }

  /** What is mounted in one #live-view. */
  class View {
    constructor(root) {
      this.root = root;
      this.canvas = root.matches("canvas") ? root : root.querySelector("canvas") || addCanvas(root);
      this.context = this.canvas.getContext("2d", { alpha: false });
      this.stats = new Stats();
      this.frames = 0;
      this.waiting = null; // the newest picture not drawn yet; an older one gives way to it
      this.isDrawing = false;
      this.status = "connecting";
      this.link = new Link(
        () => this.tell(true),
        (data) => this.take(data),
        (status) => this.turn(status),
      );
      this.show("connecting");
      this.root.dataset.asked = asked();
      this.ticking = setInterval(() => this.tick(), STATS_MS);
    }

    tick() {
      this.stats.show(this.status === "live");
      this.tell(false);
    }

    /** Tell the server what this page can use, when that is another than it knows. */
    tell(isAnew) {
      const told = JSON.stringify(this.use());
      if (!isAnew && told === this.told) return;
      this.told = told;
      this.link.send(JSON.parse(told));
    }

    use() {
      const box = this.canvas.getBoundingClientRect(); // as zoomed
      const fitted = (box.height * this.canvas.width) / this.canvas.height;
      const shown = Math.round(Math.min(box.width, fitted) * window.devicePixelRatio);
      const use = { save_data: !!navigator.connection?.saveData, asked: asked() };
      if (shown > 0) use.shown = Math.min(shown, 100000);
      return use;
    }

    ask() {
      this.root.dataset.asked = asked();
      this.tell(false);
    }

    unmount() {
      clearInterval(this.ticking);
      this.link.close();
    }

    /** The server or the link says how it is; `live` is shown only with a picture. */
    turn(status) {
      this.link.isLive = status === "live";
      if (status !== "live") this.show(status);
    }

    show(status) {
      this.status = document.hidden ? "paused" : status;
      this.root.dataset.live = this.status;
    }

    look() {
      this.link.send({ pause: document.hidden });
      if (!document.hidden) this.link.wake();
      this.show("connecting");
    }

    take(data) {
      this.waiting = { data, received: performance.now() };
      if (!this.isDrawing) this.drawAll();
    }

    async drawAll() {
      this.isDrawing = true;
      while (this.waiting) {
        const { data, received } = this.waiting;
        this.waiting = null;
        const header = new DataView(data, 0, HEADER_BYTES);
        if (!document.hidden) await this.draw(header, new Uint8Array(data, HEADER_BYTES));
        const busy = performance.now() - received;
        this.link.send({ ack: header.getUint32(8, true), busy_ms: busy });
        this.stats.add(header.getFloat32(12, true) + header.getFloat32(16, true) + busy);
      }
      this.isDrawing = false;
    }

    async draw(header, jpeg) {
      let picture;
      try {
        picture = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
      } catch (error) {
        console.warn("vizy: a picture could not be decoded", error);
        return;
      }
      // The canvas has the picture's own pixels, and the browser scales it once, for any display.
      // Setting its size clears it: only on a change, and painted over before anyone sees it. Its
      // place on the page does not come from its pixels (`object-fit`), so nothing moves.
      if (this.canvas.width !== picture.width || this.canvas.height !== picture.height) {
        this.canvas.width = picture.width;
        this.canvas.height = picture.height;
        this.keepShape(picture.width, picture.height);
      }
      this.context.drawImage(picture, 0, 0);
      this.root.dataset.size = `${picture.width}x${picture.height}`;
      picture.close();
      this.frames += 1;
      this.root.dataset.frames = this.frames;
      this.root.dataset.sequence = header.getUint32(0, true) + header.getUint32(4, true) * 2 ** 32;
      this.root.dataset.link = header.getUint16(24, true) & WEAK ? "weak" : "good";
      if (this.link.isLive) this.show("live");
    }

    /** Another size of the same picture has another shape by less than a pixel: that is none. */
    keepShape(width, height) {
      if (this.shape && Math.abs(width / this.shape - height) < 1) return;
      this.shape = width / height;
      this.root.style.setProperty("--live-aspect", `${width} / ${height}`);
    }
  }

  let wanted = "auto";
  try {
    wanted = localStorage.getItem(KEPT) || wanted;
  } catch {
    // This browser keeps nothing: what is asked for holds until the page is left.
  }

  /** What the person here asked for. */
  function asked() {
    return ASKED.includes(wanted) ? wanted : "auto";
  }

  function ask(quality) {
    if (!ASKED.includes(quality)) return;
    wanted = quality;
    try {
      localStorage.setItem(KEPT, quality);
    } catch {
      // As above.
    }
    if (view) view.ask();
  }

  function addCanvas(root) {
    const canvas = document.createElement("canvas");
    canvas.width = 1280; // 16:9 until the first picture says otherwise: nothing jumps
    canvas.height = 720;
    canvas.style.cssText = "display:block;width:100%;height:100%;object-fit:contain";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Live picture");
    root.append(canvas);
    return canvas;
  }

  let view = null;

  /** Follow #live-view as the page is drawn and drawn again. */
  function follow() {
    const root = document.getElementById("live-view");
    if (view && view.root !== root) {
      view.unmount();
      view = null;
    }
    if (root && !view) view = new View(root);
    else if (view && !view.canvas.isConnected) {
      view.unmount();
      view = new View(root);
    }
  }

  document.addEventListener("vizy:quality", (event) => ask(event.detail));
  document.addEventListener("visibilitychange", () => view && view.look());
  window.addEventListener("online", () => view && view.link.wake());
  window.addEventListener("pageshow", () => view && view.link.wake());
  new MutationObserver(follow).observe(document.documentElement, { childList: true, subtree: true });
  follow();
})();
