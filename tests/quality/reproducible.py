"""`make reproducible`: build the site twice from one commit, in two environments, and compare every byte.

The second build begins without a cache, but for the downloads, whose digests are fixed. What differs is listed and
fails the command; the result is written to `docs/quality.md`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .report import ROOT, today, write_part

ADDRESS = "https://example.org/sub/"
# What must not matter: the place, the time zone, the language, and in which order sets are gone through.
FIRST = {"TZ": "UTC", "LANG": "C.UTF-8", "PYTHONHASHSEED": "1"}
SECOND = {"TZ": "Asia/Kathmandu", "LANG": "C", "PYTHONHASHSEED": "2"}
DOWNLOADED = ("downloads", "tools")
LISTED = 20


def build(folder: Path, out: Path, environment: Mapping[str, str], cached: tuple[str, ...]) -> None:
    """Build a clone of the checkout's commit, with some parts of the checkout's cache."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for kind in cached:
        if (ROOT / "build" / "cache" / kind).exists():
            shutil.copytree(ROOT / "build" / "cache" / kind, folder / "build" / "cache" / kind)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    own = {"PYTHONPATH": str(folder / "src"), "SITE_DIR": str(out), "SITE_URL": ADDRESS}
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"],
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
    every = [path.name for path in (ROOT / "build" / "cache").glob("*") if path.is_dir()]
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        one, other = home / "one", home / "another place" / "two"
        print(f"Building {commit} with the cache", file=sys.stderr)
        build(home / "first", one, FIRST, (*every,))
        print("Building it again, without", file=sys.stderr)
        build(home / "elsewhere" / "second", other, SECOND, DOWNLOADED)
        found = differences(one, other)
        files = [path for path in one.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
    print("\n".join(found[:LISTED]) or "The same, byte for byte", file=sys.stderr)
    result = f"**{len(found)} differ**" if found else "**all are the same, byte for byte**"
    write_part(
        "reproducible",
        f"Written by `make reproducible` on {today()}: of the {len(files):,} files of the site, {size / 1e6:.0f} MB, "
        f"{result}. Commit\n{commit} was built in two folders, with other time zones, languages and orders of sets, "
        "once from the cache and once\nwithout.",
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
