"""Citations: `[@key, §5.3]` in a page becomes a link into the bibliography, formatted by pybtex.

At the start of a list item, as in a page's References, the whole entry stands in the place of the link.
A line `[@bibliography]` becomes the list of all entries.
"""

from __future__ import annotations

import functools
import html
import os
import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from pybtex.backends.html import Backend
from pybtex.database import BibliographyData, Entry, parse_string
from pybtex.exceptions import PybtexError
from pybtex.richtext import Text
from pybtex.style.formatting.unsrt import Style

from dlsite.cells import PageError, Place, current_place

_BRACKETS = r"\[@[^\]]*\]?"
CITATION = re.compile(r"\[@(?P<key>[A-Za-z][\w-]*)(?:,\s*(?P<locator>[^\]]+?))?\]")
WHOLE = "[@bibliography]"


class Bibliography:
    """The works the pages cite, by key."""

    def __init__(self, path: Path) -> None:
        """Read a BibTeX file.

        Raises:
            PageError: When the file is not BibTeX or an entry cannot be formatted.
        """
        self.path = path
        try:
            self.data: BibliographyData = parse_string(path.read_text(encoding="utf-8"), "bibtex")
        except PybtexError as error:
            line = getattr(error, "lineno", None) or 1
            raise PageError(str(path), line, f"cannot read the bibliography: {error}") from None
        self._whole: dict[str, str] = {}
        style = (
            Style()
        )  # one for all: each new one looks through the installed packages for its parts
        for key, work in self.data.entries.items():
            try:
                self.label(key)
                formatted = next(iter(style.format_entries([work])))
                self._whole[key] = str(formatted.text.render(Backend()))
            except (PybtexError, LookupError, AttributeError) as error:
                # What is missing: a KeyError for author or year, else pybtex's word for it.
                message = f"the entry {key!r} cannot be formatted: {error}"
                raise Place(str(path)).error_at(message, rf"\{{\s*{re.escape(key)}\s*,") from None

    def __contains__(self, key: str) -> bool:
        """Tell whether there is a work of this key."""
        return key in self.data.entries

    def keys(self) -> list[str]:
        """Return the keys by first author and year."""
        return sorted(self.data.entries, key=lambda key: (self.label(key).casefold(), key))

    def label(self, key: str) -> str:
        """Return a work as one names it in a sentence: `Golub & Van Loan 2013`."""
        return f"{self._names(key)} {self._year(key)}"

    def entry(self, key: str) -> str:
        """Return a work's whole entry as HTML."""
        return self._whole[key]

    def _entry(self, key: str) -> Entry:
        return self.data.entries[key]

    def _year(self, key: str) -> str:
        return str(self._entry(key).fields["year"])

    def _names(self, key: str) -> str:
        persons = self._entry(key).persons.get("author") or self._entry(key).persons["editor"]
        names = [str(Text.from_latex(" ".join([*p.prelast_names, *p.last_names]))) for p in persons]
        if len(names) > 3:
            return f"{names[0]} et al."
        return " & ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def bibliography(path: Path) -> Bibliography:
    """Return the bibliography of a file, read again when it has changed: reading takes a second."""
    path = path.resolve()
    return _read(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Bibliography:
    return Bibliography(path)


class Citations(InlineProcessor):
    """Turn `[@key, §5.3]` into a link."""

    def __init__(self, md: Markdown, works: Bibliography) -> None:
        """Remember where the works are."""
        super().__init__(_BRACKETS, md)
        self.works = works

    def handleMatch(  # type: ignore[override]  # noqa: N802 (the name Python-Markdown calls)
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        """Return the link of a citation."""
        place = current_place()
        citation = CITATION.fullmatch(m[0])
        if citation is None:
            message = f"cannot read the citation {m[0]!r}: write [@key] or [@key, where]"
            raise place.error_at(message, re.escape(m[0]))
        key, locator = citation["key"], citation["locator"]
        if key not in self.works:
            message = f"[@{key}] is not in {self.works.path.name}"
            raise place.error_at(message, re.escape(m[0]))
        link = Element("a")
        link.set("class", "dl-cite")
        target = self.works.path.parent / "bibliography.md"
        link.set("href", f"{os.path.relpath(target, Path(place.path).parent)}#{key}")
        label = self.works.label(key)
        link.text = f"({label}, {locator})" if locator else f"({label})"
        link.set("data-key", key)
        link.set("data-locator", locator or "")
        return link, m.start(0), m.end(0)


class WholeEntries(Treeprocessor):
    """Where a list item begins with a citation, put the whole entry in its place."""

    def __init__(self, md: Markdown, works: Bibliography) -> None:
        """Remember where the works are."""
        super().__init__(md)
        self.works = works

    def run(self, root: Element) -> None:
        """Change the tree in place."""
        for item in root.iter("li"):
            holder = item
            if not (item.text or "").strip() and len(item) and item[0].tag == "p":
                holder = item[0]
            if (
                (holder.text or "").strip()
                or not len(holder)
                or holder[0].get("class") != "dl-cite"
            ):
                continue
            link = holder[0]
            entry = self.works.entry(link.get("data-key", ""))
            link.text = self.md.htmlStash.store(f'<span class="dl-entry">{entry}</span>')
            link.attrib.pop("href")
            link.tag = "span"
            if locator := link.get("data-locator"):
                link.tail = f" {locator}{link.tail or ''}"
        for link in root.iter():
            link.attrib.pop("data-key", None)
            link.attrib.pop("data-locator", None)


class WholeBibliography(Preprocessor):
    """Put the list of all works where a line asks for it."""

    def __init__(self, md: Markdown, works: Bibliography) -> None:
        """Remember where the works are."""
        super().__init__(md)
        self.works = works

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with the list in them."""
        if WHOLE not in lines:
            return lines
        listed = []
        for key in self.works.keys():  # noqa: SIM118 (not a dictionary: in order)
            entry = self.md.htmlStash.store(
                f'<span class="dl-entry" id="{key}">{self.works.entry(key)}</span>'
            )
            listed.append(f"- {entry} <code>{html.escape(key)}</code>")
        at = lines.index(WHOLE)
        return [*lines[:at], *listed, *lines[at + 1 :]]


class ReferencesExtension(Extension):
    """Python-Markdown extension for citations."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the BibTeX file from the configuration."""
        self.config = {"file": ["docs/references.bib", "the BibTeX file"]}
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name Python-Markdown calls)
        """Register before links, and the entries after all inline patterns."""
        works = bibliography(Path(self.getConfig("file")))
        md.inlinePatterns.register(Citations(md, works), "citations", 175)
        md.treeprocessors.register(WholeEntries(md, works), "whole_entries", 15)
        md.preprocessors.register(WholeBibliography(md, works), "bibliography", 27)


def makeExtension(**kwargs: Any) -> ReferencesExtension:  # noqa: N802 (the name Python-Markdown calls)
    """Return the extension; how Python-Markdown finds it by module name."""
    return ReferencesExtension(**kwargs)
