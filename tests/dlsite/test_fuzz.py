"""Whatever stands in a file or a cell: it is read, or refused in a sentence with the place; nothing else happens.

The other tests name the known cases; here Hypothesis looks for those that nobody thought of.
"""

import json
import math
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dlsite import checker, errata, runner
from dlsite.catalogue import Catalogue, Entry, read_entries, read_page
from dlsite.cells import PageError, Place, live_cells, parse_param

T = TypeVar("T")
# Files are UTF-8; what a cell holds comes from JavaScript, whose strings may be anything.
TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
ANY = st.text(st.characters(exclude_categories=()), max_size=60)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.dates()
YAML = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3)
)
# What YAML's own types make of plain text, and where its grammar ends.
ODD = st.sampled_from(
    ["2026-99-99", "0b_", "0o_", ".inf", "~", "!!python/object:os.system x", "*a", "&a [*a]", "a: b: c", "? [a]\n: b",
     "{[]: 1}", "<<: 1", "\t", "---", "...", "%", "!!binary x", "!!set {a}", "!!timestamp x", "12:61:61"]
)  # fmt: skip


def attempt(read: Callable[[], T], path: str) -> T | None:
    """What is read; None when it is refused with its file, a line and a sentence."""
    try:
        return read()
    except PageError as error:
        refused = error
    assert str(refused).startswith(f"{path}:")
    assert refused.line >= 1
    assert len(refused.message) > 5
    return None


def dumped(values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return values.map(lambda value: str(yaml.safe_dump(value, allow_unicode=True)))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A site's folder, whose files the examples write one after the other."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "topic").mkdir()
        yield Path(name)


GOOD = {
    "title": "First", "question": "Why?", "level": 1, "minutes": 2, "premise": "sound", "prerequisites": [],
    "followups": [], "contrasts": [], "source": 1, "answers": ["step-1"], "tags": ["a"],
}  # fmt: skip
FIELDS = list(GOOD)
CHANGED = st.dictionaries(st.sampled_from(FIELDS) | SCALARS, YAML, min_size=1, max_size=2).map(
    lambda change: {**GOOD, **change}
)
FIELD_OF_ODD = st.tuples(st.sampled_from(FIELDS), ODD).map(
    lambda pair: (
        yaml.safe_dump({k: v for k, v in GOOD.items() if k != pair[0]}) + f"{pair[0]}: {pair[1]}\n"
    )
)
LINE = st.sampled_from(
    [
        "## Short answer",
        "## In depth",
        "## Scoring",
        "- **Must say**: x",
        "### Step { #step-1 }",
        "$$",
        "[@book]",
        "# H",
        '```python live="a"',
        "```python",
        "~~~",
        "```",
        "x = 1  # @param 3",
        "::: dlconcepts.x",
        "> quoted",
        "",
        "  - a",
        "[a](q:first)",
    ]
)  # fmt: skip | TEXT.map(lambda text: text.replace("\n", " "))
BODY = st.lists(LINE, max_size=15).map("\n".join)


@given(dumped(CHANGED) | dumped(YAML) | FIELD_OF_ODD | TEXT, BODY)
def test_a_page_is_read_and_checked_or_refused(folder: Path, head: str, body: str) -> None:
    path = folder / "topic" / "first.md"
    path.write_text(f"---\n{head}\n---\n{body}\n", encoding="utf-8", newline="")
    page = attempt(lambda: read_page(path, folder), str(path))
    if page is None:
        return
    entries = {"first": Entry(1, "first", "topic", "Why?", ("Why?",))}
    site = Catalogue(entries, {"first": page})
    (folder / "permalinks.txt").write_text("first\n", encoding="utf-8")
    (folder / "references.bib").write_text("", encoding="utf-8")
    for problem in checker.check(site, folder):
        assert problem.line >= 0
        assert problem.message


@given(BODY | TEXT)
def test_cells_are_found_or_refused(text: str) -> None:
    cells = attempt(lambda: live_cells(text, Place("page.md", 10)), "page.md")
    for cell in cells or []:
        assert cell.code.strip("\n") in text
        assert cell.line >= 10


LITERAL = st.sampled_from(
    ["1", "1.5", "-1", "'a'", "True", "{1}", "1e999", "f(1)", "[" * 300, "1j"]
)
SETTINGS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["type", "min", "max", "step", "options", "x"]), inner)
    ),
)
CONTROL = st.fixed_dictionaries(
    {"type": st.sampled_from(["slider", "number", "dropdown", "boolean"])},
    optional={name: st.floats() for name in ("min", "max", "step")}
    | {"options": st.lists(st.integers() | TEXT)},
)
FORM = (SETTINGS | CONTROL).map(json.dumps) | st.just("[" * 3000 + "]" * 3000) | TEXT
PARAM = st.tuples(st.sampled_from(["x", "é", "1"]), LITERAL | TEXT, FORM).map(
    lambda parts: f"{parts[0]} = {parts[1]}  # @param {parts[2]}"
)


@given(PARAM)
def test_a_parameter_is_a_control_or_refused(line: str) -> None:
    try:
        param = parse_param(line)
    except ValueError as error:
        refusal = str(error)
        param = {}
    if not param:
        assert re.match("a parameter is written|cannot read the parameter |parameter '", refusal)
        return
    assert param["name"].isidentifier()
    if param["type"] in {"slider", "number"}:
        low, high = param.get("min", -math.inf), param.get("max", math.inf)
        assert low <= param["value"] <= high
    if param["type"] == "dropdown":
        assert param["value"] in param["options"]


ENTRY = st.fixed_dictionaries(
    {
        "id": st.just("e1"),
        "kind": st.just("wrong"),
        "says": TEXT,
        "right": TEXT,
        "see": st.just("step-1"),
    }
)
BAD_ENTRY = st.tuples(
    ENTRY, st.dictionaries(st.sampled_from(["id", "kind", "see", "x"]) | SCALARS, YAML)
).map(lambda pair: {**pair[0], **pair[1]})
GROUPS = st.dictionaries(
    st.just("first") | SCALARS, st.lists(ENTRY | BAD_ENTRY | YAML, max_size=2) | YAML, max_size=2
)


@given(dumped(GROUPS) | ODD.map(lambda odd: f"first:\n- id: {odd}\n") | TEXT)
def test_errata_are_read_or_refused(folder: Path, text: str) -> None:
    path = folder / "topic" / errata.FILE
    path.write_text(text, encoding="utf-8", newline="")
    catalogue = Catalogue({"first": Entry(1, "first", "topic", "Why?", ("Why?",))})
    found = attempt(lambda: errata.load(folder, catalogue), str(path))
    if found is not None:
        assert all(one.slug == "first" and one.kind in errata.KINDS for one in found)
        assert errata.markdown(found, catalogue).count("### [") == bool(found)


ROW = {"number": 1, "slug": "first", "topic": "topic", "question": "Why?", "asks": ["Why?"]}
ROWS = st.dictionaries(st.sampled_from(list(ROW)) | SCALARS, YAML, max_size=2).map(
    lambda change: [{**ROW, **change}]
)


@given(dumped(ROWS) | dumped(YAML) | ODD | TEXT)
def test_the_list_of_questions_is_read_or_refused(folder: Path, text: str) -> None:
    path = folder / "questions.yml"
    path.write_text(text, encoding="utf-8", newline="")
    entries = attempt(lambda: read_entries(path), str(path)) or {}
    assert all(
        isinstance(entry.number, int) and slug == entry.slug for slug, entry in entries.items()
    )


# A cell -------------------------------------------------------------------------------------------------------------

PIECE = st.sampled_from(
    ["x", " = ", "1", "'a'", "(", ")", "[", "]", ":", "\n", "    ", "if ", "def f", "return ", "print", "display",
     "track", ".", ",",
     "lambda: ", "import numpy", "from dlconcepts ", "import ", "losses", "np.", "1/0", "raise ", "f'{", "}'",
     "# ", "\\", "class A", "\t", "\0", "\ud800", "yield ", "await ", "global x", "*", "**", "del x", "@", ":=", '"""',
     "é", "0x"]
)  # fmt: skip
CODE = st.lists(PIECE, max_size=14).map("".join) | ANY


@given(CODE, st.none() | st.just("shared"))
def test_a_cell_ends_and_all_it_says_is_json(code: str, session: str | None) -> None:
    lines: list[str] = []
    with warnings.catch_warnings(record=True):  # such as that of an odd literal
        ok = runner.run(code, "fuzzed", session, lines.append)
    events = [json.loads(line) for line in lines]
    assert events[-1]["type"] == "done"
    assert events[-1]["ok"] is ok
    assert [event["type"] for event in events].count("error") == (not ok)
    if not ok:
        error = next(event for event in events if event["type"] == "error")
        assert error["name"]
        assert (
            error["line"] is None or 1 <= error["line"] <= code.count("\n") + code.count("\r") + 2
        )


@given(CODE, st.integers(min_value=0, max_value=80))
def test_completion_and_help_answer_at_every_place(code: str, offset: int) -> None:
    offset = min(offset, len(code))
    found = json.loads(runner.complete(code, offset, None))
    assert 0 <= found["from"] <= offset
    assert all(set(option) == {"label", "type"} for option in found["options"])
    told = json.loads(runner.explain(code, offset, None))
    assert told is None or set(told) == {"name", "signature", "doc"}
