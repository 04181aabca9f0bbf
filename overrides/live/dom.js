/**
 * What every part makes of the page: elements with text, buttons, links to copy, and words for screen
 * readers.
 */

/**
 * @param {Document} document
 * @param {string} name
 * @param {string} className
 * @param {string} [text]
 */
export function make(document, name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/**
 * @param {Document} document
 * @param {string} text
 * @param {() => void} onClick
 * @param {string} [label] its name for screen readers, where the text says too little
 */
export function makeButton(document, text, onClick, label) {
  const button = make(document, "button", "dl-button", text);
  button.setAttribute("type", "button");
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("click", onClick);
  return button;
}

/**
 * Says it to screen readers, in a region that outlives the page's content.
 * @param {Document} document
 * @param {string} text
 */
export function announce(document, text) {
  let region = document.getElementById("dl-announcer");
  if (!region) {
    region = make(document, "div", "");
    region.id = "dl-announcer";
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  region.textContent = text;
}

/** @param {Document} document @param {string} text @returns {Promise<boolean>} whether it is on the clipboard */
export async function copyText(document, text) {
  try {
    await /** @type {Window} */ (document.defaultView).navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Where to copy a link from by hand.
 * @param {Document} document
 * @param {string} link
 * @param {string} label
 */
export function linkField(document, link, label) {
  const field = /** @type {HTMLInputElement} */ (make(document, "input", "dl-link"));
  field.readOnly = true;
  field.value = link;
  field.setAttribute("aria-label", label);
  return field;
}

/**
 * @param {HTMLElement} root
 * @param {string} selector
 * @returns {HTMLElement}
 */
export function find(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`a cell has no ${selector}`);
  return /** @type {HTMLElement} */ (element);
}
