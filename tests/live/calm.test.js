import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { onCalmFrame, typed, typing } from "../../overrides/live/calm.js";

let clock = 1e6;
/** @type {(() => void)[]} */ let frames;
const world = /** @type {any} */ (globalThis);

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => clock);
  frames = [];
  world.document = { hidden: false };
  world.requestAnimationFrame = (/** @type {() => void} */ callback) => frames.push(callback);
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
  delete world.document;
  delete world.requestAnimationFrame;
  clock += 1e6; // no key of one test is heard in the next
});

/** @param {number} milliseconds */
function pass(milliseconds) {
  clock += milliseconds;
  mock.timers.tick(milliseconds);
}

test("without a key the next frame is taken at once", () => {
  onCalmFrame(() => {});
  assert.equal(frames.length, 1);
  assert.equal(typing(), false);
});

test("after a key the frame waits for a pause", () => {
  typed();
  assert.equal(typing(), true);
  onCalmFrame(() => {});
  pass(60);
  typed();
  pass(100);
  assert.equal(frames.length, 0);
  pass(20);
  assert.equal(frames.length, 1);
  assert.equal(typing(), false);
});

test("whoever types without a pause still sees what a run says", () => {
  onCalmFrame(() => {});
  assert.equal(frames.length, 1);
  typed();
  onCalmFrame(() => {});
  for (let i = 0; i < 10 && frames.length < 2; i += 1) {
    pass(60);
    typed();
  }
  assert.equal(frames.length, 2);
  assert.ok(typing());
});

test("a hidden page has no frames", () => {
  world.document.hidden = true;
  const callback = mock.fn();
  onCalmFrame(callback);
  assert.equal(frames.length, 0);
  pass(50);
  assert.equal(callback.mock.callCount(), 1);
});
