import assert from "node:assert/strict";
import { test } from "node:test";
import { Kept } from "../../overrides/live/kept.js";
import {
  asJson, asMarkdown, entryOf, LONGEST_NOTE, marked, MOST_SHEETS, sheetOf, SHEETS, withoutSheet, withSheet,
} from "../../overrides/live/marks.js";
import { memory } from "./memory.js";

const NOW = Date.UTC(2026, 4, 1);
const QUESTIONS = ["b", "a-c"].map((slug, i) => ({
  slug, number: i, title: slug, question: `Why is *${slug}* <so>?`, topic: "t", level: 2, minutes: 4, loaded: "", tags: [], url: "",
}));
const SLUGS = QUESTIONS.map(({ slug }) => slug);
const LINKS = { link: "https://example.org/interview/#kit=b,a-c", permalink: (/** @type {string} */ slug) => `https://example.org/q/${slug}/` };
const EMPTY = { label: "", at: 0, entries: {} };

test("marks and notes are kept for their kit, in whatever order it stands", () => {
  const storage = memory();
  const kept = new Kept(storage, SHEETS);
  let sheet = marked(sheetOf(kept.read(), SLUGS), "b", { mark: "good" }, NOW);
  sheet = marked(sheet, "b", { note: "said <b>well</b>" }, NOW + 1);
  kept.update((sheets) => withSheet(sheets, SLUGS, sheet));
  const again = new Kept(storage, SHEETS).read();
  assert.deepEqual(entryOf(sheetOf(again, ["a-c", "b"]), "b"), { mark: "good", note: "said <b>well</b>" });
  assert.deepEqual(sheetOf(again, ["b"]), EMPTY);
  assert.deepEqual(entryOf(sheet, "toString"), { mark: "", note: "" });
  assert.deepEqual(withoutSheet(again, ["a-c", "b"]), {});
});

test("the oldest sheets leave, and a note has an end", () => {
  let sheets = SHEETS.empty();
  for (let i = 0; i < MOST_SHEETS + 2; i += 1) sheets = withSheet(sheets, [`q${i}`], { ...EMPTY, at: i });
  assert.equal(Object.keys(sheets).length, MOST_SHEETS);
  assert.ok(!("q1" in sheets) && "q2" in sheets);
  assert.equal(entryOf(marked(EMPTY, "a", { note: "x".repeat(9999) }, 1), "a").note.length, LONGEST_NOTE);
});

test("hostile sheets are left out", () => {
  const sound = { label: "x", at: 5, entries: { b: { mark: "weak", note: "n" } } };
  const bad = [
    null, 7, [], {}, { ...sound, label: 7 }, { ...sound, at: "now" }, { ...sound, at: -1 }, { ...sound, at: 1e300 }, { ...sound, entries: [] },
    { ...sound, entries: { b: null } }, { ...sound, entries: { b: { mark: "<b>", note: "" } } }, { ...sound, entries: { "<b>": { mark: "", note: "" } } },
    { ...sound, entries: { b: { mark: "weak", note: 7 } } },
  ];
  const data = { "a,b": sound, "<b>": sound, ...Object.fromEntries(bad.map((sheet, i) => [`q${i}`, sheet])) };
  assert.deepEqual(SHEETS.check(data), { data: { "a,b": sound }, dropped: bad.length + 1 });
  assert.throws(() => SHEETS.check([]));
  assert.throws(() => SHEETS.check({ a: null }));
  const proto = JSON.parse('{"__proto__": {"label": "x", "at": 1, "entries": {}}, "b": {"label": "x", "at": 1, "entries": {}}}');
  assert.equal(SHEETS.check(proto).dropped, 1);
});

test("as Markdown: what was typed stays text", () => {
  let sheet = marked({ ...EMPTY, label: "A. # B" }, "b", { mark: "strong", note: "# no heading\n\n[x](javascript:1)" }, NOW);
  sheet = marked(sheet, "gone", { mark: "weak" }, NOW);
  assert.equal(asMarkdown(sheet, QUESTIONS, LINKS), `# A. \\# B

Last changed 2026-05-01.
[The kit](https://example.org/interview/#kit=b,a-c)

## 1. Why is \\*b\\* \\<so\\>?

- Mark: strong
- Level 2, 4 min, <https://example.org/q/b/>

> \\# no heading
>
> \\[x\\](javascript:1)

## 2. Why is \\*a-c\\* \\<so\\>?

- Mark: not marked
- Level 2, 4 min, <https://example.org/q/a-c/>
`);
});

test("as JSON: each question of the kit in order, with its mark and note", () => {
  const sheet = marked({ ...EMPTY, label: "A" }, "a-c", { mark: "none", note: 'a "note"\n' }, NOW);
  const data = JSON.parse(asJson(sheet, QUESTIONS, LINKS));
  assert.deepEqual([data.label, data.changed, data.kit], ["A", "2026-05-01T00:00:00.000Z", LINKS.link]);
  assert.deepEqual(data.questions[1], {
    slug: "a-c", question: "Why is *a-c* <so>?", level: 2, minutes: 4, link: "https://example.org/q/a-c/",
    mark: "none", note: 'a "note"\n',
  });
  assert.equal(JSON.parse(asJson(EMPTY, QUESTIONS, LINKS)).changed, null);
});
