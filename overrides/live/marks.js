/**
 * An interviewer's marks and notes, one sheet for each kit, and what they look like as a file.
 */

/** @typedef {import("./draw.js").Question} Question */
/** @typedef {{mark: string, note: string}} Entry */
/** @typedef {{label: string, at: number, entries: Record<string, Entry>}} Sheet `entries` by slug */
/** @typedef {Record<string, Sheet>} Sheets by kit */

/** From the worst to the best; "" is no mark yet. */
export const MARKS = ["none", "weak", "good", "strong"];
export const MOST_SHEETS = 60;
export const LONGEST_NOTE = 4000;
export const LONGEST_LABEL = 200;
const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** @type {import("./kept.js").Kind<Sheets>} */
export const SHEETS = {
  name: "marks",
  version: 1,
  empty: () => ({}),
  check(data) {
    if (typeof data !== "object" || data === null || Array.isArray(data)) throw new Error("no sheets");
    const all = Object.entries(data);
    const sound = all.flatMap(([kit, sheet]) => {
      const read = kit.split(",").every((slug) => SLUG.test(slug)) ? sheetFrom(sheet) : null;
      return read ? [/** @type {[string, Sheet]} */ ([kit, read])] : [];
    });
    if (all.length > 0 && sound.length === 0) throw new Error("none of it is a sheet");
    return { data: Object.fromEntries(sound), dropped: all.length - sound.length };
  },
  migrations: {},
};

/** @param {readonly string[]} slugs @returns {string} the same for a kit in any order */
export function kitOf(slugs) {
  return [...slugs].sort().join(",");
}

/** @param {Sheets} sheets @param {readonly string[]} slugs @returns {Sheet} */
export function sheetOf(sheets, slugs) {
  const kit = kitOf(slugs);
  return Object.hasOwn(sheets, kit) ? sheets[kit] : { label: "", at: 0, entries: {} };
}

/**
 * @param {Sheets} sheets
 * @param {readonly string[]} slugs
 * @param {Sheet} sheet
 * @returns {Sheets} the oldest leave when there are too many
 */
export function withSheet(sheets, slugs, sheet) {
  const newest = Object.entries({ ...sheets, [kitOf(slugs)]: sheet }).sort(([, a], [, b]) => b.at - a.at);
  return Object.fromEntries(newest.slice(0, MOST_SHEETS));
}

/** @param {Sheets} sheets @param {readonly string[]} slugs @returns {Sheets} */
export function withoutSheet(sheets, slugs) {
  const kit = kitOf(slugs);
  return Object.fromEntries(Object.entries(sheets).filter(([name]) => name !== kit));
}

/**
 * @param {Sheet} sheet
 * @param {string} slug
 * @param {Partial<Entry>} change
 * @param {number} now
 * @returns {Sheet}
 */
export function marked(sheet, slug, change, now) {
  const entry = { ...entryOf(sheet, slug), ...change };
  entry.note = entry.note.slice(0, LONGEST_NOTE);
  return { ...sheet, at: now, entries: { ...sheet.entries, [slug]: entry } };
}

/** @param {Sheet} sheet @param {string} slug @returns {Entry} */
export function entryOf(sheet, slug) {
  return Object.hasOwn(sheet.entries, slug) ? sheet.entries[slug] : { mark: "", note: "" };
}

/**
 * @param {Sheet} sheet
 * @param {readonly Question[]} questions in the kit's order
 * @param {{link: string, permalink: (slug: string) => string}} links
 */
export function asMarkdown(sheet, questions, { link, permalink }) {
  const lines = [`# ${literal(sheet.label || "Interview")}`, ""];
  if (sheet.at) lines.push(`Last changed ${day(sheet.at)}.`);
  lines.push(`[The kit](${link})`, "");
  for (const [i, question] of questions.entries()) {
    const { mark, note } = entryOf(sheet, question.slug);
    lines.push(
      `## ${i + 1}. ${literal(question.question)}`, "",
      `- Mark: ${mark || "not marked"}`,
      `- Level ${question.level}, ${question.minutes} min, <${permalink(question.slug)}>`, "",
    );
    if (note.trim()) lines.push(...note.trim().split("\n").map((line) => `> ${literal(line)}`.trimEnd()), "");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

/**
 * @param {Sheet} sheet
 * @param {readonly Question[]} questions
 * @param {{link: string, permalink: (slug: string) => string}} links
 */
export function asJson(sheet, questions, { link, permalink }) {
  const rows = questions.map((question) => ({
    slug: question.slug,
    question: question.question,
    level: question.level,
    minutes: question.minutes,
    link: permalink(question.slug),
    ...entryOf(sheet, question.slug),
  }));
  const changed = sheet.at ? new Date(sheet.at).toISOString() : null;
  return `${JSON.stringify({ label: sheet.label, changed, kit: link, questions: rows }, null, 2)}\n`;
}

/** @param {number} time */
function day(time) {
  return new Date(time).toISOString().slice(0, 10);
}

/** Text that Markdown shows as it is. @param {string} text */
function literal(text) {
  return text.replace(/[\\`*_[\]<>#|~]/g, "\\$&").replace(/\s+/g, " ").trim();
}

/** @param {any} sheet @returns {Sheet | null} */
function sheetFrom(sheet) {
  const { label, at, entries } = sheet ?? {};
  if (typeof label !== "string" || !Number.isFinite(at) || at < 0 || at > 8.64e15) return null;
  if (typeof entries !== "object" || entries === null || Array.isArray(entries)) return null;
  /** @type {[string, Entry][]} */ const sound = [];
  for (const [slug, entry] of Object.entries(entries)) {
    const { mark, note } = entry ?? {};
    if (!SLUG.test(slug) || typeof note !== "string" || !["", ...MARKS].includes(mark)) return null;
    sound.push([slug, { mark, note: note.slice(0, LONGEST_NOTE) }]);
  }
  return { label: label.slice(0, LONGEST_LABEL), at, entries: Object.fromEntries(sound) };
}
