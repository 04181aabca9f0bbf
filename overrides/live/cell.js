/**
 * One live cell: its buttons, its state, and the way between code, client and output.
 */

import { announce, copyText, find, make, makeButton } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Keeping } from "./keeping.js";
import { Notices } from "./notices.js";
import { Output } from "./output.js";
import { STAGES } from "./protocol.js";

/**
 * @typedef {import("./client.js").Client} Client
 * @typedef {import("./protocol.js").Update} Update
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {"idle" | "asking" | "loading" | "queued" | "running" | "done" | "failed" |
 *   "stopped"} State
 */

const RENEWED = "The site was renewed. Reload: your code stays.";
/** Quick runs come and go without the button and the status flickering. */
const BUTTON_DELAY = 150;
const ELAPSED_DELAY = 500;
/** A run that takes longer asks whether to go on, and after each yes waits twice as long. */
export const LONG = 60_000;
const BUSY = new Set(["loading", "queued", "running"]);

export class Cell {
  /** @type {HTMLElement} */ status;
  /** @type {HTMLElement} */ runButton;
  /** @type {HTMLElement} */ resetButton;
  /** @type {HTMLElement} */ copyButton;
  /** @type {HTMLElement} */ shareButton;
  /** @type {HTMLElement} */ progress;
  /** @type {State} */ #state = "idle";
  #code;
  /** @type {Editor | undefined} */ #editor;
  /** @type {Promise<Editor | null> | undefined} */ #opening;
  /** @type {import("./form.js").Form | undefined} */ #form;
  /** Settles when the form is there. @type {Promise<void> | undefined} */ form;
  /** @type {number | undefined} */ #errorLine;
  #quiet = false; // a run that a control started is not announced
  #stage = "";
  /** @type {ReturnType<typeof setTimeout>[]} */ #timers = [];
  /** Hears of every change of state. @type {() => void} */ onState = () => {};
  #ours = false; // the code is being changed by us, not by the reader
  /** The original as it came, highlighted. @type {Node | undefined} */ #asBuilt;

  /**
   * @param {HTMLElement} root
   * @param {object} options
   * @param {Client} options.client
   * @param {string} options.page
   * @param {Cell[]} options.cells all cells of the page, from the top
   * @param {Drafts} [options.drafts]
   */
  constructor(root, { client, page, cells, drafts = new Drafts(null) }) {
    this.root = root;
    this.document = root.ownerDocument;
    this.client = client;
    this.page = page;
    this.cells = cells;
    this.name = root.dataset.cell ?? "";
    this.session = root.dataset.session ?? null;
    this.area = find(root, ".dl-cell-code");
    this.static = find(this.area, "code");
    this.original = this.static.textContent ?? "";
    this.#code = this.original;
    const bar = find(root, ".dl-cell-bar");
    this.notices = new Notices(bar, this.name);
    this.keeping = new Keeping(this, drafts);
    this.status = make(this.document, "span", "dl-cell-status");
    this.runButton = this.#button("Run", () => this.#pressed());
    this.runButton.classList.add("dl-run");
    this.resetButton = this.#button("Reset", () => this.#reset());
    this.shareButton = this.#button("Share", () => void this.#share());
    this.copyButton = this.#button("Copy", () => void this.#copy());
    this.progress = make(this.document, "span", "dl-progress");
    this.#buildBar(bar);
    this.output = new Output(find(root, ".dl-cell-output"), {
      loadFigures: () => import("./figure.js").then(({ drawFigure }) => drawFigure),
      onLine: (line) => this.#goTo(line),
    });
    this.#buildArea();
    this.#updateForm();
    root.dataset.state = "idle";
    // What stands below is the original's output.
    if (this.keeping.restore()) this.status.textContent = "Not run yet";
  }

  get code() {
    return this.#code;
  }

  get busy() {
    return BUSY.has(this.#state);
  }

  /** @param {{quiet?: boolean}} [options] */
  run({ quiet = false } = {}) {
    this.#quiet = quiet;
    this.#markLine(undefined);
    this.output.clearFailure();
    const before = this.cells
      .slice(0, this.cells.indexOf(this))
      .filter((cell) => this.session !== null && cell.session === this.session);
    const above = before.map((cell) => ({ cell: cell.name, code: cell.code }));
    for (const cell of [...before, this]) cell.keeping.running();
    this.client.run({
      page: this.page,
      cell: this.name,
      code: this.#code,
      session: this.session,
      above,
      listener: (update) => this.#hear(update),
    });
  }

  stop() {
    this.client.stop(this.page, this.name);
  }

  destroy() {
    this.keeping.keep();
    this.#clearTimers();
    void this.#opening?.then((editor) => editor?.destroy()); // it may still be on its way
  }

  /**
   * Puts the editor in the place of the static code.
   * @param {{x: number, y: number}} [at] where the reader clicked
   */
  async edit(at) {
    const editor = await this.#open();
    editor?.focus(at);
  }

  /** @param {string} text */
  say(text) {
    announce(this.document, text);
  }

  /**
   * A button beside the cell's own.
   * @param {string} text
   * @param {string} label
   * @param {() => void} onClick
   */
  addButton(text, label, onClick) {
    const button = this.#button(text, onClick);
    if (label) button.setAttribute("aria-label", label);
    else button.removeAttribute("aria-label");
    this.runButton.before(button);
    return button;
  }

  async showKeys() {
    try {
      (await import("./keys.js")).showKeys(this.document);
    } catch {
      this.say("The list of keys did not load.");
    }
  }

  // The code's coming and going, for `Keeping`

  /**
   * Shows code that came with a link, and runs nothing.
   * @param {Promise<string>} coming rejects with a sentence for the reader
   */
  async receive(coming) {
    await this.keeping.receive(coming);
    this.status.textContent = "";
    this.root.scrollIntoView?.();
  }

  onReturn() {
    this.runButton.focus();
  }

  onChange() {
    this.#showButtons();
  }

  /**
   * Shows code that the reader did not write just now: it makes no draft.
   * @param {string} code
   */
  show(code) {
    if (code === this.#code) return;
    this.#ours = true;
    if (this.#editor) {
      this.#editor.setCode(code);
    } else {
      // The highlighting is that of the original; the editor makes its own.
      if (this.#code === this.original) this.#asBuilt = this.static.cloneNode(true);
      if (code === this.original && this.#asBuilt) {
        this.static.replaceChildren(...this.#asBuilt.cloneNode(true).childNodes);
      } else {
        this.static.textContent = code;
        void this.#open();
      }
      this.#changed(code);
    }
    this.#ours = false;
  }

  async #share() {
    if (await this.keeping.share()) this.#copied(this.shareButton, "Share", "Link copied");
  }

  // What the client says

  /** @param {Update} update */
  #hear(update) {
    if (update.type !== "events") this.notices.hide("run"); // a cell that prints may be asked whether to go on
    switch (update.type) {
      case "consent":
        this.#askToLoad(update);
        break;
      case "queued":
        // A control's next value waits behind its own run: the cell is running all the same.
        if (this.#state !== "running") this.#enter("queued", "Waiting for another cell");
        break;
      case "loading":
        this.#loading(update);
        break;
      case "running":
        // A package loaded in the middle of a run: what the run has said so far stays.
        if (this.#state !== "running" && !update.again) this.output.begin();
        if (update.replaying) this.#running(`Running ${update.replaying} first`);
        else this.#running("Running");
        break;
      case "replayed": {
        const why = update.afterStop ? " again after the stop" : " first";
        this.output.note(`Ran ${update.cells.join(", ")}${why}.`);
        break;
      }
      case "events": {
        this.output.push(update.events);
        const error = update.events.find((event) => event.type === "error");
        if (error?.line) this.#showError(error.line);
        break;
      }
      case "done": {
        this.output.end({ keep: false });
        const took = duration(update.seconds);
        if (update.ok) this.#enter("done", `Done in ${took}`);
        else this.#enter("failed", `Failed after ${took}`);
        break;
      }
      case "failed":
        this.output.end({ keep: true }); // first: what is still to be shown would clear the message away
        this.output.failure(update.message, "Retry", () => this.run());
        this.#enter("failed", "Failed");
        void this.#offerReload();
        break;
      case "stopped":
        this.output.end({ keep: true });
        this.#enter("stopped", "Stopped");
        break;
    }
  }

  /** Retry asks for the same files, which a host that has a newer version of the site may no longer have. */
  async #offerReload() {
    if (!(await this.client.renewed?.()) || this.#state !== "failed") return;
    this.output.clearFailure();
    this.output.failure(RENEWED, "Reload", () => location.reload());
  }

  /** @param {import("./protocol.js").ConsentWanted} update */
  #askToLoad({ bytes, name }) {
    this.#enter("asking", "Not started");
    const size = `${mega(bytes)} MB`;
    const what = name
      ? `This code needs ${name}, a download of ${size}.`
      : `Running code here downloads Python and NumPy once, ${size}.`;
    const why = "Your connection seems to be slow, metered or set to save data.";
    this.notices.show("run", `${what} ${why}`, [
      ["Download and run", () => this.client.allow()],
      ["Not now", () => this.client.refuse()],
    ]);
  }

  /** @param {import("./protocol.js").Loading} update */
  #loading({ stage, done, total, name: of }) {
    const name = of ? `Loading ${of}` : STAGES[stage];
    if (this.#state !== "loading") this.#stage = "";
    const bytes = total > 0 && stage === "download";
    if (this.#stage !== stage) this.#enter("loading", bytes ? `${name}, ${mega(total)} MB` : name);
    this.#stage = stage;
    this.status.textContent = bytes ? `${name} · ${mega(done)} of ${mega(total)} MB` : `${name} …`;
    const share = total > 0 ? Math.round((100 * done) / total) : 0;
    this.progress.hidden = false;
    this.progress.style.setProperty("--dl-progress", `${share}%`);
    this.progress.setAttribute("aria-valuenow", String(share));
  }

  /** @param {string} text */
  #running(text) {
    const begun = performance.now();
    this.#state = "running";
    this.root.dataset.state = "running";
    this.onState();
    this.progress.hidden = true;
    this.#clearTimers();
    this.#timers.push(
      setTimeout(() => this.#showButtons(), BUTTON_DELAY),
      setTimeout(() => {
        if (!this.#quiet) announce(this.document, `${this.name}: ${text}`);
        const tick = () => {
          this.status.textContent = `${text} · ${duration((performance.now() - begun) / 1000, 1)}`;
        };
        tick();
        this.#timers.push(setInterval(tick, 100));
      }, ELAPSED_DELAY),
    );
    this.#askAfter(LONG, 0);
  }

  /** @param {number} wait @param {number} taken milliseconds */
  #askAfter(wait, taken) {
    const ask = () => {
      const all = taken + wait;
      this.notices.show("run", `This has been running for ${duration(all / 1000)}.`, [
        ["Stop", () => this.stop()],
        ["Go on", () => (this.notices.hide("run"), this.#askAfter(2 * wait, all))],
      ]);
    };
    this.#timers.push(setTimeout(ask, wait));
  }

  /** @param {State} state @param {string} text */
  #enter(state, text) {
    this.#clearTimers();
    this.#state = state;
    this.root.dataset.state = state;
    this.status.textContent = text;
    this.progress.hidden = state !== "loading";
    this.#showButtons();
    if (!this.#quiet || state === "failed") announce(this.document, `${this.name}: ${text}`);
    this.onState();
  }

  #clearTimers() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  // The bar

  /** @param {HTMLElement} bar */
  #buildBar(bar) {
    const buttons = make(this.document, "span", "dl-cell-buttons");
    buttons.append(this.copyButton, this.resetButton, this.shareButton, this.runButton);
    this.progress.setAttribute("role", "progressbar");
    this.progress.setAttribute("aria-label", "Loading");
    for (const each of [this.progress, this.resetButton, this.shareButton]) each.hidden = true;
    bar.append(this.status, buttons, this.progress);
    this.#showButtons();
  }

  #pressed() {
    if (this.runButton.dataset.does === "stop") this.stop();
    // A second click of a double click, before the button became Stop.
    else if (!BUSY.has(this.#state)) this.run();
  }

  /** Also after each key: what stays as it is must not be laid out again. */
  #showButtons() {
    const does = BUSY.has(this.#state) ? "stop" : "run";
    if (this.runButton.dataset.does !== does) {
      const text = does === "stop" ? "Stop" : "Run";
      this.runButton.dataset.does = does;
      this.runButton.textContent = text;
      this.runButton.setAttribute("aria-label", `${text} ${this.name}`);
    }
    const { mark } = this.keeping;
    if (mark === (this.root.dataset.edited ?? null)) return;
    this.resetButton.hidden = mark === null;
    this.shareButton.hidden = mark === null;
    if (mark === null) delete this.root.dataset.edited;
    else this.root.dataset.edited = mark;
  }

  #reset() {
    this.keeping.reset();
    this.say(`${this.name}: the original code is back`);
  }

  async #copy() {
    if (await copyText(this.document, this.#code)) {
      this.#copied(this.copyButton, "Copy", "Copied");
      return;
    }
    this.say("Copying is not allowed here");
    this.#flash(this.copyButton, "Copy", "Failed");
  }

  /** @param {HTMLElement} button @param {string} name @param {string} what */
  #copied(button, name, what) {
    this.say(what);
    this.#flash(button, name, "Copied");
  }

  /** @param {HTMLElement} button @param {string} name @param {string} text */
  #flash(button, name, text) {
    button.textContent = text;
    setTimeout(() => (button.textContent = name), 1500);
  }

  // The code

  #buildArea() {
    const { area } = this;
    area.tabIndex = 0;
    area.setAttribute("role", "textbox");
    area.setAttribute("aria-multiline", "true");
    area.setAttribute("aria-label", `Code of ${this.name}. Press Enter to edit.`);
    // The editor's script is on its way before the click or key that needs it.
    for (const type of ["pointerenter", "pointerdown", "focus"]) {
      area.addEventListener(type, () => void import("./editor.js").catch(() => {}), { once: true });
    }
    area.addEventListener("click", (event) => {
      const selected = this.document.getSelection();
      const selecting = selected !== null && !selected.isCollapsed;
      if (!this.#editor && !selecting) void this.edit({ x: event.clientX, y: event.clientY });
    });
    area.addEventListener("keydown", (event) => {
      if (event.target !== area) return;
      if (event.key === "?") void this.showKeys();
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) this.run();
      else if (event.shiftKey) this.#runAndMoveOn();
      else void this.edit();
    });
  }

  /** The editor, or null when its script does not load; the next try asks for it again. */
  #open() {
    this.#opening ??= this.#createEditor().catch(() => {
      this.#opening = undefined;
      this.say("The editor did not load.");
      return null;
    });
    return this.#opening;
  }

  /** Tab indents in the editor; once left, the next Tab goes on to what follows the cell's code. */
  #leaveEditor() {
    const { area } = this;
    this.#editor?.setTabbable(false);
    area.addEventListener("blur", () => this.#editor?.setTabbable(true), { once: true });
    area.focus();
  }

  async #createEditor() {
    const { createEditor } = await import("./editor.js");
    const { area } = this;
    const scroll = this.static.scrollLeft;
    for (const name of ["role", "aria-multiline", "aria-label"]) area.removeAttribute(name);
    area.tabIndex = -1;
    this.#editor = createEditor({
      parent: area,
      code: this.#code,
      label: `Code of ${this.name}. Escape leaves the editor.`,
      onChange: (code) => this.#changed(code),
      onRun: () => this.run(),
      onRunNext: () => this.#runAndMoveOn(),
      onLeave: () => this.#leaveEditor(),
      ask: (what, code, offset) =>
        this.client.ask(what, { page: this.page, code, offset, session: this.session }),
    });
    area.querySelector("pre")?.remove();
    this.#editor.scrollTo(scroll);
    this.#editor.markLine(this.#errorLine);
    return this.#editor;
  }

  #runAndMoveOn() {
    this.run();
    const next = this.cells[this.cells.indexOf(this) + 1];
    void next?.edit();
  }

  /** Sets the code, whoever shows it. @param {string} code */
  #change(code) {
    if (code === this.#code) return;
    if (this.#editor) {
      this.#editor.setCode(code); // comes back through onChange
    } else {
      replaceText(this.static, this.#code, code);
      this.#changed(code);
    }
  }

  /** @param {string} code */
  #changed(code) {
    this.#code = code;
    this.#errorLine = undefined;
    this.#updateForm();
    if (!this.#ours) this.keeping.edited();
    this.#showButtons();
  }

  /** The form comes only where the code asks for one. */
  #updateForm() {
    if (this.#form) this.#form.update(this.#code);
    else if (this.#code.includes("@param")) this.form ??= this.#createForm();
  }

  async #createForm() {
    try {
      const { Form } = await import("./form.js");
      this.#form = new Form(this.area, (code) => {
        this.#change(code);
        this.run({ quiet: true });
      });
      this.#form.update(this.#code);
    } catch {
      this.form = undefined; // the next change of the code tries again
    }
  }

  // The failing line

  /** @param {number} line */
  #showError(line) {
    this.#markLine(line);
    void this.#open();
  }

  /** @param {number | undefined} line */
  #markLine(line) {
    this.#errorLine = line;
    this.#editor?.markLine(line);
  }

  /** @param {number} line */
  async #goTo(line) {
    const editor = await this.#open();
    editor?.goTo(line);
  }

  /** @param {string} text @param {() => void} onClick */
  #button(text, onClick) {
    return makeButton(this.document, text, onClick, `${text} ${this.name}`);
  }
}

/**
 * Changes highlighted text in place: the spans around the part that differs stay.
 * @param {HTMLElement} element
 * @param {string} before
 * @param {string} after
 */
function replaceText(element, before, after) {
  let from = 0;
  while (from < before.length && before[from] === after[from]) from += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - from;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const to = before.length - tail;
  let insert = after.slice(from, after.length - tail);
  let at = 0;
  const walker = element.ownerDocument.createTreeWalker(element, 4 /* text nodes */);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.nodeValue ?? "";
    const [a, b] = [Math.max(0, from - at), Math.min(text.length, to - at)];
    at += text.length;
    if (b < a || a > text.length || (a === text.length && from !== to)) continue;
    node.nodeValue = text.slice(0, a) + insert + text.slice(b);
    insert = "";
    if (at >= to) return;
  }
}

/** @param {number} bytes */
function mega(bytes) {
  return (bytes / 1e6).toFixed(1);
}

/** @param {number} seconds @param {number} [decimals] */
function duration(seconds, decimals = 2) {
  if (seconds < 0.1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${seconds.toFixed(decimals)} s`;
  const rest = Math.round(seconds % 60);
  return `${Math.floor(seconds / 60)} min${rest ? ` ${rest} s` : ""}`;
}
