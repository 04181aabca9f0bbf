"""Cells run, figures drawn, formulas set: once, and anew when what they depend on changes."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dlsite import workshop
from dlsite.cells import Cell, PageError, RenderError
from dlsite.runner import Event
from dlsite.workshop import Workshop, run_cells


@pytest.fixture
def shop(tmp_path: Path, root: Path) -> Iterator[Workshop]:
    """A workshop with a cache of its own over a copy of the library."""
    shutil.copytree(root / "src" / "dlconcepts", tmp_path / "src" / "dlconcepts")
    made = Workshop(tmp_path)
    yield made
    made.close()
    made.store.close()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Run cells in this process, and list the pages of each call."""
    calls: list[list[str]] = []

    def here(pages: dict[str, Sequence[Cell]]) -> Iterator[tuple[str, dict[str, list[Event]]]]:
        calls.append(list(pages))
        return ((page, run_cells(cells)) for page, cells in pages.items())

    monkeypatch.setattr(workshop, "_run_pages", here)
    return calls


def stdout(events: Sequence[Event]) -> str:
    return "".join(e["text"] for e in events if e["type"] == "stream")


# Caching -------------------------------------------------------------------------------------------------------------


def test_the_second_time_nothing_runs(
    shop: Workshop, runs: list[list[str]], tmp_path: Path
) -> None:
    cells = [Cell("a", "print(1)\n"), Cell("b", "2\n", session="s")]
    first = shop.outputs("p.md", cells)
    assert shop.outputs("p.md", cells) == first
    assert shop.outputs("renamed.md", cells) == first
    other = Workshop(tmp_path)
    assert other.outputs("p.md", cells) == first
    other.store.close()
    assert runs == [["p.md"]]
    assert stdout(first["a"]) == "1\n"


@pytest.mark.parametrize(
    "changed",
    [
        Cell("a", "print(2)\n"),
        Cell("b", "print(1)\n"),
        Cell("a", "print(1)\n", session="s"),
    ],
)
def test_a_changed_cell_runs_anew(shop: Workshop, runs: list[list[str]], changed: Cell) -> None:
    shop.outputs("p.md", [Cell("a", "print(1)\n")])
    shop.outputs("p.md", [changed])
    assert runs == [["p.md"], ["p.md"]]


def test_a_moved_cell_does_not_run_anew(shop: Workshop, runs: list[list[str]]) -> None:
    shop.outputs("p.md", [Cell("a", "1\n", line=3)])
    shop.outputs("p.md", [Cell("a", "1\n", line=30, varies="time")])
    assert runs == [["p.md"]]


def test_a_changed_library_runs_all_anew(
    shop: Workshop, runs: list[list[str]], tmp_path: Path
) -> None:
    cells = [Cell("a", "1\n")]
    shop.outputs("p.md", cells)
    plot = tmp_path / "src" / "dlconcepts" / "plot.py"
    plot.write_text(plot.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    shop.outputs("p.md", cells)
    assert runs == [["p.md"], ["p.md"]]


def test_only_what_is_missing_runs(shop: Workshop, runs: list[list[str]]) -> None:
    shop.outputs("a.md", [Cell("a", "1\n")])
    pages = {"a.md": [Cell("a", "1\n")], "b.md": [Cell("b", "2\n")], "c.md": []}
    pages["copy.md"] = pages["b.md"]
    shop.begin(pages)
    assert [list(shop.outputs(page, cells)) for page, cells in pages.items()] == [
        ["a"],
        ["b"],
        [],
        ["b"],
    ]
    assert runs == [["a.md"], ["b.md"]]


def test_what_failed_is_not_kept(shop: Workshop, runs: list[list[str]]) -> None:
    for _ in range(2):
        with pytest.raises(PageError):
            shop.outputs("p.md", [Cell("a", "1 / 0\n")])
    assert runs == [["p.md"], ["p.md"]]


# Running -------------------------------------------------------------------------------------------------------------


def test_cells_of_a_page_share_sessions_and_pages_share_nothing() -> None:
    outputs = run_cells([Cell("a", "x = 1\n", session="s"), Cell("b", "print(x)\n", session="s")])
    assert stdout(outputs["b"]) == "1\n"
    (error,) = run_cells([Cell("b", "x\n", session="s")])["b"]
    assert error["name"] == "NameError"


def test_prints_are_merged_and_times_left_out() -> None:
    code = "import sys\nfor i in range(3): print(i)\nprint('e', file=sys.stderr)\nprint(3)\n"
    events = run_cells([Cell("a", code)])["a"]
    assert [(e["name"], e["text"]) for e in events] == [
        ("stdout", "0\n1\n2\n"),
        ("stderr", "e\n"),
        ("stdout", "3\n"),
    ]


def test_many_pages_run_in_processes_of_their_own(shop: Workshop) -> None:
    code = "import os, sys\nsys.modules['seen'] = 1\nos.environ['X'] = 'x'\nprint(os.getpid())\n"
    check = "import os, sys\nassert 'seen' not in sys.modules and 'X' not in os.environ\n"
    pages = {f"{i}.md": [Cell("c", check), Cell("a", f"{code}{i}\n")] for i in range(12)}
    shop.begin(pages)
    assert len({stdout(shop.outputs(page, cells)["a"]) for page, cells in pages.items()}) == 12


REFUSED: dict[str, tuple[Cell, int, str]] = {
    "fails": (Cell("a", "x = 1\n1 / 0\n", line=5), 7, "cell 'a' fails:\nTraceback"),
    "fails inside NumPy": (
        Cell("a", "import numpy as np\n\nnp.zeros(-1)\n", line=5),
        8,
        "negative dimensions",
    ),
    "asserts": (Cell("a", "assert 1 == 2, 'no'\n", line=5), 6, "AssertionError: no"),
    "leaves": (Cell("a", "raise SystemExit\n", line=5), 6, "cell 'a' fails"),
    "fails otherwise": (Cell("a", "1 / 0\n", fails="KeyError", line=5), 6, "ZeroDivisionError"),
    "does not fail": (
        Cell("a", "1\n", fails="KeyError", line=5),
        5,
        "cell 'a' was to fail with KeyError and did not",
    ),
    "writes to stderr": (
        Cell("a", "import sys\nprint('e', file=sys.stderr)\n", line=5),
        5,
        "cell 'a' writes to stderr:\ne",
    ),
    "warns": (
        Cell("a", "import numpy as np\nx = np.zeros(1)\nx / 0\n", line=5),
        8,
        "RuntimeWarning: invalid value",
    ),
    "warns and fails": (
        Cell(
            "a", "import warnings\nwarnings.warn('w')\n1 / 0\n", fails="ZeroDivisionError", line=5
        ),
        7,
        "UserWarning: w",
    ),
}


def test_refused_outputs(shop: Workshop) -> None:
    # One pool for all: what each gives is checked below, page by page.
    outputs = dict(workshop._run_pages({name: [cell] for name, (cell, _, _) in REFUSED.items()}))
    for name, (cell, line, message) in REFUSED.items():
        with pytest.raises(PageError) as caught:
            workshop._check_output("p.md", cell, outputs[name]["a"])
        assert (caught.value.path, caught.value.line) == ("p.md", line), name
        assert message in caught.value.message, name


def test_a_cell_may_fail_as_it_says(shop: Workshop, runs: list[list[str]]) -> None:
    cell = Cell("a", "print(1)\n1 / 0\n", fails="ZeroDivisionError")
    assert [e["type"] for e in shop.outputs("p.md", [cell])["a"]] == ["stream", "error"]


def test_an_endless_cell_is_ended(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workshop, "CELL_TIMEOUT", 2.0)
    with pytest.raises(PageError, match="take longer than 2 s") as caught:
        shop.outputs("p.md", [Cell("a", "while True: pass\n", line=4)])
    assert (caught.value.path, caught.value.line) == ("p.md", 4)


def test_a_cell_that_kills_its_process_is_found_among_the_pages(shop: Workshop) -> None:
    pages = {
        "a.md": [Cell("a", "import time\ntime.sleep(0.5)\n")],
        "b.md": [Cell("b", "import os\nos._exit(1)\n", line=4)],
        "c.md": [Cell("c", "1\n")],
    }
    shop.begin(pages)
    assert list(shop.outputs("a.md", pages["a.md"])) == ["a"]
    with pytest.raises(PageError, match="was killed") as caught:
        shop.outputs("b.md", pages["b.md"])
    assert (caught.value.path, caught.value.line) == ("b.md", 4)
    assert list(shop.outputs("c.md", pages["c.md"])) == ["c"]


# Figures and formulas, by the real renderer -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawing(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A workshop that draws with the checkout's files and keeps nothing there."""
    made = Workshop(tmp_path_factory.mktemp("shop"))
    made.root = root
    yield made
    made.close()
    made.store.close()


SPEC: dict[str, Any] = {
    "title": "T <b>",
    "marks": [{"mark": "line", "channels": {"x": [0, 1], "y": [0, None]}, "options": {}}],
}


def test_a_figure_is_drawn_in_two_widths(
    drawing: Workshop, tags_of: Callable[[str], list[str]]
) -> None:
    html = drawing.figure(SPEC)
    assert tags_of(html).count("svg") == 2
    assert "b" not in tags_of(html)


def test_a_formula_is_set_in_the_text_and_displayed(drawing: Workshop) -> None:
    inline, display = (drawing.tex("a < b", display=display) for display in (False, True))
    assert "katex-display" not in inline
    assert "katex-display" in display
    assert "<math" in inline


@pytest.mark.parametrize("tex", [r"\frac{1}", r"\nosuchcommand", "x_", r"\href{javascript:1}{x}"])
def test_a_bad_formula(drawing: Workshop, tex: str) -> None:
    with pytest.raises(RenderError, match=r"\w"):
        drawing.tex(tex, display=False)
    assert "katex" in drawing.tex("x", display=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"marks": [{"mark": "pie", "channels": {}, "options": {}}]}, "line"),
        (
            {"marks": [{"mark": "dot", "channels": {"x": [1], "y": [1, 2]}, "options": {}}]},
            "y has 2 values, x has 1",
        ),
        ({"marks": [{"mark": "dot", "channels": {"x": [1]}, "options": {"href": "x"}}]}, "href"),
    ],
)
def test_a_bad_figure(drawing: Workshop, change: dict[str, Any], message: str) -> None:
    with pytest.raises(RenderError, match=message):
        drawing.figure({**SPEC, **change})
    assert "<svg" in drawing.figure(SPEC)


def test_what_is_drawn_is_kept(drawing: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    figure, formula = drawing.figure(SPEC), drawing.tex("x^2", display=False)

    def ask(_: object) -> str:
        raise AssertionError

    monkeypatch.setattr(drawing, "_ask", ask)
    assert drawing.figure(SPEC) == figure
    assert drawing.tex("x^2", display=False) == formula
    with pytest.raises(AssertionError):
        drawing.tex("x^2", display=True)
    with pytest.raises(AssertionError):
        drawing.figure({**SPEC, "title": "U"})


def test_a_renderer_that_ended_is_an_error_and_the_next_request_starts_another(
    root: Path, tmp_path: Path
) -> None:
    made = Workshop(tmp_path)
    made.root = root
    made.tex("x", display=False)
    assert made._node is not None
    made._node.kill()
    made._node.wait()
    with pytest.raises(RenderError, match="the Node renderer stopped"):
        made.tex("y", display=False)
    assert "katex" in made.tex("y", display=False)
    made.close()
    made.close()
    made.store.close()
