import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmptyCard, fsrs, Rating } from "ts-fsrs";
import { CARDS, merge, MOST_CARDS, progress, stateOf } from "../../overrides/live/cards.js";
import { Kept, pack, unpack } from "../../overrides/live/kept.js";
import { graded, GRADES, nextDue, nextTime, span } from "../../overrides/live/schedule.js";
import { memory } from "./memory.js";

const NOW = Date.UTC(2026, 0, 15, 12);
const DAY = 86_400_000;
const MINUTE = 60_000;

test("grades order the intervals, and are those of FSRS itself", () => {
  const due = GRADES.map((grade) => graded(undefined, grade, NOW).due - NOW);
  assert.deepEqual(due.toSorted((a, b) => a - b), due);
  assert.ok(due[0] <= 5 * MINUTE && due[3] > DAY, `${due}`);
  const scheduler = fsrs({ enable_fuzz: false });
  let card = createEmptyCard(new Date(NOW));
  /** @type {import("../../overrides/live/cards.js").Card | undefined} */ let mine;
  for (const [grade, rating, days] of /** @type {const} */ ([
    ["good", Rating.Good, 0], ["good", Rating.Good, 1], ["again", Rating.Again, 4], ["hard", Rating.Hard, 4.1], ["easy", Rating.Easy, 30],
  ])) {
    const now = NOW + days * DAY;
    card = scheduler.next(card, new Date(now), rating).card;
    mine = graded(mine, grade, now);
    assert.deepEqual(
      [mine.due, mine.stability, mine.difficulty, mine.reps, mine.lapses, mine.state],
      [card.due.getTime(), card.stability, card.difficulty, card.reps, card.lapses, card.state],
    );
  }
});

test("a clock that was set back is no reason to fail", () => {
  const card = graded(undefined, "good", NOW);
  const again = graded(card, "good", NOW - 10 * DAY);
  assert.ok(again.due >= card.last);
  assert.equal(CARDS.check({ a: again }).dropped, 0);
});

test("the longest due comes first, then there is a time to wait", () => {
  const cards = { a: graded(undefined, "good", NOW), b: graded(undefined, "again", NOW), c: graded(undefined, "easy", NOW) };
  const slugs = ["new", "c", "a", "b"];
  assert.equal(nextDue(cards, slugs, NOW), undefined);
  assert.equal(nextTime(cards, slugs), cards.b.due);
  assert.equal(nextDue(cards, slugs, NOW + DAY), "b");
  assert.equal(nextDue(cards, ["c", "a"], NOW + 20 * DAY), "a");
  assert.equal(nextTime(cards, ["new"]), undefined);
});

test("progress counts what is seen, due and known", () => {
  const cards = {
    known: graded(undefined, "easy", NOW),
    learning: graded(undefined, "good", NOW),
    due: graded(undefined, "again", NOW - DAY),
    gone: graded(undefined, "easy", NOW),
  };
  const slugs = ["known", "learning", "due", "new", "toString"];
  assert.deepEqual(progress(cards, slugs, NOW), { all: 5, seen: 3, due: 1, known: 1 });
  assert.deepEqual(slugs.map((slug) => stateOf(cards, slug, NOW)), ["known", "learning", "due", "new", "new"]);
});

test("an export imports again, and the later grade counts", () => {
  const mine = { a: graded(undefined, "good", NOW), b: graded(undefined, "good", NOW) };
  const theirs = { a: graded(undefined, "easy", NOW + 1), b: graded(undefined, "easy", NOW - 1), c: graded(undefined, "hard", NOW) };
  const { data, dropped } = unpack(CARDS, pack(CARDS, theirs));
  assert.deepEqual([data, dropped], [theirs, 0]);
  assert.deepEqual(merge(mine, data), { a: theirs.a, b: mine.b, c: theirs.c });
});

test("cards as ts-fsrs writes them migrate from version 0", () => {
  const card = fsrs({ enable_fuzz: false }).next(createEmptyCard(new Date(NOW)), new Date(NOW), Rating.Good).card;
  const { data, dropped, version } = unpack(CARDS, JSON.stringify({ "normal-equation": card }));
  assert.deepEqual(data, { "normal-equation": graded(undefined, "good", NOW) });
  assert.deepEqual([dropped, version], [0, 0]);
  const storage = memory();
  storage.setItem("dlconcepts:revise", JSON.stringify({ "normal-equation": card }));
  assert.deepEqual(new Kept(storage, CARDS).read(), data);
  assert.match(storage.map.get("dlconcepts:revise") ?? "", /^\{"format":"dlconcepts:revise","version":1,/);
});

test("hostile cards are left out one by one", () => {
  const sound = graded(undefined, "good", NOW);
  const bad = [
    null, 7, "x", [], {}, { ...sound, due: "tomorrow" }, { ...sound, due: NaN }, { ...sound, due: Infinity }, { ...sound, due: 1e300 },
    { ...sound, due: -1 }, { ...sound, stability: 0 }, { ...sound, difficulty: 11 }, { ...sound, state: 0 }, { ...sound, state: 9 },
    { ...sound, reps: 1.5 }, { ...sound, lapses: -1 },
  ];
  const text = JSON.stringify({ good: sound, ...Object.fromEntries(bad.map((card, i) => [`bad${i}`, card])) });
  const { data, dropped } = CARDS.check(JSON.parse(text));
  assert.deepEqual([data, dropped], [{ good: sound }, bad.length]);
  for (const slug of ["__proto__", "a/b", "<b>", "", "A"]) {
    const odd = JSON.parse(`{"good": ${JSON.stringify(sound)}, "${slug}": ${JSON.stringify(sound)}}`);
    assert.deepEqual(CARDS.check(odd), { data: { good: sound }, dropped: 1 }, slug);
  }
  assert.deepEqual(CARDS.check({ a: { ...sound, extra: "<b>" } }).data, { a: sound });
  assert.throws(() => CARDS.check({ a: null }));
  assert.throws(() => CARDS.check([sound]));
  const many = Object.fromEntries(Array.from({ length: MOST_CARDS + 5 }, (_, i) => [`q${i}`, sound]));
  assert.equal(CARDS.check(many).dropped, 5);
});

test("spans are said in the unit that fits", () => {
  const said = [0, 10 * MINUTE, 59.6 * MINUTE, 5 * 60 * MINUTE, DAY, 8 * DAY, 91 * DAY, 3 * 366 * DAY].map(span);
  assert.deepEqual(said, ["1 min", "10 min", "1 hour", "5 hours", "1 day", "8 days", "3 months", "3 years"]);
});
