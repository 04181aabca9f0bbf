"""What readers and their tools can take away: the questions as JSON, and the pages as text for language models."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlsite.answers import answer
from dlsite.catalogue import EDGES, LEVELS, Page, split_front_matter
from dlsite.standalone import Site, text

QUESTIONS = "questions.json"
SCHEMA = "questions.schema.json"
LLMS = "llms.txt"
LLMS_FULL = "llms-full.txt"
VERSION = 1  # of the schema: grows when a field goes or changes its meaning, not when one is added


@dataclass(frozen=True)
class Document:
    """A page that answers no question."""

    path: Path
    title: str
    body: str
    first_line: int

    @property
    def url(self) -> str:
        """The address of the page, relative to the site's root."""
        whole = self.path.with_suffix("").as_posix()
        return whole.removesuffix("index") if self.path.stem == "index" else f"{whole}/"


def document(path: Path, docs: Path) -> Document:
    """Read a page that answers no question."""
    _, body, first_line = split_front_matter((docs / path).read_text(encoding="utf-8"))
    heading = re.search(r"^# +(.+?)(?: *\{.*\})?$", body, re.MULTILINE)
    return Document(path, heading[1] if heading else path.stem, body, first_line)


def says_something(path: str) -> bool:
    """Tell whether a page has text of its own: the reference of a module is in its source."""
    return not path.startswith("reference/") or path == "reference/index.md"


def schema() -> str:
    """Return the JSON Schema of the list of questions."""
    return (Path(__file__).parent / "questions.schema.json").read_text(encoding="utf-8")


def questions(site: Site) -> str:
    """Return the list of questions that have a page, as JSON."""
    pages = _in_order(site)
    topics = [t for t in site.catalogue.topics if any(page.topic == t for page in pages)]
    by_topic, by_level = Counter(p.topic for p in pages), Counter(p.level for p in pages)
    made = {
        "$schema": site.at(SCHEMA),
        "version": VERSION,
        "name": site.name,
        "url": site.at(""),
        "license": "CC-BY-4.0",
        "counts": {
            "questions": len(pages),
            "loaded": sum(bool(page.loaded) for page in pages),
            "minutes": sum(page.minutes for page in pages),
            "topics": {topic: by_topic[topic] for topic in topics},
            "levels": {name: by_level[level] for level, name in LEVELS.items()},
        },
        "topics": [
            {"slug": t, "title": site.catalogue.topic_name(t), "url": site.at(f"{t}/")}
            for t in topics
        ],
        "questions": [_question(page, site) for page in pages],
    }
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _question(page: Page, site: Site) -> dict[str, Any]:
    given = answer(page, site)
    return {
        "slug": page.slug,
        "number": page.source,
        "topic": page.topic,
        "title": page.title,
        "question": page.question,
        "asks": list(site.catalogue.entries[page.slug].asks),
        "level": page.level,
        "level_name": LEVELS[page.level],
        "minutes": page.minutes,
        "premise": "loaded" if page.loaded else "sound",
        "correction": page.loaded or None,
        "tags": list(page.tags),
        "permalink": site.at(page.permalink),
        "url": site.at(page.url),
        "notebook": site.at(page.notebook),
        **{edge: list(getattr(page, edge)) for edge in EDGES},
        "short_answer": given.short,
        "scoring": {
            score.lower().replace(" ", "_"): list(found) for score, found in given.scoring.items()
        },
    }


def _in_order(site: Site) -> list[Page]:
    return [site.catalogue.pages[s] for s in site.catalogue.entries if s in site.catalogue.pages]


def llms(site: Site, others: Iterable[Document]) -> str:
    """Return the site's outline by the convention of llms.txt: title, summary, sections of links."""
    lines = [f"# {site.name}", "", f"> {site.description}", ""]
    lines.append(
        "Each question's page has a short answer, a derivation, runnable NumPy, mistakes, scoring and follow-ups. "
        f"[{LLMS_FULL}]({site.at(LLMS_FULL)}) holds all pages as one Markdown file, "
        f"[{QUESTIONS}]({site.at(QUESTIONS)}) the questions with short answers and scoring as JSON."
    )
    pages = _in_order(site)
    for topic in site.catalogue.topics:
        if of_topic := [page for page in pages if page.topic == topic]:
            lines += ["", f"## {site.catalogue.topic_name(topic)}", ""]
            lines += [_link(page.title, page.url, _about(page), site) for page in of_topic]
    lines += ["", "## Optional", ""]
    lines += [_link(other.title, other.url, "", site) for other in others]
    return "\n".join(lines) + "\n"


def _about(page: Page) -> str:
    note = f" The premise is false: {page.loaded}" if page.loaded else ""
    return f"{page.question} ({LEVELS[page.level]}, {page.minutes} min){note}"


def _link(title: str, url: str, about: str, site: Site) -> str:
    link = f"- [{title}]({site.at(url)})"
    return f"{link}: {about}" if about else link


def llms_full(site: Site, others: Iterable[Document]) -> str:
    """Return all pages as one Markdown file, with links and citations resolved."""
    made = [f"# {site.name}\n\n> {site.description}\n"]
    for page in _in_order(site):
        premise = f"\n**The premise is false.** {page.loaded}\n" if page.loaded else ""
        made.append(
            f"# {page.question}\n\n"
            f"{page.effort} · {site.at(page.permalink)}\n"
            f"{premise}\n{text(page, site)}"
        )
    made += [text(other, site) for other in others]
    return "\n---\n\n".join(made)
