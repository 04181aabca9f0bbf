"""The list of questions, and the front matter of their pages."""

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mkdocs.utils.meta import get_data

from dlsite import anchors
from dlsite.catalogue import (
    EDGES,
    Catalogue,
    Entry,
    Page,
    read_entries,
    read_page,
    split_front_matter,
)
from dlsite.cells import PageError

# The real list ------------------------------------------------------------------------------------------------------


def test_the_list_holds_the_articles_95_questions_in_their_order(root: Path) -> None:
    entries = read_entries(root / "docs" / "questions.yml")
    numbers = [entry.number for entry in entries.values()]
    assert [number for number in numbers if number <= 95] == [*range(1, 96)]
    for entry in entries.values():
        assert (root / "docs" / entry.topic / "index.md").exists(), entry.topic


def test_every_question_has_its_page(root: Path) -> None:
    entries = read_entries(root / "docs" / "questions.yml")
    pages = {slug for slug, e in entries.items() if (root / f"docs/{e.topic}/{slug}.md").exists()}
    links = (root / "docs" / "permalinks.txt").read_text(encoding="utf-8").split()
    assert pages == set(entries) == set(links)


@pytest.mark.parametrize("name", ["permalinks.txt", anchors.FILE])
def test_what_was_promised_only_grows(root: Path, name: str) -> None:
    path = f"docs/{name}"
    now = (root / path).read_text(encoding="utf-8").splitlines()
    slugs = {re.split("[# ]", line)[0] for line in now}
    assert slugs <= set(read_entries(root / "docs" / "questions.yml"))
    # A section that is gone gets its heir in the same line.
    now = [line.partition(" ")[0] for line in now]
    assert len(set(now)) == len(now)

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=True
        ).stdout

    if not (root / ".git").exists():  # a release's archive has no history to compare with
        return
    for commit in git("log", "--format=%H", "--diff-filter=d", "--", path).split():
        before = [line.partition(" ")[0] for line in git("show", f"{commit}:{path}").splitlines()]
        assert now[: len(before)] == before, f"{path} has lost or moved lines since {commit}"


# Loading ------------------------------------------------------------------------------------------------------------


MORE = '- {number: 4, slug: last, topic: other, question: "Last?", asks: ["What?"]}'
ENTRIES = {
    "a text": (MORE, "- last", "an entry has the fields number, slug, topic"),
    "no asks": (', asks: ["What?"]', "", "an entry has the fields number, slug, topic"),
    "unknown field": ("topic:", "more: 1, topic:", "an entry has the fields number, slug, topic"),
    "empty": ('["What?"]', "[]", "'asks' must be of type list, not []"),
    "type": ("number: 4", "number: four", "'number' must be of type int, not 'four'"),
    "ask": ('"What?"', "2019", "quote each text of 'asks': [2019]"),
    "slug": ("slug: last", "slug: Last_one", "a slug is lower-case words joined by hyphens"),
    "slug again": ("slug: last", "slug: first", "the slug 'first' is there twice"),
    "number again": ("number: 4", "number: 3", "the number 3 is there twice; the next is 4"),
    "gap": ("number: 4", "number: 5", "numbers run from 1 to 4 without a gap; 5 is not"),
    "place": ("topic: other", "topic: topic", "put 'last' below the last question of its topic"),
}


@pytest.mark.parametrize(("old", "new", "message"), ENTRIES.values(), ids=list(ENTRIES))
def test_an_entry_that_does_not_fit_is_refused_at_its_line(
    docs: Path, old: str, new: str, message: str
) -> None:
    path = docs / "questions.yml"
    listed = path.read_text(encoding="utf-8")
    path.write_text(listed + MORE, encoding="utf-8")
    assert list(read_entries(path)) == ["first", "second", "third", "last"]
    path.write_text(listed + MORE.replace(old, new), encoding="utf-8")
    with pytest.raises(PageError, match=re.escape(message)) as refusal:
        read_entries(path)
    assert (refusal.value.path, refusal.value.line) == (str(path), 4)


@pytest.mark.parametrize("text", ["", "first: 1", "[]\n- x", "  - number: 1"])
def test_a_list_of_another_form_is_refused(docs: Path, text: str) -> None:
    path = docs / "questions.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PageError):
        read_entries(path)


def test_a_page_is_read_whole(docs: Path) -> None:
    catalogue = Catalogue.load(docs)
    assert catalogue.problems == []
    assert catalogue.topics == ["topic", "other"]
    page = catalogue.pages["first"]
    assert (page.level, page.minutes, page.loaded, page.source) == (2, 3, "", 1)
    assert (page.prerequisites, page.followups, page.contrasts) == (("second",), ("third",), ())
    assert (page.answers, page.tags) == (("step-2", "cell-demo"), ("one", "two"))
    assert (page.topic, page.url) == ("topic", "topic/first/")
    assert page.body.startswith("## Short answer\n")
    assert page.first_line == 15
    (first, written), (second, unwritten) = catalogue.of_topic("topic")
    assert (first.slug, written) == ("first", page)
    assert (second.slug, unwritten) == ("second", None)
    assert second.asks == ("What?",)


def test_a_topic_has_the_title_of_its_page(docs: Path) -> None:
    catalogue = Catalogue.load(docs)
    assert [catalogue.topic_name(topic) for topic in catalogue.topics] == ["Topic", "Other"]
    text = "---\ntitle: All about it\n---\n# Topic\n"
    (docs / "topic" / "index.md").write_text(text, encoding="utf-8")
    assert Catalogue.load(docs).topic_name("topic") == "All about it"


def test_a_topics_page_with_bad_front_matter_is_a_problem(docs: Path) -> None:
    path = docs / "topic" / "index.md"
    path.write_text("---\n- a\n---\n# Topic\n", encoding="utf-8")
    catalogue = Catalogue.load(docs)
    (problem,) = catalogue.problems
    assert str(problem).startswith(f"{path}:")
    assert "is not a list of fields" in str(problem)
    assert catalogue.topic_name("topic") == "Topic"


def test_one_slug_in_two_topics_is_a_problem(docs: Path) -> None:
    (docs / "other").mkdir()
    (docs / "other" / "first.md").write_bytes((docs / "topic" / "first.md").read_bytes())
    (problem,) = Catalogue.load(docs).problems
    assert problem.message == "the slug 'first' is taken by topic/first.md"
    assert problem.path == str(docs / "other" / "first.md")


CHANGES = {
    "no front matter": ("---\ntitle", "title", 1, "begins with front matter"),
    "not closed": ("---\n\n## Short", "\n## Short", 1, "begins with front matter"),
    "not YAML": ("level: 2", "level: [2", 5, "the front matter is not YAML"),
    "title missing": ("title: First\n", "", 1, "the front matter has no 'title'"),
    "unknown field": ("tags:", "tag: x\ntags:", 12, "unknown field 'tag'"),
    "level is text": ("level: 2", "level: two", 4, "'level' must be of type int, not 'two'"),
    "level is a truth": ("level: 2", "level: yes", 4, "'level' must be of type int, not True"),
    "level too high": ("level: 2", "level: 4", 4, "level is one of 1, 2, 3"),
    "minutes is a fraction": ("minutes: 3", "minutes: 1.5", 5, "'minutes' must be of type int"),
    "edges are text": (": [second]", ": second", 7, "'prerequisites' must be of type list"),
    "a tag YAML takes for a truth": ("[one, two]", "[one, no]", 12, "quote False in 'tags'"),
    "no premise": ("premise: sound\n", "", 1, "premise is 'sound', or 'loaded: one line"),
    "other premise": ("premise: sound", "premise: false", 6, "premise is 'sound'"),
    "loaded without a line": ("premise: sound", "premise: loaded", 6, "premise is 'sound'"),
    "loaded with more": ("premise: sound", "premise: {loaded: a, b: c}", 6, "premise is 'sound'"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_front_matter_that_is_wrong_is_refused_at_its_line(docs: Path, name: str) -> None:
    old, new, line, message = CHANGES[name]
    path = docs / "topic" / "first.md"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    (problem,) = Catalogue.load(docs).problems
    assert message in problem.message
    assert (problem.path, problem.line) == (str(path), line)


@pytest.mark.parametrize("name", ["title", "question", "level", "minutes", "prerequisites",
                                  "followups", "contrasts", "source", "answers", "tags"])  # fmt: skip
def test_every_field_is_needed(docs: Path, name: str) -> None:
    path = docs / "topic" / "first.md"
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(x for x in lines if not x.startswith(f"{name}:")), encoding="utf-8")
    with pytest.raises(PageError, match=f"has no '{name}'"):
        read_page(path, docs)


def test_front_matter_that_is_a_list_is_refused(docs: Path) -> None:
    path = docs / "topic" / "first.md"
    path.write_text("---\n- a\n---\nText", encoding="utf-8")
    with pytest.raises(PageError, match="is not a list of fields"):
        read_page(path, docs)


def test_a_loaded_premise_has_its_correction(docs: Path) -> None:
    path = docs / "topic" / "first.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("premise: sound", "premise: {loaded: It is not.}"), encoding="utf-8"
    )
    assert read_page(path, docs).loaded == "It is not."


@given(
    st.lists(st.sampled_from(["a: 1", "b: [x]", "# c", ""]), min_size=1, max_size=4).filter(
        lambda head: any(":" in line for line in head)
    ),
    st.lists(st.sampled_from(["", "text", "---", "## H", "key: value"]), max_size=6),
)
def test_the_body_is_what_mkdocs_passes_on_and_its_line_is_right(
    head: list[str], body: list[str]
) -> None:
    text = "\n".join(["---", *head, "---", *body, "end"])
    _, stripped, first_line = split_front_matter(text)
    assert stripped == get_data(text)[0]
    assert text.split("\n")[first_line - 1 :] == stripped.split("\n")


def test_a_text_without_front_matter_begins_in_line_1() -> None:
    assert split_front_matter("# H\n---\n") == ("", "# H\n---\n", 1)


# Edges --------------------------------------------------------------------------------------------------------------


_Edges = dict[str, tuple[str, ...]]


def _catalogue(**edges: _Edges) -> Catalogue:
    """Return a catalogue of pages `a`, `b`, … with these edges; the questions' order is the alphabet's."""
    slugs = [*map(chr, range(ord("a"), ord("h")))]
    entries = {slug: Entry(i, slug, "topic", f"{slug}?", ("?",)) for i, slug in enumerate(slugs, 1)}
    none: dict[str, tuple[str, ...]] = dict.fromkeys(EDGES, ())
    pages = {
        slug: Page(
            slug=slug, path=Path("topic", f"{slug}.md"), title=slug, question="?", level=1,
            minutes=1, loaded="", source=1, answers=(), tags=(), body="", first_line=1,
            **(none | edges[slug]),
        )
        for slug in edges
    }  # fmt: skip
    return Catalogue(entries, pages)


def test_a_page_lists_what_it_names_and_what_names_it() -> None:
    catalogue = _catalogue(
        a={"followups": ("c", "b"), "contrasts": ("c",)},
        b={"prerequisites": ("a",), "contrasts": ("a",), "followups": ("c",)},
        c={"prerequisites": ("b", "a")},
    )
    a, b, c = (catalogue.related(slug) for slug in "abc")
    assert (a.prerequisites, a.needed_for) == ((), ("b", "c"))
    assert a.followups == ("c", "b")
    assert (a.contrasts, b.contrasts, c.contrasts) == (("c", "b"), ("a",), ("a",))
    assert b.follows == ()  # a is a prerequisite already
    assert (c.prerequisites, c.follows, c.path) == (("b", "a"), (), ("a", "b"))


def test_who_leads_here_without_being_a_prerequisite_is_listed() -> None:
    catalogue = _catalogue(a={}, b={"followups": ("a",)}, c={"followups": ("a",)})
    assert catalogue.related("a").follows == ("b", "c")


def test_the_path_goes_through_all_prerequisites_in_order() -> None:
    catalogue = _catalogue(
        d={"prerequisites": ("c", "b", "g")},
        c={"prerequisites": ("b", "a")},
        b={"prerequisites": ("f",)},
        a={},
        f={},
    )
    # f before b though it comes later in the list; g has no page yet.
    assert catalogue.path("d") == ("f", "b", "a", "c", "g")
    assert catalogue.path("a") == ()


def test_a_circle_of_prerequisites_is_found() -> None:
    straight: dict[str, _Edges] = {
        "a": {"prerequisites": ("b", "c")},
        "b": {"prerequisites": ("c",)},
        "c": {},
    }
    assert _catalogue(**straight).circle() == ()
    bent: dict[str, _Edges] = straight | {
        "c": {"prerequisites": ("d",)},
        "d": {"prerequisites": ("b",)},
    }
    circle = _catalogue(**bent).circle()
    assert circle == ("b", "c", "d")
    assert set(_catalogue(**bent).path("d")) == {"b", "c"}  # and no endless walk


def test_every_path_of_the_site_begins_with_what_needs_nothing(root: Path) -> None:
    catalogue = Catalogue.load(root / "docs")
    assert catalogue.circle() == ()
    for slug in catalogue.pages:
        read: set[str] = set()
        for step in (*catalogue.path(slug), slug):
            assert set(catalogue.pages[step].prerequisites) <= read, (slug, step)
            read.add(step)
