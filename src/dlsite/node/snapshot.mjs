// Starts Python in Pyodide, imports what cells import first, and writes what the browser needs to
// go on from there.
//
//   node snapshot.mjs CORE RUNNER OUT WHEEL...
//
// CORE: folder of the npm package pyodide. RUNNER: folder of the runner's files. The WHEELS, byte-
// compiled, are NumPy and dlconcepts. OUT gets three files: snapshot.json, the description;
// libraries.bin.gz, NumPy's extension modules one after the other; memory.zst, the memory.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { unzipSync } from "fflate";

import { RUNNER_FILES, SET_UP, SITE, writeRunner } from "../../../overrides/live/python.js";
import { end, ENVIRONMENT, loadLibraries, PROGRAM, takeOut } from "../../../overrides/live/snapshot.js";

/**
 * @typedef {import("../../../overrides/live/snapshot.js").Emscripten} Emscripten
 * @typedef {import("../../../overrides/live/snapshot.js").Archive} Archive
 */

const LEVEL = 19; // 22 takes twice as long for 1 % less
const [LARGEST, SMALLEST] = [65536, 8]; // bytes of memory that are wiped at a time
const PATCH = 256; // bytes of memory that are compared at a time
// Runs a bit of everything, so that what the standard library imports late is there as well.
const REHEARSAL = `
import gc, importlib, pkgutil, sys
import numpy, numpy.fft, numpy.linalg, numpy.random
import dlconcepts
for module in pkgutil.walk_packages(dlconcepts.__path__, "dlconcepts."):
    if not module.name.rpartition(".")[2].startswith("_"):
        importlib.import_module(module.name)
from dlsite import runner
import pyodide.code

def rehearse():
    cells = [
        "import numpy as np\\nrng = np.random.default_rng(0)\\nprint(rng.normal(size=3))\\nrng.random()",
        "from dlconcepts import plot\\nplot.lines([1.0, 2.0], {'a': [1.0, 2.0]}, x='x', y='y')",
        "import warnings\\nwarnings.warn('a warning')",
        "import numpy as np\\nnp.ones(2) @ np.ones(3)",
        "import numpy as np\\nnp.linalg.inv(np.zeros((2, 2)))",
        "nump", "1 +", "import nothing", "for x in track([1]): pass",
    ]
    for cell in cells:
        runner.run(cell, "rehearsal", None, lambda event: None)
    runner.complete("import numpy as np\\nnp.li", 24, None)
    runner.complete("from dlconcepts import lo", 25, None)
    runner.explain("import numpy as np\\nnp.linalg.inv", 32, None)
    pyodide.code.find_imports("import numpy")
    runner.run("", "rehearsal", None, lambda event: None)
    runner.forget()

rehearse()
del rehearse
`;
const TIDY = `
import gc, linecache, os, re, sys
linecache.clearcache()
re.purge()
del os.environ["PYTHONHASHSEED"]
for name in ("__warningregistry__",):
    for module in list(sys.modules.values()):
        getattr(module, "__dict__", {}).pop(name, None)
del name, module
sys._clear_internal_caches()
gc.collect()
# Whatever lives now lives on: collections of garbage in cells need not look at it.
gc.freeze()
`;

/** Time and randomness as Python sees them: fixed, so that the snapshot is always the same. */
const fixed = { date: Number(process.env.SOURCE_DATE_EPOCH) * 1000, clock: 1000, random: 7 };

function fixTime() {
  const { Date: RealDate } = globalThis;
  globalThis.Date = /** @type {any} */ (
    class extends RealDate {
      /** @param {...any} parts */
      constructor(...parts) {
        // @ts-expect-error the parts are those of a date
        super(...(parts.length ? parts : [fixed.date]));
      }

      static now() {
        return fixed.date;
      }
    }
  );
  performance.now = () => fixed.clock;
  process.env.TZ = "UTC";
  const crypto = createRequire(import.meta.url)("node:crypto");
  /** @param {Uint8Array} view */
  crypto.randomFillSync = (view) => view.fill(fixed.random);
}

/**
 * Starts Pyodide.
 * @param {{name: string, module: WebAssembly.Module}[]} libraries loaded before Python starts
 */
async function start(libraries) {
  /** @type {Emscripten} */ let wasm = /** @type {any} */ (undefined);
  let base = new Uint8Array();
  let table = 0;
  /** @type {number[]} */ let zone = [];
  const python = await loadPyodide({
    indexURL: `${core}/`,
    env: { ...ENVIRONMENT },
    _makeSnapshot: true,
    createPyodideModule: async (/** @type {any} */ settings) => {
      settings.thisProgram = PROGRAM;
      settings.preRun.push((/** @type {Emscripten} */ module) => (wasm = module));
      const { instantiateWasm } = settings;
      settings.instantiateWasm = (/** @type {any} */ imports, /** @type {unknown} */ done) => {
        const { _tzset_js: set } = imports.env;
        imports.env._tzset_js = (/** @type {number[]} */ ...addresses) => {
          zone = addresses;
          set(...addresses);
        };
        return instantiateWasm(imports, done);
      };
      settings.onRuntimeInitialized = () => {
        loadLibraries(wasm, libraries.map(({ name, module }) => ({ path: `${SITE}/${name}`, module })));
        const putBack = takeOut(wasm, []);
        base = wasm.HEAPU8.slice(0, end(wasm));
        putBack();
        table = wasm.wasmTable.length;
      };
      return createPyodideModule(settings);
    },
  });
  return { python, wasm, base, table, zone };
}

/**
 * Fills what Python has given back with zeros: what was there packs badly, and nobody reads it again.
 * @param {Emscripten} wasm
 */
function wipe(wasm) {
  const { malloc, free } = wasm.LDSO.loadedLibsByName.__main__.exports;
  const taken = [];
  for (let size = LARGEST; size >= SMALLEST; size /= 2) {
    // Free blocks come first; the memory grows when there are none left.
    for (const before = end(wasm); end(wasm) === before; ) {
      const at = malloc(size);
      wasm.HEAPU8.fill(0, at, at + size);
      taken.push(at);
    }
  }
  for (const at of taken) free(at);
}

/** Imports what cells import. @param {any} python */
function prepare(python) {
  for (const { files } of wheels) {
    for (const [name, content] of Object.entries(files)) {
      const path = `${SITE}/${name}`;
      python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
      python.FS.writeFile(path, content);
    }
  }
  writeRunner(python.FS, sources);
  python.runPython("import importlib; importlib.invalidate_caches()");
  python.runPython(SET_UP);
  python.runPython(REHEARSAL);
}

/**
 * Where two memories differ.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 * @param {number} size of what is compared at a time
 */
function differences(one, other, size) {
  /** @type {[number, number][]} */ const found = [];
  for (let at = 0; at < one.length; at += size) {
    const until = Math.min(at + size, one.length);
    if (Buffer.compare(one.subarray(at, until), other.subarray(at, until)) === 0) continue;
    const last = found.at(-1);
    if (last && last[0] + last[1] === at) last[1] += until - at;
    else found.push([at, until - at]);
  }
  return found;
}

const [core, runner, out, ...paths] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${core}/pyodide.mjs`).href);
const { default: createPyodideModule } = await import(pathToFileURL(`${core}/pyodide.asm.mjs`).href);

const wheels = paths.map((path) => {
  const packed = readFileSync(path);
  return { file: basename(path), bytes: packed.length, files: unzipSync(packed) };
});
const sources = Object.fromEntries(
  RUNNER_FILES.map((name) => [
    name,
    name === "__init__" ? "" : readFileSync(join(runner, `${name}.py`), "utf8"),
  ]),
);
fixTime();

// Which extension modules there are to load, and in which order, is known only after a first time.
const first = await start([]);
prepare(first.python);
const names = Object.keys(first.wasm.LDSO.loadedLibsByName)
  .filter((name) => name.startsWith(`${SITE}/`))
  .map((name) => name.slice(SITE.length + 1));
const libraries = names.map((name) => {
  const bytes = wheels.map(({ files }) => files[name]).find(Boolean);
  if (!bytes) throw new Error(`${name} is in no wheel`);
  return { name, bytes, module: new WebAssembly.Module(bytes) };
});

const { python, wasm, base, table, zone } = await start(libraries);
prepare(python);
python.runPython(TIDY);
wipe(wasm);
const loaded = Object.keys(wasm.LDSO.loadedLibsByName).length - 1;
if (loaded !== libraries.length) throw new Error("other extension modules at the second time");
// A slot that was used and is free again does not matter; one in use would be missing in the page.
const more = wasm.wasmTable.length - table;
if (more !== wasm.freeTableIndexes.length) throw new Error("Python has added functions");


// What is not the same at another time, with other random numbers, each page has of its own.
Object.assign(fixed, { date: 1e12, clock: 123_456_789, random: 211 });
const later = await start(libraries);
const own = differences(base, later.base, 8);
takeOut(wasm, own);
for (const [at, length] of own) base.fill(0, at, at + length);

const pyodideSnapshot = python.makeMemorySnapshot();
const [, headLength] = new Uint32Array(pyodideSnapshot.buffer, 0, 2);
const top = end(wasm);
const patches = differences(base, wasm.HEAPU8, PATCH);
const memory = Buffer.concat([
  wasm.HEAPU8.subarray(base.length, top),
  ...patches.map(([address, length]) => wasm.HEAPU8.subarray(address, address + length)),
]);

const stdlib = readFileSync(`${core}/python_stdlib.zip`).length;
/** @type {Archive[]} */
const archives = [
  { file: "python_stdlib.zip", bytes: stdlib, path: "/lib/python314.zip" },
  ...wheels.map(({ file, bytes, files }) => ({
    ...{ file, bytes, folder: SITE },
    members: Object.entries(files)
      .filter(([name]) => !name.endsWith("/"))
      .map(([name, { length }]) => /** @type {[string, number]} */ ([name, length])),
  })),
];
/** @type {import("../../../overrides/live/snapshot.js").Snapshot} */
const snapshot = {
  head: Buffer.from(pyodideSnapshot.subarray(0, headLength)).toString("base64"),
  ...{ base: base.length, top, patches, own, zone, table },
  handles: Object.fromEntries(
    Object.entries(wasm.LDSO.loadedLibsByHandle)
      .filter(([handle]) => handle !== "0")
      .map(([handle, { name }]) => [handle, name]),
  ),
  libraries: libraries.map(({ name, bytes }) => ({ path: `${SITE}/${name}`, bytes: bytes.length })),
  archives,
};

writeFileSync(join(out, "snapshot.json"), `${JSON.stringify(snapshot)}\n`);
const packed = gzipSync(Buffer.concat(libraries.map(({ bytes }) => bytes)), { level: 9 });
writeFileSync(join(out, "libraries.bin.gz"), packed);

// Node.js 20 has no Zstandard; the Python inside Pyodide does.
first.python.FS.writeFile("/memory", memory);
const compressed = first.python.runPython(`
from compression import zstd
from pathlib import Path
from pyodide.ffi import to_js

p = zstd.CompressionParameter
options = {p.compression_level: ${LEVEL}, p.checksum_flag: 1, p.window_log: 25}
to_js(zstd.compress(Path("/memory").read_bytes(), options=options))
`);
writeFileSync(join(out, "memory.zst"), compressed);
