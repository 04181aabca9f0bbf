/**
 * What is done to a drawing after Plot, so that a page stays small and may hold several.
 */

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
export function tidy(svg, seed) {
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
export function hundredth(value) {
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
