"""A cache on disk: what a build computed once, by the content it was computed from."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from threading import Lock
from typing import Any


def digest(*parts: object) -> str:
    """Return a hash of the parts, which JSON can write."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def digest_files(*paths: Path) -> str:
    """Return a hash of files by name and content; of folders, all Python and JavaScript files in them."""
    hashed = hashlib.sha256()
    for path in paths:
        files = (
            [path]
            if path.is_file()
            else sorted(p for p in path.rglob("*") if p.suffix in {".py", ".js"})
        )
        for file in files:
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            name = file.name if file == path else file.relative_to(path).as_posix()
            hashed.update(f"{name} {content}\n".encode())
    return hashed.hexdigest()


class Store:
    """JSON values by key, in one SQLite file that several builds, and several threads of each, may share."""

    def __init__(self, path: Path) -> None:
        """Open the store at `path`, which is made when missing and made anew when it cannot be read."""
        path.parent.mkdir(parents=True, exist_ok=True)
        # One statement at a time: a connection that writes while another of its threads still reads cannot wait
        # for another build that writes (each would wait for the other), so SQLite says "locked" at once.
        self._alone = Lock()
        try:
            self._db = self._open(path)
        except sqlite3.OperationalError:
            raise  # locked or not permitted: the file itself is sound
        except sqlite3.DatabaseError:
            path.unlink()
            self._db = self._open(path)

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        # Autocommit: each put is its own transaction, so a build that is interrupted keeps what it has.
        db = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        try:
            # Not WAL: builds that enter and leave it at the same time get "locked" at once, whatever the timeout.
            db.execute("PRAGMA synchronous = OFF")  # a lost cache costs a rebuild, nothing else
            db.execute(
                "CREATE TABLE IF NOT EXISTS store (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID"
            )
        except BaseException:
            db.close()
            raise
        return db

    def get(self, key: str) -> Any:
        """Return the value of `key`, or None."""
        rows = self._run("SELECT value FROM store WHERE key = ?", key)
        return json.loads(rows[0][0]) if rows else None

    def put(self, key: str, value: Any) -> None:
        """Keep `value` under `key`."""
        self._run("INSERT OR REPLACE INTO store VALUES (?, ?)", key, json.dumps(value))

    def _run(self, statement: str, *values: str) -> list[Any]:
        with self._alone:
            return self._db.execute(statement, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._db.close()
