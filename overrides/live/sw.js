/**
 * The service worker: what was visited, and what the reader asked for, is there without a network.
 *
 * Files whose address holds their content's hash come from the cache first; everything else from the
 * network first, from the cache when that fails. A new version takes over what is kept when it is
 * installed, waits until no tab shows the old one, and then removes the old one's cache: until then
 * an open tab finds its old files there.
 *
 * The build puts the version in front of this script, so that each version is another script.
 */

import { isCostly } from "./connection.js";
import { LISTING, Vault, pathOf, prefix, readListing } from "./vault.js";

/** @typedef {import("./vault.js").Listing} Listing */

const worker = /** @type {import("./serviceworker.d.ts").ServiceWorkerSelf} */ (/** @type {unknown} */ (self));
const scope = worker.registration.scope;
/** Who has run a cell will edit one: what the page loads only then is kept, too. */
const PYTHON = "assets/runtime/";
const LIVE = "assets/live/";
const PATIENCE = 4000; // ms: a network that says nothing for so long is taken for none, if there is a copy

/** @type {Promise<Vault> | undefined} */
let opened;
let ran = false;

/** The vault of this version. Rejects when its list is neither kept nor to be had. */
function vault() {
  opened ??= open();
  opened.catch(() => (opened = undefined));
  return opened;
}

async function open() {
  const cache = await caches.open(prefix(scope) + worker.DL_VERSION);
  const kept = await readListing(cache, scope);
  const it = new Vault({ scope, listing: kept ?? (await download()), caches, fetch: (...args) => fetch(...args) });
  // The page and the next version look for the list there; the reader may have removed it while this one waited.
  if (!kept) await it.putListing().catch(() => {}); // where nothing may be kept, the network answers
  return it;
}

/** @returns {Promise<Listing>} */
async function download() {
  const response = await fetch(scope + LISTING, { cache: "no-store" });
  const listing = await response.json();
  if (listing.version !== worker.DL_VERSION) throw new Error("the list is of another version");
  return listing;
}

worker.addEventListener("install", (event) => {
  event.waitUntil(vault().then((it) => it.takeOver({ thrifty: isCostly(worker.navigator.connection) })));
});

worker.addEventListener("activate", (event) => {
  opened = undefined; // what was there when it was installed may be gone
  // Claim: the first page of a first visit is kept, too.
  event.waitUntil(vault().then((it) => it.forgetOthers()).then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope) || request.headers.has("Range")) return;
  if (request.redirect === "error") return; // the vault's own, which it keeps itself
  // The browser asks for these by itself, past this worker.
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return;
  event.respondWith(answer(event));
});

worker.addEventListener("message", (event) => {
  const { data, source } = event;
  if (data.type === "visited") event.waitUntil(visited(data.urls));
  else if (data.type === "version") source?.postMessage({ type: "version", version: worker.DL_VERSION });
  else if (data.type === "take-over") event.waitUntil(takeOver(source, data.needs));
});

/** @param {import("./serviceworker.d.ts").FetchEvent} event */
async function answer(event) {
  const { request } = event;
  /** @type {Vault} */
  let it;
  try {
    it = await vault();
  } catch {
    return fetch(request);
  }
  const path = it.pathOf(request.url);
  if (path === null) {
    // Of no version that this worker knows, or of none at all.
    return request.mode === "navigate" ? fetch(request).catch(() => notKept(it)) : fetch(request);
  }
  if (path.startsWith(PYTHON) && !ran) {
    ran = true;
    const parts = Object.keys(it.listing.files).filter((each) => /\.js$/.test(each) && each.startsWith(LIVE));
    event.waitUntil(Promise.allSettled(parts.map((each) => it.bring(each))));
  }
  const cached = await it.match(path).catch(() => undefined);
  if (cached && it.listing.files[path].name !== undefined) return cached;
  try {
    const response = await (cached ? patiently(fetch(request)) : fetch(request));
    if (response.status >= 500 && cached) return cached;
    // What is kept is of this version; a newer one is the next worker's.
    if (response.ok && !cached) event.waitUntil(it.keep(path, response.clone()).catch(() => false));
    return response;
  } catch (error) {
    if (cached) return cached;
    if (request.mode === "navigate") return notKept(it);
    throw error;
  }
}

/** @param {Promise<Response>} coming @returns {Promise<Response>} */
function patiently(coming) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("nothing came")), PATIENCE);
    coming.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** What a page has loaded before this worker was there, or past it. @param {string[]} urls */
async function visited(urls) {
  const it = await vault();
  for (const url of new Set(urls)) {
    const path = it.pathOf(url);
    // The browser's own cache has it: nothing is downloaded twice.
    if (path !== null) await it.bring(path, { cache: "force-cache" }).catch(() => {});
  }
}

/**
 * A page asks the new version not to wait for it. It need not, if the page is the only one and all
 * that it may still load is the new version's as well.
 * @param {import("./serviceworker.d.ts").Client | null} asker
 * @param {string[]} needs the addresses of files, or of folders with a slash at the end
 */
async function takeOver(asker, needs) {
  const { listing } = await vault();
  const paths = Object.keys(listing.files);
  const has = needs.every((url) =>
    url.endsWith("/")
      ? paths.some((path) => (scope + path).startsWith(url))
      : pathOf(url, scope, listing) !== null,
  );
  if (!has) return;
  // A tab that is just being closed counts for a moment, on a busy machine for long.
  for (let left = 25; left > 0; left -= 1) {
    const pages = await worker.clients.matchAll({ includeUncontrolled: true });
    // Of the needs of a page that did not ask nothing is known; it asks for itself, if it is of today.
    if (!pages.some(({ id }) => id === asker?.id)) return;
    if (pages.length === 1) return worker.skipWaiting();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** @param {Vault} it */
async function notKept(it) {
  const kept = (await it.kept().catch(() => [])).filter((path) => path === "" || path.endsWith("/"));
  const items = kept
    .filter((path) => !path.startsWith("q/"))
    .sort()
    .map((path) => `<li><a href="${scope}${path}">${path || "Home"}</a></li>`);
  const list = items.length > 0 ? `<p>These are:</p><ul>${items.join("")}</ul>` : "";
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not kept</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>
<body><h1>This page is not on your device</h1>
<p>There is no connection, and you have not opened this page before.</p>${list}</body></html>`;
  return new Response(html, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}
