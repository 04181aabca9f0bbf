/**
 * The page of kits: questions are drawn, put in order, dropped and added; the kit lives in the address,
 * which opens it as a sheet, too.
 */

import { announce, copyText, linkField, make, makeButton } from "./dom.js";
import { draw, newSeed, withWords } from "./draw.js";
import { fromFragment, MOST, moved, toFragment } from "./kit.js";
import { Questions } from "./questions.js";
import { sheet } from "./sheet.js";

/** @typedef {import("./draw.js").Question} Question */
/** @typedef {import("./kit.js").Kit} Kit */

const MOST_FOUND = 12;

/**
 * @param {HTMLElement} root
 * @param {import("./parts.js").Context} context
 */
export async function mount(root, { storage, questions: base, signal }) {
  const { ownerDocument: document } = root;
  const view = /** @type {Window & typeof globalThis} */ (document.defaultView);
  const source = new Questions(base);
  const listing = await source.list();
  const { questions, levels } = listing;
  const topics = Object.keys(listing.topics);
  const known = new Map(questions.map((question) => [question.slug, question]));
  /** @type {Kit} */ let kit;
  /** Shows the kit anew. @type {() => void} */ let refill = () => {};

  /** Ends the sheet that is shown. */ let closing = new AbortController();
  signal.addEventListener("abort", () => closing.abort());

  root.tabIndex = -1;
  view.addEventListener("hashchange", () => {
    open();
    root.focus(); // what was pressed is gone
  }, { signal });
  // The theme would change the address without a word to us.
  root.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = /** @type {Element} */ (event.target).closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    event.stopPropagation();
    view.location.hash = link.getAttribute("href") ?? "";
  }, { signal });
  open();

  /** Shows what the address holds. */
  function open() {
    closing.abort();
    closing = new AbortController();
    const found = fromFragment(view.location.hash, known, topics);
    kit = found.kit;
    if (!found.drawn) {
      kit.slugs = draw(questions, kit.choice).map(({ slug }) => slug);
      keep();
    }
    const notes = found.problems.map((problem) => make(document, "p", "dl-problem", problem));
    for (const note of notes) note.setAttribute("role", "alert");
    if (kit.sheet) {
      const chosen = kit.slugs.map((slug) => /** @type {Question} */ (known.get(slug)));
      const back = toFragment({ ...kit, sheet: "" }, topics);
      root.replaceChildren(...notes);
      sheet(root, { kind: kit.sheet, questions: chosen, levels, back, source, storage, signal: closing.signal });
    } else root.replaceChildren(...notes, form(), ...list());
  }

  /** Puts the kit into the address: a reload, a bookmark and a copied address have it. */
  function keep() {
    view.history.replaceState(view.history.state, "", toFragment(kit, topics));
  }

  function form() {
    const { choice } = kit;
    const element = /** @type {HTMLFormElement} */ (make(document, "form", ""));
    const topicBoxes = topics.map((topic) =>
      box("checkbox", "topic", topic, listing.topics[topic], choice.topics.includes(topic)));
    const levelBoxes = [1, 2, 3].map((level) =>
      box("checkbox", "level", String(level), capital(levels[level]), choice.levels.includes(level)));
    const byBoxes = [
      box("radio", "by", "count", "questions", choice.by === "count"),
      box("radio", "by", "minutes", "minutes", choice.by === "minutes"),
    ];
    const amount = field("number", "How many", String(choice.amount));
    Object.assign(amount.input, { min: "1", required: true });
    const limit = () => (amount.input.max = String(MOST[chosen().by]));
    for (const { input } of byBoxes) input.addEventListener("change", limit);
    const seed = field("text", "Seed", choice.seed);
    Object.assign(seed.input, { maxLength: 12, pattern: "[a-z0-9]*", title: "Up to 12 letters a to z and digits" });
    Object.assign(seed.input, { autocomplete: "off", spellcheck: false });
    const again = makeButton(document, "Repeat this seed", () => take(seed.input.value));
    const said = make(document, "output", "dl-said");
    const drawing = make(document, "button", "dl-button dl-first", "Draw");
    const buttons = make(document, "div", "dl-row");
    buttons.append(drawing, seed.label, again, said);
    element.append(
      group("Topics", topicBoxes), group("Levels", levelBoxes),
      group("How much", byBoxes, amount.label), buttons,
    );
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      take("");
    });
    limit();
    return element;

    function chosen() {
      const checked = (/** @type {typeof topicBoxes} */ boxes) =>
        boxes.filter(({ input }) => input.checked).map(({ input }) => input.value);
      const [by] = /** @type {("count" | "minutes")[]} */ (checked(byBoxes));
      return { topics: checked(topicBoxes), levels: checked(levelBoxes).map(Number), by, amount: Number(amount.input.value) };
    }

    /** @param {string} wanted a seed, "" for a new one */
    function take(wanted) {
      const what = chosen();
      if (!element.reportValidity()) return;
      const empty = !what.topics.length ? "Choose at least one topic." : !what.levels.length ? "Choose at least one level." : "";
      said.textContent = empty;
      if (empty) return;
      kit.choice = { ...what, seed: wanted || newSeed((bytes) => view.crypto.getRandomValues(bytes)) };
      kit.slugs = draw(questions, kit.choice).map(({ slug }) => slug);
      seed.input.value = kit.choice.seed;
      keep();
      refill();
      said.textContent = kit.slugs.length
        ? `Drawn: ${size()}.`
        : "No question fits: allow more minutes, topics or levels.";
    }
  }

  function list() {
    const heading = make(document, "h2", "", "The kit");
    const total = make(document, "p", "dl-meta");
    const items = make(document, "ol", "dl-kit");
    const links = make(document, "div", "dl-row");
    const hand = make(document, "div", "");
    const adding = add();

    refill = () => {
      total.textContent = kit.slugs.length ? size() : "No questions yet: draw some, or add them by name.";
      items.replaceChildren(...kit.slugs.map((slug, i) => item(/** @type {Question} */ (known.get(slug)), i)));
      const open = (/** @type {import("./kit.js").Sheet} */ which, /** @type {string} */ text) => {
        const link = /** @type {HTMLAnchorElement} */ (make(document, "a", "", text));
        link.href = toFragment({ ...kit, sheet: which }, topics);
        return link;
      };
      links.hidden = kit.slugs.length === 0;
      const copy = makeButton(document, "Copy link", () => void share(copy));
      links.replaceChildren(open("candidate", "Candidate sheet"), open("interviewer", "Interviewer sheet"), copy);
      adding.look();
    };
    refill();
    return [heading, total, items, adding.element, links, hand];

    /** @param {HTMLElement} button */
    async function share(button) {
      const link = view.location.href;
      hand.replaceChildren();
      if (await copyText(document, link)) {
        announce(document, "Copied the link to this kit");
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = "Copy link"), 2000);
      } else hand.append("Copying is not allowed here. This is the link:", linkField(document, link, "Link to this kit"));
    }

    /** @param {Question} question @param {number} i */
    function item(question, i) {
      const element = make(document, "li", "");
      element.dataset.slug = question.slug;
      const link = /** @type {HTMLAnchorElement} */ (make(document, "a", "", question.question));
      link.href = new URL(`../../${question.url}`, base).href;
      const meta = make(document, "span", "dl-meta", `${levels[question.level]} · ${question.minutes} min`);
      const row = make(document, "div", "dl-row");
      const button = (/** @type {string} */ what, /** @type {() => void} */ does, off = false) => {
        const made = /** @type {HTMLButtonElement} */ (makeButton(document, what, does, `${what}: ${question.title}`));
        made.disabled = off;
        made.dataset.does = what;
        return made;
      };
      row.append(
        button("Up", () => move(i, i - 1, "Up"), i === 0),
        button("Down", () => move(i, i + 1, "Down"), i === kit.slugs.length - 1),
        button("Drop", () => drop(i)),
      );
      element.append(link, meta, row);
      return element;
    }

    /** @param {number} from @param {number} to @param {string} does */
    function move(from, to, does) {
      const slug = kit.slugs[from];
      kit.slugs = moved(kit.slugs, from, to);
      change();
      const row = [...items.children][to];
      const buttons = /** @type {HTMLButtonElement[]} */ ([...row.querySelectorAll("button")]);
      // At the end of the list the button pressed is off: its opposite takes the focus.
      (buttons.find((b) => b.dataset.does === does && !b.disabled) ?? buttons.find((b) => !b.disabled))?.focus();
      announce(document, `${known.get(slug)?.title}: now ${to + 1} of ${kit.slugs.length}`);
    }

    /** @param {number} i */
    function drop(i) {
      const title = known.get(kit.slugs[i])?.title;
      kit.slugs = kit.slugs.toSpliced(i, 1);
      change();
      const left = items.children[Math.min(i, kit.slugs.length - 1)];
      /** @type {HTMLElement | null} */ (left?.querySelector('[data-does="Drop"]') ?? adding.input)?.focus();
      announce(document, `Dropped: ${title}. ${size()}`);
    }

    function change() {
      keep();
      refill();
    }

    function add() {
      const element = make(document, "form", "");
      const { label, input } = field("search", "Add a question, by its words", "");
      const found = make(document, "ul", "dl-found");
      const count = make(document, "output", "dl-said");
      element.append(label, count, found);
      element.addEventListener("submit", (event) => event.preventDefault());
      input.addEventListener("input", look);
      return { element, input, look };

      function look() {
        const words = input.value.trim();
        const all = words ? withWords(questions, words) : [];
        const free = all.filter(({ slug }) => !kit.slugs.includes(slug));
        const some = free.slice(0, MOST_FOUND);
        count.textContent = !words ? "" : free.length > some.length
          ? `The first ${some.length} of ${free.length} questions`
          : `${free.length === 1 ? "1 question" : `${free.length} questions`}${all.length > free.length ? " more" : ""}`;
        found.replaceChildren(...some.map((question) => {
          const row = make(document, "li", "");
          const button = makeButton(document, "Add", () => {
            kit.slugs = [...kit.slugs, question.slug];
            change();
            input.focus();
            announce(document, `Added: ${question.title}. ${size()}`);
          }, `Add: ${question.title}`);
          row.append(button, make(document, "span", "", question.question));
          return row;
        }));
      }
    }
  }

  function size() {
    const minutes = kit.slugs.reduce((sum, slug) => sum + (known.get(slug)?.minutes ?? 0), 0);
    return `${kit.slugs.length === 1 ? "1 question" : `${kit.slugs.length} questions`}, about ${minutes} minutes`;
  }

  /**
   * @param {"checkbox" | "radio"} type
   * @param {string} name
   * @param {string} value
   * @param {string} text
   * @param {boolean} checked
   */
  function box(type, name, value, text, checked) {
    const { label, input } = field(type, text, value);
    input.name = name;
    input.checked = checked;
    label.prepend(input);
    return { label, input };
  }

  /** @param {string} type @param {string} text @param {string} value */
  function field(type, text, value) {
    const label = make(document, "label", "", `${text} `);
    const input = /** @type {HTMLInputElement} */ (make(document, "input", ""));
    input.type = type;
    input.value = value;
    label.append(input);
    return { label, input };
  }

  /** @param {string} name @param {{label: HTMLElement}[]} boxes @param {HTMLElement[]} more */
  function group(name, boxes, ...more) {
    const element = make(document, "fieldset", "");
    element.append(make(document, "legend", "", name), ...boxes.map(({ label }) => label), ...more);
    return element;
  }
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
