/**
 * The switch that keeps the whole site on the reader's device: says how much that is first, shows how
 * far it is, and says in a sentence what stands in its way.
 */

import { isCostly } from "./connection.js";
import { announce, make, makeButton } from "./dom.js";
import { Vault, VaultError, prefix, readListing } from "./vault.js";

/** @typedef {import("./visits.js").Visits} Visits */

const FORBIDDEN =
  "This browser does not let the site keep files (a private window, or a setting that forbids it): everything works while you are online.";

/** What keeps the whole site now, whatever page is shown. @type {{controller: AbortController, done: Promise<void>} | null} */
let working = null;
let part = { done: 0, total: 1 };
/** @type {Set<() => void>} */
const watching = new Set();

/**
 * The vault of the version that the service worker keeps.
 * @param {string} scope
 * @param {Visits} visits
 */
async function openVault(scope, visits) {
  let version;
  try {
    await caches.keys(); // throws where storage is forbidden
    version = await visits.version();
  } catch {
    throw new VaultError(FORBIDDEN);
  }
  // The service worker has put its own list in; the server's may be of a newer version.
  const listing = await readListing(await caches.open(prefix(scope) + version), scope);
  if (!listing) throw new VaultError("The list of the site's files is missing. Reload the page and try again.");
  return new Vault({ scope, listing, caches, fetch: (...args) => fetch(...args) });
}

/**
 * Keeps the whole site; another page may have begun already.
 * @param {Vault} vault
 * @returns {Promise<void>}
 */
function keepAll(vault) {
  if (working) return working.done;
  const controller = new AbortController();
  /** @param {typeof part} now */
  const report = (now) => {
    part = now;
    for (const look of watching) look();
  };
  const done = vault.bringAll(report, controller.signal).finally(() => (working = null));
  working = { controller, done };
  return done;
}

/**
 * Goes on with a download that was interrupted, or that a new version of the site asks for.
 * @param {string} scope
 * @param {Visits} visits
 */
export async function goOn(scope, visits) {
  if (isCostly(/** @type {any} */ (navigator).connection)) return;
  try {
    const vault = await openVault(scope, visits);
    const { wish, whole } = await vault.state();
    if (wish && !whole) await keepAll(vault);
  } catch {
    // The switch tells, where the reader looks for it.
  }
}

export class Switch {
  /** @type {Vault | undefined} */ #vault;

  /**
   * @param {HTMLElement} root
   * @param {{scope: string, visits: Visits}} options
   */
  constructor(root, { scope, visits }) {
    this.root = root;
    this.scope = scope;
    this.visits = visits;
    void this.#begin();
  }

  async #begin() {
    this.#say("Looking at what is kept …");
    try {
      this.#vault = await openVault(this.scope, this.visits);
    } catch (error) {
      this.#say(reason(error));
      return;
    }
    await (working ? this.#follow(working.done) : this.#rest()).catch((error) => this.#failed(error));
  }

  /** @param {string} text @param {HTMLElement[]} more */
  #say(text, ...more) {
    const words = make(document, "p", "dl-offline-text", text);
    words.setAttribute("role", "status");
    this.root.replaceChildren(words, ...more);
  }

  /** @param {string} text @param {() => Promise<void>} action */
  #button(text, action) {
    return makeButton(document, text, () => void action().catch((error) => this.#failed(error)));
  }

  /** @param {unknown} error */
  #failed(error) {
    this.#say(reason(error), this.#button("Try again", () => this.#start()));
    announce(document, reason(error));
  }

  async #rest() {
    const vault = /** @type {Vault} */ (this.#vault);
    const [{ wish, whole }, { done, total }] = await Promise.all([vault.state(), vault.size()]);
    const forget = this.#button("Remove what is kept", async () => {
      await vault.clear();
      await this.#rest();
    });
    if (whole && done === total) {
      this.#say(`The whole site is on this device: ${megabytes(total)}. It works without a connection.`, forget);
      return;
    }
    const rest = done === 0 ? "" : ` ${megabytes(done)} of that is here already.`;
    const text = wish
      ? `${megabytes(done)} of ${megabytes(total)} is here.`
      : `The whole site takes ${megabytes(total)} on this device; less is downloaded, since it comes compressed.${rest}`;
    const start = this.#button(wish ? "Go on" : "Keep the whole site", () => this.#start());
    this.#say(text, start, ...(done === 0 ? [] : [forget]));
  }

  async #start() {
    // The version on the server may be newer than the one that is kept: its files would not be the old one's.
    await this.visits.renew().catch(() => {});
    this.#vault = await openVault(this.scope, this.visits);
    const size = await this.#vault.size();
    const room = await navigator.storage?.estimate?.();
    const free = (room?.quota ?? Infinity) - (room?.usage ?? 0);
    if (free < size.total - size.done) {
      const need = megabytes(size.total - size.done);
      throw new VaultError(`There is no room: ${need} are needed, and the browser gives ${megabytes(free)}.`);
    }
    part = size;
    // Nobody waits for the answer: in some browsers the reader is asked.
    void navigator.storage?.persist?.().catch(() => false);
    await this.#follow(keepAll(this.#vault));
  }

  /** Shows how far a download is, which this page or an earlier one has begun, and how it ends. @param {Promise<void>} done */
  async #follow(done) {
    this.#watch();
    try {
      await done;
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") {
        await this.#rest();
        return;
      }
      throw error;
    }
    await this.#rest();
    announce(document, "The whole site is on this device.");
  }

  /** Shows how far the download is. */
  #watch() {
    const bar = /** @type {HTMLProgressElement} */ (make(document, "progress", "dl-offline-bar"));
    bar.setAttribute("aria-label", "Keeping the whole site");
    const words = make(document, "span", "dl-offline-part");
    const stop = makeButton(document, "Stop", () => working?.controller.abort());
    const look = () => {
      if (!this.root.isConnected) watching.delete(look);
      bar.max = part.total;
      bar.value = part.done;
      words.textContent = `${megabytes(part.done)} of ${megabytes(part.total)}`;
    };
    watching.add(look);
    look();
    this.root.replaceChildren(bar, words, stop);
  }
}

/** @param {unknown} error */
function reason(error) {
  if (error instanceof VaultError) return error.message;
  if (error instanceof DOMException && error.name === "QuotaExceededError") {
    return "There is no room left on this device.";
  }
  return FORBIDDEN;
}

/** @param {number} bytes */
function megabytes(bytes) {
  const millions = bytes / 1e6;
  return `${millions < 10 ? millions.toFixed(1) : Math.round(millions)} MB`;
}
