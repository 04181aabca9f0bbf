"""Each command writes its own part of the page and no other."""

from pathlib import Path

import pytest

from .report import PAGE, ReportError, write_part

TEXT = (
    "# Quality\n\n<!-- one -->\nold\n<!-- /one -->\nBetween.\n<!-- two -->\n<!-- /two -->\nEnd.\n"
)


def test_a_part_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    page = tmp_path / "quality.md"
    page.write_text(TEXT, encoding="utf-8")
    write_part("two", "\n| \\1 | é |\n", page)
    write_part("one", "new", page)
    write_part("one", "newer", page)
    assert page.read_text(encoding="utf-8") == (
        "# Quality\n\n<!-- one -->\n\nnewer\n\n<!-- /one -->\nBetween.\n"
        "<!-- two -->\n\n| \\1 | é |\n\n<!-- /two -->\nEnd.\n"
    )


@pytest.mark.parametrize(
    "text", ["", "<!-- one -->\n", "<!-- /one -->\n<!-- one -->\n", TEXT + TEXT]
)
def test_a_page_without_the_markers_is_not_written(tmp_path: Path, text: str) -> None:
    page = tmp_path / "quality.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match=r"quality\.md needs one line <!-- one -->"):
        write_part("one", "new", page)
    assert page.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["mutate", "reproducible", "audit"])
def test_the_page_has_a_part_for_each_command(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(f"\n<!-- {name} -->\n") == text.count(f"\n<!-- /{name} -->\n") == 1
