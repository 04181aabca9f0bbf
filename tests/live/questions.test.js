import assert from "node:assert/strict";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { stem } from "../../overrides/live/files.js";
import { built } from "../../overrides/live/html.js";
import { Parts } from "../../overrides/live/parts.js";
import { Questions } from "../../overrides/live/questions.js";

test("a file is asked for once, and again after it failed", async () => {
  /** @type {string[]} */ const asked = [];
  let broken = true;
  const questions = new Questions("https://example.org/sub/assets/questions/", async (url) => {
    asked.push(url);
    return { ok: !broken, status: 503, json: async () => ({ scoring: "<b>" }) };
  });
  await assert.rejects(questions.excerpt("normal-equation"), /503/);
  broken = false;
  const [one, two] = await Promise.all([questions.excerpt("normal-equation"), questions.excerpt("normal-equation")]);
  assert.equal(one, two);
  await questions.list();
  const base = "https://example.org/sub/assets/questions/";
  assert.deepEqual(asked, [`${base}normal-equation.json`, `${base}normal-equation.json`, `${base}index.json`]);
});

test("the build's HTML comes with its links at the site's root", () => {
  const { document } = new JSDOM("<body></body>", { url: "https://example.org/sub/interview/" }).window;
  const html = '<p>a <a href="t/q/#s">b</a> <a href="https://other.org/">c</a></p><ul><li>d</li></ul>';
  document.body.append(built(document, html, "https://example.org/sub/"));
  const links = [...document.querySelectorAll("a")].map((link) => link.getAttribute("href"));
  assert.deepEqual(links, ["https://example.org/sub/t/q/#s", "https://other.org/"]);
  assert.deepEqual([...document.body.children].map(({ tagName }) => tagName), ["P", "UL"]);
});

test("names of files are of letters, digits and hyphens", () => {
  assert.equal(stem("A. B. / 2026-05-01 <x>"), "a-b-2026-05-01-x");
  assert.equal(stem("../.."), "");
  assert.equal(stem("é".repeat(99)).length, 60);
});

test("a part that does not load says so, and only its own element is told", async () => {
  const { document } = new JSDOM('<div data-mount="nonesuch"></div><svg data-part="line"></svg><p>Text</p>').window;
  const error = console.error;
  /** @type {unknown[]} */ const logged = [];
  console.error = (/** @type {unknown} */ what) => void logged.push(what);
  const parts = new Parts({ storage: null, questions: "https://example.org/" });
  parts.mount(document);
  parts.mount(document);
  await new Promise((resolve) => setTimeout(resolve));
  console.error = error;
  assert.equal(document.body.textContent, "This part of the page did not load. Reload to try again.Text");
  assert.equal(logged.length, 1);
});
