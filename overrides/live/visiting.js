/**
 * What the page does so that visited pages can be read offline: it comes after everything that the reader waits for.
 */

import { Visits, wished } from "./visits.js";

/**
 * @param {string} script the address of the service worker
 * @param {string[]} needs what the page may still load
 * @returns {Promise<() => Promise<void>>} what to call at each page, this one included
 */
export async function visiting(script, needs) {
  const scope = new URL(".", script).href;
  const visits = new Visits({ container: navigator.serviceWorker, script, needs });
  if (await wished(scope)) void 
    import("./offline.js").then(({ goOn }) => goOn(scope, visits)).catch(() => {}); // no network: the next page goes on
  return async () => {
    const files = performance.getEntriesByType("resource").map(({ name }) => name);
    void visits.visited([location.href, ...files]);
    const root = /** @type {HTMLElement | null} */ (document.querySelector(".dl-offline"));
    if (!root || root.childElementCount > 0) return;
    const { Switch } = await import("./offline.js");
    new Switch(root, { scope, visits });
  };
}
