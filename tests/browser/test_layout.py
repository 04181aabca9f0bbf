"""Pages at the width of a phone and of a desk, light and dark: nothing sticks out, nothing is too small.

Pages with cells are looked at in test_cells.py, before and after their cells have run; here are the others, and a
sample of those on a screen that is touched.
"""

import pytest

from .conftest import Visit
from .layout import layout_problems
from .pages import LIVE, SAMPLE, SOURCES, address
from .serving import Server

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out(width: int, visit: Visit, root_site: Server) -> None:
    reader = visit(root_site, viewport={"width": width, "height": 844}, has_touch=width == 390)
    reader.open()
    problems: list[str] = []
    for source in sorted({*SOURCES} - {*LIVE} | {*SAMPLE}):
        page = reader.follow(address(source))
        reader.cells()
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        for scheme in ("light", "dark"):
            reader.use_scheme(scheme)
            problems += [f"{source}, {scheme}: {problem}" for problem in layout_problems(page)]
    assert not problems, "\n".join(problems)
