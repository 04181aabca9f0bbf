import assert from "node:assert/strict";
import { test } from "node:test";
import { anyChoice, fromFragment, LONGEST, moved, toFragment } from "../../overrides/live/kit.js";

const TOPICS = ["ml", "mc"];
const KNOWN = new Map(["a", "b-c", "d"].map((slug) => [slug, /** @type {any} */ ({ slug })]));
const read = (/** @type {string} */ fragment) => fromFragment(fragment, KNOWN, TOPICS);

test("a kit comes back from its link", () => {
  const choice = { topics: ["mc"], levels: [1, 3], by: /** @type {const} */ ("minutes"), amount: 30, seed: "k7x" };
  for (const sheet of /** @type {const} */ (["", "candidate", "interviewer"])) {
    const kit = { slugs: ["d", "a"], choice, sheet };
    assert.deepEqual(read(toFragment(kit, TOPICS)), { kit, drawn: true, problems: [] });
  }
  const plain = { slugs: ["b-c"], choice: anyChoice(TOPICS), sheet: /** @type {const} */ ("") };
  assert.equal(toFragment(plain, TOPICS), "#kit=b-c");
  assert.deepEqual(read("#kit=b-c"), { kit: plain, drawn: true, problems: [] });
});

test("a link of an earlier day is read the same way", () => {
  const { kit, problems } = read("#kit=d,a&seed=k7x&minutes=30&topics=mc&levels=1,3&sheet=interviewer");
  assert.deepEqual(kit.slugs, ["d", "a"]);
  assert.deepEqual(kit.choice, { topics: ["mc"], levels: [1, 3], by: "minutes", amount: 30, seed: "k7x" });
  assert.deepEqual([kit.sheet, problems], ["interviewer", []]);
});

test("what chats escape is read too", () => {
  assert.deepEqual(read("#kit=d%2Ca&seed=k7x").kit.slugs, ["d", "a"]);
});

test("a seed alone asks for a draw, an empty kit does not", () => {
  assert.equal(read("#seed=k7x&count=4").drawn, false);
  assert.equal(read("#seed=k7x&kit=").drawn, true);
  assert.equal(read("").drawn, true);
});

test("unknown questions are named and skipped, known ones come once", () => {
  const one = read("#kit=a,nope,a,d");
  assert.deepEqual(one.kit.slugs, ["a", "d"]);
  assert.deepEqual(one.problems, ["The link names a question that this site does not have, “nope”. It was left out."]);
  const [many] = read(`#kit=${Array.from({ length: 9 }, (_, i) => `x${i}`)}`).problems;
  assert.equal(many, "The link names 9 questions that this site does not have: “x0”, “x1”, “x2”, “x3”, “x4” and 4 more. They were left out.");
});

test("hostile links end in sentences", () => {
  const markup = read("#kit=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E");
  assert.deepEqual(markup.kit.slugs, []);
  assert.match(markup.problems[0], /“<img src=x onerror=alert\(1\)>”/); // text: what shows it makes no markup of it
  assert.match(read(`#kit=${"x".repeat(900)}`).problems[0], /“x{40}…”/);
  assert.match(read(`#kit=${"x,".repeat(LONGEST)}`).problems[0], /longer than 8000/);
  for (const name of ["__proto__", "constructor", "toString"]) {
    const { kit, problems } = read(`#kit=${name}&topics=${name}&levels=${name}&sheet=${name}`);
    assert.deepEqual(kit, { slugs: [], choice: anyChoice(TOPICS), sheet: "" });
    assert.equal(problems.length, 4, `${problems}`);
  }
  for (const amount of ["0", "-1", "41", "1e9", "NaN", "", " 5", "5.5", "99999999"]) {
    const { kit, problems } = read(`#seed=a&count=${amount}`);
    assert.equal(kit.choice.amount, 6);
    assert.deepEqual(problems, ["The link’s number of questions is not one from 1 to 40."], amount);
  }
  for (const seed of ["<b>", "x".repeat(13), "A", "a b"]) {
    const { kit, problems } = read(`#seed=${encodeURIComponent(seed)}`);
    assert.equal(kit.choice.seed, "");
    assert.match(problems[0], /seed is not one/);
  }
  for (const odd of ["#%", "#%E0%A4%A", "#&&==&", "#kit", "#\u0000"]) assert.deepEqual(read(odd).kit.slugs, [], odd);
});

test("one element moves, and not past the ends", () => {
  assert.deepEqual(moved(["a", "b", "c"], 0, 2), ["b", "c", "a"]);
  assert.deepEqual(moved(["a", "b", "c"], 2, 1), ["a", "c", "b"]);
  assert.deepEqual(moved(["a", "b"], 0, -1), ["a", "b"]);
  assert.deepEqual(moved(["a", "b"], 1, 2), ["a", "b"]);
});
