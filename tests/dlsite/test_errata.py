"""The errata: what is refused, how they are ordered and counted, and that those of the site stand where they say."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from dlsite import errata
from dlsite.catalogue import Catalogue, Entry
from dlsite.cells import PageError
from dlsite.errata import KINDS, Erratum, with_errata

GOOD = {"id": "e1", "kind": "wrong", "says": "two is three", "right": "It is not.", "see": "step-1"}


@pytest.fixture
def catalogue() -> Catalogue:
    """Two topics of one question each, the second listed first."""
    entries = {
        "b": Entry(1, "b", "later", "Why b?", ("b",)),
        "a": Entry(2, "a", "early", "Why a?", ("a",)),
    }
    return Catalogue(entries)


def write(docs: Path, folder: str, groups: object) -> None:
    path = docs / folder / errata.FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    text = groups if isinstance(groups, str) else yaml.safe_dump(groups, sort_keys=False)
    path.write_text(text, encoding="utf-8")


def test_entries_come_in_the_order_of_the_questions(tmp_path: Path, catalogue: Catalogue) -> None:
    write(tmp_path, "early", {"a": [{**GOOD, "id": "e3"}]})
    write(tmp_path, "later", {"b": [{**GOOD, "id": "e2"}, {**GOOD, "id": "e9"}]})
    whole = {key: value for key, value in GOOD.items() if key != "see"}
    write(tmp_path, ".", {"": [{**whole, "id": "e4"}]})
    found = errata.load(tmp_path, catalogue)
    assert [(e.id, e.slug) for e in found] == [("e4", ""), ("e2", "b"), ("e9", "b"), ("e3", "a")]


def test_a_site_without_errata_has_none(tmp_path: Path, catalogue: Catalogue) -> None:
    assert errata.load(tmp_path, catalogue) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "15"}, "an id is 'e' and a number"),
        ({"kind": "silly"}, "kind is one of wrong, misleading"),
        ({"says": "word " * 41}, "quote 40 words at most"),
        ({"right": "It is $k<d$."}, "'<d$.' reads as HTML"),
        ({"see": ""}, "'see' is an anchor of the question's page"),
        ({"more": "x"}, "unknown field more"),
        ({"right": None}, "each of them text"),
    ],
)
def test_a_bad_entry_is_refused_at_its_line(
    tmp_path: Path, catalogue: Catalogue, change: Mapping[str, str], message: str
) -> None:
    row = {**GOOD, **change}
    write(tmp_path, "early", {"a": [{**GOOD, "id": "e7"}, row]})
    with pytest.raises(PageError, match=re.escape(message)) as caught:
        errata.load(tmp_path, catalogue)
    assert caught.value.path.endswith("early/errata.yml")
    assert caught.value.line == 7


def test_a_missing_field_is_named(tmp_path: Path, catalogue: Catalogue) -> None:
    write(tmp_path, "early", {"a": [{"id": "e1", "kind": "wrong"}]})
    with pytest.raises(PageError, match="there is no right, says"):
        errata.load(tmp_path, catalogue)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: [", 1, "this is not YAML"),
        ("- a", 1, "under its question's slug"),
        ("a: []\nb: []", 2, "'b' is not a question of this topic"),
        ("a:\n  - word", 1, "a list of fields"),
        ("a:\n  - {1: word}", 1, "a list of fields"),
        ("a: 7", 1, "what stands under 'a' is not a list of entries"),
        ("a:\n  - id: 2026-99-99", 1, "this has a value that is none"),
    ],
)
def test_what_is_no_list_of_errata_is_refused(
    tmp_path: Path, catalogue: Catalogue, text: str, line: int, message: str
) -> None:
    write(tmp_path, "early", text)
    with pytest.raises(PageError, match=message) as caught:
        errata.load(tmp_path, catalogue)
    assert caught.value.line == line


def test_an_id_stands_once(tmp_path: Path, catalogue: Catalogue) -> None:
    write(tmp_path, "early", {"a": [GOOD]})
    write(tmp_path, "later", {"b": [GOOD]})
    with pytest.raises(PageError, match="two errata have the id 'e1'"):
        errata.load(tmp_path, catalogue)


def test_the_list_counts_kinds_and_links_to_the_place(catalogue: Catalogue) -> None:
    entries = [
        Erratum("e1", "", "wrong", "all of it", "Some of it.", ""),
        Erratum("e2", "b", "code", "print x", "`print(x)`", "cell-print"),
        Erratum("e3", "b", "wrong", "b\nis c", "$b$ is $b$.", "step-1"),
    ]
    text = errata.markdown(entries, catalogue)
    assert re.findall(r'value="(\w+)"[^>]*> ([^<]+)<', text) == [
        ("all", "all 3"),
        ("wrong", "wrong 2"),
        ("code", "code 1"),
    ]
    assert re.findall(r"^## .*|^### .*", text, re.MULTILINE) == [
        "## The article as a whole { #whole }",
        "## Later { #later }",
        "### [Why b?](q:b) { #b }",
    ]
    assert "`print(x)` [Computed on the page](q:b#cell-print)." in text
    assert "[Explained on the page](q:b#step-1)." in text
    assert "> b is c" in text
    assert text.count("<div") == text.count("</div>") == 3 + 2 + 1


def test_a_topic_has_its_heading_once() -> None:
    entries = {s: Entry(n, s, "both", f"Why {s}?", ("x",)) for n, s in enumerate("ab", 1)}
    errors = [Erratum(f"e{s}", s, "wrong", "x", "y", "step-1") for s in "ab"]
    text = errata.markdown(errors, Catalogue(entries))
    assert re.findall(r"^##+ .*", text, re.MULTILINE) == [
        "## Both { #both }",
        "### [Why a?](q:a) { #a }",
        "### [Why b?](q:b) { #b }",
    ]


def erratum(slug: str) -> Erratum:
    return Erratum("e1", slug, "wrong", "two is three", "It is not.", "step-1")


def test_a_question_leads_to_its_errata_from_its_common_mistakes(
    texts_of: Callable[[str, str], list[str]],
) -> None:
    html = '<h2 id="mistakes">Mistakes</h2><p>a</p><h2 class="x" id="scoring">Scoring</h2><p>b</p>'
    errata_of_all = [erratum("a"), erratum("b"), erratum("b"), erratum("")]
    made = with_errata(html, "b", errata_of_all, "../../")
    line = re.search(r"<p>a</p>(<p .*</p>\n)<h2 class=\"x\"", made)
    assert line is not None
    assert made.replace(line[1], "") == html
    assert '<a href="../../errata/#b">' in line[1]
    assert texts_of(made, "dl-errata-link") == [
        "The errata of the 2019 article have 2 entries on this question."
    ]
    (one,) = texts_of(with_errata(html, "a", errata_of_all, ""), "dl-errata-link")
    assert "have one entry on" in one
    assert with_errata(html, "c", errata_of_all, "../../") == html
    with pytest.raises(ValueError, match="the page of 'b' has no part 'Scoring'"):
        with_errata("<p>b</p>", "b", errata_of_all, "../../")


def test_the_style_sheet_knows_every_kind(root: Path) -> None:
    style = (root / "overrides" / "live" / "page.css").read_text(encoding="utf-8")
    assert set(re.findall(r'\[value="(\w+)"\]:checked', style)) == set(KINDS)


def test_the_sites_own_errata_are_of_every_kind(root: Path) -> None:
    found = errata.load(root / "docs", Catalogue.load(root / "docs"))
    assert {erratum.kind for erratum in found} == set(KINDS)
