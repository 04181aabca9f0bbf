import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { Client, STALL } from "../../overrides/live/client.js";

/** @typedef {import("../../overrides/live/protocol.js").Update} Update */
/** @typedef {import("../../overrides/live/protocol.js").RunEvent} RunEvent */

class FakeWorker {
  /** @type {any[]} */ sent = [];
  terminated = false;
  /** @type {any} */ onmessage = null;
  /** @type {any} */ onerror = null;

  /** @param {any} message */
  postMessage(message) {
    this.sent.push(message);
  }

  terminate() {
    this.terminated = true;
  }

  /** @param {any} data */
  say(data) {
    this.onmessage?.({ data });
  }

  ready() {
    this.say({ type: "ready" });
  }

  runs() {
    return this.sent.filter(({ type }) => type === "run");
  }

  /** Answers the latest run. @param {{ok?: boolean, events?: RunEvent[]}} [answer] */
  finish({ ok = true, events = [] } = {}) {
    const { id } = this.runs().at(-1);
    this.say({ type: "events", id, events: [...events, { type: "done", ok, seconds: 0.1 }] });
  }
}

/** @type {FakeWorker[]} */ let workers;
/** @type {Client} */ let client;

const worker = () => /** @type {FakeWorker} */ (workers.at(-1));

beforeEach(() => {
  workers = [];
  client = new Client({
    runtime: "https://example.org/runtime/",
    createWorker: () => {
      workers.push(new FakeWorker());
      return worker();
    },
  });
});

/**
 * @param {string} cell
 * @param {{code?: string, session?: string | null, above?: string[], page?: string}} [options]
 */
function run(cell, { code = cell, session = null, above = [], page = "/p" } = {}) {
  /** @type {Update[]} */ const updates = [];
  client.run({
    page,
    cell,
    code,
    session,
    above: above.map((text) => {
      const [name, source = name] = text.split("=");
      return { cell: name, code: source };
    }),
    listener: (update) => updates.push(update),
  });
  return {
    updates,
    types: () => updates.map(({ type }) => type),
    last: () => updates.at(-1),
  };
}

const codes = () => worker().runs().map(({ code }) => code);

test("nothing starts before the first run", () => {
  assert.equal(workers.length, 0);
});

test("Python can start before the first run, which then finds it", () => {
  client.warm();
  client.warm();
  assert.equal(workers.length, 1);
  worker().ready();
  const a = run("a");
  assert.deepEqual(a.types(), ["running"]);
  assert.equal(workers.length, 1);
});

test("a start before the first run that fails is nobody's, and the run tries again", () => {
  client.warm();
  worker().say({ type: "load-failed", message: "no" });
  const a = run("a");
  assert.equal(workers.length, 2);
  worker().ready();
  worker().finish();
  assert.equal(a.last()?.type, "done");
});

test("what a worker keeps goes to the next one", () => {
  const kept = /** @type {any} */ ({ lock: {} });
  run("a");
  assert.equal("kept" in worker().sent[0], false);
  worker().say({ type: "ready", kept });
  client.stop("/p", "a");
  assert.equal(worker().sent[0].kept, kept);
  worker().ready();
  run("b");
  client.stop("/p", "b");
  assert.equal(workers.length, 3);
  assert.equal(worker().sent[0].kept, kept);
});

/** A client whose reader has to be asked first. @param {(name?: string) => boolean} [needed] */
function careful(needed = () => true) {
  /** @type {(string | undefined)[]} */ const given = [];
  const consent = { needed, given, give: (/** @type {string} */ name) => given.push(name) };
  client = new Client({ ...client, consent, bytes: 9 });
  return consent;
}

test("on a careful connection the first run asks, and nothing starts before the answer", () => {
  const consent = careful();
  const a = run("a");
  const b = run("b");
  assert.equal(workers.length, 0);
  assert.deepEqual(a.last(), { type: "consent", bytes: 9 });
  assert.equal(b.last()?.type, "queued");
  client.allow();
  assert.deepEqual(consent.given, [undefined]);
  worker().ready();
  worker().finish();
  worker().finish();
  assert.deepEqual([a.last()?.type, b.last()?.type], ["done", "done"]);
  run("a");
  assert.equal(worker().runs().length, 3);
});

test("a refused download runs nothing, and the next run asks again", () => {
  careful();
  const a = run("a");
  const b = run("b");
  client.refuse();
  assert.deepEqual([a.last()?.type, b.last()?.type, workers.length], ["stopped", "stopped", 0]);
  assert.equal(run("a").last()?.type, "consent");
});

test("who is stopped or left while asking hands the question to the next", () => {
  careful();
  const a = run("a");
  const b = run("b", { page: "/other" });
  client.stop("/p", "a");
  assert.deepEqual([a.last()?.type, b.last()?.type], ["stopped", "consent"]);
  client.leave("/other");
  client.allow();
  assert.equal(workers.length, 0);
});

/** The latest run's code imports them. @param {string[]} names */
function want(...names) {
  worker().say({ type: "wanted", id: worker().runs().at(-1).id, names, bytes: 7 });
}
const answers = () => worker().sent.filter(({ type }) => type === "load").map(({ yes }) => yes);

test("what a cell imports is loaded without a question on a connection that needs none", () => {
  const a = run("a");
  worker().ready();
  want("scipy");
  assert.deepEqual([answers(), a.types().includes("consent")], [[true], false]);
  worker().finish();
  assert.equal(a.last()?.type, "done");
});

test("on a careful connection a package is asked for by its name and size", () => {
  const consent = careful((name) => name === "scipy");
  const a = run("a");
  worker().ready();
  want("scipy");
  assert.deepEqual(a.last(), { type: "consent", bytes: 7, name: "scipy" });
  assert.deepEqual(answers(), []);
  client.allow();
  assert.deepEqual([answers(), consent.given], [[true], ["scipy"]]);
  worker().finish();
  assert.equal(a.last()?.type, "done");
});

test("two packages are asked for together, unless both were allowed before", () => {
  const allowed = new Set(["scipy"]);
  const consent = careful((name) => name !== undefined && !allowed.has(name));
  const a = run("a");
  worker().ready();
  want("matplotlib", "scipy");
  assert.deepEqual(a.last(), { type: "consent", bytes: 7, name: "matplotlib and scipy" });
  client.allow();
  assert.deepEqual(consent.given, ["matplotlib", "scipy"]);
  worker().finish();
  allowed.add("matplotlib");
  const b = run("b");
  want("matplotlib", "scipy");
  assert.deepEqual([b.types().includes("consent"), answers()], [false, [true, true]]);
});

for (const [how, act] of /** @type {[string, () => void][]} */ ([
  ["refused", () => client.refuse()],
  ["stopped", () => client.stop("/p", "a")],
])) {
  test(`a package that is ${how} ends its run alone`, () => {
    careful((name) => name === "scipy");
    const a = run("a");
    worker().ready();
    want("scipy");
    const b = run("b");
    act();
    assert.deepEqual([a.last()?.type, answers(), workers.length], ["stopped", [false], 1]);
    assert.deepEqual(codes(), ["a", "b"]);
    worker().finish();
    assert.equal(b.last()?.type, "done");
    client.refuse();
    assert.equal(a.types().filter((type) => type === "stopped").length, 1);
  });
}

test("run again while asking, a cell may want nothing any more", () => {
  careful((name) => name === "scipy");
  run("a", { code: "import scipy" });
  worker().ready();
  want("scipy");
  const again = run("a", { code: "print(1)" });
  assert.deepEqual([answers(), codes()], [[false], ["import scipy", "print(1)"]]);
  worker().finish();
  assert.equal(again.last()?.type, "done");
});

test("loading, running, events, done", () => {
  const a = run("a");
  assert.deepEqual(worker().sent[0], { type: "init", runtime: "https://example.org/runtime/", plain: false });
  worker().say({ type: "loading", stage: "download", file: "x", done: 1, total: 9 });
  assert.deepEqual(a.last(), { type: "loading", stage: "download", done: 1, total: 9 });
  worker().ready();
  const events = [/** @type {RunEvent} */ ({ type: "stream", name: "stdout", text: "hi" })];
  worker().finish({ events });
  assert.deepEqual(a.types(), ["loading", "loading", "running", "events", "done"]);
  assert.deepEqual(a.updates[3], { type: "events", events });
  run("b");
  assert.equal(workers.length, 1);
  assert.deepEqual(codes(), ["a", "b"]);
});

test("cells queue in order, one at a time", () => {
  const a = run("a");
  const b = run("b");
  const c = run("c");
  worker().ready();
  assert.deepEqual(codes(), ["a"]);
  assert.equal(b.last()?.type, "queued");
  worker().finish({ ok: false });
  worker().finish();
  worker().finish();
  assert.deepEqual(codes(), ["a", "b", "c"]);
  assert.deepEqual(a.last(), { type: "done", ok: false, seconds: 0.1 });
  assert.equal(c.last()?.type, "done");
});

test("a dragged slider: the first and the last value run, those between don't", () => {
  run("a", { code: "0" });
  worker().ready();
  for (let i = 1; i <= 50; i += 1) run("a", { code: String(i) });
  worker().finish();
  worker().finish();
  assert.deepEqual(codes(), ["0", "50"]);
});

test("Stop while running terminates, starts anew and lets the others run", () => {
  const a = run("a");
  const b = run("b");
  worker().ready();
  run("a", { code: "a again" });
  const first = worker();
  client.stop("/p", "a");
  assert.ok(first.terminated);
  assert.equal(workers.length, 2);
  assert.equal(a.last()?.type, "stopped");
  assert.equal(b.last()?.type, "loading");
  worker().ready();
  assert.deepEqual(codes(), ["b"]);
  worker().finish();
  assert.equal(b.last()?.type, "done");
});

test("Stop while loading ends the download when nobody else waits for it", () => {
  const a = run("a");
  const b = run("b");
  client.stop("/p", "a");
  assert.equal(a.last()?.type, "stopped");
  assert.ok(!worker().terminated);
  client.stop("/p", "b");
  assert.equal(b.last()?.type, "stopped");
  assert.ok(worker().terminated);
  assert.equal(workers.length, 1);
  const again = run("a");
  worker().ready();
  worker().finish();
  assert.equal(again.last()?.type, "done");
});

test("Stop while queued leaves the running cell alone", () => {
  run("a");
  const b = run("b");
  worker().ready();
  client.stop("/p", "b");
  assert.equal(b.last()?.type, "stopped");
  assert.ok(!worker().terminated);
  worker().finish();
  assert.deepEqual(codes(), ["a"]);
});

test("stale events are dropped: of an earlier run, and of a stopped worker", () => {
  run("a");
  worker().ready();
  worker().finish();
  const old = worker().runs()[0].id;
  const a = run("a");
  const late = { type: "events", id: old, events: [{ type: "stream", name: "stdout", text: "late" }] };
  worker().say(late);
  assert.deepEqual(a.types(), ["running"]);
  const first = worker();
  const { onmessage } = first;
  client.stop("/p", "a");
  const b = run("b");
  onmessage({ data: { type: "ready" } });
  onmessage({ data: late });
  assert.deepEqual(b.types(), ["loading"]);
});

test("a session runs what it needs first, and only that", () => {
  const c = run("c", { session: "s", above: ["a", "b"] });
  worker().ready();
  assert.deepEqual(c.last(), { type: "running", replaying: "a" });
  worker().finish({ events: [{ type: "stream", name: "stdout", text: "silent" }] });
  worker().finish();
  worker().finish();
  assert.deepEqual(codes(), ["a", "b", "c"]);
  assert.equal(new Set(worker().runs().map(({ session }) => session)).size, 1);
  assert.ok(!c.types().includes("events"));
  const note = c.updates.find(({ type }) => type === "replayed");
  assert.deepEqual(note, { type: "replayed", cells: ["a", "b"], afterStop: false });
  run("c", { session: "s", above: ["a", "b"] });
  worker().finish();
  assert.deepEqual(codes(), ["a", "b", "c", "c"]);
});

test("an edited or rerun cell makes those below it run again", () => {
  run("c", { session: "s", above: ["a", "b"] });
  worker().ready();
  for (let i = 0; i < 3; i += 1) worker().finish();
  run("c", { session: "s", above: ["a", "b=b2"] });
  worker().finish();
  worker().finish();
  assert.deepEqual(codes().slice(3), ["b2", "c"]);
  run("a", { session: "s" });
  worker().finish();
  run("c", { session: "s", above: ["a", "b=b2"] });
  worker().finish();
  worker().finish();
  assert.deepEqual(codes().slice(5), ["a", "b2", "c"]);
});

test("after Stop the session is replayed, and that is said", () => {
  run("b", { session: "s", above: ["a"] });
  worker().ready();
  worker().finish();
  client.stop("/p", "b");
  worker().ready();
  const b = run("b", { session: "s", above: ["a"] });
  worker().finish();
  worker().finish();
  assert.deepEqual(codes(), ["a", "b"]);
  assert.deepEqual(b.updates.find(({ type }) => type === "replayed"), {
    type: "replayed", cells: ["a"], afterStop: true,
  });
});

test("a session that did not run before the stop is not said to run again", () => {
  run("loop");
  worker().ready();
  client.stop("/p", "loop");
  worker().ready();
  const b = run("b", { session: "s", above: ["a"] });
  worker().finish();
  const said = b.updates.find(({ type }) => type === "replayed");
  assert.deepEqual(said, { type: "replayed", cells: ["a"], afterStop: false });
});

test("when a cell above fails, the run fails with its error and stops there", () => {
  const b = run("b", { session: "s", above: ["a"] });
  worker().ready();
  const error = /** @type {RunEvent} */ ({
    type: "error", name: "NameError", message: "x", line: 3, text: "trace", full: "",
  });
  worker().finish({ ok: false, events: [error] });
  assert.deepEqual(codes(), ["a"]);
  assert.deepEqual(b.last(), { type: "done", ok: false, seconds: 0.1 });
  const shown = b.updates.find(({ type }) => type === "events");
  assert.ok(shown?.type === "events" && shown.events[0].type === "error");
  assert.equal(shown.events[0].line, null);
  assert.match(shown.events[0].text, /cell a, which this one needs/);
});

test("pages keep apart sessions of the same name", () => {
  run("a", { session: "s", page: "/p" });
  worker().ready();
  worker().finish();
  run("b", { session: "s", page: "/q", above: ["a"] });
  assert.deepEqual(codes(), ["a", "a"]);
});

test("leaving a page cancels its runs and forgets its sessions", () => {
  run("a", { session: "s" });
  worker().ready();
  worker().finish();
  client.leave("/p");
  assert.deepEqual(worker().sent.at(-1), { type: "forget", session: "/p#s" });
  const slow = run("slow");
  const waiting = run("waiting");
  const other = run("other", { page: "/q" });
  const before = [slow.types().length, waiting.types().length];
  client.leave("/p");
  assert.ok(workers[0].terminated);
  worker().ready();
  worker().finish();
  assert.deepEqual(codes(), ["other"]);
  assert.equal(other.last()?.type, "done");
  assert.deepEqual([slow.types().length, waiting.types().length], before);
});

test("a failed load fails every waiting run with its sentence; a retry starts anew", () => {
  const a = run("a");
  const b = run("b");
  worker().say({ type: "load-failed", message: "numpy.whl did not load: HTTP 404." });
  for (const each of [a, b]) {
    assert.deepEqual(each.last(), { type: "failed", message: "numpy.whl did not load: HTTP 404." });
  }
  assert.ok(worker().terminated);
  const again = run("a");
  assert.equal(workers.length, 2);
  worker().ready();
  worker().finish();
  assert.equal(again.last()?.type, "done");
});

test("a download that stalls fails by itself and names the file", (context) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  context.after(() => mock.timers.reset());
  const a = run("a");
  mock.timers.tick(STALL.download - 1);
  worker().say({ type: "loading", stage: "download", file: "numpy.whl", done: 1, total: 9 });
  mock.timers.tick(STALL.download - 1);
  assert.equal(a.last()?.type, "loading");
  mock.timers.tick(1);
  assert.deepEqual(a.last(), {
    type: "failed", message: "Nothing of numpy.whl has arrived for 30 seconds.",
  });
  assert.ok(worker().terminated);
});

test("a worker script that does not load is a failed load", () => {
  const a = run("a");
  worker().onerror({ preventDefault() {} });
  assert.equal(a.last()?.type, "failed");
});

test("when the interpreter dies the run fails, a new one starts and the next run works", () => {
  const a = run("a");
  const b = run("b");
  worker().ready();
  worker().say({ type: "fatal", id: worker().runs()[0].id, message: "exit(1)" });
  assert.deepEqual(a.last(), {
    type: "failed", message: "Python stopped (exit(1)) and was started again.",
  });
  assert.equal(workers.length, 2);
  worker().ready();
  worker().finish();
  assert.equal(b.last()?.type, "done");
});

test("questions about code are answered while Python is idle, and only then", async () => {
  const where = { page: "/p/", code: "np.", offset: 3, session: "s" };
  assert.equal(await client.ask("complete", where), null); // nothing is loaded for it
  assert.equal(workers.length, 0);
  run("a");
  worker().ready();
  assert.equal(await client.ask("complete", where), null); // a run is not waited for
  worker().finish();
  const answer = client.ask("complete", where);
  const { id, ...asked } = worker().sent.at(-1);
  assert.deepEqual(asked, { type: "ask", what: "complete", code: "np.", offset: 3, session: "/p/#s" });
  worker().say({ type: "answer", id, value: { from: 3, options: [] } });
  assert.deepEqual(await answer, { from: 3, options: [] });
});

test("a question that the worker cannot answer any more is answered with nothing", async () => {
  run("a");
  worker().ready();
  worker().finish();
  const answer = client.ask("explain", { page: "/p/", code: "x", offset: 1, session: null });
  run("b");
  client.stop("/p", "b");
  assert.equal(await answer, null);
});

// Packages that a run's own code imports

/** The worker begins to load packages for the latest run. */
function loadPackages() {
  const { id } = worker().runs().at(-1);
  const loading = { type: "loading", id, name: "scipy", stage: "download", file: "scipy.whl", done: 1, total: 9 };
  worker().say(loading);
  return id;
}

test("a package that loads is shown by the run that imports it, and by no other", () => {
  const a = run("a");
  const b = run("b");
  worker().ready();
  const id = loadPackages();
  assert.deepEqual(a.last(), { type: "loading", name: "scipy", stage: "download", done: 1, total: 9 });
  assert.equal(b.last()?.type, "queued");
  worker().say({ type: "loaded", id });
  assert.deepEqual(a.last(), { type: "running", replaying: null, again: true });
  worker().finish();
  assert.equal(a.last()?.type, "done");
  assert.deepEqual(codes(), ["a", "b"]);
});

test("a package that does not load fails its run alone, and the worker stays", () => {
  const a = run("a", { session: "s", above: ["above"] });
  const b = run("b");
  worker().ready();
  const id = loadPackages();
  worker().say({ type: "load-failed", id, message: "scipy.whl did not load: HTTP 404." });
  assert.deepEqual(a.last(), { type: "failed", message: "scipy.whl did not load: HTTP 404." });
  assert.deepEqual(codes(), ["above", "b"]);
  worker().say({ type: "load-failed", id, message: "late" });
  assert.equal(b.last()?.type, "running");
  worker().finish();
  assert.equal(workers.length, 1);
  run("a", { session: "s", above: ["above"] });
  assert.deepEqual(codes(), ["above", "b", "above"]);
});

test("Stop while a package loads ends the worker", () => {
  const a = run("a");
  worker().ready();
  const id = loadPackages();
  const first = worker();
  client.stop("/p", "a");
  assert.ok(first.terminated);
  assert.equal(a.last()?.type, "stopped");
  worker().say({ type: "loading", id, name: "scipy", stage: "download", file: "x", done: 2, total: 9 });
  assert.equal(a.last()?.type, "stopped");
});

test("a package of which nothing comes fails its run, and the others wait for a new worker", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const a = run("a");
  const b = run("b");
  worker().ready();
  const id = loadPackages();
  worker().say({ type: "loaded", id });
  mock.timers.tick(STALL.download + 1);
  assert.equal(a.last()?.type, "running");
  loadPackages();
  const first = worker();
  mock.timers.tick(STALL.download + 1);
  assert.deepEqual(a.last(), {
    type: "failed",
    message: "Nothing of scipy.whl has arrived for 30 seconds.",
  });
  assert.ok(first.terminated);
  assert.equal(b.last()?.type, "loading");
  worker().ready();
  assert.deepEqual(codes(), ["b"]);
  mock.timers.reset();
});
