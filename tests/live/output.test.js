import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { JSDOM } from "jsdom";
import { Output } from "../../overrides/live/output.js";
import { MIME_FIGURE, MIME_TABLE } from "../../overrides/live/protocol.js";

/** @typedef {import("../../overrides/live/protocol.js").RunEvent} RunEvent */

/** @type {HTMLElement} */ let element;
/** @type {Output} */ let output;
/** @type {(() => void)[]} */ let frames;
/** @type {number[]} */ let lines;
/** @type {(draw: any) => void} */ let loaded;
let loads = 0;
let clock = 0;

beforeEach(() => {
  const { document } = new JSDOM('<div id="out"><pre class="dl-out">static</pre></div>').window;
  element = /** @type {HTMLElement} */ (document.getElementById("out"));
  frames = [];
  lines = [];
  loads = 0;
  output = new Output(element, {
    loadFigures: () => {
      loads += 1;
      return new Promise((resolve) => (loaded = resolve));
    },
    onLine: (line) => lines.push(line),
    schedule: (callback) => frames.push(callback),
    now: () => clock,
  });
});

const frame = () => frames.shift()?.();

/** @param {string} text @param {"stdout" | "stderr"} [name] @returns {RunEvent} */
const stream = (text, name = "stdout") => ({ type: "stream", name, text });

test("the static output stays until the run has something to say", () => {
  output.begin();
  output.push([stream("live")]);
  assert.equal(element.textContent, "static");
  frame();
  assert.equal(element.textContent, "live");
  output.begin();
  assert.equal(element.textContent, "live");
  output.end({ keep: false });
  assert.equal(element.textContent, "");
});

test("a stopped run that said nothing leaves what was there", () => {
  output.begin();
  output.end({ keep: true });
  assert.equal(element.textContent, "static");
});

test("text goes in once a frame, in order, as text", () => {
  output.begin();
  for (let i = 0; i < 1000; i += 1) output.push([stream(`${i}\n`)]);
  assert.equal(frames.length, 1);
  output.push([stream("<b>e</b>", "stderr"), stream("z")]);
  frame();
  const parts = [...element.children].map(({ className, textContent }) => [className, textContent?.length]);
  assert.deepEqual(parts, [
    ["dl-out dl-out-stdout", 3890], ["dl-out dl-out-stderr", 8], ["dl-out dl-out-stdout", 1],
  ]);
  assert.equal(element.children[0].childNodes.length, 1);
  assert.equal(element.querySelector("b"), null);
});

test("the same id replaces in place", () => {
  output.begin();
  const show = (/** @type {string} */ text) =>
    output.push([{ type: "display", id: "x", data: { "text/plain": text } }]);
  show("1");
  output.push([stream("after")]);
  show("2");
  output.end({ keep: false });
  assert.deepEqual([...element.children].map((child) => child.textContent), ["2", "after"]);
});

test("a table is a table", () => {
  output.begin();
  const table = {
    title: "T", columns: [{ name: "n", align: "right" }, { name: "s", align: "left" }], rows: [["1", "<i>"]],
  };
  output.push([{ type: "display", data: { "text/plain": "", [MIME_TABLE]: table } }]);
  output.end({ keep: false });
  const wrapper = /** @type {HTMLElement} */ (element.firstElementChild);
  assert.equal(wrapper.className, "dl-out dl-table");
  assert.equal(wrapper.querySelector("caption")?.textContent, "T");
  assert.equal(wrapper.querySelectorAll('th[scope="col"]').length, 2);
  assert.deepEqual([...wrapper.querySelectorAll("td")].map((td) => td.textContent), ["1", "<i>"]);
  assert.equal(wrapper.querySelector("td")?.className, "dl-right");
});

test("the figure library loads at the first figure; only the latest of a place is drawn", async () => {
  output.begin();
  const spec = (/** @type {number} */ n) =>
    /** @type {RunEvent} */ ({ type: "display", id: "f", data: { [MIME_FIGURE]: n } });
  output.push([stream("a")]);
  frame();
  assert.equal(loads, 0);
  output.push([spec(1), spec(2), stream("b")]);
  frame();
  output.push([spec(3)]);
  frame();
  assert.equal(loads, 1);
  /** @type {any[]} */ const drawn = [];
  const draw = (/** @type {any} */ n) => {
    if (n === 9) throw new Error("no such mark");
    drawn.push(n);
    const figure = element.ownerDocument.createElement("figure");
    figure.textContent = `figure ${n}`;
    return figure;
  };
  loaded(draw);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(drawn, [3]);
  assert.deepEqual([...element.children].map((child) => child.textContent), ["a", "figure 3", "b"]);
  output.push([spec(4), spec(9)]);
  frame();
  assert.match(element.children[1].textContent ?? "", /cannot be drawn: no such mark/);
});

test("an error: name, message, line, the reader's frames, and the rest on demand", () => {
  output.begin();
  output.push([{
    type: "error", name: "ValueError", message: "<b>", line: 7, hint: "Look at <i>.",
    text: "short", full: "long",
  }]);
  output.end({ keep: false });
  const box = /** @type {HTMLElement} */ (element.firstElementChild);
  assert.equal(box.getAttribute("role"), "alert");
  assert.equal(box.querySelector("p")?.textContent, "ValueError: <b> line 7");
  assert.equal(box.querySelector(".dl-hint")?.textContent, "Look at <i>.");
  assert.equal(box.querySelector("details pre")?.textContent, "long");
  box.querySelector("button")?.click();
  assert.deepEqual(lines, [7]);
});

test("what was left out is one line, brought up to date", () => {
  output.begin();
  output.push([stream("a"), { type: "omitted", lines: 1, characters: 2, displays: 0 }]);
  frame();
  output.push([{ type: "omitted", lines: 1200, characters: 5000, displays: 1 }]);
  frame();
  const notes = element.querySelectorAll(".dl-note");
  assert.equal(notes.length, 1);
  assert.match(notes[0].textContent ?? "", /5,000 characters in 1,200 lines and 1 displayed value\./);
});

test("a failed load stands above what was there and goes when it is tried again", () => {
  let retried = 0;
  output.failure("numpy did not load.", "Retry", () => (retried += 1));
  assert.match(element.textContent ?? "", /^numpy did not load\.Retrystatic$/);
  element.querySelector("button")?.click();
  assert.equal(retried, 1);
  output.clearFailure();
  assert.equal(element.textContent, "static");
});

test("a bar shows how far a loop is, and goes when the run ends", () => {
  /** @param {number} done @param {number | null} total @returns {any} */
  const progress = (done, total) => ({ type: "progress", id: "track-0", done, total, label: "fits" });
  output.begin();
  output.push([stream("a"), progress(0, 40)]);
  frame();
  output.push([progress(10, 40)]);
  frame();
  const row = /** @type {HTMLElement} */ (element.querySelector(".dl-track"));
  assert.equal(element.querySelectorAll(".dl-track").length, 1);
  assert.equal(row.textContent, "fits: 10 of 40");
  assert.deepEqual([row.querySelector("progress")?.value, row.querySelector("progress")?.max], [10, 40]);
  output.push([progress(11, null)]);
  frame();
  assert.equal(row.textContent, "fits: 11");
  output.end({ keep: false });
  assert.equal(element.querySelector(".dl-track"), null);
  assert.equal(element.textContent, "a");
});

test("drawing takes a third of the page's time at most, and loses no figure", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  /** @param {number} n @param {string} [id] @returns {RunEvent} */
  const figure = (n, id) => ({ type: "display", data: { [MIME_FIGURE]: { n } }, id });
  const drawn = () => element.textContent;
  output.begin();
  output.push([1, 2, 3, 4, 5].map((n) => figure(n)));
  frame();
  loaded((/** @type {any} */ spec) => {
    clock += 10; // a slow drawing
    const holder = element.ownerDocument.createElement("figure");
    holder.append(String(spec.n));
    return holder;
  });
  await Promise.resolve();
  assert.equal(drawn(), "12"); // a slice ends behind the drawing that fills it
  output.push([figure(9, "in place")]);
  frame();
  output.push([figure(8, "in place")]);
  frame();
  assert.equal(drawn(), "12");
  output.end({ keep: false });
  assert.notEqual(element.style.minHeight, "");
  for (const now of ["1234", "12345" + "8"]) {
    clock += 39;
    mock.timers.tick(39);
    assert.equal(frames.length, 0);
    clock += 1;
    mock.timers.tick(1);
    frame();
    assert.equal(drawn(), now);
  }
  assert.equal(element.style.minHeight, "");
  mock.timers.reset();
});

test("an image is shown as an image, whatever it holds, with its words beside it", () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script>é#"</svg>';
  output.begin();
  const displayed = (/** @type {Record<string, unknown>} */ data, /** @type {string} */ id) =>
    output.push([{ type: "display", id, data }]);
  displayed({ "text/plain": "Figure: <b>a</b>", "image/svg+xml": svg }, "a");
  displayed({ "text/plain": "pixels", "image/png": "iVBORw0KGgo=" }, "b");
  frame();
  const [vector, pixels] = element.querySelectorAll("img");
  assert.equal(vector.alt, "Figure: <b>a</b>");
  const [type, data] = vector.src.split(",");
  assert.equal(type, "data:image/svg+xml;charset=utf-8");
  assert.equal(decodeURIComponent(data), svg);
  assert.equal(pixels.src, "data:image/png;base64,iVBORw0KGgo=");
  assert.equal(element.querySelectorAll("svg, script, b").length, 0);
  displayed({ "text/plain": "again", "image/svg+xml": svg }, "a");
  frame();
  assert.deepEqual([...element.querySelectorAll("img")].map(({ alt }) => alt), ["again", "pixels"]);
});

test("a figure is drawn again for another width, and not when it has left with its page", async () => {
  /** @type {() => void} */ let resized = () => {};
  const { ResizeObserver } = globalThis;
  globalThis.ResizeObserver = /** @type {any} */ (
    class {
      /** @param {() => void} callback */
      constructor(callback) {
        resized = callback;
      }
      observe() {}
    }
  );
  /** @type {number[]} */ const widths = [];
  const { document } = element.ownerDocument.defaultView ?? assert.fail();
  const watched = new Output(element, {
    loadFigures: async () => (/** @type {any} */ _spec, /** @type {number} */ width) => {
      widths.push(width);
      return document.createElement("figure");
    },
    onLine: () => {},
    schedule: (callback) => frames.push(callback),
    now: () => clock,
  });
  globalThis.ResizeObserver = ResizeObserver;
  const draw = async () => {
    while (frames.length > 0) frame();
    await new Promise((resolve) => setTimeout(resolve));
    while (frames.length > 0) frame();
  };
  /** @param {number} width */
  const turn = (width) => Object.defineProperty(element, "clientWidth", { value: width, configurable: true });
  turn(330);
  watched.begin();
  watched.push([{ type: "display", data: { [MIME_FIGURE]: {} } }]);
  await draw();
  for (const width of [0, 330, 660]) {
    turn(width);
    resized();
    await draw();
  }
  assert.deepEqual(widths, [330, 660]);
});
