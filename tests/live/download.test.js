import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { downloader } from "../../overrides/live/download.js";

const BASE = "https://example.org/runtime/";

/** @param {Record<string, Response | Error>} files */
function setUp(files) {
  /** @type {string[]} */ const asked = [];
  /** @type {{file: string | null, done: number, total: number}[]} */ const reports = [];
  const downloads = downloader({
    base: BASE,
    fetch: async (input) => {
      const file = String(input).replace(BASE, "");
      asked.push(file);
      const answer = files[file] ?? new Response("", { status: 404 });
      if (answer instanceof Error) throw answer;
      return answer;
    },
    report: (progress) => reports.push(progress),
  });
  return { downloads, asked, reports };
}

/** @param {Record<string, number>} bytes */
const info = (bytes) => ({
  pyodide: "", python: "", packages: [],
  files: Object.fromEntries(Object.entries(bytes).map(([name, n]) => [name, { bytes: n, sha256: "" }])),
});

/** @param {{response(file: string): Promise<Response>}} downloads @param {string} file */
const bytes = async (downloads, file) => (await downloads.response(file)).arrayBuffer();

test("files load side by side, once, and their bytes add up", async () => {
  const { downloads, asked, reports } = setUp({ "a.wasm": new Response("12345"), b: new Response("678") });
  downloads.start(info({ "a.wasm": 5, b: 3 }), ["a.wasm", "b"]);
  assert.deepEqual(asked, ["a.wasm", "b"]);
  assert.deepEqual(reports.at(-1), { file: "a.wasm", done: 0, total: 8 });
  const a = await downloads.fetch(`${BASE}a.wasm`);
  assert.equal(await a.text(), "12345");
  assert.equal(new TextDecoder().decode(await bytes(downloads, "b")), "678");
  assert.deepEqual(reports.at(-1), { file: null, done: 8, total: 8 });
  assert.equal(asked.length, 2);
});

test("an HTTP error, a dead network and half a file name the file", async () => {
  for (const [answer, message] of /** @type {[Response | Error, RegExp][]} */ ([
    [new Response("", { status: 500 }), /^Error: numpy\.whl did not load: HTTP 500\.$/],
    [new TypeError("fetch failed"), /^Error: numpy\.whl did not load: the network failed\.$/],
    [new Response("12"), /^Error: numpy\.whl did not load: only a part of it arrived\.$/],
  ])) {
    const { downloads } = setUp({ "numpy.whl": answer });
    downloads.start(info({ "numpy.whl": 5 }), ["numpy.whl"]);
    const read = bytes(downloads, "numpy.whl");
    await assert.rejects(read, message);
    await assert.rejects(downloads.failure, message);
  }
});

test("a connection that breaks in the middle names the file", async () => {
  let parts = 0;
  const body = new ReadableStream({
    pull(controller) {
      parts += 1;
      if (parts === 1) controller.enqueue(new Uint8Array(2));
      else controller.error(new TypeError("network error"));
    },
  });
  const { downloads } = setUp({ "numpy.whl": new Response(body) });
  downloads.start(info({ "numpy.whl": 5 }), ["numpy.whl"]);
  await assert.rejects(bytes(downloads, "numpy.whl"), /numpy\.whl did not load: only a part/);
  assert.match(String(downloads.failed), /numpy\.whl/);
});

test("bytes count when they arrive, not when they are taken", async () => {
  const { downloads, reports } = setUp({ a: new Response("123"), b: new Response("4567") });
  downloads.start(info({ a: 3, b: 4 }), ["a", "b"]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(reports.at(-1), { file: null, done: 7, total: 7 });
  assert.equal(new TextDecoder().decode(await bytes(downloads, "b")), "4567");
});

test("altered bytes are refused", async () => {
  const integrity = `sha256-${createHash("sha256").update("good").digest("base64")}`;
  for (const [text, ok] of /** @type {[string, boolean][]} */ ([["good", true], ["evil", false]])) {
    const { downloads } = setUp({ w: new Response(text) });
    const read = downloads.fetch(`${BASE}w`, { integrity }).then((response) => response.text());
    if (ok) assert.equal(await read, text);
    else await assert.rejects(read, /w is not the file it should be/);
  }
});

test("a runtime.json that is a page of HTML is said to be invalid", async () => {
  const { downloads } = setUp({ "runtime.json": new Response("<!doctype html>") });
  await assert.rejects(downloads.info(), /runtime\.json did not load: it is not valid/);
});
