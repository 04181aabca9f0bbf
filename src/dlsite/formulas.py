r"""Set formulas at build time, so that no page loads a math library.

pymdownx.arithmatex finds the formulas and leaves them as `\(…\)` and `\[…\]`; this extension runs after everything
else and puts KaTeX's HTML in their place.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any, Protocol

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor

from dlsite.cells import PageError, Place, current_place
from dlsite.workshop import RenderError, default_workshop

_FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">(?:\\\((?P<inline>.*?)\\\)|\\\[(?P<block>.*?)\\\])</(?P=tag)>',
    re.DOTALL,
)


class Typesetter(Protocol):
    """What can set a formula."""

    def tex(self, formula: str, *, display: bool) -> str:
        """Return the HTML of a formula."""


class Formulas(Postprocessor):
    """Replace each formula that arithmatex has marked."""

    def __init__(self, md: Markdown, typesetter: Typesetter) -> None:
        """Remember who sets the formulas."""
        super().__init__(md)
        self.typesetter = typesetter

    def run(self, text: str) -> str:
        """Return the HTML with its formulas set.

        Raises:
            PageError: For a formula that KaTeX cannot read, with the formula.
        """
        return _FORMULA.sub(self._set, text)

    def _set(self, match: re.Match[str]) -> str:
        display = match["block"] is not None
        formula = html.unescape(match["block"] if display else match["inline"]).strip()
        try:
            return self.typesetter.tex(formula, display=display)
        except RenderError as error:
            raise _located(current_place(), formula, str(error)) from None


def _located(place: Place, formula: str, message: str) -> PageError:
    """Find the line of a formula in its file: the page's text is gone by the time formulas are set."""
    line = place.first_line
    try:
        source = Path(place.path).read_text(encoding="utf-8")
    except OSError:
        source = ""
    start = source.find(formula)
    if start >= 0:
        line = source.count("\n", 0, start) + 1
    return PageError(place.path, line, f"KaTeX cannot set {formula!r}: {message}")


class FormulasExtension(Extension):
    """Python-Markdown extension for formulas."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the typesetter from the configuration, or the workshop of the working directory."""
        self.config = {"workshop": [None, "sets formulas"]}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name Python-Markdown calls)
        """Register after every other postprocessor."""
        md.postprocessors.register(
            Formulas(md, self.getConfig("workshop") or default_workshop()), "formulas", -10
        )


def makeExtension(**kwargs: Any) -> FormulasExtension:  # noqa: N802 (the name Python-Markdown calls)
    """Return the extension; how Python-Markdown finds it by module name."""
    return FormulasExtension(**kwargs)
