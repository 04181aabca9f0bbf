/**
 * A figure in words, for whoever does not see it.
 */

import { categories, kind } from "./figurespec.js";

/**
 * @typedef {import("./figurespec.js").FigureSpec} FigureSpec
 * @typedef {import("./figurecolors.js").Series} Series
 * @typedef {import("@observablehq/plot").Plot} Scaled
 */

/**
 * What the figure shows, in words.
 * @param {FigureSpec} spec
 * @param {Map<string, Series>} series
 * @param {Scaled} scaled
 */
export function alternative(spec, series, scaled) {
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
export function number(value) {
  if (typeof value !== "number") return String(value);
  const text = String(Number(value.toPrecision(3)));
  return text.replace("-", "−");
}
