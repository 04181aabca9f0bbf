/**
 * Downloads the runtime's files side by side, counts their bytes and hands them to whoever asks
 * for the same address with `fetch` later. Knows neither the page nor Pyodide.
 */

/**
 * Of `files`, those of `start` are what a start from the snapshot needs, and those of `plain` one
 * without it. A package of `optional` comes when a cell imports one of its `imports`, and `needs`
 * names it with what it depends on.
 * @typedef {{bytes: number, sha256: string}} Sum
 * @typedef {Sum & {file: string, imports: string[], needs: string[]}} Optional
 * @typedef {{pyodide: string, python: string, packages: string[], files: Record<string, Sum>,
 *   start: string[], plain: string[], optional?: Record<string, Optional>}} RuntimeInfo
 */

/** What the browser itself loads. */
const SCRIPT = /\.mjs$/;

/**
 * @param {object} options
 * @param {string} options.base absolute address of the runtime folder
 * @param {typeof globalThis.fetch} options.fetch
 * @param {(progress: {file: string | null, done: number, total: number}) => void} options.report
 */
export function downloader({ base, fetch, report }) {
  /** @type {Map<string, Promise<Response>>} */
  const started = new Map();
  /** @type {Map<string, {done: number, total: number}>} */
  const counts = new Map();
  /** @type {Record<string, Sum>} */
  let sums = {};
  /** What came before its length was known. @type {Set<string>} */
  const early = new Set();
  /** @type {Error | undefined} */
  let failed;
  /** @type {(error: Error) => void} */
  let reject = () => {};
  /** Rejects with the first download that fails, also one that Pyodide only logs. */
  const failure = new Promise((_, no) => {
    reject = no;
  });
  failure.catch(() => {});

  /** @param {Error} error */
  function fail(error) {
    failed ??= error;
    reject(failed);
  }

  function progress() {
    let done = 0;
    let total = 0;
    let file = null;
    for (const [name, count] of counts) {
      // A file may be larger than announced; more than everything would look broken.
      done += Math.min(count.done, count.total);
      total += count.total;
      if (file === null && count.done < count.total) file = name;
    }
    report({ file, done, total });
  }

  /** @param {string} file @returns {Promise<Response>} */
  async function open(file) {
    let response;
    try {
      response = await fetch(base + file);
    } catch {
      throw new Error(`${file} did not load: the network failed.`);
    }
    if (!response.ok) throw new Error(`${file} did not load: HTTP ${response.status}.`);
    const count = counts.get(file);
    if (!count || !response.body) return response;
    if (file.endsWith(".wasm")) {
      // Browsers keep compiled what they compile from a response of their own: count in a copy.
      drain(counted(/** @type {any} */ (response.clone().body), file, count));
      return response;
    }
    return new Response(counted(response.body, file, count));
  }

  /**
   * Reads on, whether or not anybody takes the bytes yet: what counts is what has arrived.
   * @param {ReadableStream<Uint8Array>} body
   * @param {string} file
   * @param {{done: number, total: number}} count
   * @returns {ReadableStream<Uint8Array>}
   */
  function counted(body, file, count) {
    const reader = body.getReader();
    return new ReadableStream({
      async start(controller) {
        try {
          for (let part = await reader.read(); !part.done; part = await reader.read()) {
            count.done += part.value.byteLength;
            controller.enqueue(part.value);
            progress();
          }
          if (count.done < count.total) throw new Error("too short");
          controller.close();
        } catch {
          const error = new Error(`${file} did not load: only a part of it arrived.`);
          fail(error);
          controller.error(error);
        }
      },
      cancel: () => reader.cancel(),
    });
  }

  /** @param {string} file */
  function start(file) {
    const response = open(file);
    response.catch(fail);
    started.set(file, response);
    return response;
  }

  /** @param {string} file */
  async function take(file) {
    const response = await (started.get(file) ?? start(file));
    started.delete(file); // a body can be read once
    return response;
  }

  /**
   * @param {string} file
   * @param {ArrayBuffer} bytes
   * @param {string} wanted
   */
  async function checked(file, bytes, wanted) {
    if (await intact(bytes, wanted)) return bytes;
    const error = new Error(`${file} is not the file it should be.`);
    fail(error);
    throw error;
  }

  return {
    failure,

    /** What `failure` rejected with, for whoever sees only what came of it. */
    get failed() {
      return failed;
    },

    /** @returns {Promise<RuntimeInfo>} */
    async info() {
      const response = await open("runtime.json");
      try {
        return await response.json();
      } catch {
        throw new Error("runtime.json did not load: it is not valid.");
      }
    },

    /** Starts files whose lengths are not known yet: `start` tells them. @param {string[]} files */
    expect(files) {
      for (const file of files) counts.set(file, { done: 0, total: 0 });
      for (const file of files) start(file);
    },

    /** @param {Pick<RuntimeInfo, "files">} info @param {string[]} files */
    start(info, files) {
      sums = info.files;
      for (const file of files) {
        const total = info.files[file].bytes;
        const expected = counts.get(file);
        if (expected) expected.total = total;
        else {
          counts.set(file, { done: early.has(file) ? total : 0, total });
          if (!SCRIPT.test(file)) start(file);
        }
      }
      progress();
    },

    /** A file that the browser loads by itself, as a script, has come. @param {string} file */
    arrived(file) {
      early.add(file);
      const count = counts.get(file);
      if (count) count.done = count.total;
      progress();
    },

    /** Has `fetch` give this for a file. @param {string} file @param {Uint8Array<ArrayBuffer>} bytes */
    put(file, bytes) {
      started.set(file, Promise.resolve(new Response(bytes)));
    },

    /**
     * Takes the place of `fetch` while Pyodide loads.
     * @param {string | URL | Request} input
     * @param {RequestInit} [init]
     * @returns {Promise<Response>}
     */
    async fetch(input, init) {
      const url = String(input instanceof Request ? input.url : input);
      if (!url.startsWith(base)) return fetch(input, init);
      const file = url.slice(base.length);
      // A copy: a start that was given up may still be asking, for what the next one needs.
      const response = (await take(file)).clone();
      if (!init?.integrity) return response;
      return new Response(await checked(file, await response.arrayBuffer(), init.integrity));
    },

    /** A file while it arrives. @param {string} file */
    response: take,

    /** A file's bytes, if they are those that the build has made. @param {string} file */
    async verified(file) {
      const bytes = await (await take(file)).arrayBuffer();
      return new Uint8Array(await checked(file, bytes, integrity(sums[file].sha256)));
    },
  };
}

/** @param {ReadableStream<Uint8Array>} stream whose failure is told elsewhere */
async function drain(stream) {
  const reader = stream.getReader();
  try {
    while (!(await reader.read()).done);
  } catch {
    // Told by then.
  }
}

/** @param {string} hex @returns {string} as in a script's integrity attribute */
export function integrity(hex) {
  const bytes = hex.match(/../g)?.map((pair) => parseInt(pair, 16)) ?? [];
  return `sha256-${btoa(String.fromCharCode(...bytes))}`;
}

/**
 * @param {ArrayBuffer} bytes
 * @param {string} integrity "sha256-…" as in a script's integrity attribute
 */
export async function intact(bytes, integrity) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return integrity === `sha256-${btoa(String.fromCharCode(...digest))}`;
}
