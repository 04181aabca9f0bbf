/**
 * Files of the runtime that the device keeps and has lost a part of: what is damaged is taken out, so that it comes from
 * the server again.
 */

import { integrity, intact } from "./download.js";

/** @typedef {import("./download.js").RuntimeInfo} RuntimeInfo */

const LIST = "runtime.json";
const OURS = "dlconcepts ";

/**
 * @param {string} base absolute address of the runtime folder
 * @param {CacheStorage} caches
 * @param {typeof globalThis.fetch} fetch
 * @returns {Promise<string[]>} the files that were damaged
 */
export async function mend(base, caches, fetch) {
  const names = (await caches.keys()).filter((name) => name.startsWith(OURS));
  if (names.length === 0) return [];
  const kept = await Promise.all(names.map((name) => caches.open(name)));
  /** @type {Set<string>} */ const damaged = new Set();
  const remove = async (/** @type {Cache} */ cache, /** @type {string} */ file) => {
    if (await cache.delete(base + file)) damaged.add(file);
  };
  /** @returns {Promise<RuntimeInfo>} */
  const list = async () => (await fetch(base + LIST)).json();
  const { files } = await list().catch(async () => {
    for (const cache of kept) await remove(cache, LIST);
    return list();
  });
  for (const cache of kept) {
    for (const [file, { sha256 }] of Object.entries(files)) {
      const response = await cache.match(base + file);
      const whole = response === undefined || (await isWhole(response, sha256));
      if (!whole) await remove(cache, file);
    }
  }
  return [...damaged];
}

/** @param {Response} response @param {string} sha256 */
async function isWhole(response, sha256) {
  try {
    return await intact(await response.arrayBuffer(), integrity(sha256));
  } catch {
    return false; // not even to be read
  }
}
