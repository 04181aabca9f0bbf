"""Every live cell of every page, run in the browser: what it shows there is what the build has put into the page.

As every page is visited here, its layout is looked at too: wide and light with everything unfolded, before a cell has
run; narrow and dark, when all have.
"""

import pytest

from dlsite.workshop import workshop_at

from .access import access_problems
from .comparing import check, shown
from .layout import layout_problems
from .pages import DOCS, LIVE, address, cells_of
from .reader import Reader
from .serving import ROOT

pytestmark = pytest.mark.browser


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
        live.drawn()
    for _ in range(50):  # figures are drawn again for the new width, one after another
        if not (crooked := layout_problems(page)):
            break
        page.wait_for_timeout(100)
    problems += [f"{source} at 390 px, after the runs: {p}" for p in crooked]
    problems += [f"{source}, dark, after the runs: {p}" for p in access_problems(page)]
    problems += warm.watch.take()
    assert not problems, "\n".join(problems)
