/**
 * The browser's storage, which may be forbidden, full, or hold what others wrote: nothing here ever
 * throws. Which storage it is, is given.
 */

/** @typedef {Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">} Store */

/** Sites of one host share one storage: the prefix tells ours from theirs. */
export const PREFIX = "dlconcepts:";

/** @param {Store | null} storage @param {string} key @returns {string | null} null also where it cannot be read */
export function read(storage, key) {
  try {
    return storage?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

/** @param {Store | null} storage @param {string} key @param {string} text @returns {boolean} whether it is kept */
export function write(storage, key, text) {
  try {
    storage?.setItem(key, text);
    return storage !== null;
  } catch {
    return false;
  }
}

/** @param {Store | null} storage @param {string} key */
export function remove(storage, key) {
  try {
    storage?.removeItem(key);
  } catch {
    // Where nothing can be removed, nothing could be written either.
  }
}

/** @param {Store | null} storage @param {string} prefix @returns {string[]} the keys that begin so */
export function keysOf(storage, prefix) {
  const keys = [];
  try {
    for (let i = 0; i < (storage?.length ?? 0); i += 1) {
      const key = storage?.key(i);
      if (key?.startsWith(prefix)) keys.push(key);
    }
  } catch {
    // Those found so far.
  }
  return keys;
}
