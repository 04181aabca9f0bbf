"""The questions: what the site must answer, the pages that answer, and the edges between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dlsite.cells import PageError, Place

LEVELS = {1: "warm-up", 2: "core", 3: "deep"}
EDGES = ("prerequisites", "followups", "contrasts")

_FIELDS: dict[str, type] = {
    "title": str,
    "question": str,
    "level": int,
    "minutes": int,
    "prerequisites": list,
    "followups": list,
    "contrasts": list,
    "source": int,
    "answers": list,
    "tags": list,
}

_ENTRY: dict[str, type] = {
    "number": int,
    "slug": str,
    "topic": str,
    "question": str,
    "asks": list,
}
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Entry:
    """One question of the list, written or not; `asks` is what its answer must cover."""

    number: int
    slug: str
    topic: str
    question: str
    asks: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A question's page: its front matter and its text.

    Attributes:
        slug: The permanent name of the question.
        path: The file, relative to the docs folder.
        title: A short name, for navigation.
        question: The question as one would ask it.
        level: 1 warm-up, 2 core, 3 deep.
        minutes: How long an answer takes aloud.
        loaded: What corrects the question when its premise is false, or "".
        prerequisites: Slugs to read first.
        followups: Slugs an interviewer goes on to.
        contrasts: Slugs often confused with this one.
        source: Its number in the list.
        answers: For each thing the question asks, the anchor where the page answers it.
        tags: Words to find it by.
        body: The Markdown below the front matter.
        first_line: The line of the file that is the body's first.
    """

    slug: str
    path: Path
    title: str
    question: str
    level: int
    minutes: int
    loaded: str
    prerequisites: tuple[str, ...]
    followups: tuple[str, ...]
    contrasts: tuple[str, ...]
    source: int
    answers: tuple[str, ...]
    tags: tuple[str, ...]
    body: str
    first_line: int

    @property
    def topic(self) -> str:
        """The folder the page stands in."""
        return self.path.parts[0]

    @property
    def url(self) -> str:
        """The address of the page, relative to the site's root."""
        return self.path.with_suffix("").as_posix() + "/"

    @property
    def permalink(self) -> str:
        """The address that never changes, relative to the site's root."""
        return f"q/{self.slug}/"

    @property
    def effort(self) -> str:
        """Its level, and how long an answer takes, for readers."""
        return f"{LEVELS[self.level].capitalize()} · {self.minutes} minutes aloud"

    @property
    def notebook(self) -> str:
        """The address of the page as a notebook, relative to the site's root."""
        return f"{self.url}{self.slug}.ipynb"


@dataclass(frozen=True)
class Related:
    """The questions around one, in the order of the list but for what its page says in an order of its own.

    Attributes:
        prerequisites: What its page says to read first.
        needed_for: Whose pages say so of it.
        contrasts: What one may confuse it with, whichever of the two pages says so.
        followups: What its page leads to.
        follows: Whose pages lead to it, without its prerequisites.
        path: Its prerequisites and theirs, and so on, each after its own.
    """

    prerequisites: tuple[str, ...]
    needed_for: tuple[str, ...]
    contrasts: tuple[str, ...]
    followups: tuple[str, ...]
    follows: tuple[str, ...]
    path: tuple[str, ...]


@dataclass
class Catalogue:
    """All entries and pages by slug, the titles of the topics' own pages, and what could not be read."""

    entries: Mapping[str, Entry]
    pages: dict[str, Page] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    problems: list[PageError] = field(default_factory=list)

    @classmethod
    def load(cls, docs: Path) -> Catalogue:
        """Read `questions.yml` and every question page below `docs`."""
        catalogue = cls(read_entries(docs / "questions.yml"))
        for topic in catalogue.topics:
            index = docs / topic / "index.md"
            if not index.exists():
                continue
            head = split_front_matter(index.read_text(encoding="utf-8"))[0]
            try:
                meta = _front_matter(head or "{}", index)
            except PageError as problem:
                catalogue.problems.append(problem)
            else:
                if "title" in meta:
                    catalogue.titles[topic] = str(meta["title"])
        for path in question_files(docs, catalogue.topics):
            try:
                page = read_page(path, docs)
            except PageError as problem:
                catalogue.problems.append(problem)
            else:
                first = catalogue.pages.setdefault(page.slug, page)
                if first is not page:
                    message = f"the slug {page.slug!r} is taken by {first.path}"
                    catalogue.problems.append(PageError(str(path), 1, message))
        return catalogue

    @property
    def topics(self) -> list[str]:
        """The topics in the order of the list."""
        return list(dict.fromkeys(entry.topic for entry in self.entries.values()))

    def topic_name(self, topic: str) -> str:
        """Return the title of a topic's page, or what its folder's name says."""
        return self.titles.get(topic) or topic.replace("-", " ").capitalize()

    def of_topic(self, topic: str) -> list[tuple[Entry, Page | None]]:
        """Return the questions of a topic in order, each with its page if it is written."""
        return [(e, self.pages.get(e.slug)) for e in self.entries.values() if e.topic == topic]

    def related(self, slug: str) -> Related:
        """Return what a page names and what names it."""
        page = self.pages[slug]
        by_contrast = (*page.contrasts, *self._naming("contrasts", slug))
        return Related(
            prerequisites=page.prerequisites,
            needed_for=self._naming("prerequisites", slug),
            contrasts=tuple(dict.fromkeys(by_contrast)),
            followups=page.followups,
            follows=tuple(
                s for s in self._naming("followups", slug) if s not in page.prerequisites
            ),
            path=self.path(slug),
        )

    def path(self, slug: str) -> tuple[str, ...]:
        """Return all that a question builds on, each after what it builds on itself, else in the order of the list.

        Pages on a circle come in some order: the checker refuses them, see `circle`.
        """
        found: dict[str, None] = {slug: None}
        done: list[str] = []

        def collect(of: str) -> None:
            before = self.pages[of].prerequisites if of in self.pages else ()
            for name in sorted(before, key=self._number):
                if name not in found:
                    found[name] = None
                    collect(name)
                    done.append(name)

        collect(slug)
        return tuple(done)

    def circle(self) -> tuple[str, ...]:
        """Return questions each of which names the next as its prerequisite, and the last the first; () if none do."""
        cleared: set[str] = set()

        def walk(slug: str, way: tuple[str, ...]) -> tuple[str, ...]:
            if slug in way:
                return way[way.index(slug) :]
            if slug in cleared or slug not in self.pages:
                return ()
            for name in self.pages[slug].prerequisites:
                if name != slug and (circle := walk(name, (*way, slug))):
                    return circle
            cleared.add(slug)
            return ()

        return next(filter(None, (walk(slug, ()) for slug in self.pages)), ())

    def _naming(self, edge: str, slug: str) -> tuple[str, ...]:
        names = [p.slug for p in self.pages.values() if slug in getattr(p, edge)]
        return tuple(sorted(names, key=self._number))

    def _number(self, slug: str) -> int:
        return self.entries[slug].number if slug in self.entries else 0


def question_files(docs: Path, topics: list[str]) -> Iterator[Path]:
    """Yield the files of question pages: everything in a topic's folder but its index."""
    for topic in topics:
        yield from sorted(p for p in (docs / topic).glob("*.md") if p.name != "index.md")


def read_entries(path: Path) -> dict[str, Entry]:
    """Read the list of questions.

    Raises:
        PageError: For the first entry that is incomplete or out of place, with its line.
    """
    text = path.read_text(encoding="utf-8")
    rows = read_yaml(text, path, "the list of questions")
    starts = [at for at, line in enumerate(text.split("\n"), 1) if line.startswith("- ")]
    if not isinstance(rows, list) or len(rows) != len(starts):
        raise PageError(str(path), 1, "each question is an entry that begins with '- '")
    entries: dict[str, Entry] = {}
    for row, line in zip(rows, starts, strict=True):
        if problem := _wrong_in(row) or _out_of_place(row, entries, len(rows)):
            raise PageError(str(path), line, problem)
        entries[row["slug"]] = Entry(**{**row, "asks": tuple(row["asks"])})
    return entries


def _wrong_in(row: object) -> str:
    """Say what is wrong with an entry by itself, or ""."""
    if not isinstance(row, dict) or row.keys() != _ENTRY.keys():
        return f"an entry has the fields {', '.join(_ENTRY)}, and no other"
    for name, kind in _ENTRY.items():
        if not isinstance(row[name], kind) or not row[name]:
            return f"{name!r} must be of type {kind.__name__}, not {row[name]!r}"
    if not all(isinstance(ask, str) for ask in row["asks"]):
        return f"quote each text of 'asks': {row['asks']!r}"
    if not _SLUG.fullmatch(row["slug"]):
        return f"a slug is lower-case words joined by hyphens, not {row['slug']!r}"
    return ""


def _out_of_place(row: Mapping[str, Any], before: Mapping[str, Entry], count: int) -> str:
    """Say what is wrong with an entry among those before it, of `count` in all, or ""."""
    slug, number, topic = row["slug"], row["number"], row["topic"]
    if slug in before:
        return f"the slug {slug!r} is there twice"
    if number in {entry.number for entry in before.values()}:
        return f"the number {number} is there twice; the next is {count}"
    if not 1 <= number <= count:
        return f"numbers run from 1 to {count} without a gap; {number} is not one of them"
    topics = [entry.topic for entry in before.values()]
    if topic in topics and topic != topics[-1]:
        return f"put {slug!r} below the last question of its topic {topic!r}"
    return ""


def split_front_matter(text: str) -> tuple[str, str, int]:
    """Return the YAML, the body as MkDocs passes it on, and the body's first line in the file."""
    if not text.startswith("---\n"):
        return "", text, 1
    head, found, body = text.removeprefix("---\n").partition("\n---\n")
    if not found:
        return "", text, 1
    stripped = body.lstrip("\n")
    skipped = head.count("\n") + 3 + (len(body) - len(stripped))
    return head, stripped, skipped + 1


def read_page(path: Path, docs: Path) -> Page:
    """Read a question page.

    Raises:
        PageError: When the front matter is missing, not YAML, or a field is missing, unknown or of the wrong type.
    """
    text = path.read_text(encoding="utf-8")
    head, body, first_line = split_front_matter(text)
    if not head:
        raise PageError(
            str(path), 1, "a question page begins with front matter between two lines ---"
        )
    meta = _front_matter(head, path)
    lines = head.split("\n")

    def line_of(name: str) -> int:
        return next((i for i, line in enumerate(lines, 2) if line.startswith(f"{name}:")), 1)

    values: dict[str, Any] = {}
    for name, kind in _FIELDS.items():
        if name not in meta:
            raise PageError(str(path), 1, f"the front matter has no {name!r}")
        value = meta.pop(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise PageError(
                str(path), line_of(name), f"{name!r} must be of type {kind.__name__}, not {value!r}"
            )
        if isinstance(value, list):
            for item in value:
                if not isinstance(item, str):
                    message = f"quote {item!r} in {name!r}: YAML does not take it for text"
                    raise PageError(str(path), line_of(name), message)
        values[name] = tuple(value) if isinstance(value, list) else value
    loaded = _premise(meta.pop("premise", None), path, line_of("premise"))
    if meta:
        name = next(iter(meta))
        raise PageError(str(path), line_of(name), f"unknown field {name!r} in the front matter")
    if values["level"] not in LEVELS:
        raise PageError(
            str(path), line_of("level"), f"level is one of {', '.join(map(str, LEVELS))}"
        )
    return Page(
        slug=path.stem,
        path=path.relative_to(docs),
        loaded=loaded,
        body=body,
        first_line=first_line,
        **values,
    )


def read_yaml(text: str, path: Path, what: str, first_line: int = 1) -> Any:
    """Return what a text of YAML says.

    Args:
        text: The YAML.
        path: The file it stands in.
        what: What the text is, for the message.
        first_line: The line of the file that is the text's first.

    Raises:
        PageError: When it is not YAML, with the line.
    """
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = f"{what} is not YAML: {getattr(error, 'problem', None) or error}"
        raise PageError(str(path), mark.line + first_line if mark else 1, message) from None
    except (ValueError, AttributeError, RecursionError) as error:
        # Out of the values: PyYAML takes 2026-99-99 for a date, and !!timestamp x for a time.
        raise PageError(str(path), 1, f"{what} has a value that is none: {error}") from None


def _front_matter(head: str, path: Path) -> dict[str, Any]:
    meta = read_yaml(head, path, "the front matter", first_line=2)
    if not isinstance(meta, dict):
        raise PageError(str(path), 2, "the front matter is not a list of fields")
    return meta


def _premise(value: object, path: Path, line: int) -> str:
    if value == "sound":
        return ""
    if isinstance(value, dict) and list(value) == ["loaded"] and isinstance(value["loaded"], str):
        return value["loaded"]
    raise PageError(
        str(path), line, "premise is 'sound', or 'loaded: one line that corrects the question'"
    )


def place_of(page: Page, docs: Path) -> Place:
    """Return where a page's body stands, for messages."""
    return Place(str(docs / page.path), page.first_line)
