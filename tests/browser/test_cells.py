"""Every live cell of every page, run in the browser: what it shows there is what the build has put into the page.

As every page is visited here, its layout is looked at too: wide and light with everything unfolded, before a cell has
run; narrow and dark, when all have.
"""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from dlsite.cells import Cell
from dlsite.workshop import workshop_at

from .access import access_problems
from .comparing import differences, kinds, shown
from .layout import layout_problems
from .pages import DOCS, LIVE, address, cells_of
from .reader import CellOnPage, Reader
from .serving import ROOT

pytestmark = pytest.mark.browser

# What stands in an output, in order. The axes of a drawing depend on its width, and so do
# contours; the other marks of a figure have the same parts in every drawing.
_SHOWN = """(output) => [...output.children].map((item) => {
  const kind = [...item.classList].find((name) => name !== "dl-out");
  const texts = (selector) => [...item.querySelectorAll(selector)].map((e) => e.textContent);
  if (kind === "dl-figure") {
    const drawing = item.querySelector("svg.dl-wide") ?? item.querySelector("svg");
    const groups = [...drawing.querySelectorAll("g[data-part]")];
    const marks = groups
      .map((group) => [group.getAttribute("data-part"), group.querySelectorAll(":not(g)").length])
      .filter(([label]) => !/^f?[xy]-|^contour|^density/.test(label));
    return {
      kind, title: texts("figcaption"), legend: texts(".dl-legend li"), marks,
      described: (drawing.getAttribute("aria-label") ?? "").length > 10,
    };
  }
  if (kind === "dl-table") {
    const rows = [...item.querySelectorAll("tr")];
    return {
      kind, title: texts("caption"),
      rows: rows.map((row) => [...row.children].map((cell) => cell.textContent)),
    };
  }
  if (kind === "dl-error") {
    const message = item.querySelector("p").cloneNode(true);
    for (const button of message.querySelectorAll("button")) button.remove();
    return {kind, message: message.textContent.trim()};
  }
  return {kind, text: item.textContent};
})"""


def drawn(output: Locator) -> list[dict[str, Any]]:
    """What an output shows, read from the page."""
    for figure in output.locator(".dl-figure").all():
        expect(figure.locator("svg:visible, .dl-error, .dl-note").first).to_be_visible()
    found: list[dict[str, Any]] = output.evaluate(_SHOWN)
    return found


def check(
    reader: Reader, cell: Cell, on_page: CellOnPage, static: list[dict[str, Any]]
) -> list[str]:
    """Run a cell; everything that is not as the build has it."""
    before = drawn(on_page.output)
    state = on_page.run()
    expected = "failed" if cell.fails else "done"
    if state != expected:
        return [f"ends {state}, not {expected}: {on_page.text()}"]
    live = shown(reader.heard())
    if kinds(static) != kinds(live):
        return [f"shows {kinds(live)} in the browser and {kinds(static)} in the page"]
    after = drawn(on_page.output)
    if cell.varies:
        before, after = ([{"kind": item["kind"]} for item in items] for items in (before, after))
        return list(differences(before, after, "output"))
    return [*differences(static, live, "output"), *differences(before, after, "shown")]


@pytest.mark.parametrize("source", LIVE)
def test_cells_show_what_the_page_shows(source: str, warm: Reader) -> None:
    cells = cells_of(source)
    outputs = workshop_at(ROOT).outputs(str(DOCS / source), cells)
    warm.page.set_viewport_size({"width": 1280, "height": 800})
    page = warm.follow(address(source))
    on_page = warm.cells()
    warm.heard()
    assert [cell.name for cell in on_page] == [cell.id for cell in cells]
    warm.use_scheme("light")
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    problems = [f"{source} at 1280 px: {p}" for p in layout_problems(page)]
    for cell, live in zip(cells, on_page, strict=True):
        found = check(warm, cell, live, shown(outputs[cell.id]))
        problems += [f"{source}:{cell.line}: cell {cell.id!r}: {problem}" for problem in found[:5]]
    assert warm.workers == 1, "Python was started again"
    page.set_viewport_size({"width": 390, "height": 844})
    warm.use_scheme("dark")
    for live in on_page:
        drawn(live.output)
    for _ in range(50):  # figures are drawn again for the new width, one after another
        if not (crooked := layout_problems(page)):
            break
        page.wait_for_timeout(100)
    problems += [f"{source} at 390 px, after the runs: {p}" for p in crooked]
    problems += [f"{source}, dark, after the runs: {p}" for p in access_problems(page)]
    problems += warm.watch.take()
    assert not problems, "\n".join(problems)
