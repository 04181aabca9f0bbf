/**
 * Whether the reader should be asked before something is downloaded, and what they answered.
 */

/** Sites of one host share one storage: the prefix tells ours from theirs. */
export const KEY = "dlconcepts:download";

/**
 * What browsers tell of a connection; those that tell nothing are taken for fast and unmetered.
 * @typedef {{saveData?: boolean, effectiveType?: string, type?: string}} Connection
 */

/**
 * Whether each megabyte may cost the reader money or time.
 * @param {Connection | undefined} connection
 */
export function isCostly({ saveData, effectiveType = "", type } = {}) {
  return saveData === true || type === "cellular" || /^(slow-2g|2g|3g)$/.test(effectiveType);
}

export class Consent {
  /** @type {Set<string>} */ #given = new Set();

  /**
   * @param {object} options
   * @param {Connection} [options.connection]
   * @param {(query: string) => boolean} options.prefers whether a media query holds
   * @param {Pick<Storage, "getItem" | "setItem"> | null} options.storage null where it is forbidden
   */
  constructor({ connection, prefers, storage }) {
    this.connection = connection;
    this.prefers = prefers;
    this.storage = storage;
  }

  /**
   * Asked anew each time: a connection changes.
   * @param {string} [name] of a package; without one it is about Python and NumPy
   */
  needed(name = "") {
    return this.careful() && !this.#given.has(name) && !this.#remembered(name);
  }

  /** Whether the connection is slow, or the reader pays for what it carries. */
  careful() {
    return isCostly(this.connection) || this.prefers("(prefers-reduced-data: reduce)");
  }

  /** Yes, once for all: what was downloaded is in the browser's cache. @param {string} [name] */
  give(name = "") {
    this.#given.add(name);
    try {
      this.storage?.setItem(key(name), "yes");
    } catch {
      // Then it holds until the page is left.
    }
  }

  /** @param {string} name */
  #remembered(name) {
    try {
      return this.storage?.getItem(key(name)) === "yes";
    } catch {
      return false;
    }
  }
}

/** @param {string} name */
function key(name) {
  return name ? `${KEY}:${name}` : KEY;
}
