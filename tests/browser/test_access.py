"""Accessibility: axe finds nothing, in either scheme and in every state of a cell.

Pages with cells are looked at in test_cells.py, dark, after their cells have run; here a sample of them, light.
"""

import pytest

from .access import access_problems
from .conftest import Visit
from .pages import LIVE, SAMPLE, SOURCES, address
from .reader import Reader
from .serving import Server

pytestmark = pytest.mark.browser

STATES = {
    "done": ("print('yes')\n", "done"),
    "failed": ("1 / 0\n", "failed"),
    "running": ("while True:\n    pass\n", "running"),
}


@pytest.fixture(scope="module")
def looking(visit_once: Visit, root_site: Server) -> Reader:
    """A reader who goes from page to page."""
    reader = visit_once(root_site)
    reader.open()
    return reader


OTHERS = sorted({*SOURCES} - {*LIVE})


@pytest.mark.parametrize(
    ("source", "scheme"),
    # The schemes differ in colors alone, which few style rules set: every page in one of them.
    [(source, ("light", "dark")[i % 2]) for i, source in enumerate(OTHERS)]
    + [(source, "light") for source in SAMPLE],
)
def test_a_page(source: str, scheme: str, looking: Reader) -> None:
    page = looking.follow(address(source))
    looking.cells()
    looking.use_scheme(scheme)
    assert access_problems(page) == []


def test_the_page_for_what_is_not_there(looking: Reader) -> None:
    assert access_problems(looking.open("404.html")) == []


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_state_of_a_cell(scheme: str, state: str, lab: Reader) -> None:
    lab.use_scheme(scheme)
    cell = lab.cells()[1]
    code, expected = STATES[state]
    cell.write(code)
    cell.button.click()
    cell.expect_state(expected)
    assert access_problems(lab.page, f"#cell-{cell.name}") == []


@pytest.mark.parametrize("width", [320, 1280])
def test_a_question_with_its_search_open(width: int, visit: Visit, root_site: Server) -> None:
    page = visit(root_site, viewport={"width": width, "height": 800}).open(address(SAMPLE[0]))
    if width < 960:
        page.locator("label.md-header__button[for=__search]").click()
    page.locator(".md-search__input").click()
    page.keyboard.type("loss")
    page.locator(".md-search-result__link").first.wait_for()
    # The theme calls the tags of each result a navigation, and names none of them.
    assert access_problems(page, but="landmark-unique") == []
