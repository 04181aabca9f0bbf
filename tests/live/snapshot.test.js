import assert from "node:assert/strict";
import { test } from "node:test";

import { identify, placesOf } from "../../overrides/live/snapshot.js";

// Functions a and b, exported as a, again (the same as a), b and c; the table holds b, a, nothing, a; c stands nowhere.
const name = (/** @type {string} */ text) => [text.length, ...Buffer.from(text)];
const section = (/** @type {number} */ id, /** @type {number[]} */ content) => [id, content.length, ...content];
const TABLE = "__indirect_function_table";
const BYTES = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 0, 0]),
  ...section(3, [3, 0, 0, 0]),
  ...section(4, [1, 0x70, 0, 4]),
  ...section(7, [
    5,
    ...[...name("a"), 0, 0],
    ...[...name("again"), 0, 0],
    ...[...name(TABLE), 1, 0],
    ...[...name("b"), 0, 1],
    ...[...name("c"), 0, 2],
  ]),
  ...section(9, [2, 0, 0x41, 0, 0x0b, 2, 1, 0, 0, 0x41, 3, 0x0b, 1, 0]),
  ...section(10, [3, 2, 0, 0x0b, 2, 0, 0x0b, 2, 0, 0x0b]),
]);

const instance = () => new WebAssembly.Instance(new WebAssembly.Module(BYTES));
const tableOf = (/** @type {WebAssembly.Instance} */ { exports }) =>
  /** @type {WebAssembly.Table} */ (exports[TABLE]);

/** An engine like JavaScriptCore: the table gives another object for each place. */
function likeSafari() {
  const main = instance();
  const table = tableOf(main);
  const { get } = table;
  /** @type {Map<number, unknown>} */ const objects = new Map();
  table.get = (index) => {
    if (get.call(table, index) && !objects.has(index)) objects.set(index, () => {});
    return objects.get(index) ?? null;
  };
  return main;
}

test("the places of a function are those in the table, each less the number before", () => {
  // Export 0 stands at 1 and 3, export 3 at 0.
  assert.deepEqual(placesOf(instance()), [
    [0, 1, 2],
    [0, -3],
  ]);
});

test("where an engine gives other objects, the exported functions are found again", () => {
  const main = likeSafari();
  const table = tableOf(main);
  assert.notEqual(table.get(1), main.exports.a);
  assert.deepEqual(placesOf(main), []);
  identify(main, placesOf(instance()));
  assert.equal(table.get(1), main.exports.a);
  assert.equal(table.get(3), main.exports.again);
  assert.equal(table.get(0), main.exports.b);
  assert.equal(table.get(2), null);
  assert.deepEqual(placesOf(main), placesOf(instance()));
});
