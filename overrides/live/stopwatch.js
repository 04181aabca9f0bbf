/**
 * The time of an answer: a watch that the reader starts and pauses, and its face.
 */

import { announce, make, makeButton } from "./dom.js";

export class Stopwatch {
  #before = 0;
  /** @type {number | null} */ #since = null;

  /** @param {() => number} [now] in milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
  }

  get running() {
    return this.#since !== null;
  }

  get seconds() {
    const going = this.#since === null ? 0 : this.now() - this.#since;
    return Math.floor((this.#before + going) / 1000);
  }

  toggle() {
    if (this.#since === null) this.#since = this.now();
    else {
      this.#before += this.now() - this.#since;
      this.#since = null;
    }
  }
}

/** @param {number} seconds */
export function shown(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * @param {Document} document
 * @param {{minutes: number, signal: AbortSignal, watch?: Stopwatch | null}} options
 */
export function clock(document, { minutes, signal, watch: given }) {
  const watch = given ?? new Stopwatch();
  const face = make(document, "span", "dl-clock");
  face.setAttribute("role", "timer");
  face.setAttribute("aria-label", "Time");
  const button = makeButton(document, "", () => {
    watch.toggle();
    show();
  });
  let over = watch.seconds >= minutes * 60;
  const ticking = setInterval(show, 250);
  const stop = () => clearInterval(ticking);
  signal.addEventListener("abort", stop);
  show();
  return { watch, stop, elements: [face, button] };

  function show() {
    const { seconds, running } = watch;
    const text = `${shown(seconds)} of ${shown(minutes * 60)}`;
    if (face.textContent !== text) face.textContent = text;
    const action = running ? "Pause" : seconds > 0 ? "Go on" : "Start timer";
    if (button.textContent !== action) button.textContent = action;
    if (!over && seconds >= minutes * 60) {
      over = true;
      announce(document, `The ${minutes === 1 ? "minute is" : `${minutes} minutes are`} over`);
    }
    face.classList.toggle("dl-over", over);
  }
}
