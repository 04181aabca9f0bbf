/**
 * Renders TeX and figures for the build: JSON lines in, JSON lines out, one answer per request, in
 * order, until stdin ends. A request that fails gets an answer too and ends nothing.
 */

import { createInterface } from "node:readline";
import { JSDOM } from "jsdom";
import katex from "katex";
import { renderFigure, WIDTHS } from "../../../overrides/live/figure.js";

const { document } = new JSDOM("").window;

/** @param {{tex: string, display?: boolean}} request */
function tex({ tex: source, display = false }) {
  if (typeof source !== "string") throw new Error("tex is not a string");
  const html = katex.renderToString(source, {
    displayMode: display,
    output: "htmlAndMathml",
    throwOnError: true,
    strict: "error",
    // With `false` KaTeX would draw the command in red instead of failing.
    trust: ({ command }) => {
      throw new Error(`${command} is not allowed`);
    },
  });
  // KaTeX writes \max and its like as two elements, which a subscript has no room for.
  const whole = html.replace(/<mi>[^<]*<\/mi><mo>\u2061<\/mo>/g, "<mrow>$&</mrow>");
  return whole.replace("<span ", "<span data-search-exclude ");
}

/** @param {{spec: import("../../../overrides/live/figurespec.js").FigureSpec}} request */
function figure({ spec }) {
  if (typeof spec !== "object" || spec === null) throw new Error("spec is not an object");
  return renderFigure(spec, { widths: WIDTHS, document, data: true }).innerHTML;
}

/** @type {Record<string, (request: any) => string>} */
const KINDS = { tex, figure };

/** @param {string} line */
function answer(line) {
  let id = null;
  try {
    const request = JSON.parse(line);
    id = request?.id ?? null;
    if (!Object.hasOwn(KINDS, request?.kind)) {
      throw new Error(`kind is none of ${Object.keys(KINDS).join(", ")}`);
    }
    return { id, ok: true, html: KINDS[request.kind](request) };
  } catch (error) {
    return { id, ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) process.stdout.write(`${JSON.stringify(answer(line))}\n`);
}
