/**
 * When a question comes back: FSRS, by the library ts-fsrs with its own parameters. Comes with the
 * page of revision only.
 */

import { createEmptyCard, fsrs, Rating } from "ts-fsrs";
import { fromFsrs } from "./cards.js";

/** @typedef {import("./cards.js").Card} Card */
/** @typedef {import("./cards.js").Cards} Cards */
/** @typedef {"again" | "hard" | "good" | "easy"} Grade */

/** @type {Record<Grade, import("ts-fsrs").Grade>} */
const RATINGS = { again: Rating.Again, hard: Rating.Hard, good: Rating.Good, easy: Rating.Easy };
export const GRADES = /** @type {Grade[]} */ (Object.keys(RATINGS));

// No fuzz: the same grades give the same dates.
const scheduler = fsrs({ enable_fuzz: false });

/**
 * @param {Card | undefined} card undefined when the question is new
 * @param {Grade} grade
 * @param {number} now
 * @returns {Card}
 */
export function graded(card, grade, now) {
  // A clock that was set back must not make a time negative.
  const at = new Date(Math.max(now, card?.last ?? 0));
  const before = card ? toFsrs(card) : createEmptyCard(at);
  return /** @type {Card} */ (fromFsrs(scheduler.next(before, at, RATINGS[grade]).card));
}

/**
 * What to ask next: the longest due of these questions.
 * @param {Cards} cards
 * @param {string[]} slugs
 * @param {number} now
 * @returns {string | undefined}
 */
export function nextDue(cards, slugs, now) {
  const due = slugs.filter((slug) => Object.hasOwn(cards, slug) && cards[slug].due <= now);
  return due.sort((a, b) => cards[a].due - cards[b].due)[0];
}

/**
 * When the next of these questions will be due, if none is now.
 * @param {Cards} cards
 * @param {string[]} slugs
 * @returns {number | undefined}
 */
export function nextTime(cards, slugs) {
  const times = slugs.flatMap((slug) => (Object.hasOwn(cards, slug) ? [cards[slug].due] : []));
  return times.length ? Math.min(...times) : undefined;
}

/** @param {number} ms @returns {string} such as “10 min” or “3 days” */
export function span(ms) {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  if (hours < 24) return hours === 1 ? "1 hour" : `${hours} hours`;
  const days = Math.round(hours / 24);
  if (days < 60) return days === 1 ? "1 day" : `${days} days`;
  const months = Math.round(days / 30.4);
  return months < 24 ? `${months} months` : `${Math.round(days / 365.25)} years`;
}

/** @param {Card} card */
function toFsrs({ due, last, stability, difficulty, interval, steps, reps, lapses, state }) {
  return {
    due: new Date(due),
    last_review: new Date(last),
    stability,
    difficulty,
    scheduled_days: interval,
    elapsed_days: 0, // deprecated, and not read
    learning_steps: steps,
    reps,
    lapses,
    state,
  };
}
