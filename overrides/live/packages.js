/**
 * What a reader's cell imports besides NumPy and dlconcepts: found in its code, and downloaded then.
 * Knows neither the page nor how Python installs it.
 */

import { downloader, integrity } from "./download.js";

/**
 * @typedef {import("./download.js").RuntimeInfo} RuntimeInfo
 * @typedef {{name: string, file: string | null, done: number, total: number}} Progress
 */

export class Packages {
  /** @type {Set<string>} */ #loaded = new Set();

  /**
   * @param {object} options
   * @param {string} options.base absolute address of the runtime folder
   * @param {RuntimeInfo} options.info
   * @param {(code: string) => string[]} options.imports the modules that code imports
   * @param {(names: string[], fetch: typeof globalThis.fetch) => Promise<void>} options.install
   * @param {typeof globalThis.fetch} options.fetch
   */
  constructor({ base, info, imports, install, fetch }) {
    this.base = base;
    this.optional = info.optional ?? {};
    this.imports = imports;
    this.install = install;
    this.fetch = fetch;
  }

  /** The packages that the code imports and that are not there yet. @param {string} code */
  wanted(code) {
    const missing = Object.entries(this.optional).filter(
      ([name, { imports }]) => !this.#loaded.has(name) && imports.some((one) => code.includes(one)),
    );
    if (missing.length === 0) return [];
    const found = new Set(this.imports(code));
    return missing
      .filter(([, { imports }]) => imports.some((one) => found.has(one)))
      .map(([name]) => name);
  }

  /**
   * How much the download of packages and what they need would be.
   * @param {string[]} names
   */
  bytes(names) {
    return this.#missing(names).reduce((sum, part) => sum + part.bytes, 0);
  }

  /**
   * Downloads packages and what they need, all of it checked before any of it is installed, so that
   * a failure leaves Python as it was.
   * @param {string[]} names
   * @param {(progress: Progress) => void} report
   */
  async load(names, report) {
    const name = names.join(" and ");
    const parts = this.#missing(names);
    const files = Object.fromEntries(parts.map((part) => [part.file, part]));
    const abort = new AbortController();
    const downloads = downloader({
      base: this.base,
      fetch: (input) => this.fetch(input, { signal: abort.signal }),
      report: (now) => report({ name, ...now }),
    });
    downloads.start({ files }, Object.keys(files));
    /** @type {Map<string, ArrayBuffer>} */
    const bytes = new Map();
    const all = parts.map(async ({ file, sha256 }) => {
      const init = { integrity: integrity(sha256) };
      const response = await downloads.fetch(this.base + file, init);
      bytes.set(this.base + file, await response.arrayBuffer());
    });
    try {
      await Promise.race([Promise.all(all), downloads.failure]);
    } catch (error) {
      abort.abort();
      throw downloads.failed ?? error;
    }
    await this.install(names, async (input, init) => {
      const url = String(input instanceof Request ? input.url : input);
      return bytes.has(url) ? new Response(bytes.get(url)) : this.fetch(input, init);
    });
    for (const one of this.#needed(names)) this.#loaded.add(one);
  }

  /** @param {string[]} names */
  #needed(names) {
    return new Set(names.flatMap((one) => this.optional[one].needs));
  }

  /** @param {string[]} names */
  #missing(names) {
    const missing = [...this.#needed(names)].filter((one) => !this.#loaded.has(one));
    return missing.map((one) => this.optional[one]);
  }
}
