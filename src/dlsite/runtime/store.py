"""A cache on disk whose entries are whole or absent."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

SUMS = "sums.json"
PART = ".part-"


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_of(*parts: str) -> str:
    """A short name for a combination of strings, fit for a folder."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def place(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a temporary folder and rename it to `folder`, replacing what was there.

    The rename is the last act, so nobody ever sees a half-filled `folder`.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=PART, dir=folder.parent))
    try:
        work.chmod(0o755)  # mkdtemp's 0700 would keep a web server out
        fill(work)
        if folder.exists():
            shutil.rmtree(folder)
        work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


class Cache:
    """Folders of files under `root/<kind>/<key>/`, each checked against its own sums when read."""

    def __init__(self, root: Path) -> None:
        """Keep the entries under `root`."""
        self.root = root

    @contextlib.contextmanager
    def lock(self, report: Callable[[str], None]) -> Iterator[None]:
        """Keep other builds in this checkout waiting, and clear what a killed one left behind."""
        self.root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                report("Waiting for another build of the runtime in this checkout")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            for leftover in [*self.root.glob(f"{PART}*"), *self.root.glob(f"*/{PART}*")]:
                shutil.rmtree(leftover)
            yield
        finally:
            os.close(descriptor)

    def get(self, kind: str, key: str) -> Path | None:
        """The folder of an entry, or None when it is absent or damaged."""
        folder = self.root / kind / key
        try:
            sums = json.loads((folder / SUMS).read_text())
            whole = all(sha256(folder / name) == digest for name, digest in sums.items())
        except (FileNotFoundError, ValueError):
            return None
        return folder if whole else None

    def put(self, kind: str, key: str, fill: Callable[[Path], None]) -> Path:
        """Make an entry: `fill` writes its files into the folder that it is given."""

        def fill_and_sum(work: Path) -> None:
            fill(work)
            sums = {file.name: sha256(file) for file in sorted(work.iterdir())}
            (work / SUMS).write_text(json.dumps(sums, indent=1) + "\n")

        return place(self.root / kind / key, fill_and_sum)

    def ensure(self, kind: str, key: str, fill: Callable[[Path], None]) -> Path:
        """The entry, made if need be."""
        return self.get(kind, key) or self.put(kind, key, fill)
