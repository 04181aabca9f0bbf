/**
 * A figure as a file: an SVG that needs nothing of the page, and a PNG made from it. Title, legend
 * and drawing stand where the reader sees them, in the colors of the scheme that they see.
 */

import { save, stem } from "./files.js";

const SVG = "http://www.w3.org/2000/svg";
const PADDING = 16;
/** What the style sheets may change in a drawing. */
const STYLED = ["fill", "stroke", "stroke-opacity"];

/**
 * @param {HTMLElement} figure
 * @param {SVGSVGElement} drawing the one that is shown
 * @returns {{text: string, width: number, height: number}}
 */
export function toSvg(figure, drawing) {
  const { ownerDocument: document } = figure;
  const view = /** @type {Window} */ (document.defaultView);
  const style = (/** @type {Element} */ element) => view.getComputedStyle(element);
  const hex = solid(document, style(document.body).backgroundColor);
  const seen = drawing.getBoundingClientRect();
  const { width: full, height: tall } = drawing.viewBox.baseVal;
  const scale = full / seen.width;
  const start = figure.getBoundingClientRect();
  const above = (seen.top - start.top) * scale;
  const [width, height] = [full + 2 * PADDING, Math.ceil(above + tall) + 2 * PADDING];

  /** @type {(name: string, attributes: Record<string, string | number>, parent: Element) => Element} */
  const add = (name, attributes, parent) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) {
      element.setAttribute(key, typeof value === "number" ? String(round(value)) : value);
    }
    parent.append(element);
    return element;
  };
  const root = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({
    xmlns: SVG,
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    "font-family": style(drawing).fontFamily.replaceAll('"', "'"),
  })) root.setAttribute(key, String(value));
  const label = drawing.getAttribute("aria-label");
  if (label) add("title", {}, root).textContent = label;
  add("rect", { width: "100%", height: "100%", fill: hex("") }, root);

  const x = (/** @type {number} */ left) => PADDING + (left - seen.left) * scale;
  const y = (/** @type {number} */ top) => PADDING + (top - start.top) * scale;
  for (const box of figure.querySelectorAll(".dl-swatch, .dl-ramp")) {
    const { left, top, width: w, height: h } = box.getBoundingClientRect();
    const look = style(box);
    const frame = { x: x(left), y: y(top), width: w * scale, height: h * scale };
    if (box.classList.contains("dl-ramp")) ramp(box, frame);
    else if (parseFloat(look.borderTopWidth) > 0) {
      const line = { x1: x(left), x2: x(left + w), y1: frame.y + 1, y2: frame.y + 1 };
      const dash = look.borderTopStyle === "dashed" ? "4 3" : "none";
      const stroke = hex(look.borderTopColor);
      add("line", { ...line, stroke, "stroke-width": 2, "stroke-dasharray": dash }, root);
    } else {
      const rx = look.borderRadius.endsWith("%") ? frame.width / 2 : 2;
      add("rect", { ...frame, rx, fill: hex(look.backgroundColor), opacity: look.opacity }, root);
    }
  }
  for (const { text, box, element } of textsOf(figure)) {
    const { fontSize, fontWeight, color } = style(element);
    const size = parseFloat(fontSize) * scale;
    const baseline = y(box.top + box.height / 2) + size * 0.35;
    const at = { x: x(box.left), y: baseline, "font-size": size, "font-weight": fontWeight };
    add("text", { ...at, fill: hex(color) }, root).textContent = text;
  }

  const plot = /** @type {SVGSVGElement} */ (drawing.cloneNode(true));
  for (const mark of plot.querySelectorAll(".dl-tip-mark")) mark.remove();
  const [from, to] = [drawing, plot].map((svg) => [svg, ...svg.querySelectorAll("*:not(.dl-tip-mark)")]);
  for (const [i, element] of from.entries()) {
    const look = style(element);
    for (const name of STYLED) {
      const value = look.getPropertyValue(name);
      const inherited = i > 0 && style(/** @type {Element} */ (element.parentElement)).getPropertyValue(name);
      const own = element.hasAttribute(name);
      if (!value || (!own && value === inherited)) continue;
      const paint = name !== "stroke-opacity" && !/^(none|url\(|context-)/.test(value);
      to[i].setAttribute(name, paint ? hex(value) : value);
    }
    to[i].removeAttribute("style");
  }
  for (const name of [...plot.getAttributeNames()]) {
    if (!/^(viewBox|fill|stroke|text-anchor|font-size)$/.test(name)) plot.removeAttribute(name);
  }
  const place = { x: PADDING, y: PADDING + above, width: full, height: tall };
  for (const [key, value] of Object.entries(place)) plot.setAttribute(key, String(round(value)));
  plot.setAttribute("font-size", style(drawing).fontSize);
  plot.setAttribute("overflow", "visible");
  root.append(plot);
  const text = new (/** @type {any} */ (view).XMLSerializer)().serializeToString(root);
  return { text, width, height };

  /** @param {Element} box @param {Record<string, number>} frame */
  function ramp(box, frame) {
    const kind = box.classList.contains("dl-ramp-diverging") ? "div" : "seq";
    const stops = add("linearGradient", { id: "ramp" }, add("defs", {}, root));
    for (const i of [0, 1, 2]) {
      const color = style(box).getPropertyValue(`--dl-${kind}-${i}`);
      add("stop", { offset: i / 2, "stop-color": hex(color) }, stops);
    }
    add("rect", { ...frame, rx: 2, fill: "url(#ramp)" }, root);
  }
}

/**
 * The words around the drawing, in the lines that the page breaks them into.
 * @param {HTMLElement} figure
 */
function textsOf(figure) {
  const { ownerDocument: document } = figure;
  /** @type {{text: string, box: DOMRect, element: Element}[]} */
  const lines = [];
  for (const part of figure.querySelectorAll("figcaption, .dl-legend li, .dl-ramp-legend span")) {
    const node = part.lastChild;
    if (node?.nodeType !== 3) continue;
    const range = document.createRange();
    let first = true;
    for (const { index, 0: word } of (node.nodeValue ?? "").matchAll(/\S+\s*/g)) {
      range.setStart(node, index);
      range.setEnd(node, index + word.trimEnd().length);
      const box = range.getBoundingClientRect();
      const last = lines[lines.length - 1];
      if (!first && last && Math.abs(last.box.top - box.top) < 2) last.text += ` ${word.trimEnd()}`;
      else lines.push({ text: word.trimEnd(), box, element: part });
      first = false;
    }
  }
  return lines;
}

/**
 * Colors as every program reads them: those of the style sheet may be mixed or see-through, and
 * are laid over the background.
 * @param {Document} document
 * @param {string} background
 * @returns {(color: string) => string}
 */
function solid(document, background) {
  /** @type {Map<string, string>} */
  const known = new Map();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return (color) => {
    let hex = known.get(color);
    if (hex === undefined && context) {
      for (const paint of ["#fff", background, color].filter(Boolean)) {
        context.fillStyle = paint;
        context.fillRect(0, 0, 1, 1);
      }
      const parts = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
      hex = `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
      known.set(color, hex);
    }
    return hex ?? color;
  };
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100;
}

/**
 * @param {{text: string, width: number, height: number}} svg
 * @param {Document} document
 * @returns {Promise<Blob>}
 */
export async function toPng({ text, width, height }, document) {
  const image = document.createElement("img");
  image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image"))), "image/png");
  });
}

/**
 * Puts the figure on the clipboard, or where that is not allowed into a file.
 * @param {"SVG" | "PNG"} format
 * @param {HTMLElement} figure
 * @param {SVGSVGElement} drawing
 * @returns {Promise<"Copied" | "Saved">}
 */
export async function copyFigure(format, figure, drawing) {
  const { ownerDocument: document } = figure;
  const { navigator, ClipboardItem } = /** @type {any} */ (document.defaultView);
  const svg = toSvg(figure, drawing);
  const blob = format === "SVG"
    ? Promise.resolve(new Blob([svg.text], { type: "image/svg+xml" }))
    : toPng(svg, document);
  try {
    if (format === "SVG") await navigator.clipboard.writeText(svg.text);
    // The promise itself: Safari wants the call within the click.
    else await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    return "Copied";
  } catch {
    const title = figure.querySelector("figcaption")?.textContent || "figure";
    save(document, `${stem(title) || "figure"}.${format.toLowerCase()}`, await blob);
    return "Saved";
  }
}
