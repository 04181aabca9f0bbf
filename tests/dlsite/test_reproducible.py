"""What the build makes is the same wherever it is made; `make reproducible` compares whole sites."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKE = """
import hashlib, json
from pathlib import Path
from dlsite import anki, downloads, errata, excerpts, notebooks, searching, usage
from dlsite.catalogue import Catalogue, place_of
from dlsite.cells import live_cells
from dlsite.references import bibliography
from dlsite.standalone import Site

docs = Path("docs")
catalogue = Catalogue.load(docs)
site = Site("A", "b", "https://example.org/", catalogue, bibliography(docs / "references.bib"), "a.whl")
pages = list(catalogue.pages.values())
cells = {page.slug: live_cells(page.body, place_of(page, docs)) for page in pages}
users = usage.usage(pages, cells)
for name, made in {
    "deck": anki.deck(site, Path()),
    "questions": downloads.questions(site),
    "llms": downloads.llms_full(site, []),
    "notebooks": "".join(notebooks.notebook(page, site) for page in pages),
    "errata": errata.markdown(errata.load(docs, catalogue), catalogue),
    "listing": json.dumps(excerpts.listing(catalogue)),
    "users": repr([(name, [(page.slug, cell) for page, cell in who]) for name, who in users.items()]),
}.items():
    data = made if isinstance(made, bytes) else made.encode()
    print(name, hashlib.sha256(data).hexdigest())
"""


def made(**environment: str) -> dict[str, str]:
    """The digest of each thing, made by a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", MAKE],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "LC_ALL"} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split() for line in done.stdout.splitlines())


@pytest.fixture(scope="module")
def first() -> dict[str, str]:
    """What one environment makes."""
    return made(PYTHONHASHSEED="1", TZ="UTC", LANG="C.UTF-8")


@pytest.mark.parametrize(
    "other", [{"PYTHONHASHSEED": "2"}, {"TZ": "Asia/Kathmandu", "LANG": "C", "PYTHONHASHSEED": "3"}]
)
def test_neither_the_order_of_sets_nor_the_clock_nor_the_language_matters(
    first: dict[str, str], other: dict[str, str]
) -> None:
    assert len(first) == 7
    assert made(**other) == first
