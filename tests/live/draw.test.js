import assert from "node:assert/strict";
import { test } from "node:test";
import { draw, newSeed, withWords } from "../../overrides/live/draw.js";

/** @param {string} slug @param {Partial<import("../../overrides/live/draw.js").Question>} [more] */
function question(slug, more = {}) {
  return {
    slug, number: 1, title: slug, question: `What is ${slug}?`, topic: "a", level: 1, minutes: 3, loaded: "",
    tags: [], url: `a/${slug}/`, ...more,
  };
}

const MANY = Array.from({ length: 60 }, (_, i) =>
  question(`q${i}`, { topic: i < 50 ? "large" : "small", level: 1 + (i % 3), minutes: 2 + (i % 5) }));
const ALL = { topics: ["large", "small"], levels: [1, 2, 3], by: /** @type {const} */ ("count"), amount: 8, seed: "abc" };
const slugs = (/** @type {{slug: string}[]} */ list) => list.map(({ slug }) => slug);

test("the same seed draws the same, in whatever order the questions and topics come", () => {
  for (const amount of [7, 8]) {
    const drawn = slugs(draw(MANY, { ...ALL, amount }));
    assert.equal(drawn.length, amount);
    const turned = { ...ALL, amount, topics: ["small", "large", "large"] };
    assert.deepEqual(slugs(draw([...MANY].reverse(), turned)), drawn);
    assert.notDeepEqual(slugs(draw(MANY, { ...ALL, amount, seed: "abd" })), drawn);
  }
});

test("what a link with this seed means does not change", () => {
  // Kits in links out there were drawn so: a change of this list breaks their “repeat”.
  assert.deepEqual(slugs(draw(MANY, ALL)), FIXED);
});
const FIXED = ["q27", "q37", "q52", "q41", "q23", "q56", "q50", "q53"];

test("topics take turns, easy questions come first", () => {
  const drawn = draw(MANY, ALL);
  assert.equal(drawn.filter(({ topic }) => topic === "small").length, 4);
  const levels = drawn.map(({ level }) => level);
  assert.deepEqual(levels, [...levels].sort());
});

test("only the topics and levels wanted, and no more than there are", () => {
  const drawn = draw(MANY, { ...ALL, topics: ["small"], levels: [2], amount: 40 });
  assert.deepEqual(new Set(slugs(drawn)), new Set(slugs(MANY.filter((q) => q.topic === "small" && q.level === 2))));
  assert.deepEqual(draw(MANY, { ...ALL, topics: [] }), []);
  assert.deepEqual(draw([], ALL), []);
});

test("minutes are filled, never exceeded", () => {
  for (const amount of [1, 2, 7, 20, 45]) {
    const drawn = draw(MANY, { ...ALL, by: "minutes", amount });
    const sum = drawn.reduce((total, { minutes }) => total + minutes, 0);
    assert.ok(sum <= amount && sum > amount - 2, `${sum} of ${amount}`);
  }
});

test("a question that joins changes a draw by itself at most", () => {
  const before = slugs(draw(MANY, ALL));
  for (let i = 0; i < 20; i += 1) {
    const after = slugs(draw([...MANY, question(`new${i}`, { topic: "large" })], ALL));
    const gone = before.filter((slug) => !after.includes(slug));
    assert.ok(gone.length <= 1, `${gone}`);
  }
});

test("every question is drawn about as often", () => {
  const pool = MANY.slice(0, 20).map((q) => ({ ...q, topic: "large" }));
  /** @type {Map<string, number>} */ const count = new Map();
  for (let i = 0; i < 2000; i += 1) {
    for (const { slug } of draw(pool, { ...ALL, amount: 5, seed: `s${i}` })) count.set(slug, (count.get(slug) ?? 0) + 1);
  }
  // 500 each, with a standard deviation of 19.
  for (const [slug, times] of count) assert.ok(Math.abs(times - 500) < 100, `${slug}: ${times}`);
  assert.equal(count.size, 20);
});

test("seeds are short, and of letters that a link may hold", () => {
  let next = 0;
  const seeds = Array.from({ length: 50 }, () => newSeed((bytes) => bytes.forEach((_, i) => (bytes[i] = (next += 37) % 256))));
  for (const seed of seeds) assert.match(seed, /^[a-z0-9]{6}$/);
  assert.equal(new Set(seeds).size, 50);
});

test("words are found in title, question and tags, without case and accents", () => {
  const list = [question("svd", { tags: ["Bézier", "rank"] }), question("pca", { title: "Principal components" })];
  assert.deepEqual(slugs(withWords(list, "bezier RANK")), ["svd"]);
  assert.deepEqual(slugs(withWords(list, " what  principal ")), ["pca"]);
  assert.deepEqual(slugs(withWords(list, "")), ["svd", "pca"]);
  assert.deepEqual(slugs(withWords(list, "rank principal")), []);
});
