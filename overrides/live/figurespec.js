/**
 * What a figure spec may say: its marks, channels, options and colors, and a sentence for whatever else it says.
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
  line,
  link,
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
 * @typedef {"line" | "dot" | "area"} Shape what a legend shows
 */

/**
 * Each mark, where its own color goes, what its legend shows, and its word in the text alternative.
 * @typedef {{make: Function, color: "fill" | "stroke", word: string, shape: Shape}} Kind
 * @type {(make: Function, word: string, shape?: Shape) => Kind}
 */
const stroked = (make, word, shape = "line") => ({ make, color: "stroke", word, shape });
/** @type {(make: Function, word: string, shape?: Shape) => Kind} */
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
export const SCHEMES = /** @type {Record<string, "sequential" | "diverging">} */ ({
  sequential: "sequential",
  blues: "sequential",
  diverging: "diverging",
  rdbu: "diverging",
});
const COLOR_NAMES = { fg: "var(--dl-fg)", muted: "var(--dl-muted)", bg: "var(--dl-bg)" };
const PLAIN_COLOR = /^(none|currentColor|[a-z]{3,24}|#[0-9a-f]{3,8})$/i;

/** @param {FigureSpec} spec */
export function checkFigure(spec) {
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

/**
 * @param {unknown} value
 * @returns {string | undefined}
 */
export function color(value) {
  if (value === null) return "none";
  if (typeof value !== "string") return undefined;
  if (/^c[1-8]$/.test(value)) return `var(--dl-${value})`;
  if (value in COLOR_NAMES) return COLOR_NAMES[/** @type {keyof typeof COLOR_NAMES} */ (value)];
  if (value === "value" || value === "density") return value;
  return PLAIN_COLOR.test(value) ? value : undefined;
}

/** @param {MarkSpec} mark */
export function kind({ mark }) {
  return MARKS[mark];
}

/**
 * The distinct values that a facet scale, or an axis of names, has.
 * @param {FigureSpec} spec
 * @param {"x" | "y" | "fx" | "fy"} name
 */
export function categories(spec, name) {
  /** @type {Set<Scalar>} */
  const found = new Set();
  for (const { channels } of spec.marks) {
    for (const value of channels?.[name] ?? []) found.add(value);
  }
  return [...found];
}
