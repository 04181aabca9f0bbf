"""A part of the site that a test may change, and make another version of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlsite import offline

from .serving import Server

# Enough of the site to go through it all in a moment.
KEPT = {
    "404.html", "assets", "carry", "index.html", "machine-learning", "notation", "q", "search", "sitemap.xml", "sw.js",
}  # fmt: skip
QUESTIONS = {"normal-equation", "affine-vs-linear"}


@contextmanager
def part_of(whole: Server, folder: Path) -> Iterator[Server]:
    """A part of a site, copied to `folder`, at a server of its own."""

    def unwanted(inside: str, names: list[str]) -> set[str]:
        if Path(inside) == whole.folder:
            return set(names) - KEPT
        return set(names) - QUESTIONS if Path(inside).name in {"machine-learning", "q"} else set()

    shutil.copytree(whole.folder, folder, copy_function=os.link, ignore=unwanted)
    server = Server(folder, whole.prefix)
    release(server)
    try:
        yield server
    finally:
        server.close()


def release(server: Server) -> None:
    """Make a version of what is in the folder."""
    made = offline.listing(server.folder, ())
    script = server.folder / offline.SCRIPT
    source = script.read_text("utf-8").partition("\n")[2]
    for name, text in {offline.SCRIPT: offline.script(source, made), offline.LISTING: made}.items():
        write(server.folder / name, text)


def write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)  # it is a link to the whole site's
    path.write_text(text, encoding="utf-8")


def change(server: Server, page: str, old: str, new: str) -> None:
    path = server.folder / page / "index.html"
    text = path.read_text("utf-8")
    assert old in text
    write(path, text.replace(old, new))
