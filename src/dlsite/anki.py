r"""The questions as an Anki deck.

A reader who imports a newer deck keeps the schedule of every card. Anki finds a note again by its GUID, which comes
from the slug. It takes over the note's fields if the package's note is newer than the reader's, by the note's
modification time, and both are of the same note type: the type's id and the names of its fields and templates are
therefore forever. Any other note it leaves alone, with what the reader has changed in it. So a note's time is that of
the newest commit that touched its page or the code that writes notes.

Two builds of one commit give the same bytes: ids and times come from the list and the history, and the zip file is
written without the time of the build. Another version of SQLite may lay out its file in another way.
"""

from __future__ import annotations

import io
import itertools
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import genanki
from markdown import Markdown

from dlsite.answers import Answer, answer
from dlsite.catalogue import LEVELS, Page
from dlsite.history import History
from dlsite.standalone import Site

DECK = "deep-learning-concepts.apkg"

# Chosen once, at random. Another number makes another deck, or another note type, at every reader.
_DECK_ID = 1_839_204_417
_MODEL_ID = 1_496_071_835
# Anki takes an id for the milliseconds of a creation; a note's is this and its number in the list.
_FIRST_ID = 1_700_000_000_000

FIELDS = (
    "Question", "About", "Premise", "Short answer", "Must say", "Strong", "Red flag", "Link",
)  # fmt: skip
_FRONT = """\
<div class="question">{{Question}}</div>
<div class="about">{{About}}</div>
"""
_BACK = """\
{{FrontSide}}
<hr id="answer">
{{#Premise}}<p class="premise"><b>The premise is false.</b> {{Premise}}</p>{{/Premise}}
{{Short answer}}
<h2>Must say</h2>{{Must say}}
<h2>Strong</h2>{{Strong}}
<h2>Red flag</h2>{{Red flag}}
<p class="link"><a href="{{Link}}">The page with derivation and code</a></p>
"""
_STYLE = """\
.card { max-width: 40em; margin: 0 auto; padding: 0 0.5em; font: 1.1em/1.45 system-ui, sans-serif; text-align: left; }
.question { font-size: 1.25em; font-weight: 600; text-align: center; }
.about { margin-top: 0.4em; opacity: 0.7; font-size: 0.85em; text-align: center; }
h2 { margin: 1em 0 0.2em; font-size: 1em; }
ul { margin: 0; padding-left: 1.3em; }
.premise { border-left: 3px solid; padding-left: 0.6em; }
.link { margin-top: 1.2em; font-size: 0.85em; }
"""

# What a note is made by, besides its page.
_MAKERS = tuple(f"src/dlsite/{name}.py" for name in ("anki", "answers", "standalone"))


class _Note(genanki.Note):  # type: ignore[misc]
    """A note with an id and a time of its own: genanki gives all of a deck the time of the build."""

    def __init__(self, number: int, time: int, **options: Any) -> None:
        super().__init__(**options)
        self.number = number
        self.time = time

    def write_to_db(
        self, cursor: sqlite3.Cursor, timestamp: float, deck_id: int, id_gen: Iterator[int]
    ) -> None:
        """Insert the note and its card."""
        super().write_to_db(
            cursor, self.time, deck_id, itertools.count(_FIRST_ID + 2 * self.number)
        )


def deck(site: Site, root: Path) -> bytes:
    """Return the package with a note for each question that has a page."""
    docs = "docs"
    history = History(root, [docs, "src/dlsite"])
    made = genanki.Deck(_DECK_ID, site.name, f"{site.description}. {site.at('')}")
    makers = [path for path in _MAKERS if (root / path).exists()]
    pages = [site.catalogue.pages[s] for s in site.catalogue.entries if s in site.catalogue.pages]
    # A template's change must be newer than the readers' note type, too.
    newest = 0
    model = _model()
    for page in pages:
        time = history.changed(f"{docs}/{page.path.as_posix()}", *makers)
        newest = max(newest, time)
        made.add_note(_note(page, site, model, time))
    return _package(made, newest)


def guid(slug: str) -> str:
    """Return what Anki knows the question's note by."""
    return str(genanki.guid_for("dlconcepts", slug))


def _model() -> genanki.Model:
    return genanki.Model(
        _MODEL_ID,
        "Interview question",
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "Answer aloud", "qfmt": _FRONT, "afmt": _BACK}],
        css=_STYLE,
    )


def _note(page: Page, site: Site, model: genanki.Model, time: int) -> _Note:
    given: Answer = answer(page, site)
    listed = ["\n".join(f"- {text}" for text in found) for found in given.scoring.values()]
    return _Note(
        page.source,
        time,
        model=model,
        guid=guid(page.slug),
        fields=[
            _html(page.question).removeprefix("<p>").removesuffix("</p>"),
            page.effort,
            _html(page.loaded).removeprefix("<p>").removesuffix("</p>"),
            _html(given.short),
            *map(_html, listed),
            site.at(page.permalink),
        ],
        tags=[f"dlconcepts::{page.topic}", f"dlconcepts::{LEVELS[page.level]}"],
        due=page.source,
    )


def _html(text: str) -> str:
    r"""Return Markdown as Anki shows it: with formulas between `\(` and `\)` or `\[` and `\]`."""
    md = Markdown(
        extensions=["tables", "sane_lists", "pymdownx.arithmatex"],
        extension_configs={"pymdownx.arithmatex": {"generic": True}},
        output_format="html",
    )
    return md.convert(text)


def _package(made: genanki.Deck, time: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DECK
        genanki.Package(made).write_to_file(path, timestamp=time)
        # genanki zips with the times of its temporary file and of now.
        with zipfile.ZipFile(path) as package:
            parts = {name: package.read(name) for name in sorted(package.namelist())}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
