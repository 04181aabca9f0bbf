"""`docs/quality.md`: each command that measures something owns the part between its two markers."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "quality.md"


class ReportError(Exception):
    """The page cannot take a part."""


def write_part(name: str, text: str, page: Path = PAGE) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->`.

    Raises:
        ReportError: if the page lacks one of the markers, or has it more than once.
    """
    whole = page.read_text(encoding="utf-8")
    part = re.compile(
        rf"(?<=^<!-- {re.escape(name)} -->\n).*?(?=^<!-- /{re.escape(name)} -->$)", re.M | re.S
    )
    if len(part.findall(whole)) != 1:
        raise ReportError(
            f"{page.name} needs one line <!-- {name} --> and, below it, one <!-- /{name} -->"
        )
    page.write_text(part.sub(lambda _: f"\n{text.strip()}\n\n", whole), encoding="utf-8")


def today() -> str:
    """The date as a page gives it."""
    return f"{datetime.date.today():%B %-d, %Y}"
