/**
 * What a reader can do with a figure beside looking at it: ask for values with the pointer or the
 * keys, see the data as a table, take the figure along. Loaded when a pointer or the focus comes
 * to a figure. The build's figures and those of a run are alike; a run may put new ones in their
 * place at any time.
 */

import { announce, make, makeButton } from "./dom.js";
import { copyFigure } from "./export.js";
import { tablesOf } from "./figuredata.js";
import { nearest, step, tracksOf } from "./points.js";
import { showTip } from "./tip.js";

/**
 * @typedef {import("./figurespec.js").FigureSpec} FigureSpec
 * @typedef {import("./points.js").Axes} Axes
 * @typedef {import("./points.js").Track} Track
 * @typedef {typeof import("./table.js").renderTable} RenderTable
 * @typedef {{spec: FigureSpec, axes: Axes, tracks: Track[]}} Data
 */

/** A table is brought up to date when the figure has not moved for so long: it is slow to lay out. */
const TABLE_DELAY = 200;

/** @type {WeakMap<Element, FigureTools>} */
const known = new WeakMap();
/** The one whose tip is shown. @type {FigureTools | undefined} */
let telling;
/** @type {WeakSet<Document>} */
const watched = new WeakSet();

/**
 * Something happens at a figure.
 * @param {Event} event pointerover, focusin or click
 * @param {RenderTable} renderTable
 */
export function meet(event, renderTable) {
  const target = /** @type {Element} */ (event.target);
  const figure = /** @type {HTMLElement | null} */ (target.closest(".dl-figure"));
  if (!figure?.isConnected) return;
  const tools = known.get(figure) ?? new FigureTools(figure, renderTable);
  const { pointerType } = /** @type {PointerEvent} */ (event);
  if (event.type === "click" && pointerType !== "mouse") tools.point(/** @type {MouseEvent} */ (event));
}

export class FigureTools {
  /** Where the tip is: the track's and the point's index. @type {[number, number] | null} */ #at = null;
  /** @type {ReturnType<typeof showTip> | undefined} */ #tip;
  /** @type {HTMLElement | undefined} */ #table;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #late;
  /** @type {MutationObserver | undefined} */ #successor;
  /** @type {{svg: Element | undefined, data: Data | null} | undefined} */ #read;
  #keys = false; // the tip was asked for by keys

  /** @param {HTMLElement} figure @param {RenderTable} renderTable */
  constructor(figure, renderTable) {
    known.set(figure, this);
    this.figure = figure;
    this.document = figure.ownerDocument;
    this.renderTable = renderTable;
    this.row = make(this.document, "div", "dl-figure-tools dl-stays");
    this.toggle = makeButton(this.document, "Data", () => this.#toggle());
    this.toggle.setAttribute("aria-expanded", "false");
    this.row.append(this.toggle);
    for (const format of /** @type {const} */ (["SVG", "PNG"])) {
      const text = `Copy ${format}`;
      const button = makeButton(this.document, text, () => void this.#copy(format, button));
      this.row.append(button);
    }
    figure.addEventListener("pointermove", (event) => {
      if (event.pointerType !== "touch") this.point(event);
    });
    figure.addEventListener("pointerleave", () => this.hide());
    figure.addEventListener("focusout", () => this.hide());
    figure.addEventListener("keydown", (event) => this.#key(event));
    this.#furnish();
    // A figure that moves is drawn anew.
    const view = /** @type {any} */ (this.document.defaultView);
    new view.MutationObserver(() => this.#redrawn()).observe(figure, { childList: true });
    watch(this.document);
  }

  /** The drawing that is shown. @returns {SVGSVGElement | undefined} */
  get drawing() {
    const all = /** @type {NodeListOf<SVGSVGElement>} */ (
      this.figure.querySelectorAll(":scope > .dl-plot")
    );
    // A run's is alone; asking where it stands would lay the page out.
    if (all.length < 2) return all[0];
    return [...all].find((svg) => svg.getClientRects().length > 0) ?? all[0];
  }

  /** @returns {Data | null} */
  get data() {
    const svg = this.drawing;
    if (!this.#read || this.#read.svg !== svg) this.#read = { svg, data: svg ? readData(this.figure, svg) : null };
    return this.#read.data;
  }

  #furnish() {
    if (this.row.parentNode === this.figure || !this.data) return;
    this.figure.classList.add("dl-tooled");
    this.figure.append(this.row);
  }

  #redrawn() {
    // The change was ours, or another figure is in this one's place.
    if (this.#read?.svg === this.drawing || !this.figure.isConnected) return;
    this.#furnish();
    if (!this.data) this.row.remove(); // what cannot be drawn says so
    if (this.#table) this.#fillLater();
    if (telling !== this) return;
    this.#tell(this.#at, false);
    const { activeElement, body } = this.document;
    if (this.#keys && activeElement === body) this.drawing?.focus({ preventScroll: true });
  }

  // The tip

  /** @param {MouseEvent} event */
  point(event) {
    const { drawing, data } = this;
    if (!data || !drawing?.contains(/** @type {Node} */ (event.target))) {
      this.hide();
      return;
    }
    const box = drawing.getBoundingClientRect();
    const scale = (drawing.viewBox?.baseVal?.width || box.width) / (box.width || 1);
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    const found = nearest(data.tracks, x, y);
    if (telling === this && String(found) === String(this.#at)) return;
    this.#tell(found, false);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target !== this.drawing || !this.data) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const next = step(this.data.tracks, this.#at, event.key);
    if (!next) return;
    event.preventDefault(); // the page would scroll
    event.stopPropagation(); // and the theme turn it
    this.#tell(next, true);
  }

  /** @param {[number, number] | null} at @param {boolean} aloud */
  #tell(at, aloud) {
    if (telling && telling !== this) telling.hide();
    this.#tip?.remove();
    this.#tip = undefined;
    telling = undefined;
    this.#at = at;
    this.#keys ||= aloud;
    const { data } = this;
    const track = at && data?.tracks[at[0]];
    const point = at && track?.points[at[1]];
    const { drawing } = this;
    if (!data || !drawing || !track || !point) return;
    this.#tip = showTip(this.figure, drawing, track, point, data);
    telling = this;
    if (aloud) announce(this.document, this.#tip.text);
  }

  hide() {
    if (telling === this) telling = undefined;
    this.#keys = false;
    this.#tip?.remove();
    this.#tip = undefined;
  }

  // The table

  #toggle() {
    const open = !this.#table;
    if (open) {
      this.#openTable(make(this.document, "div", "dl-data"));
      this.#fillTable();
    } else {
      this.#expanded(false);
      this.#table?.remove();
      this.#table = undefined;
      this.#successor?.disconnect();
    }
  }

  /** @param {boolean} open */
  #expanded(open) {
    this.toggle.setAttribute("aria-expanded", String(open));
    this.row.classList.toggle("dl-open", open);
  }

  /** @param {HTMLElement} table */
  #openTable(table) {
    this.#expanded(true);
    this.#table = table;
    // Beside the figure, not in it: a figure that moves would have the table laid out with it.
    this.figure.after(table);
    // The next run puts another figure in the place of this one; the table goes on with it.
    const output = this.figure.parentElement;
    if (!output) return;
    const figures = () => output.querySelectorAll(":scope > .dl-figure");
    const index = [...figures()].indexOf(this.figure);
    const view = /** @type {any} */ (this.document.defaultView);
    const successor = /** @type {MutationObserver} */ (new view.MutationObserver(() => {
      if (this.figure.parentElement === output) return;
      const next = /** @type {HTMLElement | undefined} */ (figures()[index]);
      if (!next) return;
      successor.disconnect();
      this.#table = undefined;
      const tools = known.get(next) ?? new FigureTools(next, this.renderTable);
      tools.#openTable(table);
      tools.#fillLater();
    }));
    successor.observe(output, { childList: true });
    this.#successor = successor;
  }

  #fillLater() {
    clearTimeout(this.#late);
    this.#late = setTimeout(() => this.#fillTable(), TABLE_DELAY);
  }

  #fillTable() {
    const { data } = this;
    if (!this.#table || !data) return;
    const { scrollTop, scrollLeft } = this.#table;
    const { tables, left } = tablesOf(data.spec);
    this.#table.setAttribute("role", "region");
    this.#table.setAttribute("aria-label", `Data of ${data.spec.title || "the figure"}`);
    this.#table.tabIndex = 0; // it scrolls, so the keyboard must reach it
    this.#table.replaceChildren(
      ...tables.map((table) => {
        const wrapper = this.renderTable(table, this.document);
        for (const name of ["tabindex", "role", "aria-label"]) wrapper.removeAttribute(name);
        return wrapper;
      }),
    );
    if (left > 0) {
      const rows = `${left.toLocaleString("en")} more row${left === 1 ? "" : "s"}`;
      this.#table.append(make(this.document, "p", "dl-note", `Left out: ${rows}.`));
    }
    Object.assign(this.#table, { scrollTop, scrollLeft });
  }

  // Copies

  /** @param {"SVG" | "PNG"} format @param {HTMLElement} button */
  async #copy(format, button) {
    const { drawing } = this;
    if (!drawing) return;
    const name = `Copy ${format}`;
    try {
      const done = await copyFigure(format, this.figure, drawing);
      button.textContent = done;
      const saved = "Copying is not allowed here; the figure was saved as a file";
      announce(this.document, done === "Copied" ? `${format} copied` : saved);
    } catch {
      button.textContent = "Failed";
      announce(this.document, `The ${format} could not be made`);
    }
    setTimeout(() => (button.textContent = name), 1500);
  }
}

/**
 * The spec and the axes: a run's are with the drawing, the build's stand in the page.
 * @param {HTMLElement} figure
 * @param {SVGSVGElement} svg
 * @returns {Data | null}
 */
function readData(figure, svg) {
  /** @type {HTMLTemplateElement | null} */
  const template = figure.querySelector(":scope > .dl-spec");
  const text = template?.content.textContent;
  const axesText = svg.getAttribute("data-axes");
  const spec = /** @type {any} */ (svg).dlSpec ?? (text && JSON.parse(text));
  if (!spec || !axesText) return null;
  const axes = JSON.parse(axesText);
  return { spec, axes, tracks: tracksOf(spec, axes) };
}

/** @param {Document} document */
function watch(document) {
  if (watched.has(document)) return;
  watched.add(document);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") telling?.hide();
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (telling && !telling.figure.contains(/** @type {Node} */ (target))) telling.hide();
  });
}
