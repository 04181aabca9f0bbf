/**
 * Filters above the list of all questions. The list itself is the page's; what does not fit is hidden.
 */

import { CARDS, stateOf } from "./cards.js";
import { make } from "./dom.js";
import { plain } from "./draw.js";
import { Kept } from "./kept.js";

/**
 * @param {HTMLElement} root with the lists
 * @param {import("./parts.js").Context} context
 */
export function mount(root, { storage, signal }) {
  const { ownerDocument: document } = root;
  const kept = new Kept(storage, CARDS);
  const items = [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("li[data-level]"))];
  const headings = [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("h2[id]"))];
  const texts = new Map(items.map((item) => [item, plain(`${item.textContent} ${item.dataset.words}`)]));

  const form = /** @type {HTMLFormElement} */ (make(document, "form", "dl-filters"));
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Filter the questions");
  form.addEventListener("submit", (event) => event.preventDefault());
  const words = field("Words", "input");
  /** @type {HTMLInputElement} */ (words).type = "search";
  const topic = field("Topic", "select", [["", "All"], ...headings.map((h) => [h.id, h.firstChild?.textContent ?? h.id])]);
  const level = field("Level", "select", [["", "All"], ["1", "Warm-up"], ["2", "Core"], ["3", "Deep"]]);
  const state = field("State", "select", [
    ["", "All"], ["new", "New: not revised yet"], ["due", "Due"], ["learning", "Being learned"], ["known", "Known"],
  ]);
  const count = make(document, "output", "dl-said");
  form.append(count);
  root.prepend(form);
  form.addEventListener("input", look);
  /** @type {Window} */ (document.defaultView).addEventListener("storage", ({ key }) => {
    if (key === null || key === kept.key) look();
  }, { signal });
  look();

  function look() {
    const cards = kept.read();
    const now = Date.now();
    const wanted = plain(words.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      const { topic: of, level: deep } = item.dataset;
      const fits =
        (!topic.value || of === topic.value) &&
        (!level.value || deep === level.value) &&
        (!state.value || stateOf(cards, item.id, now) === state.value) &&
        wanted.every((word) => texts.get(item)?.includes(word));
      item.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const heading of headings) {
      heading.hidden = !items.some((item) => !item.hidden && item.dataset.topic === heading.id);
    }
    count.textContent = shown === items.length ? `${shown} questions` : `${shown} of ${items.length} questions`;
  }

  /**
   * @param {string} name
   * @param {"input" | "select"} tag
   * @param {string[][]} [options] values and names
   */
  function field(name, tag, options = []) {
    const label = make(document, "label", "", `${name} `);
    const control = /** @type {HTMLInputElement | HTMLSelectElement} */ (make(document, tag, ""));
    for (const [value, text] of options) {
      const option = /** @type {HTMLOptionElement} */ (make(document, "option", "", text));
      option.value = value;
      control.append(option);
    }
    label.append(control);
    form.append(label);
    return control;
  }
}
