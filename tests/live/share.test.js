import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { BROKEN, decode, encode, MOST_CODE, MOST_FRAGMENT, OVERSIZED, TOO_LONG } from "../../overrides/live/share.js";

test("code comes back as it was", async () => {
  for (const code of ["x", "print('ä 🐍')\n", "\ufeffx", "</script><script>alert(1)</script>", "a\n".repeat(MOST_CODE / 2)]) {
    const text = await encode(code);
    assert.match(text, /^[\w-]+$/);
    assert.equal(await decode(text), code);
  }
});

test("empty code has a link too", async () => assert.equal(await decode(await encode("")), ""));

test("what is too long or has no UTF-8 gets no link", async () => {
  await assert.rejects(encode("é".repeat(MOST_CODE / 2 + 1)), { name: "ShareError", message: TOO_LONG });
  await assert.rejects(encode(randomBytes(40_000).toString("hex")), { message: TOO_LONG });
  await assert.rejects(encode("a\ud800b"), { name: "ShareError", message: /invalid characters/ });
});

test("broken, foreign and oversized links end in a sentence", async () => {
  const good = await encode("print('hello, world')\n");
  const packed = (/** @type {Buffer} */ bytes) => deflateRawSync(bytes).toString("base64url");
  const foreign = ["", "!", "a b", "%%%", "<b>", "A", good.slice(0, -4), good.replace(/^./, "_"), "____", packed(Buffer.from([0xff, 0xfe]))];
  for (const text of foreign) await assert.rejects(decode(text), { name: "ShareError", message: BROKEN }, text);
  await assert.rejects(decode("A".repeat(MOST_FRAGMENT + 1)), { message: OVERSIZED });
  assert.equal((await decode(packed(Buffer.from("a\r\nb\rc")))), "a\nb\nc");
});

test("a few bytes that unpack to very many are not unpacked", async () => {
  const bomb = deflateRawSync(Buffer.alloc(20_000_000)).toString("base64url");
  assert.ok(bomb.length < MOST_FRAGMENT);
  await assert.rejects(decode(bomb), { message: OVERSIZED });
});
