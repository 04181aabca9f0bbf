"""Citations, whole entries and the bibliography."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from markdown import Markdown

from dlsite.cells import PageError, Place, current_place, set_place
from dlsite.references import Bibliography, ReferencesExtension, bibliography

BIB = r"""
@book{golub2013, author={Golub, Gene H. and Van Loan, Charles F.}, title={Matrix Computations},
  publisher={Johns Hopkins}, year={2013}}
@article{maaten2008, author={van der Maaten, Laurens and Hinton, Geoffrey}, title={t-{SNE} \& more <b>},
  journal={JMLR}, year={2008}}
@article{vaswani2017, author={Vaswani, A. and Shazeer, N. and Parmar, N. and Uszkoreit, J.},
  title={Attention}, journal={NeurIPS}, year={2017}}
@article{three2001, author={A, X. and B, Y. and C, Z.}, title={Three}, journal={J}, year={2001}}
@article{hubert1985, author={H{\"u}bert, {\'E}mile}, title={One}, journal={J}, year={1985}}
@book{edited1999, editor={{OpenAI Inc.}}, title={Edited}, publisher={P}, year={1999}}
@article{a2002, author={A, X.}, title={Later}, journal={J}, year={2002}}
@article{a2001, author={A, X.}, title={Earlier}, journal={J}, year={2001}}
"""
Texts = Callable[[str, str], list[str]]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "references.bib").write_text(BIB, encoding="utf-8")
    (tmp_path / "topic").mkdir()
    return tmp_path


@pytest.fixture(autouse=True)
def place() -> Iterator[None]:
    before = current_place()
    yield
    set_place(before)


def convert(docs: Path, text: str, page: str = "topic/x.md") -> str:
    path = docs / page
    path.write_text(f"---\ntitle: x\n---\n{text}", encoding="utf-8")
    set_place(Place(str(path), 4))
    extension = ReferencesExtension(file=str(docs / "references.bib"))
    return Markdown(extensions=[extension, "attr_list", "pymdownx.smartsymbols"]).convert(text)


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("golub2013", "Golub & Van Loan 2013"),
        ("maaten2008", "van der Maaten & Hinton 2008"),
        ("vaswani2017", "Vaswani et al. 2017"),
        ("three2001", "A, B & C 2001"),
        ("hubert1985", "Hübert 1985"),
        ("edited1999", "OpenAI Inc. 1999"),
    ],
)
def test_labels(docs: Path, key: str, label: str) -> None:
    assert Bibliography(docs / "references.bib").label(key) == label


def test_a_bibliography_is_read_again_when_it_has_changed(docs: Path) -> None:
    path = docs / "references.bib"
    works = bibliography(path)
    assert bibliography(path) is works
    assert "new2000" not in works
    more = "@book{new2000, author={New, A}, title={T}, publisher={P}, year={2000}}"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{more}\n", encoding="utf-8")
    os.utime(path, (0, 0))
    assert bibliography(path).label("new2000") == "New 2000"


def test_a_citation_in_a_sentence_links_into_the_bibliography(docs: Path, texts_of: Texts) -> None:
    html = convert(docs, "See [@golub2013, §5.3 & *6*] and [@three2001].")
    assert texts_of(html, "dl-cite") == ["(Golub & Van Loan 2013, §5.3 & 6)", "(A, B & C 2001)"]
    assert 'href="../bibliography.md#golub2013"' in html
    assert 'href="../bibliography.md#three2001"' in html
    assert "data-" not in html
    assert 'href="bibliography.md#a2001"' in convert(docs, "[@a2001]", "index.md")


def test_a_list_item_that_begins_with_a_citation_is_the_entry(docs: Path, texts_of: Texts) -> None:
    html = convert(
        docs, "- [@golub2013, §5.3], on QR.\n- See [@a2001].\n- [@maaten2008]\n\n    More.\n"
    )
    first, second, third = texts_of(html, "li")
    assert first.startswith("Gene")
    assert "Matrix Computations" in first
    assert first.endswith("2013. §5.3, on QR.")
    assert second == "See (A 2001)."
    assert "SNE & more <b>" in third
    assert third.strip().endswith("More.")
    assert "bibliography.md#golub2013" not in html
    assert "data-" not in html
    assert "<b>" not in html


def test_the_whole_bibliography_is_sorted_by_name_and_year(docs: Path, texts_of: Texts) -> None:
    html = convert(docs, "# B\n\n[@bibliography]\n\nEnd.", "bibliography.md")
    assert texts_of(html, "code") == [
        "a2001",
        "a2002",
        "three2001",
        "golub2013",
        "hubert1985",
        "edited1999",
        "maaten2008",
        "vaswani2017",
    ]
    for key in texts_of(html, "code"):
        assert f'id="{key}"' in html
    assert html.endswith("<p>End.</p>")
    assert len(texts_of(html, "dl-entry")) == 8


@pytest.mark.parametrize("text", ["`[@golub2013]`", "    [@golub2013]", r"\[@golub2013]"])
def test_a_citation_in_code_is_code(docs: Path, text: str) -> None:
    assert "dl-cite" not in convert(docs, text)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a\n\nb [@golub2013]\nc [@nobody1900, §1]", 7, "[@nobody1900] is not in references.bib"),
        ("a\n\n- [@nobody1900]", 6, "[@nobody1900] is not in references.bib"),
        ("a\n\n[@golub2013 §5]", 6, "cannot read the citation '[@golub2013 §5]'"),
        ("a\n\n[@golub2013; @a2001]", 6, "cannot read the citation"),
        ("a\n\n[@golub2013,]", 6, "cannot read the citation"),
        ("a\n\nb [@golub2013", 6, "cannot read the citation"),
    ],
)
def test_a_bad_citation_is_refused_at_its_line(
    docs: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(PageError) as caught:
        convert(docs, text)
    assert message in caught.value.message
    assert caught.value.path == str(docs / "topic" / "x.md")
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("bib", "line", "message"),
    [
        ("@book{a,\n title = {x}\n year = {1}}", 3, "cannot read the bibliography"),
        ("@book{a, title={x}}\n@book{a, title={y}}", 1, "repeated"),
        (
            "\n@article{a, author={A, B}, title={T}, journal={J}}",
            2,
            "'a' cannot be formatted: 'year'",
        ),
        ("\n@article{a, title={T}, journal={J}, year={1}}", 2, "'a' cannot be formatted"),
        ("\n\n@nosuch{a, author={A, B}, title={T}, year={1}}", 3, "'a' cannot be formatted"),
        ("\n@article{a, author={A, B}, year={1}}", 2, "'a' cannot be formatted"),
    ],
)
def test_a_bad_bibliography_is_refused(tmp_path: Path, bib: str, line: int, message: str) -> None:
    path = tmp_path / "references.bib"
    path.write_text(bib, encoding="utf-8")
    with pytest.raises(PageError) as caught:
        Bibliography(path)
    assert message in caught.value.message
    assert (caught.value.path, caught.value.line) == (str(path), line)
