"""The cache on disk."""

import multiprocessing
import sqlite3
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dlsite.store import Store, digest, digest_files


def test_values_come_back_also_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "x.sqlite"
    store = Store(path)
    value = {"a": [1, 2.5, None, "ü"]}
    store.put("k", {"old": 1})
    store.put("k", value)
    assert store.get("k") == value
    assert store.get("other") is None
    store.close()
    store = Store(path)
    assert store.get("k") == value
    store.close()


@pytest.mark.parametrize(
    "content", [b"not a database " * 100, b"x", b"SQLite format 3\0garbage" * 99]
)
def test_a_broken_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(content)
    store = Store(path)
    store.put("k", 1)
    assert store.get("k") == 1
    store.close()


def test_a_sound_file_that_cannot_be_opened_is_not_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.sqlite"
    path.touch()

    def locked(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(sqlite3, "connect", locked)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Store(path)
    assert path.exists()


def _open_and_put(path: Path, worker: int) -> None:
    for i in range(20):
        store = Store(path)
        store.put(f"{worker}-{i}", i)
        store.close()


LONG = "x" * 20_000  # takes long enough to write that builds meet


def _put_and_get(path: Path, worker: int) -> None:
    store = Store(path)

    def put() -> None:
        for i in range(300):
            store.put(f"{worker}-{i}", LONG)

    with ThreadPoolExecutor(1) as other:
        putting = other.submit(put)
        while not putting.done():
            store.get(f"{worker}-0")
        putting.result()
    store.close()


@pytest.mark.parametrize(
    ("build", "workers", "expected"),
    [(_open_and_put, 4, list(range(20))), (_put_and_get, 2, [LONG] * 300)],
    ids=["many", "of several threads"],
)
def test_builds_can_share_it(
    build: Callable[[Path, int], None], workers: int, expected: list[Any], tmp_path: Path
) -> None:
    path = tmp_path / "x.sqlite"
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        for job in [pool.submit(build, path, worker) for worker in range(workers)]:
            job.result()
    store = Store(path)
    for worker in range(workers):
        assert [store.get(f"{worker}-{i}") for i in range(len(expected))] == expected
    store.close()


def test_digest() -> None:
    assert digest("a", {"x": 1, "y": [2]}) == digest("a", {"y": [2], "x": 1})
    different = [
        digest(),
        digest("a"),
        digest("ab"),
        digest("a", "b"),
        digest(["a", "b"]),
        digest(1),
    ]
    assert len(set(different)) == len(different)


def test_digest_of_files_changes_with_content_and_name_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    (folder / "sub").mkdir(parents=True)
    (folder / "x.py").write_text("1")
    (folder / "sub" / "y.js").write_text("2")
    seen = [digest_files(folder)]
    (folder / "z.pyc").write_text("3")
    assert digest_files(folder) == seen[0]
    assert digest_files(folder.rename(tmp_path / "b")) == seen[0]
    folder = tmp_path / "b"
    (folder / "x.py").write_text("4")
    seen.append(digest_files(folder))
    (folder / "x.py").rename(folder / "w.py")
    seen.append(digest_files(folder))
    (folder / "new.py").touch()
    seen.append(digest_files(folder))
    seen.append(digest_files(folder / "w.py"))
    seen.append(digest_files(folder, folder / "w.py"))
    assert len(set(seen)) == len(seen)
