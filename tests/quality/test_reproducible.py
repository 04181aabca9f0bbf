"""What differs between two folders is named."""

from pathlib import Path

from .reproducible import differences


def test_differences_are_named(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        (folder / "a").mkdir(parents=True)
        (folder / "a" / "same").write_text("x", encoding="utf-8")
        (folder / "changed").write_text(folder.name, encoding="utf-8")
    assert differences(one, one) == []
    (one / "a" / "first").touch()
    (two / "second").touch()
    assert differences(one, two) == [
        "a/first is in one build only",
        "changed differs",
        "second is in one build only",
    ]
