import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

const SCRIPT = fileURLToPath(new URL("../../src/dlsite/node/bundle.mjs", import.meta.url));

/** @type {string} */ let out;
/** @type {{entry: string, style: string, hide: string, forward: string, files: string[]}} */ let manifest;

before(() => {
  out = mkdtempSync(join(tmpdir(), "bundle-"));
  execFileSync(process.execPath, [SCRIPT, out]);
  manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
});
after(() => rmSync(out, { recursive: true }));

/** @param {string} name */
const read = (name) => readFileSync(join(out, name), "utf8");

/**
 * The scripts that a script imports at once, itself included, each once.
 * @param {string} name
 * @param {Set<string>} [found]
 * @returns {string[]}
 */
function withImports(name, found = new Set()) {
  found.add(name);
  for (const [, file] of read(name).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g))
    if (!found.has(file)) withImports(file, found);
  return [...found];
}

test("the manifest names every file, each with a hash", () => {
  assert.deepEqual(manifest.files, readdirSync(out).filter((name) => name !== "manifest.json").sort());
  for (const name of manifest.files) assert.match(name, /-[A-Z0-9]{8}\.(js|css|woff2)$/);
  assert.match(manifest.entry, /^page-/);
  assert.match(manifest.style, /^site-/);
});

test("two builds that meet leave one whole bundle, and nothing of an older one", async () => {
  writeFileSync(join(out, "older-AAAAAAAA.js"), "");
  const both = [1, 2].map(() => promisify(execFile)(process.execPath, [SCRIPT, out]));
  const seen = setInterval(() => {
    for (const name of manifest.files) assert.ok(existsSync(join(out, name)), name);
  }, 5);
  await Promise.all(both).finally(() => clearInterval(seen));
  assert.deepEqual(readdirSync(out).sort(), ["manifest.json", ...manifest.files].sort());
  assert.deepEqual(readdirSync(dirname(out)).filter((name) => name.startsWith(`${basename(out)}.`)), []);
});

test("what runs in the head is small and needs no other file", () => {
  for (const name of [manifest.hide, manifest.forward]) {
    assert.match(name, /^(hide|forward)-/);
    const text = read(name);
    assert.ok(text.length < 500, `${text.length}`);
    assert.doesNotMatch(text, /\b(import|export)\b/);
  }
});

test("what every page loads is below 12 kB", () => {
  const bytes = withImports(manifest.entry).map((name) => gzipSync(read(name), { level: 9 }).length);
  assert.ok(bytes.reduce((a, b) => a + b) < 12_000, `${bytes}`);
});

test("editor, figures and worker are there, but come only when wanted", () => {
  const first = withImports(manifest.entry).join();
  for (const name of ["editor", "figure", "figuretools", "form", "shared", "parts", "intent", "visiting", "worker"]) {
    const file = manifest.files.find((each) => each.startsWith(`${name}-`));
    assert.ok(file && !first.includes(file), name);
    assert.ok(read(manifest.entry).includes(file), `the entry does not know ${file}`);
  }
});

test("no address of another origin, none from the root", () => {
  for (const name of manifest.files.filter((each) => !each.endsWith(".woff2"))) {
    const text = read(name);
    const urls = [...text.matchAll(/\b(?:import|fetch|Worker|URL)\(\s*["'`](https?:|\/)[^"'`]*/g)];
    assert.deepEqual(urls.map(([url]) => url), [], name);
    for (const [, url] of text.matchAll(/https?:\/\/([\w.-]+)/g)) {
      // Names of XML namespaces, and places where a library's messages send a developer.
      assert.match(url, /^(www\.w3\.org|observablehq\.com|github\.com|lezer\.codemirror\.net)$/, `${name}: ${url}`);
    }
  }
});

test("KaTeX's fonts come in one format, and each that the style names is there", () => {
  const urls = [...read(manifest.style).matchAll(/url\(([^)]+)\)/g)].map(([, url]) => url.replace(/["']/g, ""));
  assert.ok(urls.length >= 20);
  for (const url of urls) {
    assert.match(url, /^\.\/[\w-]+\.woff2$/);
    assert.ok(existsSync(join(out, url)));
  }
});

test("the same sources give the same files", () => {
  const again = mkdtempSync(join(tmpdir(), "bundle-"));
  execFileSync(process.execPath, [SCRIPT, again]);
  assert.equal(readFileSync(join(again, "manifest.json"), "utf8"), read("manifest.json"));
  rmSync(again, { recursive: true });
});
