/**
 * Python as it was once everything that cells import first had been imported: the memory of
 * WebAssembly, taken when the site is built and put back when a reader's page starts Python.
 *
 * The build (src/dlsite/node/snapshot.mjs) and the browser load the extension modules of NumPy by
 * the same function, before anything of Python runs. So these are at the same addresses, in memory
 * and in the table of functions, and what the memory says of them holds.
 */

/**
 * The part of Emscripten's module that is used here.
 * @typedef {object} Emscripten
 * @property {Uint8Array} HEAPU8 another one after the memory has grown
 * @property {Uint32Array} HEAPU32
 * @property {WebAssembly.Table} wasmTable
 * @property {number[]} freeTableIndexes
 * @property {any} FS
 * @property {{loadedLibsByName: Record<string, any>, loadedLibsByHandle: Record<string, any>}} LDSO
 * @property {(name: string, handle: undefined, exports: unknown) => any} newDSO
 * @property {(module: WebAssembly.Module, flags: object, name: string, scope: object) => unknown}
 *   loadWebAssemblyModule
 * @property {(size: number) => unknown} growMemory
 * @property {() => number} _emscripten_get_sbrk_ptr
 * @property {(...addresses: number[]) => void} __tzset_js
 * @property {number} __PyRuntime an address
 * @property {number} __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET an address
 */

/** @typedef {{path: string, module: WebAssembly.Module}} Library */

/**
 * What the build says of a snapshot.
 *
 * The memory below `base` is as `loadLibraries` leaves it, but for the `patches`, each an address
 * and a length. What lies from `base` up to `top`, and the patches after it, are in memory.zst.
 * @typedef {object} Snapshot
 * @property {string} head what Pyodide wants to know of a snapshot, in Base64
 * @property {number} base
 * @property {number} top
 * @property {[number, number][]} patches
 * @property {[number, number][]} own what stays the page's own, as addresses and lengths
 * @property {number[]} zone where C keeps the time zone
 * @property {number} table the length of the table of functions
 * @property {number[][]} places what `placesOf` says
 * @property {Record<string, string>} handles the path of each library, by its handle in Python
 * @property {{path: string, bytes: number}[]} libraries in the order in which they are loaded
 * @property {Archive[]} archives what else is in the file system
 */

/**
 * A zip file: at `path` as it is, or unpacked into `folder`, with the length of each file.
 * @typedef {{file: string, bytes: number, path?: string, folder?: string,
 *   members?: [string, number][]}} Archive
 */

/**
 * What C's start copies into its memory: other values would shift all that comes behind. A fixed
 * seed of hashes makes a build repeatable; whom could a page attack with crafted keys but itself?
 */
export const ENVIRONMENT = { HOME: "/home/pyodide", LANG: "en_US.UTF-8", PYTHONHASHSEED: "0" };
export const PROGRAM = "./this.program";

const ALIGN = 64;
// Some engines have functions in the table that others lack, all before those of the libraries.
const SPARE = 64;
const FILE = 0o100644;
const IO_ERROR = 29;

/** @param {number} size */
const aligned = (size) => Math.ceil(size / ALIGN) * ALIGN;

/** The end of the memory that is in use. @param {Emscripten} wasm */
export function end(wasm) {
  return wasm.HEAPU32[wasm._emscripten_get_sbrk_ptr() >>> 2];
}

/**
 * Loads extension modules as Python's import would.
 * @param {Emscripten} wasm whose Python has not started
 * @param {Library[]} libraries
 */
export function loadLibraries(wasm, libraries) {
  const { length } = wasm.wasmTable;
  wasm.wasmTable.grow(Math.ceil(length / SPARE) * SPARE - length);
  for (const { path, module } of libraries) {
    const library = wasm.newDSO(path, undefined, "loading");
    library.refcount = Infinity; // never unloaded
    library.global = false; // its symbols are its own
    library.exports = wasm.loadWebAssemblyModule(module, {}, path, {});
  }
}

/**
 * Where in the table of functions those stand that Pyodide's own module exports.
 * @param {WebAssembly.Instance} main Python has not started
 * @returns {number[][]} for each such function its number among the exports, and its places: several, if the compiler
 *   has merged equal functions. Each number is less the one before it.
 */
export function placesOf({ exports }) {
  const table = tableOf(exports);
  /** @type {Map<unknown, number[]>} */ const places = new Map();
  for (let i = 0; i < table.length; i += 1) {
    const found = table.get(i);
    if (found) places.set(found, [...(places.get(found) ?? []), i]);
  }
  let before = 0;
  const lessBefore = (/** @type {number} */ value) => {
    const difference = value - before;
    before = value;
    return difference;
  };
  return Object.values(exports).flatMap((value, number) => {
    const at = places.get(value);
    places.delete(value); // it may have several names
    return at ? [[number, ...at].map(lessBefore)] : [];
  });
}

/**
 * Lets the table give the exported function where that stands. In JavaScriptCore (Safari) it gives another object, so
 * that Pyodide does not find the function, and gives it a further place: all later addresses would be others than in
 * the snapshot.
 * @param {WebAssembly.Instance} main Python has not started
 * @param {number[][]} places
 */
export function identify({ exports }, places) {
  const table = tableOf(exports);
  const functions = Object.values(exports);
  /** @type {Map<number, unknown>} */ const known = new Map();
  let last = 0;
  for (const [number, ...at] of places) {
    const value = functions[(last += number)];
    for (const place of at) known.set((last += place), value);
  }
  const get = table.get.bind(table);
  table.get = (index) => known.get(index) ?? get(index);
}

/** @param {WebAssembly.Exports} exports */
const tableOf = (exports) =>
  /** @type {WebAssembly.Table} */ (exports.__indirect_function_table);

/** @param {Snapshot} snapshot */
const lengthOf = ({ base, top, patches }) =>
  patches.reduce((sum, [, size]) => sum + size, top - base);

/**
 * Unpacks memory.zst to where it belongs, or behind. The libraries' memory lies before.
 * @param {Emscripten} wasm whose Python has not started
 * @param {Snapshot} snapshot
 * @param {Uint8Array} packed the content of memory.zst
 * @returns {Uint8Array} what `lay` does the same with later, in less time
 */
export function unpack(wasm, snapshot, packed) {
  const { base } = snapshot;
  const length = lengthOf(snapshot);
  // Zstandard is among what Pyodide has in itself, and works without a Python that has started.
  const main = wasm.LDSO.loadedLibsByName.__main__.exports;
  const source = aligned(base + length);
  const context = aligned(source + packed.length);
  const needed = main.ZSTD_estimateDCtxSize();
  const limit = context + needed;
  if (wasm.HEAPU8.length < limit) wasm.growMemory(limit);
  wasm.HEAPU8.set(packed, source);
  const decoder = main.ZSTD_initStaticDCtx(context, needed);
  const got = main.ZSTD_decompressDCtx(decoder, base, length, source, packed.length);
  if (got !== length) throw new Error("the snapshot cannot be unpacked");
  wasm.HEAPU8.fill(0, source, limit);
  return wasm.HEAPU8.slice(base, base + length);
}

/**
 * Does what `unpack` does, from what it has returned.
 * @param {Emscripten} wasm
 * @param {Snapshot} snapshot
 * @param {Uint8Array} unpacked
 */
export function lay(wasm, { base }, unpacked) {
  const limit = base + unpacked.length;
  if (wasm.HEAPU8.length < limit) wasm.growMemory(limit);
  wasm.HEAPU8.set(unpacked, base);
}

/**
 * Puts the memory back, once it is unpacked and the libraries are loaded.
 * @param {Emscripten} wasm
 * @param {Snapshot} snapshot
 */
export function restore(wasm, { base, top, patches, own, zone, table, handles }) {
  if (end(wasm) !== base || wasm.wasmTable.length !== table) {
    throw new Error("the snapshot is of another memory");
  }
  const putBack = takeOut(wasm, own);
  const memory = wasm.HEAPU8;
  let from = top;
  for (const [address, size] of patches) {
    memory.copyWithin(address, from, from + size);
    from += size;
  }
  memory.fill(0, top, from);
  putBack();
  wasm.__tzset_js(...zone);
  const { loadedLibsByHandle, loadedLibsByName } = wasm.LDSO;
  for (const [handle, path] of Object.entries(handles)) {
    loadedLibsByHandle[handle] = loadedLibsByName[path];
  }
}

/**
 * Takes out of the memory what is another thing in each page: seeds of random numbers, the time of
 * the start, and by which way CPython calls functions of C, which depends on the engine.
 * @param {Emscripten} wasm
 * @param {[number, number][]} own
 * @returns {() => void} puts it back
 */
export function takeOut(wasm, own) {
  const offset = wasm.HEAPU32[wasm.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET >>> 2];
  const places = [...own, [wasm.__PyRuntime + offset, 4]];
  const kept = places.map(([at, length]) => wasm.HEAPU8.slice(at, at + length));
  for (const [at, length] of places) wasm.HEAPU8.fill(0, at, at + length);
  return () => places.forEach(([at], i) => wasm.HEAPU8.set(kept[i], at));
}

/** Python code for after a start: what must not be the same in every page. */
export const REFRESH = `
def refresh():
    import random, sys, time
    random.seed()
    # From words, which takes no time: without an argument it is 70 ms.
    sys.modules["numpy"].random.seed([random.getrandbits(32) for _ in range(8)])
    # The zone of the build: time has no tzset() here, and looks at the zone when it is imported.
    year = time.gmtime().tm_year
    january, july = (time.localtime(time.mktime((year, m, 1, 12, 0, 0, 0, 1, -1))) for m in (1, 7))
    winter, summer = sorted((january, july), key=lambda t: t.tm_gmtoff)
    time.tzname = winter.tm_zone, summer.tm_zone
    time.timezone, time.altzone = -winter.tm_gmtoff, -summer.tm_gmtoff
    time.daylight = int(winter.tm_gmtoff != summer.tm_gmtoff)

refresh()
del refresh
`;

/**
 * Fills the file system with files whose content is there once it is asked for.
 * @param {any} FS
 * @param {Archive[]} archives
 * @param {(archive: Archive, member: string | null) => Uint8Array} read
 */
export function mount(FS, archives, read) {
  const made = new Set();
  for (const archive of archives) {
    if (archive.path) lazy(FS, archive.path, archive.bytes, () => read(archive, null));
    for (const [member, bytes] of archive.members ?? []) {
      const path = `${archive.folder}/${member}`;
      const folder = path.slice(0, path.lastIndexOf("/"));
      if (!made.has(folder)) FS.mkdirTree(folder);
      made.add(folder);
      lazy(FS, path, bytes, () => read(archive, member));
    }
  }
}

/**
 * @param {any} FS
 * @param {string} path
 * @param {number} bytes
 * @param {() => Uint8Array} read
 */
function lazy(FS, path, bytes, read) {
  const there = FS.analyzePath(path);
  const node = there.exists ? there.object : FS.mknod(path, FILE, 0);
  /** @param {Uint8Array} value */
  const set = (value) => {
    Object.defineProperty(node, "contents", { value, writable: true, configurable: true });
    return value;
  };
  const get = () => {
    try {
      return set(read());
    } catch (error) {
      console.warn(`${path} cannot be read: ${/** @type {Error} */ (error).message}`);
      throw new FS.ErrnoError(IO_ERROR); // Python raises OSError
    }
  };
  node.usedBytes = bytes;
  Object.defineProperty(node, "contents", { get, set, configurable: true });
}
