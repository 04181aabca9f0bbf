/**
 * Downloads the runtime's files side by side, counts their bytes and hands them to whoever asks
 * for the same address with `fetch` later. Knows neither the page nor Pyodide.
 */

/**
 * `files` is what every start of Python needs; a package of `optional` comes when a cell imports
 * one of its `imports`, and `needs` names it with what it depends on.
 * @typedef {{bytes: number, sha256: string}} Sum
 * @typedef {Sum & {file: string, imports: string[], needs: string[]}} Optional
 * @typedef {{pyodide: string, python: string, packages: string[], files: Record<string, Sum>,
 *   optional?: Record<string, Optional>}} RuntimeInfo
 */

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
    const body = counted(response.body, file, count);
    // WebAssembly compiles while it downloads only from a response that says what it is.
    const type = file.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(body, { headers: { "Content-Type": type } });
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

    /** @param {Pick<RuntimeInfo, "files">} info @param {string[]} files */
    start(info, files) {
      for (const file of files) counts.set(file, { done: 0, total: info.files[file].bytes });
      for (const file of files) start(file);
      progress();
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
      const response = await (started.get(file) ?? start(file));
      started.delete(file); // a body can be read once
      if (!init?.integrity) return response;
      const bytes = await response.arrayBuffer();
      if (!(await intact(bytes, init.integrity))) {
        const error = new Error(`${file} is not the file it should be.`);
        fail(error);
        throw error;
      }
      return new Response(bytes);
    },

    /** A file's bytes, for an ES module that `import` could not count. @param {string} file */
    async bytes(file) {
      return (await this.fetch(base + file)).arrayBuffer();
    },
  };
}

/**
 * @param {ArrayBuffer} bytes
 * @param {string} integrity "sha256-…" as in a script's integrity attribute
 */
async function intact(bytes, integrity) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return integrity === `sha256-${btoa(String.fromCharCode(...digest))}`;
}
