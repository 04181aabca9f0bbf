/**
 * Draws a figure spec with Observable Plot. The same code runs in the browser and, with jsdom, at
 * build time; it measures nothing on the screen, so both give the same figure.
 */

import {
  areaX,
  areaY,
  arrow,
  barX,
  barY,
  cell,
  contour,
  density,
  dot,
  frame,
  line,
  link,
  plot,
  rect,
  rectY,
  ruleX,
  ruleY,
  text,
  tickX,
  tickY,
  vector,
} from "@observablehq/plot";

/**
 * @typedef {string | number | boolean | null} Scalar
 * @typedef {{mark: string, channels: Record<string, Scalar[]>,
 *   options?: Record<string, Scalar | Scalar[]>, series?: string | null}} MarkSpec
 * @typedef {Record<string, any>} ScaleSpec
 * @typedef {{title?: string | null, alt?: string | null, height?: number | null,
 *   equal?: boolean | null, x?: ScaleSpec | null, y?: ScaleSpec | null, fx?: ScaleSpec | null,
 *   fy?: ScaleSpec | null, color?: ScaleSpec | null, marks: MarkSpec[]}} FigureSpec
 * @typedef {import("@observablehq/plot").Plot} Scaled
 * @typedef {{name: string, color: string, shape: "line" | "dot" | "area", dash: boolean}} Series
 * @typedef {import("./points.js").Axis} Axis
 */

/**
 * Every figure is drawn for one of these widths and scaled to its place, so that a run's figure
 * takes exactly the room of the build's. The build draws both; figure.css shows the one that fits.
 */
export const WIDTHS = [680, 350];
const NARROW = 480;
const SERIES_COLORS = 8;

/**
 * Each mark, where its own color goes, what its legend shows, and its word in the text alternative.
 * @typedef {{make: Function, color: "fill" | "stroke", word: string, shape: Series["shape"]}} Kind
 * @type {(make: Function, word: string, shape?: Series["shape"]) => Kind}
 */
const stroked = (make, word, shape = "line") => ({ make, color: "stroke", word, shape });
/** @type {(make: Function, word: string, shape?: Series["shape"]) => Kind} */
const filled = (make, word, shape = "area") => ({ make, color: "fill", word, shape });

/** @type {Record<string, Kind>} */
const MARKS = {
  line: stroked(line, "lines"),
  dot: filled(dot, "dots", "dot"),
  areaX: filled(areaX, "bands"),
  areaY: filled(areaY, "bands"),
  barX: filled(barX, "bars"),
  barY: filled(barY, "bars"),
  rect: filled(rect, "rectangles"),
  rectY: filled(rectY, "a histogram"),
  ruleX: stroked(ruleX, ""),
  ruleY: stroked(ruleY, ""),
  text: filled(text, "", "dot"),
  arrow: stroked(arrow, "arrows"),
  vector: stroked(vector, "arrows"),
  link: stroked(link, "segments"),
  cell: filled(cell, "a heat map"),
  contour: stroked(contour, "contours"),
  density: stroked(density, "density contours"),
  tickX: stroked(tickX, "ticks"),
  tickY: stroked(tickY, "ticks"),
};

const CHANNELS = new Set(
  `x x1 x2 y y1 y2 z fx fy fill stroke fillOpacity strokeOpacity strokeWidth opacity r text symbol
  length rotate value weight fontSize title`.split(/\s+/),
);
const OPTIONS = new Set(
  `fill stroke fillOpacity strokeOpacity strokeWidth opacity strokeDasharray strokeLinecap
  strokeLinejoin curve tension r symbol length rotate anchor shape dx dy text textAnchor lineAnchor
  lineWidth lineHeight fontSize fontWeight fontStyle frameAnchor inset insetTop insetRight
  insetBottom insetLeft rx ry bend headAngle headLength sweep bandwidth thresholds interval
  interpolate width height blur smooth clip marker markerStart markerMid markerEnd order offset
  x x1 x2 y y1 y2`.split(/\s+/),
);
const SCALE_OPTIONS = new Set(
  `label type domain nice zero ticks tickFormat grid reverse base scheme percent padding clamp pivot
  constant exponent`.split(/\s+/),
);
const FIGURE_KEYS = new Set("title alt height equal x y fx fy color marks".split(" "));
const SCHEMES = /** @type {Record<string, "sequential" | "diverging">} */ ({
  sequential: "sequential",
  blues: "sequential",
  diverging: "diverging",
  rdbu: "diverging",
});
const COLOR_NAMES = { fg: "var(--dl-fg)", muted: "var(--dl-muted)", bg: "var(--dl-bg)" };
const PLAIN_COLOR = /^(none|currentColor|[a-z]{3,24}|#[0-9a-f]{3,8})$/i;

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

// Checking

/** @param {FigureSpec} spec */
function checkFigure(spec) {
  for (const key of Object.keys(spec)) {
    if (!FIGURE_KEYS.has(key)) throw new Error(`a figure does not know ${JSON.stringify(key)}`);
  }
  if (!Array.isArray(spec.marks) || spec.marks.length === 0) {
    throw new Error("a figure needs at least one mark");
  }
  for (const name of /** @type {const} */ (["x", "y", "fx", "fy", "color"])) {
    for (const key of Object.keys(spec[name] ?? {})) {
      if (SCALE_OPTIONS.has(key)) continue;
      const known = list(SCALE_OPTIONS);
      throw new Error(`${name} does not know ${JSON.stringify(key)}; it takes ${known}`);
    }
  }
  const scheme = spec.color?.scheme;
  if (scheme != null && !(scheme in SCHEMES)) {
    const known = list(Object.keys(SCHEMES));
    throw new Error(`color.scheme ${JSON.stringify(scheme)} is none of ${known}`);
  }
  const painted = spec.color?.type === "identity";
  for (const [i, mark] of spec.marks.entries()) {
    checkMark(mark, `mark ${i + 1} (${mark.mark})`, painted);
  }
}

/** @param {MarkSpec} mark @param {string} where @param {boolean} painted its values are colors */
function checkMark(mark, where, painted) {
  if (!(mark.mark in MARKS)) {
    throw new Error(`${where}: there is no such mark; there are ${list(Object.keys(MARKS))}`);
  }
  let length = -1;
  let first = "";
  for (const [name, values] of Object.entries(mark.channels ?? {})) {
    if (!CHANNELS.has(name)) {
      throw new Error(`${where}: no channel ${JSON.stringify(name)}; there are ${list(CHANNELS)}`);
    }
    if (!Array.isArray(values)) throw new Error(`${where}: channel ${name} is not a list`);
    if (length === -1) [length, first] = [values.length, name];
    if (values.length !== length) {
      throw new Error(`${where}: ${name} has ${values.length} values, ${first} has ${length}`);
    }
    const wrong = painted && /^(fill|stroke)$/.test(name)
      ? values.find((value) => !PLAIN_COLOR.test(String(value)))
      : undefined;
    if (wrong !== undefined) {
      throw new Error(`${where}: ${name} ${JSON.stringify(wrong)} is not a color`);
    }
  }
  for (const [name, value] of Object.entries(mark.options ?? {})) {
    if (!OPTIONS.has(name)) {
      throw new Error(`${where}: no option ${JSON.stringify(name)}; there are ${list(OPTIONS)}`);
    }
    const plain = value === null || Array.isArray(value) || typeof value !== "object";
    if (!plain || typeof value === "function") {
      throw new Error(`${where}: option ${name} must be a plain value`);
    }
    if ((name === "fill" || name === "stroke") && color(value) === undefined) {
      throw new Error(`${where}: ${name} ${JSON.stringify(value)} is not a color`);
    }
  }
}

/** @param {Iterable<string>} names */
function list(names) {
  return [...names].join(", ");
}

// Colors and series

/**
 * @param {unknown} value
 * @returns {string | undefined}
 */
function color(value) {
  if (value === null) return "none";
  if (typeof value !== "string") return undefined;
  if (/^c[1-8]$/.test(value)) return `var(--dl-${value})`;
  if (value in COLOR_NAMES) return COLOR_NAMES[/** @type {keyof typeof COLOR_NAMES} */ (value)];
  if (value === "value" || value === "density") return value;
  return PLAIN_COLOR.test(value) ? value : undefined;
}

/** @param {MarkSpec} mark */
function kind({ mark }) {
  return MARKS[mark];
}

/** @param {FigureSpec} spec */
function seriesOf(spec) {
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

// Drawing

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
 * Text that stands on cells is drawn in the page's color on the strong ones.
 * @param {MarkSpec} text
 * @param {FigureSpec} spec
 */
function inkOnCells(text, spec) {
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
 * Contours of samples. When the points form a grid its own rows and columns are used, which is
 * exact and fast; scattered points are interpolated.
 * @param {MarkSpec} mark
 * @param {Record<string, any>} options
 */
function contourMark(mark, options) {
  const { channels } = mark;
  const { x, y, value, ...rest } = options;
  const samples = channels.value ?? channels.fill ?? channels.stroke;
  if (!samples) throw new Error("contour needs a channel value");
  /** @type {Record<string, any>} */
  const paint = {};
  for (const key of ["fill", "stroke"]) {
    // Plot colors contours by their level when the color is the word "value".
    if (rest[key] !== undefined) paint[key] = Array.isArray(rest[key]) ? "value" : rest[key];
  }
  if (paint.fill === "value" && mark.options?.stroke === undefined) paint.stroke = "none";
  const shared = { ...rest, ...paint, clip: true };
  const grid = gridOf(mark, samples);
  if (!grid) {
    const data = { length: samples.length };
    return contour(data, { interpolate: "barycentric", ...shared, x, y, value: samples });
  }
  const { values, xs, ys } = grid;
  return contour(values, {
    ...shared,
    value: values,
    width: xs.count,
    height: ys.count,
    // The samples sit in the middle of Plot's pixels, so the extent is half a step wider.
    x1: xs.min - xs.step / 2,
    x2: xs.max + xs.step / 2,
    y1: ys.min - ys.step / 2,
    y2: ys.max + ys.step / 2,
  });
}

/**
 * The extent of the samples of contours on a grid, and of what else is drawn: half a step further out is no data.
 * @param {FigureSpec} spec
 */
function contourBounds(spec) {
  const mark = spec.marks.find((each) => each.mark === "contour");
  const grid = mark && gridOf(mark, mark.channels?.value ?? mark.channels?.x ?? []);
  if (!grid) return null;
  /** @type {(name: "x" | "y", axis: {min: number, max: number}) => {domain: [number, number]}} */
  const bounds = (name, { min, max }) => {
    const columns = [name, `${name}1`, `${name}2`].flatMap((each) => spec.marks.map(({ channels }) => channels?.[each]));
    const others = columns.flatMap((column) => column ?? []).map(Number).filter(Number.isFinite);
    const extend = (/** @type {[number, number]} */ [low, high], /** @type {number} */ value) =>
      /** @type {[number, number]} */ ([Math.min(low, value), Math.max(high, value)]);
    return { domain: others.reduce(extend, [Math.min(min, max), Math.max(min, max)]) };
  };
  return { x: bounds("x", grid.xs), y: bounds("y", grid.ys) };
}

/**
 * The samples of a contour mark by row and column: of a grid that its options describe, or of points that form one.
 * @param {MarkSpec} mark
 * @param {Scalar[]} samples
 */
function gridOf({ channels, options }, samples) {
  if (channels?.x || !options?.width) return regularGrid(channels?.x, channels?.y, samples);
  const { width, height, x1, x2, y1, y2 } = /** @type {Record<string, number>} */ (options);
  /** @type {(count: number, from: number, to: number) => {min: number, max: number, step: number, count: number}} */
  const middles = (count, from, to) => {
    const step = (to - from) / count;
    return { min: from + step / 2, max: to - step / 2, step, count };
  };
  return { values: samples, xs: middles(width, x1, x2), ys: middles(height, y1, y2) };
}

/**
 * @param {Scalar[] | undefined} x
 * @param {Scalar[] | undefined} y
 * @param {Scalar[]} samples
 */
function regularGrid(x, y, samples) {
  if (!x || !y) return null;
  const xs = axis(x);
  const ys = axis(y);
  if (!xs || !ys || xs.count * ys.count !== samples.length) return null;
  const values = new Array(samples.length).fill(NaN);
  for (const [i, sample] of samples.entries()) {
    values[ys.index(Number(y[i])) * xs.count + xs.index(Number(x[i]))] = sample;
  }
  return { values, xs, ys };
}

/**
 * The distinct values of a column, when they are evenly spaced.
 * @param {Scalar[]} column
 */
function axis(column) {
  const distinct = [...new Set(column.map(Number))].sort((a, b) => a - b);
  const count = distinct.length;
  if (count < 2 || !distinct.every(Number.isFinite)) return null;
  const [min, max] = [distinct[0], distinct[count - 1]];
  const step = (max - min) / (count - 1);
  const even = distinct.every((value, i) => Math.abs(value - min - i * step) < step * 1e-3);
  if (!even) return null;
  const index = (/** @type {number} */ value) => Math.round((value - min) / step);
  return { min, max, step, count, index };
}

// Scales

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
 * The distinct values that a facet scale, or an axis of names, has.
 * @param {FigureSpec} spec
 * @param {"x" | "y" | "fx" | "fy"} name
 */
function categories(spec, name) {
  /** @type {Set<Scalar>} */
  const found = new Set();
  for (const { channels } of spec.marks) {
    for (const value of channels?.[name] ?? []) found.add(value);
  }
  return [...found];
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

/** Whether a mark has its color from data. @param {FigureSpec} spec */
function usesColor(spec) {
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
function colorScale(spec) {
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

// Around the drawing

/**
 * @param {Map<string, Series>} series
 * @param {Scaled} scaled
 * @param {Document} document
 */
function legend(series, scaled, document) {
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
function colorRamp(spec, scaled, document) {
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

/**
 * What the figure shows, in words.
 * @param {FigureSpec} spec
 * @param {Map<string, Series>} series
 * @param {Scaled} scaled
 */
function alternative(spec, series, scaled) {
  if (spec.alt) return spec.alt;
  const parts = [spec.title || "Figure", kindsOf(spec)];
  for (const name of /** @type {const} */ (["x", "y"])) {
    const domain = scaled.scale(name)?.domain;
    if (!domain) continue;
    const values = [...domain];
    const label = spec[name]?.label ?? name;
    const [low, high] = [values[0], values[values.length - 1]];
    if (typeof low === "number" && typeof high === "number") {
      const [least, most] = [low, high].sort((a, b) => a - b).map(number);
      const log = scaled.scale(name)?.type === "log" ? ", logarithmic" : "";
      parts.push(`${label} from ${least} to ${most}${log}`);
    } else {
      parts.push(`${label}: ${values.slice(0, 12).join(", ")}${values.length > 12 ? " …" : ""}`);
    }
  }
  const colors = [...(scaled.scale("color")?.domain ?? [])];
  if (colors.length > 0 && colors.every((value) => typeof value === "number")) {
    const ends = `${number(Math.min(...colors))} to ${number(Math.max(...colors))}`;
    parts.push(`Color: ${spec.color?.label ?? "value"} from ${ends}`);
  }
  for (const name of /** @type {const} */ (["fx", "fy"])) {
    const panels = categories(spec, name);
    if (panels.length > 0) parts.push(`Panels: ${panels.join("; ")}`);
  }
  if (series.size > 0) parts.push(`Series: ${[...series.keys()].join("; ")}`);
  return `${parts.filter(Boolean).join(". ")}.`;
}

/** What is drawn, as "Dots and lines". @param {FigureSpec} spec */
function kindsOf(spec) {
  const words = spec.marks.map(({ mark }) => kind({ mark, channels: {} }).word);
  const distinct = [...new Set(words)].filter(Boolean);
  const text = distinct.join(", ").replace(/, ([^,]*)$/, " and $1");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {unknown} value */
function number(value) {
  if (typeof value !== "number") return String(value);
  const text = String(Number(value.toPrecision(3)));
  return text.replace("-", "−");
}

// After Plot

const REFERENCES = "clip-path marker-start marker-mid marker-end fill stroke".split(" ");
const GEOMETRY = "d x y x1 y1 x2 y2 cx cy r rx ry width height points transform".split(" ");
/** A path of many points is written in tenths of a pixel, each point from the one before. */
const LONG = 500;
const STRAIGHT = /^[MLZ\d.,-]+$/;
const NUMBER = /-?\d*\.\d+(?:e[-+]?\d+)?|-?\d+e[-+]?\d+/gi;

/**
 * Rounds the geometry to hundredths of a pixel, takes out Plot's style sheet (ours is in
 * figure.css), and makes ids unique on a page with several figures.
 * @param {SVGSVGElement} svg
 * @param {string} seed
 */
function tidy(svg, seed) {
  svg.querySelector("style")?.remove();
  // Plot names the parts of a drawing in a place that is for readers' aids; the whole has its own text there.
  for (const part of svg.querySelectorAll("g[aria-label]")) {
    part.setAttribute("data-mark", part.getAttribute("aria-label") ?? "");
    part.removeAttribute("aria-label");
  }
  for (const element of svg.querySelectorAll("*")) {
    for (const name of GEOMETRY) {
      const value = element.getAttribute(name);
      if (value === null) continue;
      const long = name === "d" && value.length > LONG && STRAIGHT.test(value);
      const rounded = long ? compact(value) : value.replace(NUMBER, hundredths);
      if (rounded !== value) element.setAttribute(name, rounded);
    }
  }
  const prefix = `dl-${hash(seed)}`;
  for (const [i, element] of [...svg.querySelectorAll("[id]")].entries()) {
    const old = element.id;
    element.id = `${prefix}-${i}`;
    for (const name of REFERENCES) {
      for (const user of svg.querySelectorAll(`[${name}="url(#${old})"]`)) {
        user.setAttribute(name, `url(#${element.id})`);
      }
    }
  }
}

/** @param {string} text a number; −0 becomes 0 */
function hundredths(text) {
  return String(hundredth(Number(text)));
}

/** @param {string} path of straight lines */
function compact(path) {
  let [x, y] = [0, 0];
  /** @param {number} tenths */
  const short = (tenths) => String(tenths / 10).replace(/^(-?)0\./, "$1.");
  let last = "";
  return path.replace(/([ML])([^,]+),([^MLZ]+)/g, (_, command, toX, toY) => {
    const [nextX, nextY] = [toX, toY].map((text) => Math.round(Number(text) * 10));
    const [dx, dy] = command === "M" ? [nextX, nextY] : [nextX - x, nextY - y];
    const begin = command === "M" ? "M" : last === "L" ? " " : "l";
    [x, y, last] = [nextX, nextY, command];
    return `${begin}${short(dx)},${short(dy)}`;
  });
}

/** @param {number} value */
function hundredth(value) {
  return Math.round(value * 100) / 100 || 0;
}

/** FNV-1a. @param {string} text */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return (value >>> 0).toString(36);
}
