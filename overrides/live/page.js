/**
 * The entry that every page loads: finds the cells, on the first page and after each instant
 * navigation, and keeps the one client that lives across them.
 */

import { Cell } from "./cell.js";
import { Client } from "./client.js";
import { Consent } from "./connection.js";
import { Drafts } from "./drafts.js";
import { openFigures } from "./figures.js";
import { Together } from "./together.js";

const config = JSON.parse(document.getElementById("dl-config")?.textContent ?? "{}");

/** Of the addresses that every page of this version names: the folder of Python, and this very script. */
const VERSION = [config.runtime?.split("/").at(-2) ?? "", import.meta.url.split("/").at(-1) ?? ""];

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
  renewed: () =>
    fetch(location.href, { cache: "no-store" })
      .then((response) => response.text())
      // Anything else is no page of this site's.
      .then((text) => text.includes("dl-config") && !VERSION.every((name) => text.includes(name)))
      .catch(without),
  createWorker: () =>
    /** @type {import("./client.js").WorkerLike} */ (
      new Worker(new URL(__WORKER__, import.meta.url), { type: "module" })
    ),
});

/** Starts Python before the click where a reader is about to run something. */
const intent = loaded().then(async () => {
  const { Intent } = await import("./intent.js");
  return new Intent({ warm: () => client.warm(), allowed: () => !consent.careful() });
});
const drafts = new Drafts(store);
/** Keeps what is visited; null where the site is being written and changes all the time. */
const visit = config.offline ? keepVisits(new URL(config.offline, document.baseURI).href) : null;
const questions = new URL(config.questions ?? "questions/", document.baseURI).href;
const parts = import("./parts.js").then(({ Parts }) => new Parts({ storage: store, questions }));
const UNREAD = "The script that reads the link's code did not load. Reload to try again.";

/** @type {Cell[]} */
let cells = [];
let page = "";

/** For what comes later than the page: nothing that the reader waits for. @returns {Promise<void>} */
async function loaded() {
  if (document.readyState === "complete") return;
  await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
}

/** @param {string} script */
async function keepVisits(script) {
  await loaded();
  const { visiting } = await import("./visiting.js");
  const style = /** @type {HTMLLinkElement} */ (document.querySelector("link[href*='/live/site-']"));
  return visiting(script, [import.meta.url, style.href, client.runtime]);
}

/** Where a script that comes later did not load, the page works without. */
function without() {}

function mount() {
  visit?.then((at) => at()).catch(without);
  parts.then((all) => all.mount(document)).catch(without);
  mountCells();
}

function mountCells() {
  if (cells.length > 0 && !cells[0].root.isConnected) {
    client.leave(page);
    for (const cell of cells) cell.destroy();
    cells = [];
  }
  if (cells.length > 0) return;
  page = location.pathname;
  const roots = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".dl-cell"));
  for (const root of roots) cells.push(new Cell(root, { client, page, cells, drafts }));
  intent.then((it) => it.watch(roots)).catch(without);
  if (cells.length === 0) return;
  openFigures();
  new Together(cells);
  openLink(location.href);
}

/**
 * Shows the code that an address holds, in its cell; few addresses hold any.
 * @param {string} address
 */
function openLink(address) {
  const { pathname, hash } = new URL(address);
  // Going back to another page changes the address before the content.
  if (pathname !== page || !/^#cell-.*(&|%26)/s.test(hash)) return;
  void import("./shared.js").then(
    ({ receive }) => receive(hash, cells),
    () => cells[0]?.receive(Promise.reject(new Error(UNREAD))),
  );
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
