/** A Storage and a CacheStorage in memory, and Storages that fail, for the tests. */

export function memory() {
  /** @type {Map<string, string>} */ const map = new Map();
  return {
    map,
    get length() { return map.size; },
    key: (/** @type {number} */ i) => [...map.keys()][i] ?? null,
    getItem: (/** @type {string} */ key) => map.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void map.set(key, value),
    removeItem: (/** @type {string} */ key) => void map.delete(key),
  };
}

const throws = () => { throw new Error("forbidden"); };

export const forbidden = {
  get length() { return throws(); },
  key: throws,
  getItem: throws,
  setItem: throws,
  removeItem: throws,
};

/** Takes nothing, but can be read. */
export function full() {
  return Object.defineProperty(memory(), "setItem", { value: throws });
}

class MemoryCache {
  /** @type {Map<string, Response>} */ entries = new Map();

  /** @param {string} url */
  async match(url) {
    return this.entries.get(url)?.clone();
  }

  /** @param {string} url @param {Response} response */
  async put(url, response) {
    this.entries.set(url, response);
  }

  /** @param {string} url */
  async delete(url) {
    return this.entries.delete(url);
  }

  async keys() {
    return [...this.entries.keys()].map((url) => ({ url }));
  }
}

/** What a browser keeps of responses. */
export class MemoryCaches {
  /** @type {Map<string, MemoryCache>} */ all = new Map();

  /** @param {string} name */
  async open(name) {
    const cache = this.all.get(name) ?? new MemoryCache();
    this.all.set(name, cache);
    return cache;
  }

  async keys() {
    return [...this.all.keys()];
  }

  /** @param {string} name */
  async delete(name) {
    return this.all.delete(name);
  }
}
