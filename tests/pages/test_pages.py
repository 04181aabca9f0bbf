"""The pages as they are: the rules of the site hold, and every live cell runs."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from dlconcepts.plot import FIGURE_MIME
from dlsite import checker
from dlsite.catalogue import Catalogue, split_front_matter
from dlsite.cells import Cell, PageError, Place, live_cells
from dlsite.workshop import Workshop

DOCS = Path(__file__).parents[2] / "docs"
# Questions that no figure helps to answer, by slug, each with the reason.
NO_FIGURE: dict[str, str] = {}


@cache
def cells_of(page: str) -> tuple[Cell, ...]:
    path = DOCS / page
    _, body, first_line = split_front_matter(path.read_text(encoding="utf-8"))
    return tuple(live_cells(body, Place(str(path), first_line)))


def pages() -> list[str]:
    return sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def all_cells() -> list[tuple[str, str]]:
    found = []
    for page in pages():
        try:
            found += [(page, cell.id) for cell in cells_of(page)]
        except PageError:
            found.append((page, ""))  # test_fences says what is wrong
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A workshop over the checkout's library whose cache is empty."""
    made = Workshop(tmp_path_factory.mktemp("shop"))
    made.root = DOCS.parent
    yield made
    made.close()
    made.store.close()


def test_question_pages_keep_the_rules() -> None:
    assert [str(problem) for problem in checker.check(Catalogue.load(DOCS), DOCS)] == []


def test_the_home_page_has_a_live_cell() -> None:
    assert cells_of("index.md")


@pytest.mark.parametrize("page", pages())
def test_fences(page: str) -> None:
    for cell in cells_of(page):
        assert cell.code.count("\n") <= checker.CELL_LINES, cell.id


@pytest.mark.parametrize(("page", "cell"), all_cells())
def test_a_cell_runs_and_shows_something(shop: Workshop, page: str, cell: str) -> None:
    # The cells of its session run before it, those of other pages do not; the workshop refuses errors and warnings.
    path = str(DOCS / page)
    events = shop.outputs(path, cells_of(page))[cell]
    assert events, f"{page}: cell {cell!r} shows nothing"


@pytest.mark.parametrize("page", [q.path.as_posix() for q in Catalogue.load(DOCS).pages.values()])
def test_a_question_shows_a_figure(shop: Workshop, page: str) -> None:
    events = [
        event
        for found in shop.outputs(str(DOCS / page), cells_of(page)).values()
        for event in found
    ]
    shown = any(FIGURE_MIME in event.get("data", {}) for event in events)
    slug = Path(page).stem
    assert shown or slug in NO_FIGURE, (
        f"{page}: show a finding as a figure, or say in NO_FIGURE why none helps"
    )
    assert not (shown and slug in NO_FIGURE), f"{page} has a figure: take it out of NO_FIGURE"


@pytest.mark.parametrize("page", [p for p in pages() if any(p == name for name, _ in all_cells())])
def test_a_second_run_gives_the_same(
    shop: Workshop, page: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = str(DOCS / page)
    again = Workshop(tmp_path_factory.mktemp("again"))
    again.root = DOCS.parent
    first, second = shop.outputs(path, cells_of(page)), again.outputs(path, cells_of(page))
    again.store.close()
    for cell in cells_of(page):
        if not cell.varies:
            assert first[cell.id] == second[cell.id], cell.id
