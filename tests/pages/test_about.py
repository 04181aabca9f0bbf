"""The page About credits what the site is made of, in the words of the manifests."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COLOPHON = (ROOT / "docs" / "about.md").read_text(encoding="utf-8").partition("{ #colophon }")[2]


def letters(text: str) -> str:
    """Letters and digits alone: `ts-fsrs` and `Observable Plot` are written in more than one way."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def packages() -> list[str]:
    node = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
        "dependency-groups"
    ]
    python = [re.split(r"[=<>\[]", line)[0] for line in groups["site"]]
    # The families of CodeMirror and Lezer under their own names, mkdocs-material and its like without "MkDocs".
    names = [re.sub(r"^@(codemirror|lezer)/.*", r"\1", name) for name in node]
    names += [re.sub(r"^mkdocs-|-python$", "", name) for name in python]
    return sorted({re.sub(r"^@(fontsource|observablehq)/", "", name) for name in names})


@pytest.mark.parametrize("package", packages())
def test_the_colophon_names_each_package_that_the_site_is_made_with(package: str) -> None:
    assert letters(package) in letters(COLOPHON), f"credit {package} in docs/about.md"
