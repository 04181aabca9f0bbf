/**
 * Makes a page's figures reachable, and brings their tools when a reader comes to one.
 */

import { renderTable } from "./table.js";

/** The build's figures can have the focus once there is something to do with it. */
export function openFigures() {
  for (const svg of document.querySelectorAll("svg.dl-plot")) {
    /** @type {SVGElement} */ (svg).tabIndex = 0;
  }
}

for (const type of ["pointerover", "focusin", "click"]) {
  document.addEventListener(type, async (event) => {
    if (!(/** @type {Element} */ (event.target).closest?.(".dl-figure"))) return;
    try {
      (await import("./figuretools.js")).meet(event, renderTable);
    } catch {
      // The figure is there all the same, and the next event tries again.
    }
  });
}
