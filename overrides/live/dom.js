/**
 * What every part of a cell makes of the page: elements with text, buttons, and words for screen
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
