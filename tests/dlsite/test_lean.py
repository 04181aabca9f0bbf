"""What a page loads: checked on what the theme and mkdocstrings write."""

from pathlib import Path

import material

from dlsite.lean import lean

PAGE = """<head>
<link rel="prev" href="../before/">
<link rel="next" href="../after/">
<link rel="stylesheet" href="../assets/stylesheets/main.css">
<link rel="stylesheet" href="../assets/_mkdocstrings.css">
</head>"""


def test_only_the_library_s_documentation_has_its_style() -> None:
    assert "_mkdocstrings" in lean(PAGE, documents_library=True)
    html = lean(PAGE, documents_library=False)
    assert "_mkdocstrings" not in html
    assert "main.css" in html


def test_nothing_is_fetched_ahead() -> None:
    html = lean(PAGE, documents_library=True)
    assert 'rel="next"' not in html
    assert '<link rel="dl-next" href="../after/">' in html
    assert 'rel="prev"' in html


def test_the_theme_writes_the_link_so() -> None:
    base = Path(material.__file__).parent / "templates" / "base.html"
    assert '<link rel="next" href=' in base.read_text(encoding="utf-8")
