"""The rules of a question page: a good page has no problem, and each rule that is broken gives one."""

from pathlib import Path

import pytest

from dlsite import checker
from dlsite.catalogue import Catalogue
from dlsite.cells import PageError

FENCE = '```python live="demo"\nx = 1\nassert x < 2\nx\n```\n'
ANSWER = "It is first because"
FILLER = (
    "Whoever says more than this says too much, and whoever says\nless says too little, "
    "so that about forty words are just what is wanted here."
)


def problems_of(docs: Path) -> list[PageError]:
    return checker.check(Catalogue.load(docs), docs)


def change(docs: Path, *pairs: tuple[str, str]) -> Path:
    path = docs / "topic" / "first.md"
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_page_has_no_problem(docs: Path) -> None:
    assert problems_of(docs) == []


Change = tuple[tuple[str, str], ...]
# What is changed; a text whose line in the changed file the problem names ("" for the first line); the message.
BROKEN: dict[str, tuple[Change, str, str]] = {
    "source": ((("source: 1", "source: 2"),), "", "source is 2; questions.yml says 1"),
    "markup in the question": (
        (("question: What is first, and why?", "question: What is $1$, and why?"),),
        "",
        "the question is plain text",
    ),
    "prerequisite": (
        (("prerequisites: [second]", "prerequisites: [nowhere]"),),
        "",
        "prerequisites: 'nowhere' is not a slug",
    ),
    "followup": ((("[third]\nc", "[nowhere]\nc"),), "", "followups: 'nowhere' is not a slug"),
    "contrast": (
        (("contrasts: []", "contrasts: [nowhere]"),),
        "",
        "contrasts: 'nowhere' is not a slug",
    ),
    "itself": (
        (("prerequisites: [second]", "prerequisites: [first]"),),
        "",
        "prerequisites: the page names itself",
    ),
    "too few answers": (
        (("[step-2, cell-demo]", "[step-2]"),),
        "",
        "answers names 1 anchors; the question asks 2",
    ),
    "too many answers": ((("[step-2,", "[step-1, step-2,"),), "", "answers names 3 anchors"),
    "answer nowhere": ((("[step-2,", "[step-9,"),), "", "answers: the page has no anchor #step-9"),
    "part missing": (
        (("## Follow-ups\n\n- None.\n", ""),),
        "## References",
        "expected the part 'Follow-ups', found 'References'",
    ),
    "last part missing": (
        (("## References\n\n- [@book, §1]\n- [@paper]\n", ""),),
        "## Short",
        "the part 'References' is missing",
    ),
    "first part missing": (
        (("## Short answer\n", ""),),
        "## In depth",
        "expected the part 'Short answer'",
    ),
    "part too many": (
        (("- [@paper]\n", "- [@paper]\n\n## More\n"),),
        "## More",
        "the part 'More' is one too many",
    ),
    "part misspelled": (
        (("## In depth", "## In Depth"),),
        "## In Depth",
        "expected the part 'In depth', found 'In Depth'",
    ),
    "wrong order": (
        (("## Try it", "## Scoring"), ("## Scoring\n\n- **Must", "## Try it\n\n- **Must")),
        "## Scoring",
        "expected the part 'Try it', found 'Scoring'",
    ),
    "no anchor": (
        ((" { #mistakes }", ""),),
        "## Common",
        "give 'Common mistakes' its anchor: { #mistakes }",
    ),
    "wrong anchor": (
        (("## Scoring", "## Scoring { #score }"),),
        "## Scoring",
        "give 'Scoring' its anchor: { #scoring }",
    ),
    "title": ((("### Step 1", "# Title\n\n### Step 1"),), "# Title", "begin at ##"),
    "short answer too short": (((FILLER, ""),), "## Short", "the short answer has"),
    "short answer too long": (
        ((ANSWER, "word " * 150 + ANSWER),),
        "## Short",
        "say it in 30 to 160",
    ),
    "step left out": (
        (("{ #step-2 }", "{ #step-3 }"), ("[step-2,", "[step-3,")),
        "### Step 2",
        "step 3 follows step 1",
    ),
    "steps begin at 2": ((("{ #step-1 }", "{ #a }"),), "### Step 2", "step 2 follows step 0"),
    "step twice": (
        (("### Step 2 ", "### Again { #step-1 }\n\n### Step 2 "),),
        "### Again",
        "step 1 follows step 1",
    ),
    "nothing to try": (
        ((FENCE, ""), ("## In depth\n", f"## In depth\n\n{FENCE}")),
        "## Try it",
        "there is nothing to try",
    ),
    "nothing to try until later": (
        ((FENCE, ""), ("::: dlconcepts", f"{FENCE}\n::: dlconcepts")),
        "## Try it",
        "there is nothing to try",
    ),
    "no assertion": ((("assert x < 2", "x < 2"),), "## Try it", "no cell asserts"),
    "long cell": (
        (("x = 1\n", "x = 1\n" * 28 + "\n"),),
        '```python live="demo"',
        "cell 'demo' has 31 lines; keep it to 30",
    ),
    "wide cell": (
        (("x = 1\n", f"x = {'1' * 80}\n"),),
        f"x = {'1' * 80}",
        "has 84 columns; keep it to 78",
    ),
    "broken cell": ((("assert x < 2", "assert x <"),), "assert x <", "does not compile"),
    "broken fence": ((("x\n```\n", "x\n"),), '```python live="demo"', "never closed"),
    "no function": (
        (("::: dlconcepts.plot.lines", "See plot."),),
        "## Implementation",
        "show the functions used",
    ),
    "function only in code": (
        (("::: dlconcepts.plot.lines", "```\n::: dlconcepts.plot.lines\n```"),),
        "## Implementation",
        "show the functions used",
    ),
    "too much scoring": (
        (("- **Red flag**", "- a\n- b\n- c\n- d\n- **Red flag**"),),
        "## Scoring",
        "scoring has 7 bullets",
    ),
    "no red flag": (
        (("**Red flag**", "Red flag"),),
        "## Scoring",
        "no bullet that begins with **Red flag**",
    ),
    "no must": (
        (("**Must say**", "**Say**"),),
        "## Scoring",
        "no bullet that begins with **Must say**",
    ),
    "question link": ((("(q:third)", "(q:no)"),), "Then the [third]", "q:no is not a slug"),
    "question link with capitals": (
        (("(q:third)", "(q:Third)"),),
        "Then the [third]",
        "cannot read the link '](q:Third)'",
    ),
    "question link with a title": (
        (("(q:third)", '(q:third "T")'),),
        "Then the [third]",
        "cannot read the link",
    ),
    "unknown citation": (
        (("the paper [@paper]", "the paper [@no], [@paper]"),),
        "The book has",
        "[@no] is not in references.bib",
    ),
    "unknown reference": (
        (("- [@paper]", "- [@paper]\n- [@no]"),),
        "- [@no]",
        "[@no] is not in references.bib",
    ),
    "not listed": ((("\n- [@paper]", ""),), "The book has", "[@paper] is cited but not listed"),
    "listed as prose": (
        (("\n- [@paper]", "\n- See [@paper]"), (", the paper [@paper]", "")),
        "- See",
        "a reference begins with its citation",
    ),
    "book without place": ((("- [@book, §1]", "- [@book]"),), "- [@book]", "say where in the book"),
    "cites nothing": (
        (("- [@book, §1]\n- [@paper]\n", "None.\n"), (" [@book, §1], the paper [@paper]", "")),
        "## References",
        "the page cites nothing",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_one_problem_at_its_line(docs: Path, name: str) -> None:
    pairs, where, message = BROKEN[name]
    path = change(docs, *pairs)
    lines = path.read_text(encoding="utf-8").split("\n")
    line = next(i for i, text in enumerate(lines, 1) if text.startswith(where)) if where else 1
    found = problems_of(docs)
    # A listed citation that is no bullet's first word is also not listed.
    expected = [p for p in found if message in p.message]
    assert [(p.path, p.line) for p in expected] == [(str(path), line)], found
    assert len(found) == 1 + (name == "listed as prose"), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("### Step 1", "### Step size { #step-size }\n\n### Step 1"),
        ("### Step 1", "### Step size\n\n### Step 1"),
        ("None.\n\n## Scoring", "```markdown\n## Not a part\n[a](q:no) [@no]\n```\n\n## Scoring"),
        ("### Step 2 { #step-2 }", "### Step 2 { .wide #step-2 data-x=1 }"),
        ("**Red flag**:", "**Red flag.**"),
        ("- **Strong**: why.", "- **Strong** why.\n    - a\n    - b\n    - c\n    - d"),
        ("x = 1\n", "x = 1\n" * 28),
        (ANSWER, "$" + "x " * 200 + "$ " + ANSWER),
        ("[step-2,", "[aside,"),
    ],
)
def test_what_only_looks_wrong_is_none(docs: Path, old: str, new: str) -> None:
    change(docs, (old, new))
    if "aside" in new:
        change(docs, ("It is first because $1 < 2$", "It is [first]{ #aside } because $1 < 2$"))
    assert problems_of(docs) == []


def test_a_page_without_parts_lacks_the_first(docs: Path) -> None:
    path = docs / "topic" / "first.md"
    head, _, _ = path.read_text(encoding="utf-8").partition("\n## ")
    path.write_text(f"{head}\nNo part.\n", encoding="utf-8")
    (problem,) = problems_of(docs)
    assert "the part 'Short answer' is missing" in problem.message


def test_a_page_that_is_on_no_list(docs: Path) -> None:
    text = (docs / "topic" / "first.md").read_text(encoding="utf-8")
    path = docs / "topic" / "fourth.md"
    path.write_text(text, encoding="utf-8")
    messages = [(p.path, p.line, p.message) for p in problems_of(docs)]
    assert messages == [
        (str(path), 1, "'fourth' is not a slug of questions.yml: add its entry there"),
        (str(path), 1, "fourth has no line in permalinks.txt: append it"),
    ]


def test_prerequisites_in_a_circle(docs: Path) -> None:
    text = (docs / "topic" / "first.md").read_text(encoding="utf-8")
    text = text.replace("[second]", "[first]").replace("source: 1", "source: 2")
    text = text.replace("answers: [step-2, cell-demo]", "answers: [step-2]")
    (docs / "topic" / "second.md").write_text(text, encoding="utf-8")
    (docs / "permalinks.txt").write_text("first\nsecond\n", encoding="utf-8")
    (problem,) = problems_of(docs)
    assert problem.path == str(docs / "topic" / "first.md")
    assert problem.message == ("prerequisites: no page of first → second → first can be read first")


def test_a_prerequisite_is_not_harder(docs: Path) -> None:
    first = docs / "topic" / "first.md"
    text = first.read_text(encoding="utf-8")
    second = text.replace("[second]", "[]").replace("source: 1", "source: 2")
    second = second.replace("answers: [step-2, cell-demo]", "answers: [step-2]")
    (docs / "permalinks.txt").write_text("first\nsecond\n", encoding="utf-8")
    for level, wrong in ((1, False), (2, False), (3, True)):
        harder = second.replace("level: 2", f"level: {level}")
        (docs / "topic" / "second.md").write_text(harder, encoding="utf-8")
        problems = problems_of(docs)
        assert [p.path for p in problems] == [str(first)] * wrong
        assert all("'second' is of level 3 and this page of level 2" in p.message for p in problems)


def test_a_page_in_another_topic(docs: Path) -> None:
    (docs / "other").mkdir()
    (docs / "topic" / "first.md").rename(docs / "other" / "first.md")
    (problem,) = problems_of(docs)
    assert problem.message == "questions.yml has 'first' in the topic 'topic'"


@pytest.mark.parametrize(
    ("links", "line", "message"),
    [
        ("first\nsecond\n", 2, "'second' has no page, or no more"),
        ("first\nfirst\n", 2, "'first' is there twice"),
    ],
)
def test_permalinks(docs: Path, links: str, line: int, message: str) -> None:
    (docs / "permalinks.txt").write_text(links, encoding="utf-8")
    (problem,) = problems_of(docs)
    assert problem.message == message
    assert (problem.path, problem.line) == (str(docs / "permalinks.txt"), line)


def test_a_page_without_permalink(docs: Path) -> None:
    (docs / "permalinks.txt").write_text("", encoding="utf-8")
    (problem,) = problems_of(docs)
    assert problem.message == "first has no line in permalinks.txt: append it"


def test_problems_come_by_file_and_line_with_those_of_the_front_matter(docs: Path) -> None:
    change(
        docs,
        ("## Scoring", "## Scoring { #score }"),
        ("prerequisites: [second]", "prerequisites: [nowhere]"),
    )
    (docs / "topic" / "a.md").write_text("Text.\n", encoding="utf-8")
    assert [(Path(p.path).name, p.line) for p in problems_of(docs)] == [
        ("a.md", 1),
        ("first.md", 1),
        ("first.md", 48),
    ]
