import assert from "node:assert/strict";
import { test } from "node:test";
import { tablesOf } from "../../overrides/live/figuredata.js";

/** @param {any} spec @param {number} [most] */
function texts(spec, most) {
  return tablesOf(spec, most).tables.map(({ title, columns, rows }) => [
    title, columns.map(({ name, align }) => `${name} ${align[0]}`), ...rows.map((row) => row.join(" ")),
  ]);
}

test("series at the same positions are columns of one table", () => {
  const x = [0, 0.5, 1];
  const spec = {
    x: { label: "r" },
    y: { label: "loss" },
    marks: [
      { mark: "line", channels: { x, y: [0, 1, null] }, series: "a" },
      { mark: "areaY", channels: { x, y1: [0, 1, 2], y2: [1, 2, 3] }, series: "b" },
      { mark: "line", channels: { x: [0, 1], y: [-1e-7, 2] } },
      { mark: "ruleY", channels: { y: [0] } },
      { mark: "ruleX", channels: { x: [100] }, series: "target" },
      { mark: "text", channels: { x: [0], y: [0], text: ["here"] } },
    ],
  };
  assert.deepEqual(texts(spec), [
    ["", ["r r", "a r", "b, from r", "b, to r"], "0 0 0 1", "0.5 1 1 2", "1  2 3"],
    ["", ["r r", "loss r"], "0 -1e-7", "1 2"],
    ["", ["target: r r"], "100"],
  ]);
});

test("names, bars, bins, segments and cells", () => {
  assert.deepEqual(texts({ marks: [{ mark: "barY", channels: { x: ["p", "q"], y: [1, 2] } }] }),
    [["", ["x l", "y r"], "p 1", "q 2"]]);
  assert.deepEqual(texts({ marks: [{ mark: "barX", channels: { x: [1, 2], y: ["p", "q"] } }] }),
    [["", ["y l", "x r"], "p 1", "q 2"]]);
  assert.deepEqual(texts({ x: { label: "u" }, marks: [{ mark: "rectY", channels: { x1: [0], x2: [1], y: [3] }, series: "s" }] }),
    [["", ["u, from r", "u, to r", "s r"], "0 1 3"]]);
  assert.deepEqual(texts({ marks: [{ mark: "link", channels: { x1: [0], y1: [1], x2: [2], y2: [3] }, series: "s" }] }),
    [["", ["x, from r", "x, to r", "s, from r", "s, to r"], "0 2 1 3"]]);
  const cell = { mark: "cell", channels: { x: ["p", "q"], y: ["r", "r"], fill: [0, 1] } };
  assert.deepEqual(texts({ color: { label: "share" }, marks: [cell] }), [["", ["x l", "y l", "share r"], "p r 0", "q r 1"]]);
  const options = { width: 2, height: 2, x1: -0.5, x2: 1.5, y1: 9.5, y2: 11.5 };
  assert.deepEqual(texts({ marks: [{ mark: "contour", channels: { value: [1, 2, 3, 4] }, options }] }),
    [["", ["x r", "y r", "value r"], "0 10 1", "1 10 2", "0 11 3", "1 11 4"]]);
});

test("a panel has its table; a series twice has two", () => {
  const mark = (/** @type {string} */ fx) => ({ mark: "line", channels: { x: [0], y: [1], fx: [fx] } });
  assert.deepEqual(texts({ marks: [mark("a"), mark("b"), mark("b")] }), [
    ["a", ["x r", "y r"], "0 1"], ["b", ["x r", "y r"], "0 1"], ["b", ["x r", "y r"], "0 1"],
  ]);
  const mixed = { mark: "dot", channels: { x: [0, 1], y: [2, 3], fx: ["a", "b"] } };
  assert.deepEqual(texts({ fx: { label: "loss" }, marks: [mixed] }), [["", ["loss l", "x r", "y r"], "a 0 2", "b 1 3"]]);
});

test("the first rows are shown, and the others counted", () => {
  const column = Array.from({ length: 700 }, (_, i) => i);
  const marks = [1, 2].map((k) => ({ mark: "dot", channels: { x: column.map((v) => v * k), y: column } }));
  const { tables, left } = tablesOf({ marks });
  assert.deepEqual([tables.map(({ rows }) => rows.length), left], [[700, 300], 400]);
  assert.equal(tablesOf({ marks: [{ mark: "dot", channels: {} }] }).tables.length, 0);
});
