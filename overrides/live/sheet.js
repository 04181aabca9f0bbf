/**
 * A kit as a sheet, to look at or to print: the questions alone for the candidate; for the
 * interviewer with what a good answer is, and with room for a mark and a note.
 */

import { copyText, make, makeButton } from "./dom.js";
import { save, stem } from "./files.js";
import { built } from "./html.js";
import { Kept } from "./kept.js";
import { asJson, asMarkdown, entryOf, LONGEST_LABEL, LONGEST_NOTE, marked, MARKS, sheetOf, SHEETS, withoutSheet, withSheet } from "./marks.js";

/** @typedef {import("./draw.js").Question} Question */
/** @typedef {import("./marks.js").Sheet} Sheet */

const PAUSE = 300; // ms: writing waits for the disk
const WORDS = { none: "No answer", weak: "Weak", good: "Good", strong: "Strong" };

/**
 * @param {HTMLElement} root
 * @param {object} options
 * @param {"candidate" | "interviewer"} options.kind
 * @param {Question[]} options.questions in order
 * @param {Record<string, string>} options.levels
 * @param {string} options.back the fragment of the kit
 * @param {import("./questions.js").Questions} options.source
 * @param {import("./storage.js").Store | null} options.storage
 * @param {AbortSignal} options.signal
 */
export function sheet(root, { kind, questions, levels, back, source, storage, signal }) {
  const { ownerDocument: document } = root;
  const view = /** @type {Window & typeof globalThis} */ (document.defaultView);
  const site = new URL("../../", source.base).href;
  const permalink = (/** @type {string} */ slug) => `${site}q/${slug}/`;
  const slugs = questions.map(({ slug }) => slug);
  const body = make(document, "div", `dl-sheet dl-${kind}`);
  const bar = make(document, "div", "dl-row dl-screen");
  const home = /** @type {HTMLAnchorElement} */ (make(document, "a", "", "Back to the kit"));
  home.href = back;
  const said = make(document, "output", "dl-said");
  const copy = makeButton(document, "Copy link", () => void copyText(document, view.location.href).then((done) => {
    said.textContent = done ? "Copied" : "Copying is not allowed here: the link is this page’s address.";
  }));
  bar.append(home, makeButton(document, "Print", () => view.print()), copy);
  root.append(bar, body);
  if (questions.length === 0) {
    body.append(make(document, "p", "", "This kit has no questions."));
    return;
  }
  if (kind === "candidate") {
    bar.append(said);
    const list = make(document, "ol", "dl-asked");
    for (const { question, minutes } of questions) {
      const item = make(document, "li", "", question);
      item.append(make(document, "span", "dl-meta", `about ${minutes} min`));
      list.append(item);
    }
    body.append(make(document, "h2", "", "Questions"), list);
    return;
  }

  const kept = new Kept(storage, SHEETS);
  let mine = sheetOf(kept.read(), slugs);
  /** What is noted here and not kept yet. @type {((sheet: Sheet) => Sheet)[]} */ let pending = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */ let waiting;
  view.addEventListener("pagehide", flush, { signal });
  signal.addEventListener("abort", flush);
  // Another tab may have the same kit open: what it marks is shown here, too, and neither loses anything.
  view.addEventListener("storage", ({ key }) => {
    if (key !== null && key !== kept.key) return;
    mine = withPending(sheetOf(kept.read(), slugs));
    show();
  }, { signal });

  const label = make(document, "label", "dl-label", "Candidate, date ");
  const name = /** @type {HTMLInputElement} */ (make(document, "input", ""));
  Object.assign(name, { value: mine.label, maxLength: LONGEST_LABEL, autocomplete: "off" });
  name.addEventListener("input", () => note((sheet) => ({ ...sheet, label: name.value, at: Date.now() })));
  label.append(name);
  const links = { link: view.location.href, permalink };
  const file = (/** @type {string} */ ending, /** @type {string} */ type, /** @type {() => string} */ text) =>
    save(document, `${stem(mine.label) || "interview"}.${ending}`, new Blob([text()], { type }));
  bar.append(
    makeButton(document, "Export Markdown", () => file("md", "text/markdown", () => asMarkdown(mine, questions, links))),
    makeButton(document, "Export JSON", () => file("json", "application/json", () => asJson(mine, questions, links))),
    makeButton(document, "Clear marks", clear), said,
  );
  const stays = make(document, "p", "dl-meta dl-screen", "Marks and notes stay in this browser: no account, nothing is sent. They are not in the link.");
  body.append(label, stays);
  say();
  /** @type {(() => void)[]} */ const refills = [];
  for (const [i, question] of questions.entries()) body.append(section(question, i));

  /** @param {Question} question @param {number} i */
  function section(question, i) {
    const { slug, level, minutes, loaded, url } = question;
    const element = make(document, "section", "");
    const heading = make(document, "h2", "", `${i + 1}. `);
    const link = /** @type {HTMLAnchorElement} */ (make(document, "a", "", question.question));
    link.href = site + url;
    heading.append(link);
    heading.id = `dl-sheet-${slug}`;
    element.setAttribute("aria-labelledby", heading.id);
    element.append(heading, make(document, "p", "dl-meta", `${levels[level]} · ${minutes} min · ${permalink(slug)}`));
    if (loaded) {
      const flag = make(document, "p", "dl-loaded");
      flag.append(make(document, "strong", "", "Loaded premise."), ` ${loaded}`);
      element.append(flag);
    }
    const answer = make(document, "div", "", "Loading…");
    answer.setAttribute("aria-live", "polite");
    element.append(answer, ...entry(question));
    void fill();
    return element;

    async function fill() {
      try {
        const parts = await source.excerpt(slug);
        if (signal.aborted) return;
        answer.removeAttribute("aria-live");
        answer.replaceChildren();
        for (const [title, html] of [
          ["Short answer", parts["short-answer"]], ["Scoring", parts.scoring], ["Follow-ups", parts["follow-ups"]],
        ]) {
          answer.append(make(document, "h3", "", title), built(document, html, site));
        }
      } catch {
        answer.replaceChildren("The answer did not load. ", makeButton(document, "Try again", () => void fill()));
      }
    }
  }

  /** @param {Question} question */
  function entry({ slug, title }) {
    const group = make(document, "fieldset", "dl-marks");
    group.append(make(document, "legend", "", "Mark"));
    const radios = MARKS.map((mark) => {
      const choice = make(document, "label", "");
      const radio = /** @type {HTMLInputElement} */ (make(document, "input", ""));
      Object.assign(radio, { type: "radio", name: `mark-${slug}`, value: mark });
      radio.addEventListener("change", () => note((sheet) => marked(sheet, slug, { mark }, Date.now())));
      choice.append(radio, ` ${WORDS[/** @type {keyof typeof WORDS} */ (mark)]}`);
      group.append(choice);
      return radio;
    });
    const box = make(document, "label", "dl-note", "Note");
    const area = /** @type {HTMLTextAreaElement} */ (make(document, "textarea", ""));
    Object.assign(area, { rows: 3, maxLength: LONGEST_NOTE });
    area.setAttribute("aria-label", `Note on ${title}`);
    // A text area prints no more than its window: on paper, this has all of it.
    const printed = make(document, "span", "dl-printed");
    printed.setAttribute("aria-hidden", "true");
    area.addEventListener("input", () => {
      printed.textContent = area.value;
      note((sheet) => marked(sheet, slug, { note: area.value }, Date.now()));
    });
    box.append(area, printed);
    const refill = () => {
      const { mark, note: text } = entryOf(mine, slug);
      for (const radio of radios) radio.checked = radio.value === mark;
      printed.textContent = text;
      if (area.value !== text) area.value = text; // setting it moves the caret
    };
    refills.push(refill);
    refill();
    return [group, box];
  }

  /** @param {(sheet: Sheet) => Sheet} change */
  function note(change) {
    pending.push(change);
    mine = change(mine);
    clearTimeout(waiting);
    waiting = setTimeout(flush, PAUSE);
  }

  function flush() {
    if (waiting === undefined) return;
    clearTimeout(waiting);
    waiting = undefined;
    mine = sheetOf(kept.update((sheets) => withSheet(sheets, slugs, withPending(sheetOf(sheets, slugs)))), slugs);
    pending = [];
    say();
  }

  /** @param {Sheet} sheet */
  function withPending(sheet) {
    return pending.reduce((changed, change) => change(changed), sheet);
  }

  function clear() {
    if (!view.confirm("Clear all marks and notes of this kit in this browser?")) return;
    clearTimeout(waiting);
    waiting = undefined;
    pending = [];
    kept.update((sheets) => withoutSheet(sheets, slugs));
    mine = sheetOf({}, slugs);
    show();
    said.textContent = "Cleared";
  }

  function show() {
    if (name.value !== mine.label) name.value = mine.label;
    for (const refill of refills) refill();
  }

  function say() {
    const text = kept.problem || (kept.kept ? "" : "This browser keeps nothing here. Export before you leave.");
    if (said.textContent !== text) said.textContent = text;
  }
}
