/** The switch that keeps the whole site, with caches and a server in memory. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { Switch } from "../../overrides/live/offline.js";
import { LISTING, prefix } from "../../overrides/live/vault.js";
import { MemoryCaches } from "./memory.js";

const SCOPE = "https://example.org/sub/";
const TEXTS = { "": "home", "a/": "page a" };
const files = Object.fromEntries(
  Object.entries(TEXTS).map(([path, text]) => [
    path, { bytes: text.length, sha256: createHash("sha256").update(text).digest("hex") },
  ]),
);
const { document } = new JSDOM("<body></body>").window;
/** Lets the server answer. */ let release = () => {};

/** A browser that keeps the list, and whose server answers when it is released. */
async function browser() {
  const caches = new MemoryCaches();
  const cache = await caches.open(`${prefix(SCOPE)}1`);
  await cache.put(SCOPE + LISTING, new Response(JSON.stringify({ version: "1", files })));
  const open = new Promise((/** @type {(now?: unknown) => void} */ resolve) => (release = resolve));
  Object.assign(globalThis, {
    caches,
    document,
    fetch: async (/** @type {string} */ url, /** @type {RequestInit} */ { signal } = {}) => {
      await open;
      signal?.throwIfAborted();
      return new Response(TEXTS[/** @type {keyof typeof TEXTS} */ (String(url).slice(SCOPE.length))]);
    },
  });
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
}

/** A switch as each page has one, once it has looked. */
async function opened() {
  const root = document.createElement("div");
  document.body.append(root);
  new Switch(root, { scope: SCOPE, visits: /** @type {any} */ ({ version: async () => "1", renew: async () => {} }) });
  await until(() => root.querySelector("progress, button"));
  const press = (/** @type {string} */ text) =>
    [...root.querySelectorAll("button")].find((button) => button.textContent === text)?.click();
  return { root, press };
}

/** @param {() => unknown} holds */
async function until(holds) {
  for (let i = 0; i < 200 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(holds());
}

test("a switch that finds a download under way tells its end, too", async () => {
  await browser();
  const first = await opened();
  first.press("Keep the whole site");
  await until(() => first.root.querySelector("progress"));
  const later = await opened(); // on the next page
  assert.ok(later.root.querySelector("progress"));
  release();
  for (const { root } of [first, later]) {
    await until(() => root.textContent?.includes("The whole site is on this device"));
    assert.equal(root.querySelector("progress"), null);
  }
});

test("Stop on a later page stops the download, and says what is there", async () => {
  await browser();
  const first = await opened();
  first.press("Keep the whole site");
  await until(() => first.root.querySelector("progress"));
  const later = await opened();
  later.press("Stop");
  release();
  for (const { root } of [first, later]) {
    await until(() => root.querySelector("button")?.textContent === "Go on");
  }
});
