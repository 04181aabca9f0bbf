r"""Set formulas at build time, so that no page loads a math library.

pymdownx.arithmatex finds the formulas and leaves them as `\(…\)` and `\[…\]`; this extension runs after everything
else and puts KaTeX's HTML in their place.
"""

from __future__ import annotations

import html
import re
from typing import Any, Protocol
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor

from dlsite.cells import RenderError, current_place
from dlsite.workshop import default_workshop

_FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">(?:\\\((?P<inline>.*?)\\\)|\\\[(?P<block>.*?)\\\])</(?P=tag)>'
    r"(?P<after>[.,;:!?)]*)",
    re.DOTALL,
)
# Up to this many characters of TeX, a formula and the punctuation after it may stay on one line of a phone.
_SHORT = 24

# A dollar sign in its word, and what stands before on the line, up to one of Markdown's placeholders.
_DOLLAR = re.compile(r"[^\n\x02\x03]*?([^\s\x02\x03]*\$[^\s\x02\x03]*)")


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
        after = match["after"]
        try:
            shown = self.typesetter.tex(formula, display=display)
        except RenderError as error:
            # Between its delimiters, lest a short one is found in some other word or formula.
            words = r"\s+".join(re.escape(word) for word in formula.split())
            pattern = rf"(?:\$|\\[(\[])\s*{words}\s*(?:\$|\\[)\]])"
            message = f"KaTeX cannot set {formula!r}: {error}"
            raise current_place().error_at(message, pattern) from None
        if after and not display and len(formula) <= _SHORT:
            # Browsers break a line between a formula and the full stop after it.
            return f'<span class="dl-nowrap">{shown}{after}</span>'
        return shown + after


class Leftovers(Treeprocessor):
    """Refuse a dollar sign that belongs to no formula; one that is meant is written with a backslash.

    At this point arithmatex has taken its formulas, and Python-Markdown still keeps escaped characters apart.
    """

    def run(self, root: Element) -> None:
        """Look at all text but code and formulas.

        Raises:
            PageError: For a dollar sign elsewhere.
        """
        for element in root.iter():
            claimed = element.tag in {"code", "pre"} or element.get("class") == "arithmatex"
            for text in ("" if claimed else element.text, element.tail):
                if found := _DOLLAR.search(text or ""):
                    message = (
                        f"the $ in {found[1]!r} belongs to no formula: "
                        "a displayed $$…$$ is a paragraph of its own, a dollar is \\$"
                    )
                    line, word = re.escape(found[0]), re.escape(found[1])
                    # `and $$a + b$$` leaves `and $` before the formula.
                    raise current_place().error_at(message, line + r"\$", line, word)


class FormulasExtension(Extension):
    """Python-Markdown extension for formulas."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the typesetter from the configuration, or the workshop of the working directory."""
        # "" stands for none: Python-Markdown turns what replaces a None into a bool.
        self.config = {"workshop": ["", "sets formulas"]}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name Python-Markdown calls)
        """Register after the inline patterns, and after every other postprocessor."""
        md.treeprocessors.register(Leftovers(md), "leftovers", 1)
        md.postprocessors.register(
            Formulas(md, self.getConfig("workshop") or default_workshop()), "formulas", -10
        )


def makeExtension(**kwargs: Any) -> FormulasExtension:  # noqa: N802 (the name Python-Markdown calls)
    """Return the extension; how Python-Markdown finds it by module name."""
    return FormulasExtension(**kwargs)
