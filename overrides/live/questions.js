/**
 * The site's questions as the build has written them: one list for choosing, and one small file for
 * what is shown of each answer.
 */

/** @typedef {import("./draw.js").Question} Question */
/** @typedef {{topics: Record<string, string>, levels: Record<string, string>, questions: Question[]}} Listing */
/** @typedef {{"short-answer": string, scoring: string, "follow-ups": string}} Excerpt HTML by part */

export class Questions {
  /** @type {Map<string, Promise<any>>} */ #asked = new Map();

  /**
   * @param {string} base the address of the folder
   * @param {(url: string) => Promise<Pick<Response, "ok" | "status" | "json">>} [load]
   */
  constructor(base, load = (url) => fetch(url)) {
    this.base = base;
    this.load = load;
  }

  /** @returns {Promise<Listing>} */
  list() {
    return this.#get("index");
  }

  /** @param {string} slug one of the list @returns {Promise<Excerpt>} */
  excerpt(slug) {
    return this.#get(slug);
  }

  /** @param {string} name */
  #get(name) {
    let asked = this.#asked.get(name);
    if (!asked) {
      asked = this.#fetch(name);
      // What failed is asked for anew next time.
      asked.catch(() => this.#asked.delete(name));
      this.#asked.set(name, asked);
    }
    return asked;
  }

  /** @param {string} name */
  async #fetch(name) {
    const response = await this.load(new URL(`${name}.json`, this.base).href);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return response.json();
  }
}
