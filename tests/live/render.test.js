import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../src/dlsite/node/render.mjs", import.meta.url));

/** @param {string[]} lines @returns {Promise<{code: number | null, answers: any[]}>} */
function render(lines) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
    let out = "";
    child.stdout.on("data", (data) => (out += data));
    child.on("close", (code) => {
      resolve({ code, answers: out.split("\n").filter(Boolean).map((line) => JSON.parse(line)) });
    });
    child.stdin.end(lines.map((line) => `${line}\n`).join(""));
  });
}

const spec = { title: "T", marks: [{ mark: "line", channels: { x: [0, 1], y: [0, 1] }, series: "s" }] };

test("answers in order, one line each; a bad request gets an error and ends nothing", async () => {
  const requests = [
    { id: 1, kind: "tex", tex: "\\hat y", display: false },
    { id: 2, kind: "tex", tex: "\\frac{1}{2}", display: true },
    { id: 3, kind: "tex", tex: "\\frac{1}{" },
    { id: 4, kind: "tex", tex: "\\href{https://example.org}{x}" },
    { id: 5, kind: "figure", spec },
    { id: 6, kind: "figure", spec: { marks: [{ mark: "pie", channels: {} }] } },
    { id: 7, kind: "sound" },
    { id: 8, kind: "toString" },
    { id: 9, kind: "tex" },
    { id: 10, kind: "figure", spec: null },
    { id: 11, kind: "tex", tex: "日" },
  ];
  const lines = requests.map((request) => JSON.stringify(request));
  const { code, answers } = await render([...lines.slice(0, 3), "not json", "", ...lines.slice(3), "null"]);
  assert.equal(code, 0);
  assert.deepEqual(
    answers.map(({ id, ok }) => [id, ok]),
    [[1, true], [2, true], [3, false], [null, false], [4, false], [5, true], [6, false], [7, false],
      [8, false], [9, false], [10, false], [11, false], [null, false]],
  );
  const [inline, display, broken] = answers;
  assert.match(inline.html, /^<span data-search-exclude class="katex">.*<math/);
  assert.match(display.html, /^<span data-search-exclude class="katex-display">/);
  assert.match(broken.error, /KaTeX parse error/);
  const figure = answers[5].html;
  assert.match(figure, /^<figcaption>T<\/figcaption><ul class="dl-legend">/);
  assert.match(figure, /<svg class="dl-plot dl-wide".*<svg class="dl-plot dl-narrow"/s);
  assert.match(answers[6].error, /mark 1 \(pie\)/);
});

test("the MathML of an operator's name in a subscript has the parts that MathML asks for", async () => {
  const request = { id: 1, kind: "tex", tex: "\\sigma_{\\max} + \\ln x" };
  const { answers } = await render([JSON.stringify(request)]);
  const [, inside] = /** @type {RegExpMatchArray} */ (answers[0].html.match(/<msub>(.*?)<\/msub>/));
  assert.equal(inside, "<mi>σ</mi><mrow><mi>max</mi><mo>\u2061</mo></mrow>");
});
