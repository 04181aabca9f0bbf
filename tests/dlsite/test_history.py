"""When a file last changed, in small repositories."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dlsite.history import History

Commit = Callable[..., None]


@pytest.fixture
def git(tmp_path: Path) -> Commit:
    """Run git in a fresh repository, at a time."""

    def git(*words: str, at: int = 0) -> None:
        person = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in {
                "NAME": "A",
                "EMAIL": "a@example.org",
                "DATE": f"@{at} +0000",
            }.items()
        }
        clean = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        subprocess.run(["git", *words], cwd=tmp_path, env=os.environ | person | clean, check=True)

    git("init", "--quiet", "--initial-branch=main")
    return git


def write(path: Path, text: str, time: int = 5) -> None:
    # Git takes a file of the same size and time for the same.
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time, time))


def test_a_file_has_the_time_of_its_newest_commit(tmp_path: Path, git: Commit) -> None:
    for number, text in enumerate(["one", "two", "three"], 1):
        write(tmp_path / "docs" / "ä b.md", text if number < 3 else "two", number)
        write(tmp_path / "docs" / "c.md", text, number)
        git("add", "--all")
        git("commit", "--quiet", "--message=x", at=1000 * number)
    history = History(tmp_path, ["docs"])
    assert history.changed("docs/ä b.md") == 2000
    assert history.changed("docs/c.md") == 3000
    assert history.changed("docs/ä b.md", "docs/c.md") == 3000


def test_what_is_not_committed_has_its_own_time(tmp_path: Path, git: Commit) -> None:
    write(tmp_path / "docs" / "a.md", "one")
    git("add", "--all")
    git("commit", "--quiet", "--message=x", at=1000)
    write(tmp_path / "docs" / "a.md", "two", 7)
    write(tmp_path / "docs" / "new.md", "new", 8)
    history = History(tmp_path, ["docs"])
    assert history.changed("docs/a.md") == 7
    assert history.changed("docs/new.md") == 8


def test_a_merge_counts_not_the_older_commit_that_it_brings(tmp_path: Path, git: Commit) -> None:
    write(tmp_path / "docs" / "a.md", "one")
    git("add", "--all")
    git("commit", "--quiet", "--message=x", at=1000)
    git("switch", "--quiet", "--create=side")
    write(tmp_path / "docs" / "a.md", "two", 6)
    git("commit", "--quiet", "--all", "--message=y", at=2000)
    git("switch", "--quiet", "main")
    write(tmp_path / "docs" / "b.md", "b")
    git("add", "--all")
    git("commit", "--quiet", "--message=z", at=3000)
    git("merge", "--quiet", "--message=m", "side", at=4000)
    history = History(tmp_path, ["docs"])
    assert history.changed("docs/a.md") == 4000
    assert history.changed("docs/b.md") == 3000


def test_a_checkout_inside_another_repository_is_read_relative_to_itself(
    tmp_path: Path, git: Commit
) -> None:
    write(tmp_path / "inner" / "a.md", "one")
    git("add", "--all")
    git("commit", "--quiet", "--message=x", at=1000)
    assert History(tmp_path / "inner", ["."]).changed("a.md") == 1000
    write(tmp_path / "inner" / "a.md", "two", 9)
    assert History(tmp_path / "inner", ["."]).changed("a.md") == 9


def test_without_git_a_file_has_its_own_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "docs" / "a.md", "one", 6)
    assert History(tmp_path, ["docs"]).changed("docs/a.md") == 6
    monkeypatch.setenv("PATH", "")
    assert History(tmp_path, ["docs"]).changed("docs/a.md") == 6
