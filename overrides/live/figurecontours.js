/**
 * Contours of samples on a grid, or of scattered ones.
 */

import { contour } from "@observablehq/plot";

/**
 * @typedef {import("./figurespec.js").FigureSpec} FigureSpec
 * @typedef {import("./figurespec.js").MarkSpec} MarkSpec
 * @typedef {import("./figurespec.js").Scalar} Scalar
 */

/**
 * Contours of samples. When the points form a grid its own rows and columns are used, which is
 * exact and fast; scattered points are interpolated.
 * @param {MarkSpec} mark
 * @param {Record<string, any>} options
 */
export function contourMark(mark, options) {
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
export function contourBounds(spec) {
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
