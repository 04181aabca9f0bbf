"""What the 2019 article gets wrong, by question: read from `errata.yml` of each topic, checked, written as Markdown.

An entry has an id that never changes, a kind, the article's words, what is right, and where the question's page shows
it: a cell where a computation settles it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from dlsite.catalogue import Catalogue, read_yaml
from dlsite.cells import PageError

FILE = "errata.yml"
PAGE = "errata/"
"""The address of the list, relative to the site's root; a question's slug is the anchor of its entries there."""
KINDS: Mapping[str, str] = {
    "wrong": "a statement that is false",
    "misleading": "true in part, and read otherwise than it holds",
    "incomplete": "a part of the question without an answer",
    "outdated": "what no longer holds, or no longer held in 2019",
    "code": "code that does not run or does not do what it says",
    "misprint": "a slip of the pen that changes the meaning",
}
LONGEST = 40
"""Words of the article in one quotation, at most."""

_FIELDS = {"id", "kind", "says", "right", "see"}
_ID = re.compile(r"e[1-9]\d*")
_TAG = re.compile(r"<[A-Za-z/!?]\S*")
# The part after the common mistakes.
_AFTER = re.compile(r'<h2(?=\s)[^>]*\bid="scoring"')


@dataclass(frozen=True)
class Erratum:
    """One entry.

    Attributes:
        id: Its anchor, such as `e15`.
        slug: The question, or "" for the article as a whole.
        kind: A key of `KINDS`.
        says: The article's words.
        right: What is right, in Markdown.
        see: The anchor on the question's page that shows or explains it, or "".
    """

    id: str
    slug: str
    kind: str
    says: str
    right: str
    see: str


def load(docs: Path, catalogue: Catalogue) -> list[Erratum]:
    """Read the entries, in the order of the questions; those of the article as a whole first.

    Raises:
        PageError: For the first entry that is incomplete or cannot be placed, with file and line.
    """
    files = {docs / FILE: {""}}
    for topic in catalogue.topics:
        slugs = {slug for slug, entry in catalogue.entries.items() if entry.topic == topic}
        files[docs / topic / FILE] = slugs
    errata: list[Erratum] = []
    for path, slugs in files.items():
        for erratum in _read(path, slugs):
            if any(erratum.id == other.id for other in errata):
                line = _line(path.read_text(encoding="utf-8"), _of_id(erratum.id))
                raise PageError(str(path), line, f"two errata have the id {erratum.id!r}")
            errata.append(erratum)
    order = {slug: at for at, slug in enumerate(["", *catalogue.entries])}
    return sorted(errata, key=lambda erratum: order[erratum.slug])


def _read(path: Path, slugs: set[str]) -> list[Erratum]:
    """The entries of a file `{slug: [{id, kind, says, right, see}, …]}`; without a file there are none."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    groups = read_yaml(text, path, "this")
    if not isinstance(groups, dict):
        raise PageError(str(path), 1, "errata are lists of entries, each under its question's slug")
    errata = []
    for slug, rows in groups.items():
        if slug not in slugs:
            wanted = "'': the article as a whole" if slugs == {""} else "a question of this topic"
            line = _line(text, rf"^['\"]?{re.escape(str(slug))}['\"]?:")
            raise PageError(str(path), line, f"{slug!r} is not {wanted}")
        if not isinstance(rows or [], list):
            raise PageError(str(path), 1, f"what stands under {slug!r} is not a list of entries")
        for row in rows or ():
            errata.append(_entry(row, slug, path, text))
    return errata


def _entry(row: Any, slug: str, path: Path, text: str) -> Erratum:
    name = row.get("id", "") if isinstance(row, dict) else row
    line = _line(text, _of_id(str(name)))

    def refuse(message: str) -> PageError:
        return PageError(str(path), line, f"erratum {name!r}: {message}")

    if not isinstance(row, dict) or not all(isinstance(x, str) for x in [*row, *row.values()]):
        raise refuse("an entry is a list of fields, each of them text")
    if missing := _FIELDS - {"see"} - row.keys():
        raise refuse(f"there is no {', '.join(sorted(missing))}")
    if unknown := row.keys() - _FIELDS:
        raise refuse(f"unknown field {', '.join(sorted(unknown))}")
    if not _ID.fullmatch(name):
        raise refuse("an id is 'e' and a number")
    if row["kind"] not in KINDS:
        raise refuse(f"kind is one of {', '.join(KINDS)}")
    if len(row["says"].split()) > LONGEST:
        raise refuse(f"quote {LONGEST} words at most")
    if tag := _TAG.search(row["says"] + "\n" + row["right"]):
        raise refuse(f"{tag[0]!r} reads as HTML, and the whole list is lost: in math write \\lt")
    if bool(row.get("see")) != bool(slug):
        raise refuse("'see' is an anchor of the question's page; the whole article has none")
    return Erratum(
        name, slug, row["kind"], row["says"].strip(), row["right"].strip(), row.get("see", "")
    )


def _of_id(name: str) -> str:
    return rf"\bid:\s*['\"]?{re.escape(name)}['\"]?\s*$"


def _line(text: str, pattern: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def markdown(errata: Iterable[Erratum], catalogue: Catalogue) -> str:
    """Return the list with a choice of kinds above it, as the Markdown of a page."""
    errata = list(errata)
    parts = ['<div class="dl-errata" markdown="1">\n', _choice(errata)]
    topic, slug = "-", "-"
    for erratum in errata:
        if erratum.slug != slug:
            parts.append("</div>\n" if slug != "-" else "")
            slug = erratum.slug
            of = catalogue.entries[slug].topic if slug else ""
            if of != topic:
                topic = of
                name = catalogue.topic_name(topic) if topic else "The article as a whole"
                parts.append(f"## {name} {{ #{topic or 'whole'} }}\n")
            parts.append('<div class="dl-errata-of" markdown="1">\n')
            if slug:
                page = catalogue.pages.get(slug)
                title = page.title if page else catalogue.entries[slug].question
                parts.append(f"### [{title}](q:{slug}) {{ #{slug} }}\n")
        parts.append(_item(erratum))
    return "\n".join([*parts, "</div>\n" if errata else "", "</div>\n"])


def _choice(errata: list[Erratum]) -> str:
    counts = Counter(erratum.kind for erratum in errata)
    rows = [("all", f"all {len(errata)}", "every entry")]
    rows += [(kind, f"{kind} {counts[kind]}", says) for kind, says in KINDS.items() if counts[kind]]
    labels = "".join(
        f'<label title="{escape(says)}"><input type="radio" name="kind" value="{kind}"'
        f"{' checked' if kind == 'all' else ''}> {label}</label>"
        for kind, label, says in rows
    )
    return f'<fieldset class="dl-errata-kinds"><legend>Show</legend>{labels}</fieldset>\n'


def _item(erratum: Erratum) -> str:
    see = ""
    if erratum.see:
        word = "Computed" if erratum.see.startswith("cell-") else "Explained"
        see = f" [{word} on the page](q:{erratum.slug}#{erratum.see})."
    says = erratum.says.replace("\n", " ")
    return (
        f'<div class="dl-erratum" id="{erratum.id}" data-kind="{erratum.kind}" markdown="1">\n\n'
        f"[{erratum.kind}](#{erratum.id}){{ .dl-erratum-kind }}\n\n> {says}\n\n{erratum.right}{see}\n\n</div>\n"
    )


def with_errata(html: str, slug: str, errata: Iterable[Erratum], root: str) -> str:
    """Return a question's page that ends its common mistakes on a link to its errata, if it has any.

    Args:
        html: The page's content.
        slug: The question.
        errata: Those of all questions.
        root: From the page to the root of the site, such as `../../`.

    Raises:
        ValueError: If the question has errata and its page no place for the link.
    """
    count = sum(erratum.slug == slug for erratum in errata)
    if not count:
        return html
    many = f"{count} entries" if count > 1 else "one entry"
    line = (
        f'<p class="dl-errata-link" data-search-exclude>The <a href="{root}{PAGE}#{slug}">errata of the '
        f"2019 article</a> have {many} on this question.</p>\n"
    )
    html, placed = _AFTER.subn(lambda match: line + match[0], html, count=1)
    if not placed:
        raise ValueError(f"the page of {slug!r} has no part 'Scoring' to place its errata before")
    return html
