import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { strToU8, zipSync } from "fflate";
import { Lazy } from "../../overrides/live/lazy.js";

const ZIP = zipSync({ "a/b.txt": strToU8("text"), "c.txt": strToU8("other") });
const sha256 = createHash("sha256").update(ZIP).digest("hex");
const archive = { file: "a.zip", bytes: ZIP.length };

/** @param {(url: string) => Uint8Array} get */
const lazy = (get) =>
  new Lazy({ base: "https://example.org/", info: { files: { "a.zip": { bytes: ZIP.length, sha256 } } }, get });

test("an archive is downloaded once, when something in it is read", () => {
  /** @type {string[]} */ const asked = [];
  const files = lazy((url) => {
    asked.push(url);
    return ZIP;
  });
  assert.deepEqual(asked, []);
  assert.deepEqual(files.read(archive, "a/b.txt"), strToU8("text"));
  assert.deepEqual(files.read(archive, "c.txt"), strToU8("other"));
  assert.equal(files.read(archive, null), ZIP);
  assert.deepEqual(asked, ["https://example.org/a.zip"]);
});

test("an archive that is another one is not used, and asked for again", () => {
  let asked = 0;
  const files = lazy(() => ((asked += 1) === 1 ? strToU8("something else") : ZIP));
  assert.throws(() => files.read(archive, "c.txt"), /^Error: a\.zip is not the file it should be\.$/);
  assert.deepEqual(files.read(archive, "c.txt"), strToU8("other"));
});
