"""The sections that were published: a link to one works for good, also when the section is gone or moved.

`docs/anchors.txt` has a line `slug#anchor` for each place of a question's page that readers link to: its headings below
the parts, and its cells. It only grows. Where a place is gone, its line names the heir: `slug#anchor slug#anchor`, and
the page leads the old address there. The parts themselves need no line, since every page has them.

    python -m dlsite.anchors    # adds the lines of what is new
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from dlsite import checker
from dlsite.catalogue import Catalogue, Page, place_of
from dlsite.cells import PageError, live_cells

FILE = "anchors.txt"

_LINE = re.compile(r"([a-z0-9-]+)#([\w-]+)(?: ([a-z0-9-]+)#([\w-]+))?")


@dataclass(frozen=True)
class Published:
    """One line: a section that was published, and its heir if it is gone ("" and "" if not)."""

    slug: str
    anchor: str
    heir_slug: str
    heir_anchor: str
    line: int


def read(docs: Path) -> list[Published]:
    """Read the list; empty where there is none.

    Raises:
        PageError: a line cannot be read.
    """
    path = docs / FILE
    if not path.exists():
        return []
    found = []
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = _LINE.fullmatch(text)
        if match is None:
            message = (
                f"cannot read {text!r}: write slug#anchor, or slug#anchor slug#anchor with its heir"
            )
            raise PageError(str(path), line, message)
        slug, anchor, heir_slug, heir_anchor = match.groups(default="")
        found.append(Published(slug, anchor, heir_slug, heir_anchor, line))
    return found


def of_page(page: Page, docs: Path) -> list[str]:
    """Return the anchors of a page's own sections and cells, in its order.

    Raises:
        PageError: a fence of the page cannot be read.
    """
    headings, _ = checker.outline(page, docs)
    cells = live_cells(page.body, place_of(page, docs))
    places = [(h.line + page.first_line, h.anchor) for h in headings if h.depth > 2]
    places += [(cell.line, f"cell-{cell.id}") for cell in cells]
    return [anchor for _, anchor in sorted(places)]


def check(catalogue: Catalogue, docs: Path) -> Iterator[PageError]:
    """Yield each section that was published and leads nowhere now, with the line that promises it."""
    try:
        published = read(docs)
        there = {slug: _all_of(page, docs) for slug, page in catalogue.pages.items()}
    except PageError as problem:
        yield problem
        return
    for each in published:
        here, heir = f"{each.slug}#{each.anchor}", f"{each.heir_slug}#{each.heir_anchor}"
        on_page = there.get(each.slug)
        message = ""
        if on_page is None and each.slug in catalogue.entries:
            continue  # a page that is gone or cannot be read is refused already
        if on_page is None:
            message = f"{each.slug!r} is not a slug of questions.yml"
        elif not each.heir_slug and each.anchor not in on_page:
            message = f"{here} was published and is gone: keep the anchor, or append its heir, {here} slug#anchor"
        elif each.heir_slug and each.anchor in on_page:
            message = f"{here} is on its page: it needs no heir"
        elif each.heir_slug and each.heir_anchor not in there.get(each.heir_slug, ()):
            message = f"the heir of {here}, {heir}, is on no page either"
        if message:
            yield PageError(str(docs / FILE), each.line, message)


def add(catalogue: Catalogue, docs: Path) -> int:
    """Append the lines of what is new, and return how many.

    Raises:
        PageError: the list or a page cannot be read.
    """
    known = {(each.slug, each.anchor) for each in read(docs)}
    new = [
        f"{slug}#{anchor}\n"
        for slug in catalogue.entries
        if slug in catalogue.pages
        for anchor in of_page(catalogue.pages[slug], docs)
        if (slug, anchor) not in known
    ]
    with (docs / FILE).open("a", encoding="utf-8") as file:
        file.writelines(new)
    return len(new)


def with_moved(
    html: str, slug: str, published: list[Published], pages: Mapping[str, Page], root: str
) -> str:
    """Return a page's content with the old anchors: at their heirs, or at its end with the way to another page.

    Args:
        html: The content.
        slug: The question.
        published: All lines of the list.
        pages: The questions' pages.
        root: From the page to the root of the site, such as `../../`.

    Raises:
        ValueError: If an heir is not in the content.
    """
    notes = ""
    for each in published:
        if each.slug != slug or not each.heir_slug:
            continue
        if each.heir_slug != slug:
            page = pages[each.heir_slug]
            notes += (
                f'<p id="{each.anchor}" data-search-exclude>What stood here is part of '
                f'<a href="{root}{page.url}#{each.heir_anchor}">{escape(page.question)}</a> now.</p>\n'
            )
            continue
        heir = re.search(rf'<(?:h[1-6]|section)(?=\s)[^>]*\bid="{each.heir_anchor}"', html)
        if heir is None:
            raise ValueError(f"the page of {slug!r} has no place #{each.heir_anchor}")
        html = f'{html[: heir.start()]}<a id="{each.anchor}"></a>{html[heir.start() :]}'
    return html + notes


def _all_of(page: Page, docs: Path) -> set[str]:
    return {*of_page(page, docs), *checker.PARTS.values()}


def main() -> int:
    """Add what is new to the list of this checkout."""
    docs = Path.cwd() / "docs"
    try:
        count = add(Catalogue.load(docs), docs)
    except PageError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    print(f"{docs.name}/{FILE}: {count} new")
    return 0


if __name__ == "__main__":
    sys.exit(main())
