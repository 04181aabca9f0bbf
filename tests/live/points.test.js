import assert from "node:assert/strict";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { renderFigure } from "../../overrides/live/figure.js";
import { format, linesOf, nearest, position, step, tracksOf } from "../../overrides/live/points.js";

const { document } = new JSDOM("").window;

/** @param {any} spec @param {number} [width] */
function drawn(spec, width = 680) {
  const svg = renderFigure(spec, { widths: [width], document }).querySelector("svg");
  const axes = JSON.parse(svg?.getAttribute("data-axes") ?? "null");
  return { svg, axes, tracks: tracksOf(spec, axes) };
}

/** What the tip would say at a place. @param {any} spec @param {number} x @param {number} y */
function said(spec, x, y) {
  const { axes, tracks } = drawn(spec);
  const found = nearest(tracks, x, y);
  if (!found) return null;
  const track = tracks[found[0]];
  const lines = linesOf(track, track.points[found[1]], spec, axes);
  return [track.name, ...lines.map((line) => line.join(" "))].filter(Boolean).join(", ");
}

/** The centers of circles as Plot drew them, panels included. @param {Element | null} svg */
function circles(svg) {
  return [...(svg?.querySelectorAll("circle") ?? [])].map((circle) => {
    let [x, y] = ["cx", "cy"].map((name) => Number(circle.getAttribute(name)));
    for (let e = circle.parentElement; e && e !== svg; e = e.parentElement) {
      const [, dx = "0", dy = "0"] = /translate\(([-\d.]+),([-\d.]+)\)/.exec(e.getAttribute("transform") ?? "") ?? [];
      [x, y] = [x + Number(dx), y + Number(dy)];
    }
    return [x, y];
  });
}

const dots = (/** @type {any} */ channels, /** @type {any} */ extra = {}) =>
  ({ ...extra, marks: [{ mark: "dot", channels }] });

/** @type {Record<string, any>} */
const SCALES = {
  linear: dots({ x: [0, 1, 5], y: [-3, 2, 40] }),
  log: dots({ x: [0.001, 1, 500], y: [1, 10, 1e9] }, { x: { type: "log" }, y: { type: "log" } }),
  sqrt: dots({ x: [0, 1, 50], y: [0, 10, 100] }, { x: { type: "sqrt" }, y: { type: "pow", exponent: 3 } }),
  symlog: dots({ x: [-100, 1, 50], y: [-5, 0, 5] }, { x: { type: "symlog", constant: 2 } }),
  reverse: dots({ x: [0, 1, 5], y: [0, 1, 2] }, { y: { reverse: true } }),
  names: dots({ x: ["z", "a", "m"], y: [1, 2, 3] }),
  panels: dots({ x: [0, 1, 0, 1], y: [0, 1, 1, 0], fx: ["a", "a", "b", "b"] }, { fx: {} }),
  grid: dots({ x: [0, 1, 0, 1], y: [0, 1, 1, 0], fx: ["a", "a", "b", "b"], fy: ["p", "q", "p", "q"] }),
};
for (const [name, spec] of Object.entries(SCALES)) {
  for (const width of [680, 350]) {
    test(`${name}, ${width} px: points stand where Plot draws them`, () => {
      const { svg, tracks } = drawn(spec, width);
      const expected = circles(svg);
      const found = tracks.flatMap(({ points }) => points.map(({ at }) => at));
      assert.equal(found.length, spec.marks[0].channels.x.length);
      for (const at of found) {
        // Plot moves points on names by half a pixel.
        const i = expected.findIndex(([x, y]) => Math.hypot(x - at[0], y - at[1]) < 0.8);
        assert.ok(i >= 0, `${at} is none of ${expected.join(" ")}`);
        expected.splice(i, 1);
      }
    });
  }
}

test("of a curve the nearest across counts, of several the nearest down", () => {
  const x = Array.from({ length: 101 }, (_, i) => i / 10);
  const spec = {
    x: { label: "r" },
    y: { label: "loss" },
    marks: [
      { mark: "line", channels: { x, y: x.map((v) => v) }, series: "up" },
      { mark: "line", channels: { x, y: x.map((v) => 10 - v) }, series: "down" },
    ],
  };
  const { axes } = drawn(spec);
  const at = (/** @type {number} */ a, /** @type {number} */ b) => said(spec, position(axes.x, a), position(axes.y, b));
  assert.equal(at(2.02, 0.5), "up, r 2, loss 2");
  assert.equal(at(2.02, 9), "down, r 2, loss 8");
  assert.equal(at(9.99, 9), "up, r 10, loss 10");
  assert.equal(said(spec, 2, 2), null, "outside of the frame");
});

test("dots are felt nearby only; a line of two points at its ends; a missing value never", () => {
  const spec = {
    marks: [
      { mark: "line", channels: { x: [0, 10], y: [0, 10] }, series: "line" },
      { mark: "dot", channels: { x: [2, 5, 5], y: [8, null, 1] }, series: "data" },
    ],
  };
  const { axes } = drawn(spec);
  const at = (/** @type {number} */ a, /** @type {number} */ b) => said(spec, position(axes.x, a), position(axes.y, b));
  assert.equal(at(2.1, 8), "data, x 2, y 8");
  assert.equal(at(5, 5), null);
  assert.equal(at(9.8, 9), "line, x 10, y 10");
  assert.equal(at(3, 7.9), null);
});

test("the bar, the column and the cell below the pointer", () => {
  const bars = { marks: [{ mark: "barY", channels: { x: ["p", "q"], y: [1, 10] } }], y: { label: "n" } };
  const { axes } = drawn(bars);
  assert.equal(said(bars, position(axes.x, "p"), axes.frame[1] + 5), "x p, n 1");
  assert.equal(said(bars, position(axes.x, "q"), axes.frame[3] - 5), "x q, n 10");
  const columns = {
    marks: ["a", "b"].map((series, i) => (
      { mark: "rectY", channels: { x1: [0, 1], x2: [1, 2], y: [2 + 2 * i, 5] }, series }
    )),
  };
  const { axes: of } = drawn(columns);
  assert.equal(said(columns, position(of.x, 0.3), position(of.y, 3.8)), "b, x 0 to 1, y 4");
  assert.equal(said(columns, position(of.x, 0.3), position(of.y, 2.1)), "a, x 0 to 1, y 2");
  const heat = {
    color: { label: "share" },
    marks: [{ mark: "cell", channels: { x: ["p", "q", "p", "q"], y: ["r", "r", "s", "s"], fill: [0, 0.25, 0.5, 1] } }],
  };
  const { axes: cells } = drawn(heat);
  assert.equal(said(heat, position(cells.x, "q") + 40, position(cells.y, "r") - 20), "x q, y r, share 0.25");
  const lying = { marks: [{ mark: "barX", channels: { x: [3, 2], y: ["a", "b"] } }] };
  const { axes: down } = drawn(lying);
  assert.equal(said(lying, down.frame[2] - 3, position(down.y, "b")), "x 2, y b");
});

test("bands, rules, segments and contours", () => {
  const x = [0, 1, 2, 3, 4];
  const spec = {
    marks: [
      { mark: "areaY", channels: { x, y1: x.map(() => 1), y2: x.map(() => 3) }, series: "band" },
      { mark: "ruleY", channels: { y: [5] }, series: "limit" },
      { mark: "link", channels: { x1: [2], y1: [6], x2: [2], y2: [9] } },
    ],
  };
  const { axes } = drawn(spec);
  const at = (/** @type {number} */ a, /** @type {number} */ b) => said(spec, position(axes.x, a), position(axes.y, b));
  assert.equal(at(1.02, 1.1), "band, x 1, y 1 to 3");
  assert.equal(at(1.02, 2.9), "band, x 1, y 1 to 3");
  assert.equal(at(1.52, 5), "limit, y 5");
  assert.equal(at(2, 8), "x 2, y 6 to 9");
  const values = Array.from({ length: 12 }, (_, i) => i);
  const options = { width: 4, height: 3, x1: -0.5, x2: 3.5, y1: -0.5, y2: 2.5, stroke: "value" };
  const contours = { marks: [{ mark: "contour", channels: { value: values }, options }], color: { label: "J" } };
  const { axes: of, tracks } = drawn(contours);
  assert.equal(tracks.length, 3);
  assert.equal(said(contours, position(of.x, 2.1), position(of.y, 1.1)), "x 2, y 1, J 6");
});

test("only the panel below the pointer counts", () => {
  const spec = {
    fx: { label: "loss" },
    marks: ["a", "b"].map((name, i) => (
      { mark: "line", channels: { x: [0, 1], y: [i, i + 1], fx: [name, name] }, series: `s${i}` }
    )),
  };
  const { axes } = drawn(spec);
  const [left, top, right, bottom] = axes.frame;
  assert.equal(said(spec, left + 2, top + 2), "s0, loss a, x 0, y 0");
  assert.equal(said(spec, right + axes.fx.at[1] - 2, bottom - 2), "s1, loss b, x 1, y 2");
});

test("keys: along the series, between series at the same place, and to the ends", () => {
  const spec = {
    marks: [
      { mark: "line", channels: { x: [4, 3, 2, 1, 0], y: [4, 3, 2, 1, 0] }, series: "backwards" },
      { mark: "dot", channels: { x: [3.2, 0.1], y: [1, 2] }, series: "dots" },
      { mark: "text", channels: { x: [1], y: [1], text: ["a"] } },
    ],
  };
  const { tracks } = drawn(spec);
  assert.equal(tracks.length, 2);
  /** @type {[number, number] | null} */
  let at = null;
  const press = (/** @type {string} */ key) => {
    at = step(tracks, at, key);
    return at && tracks[at[0]].points[at[1]].values.x[0];
  };
  assert.equal(press("x"), null);
  assert.equal(press("ArrowRight"), 0);
  assert.equal(press("ArrowLeft"), 0);
  assert.equal(press("ArrowRight"), 1);
  assert.equal(press("End"), 4);
  assert.equal(press("ArrowRight"), 4);
  assert.equal(press("ArrowDown"), 3.2);
  assert.equal(press("ArrowDown"), 3.2);
  assert.equal(press("Home"), 0.1);
  assert.equal(press("ArrowUp"), 0);
});

test("keys go through a heat map as it is seen", () => {
  const heat = { marks: [{ mark: "cell", channels: { x: ["p", "q", "p", "q"], y: ["r", "r", "s", "s"], fill: [0, 1, 2, 3] } }] };
  const { tracks } = drawn(heat);
  const path = ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"];
  /** @type {[number, number] | null} */
  let at = null;
  const seen = path.map((key) => {
    at = step(tracks, at, key);
    return at && tracks[at[0]].points[at[1]].values.value;
  });
  assert.deepEqual(seen, [0, 1, 3, 2, 0]);
});

test("numbers are as exact as the axis can be read", () => {
  const axis = (/** @type {number} */ low, /** @type {number} */ high, type = "linear") =>
    ({ type, domain: [low, high], range: [0, 1] });
  assert.deepEqual(
    [
      format(1.23456, axis(0, 8)), format(99.0012346, axis(99.001, 99.009)), format(-1234.56, axis(-1e4, 1e4)),
      format(102010000, axis(0, 1.1e8)), format(0.00001234, axis(0, 8)), format(2.44806e-11, axis(1e-15, 9, "log")),
      format(0, axis(0, 1)), format("a"), format(null), format(0.5), format(5, axis(5, 5)), format(12345.678, axis(0, 2e4)),
    ],
    ["1.235", "99.001235", "−1235", "102,010,000", "1.234×10⁻⁵", "2.448×10⁻¹¹", "0", "a", "", "0.5", "5", "12,346"],
  );
});
