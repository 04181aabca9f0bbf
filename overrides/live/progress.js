/**
 * How far the reader is with each topic, as small bars; nothing until there is something to show.
 */

import { CARDS, progress } from "./cards.js";
import { make } from "./dom.js";
import { Kept } from "./kept.js";

/**
 * @param {HTMLElement} root with the questions' slugs in a template's elements
 * @param {import("./parts.js").Context} context
 */
export function mount(root, { storage, signal }) {
  const { ownerDocument: document } = root;
  const kept = new Kept(storage, CARDS);
  const rows = [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-slugs]"))];
  const view = /** @type {Window} */ (document.defaultView);
  view.addEventListener("storage", ({ key }) => {
    if (key === null || key === kept.key) show();
  }, { signal });
  show();

  function show() {
    const cards = kept.read();
    let any = false;
    for (const row of rows) {
      const count = progress(cards, (row.dataset.slugs ?? "").split(" "), Date.now());
      any ||= count.seen > 0;
      const bar = make(document, "span", "dl-bar");
      bar.setAttribute("aria-hidden", "true");
      const learning = count.seen - count.due - count.known;
      for (const [name, part] of Object.entries({ known: count.known, learning, due: count.due })) {
        const piece = make(document, "span", `dl-bar-${name}`);
        piece.style.width = `${(100 * part) / count.all}%`;
        bar.append(piece);
      }
      const words = `${count.seen} of ${count.all} seen, ${count.due} due, ${count.known} known`;
      row.querySelector(".dl-progress-now")?.replaceChildren(bar, make(document, "span", "dl-meta", words));
    }
    root.hidden = !any;
  }
}
