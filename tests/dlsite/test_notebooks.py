"""Pages as notebooks: what becomes of the text, that they are valid, and that they run."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from dlsite.catalogue import Catalogue, Page
from dlsite.notebooks import notebook
from dlsite.references import bibliography
from dlsite.standalone import Site

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CATALOGUE = Catalogue.load(DOCS)
URL = "https://example.org/sub/"
WHEEL = "assets/wheels/dlconcepts-0.1.0-py3-none-any.whl"

Cells = list[dict[str, Any]]


@pytest.fixture
def site(docs: Path) -> Site:
    return Site(
        "Small",
        "A small site.",
        URL,
        Catalogue.load(docs),
        bibliography(docs / "references.bib"),
        WHEEL,
    )


@pytest.fixture
def cells_of(site: Site) -> Callable[[str], Cells]:
    """Return the cells that follow the head and the set-up, of a page with this text."""

    def cells(body: str, **changes: Any) -> Cells:
        page: Page = replace(site.catalogue.pages["first"], body=body, **changes)
        made: Cells = json.loads(notebook(page, site))["cells"]
        return made[2:]

    return cells


@pytest.mark.parametrize(
    ("markdown", "becomes"),
    [
        ("## In depth { #in-depth }", "## In depth"),
        ("[](){#here}Here.", "Here."),
        ("see [it](q:first#step-1).", f"see [it]({URL}topic/first/#step-1)."),
        ("see [it](q:second).", f"see [it]({URL}questions/#second)."),
        ("[the cell](#cell-a)", f"[the cell]({URL}topic/first/#cell-a)"),
        ("[letters](../notation.md#letters)", f"[letters]({URL}notation/#letters)"),
        ("[topic](index.md)", f"[topic]({URL}topic/)"),
        ("[home](../index.md)", f"[home]({URL})"),
        ("[deck](../assets/deck.apkg)", f"[deck]({URL}assets/deck.apkg)"),
        ("[out](https://example.com/a.md#b)", "[out](https://example.com/a.md#b)"),
        ("as in [@book, §5.3].", f"as in [(Golub & Van Loan 2013, §5.3)]({URL}bibliography/#book)."),
        ("$a_{i}$ costs [@book]", f"$a_{{i}}$ costs [(Golub & Van Loan 2013)]({URL}bibliography/#book)"),
        ("$x[@book]$ and `[@book] { #x }`", "$x[@book]$ and `[@book] { #x }`"),
        ("$a =\nb [@book]$ and { #x }", "$a =\nb [@book]$ and"),
        ("$$\na { #b }\n$$", "$$\na { #b }\n$$"),
        ('!!! note "Mind $x$"\n    It is\n\n    so.\nAfter.', "> **Mind $x$**\n>\n> It is\n>\n> so.\n\nAfter."),
        ("??? tip\n    See [it](q:second).", f"> **Tip**\n>\n> See [it]({URL}questions/#second)."),
        (
            "::: dlconcepts.losses.huber",
            f"[`dlconcepts.losses.huber`]({URL}reference/losses/#dlconcepts.losses.huber): the source and its documentation",  # noqa: E501
        ),
        ("```text\n{ #kept } [@book]\n```", "```text\n{ #kept } [@book]\n```"),
        ('```python static="slow"\nx = 1\n```', "```python\nx = 1\n```"),
    ],
)  # fmt: skip
def test_the_text_is_what_jupyter_reads(
    cells_of: Callable[[str], Cells], markdown: str, becomes: str
) -> None:
    [cell] = cells_of(markdown)
    assert cell["cell_type"] == "markdown"
    assert "".join(cell["source"]) == becomes


def test_a_work_in_the_list_of_references_stands_whole(cells_of: Callable[[str], Cells]) -> None:
    [cell] = cells_of("- [@book, ch. 2]. Why.\n- [@paper]. How.\n")
    book, paper = cell["source"]
    assert "Matrix Computations" in book
    assert book.endswith(" ch. 2. Why.\n")
    assert "Robust estimation" in paper
    assert paper.endswith("1964. How.")


def test_what_is_in_no_bibliography_stays_as_it_is(cells_of: Callable[[str], Cells]) -> None:
    [cell] = cells_of("- [@nobody, ch. 2]. Why.\n\nAs in [@nobody].\n")
    assert "".join(cell["source"]) == "- [@nobody, ch. 2]. Why.\n\nAs in [@nobody]."


def test_cells_stand_between_the_text_in_order(cells_of: Callable[[str], Cells]) -> None:
    cells = cells_of(
        'One.\n\n```python live="a"\nn = 3  # @param {type:"slider", min:1, max:9, step:1}\n\nn\n```\n'
        '```python live="b" fails="NameError"\nm\n```\n\n!!! note\n    ```python live="c"\n    1\n    ```\n    Two.\n'
    )
    assert [cell["cell_type"] for cell in cells] == [
        "markdown", "code", "code", "markdown", "code", "markdown",
    ]  # fmt: skip
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["id"] for cell in code] == ["cell-a", "cell-b", "cell-c"]
    assert code[0]["source"] == [
        'n = 3  # @param {type:"slider", min:1, max:9, step:1}\n', "\n", "n",
    ]  # fmt: skip
    assert all(cell["outputs"] == [] for cell in code)
    # A run of the whole notebook goes on after an error that is meant.
    assert [cell["metadata"].get("tags") for cell in code] == [None, ["raises-exception"], None]
    assert code[2]["source"] == ["1"]
    assert cells[-1]["source"] == ["> Two."]


def test_the_head_names_the_question_and_the_live_page(site: Site) -> None:
    page = replace(site.catalogue.pages["first"], loaded="It is not.")
    head, setup, *_ = json.loads(notebook(page, site))["cells"]
    text = "".join(head["source"])
    assert text.startswith(f"# {page.question}\n")
    assert f"({URL}topic/first/)" in text
    assert "**The premise is false.** It is not." in text
    assert setup["source"][0] == f"%pip install --quiet matplotlib {URL}{WHEEL}\n"


@pytest.fixture(scope="module")
def real() -> Site:
    return Site(
        "Small", "A small site.", URL, CATALOGUE, bibliography(DOCS / "references.bib"), WHEEL
    )


def test_there_are_pages() -> None:
    assert len(CATALOGUE.pages) >= 3


@pytest.mark.parametrize("slug", sorted(CATALOGUE.pages))
def test_every_page_is_a_valid_notebook(slug: str, real: Site) -> None:
    made = nbformat.reads(notebook(CATALOGUE.pages[slug], real), as_version=4)
    nbformat.validate(made)
    texts = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    for left in ("](q:", "[@", "](#", ":::", ".md)", "{ #"):
        assert left not in texts, left
    assert made.cells[1].source.startswith("%pip install ")


# The code is the page's, which the build runs; what Jupyter adds is seen in a few of them.
@pytest.mark.parametrize("slug", ["monte-carlo", "normal-equation", "regression-losses"])
def test_a_notebook_runs(slug: str, real: Site, tmp_path: Path) -> None:
    made = nbformat.reads(notebook(CATALOGUE.pages[slug], real), as_version=4)
    setup = made.cells[1]
    setup.source = setup.source.partition("\n")[
        2
    ]  # the library is the checkout's: the tests need no network
    # Each cell states its claim by asserts, and an error anywhere ends the run.
    NotebookClient(made, timeout=120, kernel_name="python3").execute(cwd=str(tmp_path))
    outputs = [output for cell in made.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert "dlconcepts.figure" not in nbformat.writes(made)


def test_display_and_track_do_in_a_notebook_what_they_do_in_the_page(real: Site) -> None:
    page = CATALOGUE.pages["monte-carlo"]
    made = nbformat.reads(notebook(page, real), as_version=4)
    setup = made.cells[1]
    setup.source = setup.source.partition("\n")[2]
    code = "for i in track([1, 2, 3], label='a'):\n    display(i, id='x')\ndisplay('end', 'more')"
    cell = nbformat.v4.new_code_cell(code)
    made.cells = [setup, cell]
    NotebookClient(made, timeout=60, kernel_name="python3").execute()
    assert [output["data"]["text/plain"] for output in cell.outputs] == ["3", "'end'", "'more'"]
