/**
 * Runs Python. The only module that knows Pyodide.
 */

import completionSource from "../../src/dlsite/completion.py";
import hintsSource from "../../src/dlsite/hints.py";
import picturesSource from "../../src/dlsite/pictures.py";
import runnerSource from "../../src/dlsite/runner.py";
import { Batch } from "./batch.js";
import { downloader } from "./download.js";
import { Lazy } from "./lazy.js";
import { mend } from "./mend.js";
import { Packages } from "./packages.js";
import { SET_UP, writeRunner } from "./python.js";
import { ENVIRONMENT, identify, lay, loadLibraries, mount, PROGRAM, REFRESH, restore, unpack } from "./snapshot.js";

/**
 * @typedef {import("./protocol.js").FromWorker} FromWorker
 * @typedef {import("./protocol.js").ToWorker} ToWorker
 * @typedef {import("./protocol.js").Stage} Stage
 * @typedef {import("./protocol.js").InitMessage} InitMessage
 * @typedef {import("./protocol.js").Kept} Kept
 * @typedef {import("./download.js").RuntimeInfo} RuntimeInfo
 * @typedef {import("./snapshot.js").Snapshot} Snapshot
 * @typedef {ReturnType<typeof downloader>} Downloads
 */

const PROGRESS_INTERVAL = 100; // ms
const NO_WEBASSEMBLY =
  "This browser forbids WebAssembly, which Python needs here: allow it for this site, or use another browser. " +
  "What the page shows below its cells was computed when the site was built.";
const SOURCES = {
  __init__: "",
  completion: completionSource,
  hints: hintsSource,
  pictures: picturesSource,
  runner: runnerSource,
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

/** @param {FromWorker} message @param {Transferable[]} [given] */
const post = (message, given = []) => self.postMessage(message, { transfer: given });

/** @param {any} error what Pyodide throws is not always an Error */
const text = (error) => String(error?.message ?? error);

let started = false;
// A start that fails is told once: not again by each part of it that nobody waits for any longer.
self.addEventListener("unhandledrejection", (event) => {
  if (!started) event.preventDefault();
});

/** @param {MessageEvent<ToWorker>} event */
self.onmessage = async ({ data }) => {
  if (data.type === "init") {
    runner = load(data);
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
    /** @type {any} */ let value = null;
    try {
      const at = Array.from(code.slice(0, offset)).length; // Python counts characters, JavaScript halves of some
      value = JSON.parse((await runner)?.[what](code, at, session ?? undefined) ?? "null");
      if (value && what === "complete") value.from = Array.from(code).slice(0, value.from).join("").length;
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
 * Starts Python the fast way; should that fail, whatever the reason, the plain one.
 * @param {InitMessage} init
 * @returns {Promise<Runner>}
 */
async function load({ runtime, plain, kept }) {
  if (typeof WebAssembly === "undefined") throw new Error(NO_WEBASSEMBLY);
  if (plain) console.warn("Python starts without its snapshot, as the address of the page says.");
  else {
    try {
      return await mended(runtime, (start) => fast(start, kept));
    } catch (error) {
      console.warn(`Python starts without its snapshot: ${text(error)}`);
    }
  }
  return mended(runtime, slow);
}

/**
 * Starts Python, and once more where the device has lost a part of what it keeps.
 * @param {string} base
 * @param {(start: Start) => Promise<Started>} start
 * @returns {Promise<Runner>}
 */
async function mended(base, start) {
  try {
    return await starting(base, start);
  } catch (error) {
    const damaged = await mend(base, self.caches, self.fetch).catch(() => []);
    if (damaged.length === 0) throw error;
    console.warn(`Damaged on this device, and asked for again: ${damaged.join(", ")}.`);
    return starting(base, start);
  }
}

/**
 * A start of Python: its downloads, and how far it is.
 * @typedef {object} Start
 * @property {string} base
 * @property {Downloads} downloads
 * @property {(stage: Stage) => void} enter
 */

/**
 * What a start gives.
 * @typedef {{python: Pyodide, info: RuntimeInfo, kept?: Kept}} Started
 */

/**
 * @param {string} base
 * @param {(start: Start) => Promise<Started>} start
 * @returns {Promise<Runner>}
 */
async function starting(base, start) {
  let posted = -Infinity;
  /** @type {Stage} */ let entered = "start";
  let progress = { file: /** @type {string | null} */ ("runtime.json"), done: 0, total: 0 };
  const report = () => {
    posted = performance.now();
    post({ type: "loading", stage: progress.file === null ? entered : "download", ...progress });
  };
  const { fetch } = self;
  const { instantiateStreaming } = WebAssembly;
  const downloads = downloader({
    base,
    fetch: fetch.bind(self),
    report: (now) => {
      // Should nothing more come, the file that was waited for last is the one to name.
      const due = now.file !== progress.file || performance.now() - posted > PROGRESS_INTERVAL;
      progress = now;
      if (due) report();
    },
  });
  const enter = (/** @type {Stage} */ stage) => {
    entered = stage;
    report();
  };
  report();
  self.fetch = downloads.fetch;
  try {
    const { python, info, kept } = await /** @type {Promise<Started>} */ (
      Promise.race([start({ base, downloads, enter }), downloads.failure])
    );
    self.fetch = fetch;
    started = true;
    packages = optional(python, base, info, fetch);
    const runner = python.pyimport("dlsite.runner");
    const given = /** @type {ArrayBuffer[]} */ (kept ? [kept.memory.buffer] : []);
    post({ type: "ready", ...(kept && { kept }) }, given);
    return runner;
  } catch (error) {
    // What Pyodide makes of a file that did not come is far from the cause.
    throw downloads.failed ?? error;
  } finally {
    self.fetch = fetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}

/** What a start from the snapshot downloads, as the build lists it in `start`. */
const START = ["snapshot.json", "pyodide.asm.wasm", "libraries.bin.gz", "memory.zst", "pyodide-lock.json"];

/**
 * Puts back the memory of a Python that has imported what cells import first.
 * @param {Start} start
 * @param {Kept} [earlier] what an earlier worker of this page has kept
 * @returns {Promise<Started>}
 */
async function fast({ base, downloads, enter }, earlier) {
  const scripts = scriptsOf(base, downloads);
  const parts = earlier ?? download(downloads);
  const { wasm, libraries, memory, lock } = parts;
  const snapshot = await parts.snapshot;
  /** @type {Uint8Array | undefined} */ let unpacked;
  const [{ loadPyodide }, { default: createPyodideModule }] = await scripts;
  if (downloads.failed) throw downloads.failed; // given up: the next start must not meet this one
  // Pyodide asks for these; the first is being compiled, the other is asked for when it is read.
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const module = await wasm;
    const instance = await WebAssembly.instantiate(module, imports);
    identify(instance, snapshot.places);
    return { module, instance };
  };
  downloads.put("pyodide.asm.wasm", new Uint8Array());
  downloads.put("python_stdlib.zip", new Uint8Array());
  const loading = loadPyodide({
    indexURL: base,
    packageBaseUrl: base,
    lockFileContents: lock,
    env: { ...ENVIRONMENT },
    _loadSnapshot: bytesOf(snapshot.head),
    createPyodideModule: async (/** @type {any} */ settings) => {
      settings.thisProgram = PROGRAM;
      const module = await createPyodideModule(settings);
      const content = await memory;
      enter("packages");
      // The libraries are being compiled meanwhile.
      if (earlier) lay(module, snapshot, content);
      else unpacked = unpack(module, snapshot, content);
      const compiled = await libraries;
      loadLibraries(
        module,
        snapshot.libraries.map(({ path }, i) => ({ path, module: compiled[i] })),
      );
      restore(module, snapshot);
      return module;
    },
  });
  // Pyodide waits for good when the code cannot be compiled.
  /** @type {Promise<never>} */ const broken = new Promise((_, reject) => {
    Promise.resolve(wasm).catch(reject);
  });
  const python = await Promise.race([loading, broken]);
  const info = await parts.info;
  mount(python.FS, snapshot.archives, new Lazy({ base, info }).read);
  writeRunner(python.FS, SOURCES);
  for (const name of info.packages) python.loadedPackages[name] = "snapshot";
  python.runPython(REFRESH);
  if (!unpacked) return { python, info };
  /** @type {Kept} */
  const kept = {
    ...{ info, snapshot, lock: await lock, wasm: await wasm },
    ...{ libraries: await libraries, memory: unpacked },
  };
  return { python, info, kept };
}

/**
 * Downloads what a start from the snapshot needs, and compiles it while it arrives.
 * @param {Downloads} downloads
 */
function download(downloads) {
  // Nothing waits for the list of files, which is there in time to check them.
  downloads.expect(START);
  const info = downloads.info().then((found) => {
    downloads.start(found, found.start);
    return found;
  });
  const json = async (/** @type {string} */ file) => {
    await info;
    return JSON.parse(new TextDecoder().decode(await downloads.verified(file)));
  };
  /** @type {Promise<Snapshot>} */
  const snapshot = json("snapshot.json");
  const parts = {
    ...{ info, snapshot, lock: json("pyodide-lock.json") },
    wasm: WebAssembly.compileStreaming(downloads.response("pyodide.asm.wasm")),
    libraries: libraries(downloads, info, snapshot),
    memory: info.then(() => downloads.verified("memory.zst")),
  };
  // What fails is awaited later, or never, if something else fails before.
  for (const promise of Object.values(parts)) promise.catch(() => {});
  return parts;
}

/**
 * @param {Downloads} downloads
 * @param {Promise<RuntimeInfo>} info
 * @param {Promise<Snapshot>} snapshot
 */
async function libraries(downloads, info, snapshot) {
  await info;
  const packed = await downloads.verified("libraries.bin.gz");
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = await new Response(stream).arrayBuffer();
  let from = 0;
  const modules = (await snapshot).libraries.map(({ bytes: size }) => {
    from += size;
    return WebAssembly.compile(new Uint8Array(bytes, from - size, size));
  });
  return Promise.all(modules);
}

/**
 * Starts Python as Pyodide's documentation says: from the files as they are published.
 * @param {Start} start
 * @returns {Promise<Started>}
 */
async function slow({ base, downloads, enter }) {
  const scripts = scriptsOf(base, downloads);
  const info = await downloads.info();
  downloads.start(info, info.plain);
  const [{ loadPyodide }, { default: createPyodideModule }] = await scripts;
  /** @type {Pyodide} */
  const python = await loadPyodide({ indexURL: base, packageBaseUrl: base, createPyodideModule });
  enter("packages");
  const options = { messageCallback: () => {}, errorCallback: fail };
  await python.loadPackage(info.packages, options);
  writeRunner(python.FS, SOURCES);
  python.runPython(SET_UP);
  // What cells import first is imported now, so that the first run does not pay for it.
  for (const name of info.packages) python.pyimport(name).destroy();
  return { python, info };
}

/** @param {string} message */
function fail(message) {
  throw new Error(message);
}

/**
 * Pyodide's own scripts. From their address, because browsers keep compiled what comes from there.
 * @param {string} base
 * @param {Downloads} downloads
 */
function scriptsOf(base, downloads) {
  const scripts = ["pyodide.mjs", "pyodide.asm.mjs"].map(async (file) => {
    try {
      const module = await import(base + file);
      downloads.arrived(file);
      return module;
    } catch {
      throw new Error(`${file} did not load.`);
    }
  });
  const all = Promise.all(scripts);
  all.catch(() => {});
  return all;
}

/** @param {string} base64 */
function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/**
 * @param {Pyodide} python
 * @param {string} base
 * @param {RuntimeInfo} info
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
