/**
 * Shows a run's events below the code: as text, never as HTML, and once a frame.
 */

import { make, makeButton } from "./dom.js";
import { picture } from "./picture.js";
import { MIME_FIGURE, MIME_TABLE, MIME_TEXT } from "./protocol.js";
import { renderTable } from "./table.js";

/**
 * @typedef {import("./protocol.js").RunEvent} RunEvent
 * @typedef {import("./figurespec.js").FigureSpec} FigureSpec
 * @typedef {(spec: FigureSpec, width: number) => HTMLElement} DrawFigure
 */

/** Milliseconds of drawing in one frame, and how long the page then belongs to the reader. */
const SLICE = 12;
const REST = 2; // times what the drawing took

export class Output {
  /** @type {RunEvent[]} */ #pending = [];
  #scheduled = false;
  /** Whether what is shown belongs to an earlier run and goes at the first sign of the new one. */
  #old = true;
  /** @type {Map<string, HTMLElement>} */ #byId = new Map();
  /** What each figure shows. @type {WeakMap<Element, FigureSpec>} */ #specs = new WeakMap();
  #width = 0; // that the figures were drawn for
  /** Figures whose latest spec is not drawn yet. @type {Set<Element>} */ #undrawn = new Set();
  #drawScheduled = false;
  #restUntil = 0;
  #ended = true;
  /** @type {DrawFigure | undefined} */ #draw;
  /** @type {Promise<DrawFigure> | undefined} */ #drawing;

  /**
   * @param {HTMLElement} element
   * @param {object} options
   * @param {() => Promise<DrawFigure>} options.loadFigures
   * @param {(line: number) => void} options.onLine called when the reader clicks "line 7"
   * @param {(callback: () => void) => void} [options.schedule]
   * @param {() => number} [options.now] milliseconds
   */
  constructor(
    element,
    { loadFigures, onLine, schedule = onNextFrame, now = () => performance.now() },
  ) {
    this.element = element;
    this.document = element.ownerDocument;
    this.loadFigures = loadFigures;
    this.onLine = onLine;
    this.schedule = schedule;
    this.now = now;
    if (typeof ResizeObserver !== "undefined") {
      new ResizeObserver(() => this.#resized()).observe(element);
    }
  }

  /** A run begins: what is shown stays until it has something to say. */
  begin() {
    this.#apply();
    this.#old = true;
    this.#ended = false;
    this.element.style.minHeight = `${this.element.offsetHeight}px`;
  }

  /** @param {RunEvent[]} events */
  push(events) {
    this.#pending.push(...events);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.schedule(() => this.#apply());
  }

  /** The run is over. @param {{keep: boolean}} options keep an earlier output if nothing came */
  end({ keep }) {
    this.#apply();
    for (const bar of this.element.querySelectorAll(":scope > .dl-track")) bar.remove();
    if (!keep) this.#clearOld();
    this.#ended = true;
    this.#settle();
  }

  /** A figure that is still to be drawn must not let the page collapse for a moment. */
  #settle() {
    if (this.#ended && this.#undrawn.size === 0) this.element.style.minHeight = "";
  }

  /** @param {string} text */
  note(text) {
    this.#clearOld();
    const note = make(this.document, "p", "dl-out dl-note", text);
    this.element.append(note);
    return note;
  }

  /**
   * A failure that is not the reader's code's, with a way out. What an earlier run or the build
   * showed stays below it.
   * @param {string} message
   * @param {string} action what the way out is called
   * @param {() => void} act
   */
  failure(message, action, act) {
    const box = make(this.document, "div", "dl-out dl-error dl-failure");
    box.setAttribute("role", "alert");
    const button = makeButton(this.document, action, act);
    box.append(make(this.document, "p", "dl-error-message", message), button);
    if (this.#old) this.element.prepend(box);
    else this.element.append(box);
  }

  /** A run was asked for: what failed before is being tried again. */
  clearFailure() {
    this.element.querySelector(":scope > .dl-failure")?.remove();
  }

  #clearOld() {
    if (!this.#old) return;
    this.#old = false;
    this.#byId.clear();
    this.#undrawn.clear();
    this.element.replaceChildren();
  }

  #apply() {
    this.#scheduled = false;
    const events = this.#pending;
    this.#pending = [];
    if (events.length === 0) return;
    this.#clearOld();
    let text = "";
    for (const [i, event] of events.entries()) {
      if (event.type === "stream") {
        text += event.text;
        const next = events[i + 1];
        if (next?.type === "stream" && next.name === event.name) continue;
        this.#stream(event.name, text);
        text = "";
      } else if (event.type === "display") this.#display(event);
      else if (event.type === "progress") this.#progress(event);
      else if (event.type === "error") this.element.append(this.#error(event));
      else if (event.type === "omitted") this.#omitted(event);
    }
    this.#drawSome();
  }

  /** @param {"stdout" | "stderr"} name @param {string} text */
  #stream(name, text) {
    const kind = `dl-out dl-out-${name}`;
    let last = this.element.lastElementChild;
    if (last?.className !== kind) {
      last = make(this.document, "pre", kind);
      this.element.append(last);
    }
    last.append(text);
  }

  /** @param {import("./protocol.js").DisplayEvent} event */
  #display({ data, id }) {
    const spec = /** @type {FigureSpec | undefined} */ (data[MIME_FIGURE]);
    const shown = id === undefined ? undefined : this.#byId.get(id);
    if (spec && shown?.classList.contains("dl-figure")) {
      this.#figure(shown, spec);
      return;
    }
    let element;
    if (spec) {
      element = make(this.document, "figure", "dl-out dl-figure");
      this.#figure(element, spec);
    } else if (data[MIME_TABLE]) {
      const table = /** @type {import("./table.js").Table} */ (data[MIME_TABLE]);
      element = renderTable(table, this.document);
    } else {
      element =
        picture(data, this.document) ??
        make(this.document, "pre", "dl-out dl-out-text", String(data[MIME_TEXT] ?? ""));
    }
    if (shown) shown.replaceWith(element);
    else this.element.append(element);
    if (id !== undefined) this.#byId.set(id, element);
  }

  /**
   * How far `track` is; the bar goes when the run ends.
   * @param {import("./protocol.js").ProgressEvent} event
   */
  #progress({ id, done, total, label }) {
    let row = this.#byId.get(id);
    if (!row) {
      row = make(this.document, "label", "dl-out dl-track");
      row.append(make(this.document, "span", ""), this.document.createElement("progress"));
      this.element.append(row);
      this.#byId.set(id, row);
    }
    const text = /** @type {HTMLElement} */ (row.firstElementChild);
    const bar = /** @type {HTMLProgressElement} */ (row.lastElementChild);
    const [now, end] = [done, total].map((n) => n?.toLocaleString("en"));
    const count = total === null ? now : `${now} of ${end}`;
    text.textContent = label ? `${label}: ${count}` : `${count}`;
    if (total !== null) {
      bar.max = total;
      bar.value = done;
    }
  }

  /** @param {HTMLElement} figure @param {FigureSpec} spec */
  #figure(figure, spec) {
    // Only the latest figure of each place counts.
    this.#specs.set(figure, spec);
    this.#undrawn.add(figure);
    if (this.#draw || this.#drawing) return;
    this.#drawing = this.loadFigures();
    this.#drawing.then(
      (draw) => {
        this.#draw = draw;
        this.#drawSome();
      },
      () => {
        this.#drawing = undefined;
        for (const each of this.#undrawn) {
          each.replaceChildren(make(this.document, "p", "dl-note", "The figure library did not load."));
        }
        this.#undrawn.clear();
        this.#settle();
      },
    );
  }

  /**
   * Draws what is waiting, a slice at a time: a flood of figures, or one that changes without end,
   * must leave the page time to scroll and to take what the reader types.
   */
  #drawSome() {
    if (!this.#draw || this.#undrawn.size === 0 || this.#drawScheduled) return;
    const begun = this.now();
    if (begun < this.#restUntil) {
      this.#drawLater(this.#restUntil - begun);
      return;
    }
    for (const figure of this.#undrawn) {
      this.#undrawn.delete(figure);
      this.#fill(figure);
      if (this.now() - begun > SLICE) break;
    }
    const rest = REST * (this.now() - begun);
    this.#restUntil = this.now() + rest;
    if (this.#undrawn.size > 0) this.#drawLater(rest);
    else this.#settle();
  }

  /** @param {number} wait */
  #drawLater(wait) {
    this.#drawScheduled = true;
    const frame = () => {
      this.#drawScheduled = false;
      this.#drawSome();
    };
    setTimeout(() => this.schedule(frame), wait);
  }

  /** @param {Element} figure */
  #fill(figure) {
    const spec = this.#specs.get(figure);
    if (!this.#draw || !spec) return;
    this.#width = this.element.clientWidth;
    const { defaultView } = this.document;
    const style = /** @type {Window} */ (defaultView).getComputedStyle(this.element);
    const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    try {
      const drawn = this.#draw(spec, this.#width - (padding || 0) || 680);
      // The tools of figuretools.js stay where they are.
      for (const old of figure.querySelectorAll(":scope > :not(.dl-stays)")) old.remove();
      figure.prepend(...drawn.childNodes);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const box = make(this.document, "div", "dl-error");
      box.append(make(this.document, "p", "dl-error-message", `This figure cannot be drawn: ${message}`));
      figure.replaceChildren(box);
    }
  }

  /** A turned phone or another window: text in a figure that is only scaled gets unreadable. */
  #resized() {
    const { clientWidth } = this.element;
    // Without a width it is hidden, or has left with its page: nobody sees it.
    if (this.#width === 0 || clientWidth === 0 || Math.abs(clientWidth / this.#width - 1) < 0.1) return;
    for (const figure of this.element.querySelectorAll(".dl-figure")) {
      if (this.#specs.has(figure)) this.#undrawn.add(figure);
    }
    this.#drawSome();
  }

  /** @param {import("./protocol.js").ErrorEvent} event */
  #error(event) {
    const box = make(this.document, "div", "dl-out dl-error");
    box.setAttribute("role", "alert");
    const head = make(this.document, "p", "dl-error-message");
    head.append(make(this.document, "strong", "", event.name));
    if (event.message) head.append(`: ${event.message}`);
    if (event.line !== null) {
      const { line } = event;
      const go = make(this.document, "button", "dl-line", `line ${line}`);
      go.setAttribute("type", "button");
      go.addEventListener("click", () => this.onLine(line));
      head.append(" ", go);
    }
    box.append(head);
    if (event.hint) box.append(make(this.document, "p", "dl-hint", event.hint));
    if (event.text) box.append(make(this.document, "pre", "dl-traceback", event.text));
    if (event.full && event.full !== event.text) {
      const details = make(this.document, "details", "");
      details.append(make(this.document, "summary", "", "Full traceback"));
      details.append(make(this.document, "pre", "dl-traceback", event.full));
      box.append(details);
    }
    return box;
  }

  /** @param {import("./protocol.js").OmittedEvent} event */
  #omitted(event) {
    const parts = [];
    if (event.characters) {
      const lines = event.lines ? ` in ${plural(event.lines, "line")}` : "";
      parts.push(`${plural(event.characters, "character")}${lines}`);
    }
    if (event.displays) parts.push(plural(event.displays, "displayed value"));
    const text = `Left out: ${parts.join(" and ")}. A page shows the first part of long output.`;
    const last = this.element.querySelector(":scope > .dl-omitted");
    if (last) last.textContent = text;
    else this.note(text).classList.add("dl-omitted");
  }
}

/** @param {number} n @param {string} noun */
function plural(n, noun) {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}

/** A hidden page has no frames. @param {() => void} callback */
function onNextFrame(callback) {
  if (document.hidden) setTimeout(callback, 50);
  else requestAnimationFrame(callback);
}
