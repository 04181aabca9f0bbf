/** What the device keeps of the runtime, and has lost a part of, is taken out. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { mend } from "../../overrides/live/mend.js";
import { MemoryCaches } from "./memory.js";

const BASE = "https://example.org/assets/runtime/1/";
const TEXTS = { "memory.zst": "memory", "pyodide.asm.wasm": "wasm" };
const LIST = JSON.stringify({
  files: Object.fromEntries(
    Object.entries(TEXTS).map(([file, text]) => [
      file, { bytes: text.length, sha256: createHash("sha256").update(text).digest("hex") },
    ]),
  ),
});

/**
 * A cache with these files, and a service worker that answers from it first.
 * @param {Record<string, string | Response>} kept
 */
async function device(kept) {
  const caches = new MemoryCaches();
  const cache = await caches.open("dlconcepts / 1");
  for (const [file, content] of Object.entries(kept)) {
    await cache.put(BASE + file, typeof content === "string" ? new Response(content) : content);
  }
  const mended = () => mend(BASE, /** @type {any} */ (caches), async (url) =>
    (await cache.match(String(url))) ?? new Response(LIST));
  const files = async () => (await cache.keys()).map(({ url }) => url.slice(BASE.length));
  return { caches, mended, files };
}

test("what is whole stays", async () => {
  const { mended, files } = await device({ ...TEXTS, "runtime.json": LIST });
  assert.deepEqual(await mended(), []);
  assert.equal((await files()).length, 3);
});

test("what was cut, altered or cannot be read goes, and nothing else", async () => {
  const cut = await device({ ...TEXTS, "pyodide.asm.wasm": "wa", "other.js": "x" });
  assert.deepEqual(await cut.mended(), ["pyodide.asm.wasm"]);
  assert.deepEqual(await cut.files(), ["memory.zst", "other.js"]);
  const altered = await device({ ...TEXTS, "memory.zst": "memorx" });
  assert.deepEqual(await altered.mended(), ["memory.zst"]);
  const unreadable = { clone: () => ({ arrayBuffer: () => Promise.reject(new Error("disk")) }) };
  const broken = await device({ ...TEXTS, "memory.zst": /** @type {any} */ (unreadable) });
  assert.deepEqual(await broken.mended(), ["memory.zst"]);
});

test("a list that cannot be read goes first", async () => {
  const { mended, files } = await device({ ...TEXTS, "memory.zst": "mem", "runtime.json": LIST.slice(9) });
  assert.deepEqual(await mended(), ["runtime.json", "memory.zst"]);
  assert.deepEqual(await files(), ["pyodide.asm.wasm"]);
});

test("where nothing of ours is kept, nothing is asked for", async () => {
  const caches = new MemoryCaches();
  await caches.open("another site");
  const fetch = () => assert.fail("asked");
  assert.deepEqual(await mend(BASE, /** @type {any} */ (caches), fetch), []);
});

test("without the list nothing is removed", async () => {
  const { caches, files } = await device({ "memory.zst": "mem" });
  const fetch = async () => new Response("no", { status: 404 });
  await assert.rejects(mend(BASE, /** @type {any} */ (caches), fetch));
  assert.deepEqual(await files(), ["memory.zst"]);
});
