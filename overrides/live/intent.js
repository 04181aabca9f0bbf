/**
 * Starts Python before the click, when a reader is likely to run something: at a pointer or the
 * focus on a cell, or when a cell has been in view for a while and the page has nothing to do.
 */

/** How long a cell is in view before it counts: who scrolls by does not want it. */
export const IN_VIEW = 1000;
const SIGNS = ["pointerover", "focusin"];

/**
 * @typedef {object} Surroundings what browsers have, tests replace, and some browsers lack
 * @property {typeof IntersectionObserver} [IntersectionObserver]
 * @property {(callback: () => void) => unknown} [requestIdleCallback]
 */

export class Intent {
  /** @type {IntersectionObserver | undefined} */ #observer;
  /** @type {Map<Element, ReturnType<typeof setTimeout>>} */ #seen = new Map();
  #sure = false;

  /**
   * @param {object} options
   * @param {() => void} options.warm starts Python, or does nothing when there is no need
   * @param {() => boolean} options.allowed asked each time: a connection changes
   * @param {Surroundings} [options.surroundings]
   */
  constructor({ warm, allowed, surroundings = globalThis }) {
    this.warm = warm;
    this.allowed = allowed;
    this.surroundings = surroundings;
    const { IntersectionObserver } = surroundings;
    if (!IntersectionObserver) return;
    this.#observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#look(target, isIntersecting);
    });
  }

  /** @param {Iterable<Element>} cells of the page that is shown now */
  watch(cells) {
    this.#rest();
    if (this.#sure) return;
    for (const cell of cells) {
      for (const sign of SIGNS) cell.addEventListener(sign, this.#expect, { once: true });
      this.#observer?.observe(cell);
    }
  }

  /** @param {Element} cell @param {boolean} visible */
  #look(cell, visible) {
    clearTimeout(this.#seen.get(cell));
    this.#seen.delete(cell);
    const { requestIdleCallback } = this.surroundings;
    if (!visible || !requestIdleCallback) return;
    const wait = () => requestIdleCallback.call(this.surroundings, this.#expect);
    this.#seen.set(cell, setTimeout(wait, IN_VIEW));
  }

  #expect = () => {
    if (this.#sure || !this.allowed()) return;
    this.#sure = true;
    this.#rest();
    this.warm();
  };

  #rest() {
    this.#observer?.disconnect();
    for (const timer of this.#seen.values()) clearTimeout(timer);
    this.#seen.clear();
  }
}
