/**
 * What a cell has to say above its code, with the ways to answer: one line of each kind at a time.
 */

import { make, makeButton } from "./dom.js";

/** @typedef {[string, () => void][]} Ways what each button says and does */

export class Notices {
  /** @type {Map<string, HTMLElement>} */ #shown = new Map();

  /** @param {HTMLElement} above the element that they stand under @param {string} name the cell's */
  constructor(above, name) {
    this.above = above;
    this.name = name;
  }

  /**
   * @param {string} kind a later notice takes the place of an earlier one of its kind
   * @param {string} text
   * @param {Ways} ways
   */
  show(kind, text, ways) {
    this.hide(kind);
    const { ownerDocument } = this.above;
    const notice = make(ownerDocument, "div", "dl-notice");
    notice.setAttribute("role", "status");
    notice.append(make(ownerDocument, "span", "dl-notice-text", text));
    for (const [what, action] of ways) {
      notice.append(makeButton(ownerDocument, what, action, `${what} ${this.name}`));
    }
    this.#shown.set(kind, notice);
    this.above.after(notice);
    return notice;
  }

  /** @param {string} kind */
  hide(kind) {
    this.#shown.get(kind)?.remove();
    this.#shown.delete(kind);
  }
}
