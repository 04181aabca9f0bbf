"""Make the search find questions: by their own words and tags first, and not by what other pages repeat.

The index is made ready in the reader's browser, so its size is also the wait before the first result.
"""

from __future__ import annotations

import re
from typing import Any

from dlsite.catalogue import Page

_EXCLUDE = " data-search-exclude"
_SOURCE = '<details class="mkdocstrings-source"'
_EXCLUDED = re.compile(rf"<(section|details|span|div|p)(?=\s)[^>]*{_EXCLUDE}[^>]*>")
_SHOWN = '<span class="katex-html"'  # beside it, the formula is there for readers' aids
_TAG = re.compile(r"<[^>]*>")
# What a question's page only repeats: functions of the library reference, works of the bibliography.
_REPEATED = re.compile(r'<h[2-6](?=\s[^>]*\bid="(?:implementation|references|dlconcepts\.[^"]*)")')


def without_repeats(html: str, *, question: bool) -> str:
    """Return the page's HTML with what the search leaves out marked for Material's search plugin.

    Args:
        html: The content of a page.
        question: Whether the page answers a question; elsewhere functions and works are at home.
    """
    html = html.replace(_SOURCE, _SOURCE + _EXCLUDE)
    if question:
        html = _REPEATED.sub(lambda match: match[0] + _EXCLUDE, html)
    return html


def without_excluded(html: str) -> str:
    """Return a page's HTML without the elements that the search leaves out, but for headings, which end a section.

    Material's search plugin reads every tag, also of what it leaves out: formulas, figures and sources are nine tenths.
    Of a formula its letters stay, as text: a search result would have holes without them.

    Raises:
        ValueError: If such an element has no end.
    """
    parts, at = [], 0
    while match := _EXCLUDED.search(html, at):
        parts.append(html[at : match.start()])
        at = _end_of(match[1], html, match.end())
        is_formula = 'class="katex"' in match[0]
        if is_formula and (shown := html.find(_SHOWN, match.end(), at)) != -1:
            parts.append(_TAG.sub("", html[shown:at]))
    return "".join([*parts, html[at:]])


def _end_of(tag: str, html: str, at: int) -> int:
    """Return where an element ends whose content begins at a place."""
    depth = 1
    for found in re.compile(rf"<(/?){tag}(?=[\s>])[^>]*>").finditer(html, at):
        depth += -1 if found[1] else 1
        if depth == 0:
            return found.end()
    raise ValueError(f"<{tag}> has no end: {html[at - 40 : at + 40]!r}")


def with_questions(index: dict[str, Any], pages: dict[str, Page]) -> dict[str, Any]:
    """Return the index of Material's search plugin with each question's words where its page begins.

    The plugin gives a page's tags to each of its sections, and each then counts as the page does. Here they stay with
    the first, which weighs double; what comes after is found by its own words.

    Args:
        index: What the plugin writes, `{"config": …, "docs": [{"location", "title", "text", "tags"}, …]}`.
        pages: The pages that answer a question, by any key.

    Raises:
        ValueError: If the index lacks one of the pages, as it does when the plugin writes another form.
    """
    questions = {page.url: page for page in pages.values()}
    begun = set()
    docs = []
    for doc in index["docs"]:
        url, _, anchor = doc["location"].partition("#")
        page = questions.get(url)
        if page and anchor:
            doc = {key: value for key, value in doc.items() if key != "tags"}
        elif page:
            doc = {**doc, "text": f"{page.question} {doc['text']}".strip(), "boost": 2}
            begun.add(url)
        docs.append(doc)
    if lost := questions.keys() - begun:
        raise ValueError(f"the search index has no entry for {', '.join(sorted(lost))}")
    return {**index, "docs": docs}
