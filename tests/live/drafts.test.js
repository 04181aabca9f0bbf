import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts, MOST_CODE, MOST_DRAFTS } from "../../overrides/live/drafts.js";
import { forbidden, full, memory } from "./memory.js";

test("a draft comes back, for its page and cell only", () => {
  const store = memory();
  const drafts = new Drafts(store);
  assert.ok(drafts.save("/p", "a", "x = 1\n", "x = 2\n"));
  assert.deepEqual(new Drafts(store).load("/p", "a", "x = 1\n"), { code: "x = 2\n" });
  assert.deepEqual(drafts.load("/q", "a", "x = 1\n"), {});
  assert.deepEqual(drafts.load("/p", "b", "x = 1\n"), {});
  drafts.remove("/p", "a");
  assert.equal(store.map.size, 0);
});

test("the original itself is no draft", () => {
  const store = memory();
  const drafts = new Drafts(store);
  drafts.save("/p", "a", "x", "y");
  assert.ok(drafts.save("/p", "a", "x", "x"));
  assert.equal(store.map.size, 0);
});

test("the draft of another original is outdated, and looking does not remove it", () => {
  const drafts = new Drafts(memory());
  drafts.save("/p", "a", "new", "theirs");
  assert.deepEqual(drafts.load("/p", "a", "old"), { outdated: "theirs" });
  assert.deepEqual(drafts.load("/p", "a", "new"), { code: "theirs" }); // in another tab
  assert.deepEqual(drafts.load("/p", "a", "theirs"), {});
});

test("what others wrote is set aside", () => {
  const store = memory();
  const drafts = new Drafts(store);
  drafts.save("/p", "a", "x", "y");
  const [key] = store.map.keys();
  const hash = JSON.parse(store.map.get(key) ?? "").hash;
  const big = JSON.stringify({ hash, code: "z".repeat(MOST_CODE + 1), at: 1 });
  for (const value of ["", "{", "null", "7", "[]", '"x"', '{"hash":1}', `{"hash":"${hash}","code":{}}`, big]) {
    store.map.set(key, value);
    assert.deepEqual(drafts.load("/p", "a", "x"), {}, value.slice(0, 40));
  }
});

test("code over the limit is not kept, nor is an older draft of it", () => {
  const store = memory();
  const drafts = new Drafts(store);
  drafts.save("/p", "a", "x", "y");
  assert.equal(drafts.save("/p", "a", "x", "z".repeat(MOST_CODE + 1)), false);
  assert.equal(store.map.size, 0);
});

test("the oldest drafts go, what is not ours stays", () => {
  const store = memory();
  store.setItem("theirs", "1");
  let now = 0;
  const drafts = new Drafts(store, () => (now += 1));
  for (let i = 0; i < MOST_DRAFTS + 3; i += 1) drafts.save("/p", `c${i}`, "x", "y");
  assert.equal(store.map.size, MOST_DRAFTS + 1);
  assert.deepEqual(drafts.load("/p", "c2", "x"), {});
  assert.deepEqual(drafts.load("/p", "c3", "x"), { code: "y" });
  assert.ok(store.map.has("theirs"));
});

test("forbidden and full storage keep nothing, without an error", () => {
  for (const store of [null, forbidden, full()]) {
    const drafts = new Drafts(store);
    assert.equal(drafts.save("/p", "a", "x", "y"), false);
    assert.deepEqual(drafts.load("/p", "a", "x"), {});
    drafts.remove("/p", "a");
  }
});
