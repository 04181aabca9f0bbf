"""Which questions use which functions of the library, and the links between the two.

A cell uses what it names: `linear.ridge` after `from dlconcepts import linear` is `dlconcepts.linear.ridge`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from dlsite.catalogue import Page
from dlsite.cells import Cell

LIBRARY = "dlconcepts"
SHOWN = 6
"""Questions named below a function; more are folded."""

Usage = Mapping[str, Sequence[tuple[Page, str]]]
"""For each object of the library the questions that use it, each with its first cell that does."""

_HEADING = re.compile(rf'<(h[2-6])(?=\s)[^>]*\bid="({LIBRARY}\.[\w.]+)"[^>]*>.*?</\1>', re.DOTALL)
_NAME = re.compile(
    rf'(<span class="doc doc-object-name doc-[\w-]+">)({LIBRARY}\.([\w.]+))(</span>)'
)


def used_in(code: str) -> set[str]:
    """Return the dotted names below `dlconcepts` that a cell's code uses.

    A name that the code gives to something else as well counts as used: it is for readers, not for a compiler.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return set()  # a cell that shows that it does not compile
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == LIBRARY:
            known |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.Import):
            known |= {
                a.asname: a.name for a in node.names if a.asname and a.name.split(".")[0] == LIBRARY
            }
    used = {_dotted(node, known) for node in ast.walk(tree) if isinstance(node, ast.expr)}
    return {name for name in used if name.count(".") > 1}


def _dotted(node: ast.expr, known: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute) and (base := _dotted(node.value, known)):
        return f"{base}.{node.attr}"
    return ""


def usage(pages: Iterable[Page], cells: Mapping[str, Sequence[Cell]]) -> Usage:
    """Return which of the pages use which object, in the order of the pages.

    Args:
        pages: The questions.
        cells: The cells of each page, by slug.
    """
    found: dict[str, dict[str, tuple[Page, str]]] = {}
    for page in pages:
        for cell in cells[page.slug]:
            for name in sorted(used_in(cell.code)):
                found.setdefault(name, {}).setdefault(page.slug, (page, cell.id))
    return {name: list(users.values()) for name, users in found.items()}


def with_users(html: str, users: Usage, root: str) -> str:
    """Return a page of the reference with the questions that use it below each object.

    Args:
        html: The page's content.
        users: Who uses what.
        root: From the page to the root of the site, such as `../../`.
    """

    def add(match: re.Match[str]) -> str:
        links = [
            f'<a href="{root}{page.url}#cell-{cell}">{escape(page.title)}</a>'
            for page, cell in users.get(match[2], ())
        ]
        if not links:
            return match[0]
        listed = ", ".join(links)
        if len(links) > SHOWN:
            return (
                f'{match[0]}<details class="dl-used"><summary>Used by {len(links)} questions'
                f"</summary>{listed}</details>"
            )
        return f'{match[0]}<p class="dl-used">Used by {listed}</p>'

    return _HEADING.sub(add, html)


def with_reference(html: str, root: str) -> str:
    """Return a question's page whose folded implementations link to the library reference."""

    def link(match: re.Match[str]) -> str:
        module = match[3].split(".")[0]
        address = f"{root}reference/{module}/#{match[2]}"
        return f'{match[1]}<a href="{address}">{match[2]}</a>{match[4]}'

    return _NAME.sub(link, html)
