/**
 * Where a figure's data stand in its drawing, and which of them a pointer or a key means. Knows
 * the spec and the axes that figure.js wrote down, and nothing of the page.
 */

/**
 * @typedef {import("./figurespec.js").FigureSpec} FigureSpec
 * @typedef {import("./figurespec.js").MarkSpec} MarkSpec
 * @typedef {import("./figurespec.js").Scalar} Scalar
 * @typedef {{type: string, domain: number[], range: number[], exponent?: number,
 *   constant?: number} | {names: Scalar[], at: number[], band: number}} Axis
 * @typedef {{frame: number[], x?: Axis, y?: Axis, fx?: Axis, fy?: Axis}} Axes
 * @typedef {{x: Scalar[], y: Scalar[], value?: Scalar, panel: Scalar[]}} Values
 * @typedef {{values: Values, at: [number, number], box: number[]}} Point
 * A point's box is from left, top to right, bottom; `at` is where its tip stands.
 * @typedef {"curve" | "plane" | "segment" | "box"} Reach
 * @typedef {{name: string | null, mark: number, reach: Reach, side: "" | "X" | "Y",
 *   panel: number[], points: Point[], steady: boolean}} Track
 * The points of one mark in one panel, or a row of a grid. `steady` when they go to the right.
 */

/** How a pointer finds the points of a mark. @type {Record<string, Reach>} */
const REACH = {
  line: "curve",
  areaX: "curve",
  areaY: "curve",
  ruleX: "segment",
  ruleY: "segment",
  link: "segment",
  arrow: "segment",
  barX: "box",
  barY: "box",
  rect: "box",
  rectY: "box",
  cell: "box",
};
const NEAR = 40; // as far as a dot is felt
const NEAR_RULE = 8;
const NEAR_ACROSS = 100; // a line of two points is not told from its middle

/**
 * Where a value stands on an axis.
 * @param {Axis | undefined} axis
 * @param {Scalar | undefined} value
 */
export function position(axis, value) {
  if (!axis || value == null) return NaN;
  if ("names" in axis) {
    const i = axis.names.indexOf(value);
    return i < 0 ? NaN : axis.at[i] + axis.band / 2;
  }
  if (typeof value === "string" && value.trim() === "") return NaN;
  const { type, exponent = 1, constant = 1, domain, range } = axis;
  /** @param {number} v */
  const warp = (v) => {
    if (type === "log") return Math.log(Math.abs(v));
    if (type === "symlog") return Math.sign(v) * Math.log1p(Math.abs(v / constant));
    if (type === "sqrt") return Math.sign(v) * Math.sqrt(Math.abs(v));
    if (type === "pow") return Math.sign(v) * Math.abs(v) ** exponent;
    return v;
  };
  const number = Number(value);
  if (type === "log" && number * domain[0] <= 0) return NaN;
  const [low, high, at] = [domain[0], domain[domain.length - 1], number].map(warp);
  return range[0] + ((at - low) / (high - low)) * (range[1] - range[0]);
}

/**
 * A mark's columns, those included that its options make: a constant, or the grid of a contour.
 * @param {MarkSpec} mark
 */
export function columnsOf({ mark, channels = {}, options = {} }) {
  const length = Object.values(channels)[0]?.length ?? 1;
  /** @type {Record<string, Scalar[]>} */
  const columns = { ...channels };
  if (mark === "contour" && !channels.x) {
    const { width, height, x1, x2, y1, y2 } = /** @type {Record<string, number>} */ (options);
    /** @type {(i: number, n: number, from: number, to: number) => number} */
    const middle = (i, n, from, to) => Number((from + ((i + 0.5) * (to - from)) / n).toPrecision(6));
    const index = Array.from({ length }, (_, i) => i);
    columns.x = index.map((i) => middle(i % width, width, x1, x2));
    columns.y = index.map((i) => middle(Math.floor(i / width), height, y1, y2));
  } else if (mark !== "contour") {
    for (const name of ["x", "x1", "x2", "y", "y1", "y2"]) {
      const value = options[name];
      if (value != null && !Array.isArray(value)) columns[name] ??= Array(length).fill(value);
    }
  }
  const value = ["value", "fill", "stroke"].find((name) => columns[name]);
  if (value && mark !== "text") columns.value = columns[value];
  return columns;
}

/**
 * @param {FigureSpec} spec
 * @param {Axes} axes
 * @returns {Track[]}
 */
export function tracksOf(spec, axes) {
  return spec.marks.flatMap((mark, i) => (mark.mark === "text" ? [] : tracksOfMark(mark, i, axes)));
}

/** @param {MarkSpec} mark @param {number} index @param {Axes} axes */
function tracksOfMark(mark, index, axes) {
  const columns = columnsOf(mark);
  const length = Object.values(columns)[0]?.length ?? 0;
  const reach = REACH[mark.mark] ?? "plane";
  const side = /** @type {Track["side"]} */ (/[XY]$/.exec(mark.mark)?.[0] ?? "");
  const grid = mark.mark === "cell" || mark.mark === "contour";
  /** @type {Map<string, Track>} */
  const tracks = new Map();
  for (let i = 0; i < length; i += 1) {
    /** @type {(...names: string[]) => Scalar[]} */
    const pick = (...names) => names.filter((n) => columns[n]).map((n) => columns[n][i]);
    const [ends1, ends2] = [pick("x1", "x2"), pick("y1", "y2")];
    /** @type {Values} */
    const values = {
      x: ends1.length > 0 ? ends1 : pick("x"),
      y: ends2.length > 0 ? ends2 : pick("y"),
      value: columns.value?.[i],
      panel: pick("fx", "fy"),
    };
    const panel = panelOf(axes, columns.fx?.[i], columns.fy?.[i]);
    const point = panel && pointOf(values, panel, { mark: mark.mark, side, reach, axes });
    if (!panel || !point) continue;
    const key = JSON.stringify([panel, grid ? values.y : 0]);
    const track = tracks.get(key) ??
      { name: mark.series ?? null, mark: index, reach, side, panel, points: [], steady: true };
    tracks.set(key, track);
    track.points.push(point);
  }
  for (const track of tracks.values()) order(track);
  return [...tracks.values()];
}

/**
 * Left to right; a curve keeps its own way, which may turn.
 * @param {Track} track
 */
function order(track) {
  const { points, reach } = track;
  if (reach === "curve") {
    if (points.length > 1 && points[0].at[0] > points[points.length - 1].at[0]) points.reverse();
    track.steady = points.every(({ at }, i) => i === 0 || at[0] >= points[i - 1].at[0]);
  } else points.sort((a, b) => a.at[0] - b.at[0] || b.at[1] - a.at[1]);
}

/**
 * How far a panel is from where the axes stand, and its frame; null when there is none.
 * @param {Axes} axes
 * @param {Scalar | undefined} fx
 * @param {Scalar | undefined} fy
 */
function panelOf({ frame, fx: across, fy: down }, fx, fy) {
  /** @type {(axis: Axis | undefined, value: Scalar | undefined) => number} */
  const offset = (axis, value) => {
    if (!axis || !("names" in axis) || value === undefined) return 0;
    return axis.at[axis.names.indexOf(value)] ?? NaN;
  };
  const [dx, dy] = [offset(across, fx), offset(down, fy)];
  if (Number.isNaN(dx + dy)) return null;
  return [frame[0] + dx, frame[1] + dy, frame[2] + dx, frame[3] + dy];
}

/**
 * @param {Values} values
 * @param {number[]} panel
 * @param {{mark: string, side: string, reach: Reach, axes: Axes}} kind
 * @returns {Point | null} null for what is missing, or outside of the frame
 */
function pointOf(values, panel, { mark, side, reach, axes }) {
  const offset = [panel[0] - axes.frame[0], panel[1] - axes.frame[1]];
  /** @type {(name: "x" | "y", which: 0 | 1) => number[]} */
  const extent = (name, which) => {
    const axis = axes[name];
    const given = values[name];
    const found = given.map((value) => position(axis, value) + offset[which]);
    if (found.length === 2) return found;
    if (found.length === 0) return which === 0 ? [panel[0], panel[2]] : [panel[3], panel[1]];
    if (axis && "names" in axis && reach === "box") {
      return [found[0] - axis.band / 2, found[0] + axis.band / 2];
    }
    // A bar and an area stand on zero, or on the frame where there is none.
    const stands = reach === "box" || /^area/.test(mark);
    if (!stands || side !== name.toUpperCase()) return [found[0], found[0]];
    const edge = which === 0 ? panel[0] : panel[3];
    const zero = position(axis, 0) + offset[which];
    return [Number.isNaN(zero) ? edge : zero, found[0]];
  };
  const [xs, ys] = [extent("x", 0), extent("y", 1)];
  if ([...xs, ...ys].some(Number.isNaN)) return null;
  const middle = (/** @type {number[]} */ [a, b]) => (a + b) / 2;
  /** @type {[number, number]} */
  const at = [middle(xs), middle(ys)];
  if (reach === "box" && side === "Y") at[1] = Math.min(...ys);
  if (reach === "box" && side === "X") at[0] = Math.max(...xs);
  if (mark === "areaY") at[1] = ys[1];
  if (mark === "areaX") at[0] = xs[1];
  // A segment keeps its direction.
  const box = reach === "segment"
    ? [xs[0], ys[0], xs[1], ys[1]]
    : [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  if (reach !== "segment" && !meets(panel, box)) return null;
  at[0] = clamp(at[0], panel[0], panel[2]);
  at[1] = clamp(at[1], panel[1], panel[3]);
  return { values, at, box };
}

/** @param {number[]} panel @param {number[]} box */
function meets([left, top, right, bottom], box) {
  return box[2] > left - 1 && box[0] < right + 1 && box[3] > top - 1 && box[1] < bottom + 1;
}

/** @param {number} value @param {number} low @param {number} high */
function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}

// The pointer

/**
 * The point that a pointer means: of a curve the nearest across, of dots the nearest in the plane,
 * of bars and cells the one below the pointer.
 * @param {Track[]} tracks
 * @param {number} x
 * @param {number} y
 * @returns {[number, number] | null} the track's and the point's index
 */
export function nearest(tracks, x, y) {
  let least = Infinity;
  /** @type {[number, number] | null} */
  let found = null;
  for (const [t, track] of tracks.entries()) {
    const [left, top, right, bottom] = track.panel;
    if (x < left - 8 || x > right + 8 || y < top - 8 || y > bottom + 8) continue;
    const [i, far] = SEARCH[track.reach](track, x, y);
    if (i < 0 || far >= least) continue;
    least = far;
    found = [t, i];
  }
  return found;
}

/** @type {Record<Reach, (track: Track, x: number, y: number) => [number, number]>} */
const SEARCH = {
  plane: ({ points }, x, y) => {
    const [i, far] = smallest(points, ({ at }) => Math.hypot(at[0] - x, at[1] - y));
    return far < NEAR ? [i, far] : [-1, far];
  },
  curve: ({ points, steady }, x, y) => {
    if (!steady) return smallest(points, ({ at }) => Math.hypot(at[0] - x, at[1] - y));
    const [i, aside] = smallest(points, ({ at }) => Math.abs(at[0] - x));
    if (aside > NEAR_ACROSS) return [-1, Infinity];
    // How far the curve is at the pointer, not at the point: its points may be far apart.
    const { at, box } = points[i];
    const other = points[at[0] <= x ? i + 1 : i - 1];
    const share = other && other.at[0] !== at[0] ? (x - at[0]) / (other.at[0] - at[0]) : 0;
    const height = other ? at[1] + clamp(share, 0, 1) * (other.at[1] - at[1]) : at[1];
    const lower = box[1] + box[3] - at[1]; // of a band, the other edge
    const far = Math.min(Math.abs(height - y), Math.abs(lower - y));
    return [i, Math.hypot(far, aside)];
  },
  segment: ({ points, side }, x, y) => {
    const [i, far] = smallest(points, ({ box }) => toSegment(box, x, y));
    return far < NEAR_RULE ? [i, far + (side ? 2 : 0)] : [-1, far];
  },
  box: ({ points, side }, x, y) => {
    const [i, far] = smallest(points, ({ at, box }) => {
      const across = side === "X" || (x >= box[0] && x <= box[2]);
      const down = side === "Y" || (y >= box[1] && y <= box[3]);
      if (!across || !down) return Infinity;
      return side === "" ? 0 : Math.abs(side === "Y" ? at[1] - y : at[0] - x);
    });
    return far === Infinity ? [-1, far] : [i, far];
  },
};

/** @param {Point[]} points @param {(point: Point) => number} measure @returns {[number, number]} */
function smallest(points, measure) {
  let [index, least] = [-1, Infinity];
  for (let i = 0; i < points.length; i += 1) {
    const value = measure(points[i]);
    if (value < least) [index, least] = [i, value];
  }
  return [index, least];
}

/** @param {number[]} segment @param {number} x @param {number} y */
function toSegment([x1, y1, x2, y2], x, y) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const share = length && clamp(((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length, 0, 1);
  return Math.hypot(x1 + share * (x2 - x1) - x, y1 + share * (y2 - y1) - y);
}

// The keys

/**
 * Where a key leads: along the series, or to the next one at the same place.
 * @param {Track[]} tracks
 * @param {[number, number] | null} from nothing before the first key
 * @param {string} key
 * @returns {[number, number] | null} null for other keys
 */
export function step(tracks, from, key) {
  if (!/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(key) || tracks.length === 0) return null;
  const [t, i] = from && tracks[from[0]]?.points[from[1]] ? from : [0, -1];
  const last = tracks[t].points.length - 1;
  if (key === "Home" || i < 0) return [t, key === "End" ? last : 0];
  if (key === "End") return [t, last];
  if (key === "ArrowLeft") return [t, Math.max(0, i - 1)];
  if (key === "ArrowRight") return [t, Math.min(last, i + 1)];
  const { at } = tracks[t].points[i];
  // A row of a grid goes to the row above it, as seen; else series follow as they were given.
  const grid = tracks.filter(({ mark }) => mark === tracks[t].mark).length > 1;
  const rows = [...tracks.keys()];
  if (grid) rows.sort((a, b) => tracks[a].mark - tracks[b].mark || height(tracks[a]) - height(tracks[b]));
  const next = rows[rows.indexOf(t) + (key === "ArrowUp" ? -1 : 1)];
  if (next === undefined) return [t, i];
  const away = tracks[next].panel[0] - tracks[t].panel[0];
  const [j] = smallest(tracks[next].points, (p) => Math.abs(p.at[0] - away - at[0]));
  return [next, j];
}

/** @param {Track} track */
function height({ points, panel }) {
  return panel[0] * 1e4 + points[0].at[1];
}

// Numbers

/**
 * A value as the tip shows it: as exact as the axis can be read.
 * @param {Scalar | undefined} value
 * @param {Axis} [axis]
 */
export function format(value, axis) {
  if (typeof value !== "number") return String(value ?? "");
  let text = value.toPrecision(4);
  if (axis && !("names" in axis) && axis.type !== "log") {
    const span = Math.abs(axis.domain[axis.domain.length - 1] - axis.domain[0]) || 1;
    const decimals = clamp(3 - Math.floor(Math.log10(span)), 0, 20);
    const fixed = value.toFixed(decimals);
    if (Number(fixed) !== 0 || value === 0) text = fixed;
  }
  const short = Number(text);
  const size = Math.abs(short);
  if (size !== 0 && (size < 1e-4 || size >= 1e10)) {
    const [digits, power] = short.toExponential().split("e");
    const raised = [...String(Number(power))].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)]));
    return `${digits}×10${raised.join("")}`.replace("-", "−");
  }
  const grouped = short.toLocaleString("en", { maximumFractionDigits: 20, useGrouping: size >= 1e4 });
  return grouped.replace("-", "−");
}

/**
 * What a tip says: label and value, line by line.
 * @param {Track} track
 * @param {Point} point
 * @param {FigureSpec} spec
 * @param {Axes} axes
 * @returns {[string, string][]}
 */
export function linesOf(track, { values }, spec, axes) {
  /** @type {(axis: Axis | undefined, given: Scalar[]) => string} */
  const range = (axis, given) => [...new Set(given.map((v) => format(v, axis)))].join(" to ");
  /** @type {[string, string][]} */
  const lines = [];
  const panels = /** @type {const} */ (["fx", "fy"]).filter((name) => axes[name]);
  for (const [i, value] of values.panel.entries()) {
    lines.push([spec[panels[i]]?.label ?? "panel", String(value)]);
  }
  if (values.x.length > 0) lines.push([spec.x?.label ?? "x", range(axes.x, values.x)]);
  if (values.y.length > 0) lines.push([spec.y?.label ?? "y", range(axes.y, values.y)]);
  if (values.value !== undefined) {
    lines.push([spec.color?.label ?? "value", format(values.value)]);
  }
  return lines;
}
