"""Each work has an address that is well-formed, and is cited by a page; none stands twice."""

import re
from collections import Counter
from pathlib import Path

import pytest
from pybtex.database import Entry, parse_file

from dlsite.references import CITATION

ROOT = Path(__file__).parents[2]
WORKS: dict[str, Entry] = dict(parse_file(str(ROOT / "docs" / "references.bib")).entries)
FORMS = {
    "doi": r"10\.\d{4,9}/\S+",
    "eprint": r"\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7}",
    "isbn": r"(\d-?){9}[\dX]|(\d-?){13}",
    "url": r"https?://[\w.-]+\.[a-z]{2,}(:\d+)?(/\S*)?",
}


@pytest.mark.parametrize("key", WORKS)
def test_a_work_has_an_address_and_each_is_well_formed(key: str) -> None:
    fields = WORKS[key].fields
    assert FORMS.keys() & {name.lower() for name in fields}, (
        f"give {key} a DOI, ISBN, eprint or url"
    )
    for name, form in FORMS.items():
        if name in fields:
            assert re.fullmatch(form, fields[name]), f"{key}: {name} = {fields[name]}"


@pytest.mark.parametrize("key", [key for key, work in WORKS.items() if "isbn" in work.fields])
def test_an_isbn_has_the_right_check_digit(key: str) -> None:
    digits = [10 if d == "X" else int(d) for d in WORKS[key].fields["isbn"].replace("-", "")]
    if len(digits) == 13:
        assert sum(d * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0
    else:
        assert sum(d * (10 - i) for i, d in enumerate(digits)) % 11 == 0


def test_every_work_is_cited_by_a_page() -> None:
    texts = [
        path.read_text(encoding="utf-8")
        for pattern in ("*.md", "*.yml")
        for path in (ROOT / "docs").rglob(pattern)
    ]
    cited = {match["key"] for text in texts for match in CITATION.finditer(text)}
    assert WORKS.keys() - cited == set()


@pytest.mark.parametrize("field", ["doi", "eprint", "title"])
def test_no_work_stands_twice(field: str) -> None:
    # Letters alone: braces and case are the style's.
    values = Counter(
        re.sub(r"\W", "", work.fields[field]).lower()
        for work in WORKS.values()
        if field in work.fields
    )
    assert [value for value, times in values.items() if times > 1] == []
