/** What is kept of the site, against caches and a server that live in memory. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { LISTING, Vault, VaultError, pathOf, prefix } from "../../overrides/live/vault.js";
import { WISH } from "../../overrides/live/visits.js";
import { MemoryCaches } from "./memory.js";

const SCOPE = "https://example.org/sub/";

/** @param {string} text */
function entry(text) {
  return { bytes: text.length, sha256: createHash("sha256").update(text).digest("hex").slice(0, 32) };
}

/**
 * A version of a site on its server.
 * @param {string} version
 * @param {Record<string, string>} texts
 * @param {Record<string, object>} more
 */
function deploy(version, texts, more = {}) {
  const files = Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [path, { ...entry(text), ...more[path] }]),
  );
  return { listing: { version, files }, texts };
}

const FIRST = deploy(
  "1",
  { "": "home", "a/": "page a", "assets/x-AAAAAAAA.js": "x", "assets/big.whl": "big" },
  { "assets/x-AAAAAAAA.js": { name: "assets/x-*.js" }, "assets/big.whl": { extra: true } },
);

/**
 * @param {ReturnType<typeof deploy>} site
 * @param {MemoryCaches} [caches]
 * @param {Record<string, (url: string, init: RequestInit) => Response | Promise<Response>>} [odd] files that are not as they should be
 */
function opened(site, caches = new MemoryCaches(), odd = {}) {
  /** @type {string[]} */
  const asked = [];
  const vault = new Vault({
    scope: SCOPE,
    listing: site.listing,
    caches: /** @type {any} */ (caches),
    fetch: async (input, init = {}) => {
      const path = String(input).slice(SCOPE.length);
      asked.push(path);
      init.signal?.throwIfAborted();
      if (odd[path]) return odd[path](String(input), init);
      const text = site.texts[path];
      return text === undefined ? new Response("no", { status: 404 }) : new Response(text);
    },
  });
  return { vault, asked, caches };
}

/** @param {Vault} vault @param {string} path */
async function textOf(vault, path) {
  return (await vault.match(path))?.text();
}

test("an address leads to its path, whatever its query and anchor", () => {
  const of = (/** @type {string} */ url) => pathOf(url, SCOPE, FIRST.listing);
  assert.equal(of(SCOPE), "");
  assert.equal(of(`${SCOPE}index.html`), "");
  assert.equal(of(`${SCOPE}a/?h=word#step-2`), "a/");
  assert.equal(of(`${SCOPE}a/index.html`), "a/");
  assert.equal(of(`${SCOPE}b/`), null);
  assert.equal(of(`${SCOPE}toString`), null);
  assert.equal(of("https://example.org/other/"), null);
});

test("what arrived cut, altered, redirected or as an error is not kept", async () => {
  const { vault } = opened(FIRST);
  assert.equal(await vault.keep("a/", new Response("page")), false);
  assert.equal(await vault.keep("a/", new Response("page b")), false);
  assert.equal(await vault.keep("a/", new Response("page a", { status: 500 })), false);
  const redirected = new Response("page a");
  Object.defineProperty(redirected, "redirected", { value: true });
  assert.equal(await vault.keep("a/", redirected), false);
  assert.equal(await textOf(vault, "a/"), undefined);
  assert.equal(await vault.keep("a/", new Response("page a", { headers: { "Content-Type": "text/html" } })), true);
  assert.equal(await textOf(vault, "a/"), "page a");
  assert.equal((await vault.match("a/"))?.headers.get("Content-Type"), "text/html");
});

test("a copy that the browser's own cache has wrong is asked for again, once", async () => {
  /** @type {(string | undefined)[]} */
  const modes = [];
  const { vault } = opened(FIRST, undefined, {
    "a/": (_, init) => {
      modes.push(init.cache);
      return new Response(init.cache === "reload" ? "page a" : "page 0");
    },
    "assets/big.whl": () => new Response("bad"),
  });
  await vault.bring("a/", { cache: "force-cache" });
  assert.deepEqual(modes, ["force-cache", "reload"]);
  assert.equal(await textOf(vault, "a/"), "page a");
  await assert.rejects(vault.bring("assets/big.whl"), /is not the file it should be/);
});

test("the whole site is all but the extras, and its size is known before", async () => {
  const { vault, asked } = opened(FIRST);
  assert.deepEqual(await vault.size(), { done: 0, total: 4 + 6 + 1 });
  await vault.keep("a/", new Response("page a"));
  /** @type {{done: number, total: number}[]} */
  const told = [];
  await vault.bringAll((progress) => told.push(progress));
  assert.deepEqual(asked.sort(), ["", "assets/x-AAAAAAAA.js"]);
  assert.deepEqual(told[0], { done: 6, total: 11 });
  assert.deepEqual(told.at(-1), { done: 11, total: 11 });
  assert.deepEqual(await vault.state(), { wish: true, whole: true });
});

test("a whole site that is not there to the end is not taken for whole, and goes on", async () => {
  const caches = new MemoryCaches();
  const broken = opened(FIRST, caches, { "": () => Promise.reject(new TypeError("no network")) });
  await assert.rejects(broken.vault.bringAll(() => {}), new VaultError("The home page did not load: the network failed."));
  assert.deepEqual(await broken.vault.state(), { wish: true, whole: false });
  const { vault, asked } = opened(FIRST, caches);
  await vault.bringAll(() => {});
  assert.deepEqual(asked, [""]);
  assert.equal((await vault.state()).whole, true);
});

test("a download that is stopped says so by the signal's own error", async () => {
  const stop = new AbortController();
  const { vault } = opened(FIRST, undefined, {
    "": (_, init) => {
      stop.abort();
      init.signal?.throwIfAborted();
      return new Response("home");
    },
  });
  await assert.rejects(vault.bringAll(() => {}, stop.signal), { name: "AbortError" });
});

test("a new version takes over what has not changed, and fetches what has", async () => {
  const before = opened(FIRST);
  await before.vault.takeOver({ thrifty: false });
  for (const path of ["a/", "assets/x-AAAAAAAA.js", "assets/big.whl"]) await before.vault.bring(path);
  const second = deploy(
    "2",
    { "": "home", "a/": "page A2", "assets/x-BBBBBBBB.js": "x", "assets/big.whl": "big", "new/": "n" },
    { "assets/x-BBBBBBBB.js": { name: "assets/x-*.js" }, "assets/big.whl": { extra: true } },
  );
  const { vault, asked, caches } = opened(second, before.caches);
  await vault.takeOver({ thrifty: false });
  assert.deepEqual(asked, ["a/"]);
  assert.deepEqual((await vault.kept()).sort(), ["a/", "assets/big.whl", "assets/x-BBBBBBBB.js"]);
  assert.equal(await textOf(vault, "a/"), "page A2");
  assert.equal(await textOf(before.vault, "a/"), "page a"); // for the tabs that are open
  await caches.open("another site's");
  await vault.forgetOthers();
  assert.deepEqual(await caches.keys(), [`${prefix(SCOPE)}2`, "another site's"]);
});

test("files of one name are taken over each as it is", async () => {
  const named = { name: "assets/chunk-*.js" };
  const more = { "assets/chunk-AAAAAAAA.js": named, "assets/chunk-BBBBBBBB.js": named };
  const before = opened(deploy("1", { "assets/chunk-AAAAAAAA.js": "a", "assets/chunk-BBBBBBBB.js": "b" }, more));
  await before.vault.takeOver({ thrifty: false });
  await before.vault.bringAll(() => {});
  const texts = { "assets/chunk-AAAAAAAA.js": "a", "assets/chunk-CCCCCCCC.js": "c" };
  const second = deploy("2", texts, { ...more, "assets/chunk-CCCCCCCC.js": named });
  const { vault, asked } = opened(second, before.caches);
  await vault.takeOver({ thrifty: false });
  assert.deepEqual((await vault.kept()).sort(), Object.keys(texts));
  assert.deepEqual(asked, ["assets/chunk-CCCCCCCC.js"]);
});

test("the wish for the whole site goes over to a new version, and that it is whole does not", async () => {
  const before = opened(FIRST);
  await before.vault.takeOver({ thrifty: false });
  await before.vault.bringAll(() => {});
  const { vault } = opened(deploy("2", { ...FIRST.texts, "new/": "n" }), before.caches);
  await vault.takeOver({ thrifty: false });
  assert.deepEqual(await vault.state(), { wish: true, whole: false });
});

test("who saves data gets what has not changed, and nothing is fetched", async () => {
  const before = opened(FIRST);
  await before.vault.takeOver({ thrifty: false });
  await before.vault.bring("");
  await before.vault.bring("a/");
  const { vault, asked } = opened(deploy("2", { "": "home", "a/": "page A2" }), before.caches);
  await vault.takeOver({ thrifty: true });
  assert.deepEqual(asked, []);
  assert.deepEqual(await vault.kept(), [""]);
});

test("a take-over that fails leaves the older version whole", async () => {
  const before = opened(FIRST);
  await before.vault.takeOver({ thrifty: false });
  await before.vault.bring("a/");
  const { vault } = opened(deploy("2", { "a/": "page A2" }), before.caches, {
    "a/": () => Promise.reject(new TypeError("no network")),
  });
  await assert.rejects(vault.takeOver({ thrifty: false }), VaultError);
  assert.equal(await textOf(before.vault, "a/"), "page a");
});

test("a cache without its list is not trusted", async () => {
  const caches = new MemoryCaches();
  const half = await caches.open(`${prefix(SCOPE)}1`);
  await half.put(`${SCOPE}a/`, new Response("page a"));
  const { vault } = opened(deploy("2", FIRST.texts), caches);
  await vault.takeOver({ thrifty: false });
  assert.deepEqual(await vault.kept(), []);
});

test("clearing forgets every version and the wish, and keeps the list and other sites' caches", async () => {
  const { vault, caches } = opened(FIRST);
  await caches.open(`${prefix(SCOPE)}0`);
  await caches.open("dlconcepts /other/ 1");
  await vault.bringAll(() => {});
  await vault.clear();
  assert.deepEqual((await caches.keys()).sort(), ["dlconcepts /other/ 1", `${prefix(SCOPE)}1`]);
  const left = await (await caches.open(`${prefix(SCOPE)}1`)).keys();
  assert.deepEqual(left, [{ url: SCOPE + LISTING }]);
  assert.deepEqual(await vault.state(), { wish: false, whole: false });
  assert.equal(WISH, "offline/wish");
});
