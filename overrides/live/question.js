/**
 * A question's page beyond its cells: its permanent links on the clipboard, and the question asked
 * with its answer hidden.
 */

import { ask } from "./ask.js";
import { announce, copyText, linkField, make, makeButton } from "./dom.js";

const SAID = 2000; // ms that “Copied” stands

/**
 * @param {HTMLElement} root the question's head
 * @param {import("./parts.js").Context} context
 */
export function mount(root, { signal }) {
  const { ownerDocument: document } = root;
  const link = (/** @type {string} */ kind) => {
    const found = root.querySelector(`a[data-link="${kind}"]`);
    return /** @type {HTMLAnchorElement} */ (found).href;
  };
  const { permanent, alone } = { permanent: link("permanent"), alone: link("ask") };
  const button = makeButton(document, "Copy question", () => void copy(alone, "question", () => {
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy question"), SAID);
  }));
  root.querySelector(".dl-meta")?.append(button);

  for (const anchor of headerLinks(root)) {
    const heading = anchor.parentElement?.firstChild?.textContent?.trim() ?? "";
    anchor.title = "Copy the permanent link to this section";
    anchor.setAttribute("aria-label", `Copy the permanent link to “${heading}”`);
  }
  const article = /** @type {HTMLElement} */ (root.parentElement);
  article.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const target = /** @type {Element} */ (event.target);
    const anchor = /** @type {HTMLAnchorElement | null} */ (target.closest("a.headerlink"));
    if (!anchor) return;
    // The heading is where the reader looks: the address changes, and nothing moves. In Firefox the
    // theme would draw the page anew.
    event.preventDefault();
    event.stopPropagation();
    const view = /** @type {Window} */ (document.defaultView);
    view.history.replaceState(view.history.state, "", anchor.hash);
    void copy(permanent + anchor.hash, "section", () => {
      anchor.dataset.said = "Copied";
      setTimeout(() => delete anchor.dataset.said, SAID);
    });
  }, { signal });

  ask(root, signal);

  /** @param {string} address @param {string} what @param {() => void} done */
  async function copy(address, what, done) {
    root.querySelector(".dl-by-hand")?.remove();
    if (await copyText(document, address)) {
      announce(document, `Copied the link to this ${what}`);
      done();
      return;
    }
    const hand = make(document, "p", "dl-by-hand", `Copying is not allowed here. This is the link to the ${what}: `);
    const field = linkField(document, address, `Link to this ${what}`);
    hand.append(field);
    root.append(hand);
    field.select();
    field.focus();
  }
}

/** @param {HTMLElement} root @returns {HTMLAnchorElement[]} */
function headerLinks(root) {
  return [.../** @type {NodeListOf<HTMLAnchorElement>} */ (root.parentElement?.querySelectorAll("a.headerlink") ?? [])];
}
