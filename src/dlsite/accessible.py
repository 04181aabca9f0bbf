"""Mend what the theme and Python-Markdown write so that aids for readers cannot make sense of it."""

from __future__ import annotations

import re

# The theme's search is a dialog without a name; its bar of progress is an ornament, two pixels high.
_NAMES = {
    'data-md-component="search" role="dialog"': 'data-md-component="search" role="dialog" aria-label="Search"',
    'data-md-component="progress" role="progressbar"': 'data-md-component="progress" aria-hidden="true"',
}
# A section with a page of its own is named after a label that holds nothing but an arrow.
_SECTION = re.compile(
    r'aria-labelledby="(__nav_[\d_]+)_label"([^>]*>\s*<label class="md-nav__title" for="\1">\s*'
    r'<span class="md-nav__icon md-icon"></span>\s*)([^<]+?)(\s*</label>)'
)
_EMPTY_HEAD = re.compile(r"<th([^>]*)>\s*</th>")
# A link that is a formula: what names it is hidden in MathML, where not every aid looks.
_FORMULA = re.compile(
    r'<a\b((?:(?!aria-label)[^>])*)>(<span data-search-exclude class="katex">'
    r"<span class=\"katex-mathml\"><math[^>]*><semantics>(.*?)<annotation(?:(?!</a>).)*)</a>",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")


def accessible(html: str) -> str:
    """Return a page with names for what has none: search, sections of the navigation, links that are formulas."""
    for written, meant in _NAMES.items():
        html = html.replace(written, meant)
    html = _SECTION.sub(r'aria-label="\3"\2\3\4', html)
    html = _FORMULA.sub(_named, html)
    return _EMPTY_HEAD.sub(r"<td\1></td>", html)


def _named(match: re.Match[str]) -> str:
    attributes, formula, mathml = match.groups()
    return f'<a{attributes} aria-label="{_TAG.sub("", mathml)}">{formula}</a>'
