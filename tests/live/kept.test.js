import assert from "node:assert/strict";
import { test } from "node:test";
import { Kept, KeptError, LONGEST, MOST_ASIDE, pack, unpack } from "../../overrides/live/kept.js";
import { forbidden, full, memory } from "./memory.js";

/** Names, as in version 3: version 1 had one text, version 2 a list of pairs. */
const KIND = {
  name: "test",
  version: 3,
  empty: () => /** @type {string[]} */ ([]),
  /** @param {unknown} data */
  check(data) {
    if (!Array.isArray(data)) throw new Error("no list");
    const names = data.filter((name) => typeof name === "string");
    return { data: names, dropped: data.length - names.length };
  },
  migrations: {
    1: (/** @type {any} */ text) => text.split(" ").map((/** @type {string} */ name) => [name, 0]),
    2: (/** @type {any} */ pairs) => pairs.map((/** @type {[string, number]} */ [name]) => name),
  },
};
const KEY = "dlconcepts:test";
const envelope = (/** @type {number} */ version, /** @type {unknown} */ data) =>
  JSON.stringify({ format: KEY, version, data });

test("a document comes back, and two tabs see each other's changes", () => {
  const storage = memory();
  const [one, two] = [new Kept(storage, KIND), new Kept(storage, KIND)];
  assert.deepEqual(one.read(), []);
  one.update((names) => [...names, "a"]);
  two.update((names) => [...names, "b"]);
  assert.deepEqual(one.read(), ["a", "b"]);
  assert.deepEqual([one.kept, one.problem, one.aside()], [true, "", []]);
});

test("older versions migrate step by step, once", () => {
  for (const [version, data] of /** @type {[number, unknown][]} */ ([[1, "a b"], [2, [["a", 5], ["b", 6]]], [3, ["a", "b"]]])) {
    const storage = memory();
    storage.setItem(KEY, envelope(version, data));
    const kept = new Kept(storage, KIND);
    assert.deepEqual(kept.read(), ["a", "b"], `${version}`);
    assert.equal(storage.map.get(KEY), envelope(3, ["a", "b"]));
    assert.equal(kept.problem, "");
  }
});

test("what cannot be read is set aside, said, and given back", () => {
  const foreign = [
    "", "{", "null", "7", "[]", '"x"', "{}", '{"format":"theirs","version":1,"data":[]}', envelope(3, {}), envelope(1, 7),
    envelope(-1, []), envelope(2.5, []), envelope(0, []), '{"version":3,"data":[]}', '{"__proto__":{"format":"dlconcepts:test"}}',
    `"${"x".repeat(LONGEST)}"`,
  ];
  for (const text of foreign) {
    const storage = memory();
    storage.setItem(KEY, text);
    const kept = new Kept(storage, KIND, () => 1000);
    const short = text.slice(0, 60);
    assert.deepEqual(kept.read(), [], short);
    assert.match(kept.problem, /was unreadable and was set aside\. It/, short);
    assert.deepEqual(kept.aside().map((copy) => copy.text), [text]);
    assert.equal(storage.map.has(KEY), false);
    kept.update(() => ["new"]);
    const next = new Kept(storage, KIND);
    assert.deepEqual([next.read(), next.problem, next.aside().length], [["new"], "", 1]);
    next.forget(next.aside()[0].key);
    assert.deepEqual([...storage.map.keys()], [KEY]);
  }
});

test("a newer version is set aside whole, and says which", () => {
  const storage = memory();
  storage.setItem(KEY, envelope(4, ["a"]));
  const kept = new Kept(storage, KIND);
  assert.deepEqual(kept.read(), []);
  assert.match(kept.problem, /version 4; this page reads up to version 3/);
  assert.equal(kept.aside()[0].text, envelope(4, ["a"]));
});

test("sound entries stay when others are broken, and the whole is set aside as well", () => {
  const storage = memory();
  const text = envelope(3, ["a", 7, "b", null]);
  storage.setItem(KEY, text);
  const kept = new Kept(storage, KIND);
  assert.deepEqual(kept.read(), ["a", "b"]);
  assert.match(kept.problem, /A part .* set aside\. 2 entries/);
  assert.deepEqual([kept.aside()[0].text, storage.map.get(KEY)], [text, envelope(3, ["a", "b"])]);
});

test("copies set aside do not pile up, and what is not ours stays", () => {
  const storage = memory();
  storage.setItem("theirs", "1");
  for (let time = 1; time < MOST_ASIDE + 4; time += 1) {
    storage.setItem(KEY, `broken ${time}`);
    new Kept(storage, KIND, () => time).read();
  }
  const left = new Kept(storage, KIND).aside().map(({ text }) => text);
  assert.deepEqual(left, ["broken 6", "broken 5", "broken 4"]);
  new Kept(storage, KIND).forget("theirs");
  assert.ok(storage.map.has("theirs"));
});

test("forbidden and full storage keep the document for this visit, and say so", () => {
  for (const storage of [null, forbidden, full()]) {
    const kept = new Kept(storage, KIND);
    assert.deepEqual(kept.read(), []);
    kept.update((names) => [...names, "a"]);
    kept.update((names) => [...names, "b"]);
    assert.deepEqual([kept.read(), kept.kept, kept.aside()], [["a", "b"], false, []]);
  }
});

test("unreadable and no room to set it aside: said, and nothing is lost before the next change", () => {
  const storage = full();
  storage.map.set(KEY, "broken");
  const kept = new Kept(storage, KIND);
  assert.deepEqual(kept.read(), []);
  assert.match(kept.problem, /no room to set it aside/);
  assert.equal(storage.map.get(KEY), "broken");
});

test("an exported file is what the storage holds, and imports again", () => {
  assert.deepEqual(unpack(KIND, pack(KIND, ["a"], 1)), { data: ["a"], dropped: 0, version: 3 });
  for (const text of ["", "x,y", "[1]", envelope(9, [])]) assert.throws(() => unpack(KIND, text), KeptError);
});
