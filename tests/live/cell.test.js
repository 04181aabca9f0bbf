import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { JSDOM } from "jsdom";
import { Cell, LONG } from "../../overrides/live/cell.js";
import { Together } from "../../overrides/live/together.js";

/** @type {any[]} */ let requests;
/** @type {string[]} */ let stops;
/** @type {string[]} */ let answers;
/** @type {Cell[]} */ let cells;
/** @type {Document} */ let document;

const SLIDER = 'n = <span class="mi">3</span>  # @param {type:"slider", min:1, max:20, step:1}';

/** @param {string} name @param {string} code @param {string} [session] */
const html = (name, code, session) => `
  <div class="dl-cell" id="cell-${name}" data-cell="${name}"${session ? ` data-session="${session}"` : ""}>
    <div class="dl-cell-bar"><a class="dl-cell-name" href="#cell-${name}">${name}</a></div>
    <div class="dl-cell-code highlight"><pre><code>${code}\n</code></pre></div>
    <div class="dl-cell-output" aria-live="off"><pre class="dl-out">static</pre></div>
  </div>`;

beforeEach(async (context) => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  /** @type {any} */ (context).after?.(() => mock.timers.reset());
  const { window } = new JSDOM(html("a", SLIDER, "s") + html("b", "n", "s") + html("c", "c") + html("d", "d", "s"));
  document = window.document;
  requests = [];
  stops = [];
  answers = [];
  const client = /** @type {any} */ ({
    run: (/** @type {any} */ request) => requests.push(request),
    stop: (/** @type {string} */ page, /** @type {string} */ cell) => stops.push(page + cell),
    allow: () => answers.push("allow"),
    refuse: () => answers.push("refuse"),
  });
  cells = [];
  const roots = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".dl-cell"));
  for (const root of roots) cells.push(new Cell(root, { client, page: "/p", cells }));
  await cells[0].form;
  const output = /** @type {any} */ (cells[0].output);
  output.schedule = (/** @type {() => void} */ callback) => callback();
});

test.afterEach(() => mock.timers.reset());

/** @param {any} update */
const hear = (update) => requests.at(-1).listener(update);
const status = () => cells[0].status.textContent;
const state = () => cells[0].root.dataset.state;
const said = () => document.getElementById("dl-announcer")?.textContent;

test("Run sends the code and what stands above it in its session", () => {
  cells[1].runButton.click();
  const { page, cell, code, session, above } = requests[0];
  assert.deepEqual([page, cell, code, session], ["/p", "b", "n\n", "s"]);
  assert.deepEqual(above, [{ cell: "a", code: cells[0].code }]);
  cells[2].runButton.click();
  assert.deepEqual(requests[1].above, []);
  cells[3].runButton.click();
  assert.deepEqual(requests[2].above.map((/** @type {any} */ each) => each.cell), ["a", "b"]);
});

test("each state is shown, and announced once", () => {
  const [a] = cells;
  assert.equal(state(), "idle");
  a.run();
  hear({ type: "loading", stage: "download", done: 3_140_000, total: 9_600_000 });
  assert.equal(status(), "Loading Python · 3.1 of 9.6 MB");
  assert.equal(said(), "a: Loading Python, 9.6 MB");
  assert.equal(a.progress.getAttribute("aria-valuenow"), "33");
  assert.equal(a.runButton.textContent, "Stop");
  hear({ type: "loading", stage: "packages", done: 9, total: 9 });
  assert.equal(said(), "a: Loading NumPy");
  hear({ type: "queued" });
  assert.equal(state(), "queued");
  hear({ type: "running", replaying: null });
  assert.equal(state(), "running");
  mock.timers.tick(510);
  assert.match(status() ?? "", /^Running · /);
  a.runButton.click();
  assert.deepEqual(stops, ["/pa"]);
  hear({ type: "stopped" });
  assert.deepEqual([state(), status(), a.runButton.textContent], ["stopped", "Stopped", "Run"]);
  assert.equal(a.output.element.textContent, "static");
  a.run();
  hear({ type: "running", replaying: null });
  hear({ type: "done", ok: true, seconds: 0.012 });
  assert.deepEqual([state(), status(), said()], ["done", "Done in 12 ms", "a: Done in 12 ms"]);
  hear({ type: "failed", message: "numpy did not load." });
  assert.equal(state(), "failed");
  const retry = a.output.element.querySelector("button");
  const before = requests.length;
  retry?.click();
  assert.equal(requests.length, before + 1);
});

test("a crash right behind the first output clears neither it nor its message away", () => {
  const [a] = cells;
  /** @type {(() => void)[]} */ const frames = [];
  /** @type {any} */ (a.output).schedule = (/** @type {() => void} */ callback) => frames.push(callback);
  a.run();
  hear({ type: "running", replaying: null });
  hear({ type: "events", events: [{ type: "stream", name: "stdout", text: "x" }] });
  hear({ type: "failed", message: "Python crashed." });
  for (const frame of frames) frame();
  const { element } = a.output;
  assert.match(element.textContent ?? "", /Python crashed\..*x|x.*Python crashed\./s);
  assert.equal(element.querySelector(".dl-failure button")?.textContent, "Retry");
});

test("where the site has been renewed a failure offers to reload", async () => {
  const [a] = cells;
  for (const renewed of [false, true]) {
    a.client.renewed = async () => renewed;
    a.run();
    hear({ type: "failed", message: "numpy did not load." });
    await new Promise((resolve) => setImmediate(resolve));
    const failures = a.output.element.querySelectorAll(".dl-failure");
    assert.equal(failures.length, 1);
    assert.equal(failures[0].querySelector("button")?.textContent, renewed ? "Reload" : "Retry");
    assert.match(failures[0].textContent ?? "", renewed ? /renewed/ : /numpy did not load/);
  }
});

test("a quick run changes no button, and a second click of a double click does not stop it", () => {
  const [a] = cells;
  a.runButton.click();
  hear({ type: "running", replaying: null });
  a.runButton.click();
  assert.equal(a.runButton.textContent, "Run");
  assert.deepEqual([requests.length, stops.length], [1, 0]);
  mock.timers.tick(151);
  assert.equal(a.runButton.textContent, "Stop");
});

test("a note says what a session ran first", () => {
  cells[0].run();
  hear({ type: "running", replaying: "z" });
  hear({ type: "replayed", cells: ["y", "z"], afterStop: true });
  assert.equal(cells[0].output.element.textContent, "Ran y, z again after the stop.");
});

test("a slider rewrites the literal in place, runs, and Reset brings the original back", () => {
  const [a] = cells;
  const input = /** @type {HTMLInputElement} */ (a.root.querySelector("input[type=range]"));
  const original = a.code;
  assert.equal(input.value, "3");
  assert.ok(a.resetButton.hidden);
  input.focus();
  for (const value of ["12", "7"]) {
    input.value = value;
    input.dispatchEvent(new /** @type {any} */ (document.defaultView).Event("input"));
    assert.equal(document.activeElement, input); // for the next press of a key
    assert.equal(requests.at(-1).code, original.replace("3", value));
    assert.equal(a.static.textContent, a.code);
    assert.equal(a.root.querySelector("output")?.textContent, value);
  }
  assert.equal(a.static.querySelector(".mi")?.textContent, "7");
  assert.ok(!a.resetButton.hidden && a.root.hasAttribute("data-edited"));
  a.resetButton.click();
  assert.equal(a.code, original);
  assert.equal(a.static.textContent, original);
  assert.equal(input.value, "3");
  assert.ok(a.resetButton.hidden);
});

test("a cell without @param has no form, and gets one when its code asks for it", async () => {
  const [, b] = cells;
  assert.equal(b.form, undefined);
  b.show('k = 2  # @param {type:"number"}\n');
  await b.form;
  const input = /** @type {HTMLInputElement} */ (b.root.querySelector("input[type=number]"));
  assert.equal(input.value, "2");
  b.show('k = 3  # @param {type:"number"}\n');
  assert.equal(input.value, "3");
  b.show("k = 3\n");
  assert.equal(b.root.querySelector("input"), null);
});

test("the download is asked for with its size, and the answer goes to the client", () => {
  const [a] = cells;
  a.run();
  hear({ type: "consent", bytes: 13_940_000 });
  assert.deepEqual([state(), a.runButton.textContent, a.busy], ["asking", "Run", false]);
  assert.match(notice(a) ?? "", /13\.9 MB/);
  press(a, "Download and run");
  press(a, "Not now");
  assert.deepEqual(answers, ["allow", "refuse"]);
  hear({ type: "loading", stage: "download", done: 0, total: 9 });
  assert.equal(notice(a), undefined);
  hear({ type: "consent", bytes: 10_300_000, name: "matplotlib" });
  assert.match(notice(a) ?? "", /^This code needs matplotlib, a download of 10\.3 MB\./);
  hear({ type: "stopped" });
  assert.deepEqual([state(), notice(a)], ["stopped", undefined]);
});

test("a long run asks whether to go on, and asks again when it has taken twice as long", () => {
  const [a] = cells;
  a.run();
  hear({ type: "running", replaying: null });
  mock.timers.tick(LONG - 1);
  assert.equal(notice(a), undefined);
  mock.timers.tick(1);
  hear({ type: "events", events: [{ type: "stdout", text: "on and on\n" }] });
  assert.equal(notice(a), "This has been running for 1 min.");
  press(a, "Go on");
  assert.deepEqual([notice(a), stops.length], [undefined, 0]);
  mock.timers.tick(LONG);
  assert.equal(notice(a), undefined);
  mock.timers.tick(LONG);
  assert.equal(notice(a), "This has been running for 3 min.");
  press(a, "Stop");
  assert.deepEqual(stops, ["/pa"]);
  hear({ type: "stopped" });
  assert.equal(notice(a), undefined);
  mock.timers.tick(10 * LONG);
  assert.equal(notice(a), undefined);
});

test("the code can be reached and started from the keyboard", () => {
  const { area } = cells[2];
  assert.equal(area.tabIndex, 0);
  assert.match(area.getAttribute("aria-label") ?? "", /Code of c\. Press Enter/);
  const { KeyboardEvent } = /** @type {any} */ (document.defaultView);
  area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true }));
  assert.equal(requests[0].cell, "c");
});

// Drafts, links, all cells

/** A page of its own with given drafts. @param {any} drafts */
function withDrafts(drafts) {
  const { window } = new JSDOM(html("k", "k = 1"));
  document = window.document;
  const client = /** @type {any} */ ({ run: (/** @type {any} */ request) => requests.push(request) });
  const element = /** @type {HTMLElement} */ (document.querySelector(".dl-cell"));
  /** @type {Cell[]} */ const all = [];
  all.push(new Cell(element, { client, page: "/p", cells: all, drafts }));
  return all[0];
}

/** @param {Cell} cell */
const notice = (cell) => cell.root.querySelector(".dl-notice-text")?.textContent;
/** @param {Cell} cell @param {string} name */
const press = (cell, name) => {
  const all = /** @type {HTMLElement[]} */ ([...cell.root.querySelectorAll(".dl-notice button")]);
  all.find((button) => button.textContent === name)?.click();
};

test("a draft is shown, not run, and Reset removes it", () => {
  /** @type {string[]} */ const removed = [];
  const cell = withDrafts({
    load: () => ({ code: "k = <b>2</b>\n" }),
    remove: (/** @type {string} */ page, /** @type {string} */ name) => removed.push(page + name),
  });
  assert.equal(cell.static.textContent, "k = <b>2</b>\n");
  assert.equal(cell.static.querySelector("b"), null);
  assert.ok(cell.root.hasAttribute("data-edited") && !cell.shareButton.hidden);
  assert.deepEqual([cell.status.textContent, requests.length], ["Not run yet", 0]);
  cell.resetButton.click();
  assert.deepEqual([cell.code, removed], ["k = 1\n", ["/pk"]]);
  assert.ok(cell.shareButton.hidden);
});

test("a draft of an older original is put aside, and can be brought back", () => {
  /** @type {string[]} */ const removed = [];
  const cell = withDrafts({
    load: () => ({ outdated: "k = 9\n" }),
    save: () => true,
    remove: (/** @type {string} */ page, /** @type {string} */ name) => removed.push(page + name),
  });
  assert.deepEqual(removed, []); // there is no other copy of it
  assert.equal(cell.code, "k = 1\n");
  assert.match(notice(cell) ?? "", /has changed since you edited it/);
  press(cell, "Bring it back");
  assert.equal(cell.code, "k = 9\n");
  assert.equal(notice(cell), undefined);
});

test("a draft of an older original goes when the reader says so", () => {
  /** @type {string[]} */ const removed = [];
  const cell = withDrafts({
    load: () => ({ outdated: "k = 9\n" }),
    remove: (/** @type {string} */ page, /** @type {string} */ name) => removed.push(page + name),
  });
  press(cell, "Throw it away");
  assert.deepEqual([removed, cell.code, notice(cell)], [["/pk"], "k = 1\n", undefined]);
});

test("an edit of an older original survives a link that comes at once", async () => {
  let found = /** @type {object} */ ({ outdated: "k = 9\n" });
  const cell = withDrafts({ load: () => found, save: () => true, remove: () => (found = {}) });
  await cell.receive(Promise.resolve("k = 2\n"));
  press(cell, "My edit");
  assert.deepEqual([cell.code, notice(cell)], ["k = 9\n", undefined]);
});

test("a link's code is shown with a notice, makes no draft until it is edited, and runs nothing", async () => {
  /** @type {string[]} */ const saved = [];
  const cell = withDrafts({
    load: () => ({ code: "mine\n" }),
    save: (/** @type {string[]} */ ...all) => saved.push(all[3]) > 0,
    remove: () => assert.fail("the reader's draft stays"),
  });
  const code = 'n = 3  # @param {type:"slider", min:1, max:9, step:1}\n';
  await cell.receive(Promise.resolve(code));
  await cell.form;
  mock.timers.tick(1000);
  assert.equal(cell.code, code);
  assert.equal(notice(cell), "This code came with the link; it has not been run.");
  assert.deepEqual([requests.length, saved, cell.root.dataset.edited], [0, [], "lent"]);
  const slider = /** @type {HTMLInputElement} */ (cell.root.querySelector("input[type=range]"));
  assert.equal(slider.value, "3");
  press(cell, "My edit");
  assert.equal(cell.code, "mine\n");
  await cell.receive(Promise.resolve(code));
  press(cell, "Original");
  assert.equal(cell.code, "k = 1\n");
  await cell.receive(Promise.resolve(code));
  cell.run();
  assert.equal(notice(cell), "This code came with the link.");
  const again = /** @type {HTMLInputElement} */ (cell.root.querySelector("input[type=range]"));
  again.value = "5";
  again.dispatchEvent(new /** @type {any} */ (document.defaultView).Event("input"));
  mock.timers.tick(1000);
  assert.deepEqual(saved, [code.replace("3", "5")]);
  assert.equal(notice(cell), undefined);
});

test("a broken link says so and shows the original", async () => {
  const cell = withDrafts({ load: () => ({}) });
  await cell.receive(Promise.reject(new Error("<i>damaged</i>")));
  assert.deepEqual([notice(cell), cell.code], ["<i>damaged</i>", "k = 1\n"]);
});

test("an edit in another tab is offered, and neither is lost unasked", () => {
  let stored = "theirs\n";
  const cell = withDrafts({
    load: () => (stored === "k = 1\n" ? {} : { code: stored }),
    save: (/** @type {string[]} */ ...all) => (stored = all[3]) !== "",
    owns: (/** @type {string} */ key) => key === "k",
  });
  cell.show("mine\n");
  cell.keeping.elsewhere("other");
  assert.equal(notice(cell), undefined);
  cell.keeping.elsewhere("k");
  assert.equal(notice(cell), "This code was edited in another tab.");
  press(cell, "Keep this one");
  assert.deepEqual([cell.code, stored, notice(cell)], ["mine\n", "mine\n", undefined]);
  stored = "theirs\n";
  cell.keeping.elsewhere("k");
  cell.show("mine, and more\n"); // written while the notice stands
  press(cell, "Keep this one");
  assert.deepEqual([cell.code, stored], ["mine, and more\n", "mine, and more\n"]);
  stored = "theirs\n";
  cell.keeping.elsewhere("k");
  press(cell, "Show that edit");
  assert.deepEqual([cell.code, notice(cell)], ["theirs\n", undefined]);
  stored = "k = 1\n"; // reset there
  cell.keeping.elsewhere("k");
  press(cell, "Show that edit");
  assert.deepEqual([cell.code, cell.root.dataset.edited], ["k = 1\n", undefined]);
});

test("Run all runs from the top; Stop all stops from below, and the button comes back", async () => {
  const { button } = new Together(cells);
  button?.click();
  assert.deepEqual(requests.map(({ cell }) => cell), ["a", "b", "c", "d"]);
  for (const { listener } of requests) listener({ type: "queued" });
  button?.click(); // nothing was busy when it was pressed: this client says nothing at once
  assert.equal(requests.length, 8);
  assert.equal(button?.textContent, "Stop all");
  button?.click();
  assert.deepEqual(stops, ["/pd", "/pc", "/pb", "/pa"]);
  for (const { listener } of requests) listener({ type: "stopped" });
  await Promise.resolve();
  assert.equal(button?.textContent, "Run all");
});

test("a package that loads in the middle of a run is named, and the run's output stays", () => {
  const [a] = cells;
  a.run();
  hear({ type: "running", replaying: null });
  a.output.note("Ran b first.");
  hear({ type: "loading", name: "matplotlib", stage: "download", done: 4_200_000, total: 10_300_000 });
  assert.equal(state(), "loading");
  assert.equal(status(), "Loading matplotlib · 4.2 of 10.3 MB");
  assert.equal(said(), "a: Loading matplotlib, 10.3 MB");
  assert.equal(a.runButton.textContent, "Stop");
  hear({ type: "loading", name: "matplotlib", stage: "packages", done: 9, total: 9 });
  assert.equal(status(), "Loading matplotlib …");
  hear({ type: "running", replaying: null, again: true });
  assert.equal(state(), "running");
  assert.equal(a.progress.hidden, true);
  hear({ type: "events", events: [{ type: "stream", name: "stdout", text: "hi" }] });
  assert.equal(a.output.element.textContent, "Ran b first.hi");
});
