"""The sections that were published: none is lost, and an old address leads to the heir."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dlsite import anchors
from dlsite.anchors import Published, with_moved
from dlsite.catalogue import Catalogue, Page
from dlsite.cells import PageError

ALL = ["step-1", "step-2", "cell-demo"]


def problems_of(docs: Path, text: str) -> list[PageError]:
    (docs / anchors.FILE).write_text(text, encoding="utf-8")
    return list(anchors.check(Catalogue.load(docs), docs))


def test_every_section_of_the_site_is_listed(root: Path) -> None:
    docs = root / "docs"
    listed = {(each.slug, each.anchor) for each in anchors.read(docs)}
    there = {
        (slug, anchor)
        for slug, page in Catalogue.load(docs).pages.items()
        for anchor in anchors.of_page(page, docs)
    }
    assert there - listed == set(), "run make anchors"


def test_sections_and_cells_come_in_the_order_of_the_page(docs: Path) -> None:
    assert anchors.of_page(Catalogue.load(docs).pages["first"], docs) == ALL


def test_what_is_new_is_added_once(
    docs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (docs / anchors.FILE).write_text("first#old first#step-1\nfirst#step-2\n", encoding="utf-8")
    monkeypatch.chdir(docs.parent)
    for new in (2, 0):
        assert anchors.main() == 0
        assert capsys.readouterr().out == f"docs/anchors.txt: {new} new\n"
    lines = ["first#old first#step-1", "first#step-2", "first#step-1", "first#cell-demo"]
    assert (docs / anchors.FILE).read_text(encoding="utf-8").splitlines() == lines


def test_a_list_that_cannot_be_read_gets_nothing_added(docs: Path) -> None:
    (docs / anchors.FILE).write_text("first#step-1\nfirst step-2\n", encoding="utf-8")
    command = [sys.executable, "-m", "dlsite.anchors"]
    done = subprocess.run(command, cwd=docs.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "anchors.txt:2: cannot read 'first step-2'" in done.stderr
    assert len((docs / anchors.FILE).read_text(encoding="utf-8").splitlines()) == 2


def test_no_list_promises_nothing(docs: Path) -> None:
    assert anchors.read(docs) == []


@pytest.mark.parametrize(
    "line",
    [
        "first#step-1",
        "first#cell-demo",
        "first#scoring",
        "first#old first#step-1",
        "second#step-1",  # permalinks.txt has the page's own promise
    ],
)
def test_what_leads_somewhere_is_no_problem(docs: Path, line: str) -> None:
    assert problems_of(docs, f"{line}\n") == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("first#old", "first#old was published and is gone: keep the anchor, or append its heir"),
        ("first#old first#older", "the heir of first#old, first#older, is on no page either"),
        ("first#old second#step-1", "the heir of first#old, second#step-1, is on no page either"),
        ("first#step-1 first#step-2", "first#step-1 is on its page: it needs no heir"),
        ("nowhere#step-1", "'nowhere' is not a slug of questions.yml"),
        ("first", "cannot read 'first': write slug#anchor"),
    ],
)
def test_what_leads_nowhere_is_one_with_its_line(docs: Path, line: str, message: str) -> None:
    (problem,) = problems_of(docs, f"first#step-1\n{line}\n")
    assert (problem.path, problem.line) == (str(docs / anchors.FILE), 2)
    assert problem.message.startswith(message)


def test_old_addresses_stand_at_their_heirs(make_page: Callable[..., Page]) -> None:
    lines = [
        Published("first", "old", "first", "step-1", 1),
        Published("first", "older", "first", "step-1", 2),
        Published("first", "cell-old", "first", "cell-a", 3),
        Published("first", "step-2", "", "", 4),
        Published("first", "away", "second", "step-3", 5),
        Published("second", "other", "second", "step-3", 6),
    ]
    html = '<h3 id="step-1">1</h3>\n<section class="dl-cell" id="cell-a"></section>\n'
    pages = {"second": make_page("second", question="a < b?")}
    assert with_moved(html, "first", lines, pages, "../../") == (
        '<a id="old"></a><a id="older"></a><h3 id="step-1">1</h3>\n'
        '<a id="cell-old"></a><section class="dl-cell" id="cell-a"></section>\n'
        '<p id="away" data-search-exclude>What stood here is part of '
        '<a href="../../topic/second/#step-3">a &lt; b?</a> now.</p>\n'
    )


def test_an_heir_that_the_page_does_not_show_is_an_error() -> None:
    lines = [Published("first", "old", "first", "step-1", 1)]
    with pytest.raises(ValueError, match="the page of 'first' has no place #step-1"):
        with_moved("<p>step-1</p>", "first", lines, {}, "")
