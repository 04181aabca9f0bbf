/**
 * The keys of a live cell, in a dialog. Loaded when a reader asks for it.
 */

/** @param {Document} document */
export function showKeys(document) {
  if (document.querySelector("dialog.dl-keys")) return;
  const mac = /Mac|iP(hone|ad)/.test(document.defaultView?.navigator.platform ?? "");
  const control = mac ? "⌘" : "Ctrl";
  /** @type {[string[], string][]} */
  const keys = [
    [["Enter"], "edit the focused code"],
    [[control, "Enter"], "run"],
    [["Shift", "Enter"], "run and move on to the next cell"],
    [["Esc"], "leave the editor"],
    [["Tab"], "indent; after Esc, move on"],
    [["Ctrl", "Space"], "complete the word"],
    [[control, "F"], "search in the cell"],
    [["?"], "this list, when the code is focused but not edited"],
  ];
  /** @param {string} name @param {string} text */
  const make = (name, text) => {
    const element = document.createElement(name);
    element.textContent = text;
    return element;
  };

  const dialog = document.createElement("dialog");
  dialog.className = "dl-keys md-typeset";
  dialog.setAttribute("aria-labelledby", "dl-keys-title");
  const title = make("h2", "Keys in a live cell");
  title.id = "dl-keys-title";
  const list = document.createElement("dl");
  for (const [combination, does] of keys) {
    const term = document.createElement("dt");
    combination.forEach((key, i) => term.append(i > 0 ? " + " : "", make("kbd", key)));
    list.append(term, make("dd", does));
  }
  const close = make("button", "Close");
  close.className = "dl-button";
  close.setAttribute("type", "button");
  close.addEventListener("click", () => dialog.close());
  // A click beside the list reaches the dialog itself.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  // The theme's shortcuts would search the page behind.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => dialog.remove());
  const box = document.createElement("div");
  box.append(title, list, close);
  dialog.append(box);
  document.body.append(dialog);
  dialog.showModal(); // the browser gives the focus back when it closes
}
