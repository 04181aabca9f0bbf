import subprocess
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from mkdocstrings_handlers.python._internal import rendering

from dlsite.signatures import keep_formatted
from dlsite.store import Store

LONG = "(first: int, second: int, third: int) -> None"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The processes that are started; mkdocstrings is put back at the end."""
    monkeypatch.setattr(rendering, "_get_formatter", rendering._get_formatter)
    started: list[list[str]] = []
    run = subprocess.run

    def noted(command: list[str], **options: Any) -> Any:
        started.append(command)
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", noted)
    return started


def signature(line_length: int = 30) -> str:
    return rendering._format_signature(Markup("a.function"), LONG, line_length)


def test_ruff_formats_a_signature_once(asked: list[list[str]], tmp_path: Path) -> None:
    rendering._get_formatter.cache_clear()
    plain = signature()
    assert plain.count("\n") == 4
    for _ in range(2):  # two builds
        store = Store(tmp_path / "store.sqlite")
        keep_formatted(store)
        assert [signature(), signature()] == [plain, plain]
        store.close()
    assert len(asked) == 2  # without, and with the store


def test_another_length_is_formatted_anew(asked: list[list[str]], tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    keep_formatted(store)
    assert signature(30) != signature(50)
    assert signature(200) == f"a.function{LONG}"  # short enough: nobody is asked
    assert len(asked) == 2
    store.close()
