/**
 * A kit of questions as the fragment of a link: which questions, in which order, and the draw that
 * they came from. Whoever opens a link did not write it: what does not fit is named and left out.
 */

/** @typedef {import("./draw.js").Question} Question */
/** @typedef {import("./draw.js").Choice} Choice */
/** @typedef {"" | "candidate" | "interviewer"} Sheet */

/**
 * @typedef {object} Kit
 * @property {string[]} slugs in order
 * @property {Choice} choice
 * @property {Sheet} sheet which of the two is open, if any
 */

/** Characters of a fragment; a kit of all questions is shorter. */
export const LONGEST = 8000;
export const MOST = { count: 40, minutes: 480 };
const NAMED = 5;
const SHEETS = ["", "candidate", "interviewer"];

/** @param {readonly string[]} topics @returns {Choice} */
export function anyChoice(topics) {
  return { topics: [...topics], levels: [1, 2, 3], by: "count", amount: 6, seed: "" };
}

/**
 * @param {Kit} kit
 * @param {readonly string[]} topics all of the site; a choice of all is the shortest link
 * @returns {string} with its "#"
 */
export function toFragment({ slugs, choice, sheet }, topics) {
  const { seed, by, amount, levels } = choice;
  const parts = [`kit=${slugs.join(",")}`];
  if (seed) parts.push(`seed=${seed}`, `${by}=${amount}`);
  if (seed && topics.some((topic) => !choice.topics.includes(topic))) {
    parts.push(`topics=${choice.topics.join(",")}`);
  }
  if (seed && levels.length < 3) parts.push(`levels=${levels.join(",")}`);
  if (sheet) parts.push(`sheet=${sheet}`);
  return `#${parts.join("&")}`;
}

/**
 * @param {string} fragment with or without its "#"
 * @param {ReadonlyMap<string, Question>} known by slug
 * @param {readonly string[]} topics
 * @returns {{kit: Kit, drawn: boolean, problems: string[]}} `drawn`: the link has questions, or wants none drawn;
 *   `problems`: sentences for the reader
 */
export function fromFragment(fragment, known, topics) {
  const choice = anyChoice(topics);
  /** @type {Kit} */ const kit = { slugs: [], choice, sheet: "" };
  /** @type {string[]} */ const problems = [];
  if (fragment.length > LONGEST) {
    problems.push(`The link is longer than ${LONGEST} characters, which no kit is. It was not read.`);
    return { kit, drawn: true, problems };
  }
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const list = (/** @type {string} */ name) => (fields.get(name) ?? "").split(",").filter(Boolean);

  const slugs = new Set(list("kit"));
  kit.slugs = [...slugs].filter((slug) => known.has(slug));
  const missing = [...slugs].filter((slug) => !known.has(slug));
  if (missing.length === 1) {
    problems.push(`The link names a question that this site does not have, ${named(missing)}. It was left out.`);
  } else if (missing.length > 1) {
    const count = missing.length;
    problems.push(`The link names ${count} questions that this site does not have: ${named(missing)}. They were left out.`);
  }

  const seed = fields.get("seed") ?? "";
  if (/^[a-z0-9]{1,12}$/.test(seed)) choice.seed = seed;
  else if (seed) problems.push("The link’s seed is not one: a seed is up to 12 letters a to z and digits.");
  for (const by of /** @type {("count" | "minutes")[]} */ (["count", "minutes"])) {
    const text = fields.get(by);
    if (text === null) continue;
    const amount = Number(text);
    if (!/^\d{1,4}$/.test(text) || amount < 1 || amount > MOST[by]) {
      problems.push(`The link’s number of ${by === "count" ? "questions" : "minutes"} is not one from 1 to ${MOST[by]}.`);
    } else Object.assign(choice, { by, amount });
  }
  if (fields.has("topics")) {
    const some = topics.filter((topic) => list("topics").includes(topic));
    if (some.length) choice.topics = some;
    const others = list("topics").filter((topic) => !topics.includes(topic));
    if (others.length) problems.push(`The link names topics that this site does not have: ${named(others)}.`);
  }
  if (fields.has("levels")) {
    const levels = [1, 2, 3].filter((level) => list("levels").includes(String(level)));
    if (levels.length) choice.levels = levels;
    else problems.push("The link’s levels are none of 1, 2 and 3.");
  }
  const sheet = fields.get("sheet") ?? "";
  if (SHEETS.includes(sheet)) kit.sheet = /** @type {Sheet} */ (sheet);
  else problems.push("The link’s sheet is neither “candidate” nor “interviewer”.");
  return { kit, drawn: fields.has("kit") || !choice.seed, problems };
}

/**
 * @template T
 * @param {readonly T[]} list
 * @param {number} from
 * @param {number} to
 * @returns {T[]} with one element moved
 */
export function moved(list, from, to) {
  if (to < 0 || to >= list.length) return [...list];
  const rest = list.toSpliced(from, 1);
  return rest.toSpliced(to, 0, list[from]);
}

/** Some of them, each cut short, in quotation marks. @param {string[]} names */
function named(names) {
  const some = names.slice(0, NAMED).map((name) => `“${name.length > 40 ? `${name.slice(0, 40)}…` : name}”`);
  const more = names.length - some.length;
  return more > 0 ? `${some.join(", ")} and ${more} more` : some.join(", ");
}
