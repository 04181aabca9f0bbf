/**
 * What only some pages have, such as the kit of questions: an element names it in `data-mount`, and its
 * script comes when the page does.
 */

/**
 * What a part is given; `signal` is aborted when its element has left the page.
 * @typedef {object} Context
 * @property {import("./storage.js").Store | null} storage
 * @property {string} questions the address of the folder of the questions' files
 * @property {AbortSignal} signal
 */

/** @typedef {{mount(root: HTMLElement, context: Context): unknown}} Part */

/** @type {Record<string, () => Promise<Part>>} */
const PARTS = {
  kit: () => import("./kitpage.js"),
  list: () => import("./listpage.js"),
  progress: () => import("./progress.js"),
  question: () => import("./question.js"),
  revise: () => import("./revisepage.js"),
};

export class Parts {
  /** @type {Map<HTMLElement, AbortController>} */ #mounted = new Map();

  /** @param {Omit<Context, "signal">} given */
  constructor(given) {
    this.given = given;
  }

  /** @param {Document} document */
  mount(document) {
    for (const [root, controller] of this.#mounted) {
      if (root.isConnected) continue;
      controller.abort();
      this.#mounted.delete(root);
    }
    // Not `data-part`, by which a figure names the parts of its drawing.
    const roots = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-mount]"));
    for (const root of roots) if (!this.#mounted.has(root)) void this.#start(root);
  }

  /** @param {HTMLElement} root */
  async #start(root) {
    const controller = new AbortController();
    this.#mounted.set(root, controller);
    try {
      const { mount } = await PARTS[root.dataset.mount ?? ""]();
      if (!controller.signal.aborted) await mount(root, { ...this.given, signal: controller.signal });
    } catch (error) {
      if (controller.signal.aborted) return;
      root.append("This part of the page did not load. Reload to try again.");
      console.error(error);
    }
  }
}
