"""What can be taken away: the list of questions is as its schema says, and the text holds nothing of the site's own."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dlsite import downloads
from dlsite.answers import answer
from dlsite.catalogue import EDGES, Catalogue
from dlsite.downloads import document, llms, llms_full, questions, says_something
from dlsite.references import bibliography
from dlsite.standalone import Site

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
URL = "https://example.org/sub/"
WHEEL = "assets/wheels/dlconcepts-0.1.0-py3-none-any.whl"
SITE = Site(
    "Deep", "What it is.", URL, Catalogue.load(DOCS), bibliography(DOCS / "references.bib"), WHEEL
)
OTHERS = [
    document(path.relative_to(DOCS), DOCS)
    for path in sorted(DOCS.rglob("*.md"))
    if path.relative_to(DOCS) not in {page.path for page in SITE.catalogue.pages.values()}
    and says_something(path.relative_to(DOCS).as_posix())
]
SCHEMA = json.loads(downloads.schema())
# What only the site's own extensions understand. A formula may hold `[@`, and code anything.
MARKUP = re.compile(r"\]\(q:|\[@[a-z]|^ *:::|\]\((?!https?://|mailto:)|\{:? *#[a-z]", re.MULTILINE)


@pytest.fixture(scope="module")
def listed() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(questions(SITE))
    return made


@pytest.fixture
def small(docs: Path) -> Site:
    return replace(
        SITE, catalogue=Catalogue.load(docs), works=bibliography(docs / "references.bib")
    )


def prose(text: str) -> str:
    text = re.sub(r"^(`{3,}).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`]+`|\$\$[^$]+\$\$|(?<!\\)\$[^$]+\$", "x", text)


def test_the_list_is_as_its_schema_says(listed: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [f"{e.json_path}: {e.message}" for e in validator.iter_errors(listed)] == []


@pytest.mark.parametrize(
    "change",
    [
        {"level": 4},
        {"slug": "Not a slug"},
        {"premise": "loaded"},
        {"correction": "but the premise is sound"},
        {"scoring": {"must_say": ["a"], "strong": [], "red_flag": ["b"]}},
        {"more": 1},
    ],
)
def test_the_schema_refuses_what_it_should(listed: dict[str, Any], change: dict[str, Any]) -> None:
    first = next(q for q in listed["questions"] if q["premise"] == "sound")
    validator = Draft202012Validator(SCHEMA)
    assert validator.is_valid(listed)
    assert not validator.is_valid({**listed, "questions": [{**first, **change}]})


def test_every_field_of_a_question_is_required() -> None:
    fields = SCHEMA["$defs"]["question"]
    assert set(fields["required"]) == set(fields["properties"])


def test_the_list_has_every_page_in_order_and_counts_them(listed: dict[str, Any]) -> None:
    slugs = [question["slug"] for question in listed["questions"]]
    assert slugs == [slug for slug in SITE.catalogue.entries if slug in SITE.catalogue.pages]
    counts = listed["counts"]
    assert counts["questions"] == len(slugs) == sum(counts["topics"].values())
    assert sum(counts["levels"].values()) == len(slugs)
    assert counts["minutes"] == sum(q["minutes"] for q in listed["questions"])
    assert {t["slug"] for t in listed["topics"]} == {q["topic"] for q in listed["questions"]}
    for question in listed["questions"]:
        assert question["permalink"] == f"{URL}q/{question['slug']}/"
        for edge in EDGES:
            assert set(question[edge]) <= set(SITE.catalogue.entries)


def test_answers_are_whole_and_resolved(listed: dict[str, Any]) -> None:
    for question in listed["questions"]:
        page = SITE.catalogue.pages[question["slug"]]
        texts = [question["short_answer"], *(t for s in question["scoring"].values() for t in s)]
        for text in texts:
            assert text
            assert not MARKUP.search(prose(text)), text
        bullets = len(re.findall(r"^- +\*\*(?:Must say|Strong|Red flag)\*\*", page.body, re.M))
        assert len(texts) == bullets + 1
        # Nothing of the page is lost: its words, without those that make a link.
        part = page.body.split("\n## ")[0].partition("\n")[2]
        if "](" not in part and "[@" not in part:
            assert question["short_answer"].split() == part.split()


def test_an_answer_flows_and_keeps_what_stands_on_lines_of_its_own(small: Site) -> None:
    page = small.catalogue.pages["first"]
    head, _, rest = page.body.partition("\n## In depth")
    body = "## Short answer\n\nOne\ntwo.\n\n$$\na\n$$\n\nSee [it](q:second).\n\n## In depth" + rest
    assert head.startswith("## Short answer")
    scoring = "## Scoring\n\n- **Must say**: this\n  and that.\n- **Red flag:** no.\n- **Strong**: so.\n- **A**: b.\n\n"
    body = re.sub(r"## Scoring\n.*?(?=## Follow-ups)", scoring, body, flags=re.DOTALL)
    given = answer(replace(page, body=body), small)
    link = f"[it]({URL}questions/#second)"
    assert given.short == f"One two.\n\n$$\na\n$$\n\nSee {link}."
    assert given.scoring == {
        "Must say": ("this and that.",), "Strong": ("so.",), "Red flag": ("no.",)
    }  # fmt: skip


def test_the_outline_follows_the_convention() -> None:
    lines = llms(SITE, OTHERS).splitlines()
    assert lines[:3] == ["# Deep", "", "> What it is."]
    assert sum(line.startswith("# ") for line in lines) == 1
    sections = [line for line in lines if line.startswith("## ")]
    assert sections[-1] == "## Optional"  # the name the convention gives to what may be left out
    links = [line for line in lines if line.startswith("- ")]
    pattern = re.compile(rf"- \[[^\]]+\]\({re.escape(URL)}[^)\s]*\)(: .+)?")
    assert all(pattern.fullmatch(line) for line in links)
    assert len(links) == len(SITE.catalogue.pages) + len(OTHERS)


def test_the_whole_text_has_every_page_and_nothing_unresolved() -> None:
    whole = llms_full(SITE, OTHERS)
    for page in SITE.catalogue.pages.values():
        assert f"# {page.question}\n" in whole
        if page.loaded:
            assert page.loaded in whole
    found = MARKUP.search(prose(whole))
    assert found is None, prose(whole)[found.start() - 80 : found.end() + 80]
    assert "live=" not in whole
    assert whole.count("\n```python\n") >= len(SITE.catalogue.pages)


def test_other_pages_are_read_with_their_heading_and_address() -> None:
    by_path = {other.path.as_posix(): other for other in OTHERS}
    assert by_path["index.md"].url == ""
    assert by_path["machine-learning/index.md"].url == "machine-learning/"
    assert by_path["notation.md"].title == "Notation"
    assert by_path["notation.md"].url == "notation/"
    assert "reference/linear.md" not in by_path
    assert "reference/index.md" in by_path
