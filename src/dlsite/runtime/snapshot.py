"""Start Python once, at build time, and keep its memory: pages go on from there."""

from collections.abc import Sequence
from pathlib import Path

from ..nodejs import NodeNotFoundError, find_node
from .carriers import Report
from .errors import RuntimeBuildError
from .store import Cache, key_of, sha256
from .wheels import EPOCH, run

DLSITE = Path(__file__).parents[1]
LIVE = DLSITE.parents[1] / "overrides" / "live"
MAKER = DLSITE / "node" / "snapshot.mjs"
RUNNER_FILES = ("completion.py", "hints.py", "pictures.py", "runner.py")
FILES = ("snapshot.json", "libraries.bin.gz", "memory.zst")


def snapshot(core: Path, wheels: Sequence[Path], cache: Cache, report: Report) -> Path:
    """The folder with the files of the snapshot, made anew when something in it has changed."""
    inputs = [core / "package.json", MAKER, LIVE / "python.js", LIVE / "snapshot.js"]
    inputs += [DLSITE / name for name in RUNNER_FILES]
    key = key_of(EPOCH, *(sha256(file) for file in [*inputs, *wheels]))

    def make(folder: Path) -> None:
        report("Taking a snapshot of Python with everything imported (about 30 s)")
        make_snapshot(core, wheels, folder)

    return cache.ensure("snapshot", key, make)


def make_snapshot(core: Path, wheels: Sequence[Path], folder: Path) -> None:
    """Write the files into `folder`."""
    try:
        node = find_node()
    except NodeNotFoundError as error:
        raise RuntimeBuildError(str(error)) from error
    command = [node, MAKER, core.resolve(), DLSITE, folder.resolve(), *wheels]
    run([str(part) for part in command], "no snapshot could be taken")
