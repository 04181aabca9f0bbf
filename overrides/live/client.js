/**
 * The page's side of the worker: one worker, one queue, the sessions, and Stop.
 *
 * A cell has at most one run in flight and one waiting; a new run of the same cell replaces the
 * waiting one. That is what coalesces a dragged slider and a Run button pressed fifty times.
 */

/**
 * @typedef {import("./protocol.js").FromWorker} FromWorker
 * @typedef {import("./protocol.js").ToWorker} ToWorker
 * @typedef {import("./protocol.js").Update} Update
 */

/**
 * @typedef {object} WorkerLike
 * @property {(message: ToWorker) => void} postMessage
 * @property {() => void} terminate
 * @property {((event: {data: FromWorker}) => void) | null} onmessage
 * @property {((event: {message?: string, preventDefault?: () => void}) => void) | null} onerror
 */

/** @typedef {{cell: string, code: string}} Source */

/**
 * @typedef {object} Request
 * @property {string} page the address of the page; with `cell` it identifies the cell
 * @property {string} cell
 * @property {string} code
 * @property {string | null} session
 * @property {Source[]} above the cells of the same session that stand above, from the top
 * @property {(update: Update) => void} listener
 */

/** @typedef {Request & {replayed: string[], todo: Source[]}} Run */
/** @typedef {{source: Source, id: number, run: Run, silent: boolean}} Flight */

/** Nothing heard for this long while loading, by stage, is a failure. */
export const STALL = { download: 30_000, start: 90_000, packages: 60_000 };

const NEVER_ASK = { needed: () => false, give() {} };

export class Client {
  /** @type {WorkerLike | null} */ #worker = null;
  /** @type {"none" | "asking" | "loading" | "ready"} */ #phase = "none";
  /** @type {{stage: import("./protocol.js").Stage, file: string | null, done: number,
   *   total: number, name?: string}} */
  #progress = { stage: "download", file: null, done: 0, total: 0 };
  /** @type {Run[]} */ #queue = [];
  /** @type {Flight | null} */ #flight = null;
  /** The packages that the run in flight waits for a yes to. @type {string[] | null} */
  #wanted = null;
  #ids = 0;
  /** Questions about code that wait for their answers. @type {Map<number, (v: any) => void>} */
  #asked = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #stall;
  /** The sessions that a stop has ended. @type {Set<string>} */ #lost = new Set();
  /** What the next worker need not download again. @type {import("./protocol.js").Kept | undefined} */
  #kept;
  /**
   * What has run in each session since the worker started: the code, and a serial number that
   * tells the order.
   * @type {Map<string, Map<string, {code: string, serial: number}>>}
   */
  #ran = new Map();

  /**
   * @param {object} options
   * @param {() => WorkerLike} options.createWorker
   * @param {string} options.runtime
   * @param {number} [options.bytes] what the first start downloads
   * @param {boolean} [options.plain] whether to start Python without its snapshot
   * @param {Pick<import("./connection.js").Consent, "needed" | "give">} [options.consent] whether
   *   to ask before
   * @param {() => Promise<boolean | void>} [options.renewed] whether the site has other files by now
   */
  constructor({ createWorker, runtime, bytes = 0, plain = false, consent = NEVER_ASK, renewed }) {
    this.createWorker = createWorker;
    this.runtime = runtime;
    this.bytes = bytes;
    this.plain = plain;
    this.consent = consent;
    this.renewed = renewed;
  }

  /** @param {Request} request */
  run(request) {
    const run = { ...request, replayed: [], todo: [] };
    // The code may be another one now, which wants nothing or something else.
    if (this.#wanted && this.#flight && same(this.#flight.run, request)) this.#answer(false);
    const waiting = this.#queue.findIndex((other) => same(other, request));
    if (waiting === -1) this.#queue.push(run);
    else this.#queue[waiting] = run;
    if (this.#phase === "none") {
      if (this.consent.needed()) this.#phase = "asking";
      else this.#start();
    }
    if (this.#phase === "asking") this.#ask();
    else if (this.#phase === "loading") this.#tellLoading(run);
    else if (this.#flight) request.listener({ type: "queued" });
    this.#next();
  }

  /** Starts Python for a run that is likely to come. Should that fail, the run tries again. */
  warm() {
    if (this.#phase === "none") this.#start();
  }

  /** The reader agrees to the download that a cell has asked for. */
  allow() {
    if (this.#wanted !== null) {
      for (const name of this.#wanted) this.consent.give(name);
      this.#answer(true);
      return;
    }
    this.consent.give();
    if (this.#phase !== "asking") return;
    this.#start();
    for (const run of this.#queue) this.#tellLoading(run);
  }

  /** The reader does not want the download now: nothing of what waits for it runs. */
  refuse() {
    if (this.#wanted !== null && this.#flight) {
      const { page, cell } = this.#flight.run;
      this.stop(page, cell);
    }
    if (this.#phase !== "asking") return;
    const runs = this.#queue;
    this.#queue = [];
    this.#phase = "none";
    for (const run of runs) run.listener({ type: "stopped" });
  }

  /**
   * Stops the cell's run, whatever it does, and forgets the one that waits behind it.
   * @param {string} page
   * @param {string} cell
   */
  stop(page, cell) {
    const key = { page, cell };
    const waiting = this.#queue.filter((run) => same(run, key));
    this.#queue = this.#queue.filter((run) => !same(run, key));
    const flight = this.#flight && same(this.#flight.run, key) ? this.#flight : null;
    if (flight && this.#wanted !== null) {
      this.#answer(false);
      flight.run.listener({ type: "stopped" });
      this.#next();
    } else if (flight) {
      // Only terminate() reaches a worker that is busy in a loop, and it works in every engine.
      for (const key of this.#ran.keys()) this.#lost.add(key);
      this.#kill();
      this.#start();
      flight.run.listener({ type: "stopped" });
      for (const run of this.#queue) this.#tellLoading(run);
    } else if (waiting.length > 0) {
      // Nobody waits for the download any longer: don't go on with it.
      if (this.#phase === "loading" && this.#queue.length === 0) this.#kill();
      waiting[0].listener({ type: "stopped" });
      if (this.#phase === "asking") this.#ask();
    }
  }

  /**
   * Asks about code that is being written. Answers only while Python is there and idle: nothing is
   * loaded for it, and a long run is not waited for.
   * @param {"complete" | "explain"} what
   * @param {{page: string, code: string, offset: number, session: string | null}} where
   * @returns {Promise<any>} null when there is no answer
   */
  ask(what, { page, code, offset, session }) {
    if (this.#phase !== "ready" || this.#flight) return Promise.resolve(null);
    const id = (this.#ids += 1);
    const key = session === null ? null : sessionKey({ page, session });
    this.#worker?.postMessage({ type: "ask", id, what, code, offset, session: key });
    return new Promise((resolve) => this.#asked.set(id, resolve));
  }

  /**
   * The page is gone: its runs are nobody's, its namespaces are dropped.
   * @param {string} page
   */
  leave(page) {
    const gone = this.#flight?.run.page === page;
    this.#queue = this.#queue.filter((run) => run.page !== page);
    if (this.#phase === "asking") this.#ask();
    if (gone) {
      this.#kill();
      this.#start();
      for (const run of this.#queue) this.#tellLoading(run);
      return;
    }
    for (const key of this.#ran.keys()) {
      if (!key.startsWith(`${page}#`)) continue;
      this.#ran.delete(key);
      this.#worker?.postMessage({ type: "forget", session: key });
    }
  }

  /** The first in the queue asks, and the others wait for the answer. */
  #ask() {
    const [first, ...others] = this.#queue;
    if (!first) this.#phase = "none";
    first?.listener({ type: "consent", bytes: this.bytes });
    for (const run of others) run.listener({ type: "queued" });
  }

  /** What the run in flight wants is loaded, or the run is over. @param {boolean} yes */
  #answer(yes) {
    const { id } = /** @type {Flight} */ (this.#flight);
    this.#wanted = null;
    if (!yes) this.#flight = null;
    this.#worker?.postMessage({ type: "load", id, yes });
  }

  #start() {
    const worker = this.createWorker();
    this.#worker = worker;
    this.#phase = "loading";
    this.#progress = { stage: "download", file: null, done: 0, total: 0 };
    worker.onmessage = ({ data }) => {
      if (worker === this.#worker) this.#hear(data);
    };
    worker.onerror = (event) => {
      event.preventDefault?.();
      if (worker !== this.#worker) return;
      if (this.#phase === "loading") this.#loadFailed("The script that runs Python did not load.");
      else this.#crashed(event.message ?? "");
    };
    const { runtime, plain } = this;
    worker.postMessage({ type: "init", runtime, plain, ...(this.#kept && { kept: this.#kept }) });
    this.#watch();
  }

  #kill() {
    clearTimeout(this.#stall);
    if (this.#worker) {
      this.#worker.onmessage = null;
      this.#worker.onerror = null;
      this.#worker.terminate();
    }
    this.#worker = null;
    this.#phase = "none";
    this.#flight = null;
    this.#wanted = null;
    this.#ran.clear();
    for (const answer of this.#asked.values()) answer(null);
    this.#asked.clear();
  }

  #watch() {
    clearTimeout(this.#stall);
    const { stage, file, name = "Python" } = this.#progress;
    this.#stall = setTimeout(() => {
      const seconds = STALL[stage] / 1000;
      const message =
        stage === "download"
          ? `Nothing of ${file ?? name} has arrived for ${seconds} seconds.`
          : `${name} did not start within ${seconds} seconds.`;
      if (this.#flight) this.#restart(message);
      else this.#loadFailed(message);
    }, STALL[stage]);
  }

  /** @param {FromWorker} message */
  #hear(message) {
    if ("id" in message && message.type !== "answer" && message.id !== this.#flight?.id) return;
    if (message.type === "loading") {
      this.#progress = message;
      this.#watch();
      for (const run of this.#flight ? [this.#flight.run] : this.#queue) this.#tellLoading(run);
    } else if (message.type === "wanted") {
      const { names, bytes } = message;
      this.#wanted = names;
      if (names.some((name) => this.consent.needed(name))) {
        this.#flight?.run.listener({ type: "consent", bytes, name: names.join(" and ") });
      } else this.#answer(true);
    } else if (message.type === "loaded") {
      clearTimeout(this.#stall);
      const { run, source, silent } = /** @type {Flight} */ (this.#flight);
      run.listener({ type: "running", replaying: silent ? source.cell : null, again: true });
    } else if (message.type === "ready") {
      clearTimeout(this.#stall);
      this.#phase = "ready";
      this.#kept = message.kept ?? this.#kept;
      this.#next();
    } else if (message.type === "load-failed" && this.#flight) {
      clearTimeout(this.#stall);
      const { run } = this.#flight;
      this.#flight = null;
      run.listener({ type: "failed", message: message.message });
      this.#next();
    } else if (message.type === "load-failed") {
      this.#loadFailed(message.message);
    } else if (message.type === "answer") {
      this.#asked.get(message.id)?.(message.value);
      this.#asked.delete(message.id);
    } else if (message.type === "fatal") {
      this.#crashed(message.message);
    } else {
      this.#events(message.events);
    }
  }

  /** @param {Run} run */
  #tellLoading(run) {
    const { stage, done, total, name } = this.#progress;
    run.listener({ type: "loading", stage, done, total, ...(name && { name }) });
  }

  /** @param {string} message */
  #loadFailed(message) {
    const runs = this.#queue;
    this.#queue = [];
    this.#kill();
    for (const run of runs) run.listener({ type: "failed", message });
  }

  /** @param {string} why */
  #crashed(why) {
    const reason = why ? ` (${why})` : "";
    this.#restart(`Python stopped${reason} and was started again.`);
  }

  /** The run in flight fails, and the others wait for a new worker. @param {string} message */
  #restart(message) {
    const run = this.#flight?.run;
    this.#kill();
    this.#start();
    run?.listener({ type: "failed", message });
    for (const waiting of this.#queue) this.#tellLoading(waiting);
  }

  #next() {
    if (this.#phase !== "ready" || this.#flight) return;
    const run = this.#queue.shift();
    if (!run) return;
    run.todo = this.#stale(run);
    this.#send(run);
    const first = this.#queue.length;
    for (let i = 0; i < first; i += 1) this.#queue[i].listener({ type: "queued" });
  }

  /**
   * The cells above that must run first: from the first one on that has not run, was edited, or
   * ran before one that stands above it, so that a session is always as if run from the top.
   * @param {Run} run
   */
  #stale(run) {
    const ran = this.#ran.get(sessionKey(run));
    let serial = 0;
    const first = run.above.findIndex(({ cell, code }) => {
      const mark = ran?.get(cell);
      if (!mark || mark.code !== code || mark.serial < serial) return true;
      serial = mark.serial;
      return false;
    });
    return first === -1 ? [] : run.above.slice(first);
  }

  /** @param {Run} run */
  #send(run) {
    const before = run.todo.shift();
    const source = before ?? { cell: run.cell, code: run.code };
    const id = (this.#ids += 1);
    this.#flight = { source, id, run, silent: before !== undefined };
    if (!before && run.replayed.length > 0) {
      run.listener({ type: "replayed", cells: run.replayed, afterStop: this.#lost.delete(sessionKey(run)) });
    }
    run.listener({ type: "running", replaying: before?.cell ?? null });
    const session = run.session === null ? null : sessionKey(run);
    this.#worker?.postMessage({ type: "run", id, ...source, session });
  }

  /** @param {import("./protocol.js").RunEvent[]} events */
  #events(events) {
    const flight = /** @type {Flight} */ (this.#flight);
    const { run, source, silent } = flight;
    const last = events.at(-1);
    const done = last?.type === "done" ? last : null;
    if (silent) {
      // The reader asked for the cell below: of this one only a failure matters.
      const error = events.find((event) => event.type === "error");
      if (error) {
        const text = `In cell ${source.cell}, which this one needs:\n${error.text}`;
        run.listener({ type: "events", events: [{ ...error, line: null, text }] });
      }
    } else if (events.length > (done ? 1 : 0)) {
      run.listener({ type: "events", events: done ? events.slice(0, -1) : events });
    }
    if (!done) return;
    this.#mark(run, source, done.ok);
    if (silent && done.ok) {
      run.replayed.push(source.cell);
      this.#send(run);
      return;
    }
    this.#flight = null;
    run.listener({ type: "done", ok: done.ok, seconds: done.seconds });
    this.#next();
  }

  /**
   * @param {Run} run
   * @param {Source} source
   * @param {boolean} ok
   */
  #mark(run, source, ok) {
    if (run.session === null) return;
    const key = sessionKey(run);
    const ran = this.#ran.get(key) ?? new Map();
    this.#ran.set(key, ran);
    if (ok) ran.set(source.cell, { code: source.code, serial: this.#ids });
    else ran.delete(source.cell);
  }
}

/**
 * @param {{page: string, cell: string}} a
 * @param {{page: string, cell: string}} b
 */
function same(a, b) {
  return a.page === b.page && a.cell === b.cell;
}

/**
 * Pages may use the same session name.
 * @param {{page: string, session: string | null}} run
 */
function sessionKey({ page, session }) {
  return `${page}#${session}`;
}
