/**
 * The colors of a figure: of its series, which a legend names, and of its data, whose range a ramp shows.
 */

import { SCHEMES, color, kind } from "./figurespec.js";
import { number } from "./figurewords.js";

/**
 * @typedef {import("./figurespec.js").FigureSpec} FigureSpec
 * @typedef {import("./figurespec.js").MarkSpec} MarkSpec
 * @typedef {import("@observablehq/plot").Plot} Scaled
 * @typedef {{name: string, color: string, shape: import("./figurespec.js").Shape, dash: boolean}} Series
 */

const SERIES_COLORS = 8;

/** @param {FigureSpec} spec */
export function seriesOf(spec) {
  /** @type {Map<string, Series>} */
  const found = new Map();
  for (const mark of spec.marks) {
    const { series: name, options = {} } = mark;
    if (name == null) continue;
    const { shape, color: channel } = kind(mark);
    const known = found.get(name);
    if (known) {
      // A line through a band or dots says more about the series than those do.
      if (shape === "line") known.shape = "line";
      continue;
    }
    if (found.size === SERIES_COLORS) throw new Error(`more than ${SERIES_COLORS} series`);
    found.set(name, {
      name,
      color: color(options[channel]) ?? `var(--dl-c${found.size + 1})`,
      shape,
      dash: options.strokeDasharray != null,
    });
  }
  return found;
}

/**
 * Text that stands on cells is drawn in the page's color on the strong ones.
 * @param {MarkSpec} text
 * @param {FigureSpec} spec
 */
export function inkOnCells(text, spec) {
  const cells = spec.marks.find(({ mark, channels }) => mark === "cell" && channels?.fill);
  const values = cells?.channels.fill.map(Number);
  if (!values || values.length !== Object.values(text.channels)[0]?.length) return null;
  const { scheme, domain } = spec.color ?? {};
  const finite = values.filter(Number.isFinite);
  const [low, high] = domain ?? [Math.min(...finite), Math.max(...finite)];
  const most = Math.max(Math.abs(low), Math.abs(high));
  const strong = SCHEMES[scheme] === "diverging"
    ? (/** @type {number} */ value) => Math.abs(value) > 0.6 * most
    : (/** @type {number} */ value) => (value - low) / (high - low) > 0.5;
  return values.map((value) => (strong(value) ? "var(--dl-bg)" : "var(--dl-fg)"));
}

/** Whether a mark has its color from data. @param {FigureSpec} spec */
export function usesColor(spec) {
  return spec.marks.some(({ channels = {}, options = {} }) =>
    ["fill", "stroke"].some(
      (key) => channels[key] || options[key] === "value" || options[key] === "density",
    ),
  );
}

/**
 * @param {FigureSpec} spec
 * @returns {Record<string, any>}
 */
export function colorScale(spec) {
  const { scheme, ...options } = spec.color ?? {};
  if (options.type === "identity") return { type: "identity" };
  const diverging = SCHEMES[scheme] === "diverging" || /^diverging/.test(options.type ?? "");
  const named = spec.marks.some(({ channels = {} }) =>
    [channels.fill, channels.stroke].flat().some((value) => typeof value === "string"),
  );
  if (named || /^(categorical|ordinal)$/.test(options.type ?? "")) {
    return { type: "ordinal", ...options, range: palette() };
  }
  if (diverging) return { type: "diverging", pivot: 0, ...options, interpolate: divergingColor };
  return { type: options.type ?? "linear", ...options, interpolate: sequentialColor };
}

function palette() {
  return Array.from({ length: SERIES_COLORS }, (_, i) => `var(--dl-c${i + 1})`);
}

/** Mixed in the reader's browser, from the colors of the reader's scheme. @param {number} t */
function sequentialColor(t) {
  return mix(t, ["var(--dl-seq-0)", "var(--dl-seq-1)", "var(--dl-seq-2)"]);
}

/** @param {number} t */
function divergingColor(t) {
  return mix(t, ["var(--dl-div-0)", "var(--dl-div-1)", "var(--dl-div-2)"]);
}

/** @param {number} t @param {string[]} stops */
function mix(t, [low, middle, high]) {
  const share = Math.round(Math.abs(t - 0.5) * 200);
  return `color-mix(in oklab, ${t < 0.5 ? low : high} ${share}%, ${middle})`;
}

/**
 * @param {Map<string, Series>} series
 * @param {Scaled} scaled
 * @param {Document} document
 */
export function legend(series, scaled, document) {
  const items = [...series.values()];
  const scaleOfColor = scaled.scale("color");
  if (items.length === 0 && scaleOfColor?.type === "ordinal") {
    const colors = palette();
    for (const [i, name] of [...(scaleOfColor.domain ?? [])].entries()) {
      const paint = colors[i % SERIES_COLORS];
      items.push({ name: String(name), color: paint, shape: "dot", dash: false });
    }
  }
  if (items.length === 0) return null;
  const element = document.createElement("ul");
  element.className = "dl-legend";
  for (const { name, color: paint, shape, dash } of items) {
    const item = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.className = `dl-swatch dl-swatch-${dash ? "dash" : shape}`;
    swatch.style.setProperty("--dl-swatch", paint);
    item.append(swatch, name);
    element.append(item);
  }
  return element;
}

/**
 * @param {FigureSpec} spec
 * @param {Scaled} scaled
 * @param {Document} document
 */
export function colorRamp(spec, scaled, document) {
  const found = scaled.scale("color");
  if (!found?.interpolate || !found.domain) return null;
  const domain = [...found.domain];
  const [low, high] = [domain[0], domain[domain.length - 1]];
  const kindOfRamp = found.interpolate === divergingColor ? "diverging" : "sequential";
  const element = document.createElement("p");
  element.className = "dl-ramp-legend";
  /** @param {string} text @param {string} className */
  const span = (text, className) => {
    const part = document.createElement("span");
    part.className = className;
    part.textContent = text;
    element.append(part);
  };
  if (spec.color?.label) span(spec.color.label, "dl-ramp-label");
  span(number(low), "dl-ramp-end");
  span("", `dl-ramp dl-ramp-${kindOfRamp}`);
  span(number(high), "dl-ramp-end");
  return element;
}
