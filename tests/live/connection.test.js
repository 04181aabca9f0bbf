import assert from "node:assert/strict";
import { test } from "node:test";
import { Consent, KEY } from "../../overrides/live/connection.js";

/** @param {any} [options] */
function consent({ connection, reduced = false, storage = null } = {}) {
  const prefers = (/** @type {string} */ query) => reduced && query.includes("reduced-data");
  return new Consent({ connection, prefers, storage });
}

test("a fast connection, or one that nothing is known of, needs no question", () => {
  for (const connection of [undefined, {}, { effectiveType: "4g", saveData: false, type: "wifi" }]) {
    assert.equal(consent({ connection }).needed(), false);
  }
});

test("Save-Data, a slow and a metered connection need one", () => {
  const careful = [{ saveData: true }, { effectiveType: "3g" }, { effectiveType: "slow-2g" }, { type: "cellular" }];
  for (const connection of careful) assert.ok(consent({ connection }).needed(), JSON.stringify(connection));
  assert.ok(consent({ reduced: true }).needed());
});

test("a yes holds, also on the next visit, also where storage is forbidden", () => {
  const map = new Map();
  const storage = { getItem: (/** @type {string} */ k) => map.get(k) ?? null, setItem: map.set.bind(map) };
  const first = consent({ connection: { saveData: true }, storage });
  first.give();
  assert.equal(first.needed(), false);
  assert.deepEqual([...map], [[KEY, "yes"]]);
  const next = consent({ connection: { saveData: true }, storage });
  assert.deepEqual([next.needed(), next.needed("scipy")], [false, true]);
  next.give("scipy");
  assert.deepEqual([next.needed("scipy"), next.needed("matplotlib")], [false, true]);
  map.set(KEY, "?");
  assert.ok(consent({ connection: { saveData: true }, storage }).needed());
  const forbid = () => {
    throw new Error("forbidden");
  };
  const closed = consent({ connection: { saveData: true }, storage: { getItem: forbid, setItem: forbid } });
  assert.ok(closed.needed());
  closed.give();
  assert.equal(closed.needed(), false);
});
