"""What several tests of the tooling share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlsite.catalogue import Page


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
