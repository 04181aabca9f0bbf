"""A question's page as a Jupyter notebook: its text with every link made absolute, and its cells, ready to run.

Outputs are left out: what is shown is what the reader's own run shows. The first code cell installs `dlconcepts` from
the wheel that the site serves, and gives the cells what the page gives them besides Python.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dlsite.catalogue import LEVELS, Catalogue, Page
from dlsite.cells import Fence, Place, fences
from dlsite.checker import QUESTION_LINK
from dlsite.references import CITATION, Bibliography

WHEELS = "assets/wheels"  # an address that stays: a notebook that was downloaded long ago installs from it

# display and track as in the page. A handle is of one run of one cell: a later run shows anew.
SETUP = '''\
%pip install --quiet matplotlib {wheel}

import IPython

_shown = {{}}


def display(*values, id=None):
    """Show each value; the same id replaces what it showed before in this run."""
    key = IPython.get_ipython().execution_count, id
    for value in values:
        if id is not None and key in _shown:
            _shown[key].update(value)
        else:
            _shown[key] = IPython.display.display(value, display_id=True)


def track(items, *, total=None, label=""):
    """Yield the items; in the page, a bar shows how many have been taken."""
    yield from items
'''

_BLOCK = re.compile(r'^(?:!!!|\?\?\?\+?)\s+(?P<kind>[\w-]+)[^"]*(?:"(?P<title>.*)")?\s*$')
_REFERENCE = re.compile(r"^\s*:::\s+(?P<name>dlconcepts(?:\.(?P<module>\w+))?[\w.]*)\s*$")
_ATTRIBUTES = re.compile(
    r"(?:\[\]\(\))?[ ]*\{:?\s*[#.][A-Za-z][\w-]*(?:\s+[#.][A-Za-z][\w-]*)*\s*\}"
)
_ENTRY = re.compile(rf"^(?P<bullet>[> ]*[-*+]\s+){CITATION.pattern}", re.MULTILINE)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
# What no rule may touch: code, and formulas, which may run over lines but not over a blank one.
_VERBATIM = re.compile(r"(`+[^`]+`+|\$\$[^$]+\$\$|(?<![\\$])\$(?:[^$\n]|\n(?!\s*\n))+\$)")


@dataclass(frozen=True)
class Site:
    """What a notebook needs to know of the site it comes from."""

    url: str
    catalogue: Catalogue
    works: Bibliography
    wheel: str

    def at(self, path: str) -> str:
        """Return the whole address of a path of the site."""
        return f"{self.url.rstrip('/')}/{path}"


def notebook(page: Page, site: Site) -> str:
    """Return the notebook of a question's page as the text of its file."""
    cells = [_text(_head(page, site)), _code("setup", SETUP.format(wheel=site.at(site.wheel)))]
    body = page.body.split("\n")
    text: list[str] = []
    at = 0
    quoted = False  # inside a block such as `??? note`, which becomes a quotation
    for fence in [*fences(page.body, Place(str(page.path), page.first_line)), None]:
        lines, quoted = _convert(body[at : fence.first if fence else None], page, site, quoted)
        text += lines
        if fence is None:
            break
        if "live" in fence.options:
            cells += [_text(text), _code(fence.options["live"], fence.code, fence)]
            text = []
        else:
            mark = "> " if quoted else ""
            shown = [fence.mark + fence.language, *fence.code.rstrip("\n").split("\n"), fence.mark]
            text += [mark + line for line in shown]
        at = fence.last + 1
    cells.append(_text(text))
    filled = [cell for cell in cells if cell["source"]]
    for number, cell in enumerate(filled):
        cell.setdefault("id", f"text-{number}")
    made = {
        "cells": filled,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "title": page.question,
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _head(page: Page, site: Site) -> list[str]:
    about = f"{LEVELS[page.level].capitalize()} · {page.minutes} minutes aloud"
    head = [
        f"# {page.question}",
        "",
        f"{about} · [{page.title}, the live page]({site.at(page.url)})",
    ]
    if page.loaded:
        head += ["", f"**The premise is false.** {page.loaded}"]
    run = "Run the first cell once; it installs what the others import. Outputs appear as you run them."
    return [*head, "", run]


def _text(lines: list[str]) -> dict[str, Any]:
    text = "\n".join(_without_empty_end(lines)).strip("\n")
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _without_empty_end(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and lines[end - 1] in {"", ">"}:
        end -= 1
    return lines[:end]


def _code(name: str, code: str, fence: Fence | None = None) -> dict[str, Any]:
    # What the cell is there to show must not end a run of the whole notebook.
    fails = fence is not None and "fails" in fence.options
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"cell-{name}"[:64],
        "metadata": {"tags": ["raises-exception"]} if fails else {},
        "outputs": [],
        "source": code.rstrip("\n").splitlines(keepends=True),
    }


def _convert(lines: list[str], page: Page, site: Site, quoted: bool) -> tuple[list[str], bool]:
    """Return lines of text as Jupyter's Markdown has them, and whether a block goes on after them."""
    made: list[str] = []
    for line in lines:
        if block := _BLOCK.match(line):
            quoted = True
            made += ["", f"> **{block['title'] or block['kind'].capitalize()}**", ">"]
            continue
        if quoted and line.strip() and not line.startswith("    "):
            quoted = False
            made = [*_without_empty_end(made), ""]
        inner = line.removeprefix("    ") if quoted else line
        if reference := _REFERENCE.match(inner):
            inner = _reference(reference, site)
        made.append((("> " if quoted else "") + inner).rstrip())
    return "".join(_parts("\n".join(made), page, site)).split("\n"), quoted


def _reference(match: re.Match[str], site: Site) -> str:
    page = f"reference/{match['module']}/" if match["module"] else "reference/"
    return f"[`{match['name']}`]({site.at(page)}#{match['name']}): the source and its documentation"


def _parts(text: str, page: Page, site: Site) -> Iterator[str]:
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
    work = " ".join(site.works.entry(match["key"]).split())
    # The page goes on with a full stop of its own.
    work = f"{work} {match['locator']}" if match["locator"] else work.removesuffix(".")
    return match["bullet"] + work


def _citation(match: re.Match[str], site: Site) -> str:
    label = site.works.label(match["key"])
    place = f", {match['locator']}" if match["locator"] else ""
    return f"[({label}{place})]({site.at('bibliography/')}#{match['key']})"


def _question(match: re.Match[str], site: Site) -> str:
    written = site.catalogue.pages.get(match["slug"])
    if written is None:
        return f"]({site.at('questions/')}#{match['slug']})"
    return f"]({site.at(written.url)}{match['anchor'] or ''})"


def _link(target: str, page: Page, site: Site) -> str:
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
