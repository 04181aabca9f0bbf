/**
 * The worker's side of output: merges and batches events, and caps what one run may send.
 *
 * Python blocks the worker's thread, so no timer fires during a run: every flush happens from
 * `push`. A few events are sent at once, so that a line printed before a long computation is not
 * kept back until the next one; only a flood is batched.
 */

/**
 * @typedef {import("./protocol.js").RunEvent} RunEvent
 * @typedef {import("./protocol.js").ProgressEvent} ProgressEvent
 */

export const MAX_LINES = 2000;
export const MAX_CHARACTERS = 1_000_000;
export const MAX_DISPLAYS = 200;
const MAX_ERROR_CHARACTERS = 50_000;
const INTERVAL = 25; // ms between flushes once a flood is on
const BURST = 100; // flushes that may follow each other without waiting
const REFILL = 10; // ms to earn one of them back
const OMITTED_INTERVAL = 500; // ms between reports of what is left out

export class Batch {
  /** @type {RunEvent[]} */ #pending = [];
  #lines = 0;
  #characters = 0;
  #displays = 0;
  #midLine = false;
  #left = { lines: 0, characters: 0, displays: 0 };
  #leftReported = -Infinity;
  /** @type {Set<string>} */ #ids = new Set();
  #credit = BURST;
  #earned; // until when the credit is counted
  #flushed;

  /**
   * @param {(events: RunEvent[]) => void} post
   * @param {() => number} now milliseconds
   */
  constructor(post, now) {
    this.post = post;
    this.now = now;
    this.#flushed = this.#earned = now();
  }

  /** @param {RunEvent} event */
  push(event) {
    if (event.type === "stream") this.#stream(event);
    else if (event.type === "display") this.#display(event);
    else if (event.type === "error") this.#pending.push(shorten(event));
    else if (event.type === "progress") this.#progress(event);
    else if (event.type === "done") {
      this.#reportLeft();
      this.#pending.push(event);
    }
    const now = this.now();
    this.#credit = Math.min(BURST, this.#credit + (now - this.#earned) / REFILL);
    this.#earned = now;
    if (event.type === "done" || this.#credit >= 1 || now - this.#flushed >= INTERVAL) this.flush();
  }

  flush() {
    const now = this.now();
    if (this.#somethingLeft() && now - this.#leftReported >= OMITTED_INTERVAL) this.#reportLeft();
    if (this.#pending.length === 0) return;
    this.#credit = Math.max(0, this.#credit - 1);
    this.#flushed = now;
    const events = this.#pending;
    this.#pending = [];
    this.post(events);
  }

  /** @param {import("./protocol.js").StreamEvent} event */
  #stream({ name, text }) {
    const kept = this.#fit(text);
    if (kept.length < text.length) {
      this.#left.characters += text.length - kept.length;
      this.#left.lines += count(text, kept.length);
    }
    if (kept === "") return;
    const last = this.#pending.at(-1);
    if (last?.type === "stream" && last.name === name) last.text += kept;
    else this.#pending.push({ type: "stream", name, text: kept });
  }

  /**
   * The beginning of the text that the caps still allow. Nothing fits after a cut, so the output
   * never has a gap.
   * @param {string} text
   */
  #fit(text) {
    let end = Math.min(text.length, MAX_CHARACTERS - this.#characters);
    let at = 0;
    while (at < end) {
      if (!this.#midLine) {
        if (this.#lines === MAX_LINES) {
          end = at;
          break;
        }
        this.#lines += 1;
        this.#midLine = true;
      }
      const newline = text.indexOf("\n", at);
      if (newline === -1 || newline >= end) break;
      at = newline + 1;
      this.#midLine = false;
    }
    this.#characters += end;
    return end === text.length ? text : text.slice(0, end);
  }

  /** @param {import("./protocol.js").DisplayEvent} event */
  #display(event) {
    const { id } = event;
    if (id !== undefined) {
      const earlier = this.#pending.findIndex((e) => e.type === "display" && e.id === id);
      if (earlier !== -1) {
        this.#pending[earlier] = event;
        return;
      }
    }
    if (id === undefined || !this.#ids.has(id)) {
      const text = event.data["text/plain"];
      const size = typeof text === "string" ? text.length : 0;
      if (this.#displays >= MAX_DISPLAYS || this.#characters + size > MAX_CHARACTERS) {
        this.#left.displays += 1;
        return;
      }
      this.#displays += 1;
      this.#characters += size;
      if (id !== undefined) this.#ids.add(id);
    }
    this.#pending.push(event);
  }

  /** Only where a bar is now matters, not where it was. @param {ProgressEvent} event */
  #progress(event) {
    const earlier = this.#pending.findIndex((e) => e.type === "progress" && e.id === event.id);
    if (earlier === -1) this.#pending.push(event);
    else this.#pending[earlier] = event;
  }

  #somethingLeft() {
    return this.#left.characters > 0 || this.#left.displays > 0;
  }

  #reportLeft() {
    if (!this.#somethingLeft()) return;
    this.#leftReported = this.now();
    this.#pending.push({ type: "omitted", ...this.#left });
  }
}

/**
 * Lines in the text from a position on.
 * @param {string} text
 * @param {number} from
 */
function count(text, from) {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

/**
 * @param {import("./protocol.js").ErrorEvent} event
 * @returns {import("./protocol.js").ErrorEvent}
 */
function shorten(event) {
  /** @param {string} text */
  const cut = (text) =>
    text.length <= MAX_ERROR_CHARACTERS
      ? text
      : `${text.slice(0, MAX_ERROR_CHARACTERS / 2)}\n…\n${text.slice(-MAX_ERROR_CHARACTERS / 2)}`;
  return { ...event, message: cut(event.message), text: cut(event.text), full: cut(event.full) };
}
