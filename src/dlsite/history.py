"""When a file of the checkout last changed, by its history: what a copy's time stamps cannot tell."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path


class History:
    """The newest change of each file below some folders of a checkout.

    The time is that of the commit by which the change came to the branch: of a merge, not of what was merged, which may
    be older than what readers have already got. A file that differs from its last commit, or is in none, has its own
    time stamp. In a shallow clone every file has the time of the oldest commit there: later than true, never earlier.
    """

    def __init__(self, root: Path, folders: Iterable[str]) -> None:
        """Ask git once for all files below `folders`, given relative to `root`."""
        self.root = root
        self._times: dict[str, int] = {}
        folders = list(folders)
        log = _git(
            root, "log", "--first-parent", "--diff-merges=first-parent", "--no-renames", "--relative",
            "--format=%x00%ct", "--name-only", "--", *folders,
        )  # fmt: skip
        for commit in (log or "").split("\0")[1:]:
            time, *names = commit.split("\n")
            for name in filter(None, names):
                self._times.setdefault(name, int(time))
        changed = _git(root, "status", "--porcelain", "--no-renames", "-z", "-uall", "--", *folders)
        prefix = (_git(root, "rev-parse", "--show-prefix") or "").strip()
        for line in (changed or "").split("\0"):
            self._times.pop(line[3:].removeprefix(prefix), None)

    def changed(self, *paths: str) -> int:
        """Return the newest change of files, in seconds since 1970."""
        return max(self._changed(path) for path in paths)

    def _changed(self, path: str) -> int:
        time = self._times.get(path)
        return int((self.root / path).stat().st_mtime) if time is None else time


def _git(root: Path, *words: str) -> str | None:
    """Return what git says, or None where there is no git or no repository."""
    try:
        # quotePath: names come as they are.
        done = subprocess.run(
            ["git", "-c", "core.quotePath=false", *words],
            cwd=root,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
