"""What a page's layout and formulas must hold at any width."""

from __future__ import annotations

from playwright.sync_api import Page

MIN_FONT = 9  # px: text in a figure that is smaller cannot be read on a phone

_PROBLEMS = """async (minFont) => {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const found = new Set();
  const screen = document.documentElement;
  const article = document.querySelector("article") ?? document.body;
  const name = (element) => {
    const cell = element.closest(".dl-cell")?.id;
    const section = element.closest("[id]")?.id;
    const kind = element.tagName.toLowerCase() + [...element.classList].map((c) => `.${c}`).join("");
    const text = (element.textContent ?? "").trim().replace(/\\s+/g, " ").slice(0, 40);
    return `${kind} "${text}" in #${cell || section || "top"}`;
  };
  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
  const within = (element, limit, what) => {
    const inner = element.getBoundingClientRect();
    const left = limit.left - inner.left;
    const right = inner.right - limit.right;
    if (inner.width && Math.max(left, right) > 1) {
      found.add(`${name(element)} sticks ${Math.max(left, right).toFixed(0)} px out of ${what}`);
    }
  };
  const children = {mfrac: 2, mroot: 2, msub: 2, msup: 2, munder: 2, mover: 2, msubsup: 3, munderover: 3};
  for (const [tag, count] of Object.entries(children)) {
    for (const element of article.querySelectorAll(tag)) {
      if (element.children.length !== count) found.add(`${name(element)} has ${element.children.length} parts`);
    }
  }
  const view = {left: 0, right: screen.clientWidth};

  if (screen.scrollWidth > screen.clientWidth) {
    found.add(`the page scrolls sideways: ${screen.scrollWidth} px on ${screen.clientWidth}`);
  }
  const parts = ":is(svg.dl-plot, table, pre, img, .katex .base, .dl-cell, .dl-legend, .dl-cell-bar)";
  for (const element of article.querySelectorAll(parts)) {
    if (!element.checkVisibility()) continue;
    let box = element.parentElement;
    while (box !== article && !scrolls(box)) box = box.parentElement;
    if (box !== article) within(box, view, "the screen");
    else {
      const cell = element.parentElement.closest(".dl-cell");
      within(element, (cell ?? article).getBoundingClientRect(), cell ? "its cell" : "the text");
    }
  }
  for (const svg of article.querySelectorAll("svg.dl-plot")) {
    if (!svg.checkVisibility()) continue;
    const shown = svg.getBoundingClientRect().width;
    const scale = shown / (svg.viewBox.baseVal?.width || shown);
    const limit = (svg.closest(".dl-cell") ?? article).getBoundingClientRect();
    for (const text of svg.querySelectorAll("text")) {
      if (!text.textContent) continue;
      const size = parseFloat(getComputedStyle(text).fontSize) * scale;
      if (size < minFont) found.add(`${name(text)} is ${size.toFixed(1)} px high`);
      within(text, limit, "its figure");
    }
  }
  return [...found];
}"""


def layout_problems(page: Page) -> list[str]:
    """What sticks out, and what is too small to read, on the page as it stands."""
    found: list[str] = page.evaluate(_PROBLEMS, MIN_FONT)
    return found
