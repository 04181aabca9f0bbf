/**
 * Code that came with a link: which cell it is for.
 */

import { decode } from "./share.js";

/** The address of a cell, and more: what more, share.js judges. */
const SHARED = /^#cell-([\w-]+)&(.*)$/s;

/**
 * Shows the code that an address holds, in its cell.
 * @param {string} hash of the address
 * @param {import("./cell.js").Cell[]} cells of the page
 */
export function receive(hash, cells) {
  const [, name, rest] = SHARED.exec(unescaped(hash)) ?? [];
  if (name === undefined) return;
  const cell = cells.find((each) => each.name === name);
  if (!cell) {
    const why = `The link's code is for the cell "${name}", which this page does not have.`;
    void cells[0]?.receive(Promise.reject(new Error(why)));
    return;
  }
  // A function of its own, so that what decode throws at once becomes the cell's message as well.
  const code = (async () => decode(rest.startsWith("code=") ? rest.slice(5) : ""))();
  void cell.receive(code);
}

/** Some chats escape a link's punctuation. @param {string} hash */
function unescaped(hash) {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}
