/**
 * The question asked: `?ask` hides the answer (hide.js does so before there is anything to see), and a
 * bar shows one part after the other, or all, and the time.
 */

import { announce, make, makeButton } from "./dom.js";
import { clock } from "./stopwatch.js";

const ATTRIBUTE = "data-ask";

/**
 * What the reader has seen, for when the theme draws the page anew.
 * @type {{page: string, shown: number, watch: import("./stopwatch.js").Stopwatch | null}}
 */
let last = { page: "", shown: 0, watch: null };

/**
 * @param {HTMLElement} root the question's head; its siblings are the answer
 * @param {AbortSignal} signal
 */
export function ask(root, signal) {
  const { ownerDocument: document } = root;
  const view = /** @type {Window & typeof globalThis} */ (document.defaultView);
  const asked = () => new URLSearchParams(view.location.search).has("ask");
  const hide = () => document.documentElement.toggleAttribute(ATTRIBUTE, asked());
  hide();
  // The next page is another question, or none, with an address of its own.
  signal.addEventListener("abort", hide);
  if (!asked()) return;

  const page = view.location.pathname;
  // hide.js hides again at each step of the history, also within this page.
  view.addEventListener("popstate", () => {
    if (view.location.pathname === page && state.shown >= parts.length) {
      document.documentElement.removeAttribute(ATTRIBUTE);
    }
  }, { signal });
  if (last.page !== page) last = { page, shown: 0, watch: null };
  const state = last;
  const parts = partsAfter(root);
  const minutes = Number(root.dataset.minutes);
  const bar = make(document, "div", "dl-ask");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "The answer");
  const next = makeButton(document, "", () => show(state.shown + 1));
  const all = makeButton(document, "Show all", () => show(parts.length));
  const time = clock(document, { minutes, signal, watch: state.watch });
  state.watch = time.watch;
  bar.append(...time.elements, next, all);
  root.parentElement?.querySelector(":scope > .dl-ask")?.remove();
  root.parentElement?.append(bar);
  reveal();

  /** @param {number} count */
  function show(count) {
    const first = parts[state.shown];
    state.shown = count;
    reveal();
    announce(document, count < parts.length ? `${first.name} is shown` : "The whole answer is shown");
    if (count === parts.length) {
      // The button pressed is gone: go on where the new text begins.
      first.elements[0].tabIndex = -1;
      first.elements[0].focus();
    } else if (!isSeen(first.elements[0], view)) first.elements[0].scrollIntoView({ block: "start" });
  }

  function reveal() {
    for (const part of parts.slice(0, state.shown)) {
      for (const element of part.elements) element.dataset.shown = "";
    }
    root.toggleAttribute("data-shown", state.shown > 0);
    if (state.shown < parts.length) next.textContent = `Next: ${parts[state.shown].name}`;
    else {
      time.stop();
      bar.remove();
      document.documentElement.removeAttribute(ATTRIBUTE);
    }
  }
}

/**
 * The answer's parts: each heading of depth two with what follows it. What comes after the last part
 * belongs to it.
 * @param {HTMLElement} root
 */
function partsAfter(root) {
  /** @type {{name: string, elements: HTMLElement[]}[]} */ const parts = [];
  for (let element = root.nextElementSibling; element; element = element.nextElementSibling) {
    if (element.classList.contains("dl-ask")) continue;
    if (element.tagName === "H2") {
      parts.push({ name: element.firstChild?.textContent?.trim() ?? "", elements: [] });
    }
    parts.at(-1)?.elements.push(/** @type {HTMLElement} */ (element));
  }
  return parts;
}

/** @param {HTMLElement} element @param {Window} view */
function isSeen(element, view) {
  const { top } = element.getBoundingClientRect();
  return top >= 0 && top < view.innerHeight - 200;
}
