/**
 * Runs Python. The only module that knows Pyodide.
 */

import runnerSource from "../../src/dlsite/runner.py";
import { Batch } from "./batch.js";
import { downloader } from "./download.js";

/**
 * @typedef {import("./protocol.js").FromWorker} FromWorker
 * @typedef {import("./protocol.js").ToWorker} ToWorker
 * @typedef {import("./protocol.js").Stage} Stage
 */

const PROGRESS_INTERVAL = 100; // ms
const RUNNER_FOLDER = "/lib/dlrunner";

/** @typedef {import("pyodide").PyodideInterface} Pyodide */

/**
 * @typedef {object} Runner
 * @property {(code: string, cell: string, session: string | undefined,
 *   emit: (json: string) => void) => boolean} run
 * @property {(session: string) => void} forget
 */

/** @type {Promise<Runner> | undefined} */
let runner;

/** @param {FromWorker} message */
const post = (message) => self.postMessage(message);

/** @param {unknown} error */
const text = (error) => (error instanceof Error ? error.message : String(error));

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
  } else {
    const { id, code, cell, session } = data;
    const batch = new Batch(
      (events) => post({ type: "events", id, events }),
      () => performance.now(),
    );
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
 * @param {string} base
 * @returns {Promise<Runner>}
 */
async function load(base) {
  /** @type {Stage} */
  let stage = "download";
  let posted = -Infinity;
  let progress = { file: /** @type {string | null} */ ("runtime.json"), done: 0, total: 0 };
  const report = () => {
    posted = performance.now();
    post({ type: "loading", stage, ...progress });
  };
  const downloads = downloader({
    base,
    fetch: self.fetch.bind(self),
    report: (now) => {
      progress = now;
      if (now.file === null && stage === "download") stage = "start";
      if (performance.now() - posted > PROGRESS_INTERVAL || now.file === null) report();
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
      stage = "packages";
      report();
      await python.loadPackage(info.packages, { messageCallback: () => {}, errorCallback: fail });
      return python;
    };
    const python = await /** @type {Promise<Pyodide>} */ (
      Promise.race([boot(), downloads.failure])
    );
    const loaded = install(python, info.packages);
    post({ type: "ready", python: info.python });
    return loaded;
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
  python.FS.mkdirTree(RUNNER_FOLDER);
  python.FS.writeFile(`${RUNNER_FOLDER}/runner.py`, runnerSource);
  python.runPython(`import sys; sys.path.append("${RUNNER_FOLDER}")`);
  for (const name of packages) python.pyimport(name).destroy();
  return python.pyimport("runner");
}
