/**
 * Whose code a cell shows: the page's own, the reader's draft, or what came with a link; and the ways
 * between them.
 */

import { copyText, linkField } from "./dom.js";

/** @typedef {import("./drafts.js").Drafts} Drafts */
/** @typedef {import("./notices.js").Notices} Notices */

/** A draft is written when the reader pauses: writing waits for the disk. */
const KEEP_DELAY = 300;
const CAME = "This code came with the link";
const KIND = "code";

/**
 * What it needs of the cell.
 * @typedef {object} Host
 * @property {string} page
 * @property {string} name
 * @property {Document} document
 * @property {string} original
 * @property {string} code
 * @property {Notices} notices
 * @property {(code: string) => void} show shows code that the reader did not write just now
 * @property {() => void} onChange whose code it is has changed
 * @property {() => void} onReturn the reader has chosen; the button pressed for it is gone
 */

export class Keeping {
  #lent = false; // the code came with a link: not the reader's, and not kept
  #kept = true;
  /** The reader's edit of an older original. @type {string | undefined} */ #outdated;
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #waiting;

  /** @param {Host} host @param {Drafts} drafts */
  constructor(host, drafts) {
    this.host = host;
    this.drafts = drafts;
  }

  /** How the cell is marked; null when the code is the page's own. */
  get mark() {
    if (this.host.code === this.host.original) return null;
    if (this.#lent) return "lent";
    return this.#kept ? "" : "unkept";
  }

  /** Brings back what the reader wrote last time. @returns {boolean} whether there was something */
  restore() {
    const { code, outdated } = this.#load();
    if (code !== undefined) this.host.show(code);
    else if (outdated !== undefined) {
      this.#outdated = outdated;
      const text = "This code has changed since you edited it. Your edit was put aside.";
      this.host.notices.show(KIND, text, [
        ["Bring it back", () => this.#take(outdated)],
        ["Throw it away", () => this.#throwAway()],
      ]);
    }
    return code !== undefined;
  }

  /** The reader has changed the code: from now on it is theirs. */
  edited() {
    if (this.#lent) this.#returned();
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.keep(), KEEP_DELAY);
  }

  /** Writes the draft now. */
  keep() {
    if (this.#waiting === undefined) return;
    this.#forgetWaiting();
    const { page, name, original, code } = this.host;
    this.#kept = this.drafts.save(page, name, original, code);
    this.host.onChange();
  }

  /** The page's own code again. */
  reset() {
    // The draft of a reader who looks at a link's code is none of this.
    if (!this.#lent) this.drafts.remove(this.host.page, this.host.name);
    this.#forgetWaiting();
    this.#kept = true;
    this.#giveBack(this.host.original);
  }

  /** The cell runs, or is run for another one's sake: once more, whose code this is. */
  running() {
    if (this.#lent) this.host.notices.show(KIND, `${CAME}.`, this.#ways());
  }

  /**
   * Shows code that came with a link, and runs nothing. The reader's own draft stays until they
   * edit.
   * @param {Promise<string>} coming rejects with a sentence for the reader
   */
  async receive(coming) {
    const { host } = this;
    try {
      const code = await coming;
      this.keep();
      host.show(code);
      this.#lent = true;
      host.notices.show(KIND, `${CAME}; it has not been run.`, this.#ways());
    } catch (error) {
      this.keep();
      host.show(host.original);
      const text = error instanceof Error ? error.message : String(error);
      host.notices.show(KIND, text, this.#ways().slice(1));
      this.#forgetLink();
    }
    host.onChange();
  }

  /**
   * Another tab has written or removed a draft.
   * @param {string | null} key as the storage's event names it
   */
  elsewhere(key) {
    const { page, name, original, code, notices } = this.host;
    if (!this.drafts.owns(key, page, name) || this.#lent) return;
    const found = this.#load();
    if (found.outdated !== undefined) return; // the other tab has another version of the page
    const theirs = found.code ?? original;
    if (theirs === code) notices.hide(KIND);
    else {
      notices.show(KIND, "This code was edited in another tab.", [
        ["Show that edit", () => this.#take(theirs)],
        ["Keep this one", () => this.#take(this.host.code)],
      ]);
    }
  }

  /** Puts a link to the code on the clipboard. @returns {Promise<boolean>} whether it is there */
  async share() {
    const { name, code, notices, document } = this.host;
    /** @param {string} text */
    const say = (text) => notices.show(KIND, text, [["Close", () => notices.hide(KIND)]]);
    try {
      const { encode } = await import("./share.js");
      const link = `${document.URL.split("#")[0]}#cell-${name}&code=${await encode(code)}`;
      if (await copyText(document, link)) return true;
      const field = linkField(document, link, "Link to this code");
      say("Copying is not allowed here. This is the link:").append(field);
      field.select();
    } catch (error) {
      const known = error instanceof Error && error.name === "ShareError";
      say(known ? error.message : "The script that makes links did not load.");
    }
    return false;
  }

  #load() {
    return this.drafts.load(this.host.page, this.host.name, this.host.original);
  }

  #forgetWaiting() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
  }

  /** Makes code the reader's own, and keeps it. @param {string} code */
  #take(code) {
    this.host.show(code);
    this.host.notices.hide(KIND);
    this.edited();
    this.keep();
    this.host.onReturn();
  }

  /** The reader wants nothing of their edit of an older original. */
  #throwAway() {
    this.#outdated = undefined;
    this.drafts.remove(this.host.page, this.host.name);
    this.host.notices.hide(KIND);
    this.host.onReturn();
  }

  /** The ways from a link's code to the page's own and to the reader's. */
  #ways() {
    const { code } = this.#load();
    const outdated = this.#outdated;
    /** @type {import("./notices.js").Ways} */
    const ways = [["Original", () => this.#giveBack(this.host.original)]];
    if (code !== undefined) ways.push(["My edit", () => this.#giveBack(code)]);
    else if (outdated !== undefined) ways.push(["My edit", () => this.#take(outdated)]);
    return ways;
  }

  /** The link's code goes. @param {string} code what comes in its place */
  #giveBack(code) {
    this.host.show(code);
    this.#returned();
    this.host.onReturn();
  }

  #returned() {
    this.#lent = false;
    this.host.notices.hide(KIND);
    this.#forgetLink();
    this.host.onChange();
  }

  /** Takes the code out of the address, so that a reload does not bring it back. */
  #forgetLink() {
    const view = this.host.document.defaultView;
    const plain = `#cell-${this.host.name}`;
    if (view?.location.hash.startsWith(`${plain}&`)) {
      view.history.replaceState(view.history.state, "", plain);
    }
  }
}
