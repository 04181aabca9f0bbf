/**
 * Runs Python. The only module that knows Pyodide.
 */

import completionSource from "../../src/dlsite/completion.py";
import hintsSource from "../../src/dlsite/hints.py";
import picturesSource from "../../src/dlsite/pictures.py";
import runnerSource from "../../src/dlsite/runner.py";
import { Batch } from "./batch.js";
import { downloader } from "./download.js";
import { Packages } from "./packages.js";

/**
 * @typedef {import("./protocol.js").FromWorker} FromWorker
 * @typedef {import("./protocol.js").ToWorker} ToWorker
 * @typedef {import("./protocol.js").Stage} Stage
 */

const PROGRESS_INTERVAL = 100; // ms
const RUNNER_FOLDER = "/lib/dlrunner";
// What the runner needs of the package it belongs to, and nothing else of it.
const RUNNER_FILES = {
  "__init__.py": "",
  "completion.py": completionSource,
  "hints.py": hintsSource,
  "pictures.py": picturesSource,
  "runner.py": runnerSource,
};

/** @typedef {import("pyodide").PyodideInterface} Pyodide */

/**
 * @typedef {object} Runner
 * @property {(code: string, cell: string, session: string | undefined,
 *   emit: (json: string) => void) => boolean} run
 * @property {(session: string) => void} forget
 * @property {(code: string, offset: number, session: string | undefined) => string} complete
 * @property {(code: string, offset: number, session: string | undefined) => string} explain
 */

/** @type {Promise<Runner> | undefined} */
let runner;
/** Set before the runner is there. @type {Packages} */
let packages;
/** The page's answer to what the cell that is about to run wants. @type {(yes: boolean) => void} */
let answer = () => {};

/** @param {FromWorker} message */
const post = (message) => self.postMessage(message);

/** @param {any} error what Pyodide throws is not always an Error */
const text = (error) => String(error?.message ?? error);

/** @param {MessageEvent<ToWorker>} event */
self.onmessage = async ({ data }) => {
  if (data.type === "init") {
    runner = load(data.runtime);
    try {
      await runner;
    } catch (error) {
      post({ type: "load-failed", message: text(error) });
    }
  } else if (data.type === "forget") {
    (await runner)?.forget(data.session);
  } else if (data.type === "load") {
    answer(data.yes);
  } else if (data.type === "ask") {
    const { id, what, code, offset, session } = data;
    let value = null;
    try {
      value = JSON.parse((await runner)?.[what](code, offset, session ?? undefined) ?? "null");
    } catch {
      // Nothing to suggest is an answer too; a run would say what is wrong.
    }
    post({ type: "answer", id, value });
  } else {
    const { id, code, cell, session } = data;
    const batch = new Batch(
      (events) => post({ type: "events", id, events }),
      () => performance.now(),
    );
    try {
      await runner;
      if (!(await loadImports(code, id))) return;
    } catch (error) {
      post({ type: "load-failed", id, message: text(error) });
      return;
    }
    try {
      (await runner)?.run(code, cell, session ?? undefined, (json) => batch.push(JSON.parse(json)));
    } catch (error) {
      // The runner reports what Python raises; only the end of the interpreter comes here.
      batch.flush();
      post({ type: "fatal", id, message: text(error).split("\n", 1)[0] });
    }
  }
};

/**
 * Loads what a cell imports and the page does not have yet.
 * @param {string} code
 * @param {number} id
 * @returns {Promise<boolean>} whether to run it
 */
async function loadImports(code, id) {
  const wanted = packages.wanted(code);
  if (wanted.length === 0) return true;
  const answered = new Promise((/** @type {(yes: boolean) => void} */ resolve) => (answer = resolve));
  post({ type: "wanted", id, names: wanted, bytes: packages.bytes(wanted) });
  if (!(await answered)) return false;
  let posted = -Infinity;
  let last = "";
  await packages.load(wanted, ({ name, file, done, total }) => {
    const now = performance.now();
    if (file === last && now - posted <= PROGRESS_INTERVAL) return;
    posted = now;
    last = file ?? "";
    const stage = file === null ? "packages" : "download";
    post({ type: "loading", id, name, stage, file, done, total });
  });
  post({ type: "loaded", id });
  return true;
}

/**
 * @param {string} base
 * @returns {Promise<Runner>}
 */
async function load(base) {
  let booted = false;
  let posted = -Infinity;
  let progress = { file: /** @type {string | null} */ ("runtime.json"), done: 0, total: 0 };
  const report = () => {
    posted = performance.now();
    /** @type {Stage} */
    let stage = "download";
    if (progress.file === null) stage = booted ? "packages" : "start";
    post({ type: "loading", stage, ...progress });
  };
  const downloads = downloader({
    base,
    fetch: self.fetch.bind(self),
    report: (now) => {
      // Should nothing more come, the file that was waited for last is the one to name.
      const due = now.file !== progress.file || performance.now() - posted > PROGRESS_INTERVAL;
      progress = now;
      if (due) report();
    },
  });

  report();
  const info = await downloads.info();
  const files = Object.keys(info.files).filter((file) => !file.endsWith("pyodide.mjs"));
  downloads.start(info, files);

  const { fetch } = self;
  self.fetch = downloads.fetch;
  try {
    const boot = async () => {
      const python = await start(base, downloads);
      booted = true;
      report();
      await python.loadPackage(info.packages, { messageCallback: () => {}, errorCallback: fail });
      return python;
    };
    const python = await /** @type {Promise<Pyodide>} */ (
      Promise.race([boot(), downloads.failure])
    );
    const loaded = install(python, info.packages);
    packages = optional(python, base, info, fetch);
    post({ type: "ready", python: info.python });
    return loaded;
  } catch (error) {
    // What Pyodide makes of a file that did not come is far from the cause.
    throw downloads.failed ?? error;
  } finally {
    self.fetch = fetch;
  }
}

/** @param {string} message */
function fail(message) {
  throw new Error(message);
}

/**
 * @param {string} base
 * @param {ReturnType<typeof downloader>} downloads
 * @returns {Promise<Pyodide>}
 */
async function start(base, downloads) {
  const { loadPyodide } = await module(`${base}pyodide.mjs`, "pyodide.mjs");
  // Through a blob, so that its bytes count and a failure is noticed like any other file's.
  const bytes = await downloads.bytes("pyodide.asm.mjs");
  const url = URL.createObjectURL(new Blob([bytes], { type: "text/javascript" }));
  const { default: createPyodideModule } = await module(url, "pyodide.asm.mjs");
  URL.revokeObjectURL(url);
  return loadPyodide({ indexURL: base, packageBaseUrl: base, createPyodideModule });
}

/**
 * @param {string} url
 * @param {string} file
 */
async function module(url, file) {
  try {
    return await import(url);
  } catch {
    throw new Error(`${file} did not load.`);
  }
}

/**
 * Imports what cells import first, so that the first run does not pay for it.
 * @param {Pyodide} python
 * @param {string[]} packages
 * @returns {Runner}
 */
function install(python, packages) {
  python.FS.mkdirTree(`${RUNNER_FOLDER}/dlsite`);
  for (const [name, source] of Object.entries(RUNNER_FILES)) {
    python.FS.writeFile(`${RUNNER_FOLDER}/dlsite/${name}`, source);
  }
  python.runPython(`import sys; sys.path.append("${RUNNER_FOLDER}")`);
  python.runPython('import os; os.environ["MPLBACKEND"] = "module://dlsite.pictures"');
  for (const name of packages) python.pyimport(name).destroy();
  return python.pyimport("dlsite.runner");
}

/**
 * @param {Pyodide} python
 * @param {string} base
 * @param {import("./download.js").RuntimeInfo} info
 * @param {typeof globalThis.fetch} fetch the browser's own
 */
function optional(python, base, info, fetch) {
  const finder = python.pyimport("pyodide.code");
  return new Packages({
    base,
    info,
    fetch: fetch.bind(self),
    // Of code with a syntax error, nothing: the run will say what is wrong.
    imports: (code) => {
      const found = finder.find_imports(code);
      const names = found.toJs();
      found.destroy();
      return names;
    },
    install: async (names, from) => {
      self.fetch = from;
      try {
        await python.loadPackage(names, { messageCallback: () => {}, errorCallback: fail });
      } finally {
        self.fetch = fetch;
      }
    },
  });
}
