"""A page's Markdown on its own: what it means once it has left the site, and the site's extensions, behind.

Links become absolute, citations and links to questions are resolved, blocks become quotations. Notebooks, the
downloads and the decks are made of this.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dlsite.catalogue import Catalogue
from dlsite.cells import Fence, Place, fences
from dlsite.checker import QUESTION_LINK
from dlsite.references import CITATION, WHOLE, Bibliography

_BLOCK = re.compile(r'^(?:!!!|\?\?\?\+?)\s+(?P<kind>[\w-]+)[^"]*(?:"(?P<title>.*)")?\s*$')
_REFERENCE = re.compile(r"^\s*:::\s+(?P<name>dlconcepts(?:\.(?P<module>\w+))?[\w.]*)\s*$")
_ATTRIBUTES = re.compile(
    r"(?:\[\]\(\))?[ ]*\{:?\s*[#.][A-Za-z][\w-]*(?:\s+[#.][A-Za-z][\w-]*)*\s*\}"
)
_ENTRY = re.compile(rf"^(?P<bullet>[> ]*[-*+]\s+){CITATION.pattern}", re.MULTILINE)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
# What no rule may touch: code, and formulas, which may run over lines but not over a blank one.
_VERBATIM = re.compile(r"(`+[^`]+`+|\$\$[^$]+\$\$|(?<![\\$])\$(?:[^$\n]|\n(?!\s*\n))+\$)")


class Source(Protocol):
    """A page: a question's, or any other."""

    @property
    def path(self) -> Path:
        """The file, relative to the docs folder."""

    @property
    def url(self) -> str:
        """The address, relative to the site's root."""

    @property
    def body(self) -> str:
        """The Markdown below the front matter."""

    @property
    def first_line(self) -> int:
        """The line of the file that is the body's first."""


@dataclass(frozen=True)
class Site:
    """What a page needs to know of the site it comes from."""

    name: str
    description: str
    url: str
    catalogue: Catalogue
    works: Bibliography
    wheel: str

    def at(self, path: str) -> str:
        """Return the whole address of a path of the site."""
        return f"{self.url.rstrip('/')}/{path}"


def segments(page: Source, site: Site) -> Iterator[tuple[list[str], Fence | None]]:
    """Yield the lines of text up to each live cell, with its fence, and what follows the last one, with None."""
    body = page.body.split("\n")
    text: list[str] = []
    at = 0
    quoted = False  # inside a block such as `??? note`, which becomes a quotation
    for fence in fences(page.body, Place(str(page.path), page.first_line)):
        lines, quoted = _convert(body[at : fence.first], page, site, quoted)
        text += lines
        if "live" in fence.options:
            yield text, fence
            text = []
        else:
            mark = "> " if quoted else ""
            shown = [fence.mark + fence.language, *fence.code.rstrip("\n").split("\n"), fence.mark]
            text += [mark + line for line in shown]
        at = fence.last + 1
    lines, _ = _convert(body[at:], page, site, quoted)
    yield text + lines, None


def text(page: Source, site: Site) -> str:
    """Return a whole page, its cells as plain fences."""
    made: list[str] = []
    for lines, fence in segments(page, site):
        made += lines
        if fence is not None:
            made += [fence.mark + fence.language, fence.code.rstrip("\n"), fence.mark]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(made)).strip("\n") + "\n"


def resolved(markdown: str, page: Source, site: Site) -> str:
    """Return a piece of a page's text with its links and citations resolved."""
    return "".join(_parts(markdown, page, site)).strip()


def without_empty_end(lines: list[str]) -> list[str]:
    """Return the lines without those at the end that hold no text."""
    end = len(lines)
    while end and lines[end - 1] in {"", ">"}:
        end -= 1
    return lines[:end]


def _convert(lines: list[str], page: Source, site: Site, quoted: bool) -> tuple[list[str], bool]:
    """Return lines of text as Jupyter's Markdown has them, and whether a block goes on after them."""
    made: list[str] = []
    for line in lines:
        if block := _BLOCK.match(line):
            quoted = True
            made += ["", f"> **{block['title'] or block['kind'].capitalize()}**", ">"]
            continue
        if quoted and line.strip() and not line.startswith("    "):
            quoted = False
            made = [*without_empty_end(made), ""]
        inner = line.removeprefix("    ") if quoted else line
        if reference := _REFERENCE.match(inner):
            inner = _reference(reference, site)
        elif inner == WHOLE:
            inner = "\n".join(f"- {_whole(key, site)}" for key in site.works.keys())  # noqa: SIM118 (in order)
        made.append((("> " if quoted else "") + inner).rstrip())
    return "".join(_parts("\n".join(made), page, site)).split("\n"), quoted


def _reference(match: re.Match[str], site: Site) -> str:
    page = f"reference/{match['module']}/" if match["module"] else "reference/"
    return f"[`{match['name']}`]({site.at(page)}#{match['name']}): the source and its documentation"


def _parts(text: str, page: Source, site: Site) -> Iterator[str]:
    """Yield the text with links and citations resolved; code and formulas as they are."""
    for index, part in enumerate(_VERBATIM.split(text)):
        if index % 2:
            yield part
            continue
        part = _ATTRIBUTES.sub("", part)
        part = _ENTRY.sub(lambda match: _entry(match, site), part)
        part = CITATION.sub(lambda match: _citation(match, site), part)
        part = QUESTION_LINK.sub(lambda match: _question(match, site), part)
        yield _LINK.sub(lambda match: _link(match["target"], page, site), part)


def _entry(match: re.Match[str], site: Site) -> str:
    if match["key"] not in site.works:
        return match[0]  # the page itself is refused, with the line
    work = _whole(match["key"], site)
    # The page goes on with a full stop of its own.
    work = f"{work} {match['locator']}" if match["locator"] else work.removesuffix(".")
    return match["bullet"] + work


def _whole(key: str, site: Site) -> str:
    return " ".join(site.works.entry(key).split())


def _citation(match: re.Match[str], site: Site) -> str:
    if match["key"] not in site.works:
        return match[0]
    label = site.works.label(match["key"])
    place = f", {match['locator']}" if match["locator"] else ""
    return f"[({label}{place})]({site.at('bibliography/')}#{match['key']})"


def _question(match: re.Match[str], site: Site) -> str:
    written = site.catalogue.pages.get(match["slug"])
    if written is None:
        return f"]({site.at('questions/')}#{match['slug']})"
    return f"]({site.at(written.url)}{match['anchor'] or ''})"


def _link(target: str, page: Source, site: Site) -> str:
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return f"]({target})"
    path, hash_, anchor = target.partition("#")
    if not path:
        return f"]({site.at(page.url)}#{anchor})"
    joined = posixpath.normpath(posixpath.join(page.path.parent.as_posix(), path))
    if joined.endswith(".md"):
        joined = joined.removesuffix(".md").removesuffix("index").rstrip("/")
        joined += "/" if joined else ""
    return f"]({site.at(joined)}{hash_}{anchor})"
