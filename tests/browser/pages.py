"""The pages of the site and their live cells, from the source."""

from __future__ import annotations

import re
from pathlib import Path

from dlsite.catalogue import read_entries, split_front_matter
from dlsite.cells import Cell, Place, live_cells

from .serving import ROOT

DOCS = ROOT / "docs"
COUNT = len(read_entries(DOCS / "questions.yml"))
SOURCES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
# Only the text is looked at here: a page with a mistake must fail its own test, not all.
LIVE = [name for name in SOURCES if ' live="' in (DOCS / name).read_text(encoding="utf-8")]
_TRAIT = re.compile(
    r'plot\.\w+|@param [\[{]|type:"\w+"| (?:session|fails|varies)="|display\(|track\('
)


def _traits(source: str) -> set[str]:
    """What a page's cells make use of."""
    return set(_TRAIT.findall((DOCS / source).read_text(encoding="utf-8")))


def _sample() -> list[str]:
    chosen: list[str] = []
    wanted = set().union(*map(_traits, LIVE))
    while wanted:
        best = max(LIVE, key=lambda source: len(_traits(source) & wanted))
        chosen.append(best)
        wanted -= _traits(best)
    return sorted(chosen)


# A few pages that together have every kind of mark, control and cell: for what the site's own code does, and not
# the text of a page. Going through all pages would take the longer the more there are.
SAMPLE = _sample()


def address(source: str) -> str:
    """The address of a page below the site's."""
    path = Path(source).with_suffix("").as_posix()
    return path.removesuffix("index") if path.endswith("index") else f"{path}/"


def cells_of(source: str) -> list[Cell]:
    """The live cells of a page, in order."""
    path = DOCS / source
    _, body, first_line = split_front_matter(path.read_text(encoding="utf-8"))
    return live_cells(body, Place(str(path), first_line))
