"""What every question page must have. The build and the tests run the same checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown.extensions.toc import slugify

from dlsite.catalogue import EDGES, Catalogue, Page, place_of, question_files
from dlsite.cells import Cell, PageError, fences, live_cells
from dlsite.references import CITATION, Bibliography, bibliography

PARTS = {
    "Short answer": "short-answer",
    "In depth": "in-depth",
    "Try it": "try-it",
    "Implementation": "implementation",
    "Common mistakes": "mistakes",
    "Scoring": "scoring",
    "Follow-ups": "follow-ups",
    "References": "references",
}
SHORT_ANSWER_WORDS = (30, 160)  # at 150 words a minute, one minute is the most one says in a row
CELL_LINES = 30
CELL_COLUMNS = 78  # more would scroll sideways at 1280 pixels
SCORES = ("Must say", "Strong", "Red flag")
QUESTION_LINK = re.compile(r"\]\(q:(?P<slug>[a-z0-9-]+)(?P<anchor>#[\w-]+)?\)")

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)(?:\s*\{[^}]*?#([\w-]+)[^}]*\})?\s*$")
_ANCHOR = re.compile(r"\{[^}\n]*#([\w-]+)[^}\n]*\}")


# Makes an error of the index of a line in the body and a message.
_Error = Callable[[int, str], PageError]


@dataclass(frozen=True)
class Heading:
    """A heading of a page; `line` is an index into the body's lines."""

    depth: int
    text: str
    anchor: str
    line: int


@dataclass(frozen=True)
class Part:
    """The text between two headings of depth two."""

    heading: Heading
    text: str


def check(catalogue: Catalogue, docs: Path) -> list[PageError]:
    """Return everything that is wrong with the question pages, by file and line."""
    problems = list(catalogue.problems)
    works = bibliography(docs / "references.bib")
    links = docs / "permalinks.txt"
    permalinks = links.read_text(encoding="utf-8").splitlines()
    written = {path.stem for path in question_files(docs, catalogue.topics)}
    for line, slug in enumerate(permalinks, 1):
        if slug not in written:
            problems.append(PageError(str(links), line, f"{slug!r} has no page, or no more"))
        if slug in permalinks[: line - 1]:
            problems.append(PageError(str(links), line, f"{slug!r} is there twice"))
    for page in catalogue.pages.values():
        problems += check_page(page, catalogue, docs, works)
        if page.slug not in permalinks:
            message = f"{page.slug} has no line in permalinks.txt: append it"
            problems.append(PageError(str(docs / page.path), 1, message))
    if circle := catalogue.circle():
        page = catalogue.pages[circle[0]]
        message = f"prerequisites: no page of {' → '.join([*circle, circle[0]])} can be read first"
        problems.append(PageError(str(docs / page.path), 1, message))
    return sorted(problems, key=lambda p: (p.path, p.line))


def check_page(
    page: Page, catalogue: Catalogue, docs: Path, works: Bibliography
) -> Iterator[PageError]:
    """Yield what is wrong with one page."""
    place = place_of(page, docs)
    try:
        cells = live_cells(page.body, place)
        headings, prose = outline(page, docs)
    except PageError as problem:
        yield problem
        return

    def error(index: int, message: str) -> PageError:
        return place.error(index, message)

    yield from _check_entry(page, catalogue, docs)
    parts = parts_of(headings, prose)
    titles = [part.heading.text for part in parts]
    if titles != list(PARTS):
        yield error(*_first_difference(parts, titles))
        return
    by_title = {part.heading.text: part for part in parts}
    for part in parts:
        if part.heading.anchor != PARTS[part.heading.text]:
            message = f"give {part.heading.text!r} its anchor: {{ #{PARTS[part.heading.text]} }}"
            yield error(part.heading.line, message)
    for heading in headings:
        if heading.depth == 1:
            yield error(
                heading.line, "the question itself is the heading of depth one: begin at ##"
            )

    yield from _check_short_answer(by_title["Short answer"], error)
    yield from _check_steps(headings, error)
    yield from _check_cells(cells, page, by_title, place.first_line, error)
    if "::: dlconcepts." not in by_title["Implementation"].text:
        yield error(
            by_title["Implementation"].heading.line, "show the functions used: ::: dlconcepts.…"
        )
    yield from _check_scoring(by_title["Scoring"], error)
    yield from _check_answers(page, catalogue, headings, cells, docs)
    yield from _check_links(prose, catalogue, error)
    yield from _check_references(prose, by_title["References"], works, error)


def outline(page: Page, docs: Path) -> tuple[list[Heading], str]:
    """Return the headings of a page, and its text with the content of fences blanked out."""
    lines = page.body.split("\n")
    for fence in fences(page.body, place_of(page, docs)):
        lines[fence.first : fence.last + 1] = [""] * (fence.last + 1 - fence.first)
    headings = []
    for index, line in enumerate(lines):
        if match := _HEADING.match(line):
            marks, text, anchor = match.groups()
            headings.append(Heading(len(marks), text, anchor or slugify(text, "-"), index))
    return headings, "\n".join(lines)


def parts_of(headings: Sequence[Heading], text: str) -> list[Part]:
    """Return what stands below each heading of depth two."""
    lines = text.split("\n")
    tops = [h for h in headings if h.depth == 2]
    spans = pairwise([*(h.line for h in tops), len(lines)])
    return [
        Part(h, "\n".join(lines[start + 1 : end]))
        for h, (start, end) in zip(tops, spans, strict=True)
    ]


def _first_difference(parts: Sequence[Part], titles: Sequence[str]) -> tuple[int, str]:
    order = ", ".join(PARTS)
    for part, expected in zip(parts, PARTS, strict=False):
        if part.heading.text != expected:
            message = f"expected the part {expected!r}, found {part.heading.text!r}; the parts are {order}"
            return part.heading.line, message
    if len(titles) > len(PARTS):
        extra = parts[len(PARTS)].heading
        return extra.line, f"the part {extra.text!r} is one too many; the parts are {order}"
    return 0, f"the part {list(PARTS)[len(titles)]!r} is missing; the parts are {order}"


def _check_entry(page: Page, catalogue: Catalogue, docs: Path) -> Iterator[PageError]:
    def error(message: str) -> PageError:
        return PageError(str(docs / page.path), 1, message)

    entry = catalogue.entries.get(page.slug)
    if entry is None:
        yield error(f"{page.slug!r} is not a slug of questions.yml: add its entry there")
        return
    if re.search(r"[$`*]", page.question):
        yield error("the question is plain text: menus, cards and pictures show it as it is")
    if entry.topic != page.topic:
        yield error(f"questions.yml has {page.slug!r} in the topic {entry.topic!r}")
    if entry.number != page.source:
        yield error(f"source is {page.source}; questions.yml says {entry.number}")
    for name in EDGES:
        for slug in getattr(page, name):
            if slug not in catalogue.entries:
                yield error(f"{name}: {slug!r} is not a slug of questions.yml")
            elif slug == page.slug:
                yield error(f"{name}: the page names itself")
    for slug in page.prerequisites:
        first = catalogue.pages.get(slug)
        if first is not None and first.level > page.level:
            yield error(
                f"prerequisites: {slug!r} is of level {first.level} and this page of level {page.level}: what is read "
                "first is not harder, so change a level, or name it under followups or contrasts"
            )


def _check_short_answer(part: Part, error: _Error) -> Iterator[PageError]:
    words = len(re.sub(r"\$[^$]*\$", "x", part.text).split())
    low, high = SHORT_ANSWER_WORDS
    if not low <= words <= high:
        yield error(
            part.heading.line, f"the short answer has {words} words; say it in {low} to {high}"
        )


def _check_steps(headings: Sequence[Heading], error: _Error) -> Iterator[PageError]:
    steps = [h for h in headings if re.fullmatch(r"step-\d+", h.anchor)]
    numbers = [0, *(int(h.anchor.removeprefix("step-")) for h in steps)]
    for (before, number), heading in zip(pairwise(numbers), steps, strict=True):
        if number != before + 1:
            yield error(heading.line, f"step {number} follows step {before}")


def _check_cells(
    cells: Sequence[Cell], page: Page, parts: dict[str, Part], first_line: int, error: _Error
) -> Iterator[PageError]:
    start, end = (first_line + parts[name].heading.line for name in ("Try it", "Implementation"))
    if not any(start < cell.line < end for cell in cells):
        yield error(parts["Try it"].heading.line, "there is nothing to try: add a live cell")
    if not any("assert " in cell.code for cell in cells):
        yield error(parts["Try it"].heading.line, "no cell asserts what the text states")
    for cell in cells:
        count = cell.code.count("\n")
        if count > CELL_LINES:
            message = f"cell {cell.id!r} has {count} lines; keep it to {CELL_LINES} and move code to dlconcepts"
            yield error(cell.line - first_line, message)
        for offset, line in enumerate(cell.code.splitlines(), 1):
            if len(line) > CELL_COLUMNS:
                message = f"this line of cell {cell.id!r} has {len(line)} columns; keep it to {CELL_COLUMNS}"
                yield error(cell.line - first_line + offset, message)


def _check_scoring(part: Part, error: _Error) -> Iterator[PageError]:
    bullets = re.findall(r"^[-*] +(?:\*\*(.+?)\*\*)?", part.text, re.MULTILINE)
    if not 3 <= len(bullets) <= 6:
        yield error(part.heading.line, f"scoring has {len(bullets)} bullets; give three to six")
    for score in SCORES:
        if not any(bullet.rstrip(":.").startswith(score) for bullet in bullets):
            yield error(part.heading.line, f"scoring has no bullet that begins with **{score}**")


def _check_answers(
    page: Page, catalogue: Catalogue, headings: Sequence[Heading], cells: Sequence[Cell], docs: Path
) -> Iterator[PageError]:
    path = str(docs / page.path)
    entry = catalogue.entries.get(page.slug)
    if entry is not None and len(page.answers) != len(entry.asks):
        asks = "; ".join(entry.asks)
        message = f"answers names {len(page.answers)} anchors; the question asks {len(entry.asks)} things: {asks}"
        yield PageError(path, 1, message)
    anchors = (
        {h.anchor for h in headings}
        | {f"cell-{c.id}" for c in cells}
        | set(_ANCHOR.findall(page.body))
    )
    for anchor in page.answers:
        if anchor not in anchors:
            yield PageError(path, 1, f"answers: the page has no anchor #{anchor}")


def _check_links(prose: str, catalogue: Catalogue, error: _Error) -> Iterator[PageError]:
    for index, line in enumerate(prose.split("\n")):
        for link in re.finditer(r"\]\(q:[^)]*\)?", line):
            match = QUESTION_LINK.fullmatch(link[0])
            if match is None:
                yield error(index, f"cannot read the link {link[0]!r}: write [text](q:slug#anchor)")
            elif match["slug"] not in catalogue.entries:
                yield error(index, f"q:{match['slug']} is not a slug of questions.yml")


def _check_references(
    prose: str, part: Part, works: Bibliography, error: _Error
) -> Iterator[PageError]:
    listed: set[str] = set()
    for index, line in enumerate(part.text.split("\n"), part.heading.line + 1):
        if not line.startswith(("- ", "* ")):
            continue
        match = CITATION.match(line[2:].lstrip())
        if match is None:
            yield error(index, "a reference begins with its citation, such as [@key, §5.3]")
            continue
        listed.add(match["key"])
        if (
            match["key"] in works
            and works.data.entries[match["key"]].type == "book"
            and not match["locator"]
        ):
            yield error(index, f"say where in the book: [@{match['key']}, §…]")
    if not listed:
        yield error(part.heading.line, "the page cites nothing")
    cited: dict[str, int] = {}
    for match in CITATION.finditer(prose):
        cited.setdefault(match["key"], prose.count("\n", 0, match.start()))
    for key, index in cited.items():
        if key not in works:
            yield error(index, f"[@{key}] is not in {works.path.name}")
        elif key not in listed:
            yield error(index, f"[@{key}] is cited but not listed under References")
