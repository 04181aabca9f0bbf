import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { JSDOM } from "jsdom";
import { renderFigure } from "../../overrides/live/figure.js";
import { meet } from "../../overrides/live/figuretools.js";
import { renderTable } from "../../overrides/live/table.js";

const SPEC = {
  title: "Two <b>lines",
  x: { label: "r" },
  y: { label: "loss" },
  marks: ["up", "down"].map((series, i) => (
    { mark: "line", channels: { x: [0, 1, 2], y: i ? [2, 1, 0] : [0, 1, 2] }, series }
  )),
};

/** @type {any} */ let window;
/** @type {Document} */ let document;
/** @type {HTMLElement} */ let output;
/** @type {HTMLElement} */ let figure;

/** @param {any} spec */
function built(spec) {
  const element = renderFigure(spec, { widths: [680, 350], document, data: true });
  element.classList.add("dl-out");
  return element;
}

beforeEach(() => {
  window = new JSDOM('<div class="dl-cell-output"></div>').window;
  document = window.document;
  output = /** @type {HTMLElement} */ (document.querySelector(".dl-cell-output"));
  figure = built(SPEC);
  output.append(figure);
});

/** As output.js does it. @param {Element} place @param {any} spec */
function redraw(place, spec) {
  for (const old of place.querySelectorAll(":scope > :not(.dl-stays)")) old.remove();
  place.prepend(...built(spec).childNodes);
}

/** @param {Element | null} target @param {string} type @param {any} [init] */
function arrive(target, type, init = {}) {
  const event = new window.MouseEvent(type, { bubbles: true, ...init });
  Object.defineProperty(event, "target", { value: target });
  meet(event, renderTable);
}

const svg = () => /** @type {SVGSVGElement} */ (output.querySelector("svg"));
const tip = () => output.querySelector(".dl-tip")?.textContent ?? null;
const button = (/** @type {string} */ text) =>
  /** @type {HTMLElement} */ ([...output.querySelectorAll("button")].find((b) => b.textContent === text));
const settle = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));
/** @param {string} key @param {any} [init] */
const press = (key, init = {}) => {
  const event = new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
  svg().dispatchEvent(event);
  return event.defaultPrevented;
};

test("the tools come once, below the drawing, by name", () => {
  for (const type of ["pointerover", "focusin", "pointerover"]) arrive(svg(), type);
  assert.equal(output.querySelectorAll(".dl-figure-tools").length, 1);
  assert.deepEqual([...output.querySelectorAll("button")].map((b) => b.textContent), ["Data", "Copy SVG", "Copy PNG"]);
  assert.ok(figure.classList.contains("dl-tooled"));
});

test("a figure without data, or with a broken drawing, gets none", () => {
  figure.querySelector("template")?.remove();
  arrive(svg(), "pointerover");
  assert.equal(output.querySelector("button"), null);
  figure.replaceChildren();
  arrive(figure, "click");
  assert.equal(tip(), null);
});

test("keys move the tip and say it; Escape takes it away; others are the page's", () => {
  arrive(svg(), "focusin");
  assert.equal(tip(), null);
  assert.equal(press("ArrowRight"), true);
  assert.equal(tip(), "upr0loss0");
  const said = () => document.getElementById("dl-announcer")?.textContent;
  assert.equal(said(), "up: r 0, loss 0");
  press("End");
  assert.equal(said(), "up: r 2, loss 2");
  press("ArrowDown");
  assert.equal(tip(), "downr2loss0");
  assert.equal(output.querySelectorAll(".dl-tip, .dl-tip-mark").length, 2);
  press("Escape");
  assert.equal(output.querySelectorAll(".dl-tip, .dl-tip-mark").length, 0);
  press("ArrowLeft");
  assert.equal(tip(), "downr1loss1");
  for (const [key, init] of /** @type {const} */ ([["Tab", {}], ["PageDown", {}], ["ArrowLeft", { altKey: true }]])) {
    assert.equal(press(key, init), false, key);
  }
  svg().dispatchEvent(new window.FocusEvent("focusout", { bubbles: true }));
  assert.equal(tip(), null);
});

test("one tip at a time; a press elsewhere takes it away", () => {
  const other = built(SPEC);
  output.append(other);
  arrive(svg(), "focusin");
  press("Home");
  const second = other.querySelector("svg");
  arrive(second, "focusin");
  second?.dispatchEvent(new window.KeyboardEvent("keydown", { key: "End", bubbles: true }));
  assert.equal(output.querySelectorAll(".dl-tip").length, 1);
  assert.ok(other.querySelector(".dl-tip"));
  document.body.dispatchEvent(new window.MouseEvent("pointerdown", { bubbles: true }));
  assert.equal(tip(), null);
});

test("the data as a table, as text, behind a toggle", () => {
  arrive(svg(), "pointerover");
  assert.equal(button("Data").getAttribute("aria-expanded"), "false");
  button("Data").click();
  assert.equal(button("Data").getAttribute("aria-expanded"), "true");
  const region = output.querySelector(".dl-data");
  assert.equal(region?.getAttribute("aria-label"), "Data of Two <b>lines");
  assert.equal(region?.getAttribute("tabindex"), "0");
  assert.equal(region?.querySelectorAll("[tabindex], [role]").length, 0);
  const rows = [...output.querySelectorAll("tr")].map((row) => [...row.children].map((c) => c.textContent));
  assert.deepEqual(rows, [["r", "up", "down"], ["0", "0", "2"], ["1", "1", "1"], ["2", "2", "0"]]);
  button("Data").click();
  assert.equal(output.querySelector(".dl-data"), null);
});

test("a long table says what it leaves out", () => {
  const column = Array.from({ length: 1203 }, (_, i) => i);
  figure.replaceWith((figure = built({ marks: [{ mark: "line", channels: { x: column, y: column } }] })));
  arrive(svg(), "pointerover");
  button("Data").click();
  assert.equal(output.querySelectorAll("tbody tr").length, 1000);
  assert.equal(output.querySelector(".dl-note")?.textContent, "Left out: 203 more rows.");
});

test("a figure drawn anew keeps its tools, its table and its tip, with the new values", async () => {
  arrive(svg(), "focusin");
  button("Data").click();
  press("End");
  const again = structuredClone(SPEC);
  again.marks[0].channels.y = [5, 6, 7];
  for (let k = 0; k < 20; k += 1) redraw(figure, again);
  await settle();
  assert.equal(tip(), "upr2loss7");
  assert.equal(output.querySelectorAll(".dl-figure-tools").length, 1);
  assert.equal(output.querySelector(".dl-data td:nth-child(2)")?.textContent, "0", "a table takes its time");
  await settle(300);
  assert.equal(output.querySelector(".dl-data td:nth-child(2)")?.textContent, "5");
});

test("a run's figure takes the open table over; what fails to draw has no tools", async () => {
  arrive(svg(), "pointerover");
  button("Data").click();
  output.replaceChildren(document.createElement("pre"));
  await settle();
  const before = figure;
  const next = document.createElement("figure");
  next.className = "dl-figure";
  output.append(next);
  await settle();
  const again = structuredClone(SPEC);
  again.marks[0].channels.y = [5, 6, 7];
  redraw(next, again);
  await settle(300);
  assert.equal(output.querySelector(".dl-data td:nth-child(2)")?.textContent, "5");
  assert.equal(button("Data").getAttribute("aria-expanded"), "true");
  assert.equal(before.querySelector(".dl-data"), null);
  next.replaceChildren(document.createElement("div"));
  await settle();
  assert.equal(output.querySelector("button"), null);
});

test("a run's drawing brings its own data", () => {
  figure.querySelector("template")?.remove();
  Object.assign(svg(), { dlSpec: SPEC });
  arrive(svg(), "focusin");
  press("End");
  assert.equal(tip(), "upr2loss2");
});
