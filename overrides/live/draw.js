/**
 * Drawing questions by a seed: the same choice and seed give the same questions in every browser.
 */

/**
 * @typedef {object} Question
 * @property {string} slug
 * @property {number} number
 * @property {string} title
 * @property {string} question
 * @property {string} topic
 * @property {number} level
 * @property {number} minutes to answer aloud
 * @property {string} loaded what corrects a false premise, or ""
 * @property {string[]} tags
 * @property {string} url relative to the site's root
 */

/**
 * What to draw from and how much.
 * @typedef {object} Choice
 * @property {string[]} topics
 * @property {number[]} levels
 * @property {"count" | "minutes"} by
 * @property {number} amount of questions or of minutes
 * @property {string} seed
 */

/** What a seed is made of: read aloud, no two of these are taken for one another. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const SEED_LENGTH = 6;

/** @param {(array: Uint8Array<ArrayBuffer>) => unknown} fill with random bytes */
export function newSeed(fill) {
  const bytes = new Uint8Array(SEED_LENGTH);
  fill(bytes);
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
}

/**
 * The questions drawn, the easy ones first. The topics take turns, so that a large one does not crowd
 * out the others. A question's rank depends on the seed and its slug alone: a question that joins the
 * site changes no draw but those that it is in.
 * @param {readonly Question[]} questions
 * @param {Choice} choice
 * @returns {Question[]}
 */
export function draw(questions, { topics, levels, by, amount, seed }) {
  const rank = (/** @type {string} */ name) => hash(`${seed}/${name}`);
  const byRank = (/** @type {Question} */ a, /** @type {Question} */ b) =>
    rank(a.slug) - rank(b.slug) || (a.slug < b.slug ? -1 : 1);
  const pools = [...new Set(topics)]
    .sort((a, b) => rank(a) - rank(b))
    .map((topic) => questions.filter((q) => q.topic === topic && levels.includes(q.level)).sort(byRank));
  /** @type {Question[]} */ const drawn = [];
  let left = amount;
  for (let turn = 0; pools.some((pool) => turn < pool.length); turn += 1) {
    for (const pool of pools) {
      if (turn >= pool.length) continue;
      const cost = by === "count" ? 1 : pool[turn].minutes;
      if (cost > left) continue; // a shorter one may still fit
      left -= cost;
      drawn.push(pool[turn]);
    }
  }
  return drawn.sort((a, b) => a.level - b.level || byRank(a, b));
}

/**
 * The questions that have all the words, in the title, the question or the tags.
 * @param {readonly Question[]} questions
 * @param {string} words
 */
export function withWords(questions, words) {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  return questions.filter(({ title, question, tags }) => {
    const text = plain([title, question, ...tags].join(" "));
    return wanted.every((word) => text.includes(word));
  });
}

/** Without case and accents. @param {string} text */
export function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** FNV-1a, then the finalizer of MurmurHash3: every bit depends on every letter. @param {string} text */
function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
