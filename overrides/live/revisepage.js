/**
 * The page of revision: one question after the other, the answer only after the reader has said theirs,
 * and a grade that decides when it comes back.
 */

import { CARDS, merge, progress } from "./cards.js";
import { announce, make, makeButton } from "./dom.js";
import { save } from "./files.js";
import { built } from "./html.js";
import { Kept, KeptError, LONGEST, pack, unpack } from "./kept.js";
import { Questions } from "./questions.js";
import { graded, GRADES, nextDue, nextTime, span } from "./schedule.js";

/** @typedef {import("./draw.js").Question} Question */
/** @typedef {import("./schedule.js").Grade} Grade */

const WORDS = { again: "Again", hard: "Hard", good: "Good", easy: "Easy" };
const SOON = 60 * 60_000; // ms: what is due within an hour comes up by itself

/**
 * @param {HTMLElement} root
 * @param {import("./parts.js").Context} context
 */
export async function mount(root, { storage, questions: base, signal }) {
  const { ownerDocument: document } = root;
  const view = /** @type {Window & typeof globalThis} */ (document.defaultView);
  const source = new Questions(base);
  const site = new URL("../../", base).href;
  const { questions, topics, levels } = await source.list();
  const known = new Map(questions.map((question) => [question.slug, question]));
  const kept = new Kept(storage, CARDS);
  let topic = new URLSearchParams(view.location.search).get("topic") ?? "";
  if (!Object.hasOwn(topics, topic)) topic = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let waiting;

  const notices = make(document, "div", "");
  const choice = make(document, "label", "", "Topic ");
  const select = /** @type {HTMLSelectElement} */ (make(document, "select", ""));
  for (const [value, name] of [["", "All topics"], ...Object.entries(topics)]) {
    const option = /** @type {HTMLOptionElement} */ (make(document, "option", "", name));
    option.value = value;
    select.append(option);
  }
  select.value = topic;
  select.addEventListener("change", () => {
    topic = select.value;
    next();
  });
  choice.append(select);
  const counts = make(document, "p", "dl-meta");
  const card = make(document, "section", "dl-card");
  card.setAttribute("aria-label", "The question");
  root.replaceChildren(notices, choice, counts, card, files());
  view.addEventListener("storage", ({ key }) => {
    if (key === null || key === kept.key) count();
  }, { signal });
  signal.addEventListener("abort", () => clearTimeout(waiting));
  next();

  function slugs() {
    return questions.filter((question) => !topic || question.topic === topic).map(({ slug }) => slug);
  }

  function count() {
    const { all, seen, due, known: solid } = progress(kept.read(), slugs(), Date.now());
    counts.textContent = `${seen} of ${all} seen, ${due} due, ${solid} known`;
    warn();
  }

  /** Says what went wrong with the storage, and gives back what was set aside. */
  function warn() {
    notices.replaceChildren();
    const tell = (/** @type {string} */ text, /** @type {HTMLElement[]} */ ...buttons) => {
      const line = make(document, "p", "dl-problem", `${text} `);
      line.setAttribute("role", "alert");
      line.append(...buttons);
      notices.append(line);
    };
    if (!kept.kept) tell("This browser keeps nothing here. Export before you leave.");
    const aside = kept.aside();
    if (kept.problem && !aside.length) tell(kept.problem);
    for (const [i, { key, text }] of aside.entries()) {
      tell(
        (i === 0 && kept.problem) || "Progress that could not be read was set aside earlier.",
        makeButton(document, "Save it as a file", () => save(document, "revision-set-aside.txt", new Blob([text]))),
        makeButton(document, "Delete it", () => {
          kept.forget(key);
          kept.problem = "";
          warn();
          select.focus();
        }),
      );
    }
  }

  /** @param {string} [wanted] a new question, when nothing is due */
  function next(wanted) {
    clearTimeout(waiting);
    count();
    const cards = kept.read();
    const slug = wanted ?? nextDue(cards, slugs(), Date.now());
    const question = slug === undefined ? undefined : known.get(slug);
    if (question) ask(question);
    else rest();
  }

  /** Nothing is due. */
  function rest() {
    const cards = kept.read();
    const all = slugs();
    const fresh = all.find((slug) => !Object.hasOwn(cards, slug));
    const time = nextTime(cards, all);
    const wait = time === undefined ? 0 : time - Date.now();
    const text = time === undefined
      ? "You have not revised any of these questions yet."
      : `Nothing is due. The next question comes back in ${span(wait)}.`;
    card.replaceChildren(make(document, "p", "", text));
    if (fresh !== undefined) card.append(makeButton(document, time === undefined ? "Begin" : "A new question", () => {
      next(fresh);
      card.querySelector("button")?.focus();
    }));
    if (time !== undefined && wait < SOON) waiting = setTimeout(next, Math.max(wait, 1000));
  }

  /** @param {Question} question */
  function ask({ slug, question, level, minutes, loaded, url }) {
    const heading = make(document, "h2", "", question);
    const meta = make(document, "p", "dl-meta", `${levels[level]} · ${minutes} min`);
    const hint = make(document, "p", "", "Say your answer aloud, then compare.");
    const show = makeButton(document, "Show the answer", () => void answer());
    show.classList.add("dl-first");
    card.replaceChildren(heading, meta, hint, show);

    async function answer() {
      /** @type {import("./questions.js").Excerpt} */ let parts;
      show.setAttribute("aria-disabled", "true");
      try {
        parts = await source.excerpt(slug);
      } catch {
        show.removeAttribute("aria-disabled");
        hint.textContent = "The answer did not load. Try again, or open the question’s page.";
        announce(document, "The answer did not load");
        return;
      }
      if (signal.aborted || !show.isConnected) return;
      const page = /** @type {HTMLAnchorElement} */ (make(document, "a", "", "The whole page"));
      page.href = site + url;
      const shown = make(document, "div", "");
      shown.tabIndex = -1;
      if (loaded) {
        const flag = make(document, "p", "dl-loaded");
        flag.append(make(document, "strong", "", "Loaded premise."), ` ${loaded}`);
        shown.append(flag);
      }
      shown.append(
        make(document, "h3", "", "Short answer"), built(document, parts["short-answer"], site),
        make(document, "h3", "", "Scoring"), built(document, parts.scoring, site), page,
      );
      card.replaceChildren(heading, meta, shown, grades());
      shown.focus({ preventScroll: true });
    }

    function grades() {
      const group = make(document, "fieldset", "dl-grades");
      group.append(make(document, "legend", "", "How was your answer?"));
      for (const grade of GRADES) {
        const now = Date.now();
        const then = span(graded(kept.read()[slug], grade, now).due - now);
        const button = makeButton(document, WORDS[grade], () => take(grade), `${WORDS[grade]}, in ${then}`);
        button.append(make(document, "small", "", then));
        group.append(button);
      }
      return group;
    }

    /** @param {Grade} grade */
    function take(grade) {
      const now = Date.now();
      const changed = kept.update((cards) => ({ ...cards, [slug]: graded(cards[slug], grade, now) }));
      const said = `${WORDS[grade]}: it comes back in ${span(changed[slug].due - now)}.`;
      next();
      announce(document, `${said} ${card.querySelector("h2, p")?.textContent ?? ""}`);
      card.querySelector("button")?.focus();
    }
  }

  function files() {
    const element = make(document, "details", "dl-files");
    const said = make(document, "output", "dl-said");
    const label = make(document, "label", "", "Import a file ");
    const input = /** @type {HTMLInputElement} */ (make(document, "input", ""));
    Object.assign(input, { type: "file", accept: ".json,application/json" });
    input.addEventListener("change", () => void bring());
    label.append(input);
    const row = make(document, "div", "dl-row");
    row.append(
      makeButton(document, "Export", () => {
        save(document, "revision.json", new Blob([`${pack(CARDS, kept.read(), 1)}\n`], { type: "application/json" }));
        said.textContent = "Exported";
      }),
      label,
      makeButton(document, "Forget everything", () => {
        if (!view.confirm("Forget all that you have revised, in this browser?")) return;
        kept.update(() => CARDS.empty());
        next();
        said.textContent = "Forgotten";
      }),
      said,
    );
    element.append(
      make(document, "summary", "", "Your progress stays in this browser"),
      make(document, "p", "", "There is no account, and nothing is sent. Export it to take it to another browser; what you import is joined with what is here, and of a question in both the later grade counts."),
      row,
    );
    return element;

    async function bring() {
      const [file] = input.files ?? [];
      if (!file) return;
      try {
        if (file.size > 4 * LONGEST) throw new KeptError("It is too long.");
        const { data, dropped } = unpack(CARDS, await file.text());
        kept.update((cards) => merge(cards, data));
        const strange = Object.keys(data).filter((slug) => !known.has(slug)).length;
        next();
        said.textContent = [
          `Imported ${Object.keys(data).length} questions.`,
          dropped ? `${dropped} entries of the file could not be read.` : "",
          strange ? `${strange} are not on this site.` : "",
        ].filter(Boolean).join(" ");
      } catch (error) {
        const why = error instanceof KeptError ? error.message : "It could not be read.";
        said.textContent = `Nothing was imported from ${file.name}. ${why}`;
      }
      input.value = "";
    }
  }
}
