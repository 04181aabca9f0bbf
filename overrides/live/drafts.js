/**
 * The reader's edits, kept between visits. Knows neither the page nor where they are kept.
 */

import { keysOf, PREFIX as OURS, read, remove, write } from "./storage.js";

/** @typedef {import("./storage.js").Store} Store */
/** @typedef {{hash: string, code: string, at: number}} Draft */

const PREFIX = `${OURS}draft:`;
export const MOST_DRAFTS = 200;
/** In characters; a longer code works, but is not kept. */
export const MOST_CODE = 100_000;

export class Drafts {
  /**
   * @param {Store | null} storage null where the browser forbids it
   * @param {() => number} [now]
   */
  constructor(storage, now = Date.now) {
    this.storage = storage;
    this.now = now;
  }

  /**
   * The draft of a cell; one that was made from another original is `outdated`.
   * @param {string} page
   * @param {string} cell
   * @param {string} original
   * @returns {{code?: string, outdated?: string}}
   */
  load(page, cell, original) {
    const draft = this.#read(keyOf(page, cell));
    if (!draft || draft.code === original) return {};
    return draft.hash === hash(original) ? { code: draft.code } : { outdated: draft.code };
  }

  /**
   * @param {string} page
   * @param {string} cell
   * @param {string} original
   * @param {string} code the original itself ends the draft
   * @returns {boolean} whether it is kept
   */
  save(page, cell, original, code) {
    const key = keyOf(page, cell);
    if (code === original || code.length > MOST_CODE) {
      remove(this.storage, key); // an older draft would come back in the place of this code
      return code === original;
    }
    /** @type {Draft} */
    const draft = { hash: hash(original), code, at: this.now() };
    if (read(this.storage, key) === null) this.#makeRoom();
    if (write(this.storage, key, JSON.stringify(draft))) return true;
    remove(this.storage, key);
    return false;
  }

  /**
   * Whether an event of the storage may be about this cell.
   * @param {string | null} key null when everything was removed
   * @param {string} page
   * @param {string} cell
   */
  owns(key, page, cell) {
    return key === null || key === keyOf(page, cell);
  }

  /** @param {string} page @param {string} cell */
  remove(page, cell) {
    remove(this.storage, keyOf(page, cell));
  }

  #makeRoom() {
    const keys = keysOf(this.storage, PREFIX);
    if (keys.length < MOST_DRAFTS) return;
    const aged = keys.map((key) => ({ key, at: this.#read(key)?.at ?? 0 }));
    aged.sort((a, b) => a.at - b.at);
    for (const { key } of aged.slice(0, keys.length - MOST_DRAFTS + 1)) remove(this.storage, key);
  }

  /** @param {string} key @returns {Draft | null} null when nothing usable is there */
  #read(key) {
    try {
      const draft = JSON.parse(read(this.storage, key) ?? "null");
      const usable =
        typeof draft?.hash === "string" &&
        typeof draft.code === "string" &&
        draft.code.length <= MOST_CODE &&
        Number.isFinite(draft.at);
      return usable ? draft : null;
    } catch {
      return null;
    }
  }
}

/** @param {string} page @param {string} cell */
function keyOf(page, cell) {
  return `${PREFIX}${page}#${cell}`;
}

/**
 * Tells two versions of a cell apart; nobody has a reason to forge it, and unlike the browser's own
 * digests it answers at once (FNV-1a, twice, from two offsets).
 * @param {string} text
 */
function hash(text) {
  let a = 0x811c9dc5;
  let b = 0x01234567;
  for (let i = 0; i < text.length; i += 1) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x01000193);
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
}
