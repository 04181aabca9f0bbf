/**
 * The reader's edits, kept between visits. Knows neither the page nor where they are kept: storage
 * is given, may be forbidden, full, or hold what others wrote, and never makes a cell fail.
 */

/** @typedef {Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">} Store */
/** @typedef {{hash: string, code: string, at: number}} Draft */

/** Sites of one host share one storage: the prefix tells ours from theirs. */
const PREFIX = "dlconcepts:draft:";
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
   * The draft of a cell. One that was made from another original is taken out of the storage and
   * given back as `outdated`, so that this is said once.
   * @param {string} page
   * @param {string} cell
   * @param {string} original
   * @returns {{code?: string, outdated?: string}}
   */
  load(page, cell, original) {
    const key = keyOf(page, cell);
    const draft = this.#read(key);
    if (draft && draft.hash === hash(original) && draft.code !== original) {
      return { code: draft.code };
    }
    this.#remove(key);
    return draft && draft.code !== original ? { outdated: draft.code } : {};
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
      this.#remove(key); // an older draft would come back in the place of this code
      return code === original;
    }
    /** @type {Draft} */
    const draft = { hash: hash(original), code, at: this.now() };
    try {
      if (!this.storage) return false;
      if (this.storage.getItem(key) === null) this.#makeRoom(this.storage);
      this.storage.setItem(key, JSON.stringify(draft));
      return true;
    } catch {
      this.#remove(key);
      return false;
    }
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
    this.#remove(keyOf(page, cell));
  }

  /** @param {Store} storage */
  #makeRoom(storage) {
    const keys = [];
    for (let i = 0; i < storage.length; i += 1) {
      const key = storage.key(i);
      if (key?.startsWith(PREFIX)) keys.push(key);
    }
    if (keys.length < MOST_DRAFTS) return;
    const aged = keys.map((key) => ({ key, at: this.#read(key)?.at ?? 0 }));
    aged.sort((a, b) => a.at - b.at);
    for (const { key } of aged.slice(0, keys.length - MOST_DRAFTS + 1)) this.#remove(key);
  }

  /** @param {string} key @returns {Draft | null} null when nothing usable is there */
  #read(key) {
    try {
      const draft = JSON.parse(this.storage?.getItem(key) ?? "null");
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

  /** @param {string} key */
  #remove(key) {
    try {
      this.storage?.removeItem(key);
    } catch {
      // Where nothing can be removed, nothing could be written either.
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
