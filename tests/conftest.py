"""What the tests of several modules share."""

import os
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from dlsite.browser import PACKAGES
from dlsite.catalogue import Page

ROOT = Path(__file__).parents[1]
# Speed is measured by the benchmark: here a busy machine would fail what is right.
settings.register_profile("untimed", deadline=None)
# Hypothesis' own profile for continuous integration tries the same examples each time, without a limit of time as well.
settings.load_profile("ci" if "CI" in os.environ else "untimed")

VOID = {"br", "img", "input", "link", "meta", "hr"}


class _Texts(HTMLParser):
    """Collects the text of the elements whose tag, or one of whose classes, is `wanted`."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted = wanted
        self.texts: list[str] = []
        self.tags: list[str] = []
        self._open: list[int | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in VOID:
            return
        found = self.wanted in {tag, *(dict(attrs).get("class") or "").split()}
        self._open.append(len(self.texts) if found else None)
        if found:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for index in self._open:
            if index is not None:
                self.texts[index] += data


def pytest_addoption(parser: pytest.Parser) -> None:
    """Name the engine of the browser tests."""
    parser.addoption("--engine", choices=sorted(PACKAGES), help="for the tests marked browser")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def texts_of() -> Callable[[str, str], list[str]]:
    """Return the texts of all elements of a tag or class, as a browser reads them from HTML."""

    def texts(html: str, wanted: str) -> list[str]:
        parser = _Texts(wanted)
        parser.feed(html)
        parser.close()
        return parser.texts

    return texts


@pytest.fixture(scope="session")
def tags_of() -> Callable[[str], list[str]]:
    """Return the tags that open in HTML, in order."""

    def tags(html: str) -> list[str]:
        parser = _Texts("")
        parser.feed(html)
        parser.close()
        return parser.tags

    return tags


QUESTIONS = """\
- {number: 1, slug: first, topic: topic, question: "First?", asks: ["What is it?", "Why?"]}
- {number: 2, slug: second, topic: topic, question: "Second?", asks: ["What?"]}
- {number: 3, slug: third, topic: other, question: "Third?", asks: ["What?"]}
"""

BIB = """\
@book{book, author={Golub, Gene H. and Van Loan, Charles F.}, title={Matrix Computations},
  publisher={P}, year={2013}}
@article{paper, author={Huber, Peter J.}, title={Robust Estimation}, journal={J}, year={1964}}
"""

# Line 15 is the first of the body, `## Short answer`.
PAGE = """\
---
title: First
question: What is first, and why?
level: 2
minutes: 3
premise: sound
prerequisites: [second]
followups: [third]
contrasts: []
source: 1
answers: [step-2, cell-demo]
tags: [one, two]
---

## Short answer

It is first because $1 < 2$, and nothing comes before it. Whoever says more than this says too much, and whoever says
less says too little, so that about forty words are just what is wanted here.

## In depth

The book has it [@book, §1], the paper [@paper].

### Step 1 { #step-1 }

Then [second](q:second#why).

### Step 2 { #step-2 }

Then the [third](q:third).

## Try it

```python live="demo"
x = 1
assert x < 2
x
```

## Implementation

::: dlconcepts.plot.lines

## Common mistakes { #mistakes }

None.

## Scoring

- **Must say**: first.
- **Strong**: why.
- **Red flag**: last.

## Follow-ups

- None.

## References

- [@book, §1]
- [@paper]
"""


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """The docs folder of a small site: three questions in two topics, the first one written."""
    docs = tmp_path / "docs"
    (docs / "topic").mkdir(parents=True)
    for name, text in {
        "questions.yml": QUESTIONS,
        "references.bib": BIB,
        "permalinks.txt": "first\n",
        "topic/first.md": PAGE,
        "topic/index.md": "# Topic\n",
        "index.md": "# Home\n",
    }.items():
        (docs / name).write_text(text, encoding="utf-8")
    return docs


@pytest.fixture(scope="session")
def make_page() -> Callable[..., Page]:
    """Makes the page of a question; what a test does not care about has some value."""

    def make(slug: str, **fields: Any) -> Page:
        given: dict[str, Any] = {
            "path": Path(f"topic/{slug}.md"),
            "title": slug,
            "question": "Why so?",
            "level": 1,
            "minutes": 1,
            "loaded": "",
            "prerequisites": (),
            "followups": (),
            "contrasts": (),
            "source": 1,
            "answers": (),
            "tags": (),
            "body": "",
            "first_line": 1,
        }
        return Page(slug=slug, **{**given, **fields})

    return make
