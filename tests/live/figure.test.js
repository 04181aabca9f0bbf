import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { renderFigure } from "../../overrides/live/figure.js";
import { position } from "../../overrides/live/points.js";

const { document } = new JSDOM("").window;

/** @param {any} spec @param {number[]} [widths] */
const render = (spec, widths = [680]) => renderFigure(spec, { widths, document });

/** @param {number} n @param {(i: number) => any} value */
const list = (n, value) => Array.from({ length: n }, (_, i) => value(i));

/** @param {any} [extra] @param {any} [mark] */
const line = (extra = {}, mark = {}) => ({
  title: "Squares",
  x: { label: "k" },
  y: { label: "k²" },
  marks: [{ mark: "line", channels: { x: list(30, (i) => i / 7), y: list(30, (i) => i ** 2 / 3) }, ...mark }],
  ...extra,
});

const grid = list(21 * 21, (i) => [-1 + (i % 21) / 10, -1 + Math.floor(i / 21) / 10]);
const GRID = {
  x: grid.map(([x]) => x),
  y: grid.map(([, y]) => y),
  value: grid.map(([x, y]) => x * x + 3 * y * y),
};

/** One of every kind of figure. @type {Record<string, any>} */
const FIGURES = {
  line: line(),
  gaps: line({}, { channels: { x: [0, 1, 2, 3], y: [1, null, 2, 3] } }),
  band: { marks: [{ mark: "areaY", channels: { x: [0, 1, 2], y1: [0, 1, 2], y2: [1, 3, 4] } }] },
  log: line({ x: { type: "log" }, y: { type: "log" } }, {
    channels: { x: list(40, (i) => i), y: list(40, (i) => Math.exp(-i)) },
  }),
  histogram: { marks: [{ mark: "rectY", channels: { x1: [0, 1, 2], x2: [1, 2, 3], y: [3, 5, 1] } }] },
  bars: { marks: [{ mark: "barY", channels: { x: ["z", "a", "m"], y: [3, 2, 1] } }] },
  heat: {
    color: { label: "share" },
    marks: [
      { mark: "cell", channels: { x: ["p", "q", "p", "q"], y: ["r", "r", "s", "s"], fill: [0, 0.2, 0.4, 1] } },
      { mark: "text", channels: { x: ["p", "q", "p", "q"], y: ["r", "r", "s", "s"], text: [0, 1, 2, 3] } },
    ],
  },
  diverging: {
    color: { scheme: "diverging" },
    marks: [{ mark: "cell", channels: { x: [0, 1, 2], y: [0, 0, 0], fill: [-2, 0, 1] } }],
  },
  contour: { equal: true, marks: [{ mark: "contour", channels: GRID, options: { fill: "value" } }] },
  scattered: {
    marks: [{
      mark: "contour",
      channels: { x: list(50, (i) => Math.sin(i)), y: list(50, (i) => Math.cos(1.7 * i)), value: list(50, (i) => Math.sin(i)) },
      options: { stroke: "value" },
    }],
  },
  density: {
    marks: [{ mark: "density", channels: { x: list(50, (i) => Math.sin(i)), y: list(50, (i) => Math.cos(3 * i)) }, options: { fill: "density" } }],
  },
  facets: {
    fx: {},
    marks: [{ mark: "line", channels: { x: [0, 1, 0, 1], y: [0, 1, 1, 0], fx: ["a", "a", "b", "b"] } }],
  },
  arrows: {
    marks: [
      { mark: "arrow", channels: { x1: [0], y1: [0], x2: [1], y2: [1] } },
      { mark: "link", channels: { x1: [0], y1: [1], x2: [1], y2: [0] }, options: { stroke: "muted" } },
      { mark: "vector", channels: { x: [0.5], y: [0.5], length: [20], rotate: [30] } },
      { mark: "tickX", channels: { x: [0.2, 0.4] } },
      { mark: "tickY", channels: { y: [0.2, 0.4] } },
      { mark: "ruleX", channels: { x: [0.1] } },
      { mark: "rect", channels: { x1: [0], x2: [0.1], y1: [0], y2: [0.1] } },
      { mark: "areaX", channels: { x1: [0, 0], x2: [0.1, 0.2], y: [0, 1] } },
      { mark: "dot", channels: { x: [0], y: [0] } },
    ],
  },
  barX: { marks: [{ mark: "barX", channels: { x: [3, 2], y: ["a long name", "b"] } }] },
};

for (const [name, spec] of Object.entries(FIGURES)) {
  test(`${name}: drawn for both widths, rounded, without NaN, colors through variables`, () => {
    const figure = render(spec, [680, 350]);
    const [wide, narrow] = figure.querySelectorAll("svg");
    assert.ok(wide.classList.contains("dl-wide") && narrow.classList.contains("dl-narrow"));
    const marks = wide.querySelectorAll("path, rect, circle, line");
    assert.ok(marks.length > 0);
    const html = figure.innerHTML;
    assert.doesNotMatch(html, /NaN|Infinity|<style|href/);
    for (const element of figure.querySelectorAll("svg *")) {
      for (const { name: attribute, value } of element.attributes) {
        if (/^(d|x|y|[xy][12]|c[xy]|r|width|height|points|transform)$/.test(attribute)) {
          assert.doesNotMatch(value, /\.\d{3}|\de-\d/, `${element.tagName} ${attribute}`);
        }
        if (attribute === "fill" || attribute === "stroke") {
          assert.match(value, /^(none|currentColor|var\(--dl-[\w-]+\)|color-mix\(.*\))$/, value);
        }
      }
    }
  });
}

test("no mark is left without a test", () => {
  const used = new Set(Object.values(FIGURES).flatMap(({ marks }) => marks.map((/** @type {any} */ m) => m.mark)));
  used.add("ruleY");
  assert.throws(() => render({ marks: [{ mark: "pie", channels: {} }] }), (/** @type {Error} */ error) => {
    const marks = error.message.replace(/^.*there are /, "").split(", ");
    assert.deepEqual(marks.filter((mark) => !used.has(mark)), []);
    return true;
  });
});

test("series get colors in order of appearance, one each, and a legend", () => {
  const [x, y] = [[0, 1], [1, 2]];
  const figure = render({
    marks: [
      { mark: "areaY", channels: { x, y }, series: "fit" },
      { mark: "line", channels: { x, y }, series: "truth", options: { stroke: "muted", strokeDasharray: "4" } },
      { mark: "line", channels: { x, y }, series: "fit" },
      { mark: "dot", channels: { x, y }, series: "data" },
      { mark: "ruleY", channels: { y: [0] } },
    ],
  });
  const items = [...figure.querySelectorAll(".dl-legend li")].map((item) => {
    const swatch = /** @type {HTMLElement} */ (item.firstElementChild);
    return [item.textContent, swatch.className.split("-").at(-1), swatch.style.getPropertyValue("--dl-swatch")];
  });
  assert.deepEqual(items, [
    ["fit", "line", "var(--dl-c1)"],
    ["truth", "dash", "var(--dl-muted)"],
    ["data", "dot", "var(--dl-c3)"],
  ]);
  const group = (/** @type {string} */ label) => figure.querySelectorAll(`[data-mark="${label}"]`);
  assert.equal(group("area")[0].getAttribute("fill"), "var(--dl-c1)");
  assert.equal(group("line")[1].getAttribute("stroke"), "var(--dl-c1)");
  assert.equal(group("dot")[0].getAttribute("fill"), "var(--dl-c3)");
  assert.equal(group("rule")[0].getAttribute("stroke"), "var(--dl-fg)");
  assert.equal(render(line()).querySelector(".dl-legend"), null);
});

test("the text alternative: the given one, or title, axes, ranges and series", () => {
  /** @param {any} spec */
  const label = (spec) => render(spec).querySelector("svg")?.getAttribute("aria-label");
  assert.equal(label(line({ alt: "A parabola." })), "A parabola.");
  assert.equal(
    label(line({}, { series: "s" })),
    "Squares. Lines. k from 0 to 4.14. k² from 0 to 280. Series: s.",
  );
  assert.equal(label(FIGURES.heat), "Figure. A heat map. x: p, q. y: r, s. Color: share from 0 to 1.");
  assert.equal(label(FIGURES.facets), "Figure. Lines. x from 0 to 1. y from 0 to 1. Panels: a; b.");
  assert.match(label(FIGURES.log) ?? "", /^Squares\. Lines\. x from .*, logarithmic\. y from .*, logarithmic\.$/);
  assert.match(label(FIGURES.arrows) ?? "", /^Figure\. Arrows, segments, ticks, rectangles, bands and dots\. /);
  assert.equal(render(line()).querySelector("svg")?.getAttribute("role"), "img");
});

test("contours of a plane are straight up to the edge, and the grid ends where its samples do", () => {
  const value = grid.map(([x]) => x);
  const [x, y] = [GRID.x, GRID.y];
  const size = { width: 21, height: 21, x1: -1.05, x2: 1.05, y1: -1.05, y2: 1.05 };
  const thresholds = [-0.96, 0.52, 0.98];
  for (const mark of [
    { channels: { value }, options: { ...size, thresholds, stroke: "value" } },
    { channels: { x, y, value }, options: { thresholds, stroke: "value" } },
  ]) {
    const svg = render({ marks: [{ mark: "contour", ...mark }] }).querySelector("svg");
    const axes = JSON.parse(svg?.getAttribute("data-axes") ?? "");
    assert.deepEqual([axes.x.domain, axes.y.domain].flat().map((v) => Math.round(v * 1e6) / 1e6), [-1, 1, -1, 1]);
    const paths = [...(svg?.querySelectorAll("[data-mark=contour] path") ?? [])];
    assert.equal(paths.length, 3);
    for (const [i, path] of paths.entries()) {
      const at = position(axes.x, thresholds[i]);
      const [[left, right], [bottom, top]] = [axes.x.range, axes.y.range];
      let seen = 0;
      let [px, py] = [0, 0];
      for (const [, command, points] of (path.getAttribute("d") ?? "").matchAll(/([MLl])([^MLlZ]+)/g)) {
        for (const pair of points.trim().split(" ")) {
          const [dx, dy] = pair.split(",").map(Number);
          [px, py] = command === "l" ? [px + dx, py + dy] : [dx, dy];
          const inside = px > left + 1 && px < right - 1 && py > top + 1 && py < bottom - 1;
          if (!inside) continue;
          seen += 1;
          assert.ok(Math.abs(px - at) < 0.6, `level ${thresholds[i]}: ${px} in place of ${at}`);
        }
      }
      assert.ok(seen > 15, `${seen} points on the line`);
    }
  }
});

test("what is drawn beside contours has room", () => {
  const size = { width: 21, height: 21, x1: -1.05, x2: 1.05, y1: -1.05, y2: 1.05 };
  const svg = render({
    marks: [
      { mark: "contour", channels: { value: GRID.value }, options: { ...size, stroke: "value" } },
      { mark: "dot", channels: { x: [0, 3], y: [-2, 0] } },
    ],
  }).querySelector("svg");
  const axes = JSON.parse(svg?.getAttribute("data-axes") ?? "");
  assert.deepEqual([axes.x.domain, axes.y.domain].flat().map((v) => Math.round(v * 1e6) / 1e6), [-1, 3, -2, 1]);
});

test("the data of a page's figure come with it, whatever its title says", () => {
  const spec = line({ title: "</template></script><b>&amp;" });
  const html = renderFigure(spec, { widths: [680, 350], document, data: true }).outerHTML;
  const figure = new JSDOM(html).window.document.querySelector("figure");
  const template = /** @type {HTMLTemplateElement | null} */ (figure?.querySelector(":scope > template") ?? null);
  assert.deepEqual(JSON.parse(template?.content.textContent ?? ""), spec);
  assert.equal(figure?.querySelector("script, b"), null);
  assert.equal(render(spec).querySelector("template"), null);
});

test("a long path says the same in fewer bytes", () => {
  const spec = line({}, { channels: { x: list(300, (i) => i), y: list(300, (i) => (i === 99 ? null : Math.sin(i / 20))) } });
  const svg = render(spec).querySelector("svg");
  const axes = JSON.parse(svg?.getAttribute("data-axes") ?? "");
  const path = svg?.querySelector("[data-mark=line] path")?.getAttribute("d") ?? "";
  assert.equal(path.match(/M/g)?.length, 2);
  let [x, y, k] = [0, 0, 0];
  for (const [, command, points] of path.matchAll(/([Ml])([^Ml]+)/g)) {
    for (const pair of points.trim().split(" ")) {
      const [dx, dy] = pair.split(",").map(Number);
      [x, y] = command === "M" ? [dx, dy] : [x + dx, y + dy];
      if (k === 99) k += 1;
      assert.ok(Math.abs(x - position(axes.x, k)) < 0.06, `x of point ${k}`);
      assert.ok(Math.abs(y - position(axes.y, spec.marks[0].channels.y[k])) < 0.06, `y of point ${k}`);
      k += 1;
    }
  }
  assert.equal(k, 300);
  assert.ok(path.length < 300 * 9, `${path.length}`);
});

test("text is never rounded or read as markup", () => {
  const title = "<b>0.123456</b>";
  const figure = render({
    title,
    marks: [{ mark: "text", channels: { x: [0.5], y: [1], text: ["0.123456 <i>"] } }],
  });
  assert.equal(figure.querySelector("figcaption")?.textContent, title);
  assert.equal(figure.querySelector("b, i"), null);
  assert.match(figure.querySelector("[data-mark=text]")?.textContent ?? "", /0\.123456 <i>/);
});

test("names keep their order; a color scale has its ramp; strong cells have light text", () => {
  const bars = render(FIGURES.bars);
  const labels = [...bars.querySelectorAll('[data-mark="x-axis tick label"] text')];
  assert.deepEqual(labels.map((text) => text.textContent), ["z", "a", "m"]);
  assert.equal(bars.querySelector(".dl-ramp-legend"), null);
  const heat = render(FIGURES.heat);
  assert.equal(heat.querySelector(".dl-ramp-legend")?.textContent, "share01");
  const inks = [...heat.querySelectorAll("[data-mark=text] text")].map((text) => text.getAttribute("fill"));
  assert.deepEqual(inks, ["var(--dl-fg)", "var(--dl-fg)", "var(--dl-fg)", "var(--dl-bg)"]);
});

test("the axes fit: labels inside the drawing, ticks apart at both widths", () => {
  const spec = line({}, { channels: { x: [0, 1000], y: [0, 1e6] } });
  const [wide, narrow] = render(spec, [680, 350]).querySelectorAll("svg");
  /** @param {Element} svg @param {string} axis */
  const labels = (svg, axis) => [...svg.querySelectorAll(`[data-mark="${axis}-axis tick label"] text`)];
  for (const svg of [wide, narrow]) {
    const at = labels(svg, "x").map((text) => Number(/translate\(([-\d.]+)/.exec(text.getAttribute("transform") ?? "")?.[1]));
    assert.ok(at.length >= 3 && at.every((x, i) => i === 0 || x - at[i - 1] >= 40), `ticks at ${at}`);
    for (const text of labels(svg, "y")) {
      const x = Number(/translate\(([-\d.]+)/.exec(text.getAttribute("transform") ?? "")?.[1]);
      assert.ok(x - (text.textContent?.length ?? 0) * 7 > 0, `${text.textContent} ends at ${x}`);
    }
  }
});

test("equal units on both axes", () => {
  const svg = render({ equal: true, marks: [{ mark: "line", channels: { x: [0, 2], y: [0, 1] } }] }).querySelector("svg");
  const d = svg?.querySelector("[data-mark=line] path")?.getAttribute("d") ?? "";
  const [x1, y1, x2, y2] = d.match(/[\d.]+/g)?.map(Number) ?? [];
  assert.ok(Math.abs((x2 - x1) / 2 - (y1 - y2)) < 1, d);
});

/** @param {string[]} names @param {string[]} fill */
const panels = (names, fill = ["#ffffff", "#111111", "#888888", "#111111"]) => ({
  equal: true,
  x: { ticks: [], grid: false, padding: 0 },
  y: { ticks: [], grid: false, padding: 0 },
  fx: { padding: 0.08 },
  color: { type: "identity" },
  marks: names.map((name) => ({
    mark: "cell",
    channels: {
      x: ["1", "2", "1", "2"], y: ["1", "1", "2", "2"], value: [0, 1, 0.5, 2], fill, fx: list(4, () => name),
    },
    options: { inset: 0 },
  })),
});

test("images have square pixels in their own colors, in panels of any number", () => {
  for (const width of [680, 350]) {
    for (const names of [["a"], ["a", "b"], ["a", "b", "c", "d", "e"]]) {
      const figure = render(panels(names), [width]);
      const cells = [...figure.querySelectorAll("[data-mark=cell] rect")];
      assert.equal(cells.length, 4 * names.length);
      for (const rect of cells) {
        const [w, h] = ["width", "height"].map((name) => Number(rect.getAttribute(name)));
        assert.ok(Math.abs(w - h) < 0.05 * w, `${w} x ${h}`);
      }
      assert.deepEqual(cells.slice(0, 3).map((rect) => rect.getAttribute("fill")), ["#ffffff", "#111111", "#888888"]);
      assert.equal(figure.querySelector(".dl-ramp-legend, .dl-legend"), null);
      assert.equal(figure.querySelector('[data-mark="x-axis tick label"] text'), null);
    }
  }
});

test("a panel's name of two lines has room above its panel", () => {
  const top = (/** @type {string[]} */ names) =>
    JSON.parse(render(panels(names)).querySelector("svg")?.getAttribute("data-axes") ?? "").frame[1];
  assert.ok(top(["one\ntwo", "b"]) >= top(["one", "b"]) + 12);
});

test("what lies outside a given domain is cut off, under ids that no other figure has", () => {
  const spec = line({ y: { domain: [0, 10] } });
  const figure = render(spec, [680, 350]);
  const ids = [...figure.querySelectorAll("[id]")].map(({ id }) => id);
  assert.ok(ids.length >= 2);
  assert.equal(new Set(ids).size, ids.length);
  for (const user of figure.querySelectorAll("[clip-path]")) {
    assert.ok(ids.some((id) => user.getAttribute("clip-path") === `url(#${id})`));
  }
  assert.equal(render(spec).innerHTML, render(spec).innerHTML);
});

const bad = /** @type {[string, any, RegExp][]} */ ([
  ["no marks", { marks: [] }, /at least one mark/],
  ["an unknown mark", { marks: [{ mark: "pie", channels: {} }] }, /mark 1 \(pie\): there is no such mark; there are line, dot/],
  ["an unknown option", line({}, { options: { colour: "c1" } }), /mark 1 \(line\): no option "colour"/],
  ["a link", line({}, { options: { href: "https://example.org" } }), /no option "href"/],
  ["a target", line({}, { options: { target: "_top" } }), /no option "target"/],
  ["a function", line({}, { options: { r: () => 1 } }), /option r must be a plain value/],
  ["an object", line({}, { options: { r: { value: 1 } } }), /option r must be a plain value/],
  ["an address as color", line({}, { options: { stroke: "url(https://example.org)" } }), /not a color/],
  ["an unknown channel", line({}, { channels: { q: [1] } }), /no channel "q"/],
  ["channels of different length", line({}, { channels: { x: [1, 2], y: [1] } }), /y has 1 values, x has 2/],
  ["a channel that is no list", line({}, { channels: { x: 3 } }), /channel x is not a list/],
  ["an unknown scale option", line({ x: { lable: "k" } }), /x does not know "lable"/],
  ["an unknown key", line({ heigth: 1 }), /a figure does not know "heigth"/],
  ["an unknown scheme", line({ color: { scheme: "jet" } }), /color.scheme "jet" is none of/],
  ["a painted address", panels(["a"], list(4, () => "url(https://example.org)")), /fill "url\(.*\)" is not a color/],
  ["nine series", { marks: list(9, (i) => ({ mark: "dot", channels: { x: [i], y: [i] }, series: `${i}` })) }, /more than 8 series/],
]);
for (const [name, spec, message] of bad) {
  test(`refuses ${name}`, () => assert.throws(() => render(spec), message));
}

test("series colors have a contrast of 3 : 1 in both schemes", () => {
  const css = readFileSync(new URL("../../overrides/live/figure.css", import.meta.url), "utf8");
  /** @param {string} hex */
  const luminance = (hex) => {
    const [r, g, b] = [1, 3, 5]
      .map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  // The theme's backgrounds: white, and slate's hsl(232, 15%, 14%).
  const blocks = [["default", "#ffffff"], ["slate", "#1e2129"]];
  for (const [scheme, page] of blocks) {
    const block = css.slice(css.indexOf(`[data-md-color-scheme="${scheme}"] {`)).split("}")[0];
    const colors = [...block.matchAll(/--dl-(c\d): (#\w{6})/g)];
    assert.equal(colors.length, 8);
    for (const [, name, hex] of colors) {
      const [low, high] = [luminance(hex), luminance(page)].sort((a, b) => a - b);
      assert.ok((high + 0.05) / (low + 0.05) >= 3, `${scheme} ${name} ${hex}`);
    }
  }
});
