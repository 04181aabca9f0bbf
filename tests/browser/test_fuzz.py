"""Whatever others put into the browser's storage and into a link: the pages that read it go on working.

The modules themselves are fuzzed more closely in tests/live/fuzz.test.js; here is what they make of it together.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from .conftest import Visit
from .reader import Reader
from .serving import Server

pytestmark = pytest.mark.browser

QUESTION, CELL = "machine-learning/normal-equation/", "#cell-"
PREFIX = "dlconcepts:"
TEXT = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["<img src=x onerror=alert(1)>", "__proto__", "null", "%", "{", "\0"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
SLUG = st.sampled_from(["normal-equation", "capacity", "mle-consistency", "constructor", "<b>"])
CARD = st.fixed_dictionaries(
    {name: st.integers(1, 3) | JSON for name in ("due", "last", "stability", "difficulty", "state")}
    | {name: st.integers(0, 3) for name in ("interval", "steps", "reps", "lapses")}
)
SHEET = st.fixed_dictionaries(
    {"label": TEXT | JSON, "at": st.integers(0, 9) | JSON}
    | {"entries": st.dictionaries(SLUG, st.fixed_dictionaries({"mark": TEXT, "note": TEXT}))}
)


def document(name: str, entry: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """Anything, ever closer to what the page itself would have written."""
    data = st.dictionaries(SLUG, entry | JSON, max_size=3) | JSON
    envelope = st.fixed_dictionaries(
        {"format": st.just(PREFIX + name) | JSON, "version": st.just(1) | JSON, "data": data}
    )
    return TEXT | (JSON | envelope | data).map(json.dumps)


STORED = st.fixed_dictionaries(
    {},
    optional={
        f"{PREFIX}revise": document("revise", CARD),
        f"{PREFIX}marks": document("marks", SHEET),
        f"{PREFIX}revise:aside:{1:015}": TEXT,
        f"{PREFIX}download": TEXT,
        "draft": st.fixed_dictionaries({"hash": TEXT | JSON, "code": TEXT | JSON, "at": JSON}).map(
            json.dumps
        )
        | TEXT,
    },
)


def packed(code: str) -> str:
    """Code as a link holds it."""
    deflate = zlib.compressobj(wbits=-15)
    data = deflate.compress(code.encode()) + deflate.flush()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


KIT = st.lists(
    st.tuples(
        st.sampled_from(["kit", "seed", "count", "minutes", "topics", "levels", "sheet"]),
        SLUG
        | TEXT
        | st.integers(-1, 50).map(str)
        | st.sampled_from(["1,2", "optimization", "interviewer"]),
    ),
    max_size=5,
).map(lambda fields: "&".join(f"{name}={quote(value)}" for name, value in fields))
SHARED = st.tuples(st.sampled_from(["first", "nowhere", "%"]), TEXT.map(packed) | TEXT.map(quote))
FRAGMENT = TEXT.map(quote) | TEXT.map(lambda text: text.replace("\0", ""))


def put(page: Page, stored: dict[str, str], draft: str) -> None:
    """Let the storage hold this and nothing else."""
    named = {draft if key == "draft" else key: value for key, value in stored.items()}
    page.evaluate(
        """(stored) => {
          localStorage.clear();
          Object.entries(stored).forEach((pair) => localStorage.setItem(...pair));
        }""",
        named,
    )


@pytest.fixture
def reader(visit: Visit, root_site: Server) -> Reader:
    """At a page of the site, so that there is a storage to write to."""
    reader = visit(root_site)
    reader.open(QUESTION)
    return reader


def repeated(examples: int) -> settings:
    """The same examples each time, for a browser's test must not fail by chance; and no search for a simpler one."""
    return settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=examples,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )


def test_pages_for_interviews_take_any_storage_and_link(reader: Reader) -> None:
    page, number = reader.page, 0

    @repeated(15)
    @given(STORED, KIT | FRAGMENT)
    def look(stored: dict[str, str], fragment: str) -> None:
        nonlocal number
        number += 1
        put(page, stored, f"{PREFIX}draft:x#y")
        reader.open(f"interview/?{number}#{fragment}")
        expect(page.locator(".dl-kit, .dl-sheet").first).to_be_attached()
        reader.open(f"interview/revise/?{number}#{fragment}")
        counts = page.locator("[data-mount=revise] > .dl-meta")
        expect(counts).to_have_text(re.compile(r"\d+ of 95 seen, \d+ due, \d+ known"))
        assert page.locator("[onerror], [data-mount] b:text('1')").count() == 0

    look()
    page.evaluate("localStorage.clear()")
    reader.open("interview/")
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator(".dl-kit > li")).to_have_count(6)


def test_a_question_takes_any_draft_and_shared_code(reader: Reader) -> None:
    page, number = reader.page, 0
    name = reader.cells()[0].name
    cell = reader.cell(name)
    original = cell.code()
    address = reader.server.prefix + QUESTION

    @repeated(15)
    @given(STORED, SHARED.map(lambda pair: f"cell-{pair[0]}&code={pair[1]}") | FRAGMENT)
    def look(stored: dict[str, str], fragment: str) -> None:
        nonlocal number
        number += 1
        put(page, stored, f"{PREFIX}draft:{address}#{name}")
        reader.open(f"{QUESTION}?{number}#{fragment.replace('first', name)}")
        assert len(reader.cells()) > 1
        expect(cell.button).to_be_enabled()
        assert page.locator("[onerror]").count() == 0
        assert reader.ran_nothing

    look()
    page.evaluate("localStorage.clear()")
    reader.open(QUESTION)
    assert cell.code() == original
    assert cell.run() == "done", cell.text()
