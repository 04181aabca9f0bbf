"""Which questions use which functions, and that the cells, the reference and the library name the same ones."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import dlconcepts
from dlsite.catalogue import Catalogue, Page
from dlsite.cells import Cell, Place, live_cells
from dlsite.usage import SHOWN, usage, used_in, with_reference, with_users


@pytest.mark.parametrize(
    ("code", "used"),
    [
        ("from dlconcepts import linear\nlinear.ridge(X)", {"dlconcepts.linear.ridge"}),
        ("from dlconcepts import linear as l\nl.ridge(X)", {"dlconcepts.linear.ridge"}),
        ("from dlconcepts.losses import huber as h\nh(1)", {"dlconcepts.losses.huber"}),
        ("import dlconcepts.linear as l\nl.ridge", {"dlconcepts.linear.ridge"}),
        ("from dlconcepts import linear", set()),
        ("import numpy as np\nlinear = np\nlinear.ridge", set()),
        ("from dlconcepts import a\na.SOLVERS['x'](1)", {"dlconcepts.a.SOLVERS"}),
        ("from numpy import linalg\nlinalg.norm", set()),
        ("from dlconcepts import linear\nlinear.ridge(", set()),
    ],
)
def test_a_cell_uses_what_it_names(code: str, used: set[str]) -> None:
    assert used_in(code) == used


def test_a_question_is_named_once_with_its_first_cell(make_page: Callable[..., Page]) -> None:
    code = "from dlconcepts import linear\nlinear.ridge"
    cells = {
        "a": [Cell("x", "1"), Cell("y", code), Cell("z", code)],
        "b": [Cell("w", code)],
    }
    a, b = make_page("a"), make_page("b")
    assert usage([a, b], cells) == {"dlconcepts.linear.ridge": [(a, "y"), (b, "w")]}


def test_the_reference_names_who_uses_an_object(make_page: Callable[..., Page]) -> None:
    heading = (
        '<h2 id="dlconcepts.linear.ridge" class="doc">ridge <a href="#x">¶</a></h2><p>Text</p>'
    )
    few = with_users(
        heading, {"dlconcepts.linear.ridge": [(make_page("a", title="a & co"), "y")]}, "../../"
    )
    assert few == heading.replace(
        "<p>Text",
        '<p class="dl-used">Used by <a href="../../topic/a/#cell-y">a &amp; co</a></p><p>Text',
    )
    many = [(make_page(f"s{i}"), "y") for i in range(SHOWN + 1)]
    folded = with_users(heading, {"dlconcepts.linear.ridge": many}, "../../")
    assert f"Used by {SHOWN + 1} questions" in folded
    assert folded.count('<a href="../../topic/') == SHOWN + 1
    assert with_users(heading, {}, "../../") == heading


def test_an_implementation_links_to_the_reference() -> None:
    span = '<span class="doc doc-object-name doc-function-name">{}</span>'
    name = "dlconcepts.losses.huber"
    link = f'<a href="../../reference/losses/#{name}">{name}</a>'
    assert with_reference(span.format(name), "../../") == span.format(link)
    assert with_reference(span.format("huber"), "../../") == span.format("huber")


# The library, the reference and the cells ---------------------------------------------------------------------------


def modules() -> set[str]:
    return {m.name for m in pkgutil.iter_modules(dlconcepts.__path__) if m.name[0] != "_"}


def test_every_module_has_its_page_in_the_reference_and_every_page_its_module(root: Path) -> None:
    folder = root / "docs" / "reference"
    pages = {path.stem for path in folder.glob("*.md")} - {"index"}
    assert pages == modules()
    listed = re.findall(
        r"^\| \[`(\w+)`\]\(\1\.md\)", (folder / "index.md").read_text(), re.MULTILINE
    )
    assert sorted(listed) == sorted(pages)
    for name in pages:
        assert f"::: dlconcepts.{name}\n" in (folder / f"{name}.md").read_text(encoding="utf-8")


def public(module: str) -> dict[str, object]:
    """The functions and classes that a module of the library offers."""
    space = vars(importlib.import_module(f"dlconcepts.{module}"))
    names = space.get("__all__") or [name for name in space if name[0] != "_"]
    return {
        name: space[name]
        for name in names
        if inspect.isfunction(space[name]) or inspect.isclass(space[name])
        if space[name].__module__.startswith(
            "dlconcepts." if "__all__" in space else f"dlconcepts.{module}"
        )
    }


@pytest.mark.parametrize("module", sorted(modules()))
def test_every_function_has_an_example(module: str) -> None:
    for name, thing in public(module).items():
        text = inspect.getdoc(thing)
        assert text, f"{module}.{name} has no docstring"
        if inspect.isfunction(thing):
            assert ">>> " in text, f"{module}.{name} has no example"


def test_cells_use_only_what_the_reference_shows(root: Path) -> None:
    docs = root / "docs"
    shown = {f"dlconcepts.{m}.{name}" for m in modules() for name in public(m)}
    constants = {
        f"dlconcepts.{m}.{name}"
        for m in modules()
        for name in vars(importlib.import_module(f"dlconcepts.{m}"))
        if name.isupper()
    }
    for question in Catalogue.load(docs).pages.values():
        place = Place(str(docs / question.path), question.first_line)
        for cell in live_cells(question.body, place):
            hidden = {
                name
                for name in used_in(cell.code)
                if not any(name == s or name.startswith(f"{s}.") for s in shown | constants)
            }
            assert not hidden, f"{question.slug}#{cell.id}"


# What neither uses and stays all the same, with the reason.
ORACLES = {
    "adversarial.exact_linear": "the closed form that attacks on linear models are tested against"
}


def test_every_function_is_used_by_a_page_or_by_the_library(root: Path) -> None:
    docs = root / "docs"
    by_pages: set[str] = set()
    for question in Catalogue.load(docs).pages.values():
        place = Place(str(docs / question.path), question.first_line)
        by_pages.update(re.findall(r"::: (dlconcepts\.[\w.]+)", question.body))
        for cell in live_cells(question.body, place):
            by_pages |= used_in(cell.code)
    by_library = {
        node.id if isinstance(node, ast.Name) else node.attr
        for path in (root / "src" / "dlconcepts").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name | ast.Attribute)
    }
    unused = {
        f"{module}.{name}"
        for module in modules()
        for name in public(module)
        if name not in by_library and f"dlconcepts.{module}.{name}" not in by_pages
    }
    assert unused == set(ORACLES), "use it on a page, or take it out"
