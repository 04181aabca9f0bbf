import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { JSDOM } from "jsdom";
import { IN_VIEW, Intent } from "../../overrides/live/intent.js";

/** @param {boolean} [allowed] */
function setUp(allowed = true) {
  const { document, Event } = new JSDOM("<p></p><p></p>").window;
  const cells = [...document.querySelectorAll("p")];
  let warmed = 0;
  /** @type {(entries: any[]) => void} */ let see = () => {};
  class IntersectionObserver {
    /** @param {(entries: any[]) => void} callback */
    constructor(callback) {
      see = callback;
    }

    observe() {}

    disconnect() {}
  }
  const surroundings = /** @type {any} */ ({
    IntersectionObserver,
    requestIdleCallback: (/** @type {() => void} */ callback) => callback(),
  });
  const intent = new Intent({ warm: () => (warmed += 1), allowed: () => allowed, surroundings });
  intent.watch(cells);
  return {
    intent,
    cells,
    warmed: () => warmed,
    /** @param {boolean} isIntersecting */
    view: (isIntersecting) => see([{ target: cells[0], isIntersecting }]),
    /** @param {string} type */
    fire: (type) => cells[0].dispatchEvent(new Event(type, { bubbles: true })),
  };
}

for (const sign of ["pointerover", "focusin"]) {
  test(`${sign} on a cell starts Python, once`, () => {
    const { cells, intent, fire, warmed } = setUp();
    assert.equal(warmed(), 0);
    fire(sign);
    fire(sign);
    intent.watch(cells);
    fire(sign);
    assert.equal(warmed(), 1);
  });
}

test("a cell must stay in view", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { view, warmed } = setUp();
  view(true);
  mock.timers.tick(IN_VIEW - 1);
  view(false);
  mock.timers.tick(IN_VIEW);
  assert.equal(warmed(), 0);
  view(true);
  mock.timers.tick(IN_VIEW);
  assert.equal(warmed(), 1);
  mock.timers.reset();
});

test("a page that is left does not start it", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { intent, view, warmed } = setUp();
  view(true);
  intent.watch([]);
  mock.timers.tick(IN_VIEW);
  assert.equal(warmed(), 0);
  mock.timers.reset();
});

test("nothing starts where the reader pays for it", () => {
  const { fire, warmed } = setUp(false);
  fire("pointerover");
  assert.equal(warmed(), 0);
});
