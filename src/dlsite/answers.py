"""What a question's page answers, in parts: the short answer and what scores it, as Markdown that stands on its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dlsite.catalogue import Page
from dlsite.checker import SCORES, outline, parts_of
from dlsite.standalone import Site, resolved

_BULLET = re.compile(r"^[-*] +\*\*(?P<score>.+?)\*\*[:.]?\s*(?P<text>.*(?:\n(?![-*] ).*)*)", re.M)


@dataclass(frozen=True)
class Answer:
    """The short answer of a page, and for each of `SCORES` what an interviewer listens for."""

    short: str
    scoring: dict[str, tuple[str, ...]]


def answer(page: Page, site: Site) -> Answer:
    """Return what a page that the checker has passed answers."""
    headings, _ = outline(page, Path())
    texts = {part.heading.text: part.text for part in parts_of(headings, page.body)}
    scoring: dict[str, list[str]] = {score: [] for score in SCORES}
    for bullet in _BULLET.finditer(texts["Scoring"]):
        # The checker wants a bullet that begins with each of these words, and lets others stand.
        score = next((s for s in SCORES if bullet["score"].startswith(s)), None)
        if score is not None:
            scoring[score].append(_flowed(resolved(bullet["text"], page, site)))
    short = "\n\n".join(
        _flowed(paragraph)
        for paragraph in re.split(r"\n\s*\n", resolved(texts["Short answer"], page, site))
    )
    return Answer(short, {score: tuple(found) for score, found in scoring.items()})


def _flowed(paragraph: str) -> str:
    """Return a paragraph on one line, but a list or a displayed formula as it is."""
    if re.search(r"^ *(?:[-*] |\d+\. |\$\$)", paragraph, re.M):
        return paragraph
    return " ".join(paragraph.split())
