import assert from "node:assert/strict";
import { test } from "node:test";
import { Batch, MAX_CHARACTERS, MAX_DISPLAYS, MAX_LINES } from "../../overrides/live/batch.js";

/** @typedef {import("../../overrides/live/protocol.js").RunEvent} RunEvent */

function setUp() {
  const clock = { now: 0 };
  /** @type {RunEvent[][]} */ const posted = [];
  const batch = new Batch((events) => posted.push(events), () => clock.now);
  /** @param {string} text @param {"stdout" | "stderr"} [name] */
  const print = (text, name = "stdout") => batch.push({ type: "stream", name, text });
  const done = () => batch.push({ type: "done", ok: true, seconds: 1 });
  const text = () =>
    posted.flat().map((event) => (event.type === "stream" ? event.text : "")).join("");
  const omitted = () => posted.flat().filter((event) => event.type === "omitted").at(-1);
  return { clock, posted, batch, print, done, text, omitted };
}

test("a line before a long computation is sent at once", () => {
  const { posted, print } = setUp();
  print("a\n");
  assert.equal(posted.length, 1);
});

test("a flood is merged and sent every few milliseconds, without a timer", () => {
  const { clock, posted, print, done, text } = setUp();
  for (let i = 0; i < 1500; i += 1) {
    clock.now += 0.01;
    print(`${i}\n`);
  }
  done();
  assert.ok(posted.length < 110, `${posted.length} messages`);
  assert.equal(text(), Array.from({ length: 1500 }, (_, i) => `${i}\n`).join(""));
  const before = posted.length;
  clock.now += 30;
  print("x");
  assert.equal(posted.length, before + 1);
});

test("stdout and stderr keep their order when they are merged", () => {
  const { posted, print, done } = setUp();
  for (let i = 0; i < 300; i += 1) print("", "stdout");
  for (let i = 0; i < 100; i += 1) print(".");
  posted.length = 0;
  for (const [text, name] of [["a", "stdout"], ["b", "stdout"], ["c", "stderr"], ["d", "stdout"]]) {
    print(text, /** @type {"stdout"} */ (name));
  }
  done();
  const texts = posted.flat().map((event) => (event.type === "stream" ? event.text : event.type));
  assert.deepEqual(texts, ["ab", "c", "d", "done"]);
});

test("lines are capped, what is left out is counted and said once at the end", () => {
  const { print, done, text, posted, omitted } = setUp();
  for (let i = 0; i < MAX_LINES + 500; i += 1) print("ab\n");
  done();
  assert.equal(text().split("\n").length - 1, MAX_LINES);
  assert.deepEqual(omitted(), { type: "omitted", lines: 500, characters: 1500, displays: 0 });
  assert.equal(posted.flat().at(-1)?.type, "done");
});

test("one long line and one long write are capped too", () => {
  for (const pieces of [1, 1000]) {
    const { print, done, text, omitted } = setUp();
    for (let i = 0; i < pieces; i += 1) print("y".repeat((2 * MAX_CHARACTERS) / pieces));
    done();
    assert.equal(text().length, MAX_CHARACTERS);
    assert.equal(omitted()?.characters, MAX_CHARACTERS);
  }
  const { print, done, text, omitted } = setUp();
  print("z\n".repeat(MAX_LINES + 3));
  done();
  assert.equal(text().length, 2 * MAX_LINES);
  assert.equal(omitted()?.lines, 3);
});

test("nothing follows a gap", () => {
  const { print, done, text } = setUp();
  print("y".repeat(MAX_CHARACTERS + 1));
  print("later\n");
  done();
  assert.ok(!text().includes("later"));
});

test("an endless flood says in between how much is left out", () => {
  const { clock, print, posted } = setUp();
  for (let i = 0; i < 10_000; i += 1) {
    clock.now += 1;
    print("ab\n");
  }
  const reports = posted.flat().filter((event) => event.type === "omitted");
  assert.ok(reports.length > 5 && reports.length < 30, `${reports.length} reports`);
});

test("displays are capped; the same id takes one place and the latest wins", () => {
  const { batch, posted, done, omitted, clock } = setUp();
  for (let i = 0; i < 10_000; i += 1) {
    batch.push({ type: "display", id: "live", data: { "text/plain": String(i) } });
    clock.now += 0.01;
  }
  for (let i = 0; i < MAX_DISPLAYS + 9; i += 1) batch.push({ type: "display", data: {} });
  done();
  const live = posted.flat().filter((event) => event.type === "display" && event.id === "live");
  assert.ok(live.length < 200);
  const last = live.at(-1);
  assert.equal(last?.type === "display" && last.data["text/plain"], "9999");
  assert.equal(omitted()?.displays, 10);
});

test("an error always arrives, cut to a size that can be shown", () => {
  const { print, batch, done, posted } = setUp();
  for (let i = 0; i < MAX_LINES + 1; i += 1) print("a\n");
  batch.push({
    type: "error", name: "E", message: "m".repeat(1e6), line: 1, hint: "", text: "t", full: "f",
  });
  done();
  const error = posted.flat().find((event) => event.type === "error");
  assert.ok(error?.type === "error" && error.message.length < 60_000);
});

test("of a bar only the latest place is sent", () => {
  const { batch, print, done, posted } = setUp();
  for (let i = 0; i < 500; i += 1) print("");
  for (let i = 0; i < 500; i += 1) {
    batch.push({ type: "progress", id: "track-0", done: i, total: 500, label: "" });
  }
  done();
  const bars = posted.flat().filter((event) => event.type === "progress");
  assert.ok(bars.length <= 110, String(bars.length));
  const last = bars.at(-1);
  assert.equal(last?.type === "progress" && last.done, 499);
});
