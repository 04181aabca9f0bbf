/**
 * What the reader has revised: one card of the scheduler for each question, as numbers. Knows nothing
 * of the scheduler itself, so that what only counts them stays small.
 */

/**
 * A card of FSRS: times in milliseconds, `state` 1 learning, 2 review, 3 relearning.
 * @typedef {object} Card
 * @property {number} due
 * @property {number} last when it was last graded
 * @property {number} stability
 * @property {number} difficulty
 * @property {number} interval in days
 * @property {number} steps
 * @property {number} reps
 * @property {number} lapses
 * @property {number} state
 */

/** @typedef {Record<string, Card>} Cards by slug */

const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
export const MOST_CARDS = 2000;
/** The last time that a Date can hold. */
const LAST = 8.64e15;

/** @type {Record<keyof Card, (value: number) => boolean>} */
const SOUND = {
  due: isTime,
  last: isTime,
  stability: (x) => x > 0 && x < 1e6,
  difficulty: (x) => x >= 1 && x <= 10,
  interval: (x) => x >= 0 && x < 1e6,
  steps: isCount,
  reps: isCount,
  lapses: isCount,
  state: (x) => x === 1 || x === 2 || x === 3,
};

/** @type {import("./kept.js").Kind<Cards>} */
export const CARDS = {
  name: "revise",
  version: 1,
  empty: () => ({}),
  check(data) {
    const entries = entriesOf(data);
    /** @type {Cards} */ const cards = {};
    for (const [slug, card] of entries.slice(0, MOST_CARDS)) {
      if (SLUG.test(slug) && isCard(card)) cards[slug] = only(card);
    }
    const kept = Object.keys(cards).length;
    if (entries.length > 0 && kept === 0) throw new Error("none of it is a card");
    return { data: cards, dropped: entries.length - kept };
  },
  migrations: {
    // Cards by slug as ts-fsrs itself writes them, with times as text.
    0: (data) => Object.fromEntries(entriesOf(data).map(([slug, card]) => [slug, fromFsrs(card)])),
  },
};

/** @param {any} card as ts-fsrs has it, its times Dates or text @returns {Card | null} */
export function fromFsrs(card) {
  if (typeof card !== "object" || card === null) return null;
  return {
    due: new Date(card.due).getTime(),
    last: new Date(card.last_review).getTime(),
    stability: card.stability,
    difficulty: card.difficulty,
    interval: card.scheduled_days,
    steps: card.learning_steps ?? 0,
    reps: card.reps,
    lapses: card.lapses,
    state: card.state,
  };
}

/**
 * Two schedules as one: of a question that is in both, what was graded last.
 * @param {Cards} mine
 * @param {Cards} theirs
 * @returns {Cards}
 */
export function merge(mine, theirs) {
  const newer = Object.entries(theirs).filter(([slug, { last }]) => !(mine[slug]?.last >= last));
  return { ...mine, ...Object.fromEntries(newer) };
}

/**
 * How far the reader is: `seen` have been graded, `due` of these are to be asked again now, and
 * `known` are neither due nor being learned.
 * @param {Cards} cards
 * @param {Iterable<string>} slugs
 * @param {number} now
 */
export function progress(cards, slugs, now) {
  const count = { all: 0, seen: 0, due: 0, known: 0 };
  for (const slug of slugs) {
    count.all += 1;
    const state = stateOf(cards, slug, now);
    if (state === "new") continue;
    count.seen += 1;
    if (state !== "learning") count[state] += 1;
  }
  return count;
}

/** @param {Cards} cards @param {string} slug @param {number} now @returns {"new" | "due" | "learning" | "known"} */
export function stateOf(cards, slug, now) {
  if (!Object.hasOwn(cards, slug)) return "new";
  const { due, state } = cards[slug];
  if (due <= now) return "due";
  return state === 2 ? "known" : "learning";
}

/** @param {unknown} data @returns {[string, unknown][]} */
function entriesOf(data) {
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw new Error("not cards");
  return Object.entries(data);
}

/** @param {any} card @returns {card is Card} */
function isCard(card) {
  if (typeof card !== "object" || card === null) return false;
  return Object.entries(SOUND).every(([name, sound]) => Number.isFinite(card[name]) && sound(card[name]));
}

/** @param {Card} card @returns {Card} without what else it may carry */
function only(card) {
  const names = /** @type {(keyof Card)[]} */ (Object.keys(SOUND));
  return /** @type {Card} */ (Object.fromEntries(names.map((name) => [name, card[name]])));
}

/** @param {number} x */
function isTime(x) {
  return x > 0 && x <= LAST;
}

/** @param {number} x */
function isCount(x) {
  return Number.isInteger(x) && x >= 0 && x < 1e6;
}
