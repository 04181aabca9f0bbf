/** Files that the reader takes along or brings. */

/** @param {Document} document @param {string} name @param {Blob} blob */
export function save(document, name, blob) {
  const view = /** @type {Window & typeof globalThis} */ (document.defaultView);
  const link = document.createElement("a");
  link.href = view.URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => view.URL.revokeObjectURL(link.href), 60_000);
}

/** @param {string} text @returns {string} as the stem of a file's name */
export function stem(text) {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60);
}
