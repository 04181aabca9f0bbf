/**
 * One document that the browser keeps for the reader, such as the schedule of revision: versioned, in
 * the same envelope in the storage and in the files that the reader exports and imports. What cannot
 * be read is set aside under another key, never lost and never in the way.
 */

import { keysOf, PREFIX, read, remove, write } from "./storage.js";

/** @typedef {import("./storage.js").Store} Store */

/** In characters; a storage holds some 5 million. */
export const LONGEST = 2_000_000;
/** Copies set aside of one document; the oldest go. */
export const MOST_ASIDE = 3;

/** An error whose message is for the reader. */
export class KeptError extends Error {
  name = "KeptError";
}

/**
 * What a document is.
 * @template T
 * @typedef {object} Kind
 * @property {string} name
 * @property {number} version of the data that `check` reads
 * @property {() => T} empty
 * @property {(data: unknown) => {data: T, dropped: number}} check takes what is sound, and says how
 *   many entries are not; throws when nothing of it is this kind of data
 * @property {Record<number, (data: any) => unknown>} migrations from each older version to the next;
 *   version 0 is data without an envelope
 */

/**
 * @template T
 * @param {Kind<T>} kind
 * @param {string} text
 * @returns {{data: T, dropped: number, version: number}} `version` as it was before any migration
 */
export function unpack(kind, text) {
  if (text.length > LONGEST) throw new KeptError(`It is longer than ${LONGEST} characters.`);
  /** @type {any} */ let envelope;
  try {
    envelope = JSON.parse(text);
  } catch {
    throw new KeptError("It is not JSON.");
  }
  if (typeof envelope !== "object" || envelope === null || Array.isArray(envelope)) {
    throw new KeptError("It is not an object.");
  }
  const bare = !("format" in envelope);
  const { format, version, data } = bare ? { format: nameOf(kind), version: 0, data: envelope } : envelope;
  if (format !== nameOf(kind)) throw new KeptError(`It is not of the format “${nameOf(kind)}”.`);
  if (!Number.isInteger(version) || version < 0) throw new KeptError("Its version is not a number.");
  if (version > kind.version) {
    throw new KeptError(`It is of version ${version}; this page reads up to version ${kind.version}.`);
  }
  try {
    let current = data;
    for (let at = version; at < kind.version; at += 1) {
      if (!Object.hasOwn(kind.migrations, at)) throw new KeptError(`Its version ${at} is not known.`);
      current = kind.migrations[at](current);
    }
    return { ...kind.check(current), version };
  } catch (error) {
    throw error instanceof KeptError ? error : new KeptError("Its content is not what it should be.");
  }
}

/**
 * @template T
 * @param {Kind<T>} kind
 * @param {T} data
 * @param {number} [indent]
 */
export function pack(kind, data, indent) {
  return JSON.stringify({ format: nameOf(kind), version: kind.version, data }, null, indent);
}

/** @template T */
export class Kept {
  /** @type {{data: T, text: string | null} | null} */ #last = null;

  /**
   * @param {Store | null} storage null where the browser forbids it
   * @param {Kind<T>} kind
   * @param {() => number} [now]
   */
  constructor(storage, kind, now = Date.now) {
    this.storage = storage;
    this.kind = kind;
    this.now = now;
    /** A sentence for the reader when something was set aside. */
    this.problem = "";
    /** Whether the last change is in the storage. */
    this.kept = true;
  }

  get key() {
    return `${PREFIX}${this.kind.name}`;
  }

  /** The data as they are now, other tabs' changes included. @returns {T} */
  read() {
    const text = read(this.storage, this.key);
    // A storage that takes nothing has nothing newer than what is here.
    if (this.#last && (!this.kept || text === this.#last.text)) return this.#last.data;
    let data = this.kind.empty();
    if (text !== null) {
      try {
        const found = unpack(this.kind, text);
        data = found.data;
        if (found.dropped) this.#setAside(text, `${found.dropped} entries could not be read.`, true);
        if (found.dropped || found.version < this.kind.version) return this.#save(data);
      } catch (error) {
        this.#setAside(text, error instanceof KeptError ? error.message : String(error), false);
      }
    }
    this.#last = { data, text: read(this.storage, this.key) };
    return data;
  }

  /**
   * Changes the data as they are now.
   * @param {(data: T) => T} change gives back new data
   */
  update(change) {
    return this.#save(change(this.read()));
  }

  /** What was set aside, the newest first. @returns {{key: string, text: string}[]} */
  aside() {
    const keys = keysOf(this.storage, `${this.key}:aside:`).sort().reverse();
    return keys.map((key) => ({ key, text: read(this.storage, key) ?? "" }));
  }

  /** @param {string} key one of those set aside */
  forget(key) {
    if (key.startsWith(`${this.key}:aside:`)) remove(this.storage, key);
  }

  /** @param {T} data */
  #save(data) {
    const text = pack(this.kind, data);
    this.kept = write(this.storage, this.key, text);
    this.#last = { data, text };
    return data;
  }

  /** @param {string} text @param {string} why @param {boolean} partly */
  #setAside(text, why, partly) {
    const key = `${this.key}:aside:${String(this.now()).padStart(15, "0")}`;
    const kept = write(this.storage, key, text);
    // What could not be copied stays where it is until the next change, which must be possible.
    if (kept && !partly) remove(this.storage, this.key);
    for (const old of this.aside().slice(MOST_ASIDE)) remove(this.storage, old.key);
    const what = partly ? "A part of what this browser kept was unreadable" : "What this browser kept was unreadable";
    this.problem = kept
      ? `${what} and was set aside. ${why}`
      : `${what}, and there is no room to set it aside. ${why}`;
  }
}

/** @param {Kind<any>} kind */
function nameOf(kind) {
  return `${PREFIX}${kind.name}`;
}
