"""What the tests of several modules share."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
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
