/**
 * One live cell: its buttons, its form, its state, and the way between code, client and output.
 */

import { Drafts } from "./drafts.js";
import { Output } from "./output.js";
import { formatNumber, parseParams, setParam } from "./params.js";
import { STAGES } from "./protocol.js";

/**
 * @typedef {import("./client.js").Client} Client
 * @typedef {import("./params.js").Param} Param
 * @typedef {import("./protocol.js").Update} Update
 * @typedef {import("./editor.js").Editor} Editor
 * @typedef {"idle" | "loading" | "queued" | "running" | "done" | "failed" | "stopped"} State
 */

/** Quick runs come and go without the button and the status flickering. */
const BUTTON_DELAY = 150;
const ELAPSED_DELAY = 500;
/** A draft is written when the reader pauses: writing waits for the disk. */
const KEEP_DELAY = 300;
const CAME = "This code came with the link";
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
  #original;
  /** @type {Editor | undefined} */ #editor;
  /** @type {Promise<Editor | null> | undefined} */ #opening;
  /** @type {number | undefined} */ #errorLine;
  #quiet = false; // a run that a control started is not announced
  #stage = "";
  /** @type {ReturnType<typeof setTimeout>[]} */ #timers = [];
  /** Hears of every change of state. @type {() => void} */ onState = () => {};
  #ours = false; // the code is being changed by us, not by the reader
  #lent = false; // the code came with a link: not the reader's, and not kept
  #kept = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #keeping;
  /** @type {HTMLElement | undefined} */ #notice;
  /** The original as it came, highlighted. @type {Node | undefined} */ #asBuilt;
  /** @type {Map<string, {param: Param, show: (param: Param) => void}>} */ #controls = new Map();

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
    this.drafts = drafts;
    this.name = root.dataset.cell ?? "";
    this.session = root.dataset.session ?? null;
    this.area = find(root, ".dl-cell-code");
    this.static = find(this.area, "code");
    this.#original = this.static.textContent ?? "";
    this.#code = this.#original;
    const bar = find(root, ".dl-cell-bar");
    this.status = this.#make("span", "dl-cell-status");
    this.runButton = this.#button("Run", () => this.#pressed());
    this.runButton.classList.add("dl-run");
    this.resetButton = this.#button("Reset", () => this.#reset());
    this.shareButton = this.#button("Share", () => void this.#share());
    this.copyButton = this.#button("Copy", () => void this.#copy());
    this.progress = this.#make("span", "dl-progress");
    this.#buildBar(bar);
    this.output = new Output(find(root, ".dl-cell-output"), {
      loadFigures: () => import("./figure.js").then(({ drawFigure }) => drawFigure),
      onLine: (line) => this.#goTo(line),
    });
    this.#buildArea();
    this.form = root.querySelector(".dl-cell-params") ?? this.#make("div", "dl-cell-params");
    this.form.removeAttribute("aria-hidden");
    this.#updateForm();
    root.dataset.state = "idle";
    this.#restore();
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
    for (const cell of [...before, this]) if (cell.#lent) cell.#notify(`${CAME}.`, cell.#ways());
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
    this.keep();
    this.#clearTimers();
    this.#editor?.destroy();
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
    announce(text, this.document);
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

  // What is kept, and what came with a link

  #restore() {
    const { code, outdated } = this.drafts.load(this.page, this.name, this.#original);
    if (code !== undefined) {
      this.#show(code);
      this.status.textContent = "Not run yet"; // what stands below is the original's output
    } else if (outdated !== undefined) {
      const text = "This code has changed since you edited it. Your edit was put aside.";
      const again = () => {
        this.#change(outdated);
        this.#notify("");
      };
      this.#notify(text, [["Bring it back", again]]);
    }
  }

  /** Writes the draft now. */
  keep() {
    if (this.#keeping === undefined) return;
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    this.#kept = this.drafts.save(this.page, this.name, this.#original, this.#code);
    this.#showButtons();
  }

  /**
   * Shows code that came with a link, and runs nothing. The reader's own draft stays until they
   * edit.
   * @param {Promise<string>} coming rejects with a sentence for the reader
   */
  async receive(coming) {
    try {
      const code = await coming;
      this.keep();
      this.#show(code);
      this.#lent = true;
      this.status.textContent = "";
      this.#notify(`${CAME}; it has not been run.`, this.#ways());
    } catch (error) {
      this.keep();
      this.#show(this.#original);
      this.#notify(error instanceof Error ? error.message : String(error), this.#ways().slice(1));
      this.#forgetLink();
    }
    this.#showButtons();
    this.root.scrollIntoView?.();
  }

  /** The ways from a link's code to the page's own and to the reader's. */
  #ways() {
    const { code } = this.drafts.load(this.page, this.name, this.#original);
    /** @type {[string, () => void][]} */
    const ways = [["Original", () => this.#giveBack(this.#original)]];
    if (code !== undefined) ways.push(["My edit", () => this.#giveBack(code)]);
    return ways;
  }

  /** The link's code goes. @param {string} code what comes in its place */
  #giveBack(code) {
    this.#show(code);
    this.#returned();
    this.runButton.focus(); // the pressed button is gone
  }

  #returned() {
    this.#lent = false;
    this.#notify("");
    this.#forgetLink();
    this.#showButtons();
  }

  /** Takes the code out of the address, so that a reload does not bring it back. */
  #forgetLink() {
    const view = this.document.defaultView;
    const plain = `#cell-${this.name}`;
    if (view?.location.hash.startsWith(`${plain}&`)) {
      view.history.replaceState(view.history.state, "", plain);
    }
  }

  /**
   * Shows code that the reader did not write just now: it makes no draft.
   * @param {string} code
   */
  #show(code) {
    if (code === this.#code) return;
    this.#ours = true;
    if (this.#editor) {
      this.#editor.setCode(code);
    } else {
      // The highlighting is that of the original; the editor makes its own.
      if (this.#code === this.#original) this.#asBuilt = this.static.cloneNode(true);
      if (code === this.#original && this.#asBuilt) {
        this.static.replaceChildren(...this.#asBuilt.cloneNode(true).childNodes);
      } else {
        this.static.textContent = code;
        void this.#open();
      }
      this.#changed(code);
    }
    this.#ours = false;
  }

  /**
   * Says something above the code.
   * @param {string} text nothing takes it away
   * @param {[string, () => void][]} [ways]
   */
  #notify(text, ways = []) {
    this.#notice?.remove();
    this.#notice = undefined;
    if (!text) return;
    const notice = this.#make("div", "dl-notice");
    notice.setAttribute("role", "status");
    notice.append(this.#make("span", "dl-notice-text", text));
    for (const [name, action] of ways) notice.append(this.#button(name, action));
    this.#notice = notice;
    find(this.root, ".dl-cell-bar").after(notice);
  }

  async #share() {
    const view = this.document.defaultView;
    if (!view) return;
    try {
      const { encode } = await import("./share.js");
      const code = await encode(this.#code);
      const link = `${view.location.href.split("#")[0]}#cell-${this.name}&code=${code}`;
      await this.#toClipboard(link, this.shareButton, "Share", "Link copied").catch(() => {
        this.#notify("Copying is not allowed here. This is the link:", [
          ["Close", () => this.#notify("")],
        ]);
        const field = /** @type {HTMLInputElement} */ (this.#make("input", "dl-link"));
        field.readOnly = true;
        field.value = link;
        field.setAttribute("aria-label", "Link to this code");
        this.#notice?.append(field);
        field.select();
      });
    } catch (error) {
      const known = error instanceof Error && error.name === "ShareError";
      const text = known ? error.message : "The script that makes links did not load.";
      this.#notify(text, [["Close", () => this.#notify("")]]);
    }
  }

  // What the client says

  /** @param {Update} update */
  #hear(update) {
    switch (update.type) {
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
        this.output.failure(update.message, () => this.run());
        this.output.end({ keep: true });
        this.#enter("failed", "Failed");
        break;
      case "stopped":
        this.output.end({ keep: true });
        this.#enter("stopped", "Stopped");
        break;
    }
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
        if (!this.#quiet) announce(`${this.name}: ${text}`, this.document);
        const tick = () => {
          this.status.textContent = `${text} · ${duration((performance.now() - begun) / 1000, 1)}`;
        };
        tick();
        this.#timers.push(setInterval(tick, 100));
      }, ELAPSED_DELAY),
    );
  }

  /** @param {State} state @param {string} text */
  #enter(state, text) {
    this.#clearTimers();
    this.#state = state;
    this.root.dataset.state = state;
    this.status.textContent = text;
    this.progress.hidden = state !== "loading";
    this.#showButtons();
    if (!this.#quiet || state === "failed") announce(`${this.name}: ${text}`, this.document);
    this.onState();
  }

  #clearTimers() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  // The bar

  /** @param {HTMLElement} bar */
  #buildBar(bar) {
    const buttons = this.#make("span", "dl-cell-buttons");
    buttons.append(this.copyButton, this.resetButton, this.shareButton, this.runButton);
    this.progress.setAttribute("role", "progressbar");
    this.progress.setAttribute("aria-label", "Loading");
    this.progress.hidden = true;
    bar.append(this.status, buttons, this.progress);
    this.#showButtons();
  }

  #pressed() {
    if (this.runButton.dataset.does === "stop") this.stop();
    // A second click of a double click, before the button became Stop.
    else if (!BUSY.has(this.#state)) this.run();
  }

  #showButtons() {
    const busy = BUSY.has(this.#state);
    this.runButton.textContent = busy ? "Stop" : "Run";
    this.runButton.dataset.does = busy ? "stop" : "run";
    this.runButton.setAttribute("aria-label", `${busy ? "Stop" : "Run"} ${this.name}`);
    const edited = this.#code !== this.#original;
    this.resetButton.hidden = !edited;
    this.shareButton.hidden = !edited;
    this.root.toggleAttribute("data-edited", edited);
    if (edited) this.root.dataset.edited = this.#lent ? "lent" : this.#kept ? "" : "unkept";
  }

  #reset() {
    // The draft of a reader who looks at a link's code is none of this.
    if (!this.#lent) this.drafts.remove(this.page, this.name);
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    this.#kept = true;
    this.#giveBack(this.#original);
    announce(`${this.name}: the original code is back`, this.document);
  }

  async #copy() {
    await this.#toClipboard(this.#code, this.copyButton, "Copy", "Copied").catch(() => {
      announce("Copying is not allowed here", this.document);
      this.#flash(this.copyButton, "Copy", "Failed");
    });
  }

  /**
   * @param {string} text
   * @param {HTMLElement} button
   * @param {string} name
   * @param {string} done
   */
  async #toClipboard(text, button, name, done) {
    await navigator.clipboard.writeText(text);
    announce(done, this.document);
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

  /** @returns {Promise<Editor>} */
  /** The editor, or null when its script does not load; the next try asks for it again. */
  #open() {
    this.#opening ??= this.#createEditor().catch(() => {
      this.#opening = undefined;
      announce("The editor did not load.", this.document);
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
    if (!this.#ours) this.#edited();
    this.#showButtons();
  }

  /** The reader has changed the code: from now on it is theirs. */
  #edited() {
    if (this.#lent) this.#returned();
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => this.keep(), KEEP_DELAY);
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

  // The form

  #updateForm() {
    const { params, errors } = parseParams(this.#code);
    const names = params.map(signature).join();
    if (names !== this.form.getAttribute("data-params")) {
      this.form.setAttribute("data-params", names);
      this.#controls.clear();
      this.form.replaceChildren(...params.map((param) => this.#control(param)));
    }
    for (const param of params) {
      const control = this.#controls.get(param.name);
      if (control) {
        control.param = param;
        control.show(param);
      }
    }
    this.form.querySelector(".dl-param-error")?.remove();
    if (errors.length > 0) {
      const text = errors.map(({ message, line }) => `Line ${line}: ${message}.`).join(" ");
      this.form.append(this.#make("p", "dl-param-error", text));
    }
    if (this.form.childElementCount > 0) this.area.before(this.form);
    else this.form.remove();
  }

  /** @param {Param} param */
  #control(param) {
    const label = this.#make("label", `dl-param dl-param-${param.kind}`);
    const value = this.#make("output", "dl-param-value");
    const select = param.kind === "dropdown";
    const input = /** @type {HTMLInputElement & HTMLSelectElement} */ (
      this.document.createElement(select ? "select" : "input")
    );
    if (!select) input.setAttribute("type", param.kind === "slider" ? "range" : param.kind);
    for (const option of param.options ?? []) {
      const item = this.document.createElement("option");
      item.textContent = String(option);
      input.append(item);
    }
    for (const key of /** @type {const} */ (["min", "max"])) {
      const bound = param[key];
      if (bound !== undefined) input[key] = String(bound);
    }
    if (!select) input.step = param.step === undefined ? "any" : String(param.step);

    const control = {
      param,
      /** @param {Param} now */
      show: (now) => {
        if (now.kind === "checkbox") input.checked = now.value === true;
        else if (input !== this.document.activeElement || now.kind !== "number") {
          input.value = String(now.value);
        }
        if (now.kind !== "slider") return;
        value.textContent = formatNumber(/** @type {number} */ (now.value), now.step);
        // As wide as the longest value, so that nothing moves while it changes.
        const ends = [now.min, now.max].map((n) => formatNumber(n ?? 0, now.step).length);
        const width = Math.max(...ends);
        value.style.minWidth = `${width}ch`;
      },
    };
    this.#controls.set(param.name, control);
    input.addEventListener("input", () => {
      const chosen = read(input, control.param);
      if (chosen === undefined || chosen === control.param.value) return;
      this.#change(setParam(this.#code, control.param, chosen));
      this.run({ quiet: true });
    });
    label.append(this.#make("span", "dl-param-name", param.name), input);
    if (param.kind === "slider") label.append(value);
    return label;
  }

  /**
   * @param {string} name
   * @param {string} className
   * @param {string} [text]
   */
  #make(name, className, text) {
    const element = this.document.createElement(name);
    element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  /** @param {string} text @param {() => void} onClick */
  #button(text, onClick) {
    const button = this.#make("button", "dl-button", text);
    button.setAttribute("type", "button");
    button.setAttribute("aria-label", `${text} ${this.name}`);
    button.addEventListener("click", onClick);
    return button;
  }
}

/**
 * What a control is, without its value: it is rebuilt only when this changes.
 * @param {Param} param
 */
function signature({ name, kind, min, max, step, options }) {
  return JSON.stringify([name, kind, min, max, step, options]);
}

/**
 * @param {HTMLInputElement & HTMLSelectElement} input
 * @param {Param} param
 * @returns {Param["value"] | undefined} undefined while the reader types something invalid
 */
function read(input, param) {
  if (param.kind === "checkbox") return input.checked;
  if (param.kind === "dropdown") return param.options?.[input.selectedIndex];
  if (input.value === "" || !input.validity.valid) return undefined;
  return Number(input.value);
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
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/**
 * Says it to screen readers, in a region that outlives the page's content.
 * @param {string} text
 * @param {Document} document
 */
function announce(text, document) {
  let region = document.getElementById("dl-announcer");
  if (!region) {
    region = document.createElement("div");
    region.id = "dl-announcer";
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  region.textContent = text;
}

/**
 * @param {HTMLElement} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
function find(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`a cell has no ${selector}`);
  return /** @type {HTMLElement} */ (element);
}
