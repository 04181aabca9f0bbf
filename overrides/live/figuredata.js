/**
 * A figure's data as tables: one for each set of series that have their positions in common.
 */

import { columnsOf } from "./points.js";

/**
 * @typedef {import("./figurespec.js").FigureSpec} FigureSpec
 * @typedef {import("./figurespec.js").MarkSpec} MarkSpec
 * @typedef {import("./figurespec.js").Scalar} Scalar
 * @typedef {import("./table.js").Table} Table
 * @typedef {{title: string, keys: Map<string, Scalar[]>, rest: Map<string, Scalar[]>}} Group
 */

/** What a browser shows at once without a pause. */
export const MOST_ROWS = 1000;

/**
 * @param {FigureSpec} spec
 * @param {number} [most]
 * @returns {{tables: Table[], left: number}} and how many rows were left out
 */
export function tablesOf(spec, most = MOST_ROWS) {
  /** @type {Table[]} */
  const tables = [];
  let [room, left] = [most, 0];
  for (const { title, keys, rest } of groupsOf(spec)) {
    const columns = [...keys, ...rest];
    const length = columns[0]?.[1].length ?? 0;
    const shown = Math.min(length, room);
    room -= shown;
    left += length - shown;
    if (shown === 0) continue;
    tables.push({
      title,
      columns: columns.map(([name, values]) => ({
        name,
        align: values.some((v) => typeof v === "string") ? "left" : "right",
      })),
      rows: Array.from({ length: shown }, (_, i) => columns.map(([, all]) => String(all[i] ?? ""))),
    });
  }
  return { tables, left };
}

/** @param {FigureSpec} spec */
function groupsOf(spec) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const mark of spec.marks) {
    const rule = mark.mark.startsWith("rule");
    if (mark.mark === "text" || (rule && !mark.series)) continue;
    const columns = columnsOf(mark);
    const x = spec.x?.label || "x";
    const y = spec.y?.label || "y";
    const panels = ["fx", "fy"].filter((name) => columns[name]);
    const constant = panels.filter((name) => new Set(columns[name]).size === 1);
    const along = mark.mark === "barX" || mark.mark === "areaX" ? "y" : "x";
    const across = along === "x" ? "y" : "x";
    /** @type {Map<string, Scalar[]>} */
    const keys = new Map();
    /** @type {Map<string, Scalar[]>} */
    const rest = new Map();
    for (const name of panels) {
      if (!constant.includes(name)) keys.set(spec[/** @type {"fx"} */ (name)]?.label || "panel", columns[name]);
    }
    /** @type {(to: Map<string, Scalar[]>, name: string, label: string) => void} */
    const add = (to, name, label) => {
      const ends = [1, 2].map((i) => columns[`${name}${i}`]).filter(Boolean);
      if (ends.length === 2) {
        to.set(`${label}, from`, ends[0]).set(`${label}, to`, ends[1]);
      } else if (columns[name]) to.set(label, columns[name]);
    };
    const labels = rule ? { x: `${mark.series}: ${x}`, y: `${mark.series}: ${y}` } : { x, y };
    add(keys, along, labels[along]);
    const value = columns.value;
    if (value) {
      add(keys, across, labels[across]);
      rest.set(spec.color?.label || mark.series || "value", value);
    } else add(rest, across, rule ? labels[across] : (mark.series ?? labels[across]));
    if (keys.size + rest.size === 0) continue;
    const title = constant.map((name) => String(columns[name][0])).join(", ");
    const id = JSON.stringify([title, [...keys], keys.size === 0 ? groups.size : 0]);
    const group = groups.get(id);
    const taken = group && [...rest.keys()].some((name) => group.rest.has(name));
    if (group && !taken) for (const [name, values] of rest) group.rest.set(name, values);
    else groups.set(taken ? `${id} ${groups.size}` : id, { title, keys, rest });
  }
  return groups.values();
}
