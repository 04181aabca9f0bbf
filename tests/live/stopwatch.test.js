import assert from "node:assert/strict";
import { test } from "node:test";
import { JSDOM } from "jsdom";
import { clock, shown, Stopwatch } from "../../overrides/live/stopwatch.js";

test("a watch counts while it runs, and goes on where it was paused", () => {
  let now = 5000;
  const watch = new Stopwatch(() => now);
  assert.deepEqual([watch.seconds, watch.running], [0, false]);
  now += 3000;
  assert.equal(watch.seconds, 0);
  watch.toggle();
  now += 2999;
  assert.deepEqual([watch.seconds, watch.running], [2, true]);
  watch.toggle();
  now += 60_000;
  assert.equal(watch.seconds, 2);
  watch.toggle();
  now += 1;
  assert.equal(watch.seconds, 3);
});

test("times are written as minutes and seconds", () => {
  assert.deepEqual([0, 9, 60, 599, 3600].map(shown), ["0:00", "0:09", "1:00", "9:59", "60:00"]);
});

test("the face shows the time, and says once that it is over", (t) => {
  const { document } = new JSDOM("<body></body>").window;
  let now = 0;
  const control = new AbortController();
  t.after(() => control.abort()); // else a failure would leave it ticking
  const watch = new Stopwatch(() => now);
  const { elements: [face, button] } = clock(document, { minutes: 1, signal: control.signal, watch });
  assert.deepEqual([face.textContent, button.textContent], ["0:00 of 1:00", "Start timer"]);
  button.click();
  assert.equal(button.textContent, "Pause");
  now = 61_000;
  button.click();
  assert.deepEqual([face.textContent, button.textContent], ["1:01 of 1:00", "Go on"]);
  assert.ok(face.classList.contains("dl-over"));
  const region = document.getElementById("dl-announcer");
  assert.equal(region?.textContent, "The minute is over");
  if (region) region.textContent = "";
  button.click();
  assert.equal(region?.textContent, "");
});
