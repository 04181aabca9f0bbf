/**
 * Whether the reader should be asked before Python is downloaded, and what they answered.
 */

/** Sites of one host share one storage: the prefix tells ours from theirs. */
export const KEY = "dlconcepts:download";

/**
 * What browsers tell of a connection; those that tell nothing are taken for fast and unmetered.
 * @typedef {{saveData?: boolean, effectiveType?: string, type?: string}} Connection
 */

export class Consent {
  #given = false;

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

  /** Asked anew each time: a connection changes. */
  get needed() {
    const { saveData, effectiveType = "", type } = this.connection ?? {};
    const careful =
      saveData === true ||
      type === "cellular" ||
      /^(slow-2g|2g|3g)$/.test(effectiveType) ||
      this.prefers("(prefers-reduced-data: reduce)");
    return careful && !this.#given && !this.#remembered();
  }

  /** Yes, once for all: what was downloaded is in the browser's cache. */
  give() {
    this.#given = true;
    try {
      this.storage?.setItem(KEY, "yes");
    } catch {
      // Then it holds until the page is left.
    }
  }

  #remembered() {
    try {
      return this.storage?.getItem(KEY) === "yes";
    } catch {
      return false;
    }
  }
}
