/**
 * While a reader types, the page's time is theirs: what a running cell shows comes a little later.
 */

/** Milliseconds after a key until typing counts as over, and the longest that anything waits. */
const PAUSE = 120;
const MOST = 300;

let lastKey = -Infinity;

/** The reader has typed. */
export function typed() {
  lastKey = performance.now();
}

/** Whether the reader is typing. */
export function typing() {
  return performance.now() < lastKey + PAUSE;
}

/**
 * Calls back in a frame that no key waits for.
 * @param {() => void} callback
 */
export function onCalmFrame(callback) {
  const end = performance.now() + MOST;
  const wait = () => {
    const rest = Math.min(lastKey + PAUSE, end) - performance.now();
    if (rest > 0) setTimeout(wait, rest);
    // A hidden page has no frames.
    else if (document.hidden) setTimeout(callback, 50);
    else requestAnimationFrame(callback);
  };
  wait();
}
