/** A Storage in memory, and ones that fail, for the tests. */

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
