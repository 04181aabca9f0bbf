"""The Anki deck, read as Anki reads it: the package's SQLite file."""

import io
import json
import re
import sqlite3
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dlsite import anki
from dlsite.anki import DECK, FIELDS, deck, guid
from dlsite.catalogue import LEVELS, Catalogue
from dlsite.history import History
from dlsite.references import bibliography
from dlsite.standalone import Site

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
URL = "https://example.org/sub/"
SITE = Site(
    "Deep", "What it is", URL, Catalogue.load(DOCS), bibliography(DOCS / "references.bib"), "w.whl"
)
FORMULA = re.compile(r"\\\(.+?\\\)|\\\[.+?\\\]", re.DOTALL)

Row = dict[str, Any]


def rows(package: bytes, table: str, tmp_path: Path) -> list[Row]:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        path = Path(opened.extract("collection.anki2", tmp_path))
    db = sqlite3.connect(path)
    try:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(f"SELECT * FROM {table} ORDER BY 1")]
    finally:
        db.close()


def notes(package: bytes, tmp_path: Path) -> dict[str, Row]:
    found = {row["guid"]: row for row in rows(package, "notes", tmp_path)}
    for row in found.values():
        row["fields"] = dict(zip(FIELDS, row["flds"].split("\x1f"), strict=True))
    return found


@pytest.fixture(scope="module")
def package() -> bytes:
    return deck(SITE, ROOT)


def test_two_builds_give_the_same_bytes(package: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 4e9)  # another day
    assert deck(SITE, ROOT) == package
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        assert opened.namelist() == ["collection.anki2", "media"]
        assert {info.date_time for info in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert opened.read("media") == b"{}"


def test_there_is_a_note_with_one_card_for_each_question(package: bytes, tmp_path: Path) -> None:
    made = notes(package, tmp_path)
    pages = SITE.catalogue.pages
    assert set(made) == {guid(slug) for slug in pages}
    assert len({row["id"] for row in made.values()}) == len(pages)
    cards = rows(package, "cards", tmp_path)
    assert sorted(card["nid"] for card in cards) == sorted(row["id"] for row in made.values())
    assert len({card["id"] for card in cards} | {row["id"] for row in made.values()}) == 2 * len(
        pages
    )
    # New cards come in the order of the list.
    number = {row["id"]: row["guid"] for row in made.values()}
    by_due = [number[card["nid"]] for card in sorted(cards, key=lambda card: card["due"])]
    assert by_due == [guid(slug) for slug in SITE.catalogue.entries if slug in pages]


def test_notes_tell_question_answer_scores_link_and_tags(package: bytes, tmp_path: Path) -> None:
    made = notes(package, tmp_path)
    for page in SITE.catalogue.pages.values():
        row = made[guid(page.slug)]
        fields = row["fields"]
        assert fields["Link"] == f"{URL}q/{page.slug}/"
        assert f"{page.minutes} minutes" in fields["About"]
        assert bool(fields["Premise"]) == bool(page.loaded)
        assert row["tags"].split() == [
            f"dlconcepts::{page.topic}",
            f"dlconcepts::{LEVELS[page.level]}",
        ]
        for name in ("Must say", "Strong", "Red flag"):
            assert fields[name].startswith("<ul>\n<li>")


def test_formulas_are_as_anki_sets_them_and_no_markup_is_left(
    package: bytes, tmp_path: Path
) -> None:
    found = 0
    for row in notes(package, tmp_path).values():
        for name, field in row["fields"].items():
            rest, count = FORMULA.subn("", field)
            found += count
            assert not re.search(r"\$|\*\*|`|\]\(|\[@|\\[()\[\]]|^#|<p></p>", rest), (
                f"{name}: {field}"
            )
    assert found > 100


def test_the_note_type_and_the_deck_are_for_ever(package: bytes, tmp_path: Path) -> None:
    # Anki takes another id, field or template for another note type, and updates no note of the old one.
    (col,) = rows(package, "col", tmp_path)
    (model,) = json.loads(col["models"]).values()
    assert model["id"] == "1496071835"
    assert [field["name"] for field in model["flds"]] == [
        "Question", "About", "Premise", "Short answer", "Must say", "Strong", "Red flag", "Link",
    ]  # fmt: skip
    assert [template["name"] for template in model["tmpls"]] == ["Answer aloud"]
    assert "1839204417" in json.loads(col["decks"])
    assert guid("affine-vs-linear") == "d8pZr/7~Ph"


def test_a_changed_answer_is_a_newer_version_of_the_same_note_and_the_others_stay(
    package: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = SITE.catalogue.pages["affine-vs-linear"]
    body = page.body.replace("## Short answer\n\n", "## Short answer\n\nIn short: ")
    pages = SITE.catalogue.pages | {page.slug: replace(page, body=body)}
    changed = replace(SITE, catalogue=replace(SITE.catalogue, pages=pages))
    true = History.changed

    def later(self: History, *paths: str) -> int:
        return true(self, *paths) + (1000 if f"docs/{page.path.as_posix()}" in paths else 0)

    monkeypatch.setattr(History, "changed", later)
    before, after = notes(package, tmp_path), notes(deck(changed, ROOT), tmp_path)
    assert before.keys() == after.keys()
    for key, row in after.items():
        assert row["id"] == before[key]["id"]
        # Anki updates a note when its time has grown.
        if key == guid(page.slug):
            assert "In short: " in row["fields"]["Short answer"]
            assert row["mod"] == before[key]["mod"] + 1000
        else:
            assert row == before[key]
    (col,) = rows(deck(changed, ROOT), "col", tmp_path)
    (model,) = json.loads(col["models"]).values()
    assert model["mod"] >= max(row["mod"] for row in after.values())


def test_a_change_of_the_code_that_writes_notes_makes_all_of_them_newer(
    package: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = History.changed

    def later(self: History, *paths: str) -> int:
        return true(self, *paths) + (1000 if "src/dlsite/anki.py" in paths else 0)

    monkeypatch.setattr(History, "changed", later)
    before, after = notes(package, tmp_path), notes(deck(SITE, ROOT), tmp_path)
    assert all(row["mod"] == before[key]["mod"] + 1000 for key, row in after.items())
    assert all((ROOT / maker).is_file() for maker in anki._MAKERS)


def test_the_file_has_a_name_that_stays() -> None:
    assert DECK == "deep-learning-concepts.apkg"
