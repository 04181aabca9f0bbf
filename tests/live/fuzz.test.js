/**
 * What others wrote (a link's fragment, the storage, a file, a cell's `# @param`) ends in a sound state or in a sentence,
 * whatever it is; and what the site wrote itself comes back. The other tests name the known cases.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { CARDS, merge, progress } from "../../overrides/live/cards.js";
import { Drafts } from "../../overrides/live/drafts.js";
import { Kept, KeptError, pack, unpack } from "../../overrides/live/kept.js";
import { anyChoice, fromFragment, LONGEST, MOST, toFragment } from "../../overrides/live/kit.js";
import { asJson, asMarkdown, LONGEST_LABEL, LONGEST_NOTE, MARKS, SHEETS } from "../../overrides/live/marks.js";
import { parseParams, setParam } from "../../overrides/live/params.js";
import { BROKEN, decode, encode, MOST_CODE, OVERSIZED } from "../../overrides/live/share.js";
import { memory } from "./memory.js";

// The same inputs each time; raise `numRuns` to look further.
fc.configureGlobal({ seed: 1, numRuns: 300 });

const NOW = Date.UTC(2026, 0, 1);
const TOPICS = ["ml", "mc", "opt"];
const SLUGS = ["a", "b-c", "d", "e2"];
const KNOWN = new Map(SLUGS.map((slug, i) => [slug, question(slug, i)]));
/** What an engine says of a slip in our code; no reader should see it. */
const SLIP = /undefined|is not a function|cannot read|not iterable|call stack|\[object/i;

/** @param {string} slug @param {number} i */
function question(slug, i) {
  const topic = TOPICS[i % TOPICS.length];
  return { slug, number: i, title: slug, question: "Why?", topic, level: 1, minutes: 3, loaded: "", tags: [], url: "" };
}

/** Any text, of any characters: markup, lone surrogates, names of Object.prototype. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
  fc.constantFrom("__proto__", "constructor", "toString", "<img src=x onerror=alert(1)>", "%", "\0"),
);
/** @template T @param {readonly T[]} some at least one */
const some = (some) => fc.subarray([...some], { minLength: 1 });
/** Objects as JSON.parse makes them. */
const PLAIN = { noNullPrototype: true };
const slug = fc.stringMatching(/^[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,2}$/);

// Links --------------------------------------------------------------------------------------------------------------

test("any code that UTF-8 has comes back from its link", () =>
  fc.assert(fc.asyncProperty(fc.array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("\r", "\n"))).map((all) => all.join("")), async (code) => {
    const link = await encode(code);
    assert.match(link, /^[\w-]+$/);
    assert.equal(await decode(link), code.replace(/\r\n?/g, "\n"));
  })));

test("any link is code or a sentence", () =>
  fc.assert(fc.asyncProperty(
    fc.oneof(text, fc.stringMatching(/^[\w-]{1,60}$/), fc.uint8Array().map((bytes) => deflateRawSync(bytes).toString("base64url"))),
    async (link) => {
      try {
        const code = await decode(link);
        assert.ok(code.length <= MOST_CODE && !code.includes("\r"));
      } catch (error) {
        assert.ok(error instanceof Error);
        assert.deepEqual([error.name, [BROKEN, OVERSIZED].includes(error.message)], ["ShareError", true], error.message);
      }
    },
  )));

test("any fragment is a kit that can be shown, and whose link is the same kit", () => {
  const number = fc.tuple(fc.constantFrom("count", "minutes"), fc.integer({ min: -1, max: 50 }).map(String));
  const other = fc.tuple(
    fc.constantFrom("kit", "seed", "count", "minutes", "topics", "levels", "sheet", "else"),
    fc.oneof(text, fc.array(fc.constantFrom(...SLUGS, ...TOPICS, "1", "3", "x", "")).map(String), fc.integer().map(String)),
  );
  const field = fc.oneof(number, other);
  const fragments = fc.oneof(
    text, fc.string({ minLength: LONGEST, maxLength: LONGEST + 2 }),
    fc.array(field).map((fields) => `#${fields.map(([name, value]) => `${name}=${value}`).join("&")}`),
    fc.array(field).map((fields) => `#${fields.map((pair) => pair.map(escaped).join("=")).join("&")}`),
  );
  fc.assert(fc.property(fragments, (fragment) => {
    const { kit, problems } = fromFragment(fragment, KNOWN, TOPICS);
    assert.ok(kit.slugs.every((name) => SLUGS.includes(name)) && new Set(kit.slugs).size === kit.slugs.length);
    const { topics, levels, by, amount, seed } = kit.choice;
    assert.ok(topics.length && topics.every((topic) => TOPICS.includes(topic)));
    assert.ok(levels.length && levels.every((level) => [1, 2, 3].includes(level)));
    assert.ok(Number.isInteger(amount) && amount >= 1 && amount <= MOST[by]);
    assert.match(seed, /^[a-z0-9]{0,12}$/);
    for (const problem of problems) assert.match(problem, /^The link.*\.$/s);
    const again = fromFragment(toFragment(kit, TOPICS), KNOWN, TOPICS);
    assert.deepEqual(again.problems, []);
    assert.deepEqual(again.kit, seed ? kit : { ...kit, choice: anyChoice(TOPICS) });
  }));
});

test("every kit comes back from its link", () => {
  const kits = fc.record({
    slugs: fc.shuffledSubarray(SLUGS),
    choice: fc.constantFrom(/** @type {const} */ ("count"), /** @type {const} */ ("minutes")).chain((by) => fc.record({
      topics: some(TOPICS), levels: some([1, 2, 3]), by: fc.constant(by),
      amount: fc.integer({ min: 1, max: MOST[by] }), seed: fc.stringMatching(/^[a-z0-9]{1,12}$/),
    }, PLAIN)),
    sheet: fc.constantFrom(/** @type {const} */ ("candidate"), /** @type {const} */ ("interviewer"), /** @type {const} */ ("")),
  }, PLAIN);
  fc.assert(fc.property(kits, (kit) => {
    assert.deepEqual(fromFragment(toFragment(kit, TOPICS), KNOWN, TOPICS), { kit, drawn: true, problems: [] });
  }));
});

/** @param {string} value */
function escaped(value) {
  return encodeURIComponent(value.replace(/\p{Cs}/gu, "\ufffd"));
}

// The storage and files ----------------------------------------------------------------------------------------------

const card = fc.record({
  due: fc.integer({ min: 1, max: 8.64e15 }), last: fc.integer({ min: 1, max: 8.64e15 }),
  stability: fc.double({ min: 1e-3, max: 999_999, noNaN: true }), difficulty: fc.double({ min: 1, max: 10, noNaN: true }),
  interval: fc.nat(999_999), steps: fc.nat(9), reps: fc.nat(999), lapses: fc.nat(999), state: fc.constantFrom(1, 2, 3),
}, PLAIN);
const sheet = fc.record({
  label: fc.string({ maxLength: LONGEST_LABEL }), at: fc.integer({ min: 0, max: 8.64e15 }),
  entries: fc.dictionary(slug, fc.record({ mark: fc.constantFrom("", ...MARKS), note: fc.string({ maxLength: 60 }) }, PLAIN), PLAIN),
}, PLAIN);
/** What a card or a sheet looks like with one field of another type. */
const damaged = fc.oneof(
  fc.jsonValue(),
  fc.tuple(card, fc.constantFrom("due", "stability", "state"), fc.constantFrom(null, "1", -1, [])).map(([one, name, bad]) => ({ ...one, [name]: bad })),
  fc.tuple(sheet, fc.constantFrom("label", "at", "entries"), fc.constantFrom(null, -1, [])).map(([one, name, bad]) => ({ ...one, [name]: bad })),
  fc.tuple(sheet, fc.constantFrom("mark", "note"), fc.constantFrom(null, 1, {})).map(([one, name, bad]) =>
    ({ ...one, entries: { a: { mark: "", note: "", [name]: bad } } })),
);
/** @type {[import("../../overrides/live/kept.js").Kind<any>, fc.Arbitrary<object>, (data: any) => unknown][]} */
const KINDS = [
  [CARDS, fc.dictionary(slug, card, PLAIN), (data) => [progress(data, SLUGS, NOW), merge(data, data)]],
  [SHEETS, fc.dictionary(fc.array(slug, { minLength: 1, maxLength: 3 }).map(String), sheet, PLAIN), (data) => {
    for (const one of Object.values(data)) {
      assert.ok(Object.values(one.entries).every((/** @type {any} */ entry) => entry.note.length <= LONGEST_NOTE));
      const links = { link: "https://example.org/", permalink: String };
      assert.ok([asMarkdown(one, [...KNOWN.values()], links), asJson(one, [...KNOWN.values()], links)].every(Boolean));
    }
  }],
];

for (const [kind, sound, use] of KINDS) {
  /** Texts that come ever closer to a document of this kind. */
  const near = fc.oneof(fc.jsonValue(), fc.dictionary(fc.oneof(slug, text), fc.oneof(fc.jsonValue(), card, sheet)), sound);
  const envelope = fc.record({
    format: fc.oneof(fc.constant(`dlconcepts:${kind.name}`), fc.jsonValue()),
    version: fc.oneof(fc.integer({ min: -1, max: kind.version + 1 }), fc.jsonValue()), data: near,
  }, { requiredKeys: [] });
  const stored = fc.oneof(text, near.map(json), envelope.map(json), envelope.map(json).map((all) => all.slice(0, -3)));

  test(`${kind.name}: what the page wrote comes back`, () => {
    fc.assert(fc.property(sound, (data) => {
      assert.deepEqual(unpack(kind, pack(kind, data)), { data, dropped: 0, version: kind.version });
    }));
  });

  test(`${kind.name}: one damaged entry takes no other with it`, () => {
    fc.assert(fc.property(sound.filter((data) => Object.keys(data).length > 0), damaged, (data, bad) => {
      assert.deepEqual(unpack(kind, pack(kind, { ...data, "only-this-one": bad })).data, data);
    }));
  });

  test(`${kind.name}: any file is read or refused in a sentence`, () => {
    fc.assert(fc.property(stored, (file) => {
      try {
        use(unpack(kind, file).data);
      } catch (error) {
        assert.ok(error instanceof KeptError, String(error));
        assert.match(error.message, /^It.*\.$/s);
        assert.doesNotMatch(error.message, SLIP);
      }
    }));
  });

  test(`${kind.name}: any storage gives sound data, loses no text, and takes changes`, () => {
    fc.assert(fc.property(stored, sound, (found, next) => {
      const storage = memory();
      storage.setItem(`dlconcepts:${kind.name}`, found);
      const kept = new Kept(storage, kind, () => NOW);
      const data = kept.read();
      use(data);
      const asRead = unpack(kind, pack(kind, data));
      assert.deepEqual([asRead.data, asRead.dropped], [data, 0]);
      assert.doesNotMatch(kept.problem, SLIP);
      const [copy] = kept.aside();
      assert.equal(copy?.text, kept.problem ? found : undefined);
      const later = new Kept(storage, kind);
      assert.deepEqual([later.read(), later.problem], [data, ""]); // it is said once
      kept.update(() => next);
      assert.deepEqual(new Kept(storage, kind).read(), next);
    }));
  });
}

test("a draft comes back, and any text in its place is no error", () => {
  const fields = fc.record({ hash: fc.jsonValue(), code: fc.jsonValue(), at: fc.jsonValue() }, { requiredKeys: [] });
  const found = fc.oneof(text, fc.jsonValue().map(json), fields);
  fc.assert(fc.property(text, text, text, text, found, (page, cell, original, code, found) => {
    const storage = memory();
    const kept = new Drafts(storage, () => NOW);
    assert.equal(kept.save(page, cell, original, code), true);
    assert.deepEqual(kept.load(page, cell, original), code === original ? {} : { code });
    kept.save(page, cell, original, `${original}!`);
    assert.deepEqual(kept.load(page, cell, `${original}?`), { outdated: `${original}!` });
    kept.save(page, cell, original, `${original}!`);
    const [[key, saved]] = storage.map;
    storage.map.set(key, typeof found === "string" ? found : json({ ...JSON.parse(saved), ...found }));
    const { code: mine, outdated } = kept.load(page, cell, original);
    assert.ok([mine, outdated].every((each) => each === undefined || typeof each === "string"));
    assert.equal(kept.save(page, cell, original, code), true);
  }));
});

/** @param {unknown} value */
function json(value) {
  return JSON.stringify(value);
}

// Forms in code ------------------------------------------------------------------------------------------------------

const literal = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), fc.integer().map(String), fc.constantFrom("True", "'a'", '"b"', "f(1)"), text,
);
const form = fc.oneof(
  text, fc.jsonValue().map(json),
  fc.record({
    type: fc.oneof(fc.constantFrom("slider", "number", "integer", "dropdown", "boolean"), text, fc.jsonValue()),
    min: fc.jsonValue(), max: fc.jsonValue(), step: fc.jsonValue(), options: fc.jsonValue(),
  }, { requiredKeys: ["type"] }).map(json),
  fc.record({ type: fc.constantFrom("slider", "number"), min: fc.double(), max: fc.double(), step: fc.double() }, { requiredKeys: [] }).map(json),
  fc.array(fc.oneof(fc.string(), fc.double(), fc.integer())).map(json),
);

const REFUSAL = new RegExp([
  "x\\d+ has two @param lines$", "@param ", "a (slider|number|dropdown|checkbox) needs ", "step must be positive$",
  "min \\S+ is not below max ", "\\S+ is not between ", ".* is not one of the options$",
].map((begin) => `^${begin}`).join("|"), "s");

test("any line with @param is a control or a sentence, and keeps its place", () => {
  fc.assert(fc.property(fc.array(fc.tuple(literal, form), { maxLength: 3 }), (lines) => {
    const code = lines.map(([value, fields], i) => `x${i} = ${value}  # @param ${fields}`).join("\n");
    const { params, errors } = parseParams(code);
    for (const { message, line } of errors) {
      assert.match(message, REFUSAL);
      assert.ok(line >= 1 && line <= code.split("\n").length);
    }
    for (const param of params) {
      assert.equal(typeof param.value, { slider: "number", number: "number", checkbox: "boolean", dropdown: typeof param.value }[param.kind]);
      assert.match(code.slice(0, param.from), new RegExp(`(^|\n)${param.name} = $`));
    }
  }), { numRuns: 1000 });
});

test("a value that a control writes is read back, and the rest of the code stays", () => {
  const option = fc.oneof(
    fc.string({ unit: "grapheme-ascii" }), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Object.is(x, -0)),
  );
  fc.assert(fc.property(fc.array(option, { minLength: 1 }), fc.nat(), (options, at) => {
    const code = `# before\nx = ${json(options[0])}  # @param ${json(options)}\ny = x\n`;
    const { params: [param], errors } = parseParams(code);
    assert.deepEqual(errors, []);
    const value = options[at % options.length];
    const written = setParam(code, param, value);
    assert.deepEqual(parseParams(written).params[0].value, value);
    assert.deepEqual([written.slice(0, param.from), written.endsWith(code.slice(param.to))], [code.slice(0, param.from), true]);
  }));
});
