/**
 * The entry that every page loads: finds the cells, on the first page and after each instant
 * navigation, and keeps the one client that lives across them.
 */

import { Cell } from "./cell.js";
import { Client } from "./client.js";
import { Consent } from "./connection.js";
import { Drafts } from "./drafts.js";
import { openFigures } from "./figures.js";
import { Intent } from "./intent.js";
import { Together } from "./together.js";

const config = JSON.parse(document.getElementById("dl-config")?.textContent ?? "{}");

const store = storage();
const consent = new Consent({
  connection: /** @type {any} */ (navigator).connection,
  prefers: (query) => matchMedia(query).matches,
  storage: store,
});
// Resolved now: after an instant navigation a relative address would mean something else.
const client = new Client({
  runtime: new URL(config.runtime ?? "runtime/", document.baseURI).href,
  bytes: config.bytes,
  plain: new URLSearchParams(location.search).has("plain"),
  consent,
  createWorker: () =>
    /** @type {import("./client.js").WorkerLike} */ (
      new Worker(new URL(__WORKER__, import.meta.url), { type: "module" })
    ),
});

const intent = new Intent({ warm: () => client.warm(), allowed: () => !consent.careful() });
const drafts = new Drafts(store);
/** Keeps what was visited; null where the site is being written and changes all the time. */
const visits = config.offline ? keepVisits(new URL(config.offline, document.baseURI).href) : null;
/** The address of a cell, and more: what more, share.js judges. */
const SHARED = /^#cell-([\w-]+)&(.*)$/s;

/** @type {Cell[]} */
let cells = [];
let page = "";

/** @param {string} script */
function keepVisits(script) {
  const scope = new URL(".", script).href;
  // Later than the page: nothing that the reader waits for.
  const made = loaded().then(async () => {
    const { Visits, wished } = await import("./visits.js");
    const style = /** @type {HTMLLinkElement} */ (document.querySelector("link[href*='/live/site-']"));
    const needs = [import.meta.url, style.href, client.runtime];
    const it = new Visits({ container: navigator.serviceWorker, script, needs });
    if (await wished(scope)) void import("./offline.js").then(({ goOn }) => goOn(scope, it));
    return it;
  });
  made.catch(() => {}); // a script that did not load: the page works without
  return { scope, made };
}

/** @returns {Promise<void>} */
function loaded() {
  return new Promise((resolve) => {
    if (document.readyState === "complete") resolve();
    else addEventListener("load", () => resolve(), { once: true });
  });
}

/** What this page is made of is kept, and the switch is set up where there is one. */
async function visit() {
  if (!visits) return;
  const it = await visits.made.catch(() => null);
  if (!it) return;
  const files = performance.getEntriesByType("resource").map(({ name }) => name);
  void it.visited([location.href, ...files]);
  const root = /** @type {HTMLElement | null} */ (document.querySelector(".dl-offline"));
  if (!root || root.childElementCount > 0) return;
  const { Switch } = await import("./offline.js");
  new Switch(root, { scope: visits.scope, visits: it });
}

function mount() {
  void visit();
  // In Firefox the theme draws a page anew when only the fragment of its address changes: code that
  // came with a link, which by then the address need not hold any longer, goes on to the new cell.
  /** @type {Cell | undefined} */
  let lent;
  if (cells.length > 0 && !cells[0].root.isConnected) {
    if (page === location.pathname) lent = cells.find(({ keeping }) => keeping.mark === "lent");
    client.leave(page);
    for (const cell of cells) cell.destroy();
    cells = [];
  }
  if (cells.length > 0) return;
  page = location.pathname;
  const roots = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".dl-cell"));
  for (const root of roots) cells.push(new Cell(root, { client, page, cells, drafts }));
  intent.watch(roots);
  if (cells.length === 0) return;
  openFigures();
  new Together(cells);
  const [heir] = cells.filter(({ name }) => name === lent?.name);
  if (lent && heir) void heir.receive(Promise.resolve(lent.code));
  else openLink(location.href);
}

/**
 * Shows the code that an address holds, in its cell.
 * @param {string} address
 */
function openLink(address) {
  const { pathname, hash } = new URL(address);
  // Going back to another page changes the address before the content.
  if (pathname !== page) return;
  const [, name, rest] = SHARED.exec(unescaped(hash)) ?? [];
  if (name === undefined) return;
  const cell = cells.find((each) => each.name === name);
  if (!cell) {
    const why = `The link's code is for the cell "${name}", which this page does not have.`;
    void cells[0]?.receive(Promise.reject(new Error(why)));
    return;
  }
  const code = import("./share.js").then(
    ({ decode }) => decode(rest.startsWith("code=") ? rest.slice(5) : ""),
    () => {
      throw new Error("The script that reads the link's code did not load. Reload to try again.");
    },
  );
  void cell.receive(code);
}

/** Some chats escape a link's punctuation. @param {string} hash */
function unescaped(hash) {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}

/** Reading the property itself throws where storage is forbidden. */
function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

// The event's address: the theme, which follows the reader's scrolling, may have changed the page's by now.
addEventListener("hashchange", ({ newURL }) => openLink(newURL));
addEventListener("storage", ({ key }) => cells.forEach((cell) => cell.keeping.elsewhere(key)));
// The last moment that every browser reports, phones included.
addEventListener("pagehide", () => cells.forEach((cell) => cell.keeping.keep()));

/** @type {{document$?: {subscribe(next: () => void): unknown}}} */
const { document$ } = /** @type {any} */ (window);
if (document$) document$.subscribe(mount);
else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mount);
else mount();
