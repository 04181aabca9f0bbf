/**
 * Draws a figure spec with Observable Plot. The same code runs in the browser and, with jsdom, at
 * build time; it measures nothing on the screen, so both give the same figure.
 */

import { frame, plot } from "@observablehq/plot";
import { colorRamp, colorScale, inkOnCells, legend, seriesOf, usesColor } from "./figurecolors.js";
import { contourBounds, contourMark } from "./figurecontours.js";
import { categories, checkFigure, color, kind } from "./figurespec.js";
import { hundredth, tidy } from "./figuretidy.js";
import { alternative } from "./figurewords.js";

/**
 * @typedef {import("./figurespec.js").FigureSpec} FigureSpec
 * @typedef {import("./figurespec.js").MarkSpec} MarkSpec
 * @typedef {import("./figurespec.js").ScaleSpec} ScaleSpec
 * @typedef {import("./figurecolors.js").Series} Series
 * @typedef {import("@observablehq/plot").Plot} Scaled
 * @typedef {import("./points.js").Axis} Axis
 */

/**
 * Every figure is drawn for one of these widths and scaled to its place, so that a run's figure
 * takes exactly the room of the build's. The build draws both; figure.css shows the one that fits.
 */
export const WIDTHS = [680, 350];
const NARROW = 480;

/**
 * Draws in the reader's page.
 * @param {FigureSpec} spec
 * @param {number} width of the figure's place
 */
export function drawFigure(spec, width) {
  const figure = renderFigure(spec, { widths: [WIDTHS[width < NARROW ? 1 : 0]], document });
  for (const svg of figure.querySelectorAll("svg")) {
    svg.tabIndex = 0;
    // For the tip and the table: figuretools.js.
    Object.assign(svg, { dlSpec: spec });
  }
  return figure;
}

/**
 * @param {FigureSpec} spec
 * @param {object} environment
 * @param {number[]} environment.widths two give two drawings, of which CSS shows one
 * @param {Document} environment.document
 * @param {boolean} [environment.data] whether the figure's data go into it, for a page that the
 *   browser's scripts take over
 * @returns {HTMLElement} a figure element
 */
export function renderFigure(spec, { widths, document, data = false }) {
  checkFigure(spec);
  const series = seriesOf(spec);
  const figure = document.createElement("figure");
  figure.className = "dl-figure";
  const drawings = widths.map((width) => draw(spec, series, width, document));
  if (spec.title) {
    const caption = document.createElement("figcaption");
    caption.textContent = spec.title;
    figure.append(caption);
  }
  const names = legend(series, drawings[0], document);
  if (names) figure.append(names);
  const ramp = colorRamp(spec, drawings[0], document);
  if (ramp) figure.append(ramp);
  const label = alternative(spec, series, drawings[0]);
  for (const [i, svg] of drawings.entries()) {
    if (widths.length > 1) svg.classList.add(i === 0 ? "dl-wide" : "dl-narrow");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
    tidy(svg, `${JSON.stringify(spec)}${widths[i]}`);
    figure.append(svg);
  }
  if (data) {
    // No script: when the theme brings a page by instant navigation, it runs whatever is one.
    const template = document.createElement("template");
    template.className = "dl-spec";
    template.content.append(JSON.stringify(spec));
    figure.append(template);
  }
  return figure;
}

/**
 * @param {FigureSpec} spec
 * @param {Map<string, Series>} series
 * @param {number} width
 * @param {Document} document
 */
function draw(spec, series, width, document) {
  const narrow = width < NARROW;
  const fontSize = narrow ? 12 : 13;
  const columns = categories(spec, "fx").length;
  const rows = categories(spec, "fy").length;
  const marks = spec.marks.map((mark) => toMark(mark, spec, series));
  const bounds = contourBounds(spec);
  const names = Math.max(0, ...categories(spec, "fx").map((name) => String(name).split("\n").length));
  const marginTop =
    (spec.y?.label ? fontSize * 2.2 : fontSize) + (columns ? fontSize * (names + 0.6) : 0);

  /**
   * @param {{left: number, right: number, bottom: number, ratio: number, x: ScaleSpec,
   *   y: ScaleSpec}} margins
   * @returns {SVGSVGElement & Scaled}
   */
  const drawn = ({ left, right, bottom, ratio, x, y }) => {
    const across = width - left - right;
    // Room for the last tick label of one facet and the first of the next.
    const gap = columns > 1 ? Math.min(0.4, (fontSize * 2.6 * columns) / across) : 0.1;
    const height = Math.round(across * ratio + marginTop + bottom);
    return /** @type {SVGSVGElement & Scaled} */ (
      plot({
        document,
        className: "dl-plot",
        width,
        height,
        marginLeft: left,
        marginRight: right + (rows ? fontSize * 3 : 0),
        marginTop,
        marginBottom: bottom,
        style: { fontSize: `${fontSize}px`, background: "none", fontFamily: "inherit" },
        x: { tickSpacing: narrow ? 60 : 84, tickPadding: 4, ...bounds?.x, ...x },
        y: { tickSpacing: narrow ? 40 : 54, tickPadding: 4, ...bounds?.y, ...y },
        ...(columns ? { fx: { padding: gap, ...scale(spec, "fx", across / columns) } } : {}),
        ...(rows ? { fy: { padding: 0.12, ...scale(spec, "fy", width) } } : {}),
        ...(usesColor(spec) ? { color: colorScale(spec) } : {}),
        marks: columns || rows ? [frame({ stroke: "var(--dl-grid)" }), ...marks] : marks,
      })
    );
  };

  // Tick labels depend on the margins and the margins on the labels: draw, measure, draw again.
  const bare = Array.isArray(spec.x?.ticks) && spec.x.ticks.length === 0 ? 0.6 : 2;
  const bottom = fontSize * (spec.x?.label ? 3.1 : bare);
  const facet = width / Math.max(1, columns);
  let margins = {
    left: 40,
    right: 16,
    bottom,
    ratio: spec.height ?? 0.6,
    x: scale(spec, "x", facet),
    y: scale(spec, "y", width),
  };
  for (let round = 0; round < 2; round += 1) {
    const svg = drawn(margins);
    const xLabels = tickLabels(svg, "x");
    const longest = widest(xLabels, fontSize);
    const step = svg.scale("x")?.step;
    const crowded = xLabels.length > 0 && step !== undefined && longest > step - 4;
    // A turned label reaches to the left of its tick, which is half a step into the frame.
    const overhang = crowded ? widest(xLabels.slice(0, 1), fontSize) * 0.77 - step / 2 + 8 : 0;
    const last = widest(xLabels.slice(-1), fontSize) / 2 + 4;
    margins = {
      left: Math.ceil(Math.max(widest(tickLabels(svg, "y"), fontSize) + 16, overhang)),
      right: Math.ceil(crowded ? 10 : Math.max(10, last)),
      bottom: crowded ? bottom + longest * 0.64 : bottom,
      ratio: spec.equal ? (span(svg, "y") / span(svg, "x")) * panelShare(svg) : margins.ratio,
      x: {
        ...margins.x,
        ...measured(svg.scale("x"), spec.x, narrow ? 5 : 9),
        ...(crowded ? { tickRotate: -40 } : {}),
      },
      y: { ...margins.y, ...measured(svg.scale("y"), spec.y, narrow ? 5 : 8) },
    };
  }
  const svg = drawn(margins);
  const [, , , height] = (svg.getAttribute("viewBox") ?? "").split(" ").map(Number);
  const inner = {
    left: margins.left,
    top: marginTop,
    right: width - margins.right - (rows ? fontSize * 3 : 0),
    bottom: height - margins.bottom,
  };
  svg.setAttribute("data-axes", JSON.stringify(axesOf(svg, inner)));
  return svg;
}

/**
 * Where values stand in the drawing, for whoever has only the drawing: points.js.
 * @param {SVGSVGElement & Scaled} svg
 * @param {{left: number, top: number, right: number, bottom: number}} frame
 */
function axesOf(svg, { left, top, right, bottom }) {
  /** @type {(name: "x" | "y" | "fx" | "fy", start: number) => Axis | undefined} */
  const axis = (name, start) => {
    const found = /** @type {any} */ (svg.scale(name));
    if (!found) return undefined;
    const { type, exponent, constant, apply, bandwidth } = found;
    const domain = [...found.domain];
    if (bandwidth === undefined) {
      const range = [...found.range].map(hundredth);
      return { type, domain, range, exponent, constant };
    }
    const at = domain.map((value) => hundredth(apply(value) - start));
    return { names: domain, at, band: hundredth(bandwidth) };
  };
  const [fx, fy] = [axis("fx", left), axis("fy", top)];
  const across = fx && "band" in fx ? fx.band : right - left;
  const down = fy && "band" in fy ? fy.band : bottom - top;
  const frame = [left, top, left + across, top + down].map(hundredth);
  return { frame, x: axis("x", 0), y: axis("y", 0), fx, fy };
}

/**
 * What is known about an axis only once its scale exists.
 * @param {any} found
 * @param {ScaleSpec | null | undefined} spec
 * @param {number} most ticks
 */
function measured(found, spec, most) {
  if (!found) return {};
  if (found.bandwidth !== undefined) {
    const anchored = found.label == null ? {} : { labelArrow: "none" };
    return { grid: spec?.grid ?? false, ...anchored };
  }
  if (found.type !== "log" || found.base !== 10 || spec?.ticks !== undefined) return {};
  // Whole decades, and no more of them than fit; Plot's own choice crowds the grid.
  const [low, high] = [...found.domain].map(Math.log10).sort((a, b) => a - b);
  const every = Math.max(1, Math.ceil((high - low) / most));
  const ticks = [];
  for (let power = Math.ceil(low - 1e-9); power <= high + 1e-9; power += every) {
    ticks.push(10 ** power);
  }
  return ticks.length >= 2 ? { ticks } : {};
}

/**
 * @param {Scaled} scaled
 * @param {"x" | "y"} name
 */
function span(scaled, name) {
  const found = scaled.scale(name);
  if (found?.bandwidth !== undefined) return [...(found.domain ?? [])].length;
  const [low, high] = [...(found?.domain ?? [])];
  if (typeof low !== "number") throw new Error(`equal needs numbers on ${name}`);
  return Math.abs(Number(high) - low);
}

/**
 * How much of the frame's width one panel has, where figures stand side by side.
 * @param {Scaled} scaled
 */
function panelShare(scaled) {
  const found = scaled.scale("fx");
  if (found?.bandwidth === undefined) return 1;
  const [left, right] = [...(found.range ?? [])].map(Number);
  return found.bandwidth / Math.abs(right - left);
}

/**
 * How wide the widest text is, about: nothing is measured, so that Node and browsers agree.
 * @param {string[]} texts
 * @param {number} fontSize
 */
function widest(texts, fontSize) {
  return Math.max(1, ...texts.map((text) => text.length)) * fontSize * 0.58;
}

/**
 * @param {SVGSVGElement} svg
 * @param {"x" | "y"} name
 */
function tickLabels(svg, name) {
  const texts = svg.querySelectorAll(`[aria-label="${name}-axis tick label"] text`);
  return [...texts].map((text) => text.textContent ?? "");
}

/**
 * @param {MarkSpec} mark
 * @param {FigureSpec} spec
 * @param {Map<string, Series>} series
 */
function toMark(mark, spec, series) {
  const { channels = {}, series: name } = mark;
  const { color: channel } = kind(mark);
  /** @type {Record<string, any>} */
  const options = { ...channels, ...mark.options };
  for (const key of ["fill", "stroke"]) {
    const given = options[key];
    if (typeof given === "string" || given === null) options[key] = color(given);
  }
  const ink = mark.mark === "text" && name == null ? inkOnCells(mark, spec) : null;
  if (ink) {
    options.fill ??= { value: ink, scale: null };
    options.stroke ??= "none";
  }
  if (options[channel] === undefined) {
    options[channel] = name == null ? "var(--dl-fg)" : series.get(name)?.color;
    // A dot drawn as a ring has no fill of its own.
    if (channel === "fill" && typeof options.stroke === "string" && mark.mark === "dot") {
      options.fill = "none";
    }
  }
  if (spec.x?.domain || spec.y?.domain) options.clip ??= true;
  defaults(mark.mark, options);
  const length = Object.values(channels)[0]?.length ?? 0;
  if (mark.mark === "contour") return contourMark(mark, options);
  return kind(mark).make(length > 0 ? { length } : [null], options);
}

/**
 * A calm look where the spec says nothing.
 * @param {string} mark
 * @param {Record<string, any>} options
 */
function defaults(mark, options) {
  if (mark === "line") options.strokeWidth ??= 2;
  if (mark === "dot") options.r ??= 3;
  if (mark === "areaX" || mark === "areaY") options.fillOpacity ??= 0.18;
  if (mark === "rect" || mark === "rectY") {
    options.fillOpacity ??= 0.7;
    options.inset ??= 0.5;
  }
  if (mark === "barX" || mark === "barY") options.fillOpacity ??= 0.85;
  if (mark === "cell") options.inset ??= 0.5;
  if (mark === "contour" || mark === "density") options.strokeWidth ??= 1.2;
  if (mark === "arrow") {
    options.strokeWidth ??= 1.5;
    options.headLength ??= 7;
  }
  if (mark === "text") {
    options.stroke ??= "var(--dl-bg)";
    options.strokeWidth ??= 4;
    options.paintOrder = "stroke";
  }
}

/**
 * @param {FigureSpec} spec
 * @param {"x" | "y" | "fx" | "fy"} name
 * @param {number} width
 */
function scale(spec, name, width) {
  /** @type {Record<string, any>} */
  const options = { grid: name === "x" || name === "y", label: null, ...spec[name] };
  if (name === "x") options.labelAnchor = "right";
  if (name === "y") options.labelAnchor = "top";
  // Plot sorts names; the order in which they were given says more.
  const names = categories(spec, name);
  if (names.length > 0 && names.every((value) => typeof value === "string")) {
    options.domain ??= names;
  }
  // A number of ticks is meant for the wide drawing.
  if (typeof options.ticks === "number" && width < NARROW) {
    options.ticks = Math.min(options.ticks, Math.max(2, Math.floor(width / 56)));
  }
  if (options.type === "log" && (options.base ?? 10) === 10) options.tickFormat ??= decade;
  return options;
}

/**
 * Label of a power of ten, plain while it is short; others get none.
 * @param {number} value
 */
function decade(value) {
  const power = Math.round(Math.log10(value));
  if (Math.abs(value / 10 ** power - 1) > 1e-9) return String(Number(value.toPrecision(2)));
  if (power >= -3 && power <= 6) {
    return Number((10 ** power).toPrecision(1)).toLocaleString("en-US");
  }
  const digits = [...String(power)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)]));
  return `10${digits.join("")}`;
}
