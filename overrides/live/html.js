/**
 * The build's own HTML as part of a page: what is shown of a question elsewhere than on its page. No
 * text of a reader or of a link ever comes here.
 */

/**
 * @param {Document} document
 * @param {string} html from the site's own files
 * @param {string} root the site's address, which its links begin at
 */
export function built(document, html, root) {
  const view = /** @type {Window & typeof globalThis} */ (document.defaultView);
  const parsed = new view.DOMParser().parseFromString(html, "text/html");
  for (const link of parsed.querySelectorAll("a[href]")) {
    link.setAttribute("href", new URL(link.getAttribute("href") ?? "", root).href);
  }
  const fragment = document.createDocumentFragment();
  fragment.append(...parsed.body.childNodes);
  return fragment;
}
