/**
 * The tip of a figure: a mark at one point of the drawing, and beside it what stands there.
 */

import { make } from "./dom.js";
import { linesOf } from "./points.js";

/**
 * @typedef {import("./points.js").Track} Track
 * @typedef {import("./points.js").Point} Point
 */

const SVG = "http://www.w3.org/2000/svg";
const GAP = 10;

/**
 * @param {HTMLElement} figure
 * @param {SVGSVGElement} svg
 * @param {Track} track
 * @param {Point} point
 * @param {{spec: import("./figurespec.js").FigureSpec, axes: import("./points.js").Axes}} data
 * @returns {{text: string, remove: () => void}}
 */
export function showTip(figure, svg, track, point, { spec, axes }) {
  const { ownerDocument: document } = figure;
  const color = colorOf(figure, track.name);
  const mark = markAt(document, track, point, color);
  svg.append(mark);

  const tip = make(document, "div", "dl-tip");
  tip.setAttribute("aria-hidden", "true"); // the keys' tips are announced
  const lines = linesOf(track, point, spec, axes);
  if (track.name) {
    const name = make(document, "div", "dl-tip-name", track.name);
    if (color) name.style.setProperty("--dl-swatch", color);
    tip.append(name);
  }
  const grid = make(document, "div", "dl-tip-values");
  for (const [label, value] of lines) {
    grid.append(make(document, "span", "dl-tip-label", label), make(document, "span", "", value));
  }
  tip.append(grid);
  figure.append(tip);
  place(figure, svg, tip, point);
  const said = lines.map(([label, value]) => `${label} ${value}`).join(", ");
  return {
    text: track.name ? `${track.name}: ${said}` : said,
    remove: () => {
      tip.remove();
      mark.remove();
    },
  };
}

/** The legend knows which color a series has. @param {HTMLElement} figure @param {string | null} name */
function colorOf(figure, name) {
  for (const item of name === null ? [] : figure.querySelectorAll(".dl-legend li")) {
    const swatch = /** @type {HTMLElement} */ (item.firstElementChild);
    if (item.textContent === name) return swatch.style.getPropertyValue("--dl-swatch");
  }
  return "";
}

/** @param {Document} document @param {Track} track @param {Point} point @param {string} color */
function markAt(document, { reach }, { at, box }, color) {
  const boxed = reach === "box";
  const shape = document.createElementNS(SVG, boxed ? "rect" : "circle");
  const [left, top, right, bottom] = box;
  /** @type {[string, string | number][]} */
  const attributes = boxed
    ? [["x", left], ["y", top], ["width", right - left], ["height", bottom - top]]
    : [["cx", at[0]], ["cy", at[1]], ["r", 4.5]];
  for (const [name, value] of attributes) shape.setAttribute(name, String(value));
  shape.setAttribute("class", `dl-tip-mark ${boxed ? "dl-tip-box" : ""}`);
  if (color) shape.style.setProperty("--dl-swatch", color);
  return shape;
}

/**
 * Above the point and to its right, where there is room: the cell cuts off what leaves it.
 * @param {HTMLElement} figure
 * @param {SVGSVGElement} svg
 * @param {HTMLElement} tip
 * @param {Point} point
 */
function place(figure, svg, tip, { at, box }) {
  const [frame, drawing] = [figure.getBoundingClientRect(), svg.getBoundingClientRect()];
  const scale = drawing.width / (svg.viewBox?.baseVal?.width || drawing.width || 1);
  const x = drawing.left - frame.left + at[0] * scale;
  const y = drawing.top - frame.top + at[1] * scale;
  const { offsetWidth: width, offsetHeight: height } = tip;
  const right = x + GAP + width <= frame.width;
  const left = right ? x + GAP : Math.max(0, x - GAP - width);
  let top = y - GAP - height;
  if (top < 0) {
    // Below; where the tip would then cover the point it stands beside it all the same.
    const below = drawing.top - frame.top + Math.min(box[3], at[1] + GAP) * scale + GAP;
    top = Math.max(0, below);
  }
  tip.style.left = `${Math.round(left)}px`;
  tip.style.top = `${Math.round(top)}px`;
}

