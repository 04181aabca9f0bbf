/**
 * The entry that every page loads: finds the cells, on the first page and after each instant
 * navigation, and keeps the one client that lives across them.
 */

import { Cell } from "./cell.js";
import { Client } from "./client.js";

const config = JSON.parse(document.getElementById("dl-config")?.textContent ?? "{}");

// Resolved now: after an instant navigation a relative address would mean something else.
const client = new Client({
  runtime: new URL(config.runtime ?? "runtime/", document.baseURI).href,
  createWorker: () =>
    /** @type {import("./client.js").WorkerLike} */ (
      new Worker(new URL(__WORKER__, import.meta.url), { type: "module" })
    ),
});

/** @type {Cell[]} */
let cells = [];
let page = "";

function mount() {
  if (cells.length > 0 && !cells[0].root.isConnected) {
    client.leave(page);
    for (const cell of cells) cell.destroy();
    cells = [];
  }
  if (cells.length > 0) return;
  page = location.pathname;
  const roots = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".dl-cell"));
  for (const root of roots) cells.push(new Cell(root, { client, page, cells }));
}

/** @type {{document$?: {subscribe(next: () => void): unknown}}} */
const { document$ } = /** @type {any} */ (window);
if (document$) document$.subscribe(mount);
else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mount);
else mount();
