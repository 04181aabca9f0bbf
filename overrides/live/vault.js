/**
 * What the site keeps on the reader's device: one cache for each version of the site, in which every
 * file is the one that the version's list names, by size and hash. Shared by the service worker and
 * the page; knows neither.
 *
 * A file of a version never changes, so what is in its cache needs no second look, and a file that
 * arrived cut or is of another version never gets in.
 */

/**
 * `path` is relative to the site's root; a page's ends in a slash. `name` is the path without the
 * content's hash, where it has one. `extra` is not part of the whole site: it is kept when used.
 * @typedef {{bytes: number, sha256: string, name?: string, extra?: true}} Entry
 * @typedef {{version: string, files: Record<string, Entry>}} Listing
 */

import { WISH } from "./visits.js";

export const LISTING = "offline.json";
/** An entry of a cache that, like WISH, is no file of the site: the whole site is there. */
const WHOLE = "offline/whole";
const AT_ONCE = 6; // as many as a browser opens to one host over HTTP/1.1

/** Caches belong to the origin, which other sites may share. @param {string} scope */
export function prefix(scope) {
  return `dlconcepts ${new URL(scope).pathname} `;
}

/** Why something was not kept, in a sentence for the reader. */
export class VaultError extends Error {}

export class Vault {
  /**
   * @param {object} options
   * @param {string} options.scope the absolute address of the site's root
   * @param {Listing} options.listing
   * @param {CacheStorage} options.caches
   * @param {typeof globalThis.fetch} options.fetch
   */
  constructor({ scope, listing, caches, fetch }) {
    this.scope = scope;
    this.listing = listing;
    this.caches = caches;
    this.fetch = fetch;
  }

  get cacheName() {
    return prefix(this.scope) + this.listing.version;
  }

  /** @param {string} url @returns {string | null} null for what is not of this version */
  pathOf(url) {
    return pathOf(url, this.scope, this.listing);
  }

  /** @param {string} path */
  async match(path) {
    return (await this.#open()).match(this.scope + path);
  }

  /**
   * Keeps a file that has arrived, if it is whole and of this version.
   * @param {string} path
   * @param {Response} response
   * @returns {Promise<boolean>} whether it is kept now
   */
  async keep(path, response) {
    const cache = await this.#open();
    if (await cache.match(this.scope + path)) return true;
    if (!response.ok || response.redirected) return false;
    const bytes = await response.arrayBuffer();
    if (!(await intact(bytes, this.listing.files[path]))) return false;
    const type = response.headers.get("Content-Type") ?? "application/octet-stream";
    await cache.put(this.scope + path, new Response(bytes, { headers: { "Content-Type": type } }));
    return true;
  }

  /**
   * Fetches a file and keeps it.
   * @param {string} path
   * @param {RequestInit} [init]
   * @returns {Promise<void>}
   */
  async bring(path, init) {
    if (await this.match(path)) return;
    /** @type {Response} */
    let response;
    try {
      response = await this.fetch(this.scope + path, { redirect: "error", ...init });
    } catch (error) {
      if (init?.signal?.aborted) throw error;
      throw new VaultError(`${path || "The home page"} did not load: the network failed.`);
    }
    if (!response.ok) throw new VaultError(`${path} did not load: HTTP ${response.status}.`);
    if (await this.keep(path, response)) return;
    // The HTTP cache may hold an older one, or one that was cut.
    if (init?.cache !== "reload") return this.bring(path, { ...init, cache: "reload" });
    throw new VaultError(
      `${path || "The home page"} is not the file it should be. If the site was renewed just now, reload the page.`,
    );
  }

  /** The paths of all that is kept. @returns {Promise<string[]>} */
  async kept() {
    const requests = await (await this.#open()).keys();
    return requests.map(({ url }) => url.slice(this.scope.length)).filter((path) => this.listing.files[path]);
  }

  /** What the whole site takes on the device, and how much of it is there. */
  async size() {
    const kept = new Set(await this.kept());
    let total = 0;
    let done = 0;
    for (const [path, { bytes, extra }] of Object.entries(this.listing.files)) {
      if (extra) continue;
      total += bytes;
      if (kept.has(path)) done += bytes;
    }
    return { done, total };
  }

  /**
   * Keeps the whole site. What is there already is not fetched again, so that an interrupted
   * download goes on where it was.
   * @param {(progress: {done: number, total: number}) => void} report
   * @param {AbortSignal} [signal]
   */
  async bringAll(report, signal) {
    await this.#note(WISH);
    const progress = await this.size();
    report({ ...progress });
    const kept = new Set(await this.kept());
    const missing = Object.entries(this.listing.files).filter(([path, { extra }]) => !extra && !kept.has(path));
    await inParallel(missing, async ([path, { bytes }]) => {
      signal?.throwIfAborted();
      await this.bring(path, { signal });
      progress.done += bytes;
      report({ ...progress });
    });
    await this.#note(WHOLE);
  }

  /** Whether the reader wants the whole site kept, and whether it is. */
  async state() {
    const cache = await this.#open();
    const [wish, whole] = await Promise.all(
      [WISH, WHOLE].map(async (mark) => Boolean(await cache.match(this.scope + mark))),
    );
    return { wish, whole };
  }

  /** Forgets everything but the list, also of other versions. */
  async clear() {
    await this.forgetOthers();
    await this.caches.delete(this.cacheName);
    await this.putListing();
  }

  /**
   * Brings into this version what is kept of others: as it is where the content is the same, else
   * from the server. Throws where that fails; the older version then stays as it is.
   * @param {{thrifty: boolean}} options thrifty: fetch nothing
   */
  async takeOver({ thrifty }) {
    await this.putListing();
    const others = (await this.caches.keys()).filter(
      (name) => name.startsWith(prefix(this.scope)) && name !== this.cacheName,
    );
    /** Several files may have one name, as the parts of a script have. @type {Map<string, string[]>} */
    const byName = new Map();
    for (const [path, { name = path }] of Object.entries(this.listing.files)) {
      byName.set(name, [...(byName.get(name) ?? []), path]);
    }
    /** @type {Set<string>} */
    const wanted = new Set();
    for (const name of others) {
      const old = await this.caches.open(name);
      if (await old.match(this.scope + WISH)) await this.#note(WISH);
      const listing = await readListing(old, this.scope);
      for (const { url } of listing ? await old.keys() : []) {
        const path = url.slice(this.scope.length);
        const before = listing?.files[path];
        for (const now of (before && byName.get(before.name ?? path)) ?? []) {
          const same = before?.sha256 === this.listing.files[now].sha256;
          const response = same ? await old.match(url) : undefined;
          if (!response || !(await this.keep(now, response))) wanted.add(now);
        }
      }
    }
    if (!thrifty) await inParallel([...wanted], (path) => this.bring(path));
  }

  /** Removes the caches of other versions. */
  async forgetOthers() {
    for (const name of await this.caches.keys()) {
      if (name.startsWith(prefix(this.scope)) && name !== this.cacheName) await this.caches.delete(name);
    }
  }

  /** Puts the list in, without which the cache is not trusted. */
  async putListing() {
    const cache = await this.#open();
    await cache.put(this.scope + LISTING, new Response(JSON.stringify(this.listing)));
  }

  #open() {
    return this.caches.open(this.cacheName);
  }

  /** @param {string} mark */
  async #note(mark) {
    await (await this.#open()).put(this.scope + mark, new Response("yes"));
  }
}

/**
 * @param {string} url
 * @param {string} scope
 * @param {Listing} listing
 */
export function pathOf(url, scope, listing) {
  const [bare] = url.split(/[?#]/);
  if (!bare.startsWith(scope)) return null;
  const path = bare.slice(scope.length).replace(/(^|\/)index\.html$/, "$1");
  return Object.hasOwn(listing.files, path) ? path : null;
}

/**
 * The list that a cache is filled by, which is put in first; a cache without one is not trusted.
 * @param {Cache} cache
 * @param {string} scope
 * @returns {Promise<Listing | null>}
 */
export async function readListing(cache, scope) {
  const response = await cache.match(scope + LISTING);
  return response ? response.json() : null;
}

/**
 * @param {ArrayBuffer} bytes
 * @param {Entry} entry
 */
async function intact(bytes, entry) {
  if (bytes.byteLength !== entry.bytes) return false;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("").startsWith(entry.sha256);
}

/**
 * @template T
 * @param {T[]} items
 * @param {(item: T) => Promise<void>} work
 */
async function inParallel(items, work) {
  const queue = [...items];
  const lane = async () => {
    try {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    } catch (error) {
      queue.length = 0; // nothing new is begun; what is under way comes to its end
      throw error;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane));
  const failed = lanes.find(({ status }) => status === "rejected");
  if (failed) throw /** @type {PromiseRejectedResult} */ (failed).reason;
}
