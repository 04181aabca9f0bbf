"""Formulas set in a page, and dollars that are none."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from markdown import Extension, Markdown

from dlsite.cells import PageError, Place, RenderError, current_place, set_place
from dlsite.formulas import FormulasExtension


class FakeTypesetter:
    def __init__(self) -> None:
        self.set: list[tuple[str, bool]] = []

    def tex(self, formula: str, *, display: bool) -> str:
        if "bad" in formula:
            raise RenderError("no such command")
        self.set.append((formula, display))
        return f"<i>{len(self.set)}</i>"


@pytest.fixture(autouse=True)
def place() -> Iterator[None]:
    before = current_place()
    yield
    set_place(before)


def convert(text: str) -> tuple[str, list[tuple[str, bool]]]:
    typesetter = FakeTypesetter()
    extensions: list[str | Extension] = [
        FormulasExtension(workshop=typesetter),
        "pymdownx.arithmatex",
        "pymdownx.superfences",
        "pymdownx.inlinehilite",
        "pymdownx.smartsymbols",
        "tables",
        "admonition",
        "md_in_html",
        "attr_list",
        "toc",
    ]
    configs = {"pymdownx.arithmatex": {"generic": True}}
    return Markdown(extensions=extensions, extension_configs=configs).convert(text), typesetter.set


def refused(tmp_path: Path, text: str) -> PageError:
    file = tmp_path / "x.md"
    file.write_text(f"---\ntitle: $\\bad$ $5\n---\n{text}", encoding="utf-8")
    set_place(Place(str(file), 4))
    with pytest.raises(PageError) as caught:
        convert(text)
    assert caught.value.path == str(file)
    return caught.value


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("a $x$ b", [("x", False)]),
        (r"a \(x\) b", [("x", False)]),
        ("$$\nx + y\n$$", [("x + y", True)]),
        ("\\[ x \\]", [("x", True)]),
        ("- item\n\n    $$\n    x\n    $$", [("x", True)]),
        ("!!! note\n\n    $$x$$", [("x", True)]),
        (
            '$a < b$, $c & d$, $\\text{"e"}$',
            [("a < b", False), ("c & d", False), ('\\text{"e"}', False)],
        ),
        ("$$\na &< b \\\\\nc &> d\n$$", [("a &< b \\\\\nc &> d", True)]),
        ("$a_1 *b* c_2$ and $d_3$", [("a_1 *b* c_2", False), ("d_3", False)]),
        ("## H $x$", [("x", False), ("x", False)]),  # also in the table of contents
        ("| a |\n|---|\n| $x$ |", [("x", False)]),
        ("**$x$**", [("x", False)]),
    ],
)
def test_formulas_reach_the_typesetter_as_written(
    text: str, formulas: list[tuple[str, bool]]
) -> None:
    html, found = convert(text)
    assert found == formulas
    assert f"<i>{len(found)}</i>" in html
    assert "arithmatex" not in html
    assert "$" not in html


@pytest.mark.parametrize(
    "text",
    [
        "`$x$`",
        "`` $$x$$ ` ``",
        "```\n$x$ and $5\n```",
        "    $x$ indented\n",
        '```text\n<span class="arithmatex">\\(x\\)</span>\n```',
        '`<span class="arithmatex">\\(x\\)</span>`',
        "`#!python '$x$'`",
        "<pre>$x$</pre>",
    ],
)
def test_formulas_in_code_are_code(text: str) -> None:
    html, found = convert(text)
    assert found == []
    assert "<i>" not in html
    assert "$" in html or "arithmatex" in html


@pytest.mark.parametrize("text", [r"It costs \$5.", r"\$5 and $x$ and \$6", r"\$"])
def test_a_dollar_with_a_backslash_is_a_dollar(text: str) -> None:
    html, _ = convert(text)
    assert "$" in html
    assert "\\" not in html


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a $x$\n\nit costs $5.", 6),
        ("a $x$ and $$y$$", 4),
        ("a $x$,\n\n$x$ and $$y$$ z", 6),
        ("text\n$$\nx\n$$", 5),
        ("text\n\n$$ x", 6),
        ("## A $heading", 4),
        ("- a\n- b $", 5),
        ("| a |\n|---|\n| $ x |", 6),
        ("!!! note\n\n    a $ b", 6),
        ("*a* **$**", 4),
    ],
)
def test_a_dollar_that_is_none_of_this_is_refused_at_its_line(
    tmp_path: Path, text: str, line: int
) -> None:
    error = refused(tmp_path, text)
    assert "belongs to no formula" in error.message
    assert error.line == line


@pytest.mark.parametrize(
    ("text", "formula", "line"),
    [
        ("a $x$\n\n$\\bad$", "\\bad", 6),
        ("\\bad word, then\n\n$\\bad$", "\\bad", 6),
        ("a\n\n$$\nx <\n\\bad & y\n$$", "x <\n\\bad & y", 6),
        ("- a\n\n    $$\n    x\n    \\bad\n    $$", "x\n\\bad", 6),
        ("$x + \\bad$, $\\bad$", "x + \\bad", 4),
        ("a\n\\(\\bad\\)", "\\bad", 5),
    ],
)
def test_a_bad_formula_is_refused_at_its_line_with_the_formula(
    tmp_path: Path, text: str, formula: str, line: int
) -> None:
    error = refused(tmp_path, text)
    assert error.message == f"KaTeX cannot set {formula!r}: no such command"
    assert error.line == line


def test_without_a_file_the_error_has_the_first_line() -> None:
    set_place(Place("none.md", 7))
    with pytest.raises(PageError, match=r"none\.md:7: KaTeX cannot set"):
        convert("a\n\n$\\bad$")
