/**
 * The page's side of the service worker: registers it, tells it what has been visited, and asks a
 * new version not to wait where it need not. Knows neither the page nor the cache.
 */

/** The entry of a cache that says so; vault.js, which is loaded later, sets it. */
export const WISH = "offline/wish";

/**
 * @typedef {object} Options
 * @property {ServiceWorkerContainer | undefined} container undefined where the browser has none
 * @property {string} script the address of the service worker
 * @property {string[]} needs what this page may still load: files, and folders with a slash at the end
 */

/**
 * Whether the reader wants the whole site kept.
 * @param {string} scope
 */
export async function wished(scope) {
  try {
    return Boolean(await caches.match(scope + WISH));
  } catch {
    return false; // storage is forbidden
  }
}

export class Visits {
  /** @type {Set<string>} */ #told = new Set();
  /** @type {Promise<ServiceWorkerRegistration>} */ registered;

  /** @param {Options} options */
  constructor({ container, script, needs }) {
    this.container = container;
    this.needs = needs;
    this.registered = register(container, script);
    this.registered.catch(() => {}); // the page works without; who asks for more hears why
  }

  /** Keeps what a page is made of, and lets a new version take over where it can. @param {string[]} urls */
  async visited(urls) {
    const fresh = urls.filter((url) => !this.#told.has(url));
    for (const url of fresh) this.#told.add(url);
    try {
      const { active, waiting } = await this.#ready();
      active?.postMessage({ type: "visited", urls: fresh });
      // At each page: other tabs may have been closed since.
      if (waiting) await this.#letTakeOver(waiting);
    } catch {
      // As above.
    }
  }

  /** The version of the site that the active worker keeps. @returns {Promise<string>} */
  async version() {
    const { active } = await this.#ready();
    const { container } = this;
    return new Promise((resolve) => {
      /** @param {MessageEvent} event */
      const hear = ({ data }) => {
        if (data?.type !== "version") return;
        container?.removeEventListener("message", hear);
        resolve(data.version);
      };
      container?.addEventListener("message", hear);
      container?.startMessages();
      active?.postMessage({ type: "version" });
    });
  }

  /** Looks for a new version, and lets it take over where it can. */
  async renew() {
    const registration = await (await this.#ready()).update();
    const next = registration.installing ?? registration.waiting;
    if (!next) return;
    await settled(next, ["installed", "activated", "redundant"]);
    if (next.state !== "installed") return;
    await this.#letTakeOver(next);
    // It may not take over, when other tabs are open: then the old version stays.
    await Promise.race([settled(next, ["activated", "redundant"]), pause(1000)]);
  }

  /**
   * Chromium lets the next version take over from one that is just starting only when that has had
   * nothing to do for half a minute or more; from one that runs, at once. So the active one answers first.
   * @param {ServiceWorker} next
   */
  async #letTakeOver(next) {
    await this.version();
    next.postMessage({ type: "take-over", needs: this.needs });
  }

  async #ready() {
    const registration = await this.registered;
    const worker = registration.active ?? registration.waiting ?? registration.installing;
    if (worker && !registration.active) await settled(worker, ["activated", "redundant"]);
    if (!registration.active) throw new Error("the service worker did not start");
    return registration;
  }
}

/**
 * @param {ServiceWorkerContainer | undefined} container
 * @param {string} script
 */
async function register(container, script) {
  if (!container) throw new Error("no service workers here");
  return container.register(script);
}

/**
 * @param {ServiceWorker} worker
 * @param {ServiceWorkerState[]} states
 * @returns {Promise<void>}
 */
function settled(worker, states) {
  return new Promise((resolve) => {
    const look = () => {
      if (!states.includes(worker.state)) return;
      worker.removeEventListener("statechange", look);
      resolve();
    };
    worker.addEventListener("statechange", look);
    look();
  });
}

/** @param {number} ms @returns {Promise<void>} */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
