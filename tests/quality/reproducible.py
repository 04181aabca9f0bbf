"""`make reproducible`: build the site twice from one commit, in two environments, and compare every byte.

The second build begins without a cache, but for the downloads, whose digests are fixed, and the outputs of cells that
show how long something took: no two runs agree on these. What differs is listed and fails the command; the result is
written to `docs/quality.md`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from dlsite.catalogue import Catalogue, place_of
from dlsite.cells import Cell, live_cells
from dlsite.workshop import Workshop

from .report import ROOT, today, write_part

ADDRESS = "https://example.org/sub/"
# What must not matter: the place, the time zone, the language, and in which order sets are gone through.
FIRST = {"TZ": "UTC", "LANG": "C.UTF-8", "PYTHONHASHSEED": "1"}
SECOND = {"TZ": "Asia/Kathmandu", "LANG": "C", "PYTHONHASHSEED": "2"}
DOWNLOADED = ("downloads", "tools")
TIMES = "times"  # what such a cell says of its output: `varies="times"`
LISTED = 20


def clone(folder: Path, kinds: Iterable[str]) -> None:
    """Make a clone of the checkout's commit, with some of what its cache has."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    # Not a link: the bundler names its files by where their modules are.
    shutil.copytree(ROOT / "node_modules", folder / "node_modules", symlinks=True)
    for kind in kinds:
        kept = ROOT / "build" / "cache" / kind
        if kept.is_dir():
            shutil.copytree(kept, folder / "build" / "cache" / kind)


def measured(folder: Path) -> dict[str, list[Cell]]:
    """The cells of the pages on which one shows how long something took."""
    docs = folder / "docs"
    pages = Catalogue.load(docs).pages.values()
    cells = {page.slug: live_cells(page.body, place_of(page, docs)) for page in pages}
    return {slug: some for slug, some in cells.items() if any(c.varies == TIMES for c in some)}


def carry(one: Path, other: Path) -> int:
    """Give a clone what another one has measured; of how many pages."""
    pages = measured(one)
    mine, theirs = Workshop(one), Workshop(other)
    for page, key in mine.keys(pages).items():
        theirs.store.put(key, mine.outputs(page, pages[page]))
    for workshop in (mine, theirs):
        workshop.store.close()
    return len(pages)


def build(folder: Path, out: Path, environment: Mapping[str, str]) -> None:
    """Build a clone."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    own = {"PYTHONPATH": str(folder / "src"), "SITE_DIR": str(out), "SITE_URL": ADDRESS}
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=folder,
        env={**inherited, **own, **environment},
        check=True,
    )


def digests(folder: Path) -> dict[str, str]:
    """The digest of each file below a folder, by its name there."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def differences(one: Path, other: Path) -> list[str]:
    """Sentences on the files that are not the same in both folders."""
    first, second = digests(one), digests(other)
    return [
        f"{name} differs" if name in first and name in second else f"{name} is in one build only"
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    ]


def main() -> int:
    """Build, compare, write."""
    head = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(
        head, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        one, other = home / "one", home / "another place" / "two"
        first, second = home / "first", home / "elsewhere" / "second"
        print(f"Building {commit}", file=sys.stderr)
        clone(first, (path.name for path in (ROOT / "build" / "cache").glob("*")))
        build(first, one, FIRST)
        print("Building it again, without a cache", file=sys.stderr)
        clone(second, DOWNLOADED)
        timed = carry(first, second)
        build(second, other, SECOND)
        found = differences(one, other)
        files = [path for path in one.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
    print("\n".join(found[:LISTED]) or "The same, byte for byte", file=sys.stderr)
    result = f"**{len(found)} differ**" if found else "**all are the same, byte for byte**"
    write_part(
        "reproducible",
        f"Written by `make reproducible` on {today()}: of the {len(files):,} files of the site, "
        f"{size / 1e6:.0f} MB, {result}.\nCommit {commit} was built in two folders, in two time zones and languages, "
        f"with another order of sets, the second\ntime without a cache. {timed} pages show how long something took: "
        "their outputs in the second build are those of the first.",
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
