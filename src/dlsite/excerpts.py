"""What sheets, revision and the page of a question alone show of it: parts of its page as it was rendered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urljoin, urlsplit

from dlsite.catalogue import LEVELS, Catalogue, Page

# The parts that say what a good answer is; the others are long, and stay on the page.
SHOWN = {"short-answer": "Short answer", "scoring": "Scoring", "follow-ups": "Follow-ups"}

_HEADING = re.compile(r'<h2\b[^>]*?\sid="([\w-]+)"[^>]*>.*?</h2>', re.DOTALL)
_LINK = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")')
_ID = re.compile(r'(<\w[^>]*?)\sid="[^"]*"')


def excerpt(html: str, url: str) -> dict[str, str]:
    """Return the HTML of the parts shown, by anchor; links begin at the site's root, and anchors are left out.

    Args:
        html: The page's text as rendered.
        url: The page's address, relative to the site's root.
    """
    pieces = _HEADING.split(html)
    found = dict(zip(pieces[1::2], pieces[2::2], strict=True))

    def from_root(href: str) -> str:
        return urljoin(url, href)

    return {anchor: _ID.sub(r"\1", _relinked(found[anchor].strip(), from_root)) for anchor in SHOWN}


def listing(catalogue: Catalogue) -> dict[str, Any]:
    """Return what is needed to choose among the questions: all but their answers."""
    questions = [
        {
            "slug": page.slug,
            "number": page.source,
            "title": page.title,
            "question": page.question,
            "topic": page.topic,
            "level": page.level,
            "minutes": page.minutes,
            "loaded": page.loaded,
            "tags": page.tags,
            "url": page.url,
        }
        for topic in catalogue.topics
        for _, page in catalogue.of_topic(topic)
        if page
    ]
    topics = {topic: catalogue.topic_name(topic) for topic in catalogue.topics}
    return {"topics": topics, "levels": LEVELS, "questions": questions}


def alone(
    page: Page,
    parts: Mapping[str, str],
    *,
    site_url: str,
    styles: Sequence[str],
    forward: str,
) -> str:
    """Return the page at `/q/<slug>/ask/`: the question, and what is shown of its answer folded away.

    A script leads on to the question's page, which hides its answer there. Without JavaScript this page stays, so that
    the link gives nothing away.

    Args:
        page: The question.
        parts: What `excerpt` returned.
        site_url: The site's address, or "".
        styles: Addresses of style sheets, relative to the site's root.
        forward: The address of the script, relative to the site's root.
    """
    up = "../../../"
    title = escape(page.question)
    links = "".join(f'<link rel="stylesheet" href="{up}{style}">' for style in styles)
    canonical = f"{site_url.rstrip('/')}/{page.url}" if site_url else f"{up}{page.url}"

    def from_here(href: str) -> str:
        return href if urlsplit(href).scheme else f"{up}{href}"

    folded = "\n".join(
        f"<details><summary>{name}</summary>{_relinked(parts[anchor], from_here)}</details>"
        for anchor, name in SHOWN.items()
    )
    if page.loaded:
        folded = (
            "<details><summary>Is the premise true?</summary>"
            f"<p><strong>No.</strong> {escape(page.loaded)}</p></details>\n{folded}"
        )
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title>
<script src="{up}{forward}" data-to="{up}{page.url}?ask"></script>
<link rel="canonical" href="{canonical}">
<meta name="robots" content="noindex">
<link rel="icon" href="{up}assets/images/favicon.png">
{links}
</head>
<body dir="ltr" data-md-color-scheme="default">
<main class="md-typeset dl-alone">
<h1>{title}</h1>
<p class="dl-meta"><span>{LEVELS[page.level].capitalize()}</span> <span>{page.minutes} minutes aloud</span></p>
{folded}
<p><a href="{up}{page.url}">The whole page</a>, with the derivation and code to run</p>
</main>
</body>
</html>
"""


def _relinked(html: str, change: Callable[[str], str]) -> str:
    return _LINK.sub(lambda link: f"{link[1]}{change(link[2])}{link[3]}", html)
