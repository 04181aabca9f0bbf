"""What sheets and the page of a question alone show of it."""

from pathlib import Path

import pytest

from dlsite import excerpts
from dlsite.catalogue import Catalogue

HTML = """\
<h2 id="short-answer">Short answer<a class="headerlink" href="#short-answer">&para;</a></h2>
<p>It <a id="x" href="../second/#step-2">is</a> so.</p>
<h2 id="in-depth">In depth</h2>
<p>Long.</p>
<h3 id="more">More</h3>
<h2 class="a" id="scoring">Scoring</h2>
<ul>
<li><strong>Must say</strong>: <a href="#in-depth">this</a>, <a class="c" href="../../bibliography/#key">[1]</a></li>
</ul>
<h2 id="follow-ups">Follow-ups</h2>
<p><a href="https://example.org/a/#b">There</a>, <a href="mailto:a@example.org">mail</a></p>
<h2 id="references">References</h2>
"""


def test_the_parts_shown_are_cut_out_with_links_from_the_root() -> None:
    parts = excerpts.excerpt(HTML, "topic/first/")
    assert parts == {
        "short-answer": '<p>It <a href="topic/second/#step-2">is</a> so.</p>',
        "scoring": '<ul>\n<li><strong>Must say</strong>: <a href="topic/first/#in-depth">this</a>, '
        '<a class="c" href="bibliography/#key">[1]</a></li>\n</ul>',
        "follow-ups": '<p><a href="https://example.org/a/#b">There</a>, '
        '<a href="mailto:a@example.org">mail</a></p>',
    }


def test_a_page_without_one_of_the_parts_is_an_error() -> None:
    with pytest.raises(KeyError, match="scoring"):
        excerpts.excerpt(HTML.replace('id="scoring"', 'id="score"'), "topic/first/")


def test_the_listing_has_what_choosing_needs_and_no_answer(docs: Path) -> None:
    listing = excerpts.listing(Catalogue.load(docs))
    assert listing["topics"] == {"topic": "Topic", "other": "Other"}
    assert listing["levels"] == {1: "warm-up", 2: "core", 3: "deep"}
    assert listing["questions"] == [
        {
            "slug": "first",
            "number": 1,
            "title": "First",
            "question": "What is first, and why?",
            "topic": "topic",
            "level": 2,
            "minutes": 3,
            "loaded": "",
            "tags": ("one", "two"),
            "url": "topic/first/",
        }
    ]


@pytest.mark.parametrize("loaded", ["", "It is <not>."])
def test_the_question_alone_folds_the_answer_and_escapes_the_question(
    docs: Path, loaded: str
) -> None:
    path = docs / "topic" / "first.md"
    text = path.read_text(encoding="utf-8").replace("and why?", "and <b>why</b>?")
    if loaded:
        text = text.replace("premise: sound", f"premise: {{loaded: {loaded}}}")
    path.write_text(text, encoding="utf-8")
    page = Catalogue.load(docs).pages["first"]
    parts = excerpts.excerpt(HTML, page.url)
    html = excerpts.alone(
        page, parts, site_url="https://example.org/sub", styles=["a.css", "b.css"], forward="f.js"
    )
    assert "<h1>What is first, and &lt;b&gt;why&lt;/b&gt;?</h1>" in html
    assert '<script src="../../../f.js" data-to="../../../topic/first/?ask"></script>' in html
    assert '<link rel="stylesheet" href="../../../b.css">' in html
    assert '<link rel="canonical" href="https://example.org/sub/topic/first/">' in html
    assert html.count("<details>") == (4 if loaded else 3)
    assert "<details open" not in html
    assert 'href="../../../topic/second/#step-2"' in html
    assert ("It is &lt;not&gt;." in html) == bool(loaded)
    assert "Core" in html
    assert "3 minutes" in html
