"""What the search leaves out and what it finds a question by; Material's own parser is the oracle for the first."""

from collections.abc import Callable

import pytest
from material.plugins.search.plugin import Parser

from dlsite.catalogue import Page
from dlsite.cells import Cell, render_cell
from dlsite.searching import with_questions, without_excluded, without_repeats

HTML = """
<h2 id="in-depth">In depth</h2><p>kept</p>
<h2 id="implementation">Implementation</h2><p>once</p>
<h4 class="doc" id="dlconcepts.linear.ridge">ridge</h4><p>twice</p>
<details class="mkdocstrings-source"><summary>Source</summary><pre><code>thrice</code></pre></details>
<h2 id="mistakes">Common mistakes</h2><p>kept too</p>
<h2 id="references">References</h2><p>works</p>
"""


def indexed(html: str) -> str:
    """What the search plugin takes from a page."""
    parser = Parser()
    parser.feed(html)
    parser.close()
    return " ".join("".join(s.title + s.text) for s in parser.data if not s.is_excluded())


def test_a_question_is_found_by_its_text_and_not_by_what_it_repeats() -> None:
    found = indexed(without_repeats(HTML, question=True))
    assert "kept" in found
    assert "kept too" in found
    assert not any(word in found for word in ("once", "twice", "thrice", "works", "ridge"))


@pytest.mark.parametrize("question", [True, False])
def test_what_is_left_out_beforehand_changes_nothing(question: bool) -> None:
    html = without_repeats(
        HTML + render_cell(Cell("a", "x = 1\n"), "<p>out</p>"), question=question
    )
    assert indexed(without_excluded(html)) == indexed(html)
    assert len(without_excluded(html)) < len(html) - 300


def test_of_a_formula_its_letters_stay() -> None:
    formula = (
        '<span data-search-exclude class="katex"><span class="katex-mathml"><math>x+x</math></span>'
        '<span class="katex-html" aria-hidden="true"><span class="base">x<span>i</span></span></span></span>'
    )
    assert (
        without_excluded(f"<p>Let {formula} be <b>one</b>.</p>") == "<p>Let xi be <b>one</b>.</p>"
    )
    # One within what is left out as a whole leaves nothing.
    assert without_excluded(f"a<p data-search-exclude>b {formula} c</p>d") == "ad"


def test_an_excluded_element_without_an_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="<div> has no end"):
        without_excluded("<div data-search-exclude><div></div>")


def test_elsewhere_functions_and_works_are_found_but_not_source_code() -> None:
    found = indexed(without_repeats(HTML, question=False))
    assert all(word in found for word in ("kept", "once", "twice", "works", "ridge"))
    assert "thrice" not in found


def test_nothing_of_a_cell_is_found_but_what_stands_around_it() -> None:
    cell = Cell("a", 'code = 1  # @param {type:"slider", min:0, max:2, step:1}')
    output = "<div><div>data</div></div><figure>axis</figure><script>{}</script>"
    found = indexed(f"<h2 id='x'>X</h2><p>before</p>{render_cell(cell, output)}<p>after</p>")
    assert "before" in found
    assert "after" in found
    assert not any(word in found for word in ("code", "data", "axis", "slider"))


def test_the_beginning_of_a_page_has_its_question_and_alone_its_tags(
    make_page: Callable[..., Page],
) -> None:
    docs = [
        {"location": "topic/first/", "title": "First", "text": "", "tags": ["BPTT"]},
        {"location": "topic/first/#step-1", "title": "Step 1", "text": "so", "tags": ["BPTT"]},
        {"location": "other/", "title": "Other", "text": "text", "tags": ["else"]},
    ]
    index = with_questions(
        {"config": {"lang": ["en"]}, "docs": docs}, {"first": make_page("first", tags=("BPTT",))}
    )
    assert index["config"] == {"lang": ["en"]}
    first, step, other = index["docs"]
    assert first == {**docs[0], "text": "Why so?", "boost": 2}
    assert step == {"location": "topic/first/#step-1", "title": "Step 1", "text": "so"}
    assert other == docs[2]


def test_a_question_that_the_index_does_not_hold_is_named(make_page: Callable[..., Page]) -> None:
    with pytest.raises(ValueError, match="no entry for topic/first/"):
        with_questions({"docs": []}, {"first": make_page("first")})
