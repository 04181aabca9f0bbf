"""What a link tells where it is pasted: title, description, picture, and the page in terms of schema.org."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from typing import Any

from dlsite.answers import answer
from dlsite.catalogue import LEVELS, Page
from dlsite.previews import SIZE, Preview
from dlsite.standalone import Site

_EACH = "each derived, demonstrated in live NumPy, and scored"


@dataclass(frozen=True)
class Card:
    """What is said of a page elsewhere; addresses are absolute."""

    title: str
    description: str
    url: str
    image: str
    about: str
    kind: str = "website"


def preview(page: Page, site: Site) -> Preview:
    """Return what the picture of a question says."""
    return Preview(
        site.catalogue.topic_name(page.topic), page.question, f"{page.effort} · {site.name}"
    )


def site_preview(site: Site) -> Preview:
    """Return what the picture of any other page says."""
    below = f"{_counted(len(site.catalogue.pages))}, {_EACH}"
    return Preview("Interview questions", site.name, below)


def question_card(page: Page, site: Site, image: str) -> Card:
    """Return what is said of a question."""
    about = (
        f"{site.catalogue.topic_name(page.topic)} · {page.effort}. Short answer, derivation, live NumPy, "
        "common mistakes and scoring."
    )
    return Card(page.question, about, site.at(page.url), site.at(image), page.question, "article")


def page_card(title: str, description: str, url: str, site: Site, image: str) -> Card:
    """Return what is said of a page that answers no question."""
    return Card(title, description, url, site.at(image), site.name)


def description(title: str, topic: str, site: Site) -> str:
    """Return the description of a page that answers no question; `topic` is the one whose questions it lists, or ""."""
    if not topic:
        return site.description if title == site.name else f"{title}. {site.description}"
    count = sum(page.topic == topic for page in site.catalogue.pages.values())
    return f"{site.catalogue.topic_name(topic)}: {_counted(count, 'interview ')}, {_EACH}"


def head(card: Card, site: Site) -> str:
    """Return the elements of a page's head that Open Graph and the cards of networks read."""
    width, height = SIZE
    properties = {
        "og:type": card.kind,
        "og:site_name": site.name,
        "og:locale": "en_US",
        "og:title": card.title,
        "og:description": card.description,
        "og:url": card.url,
        "og:image": card.image,
        "og:image:type": "image/png",
        "og:image:width": width,
        "og:image:height": height,
        "og:image:alt": card.about,
    }
    names = {"twitter:card": "summary_large_image"}  # which takes the rest from Open Graph
    tags = [_meta("property", name, value) for name, value in properties.items()]
    return "".join([*tags, *(_meta("name", name, value) for name, value in names.items())])


def data(page: Page, site: Site) -> str:
    """Return the question as a learning resource of schema.org, in a data block."""
    works = [slug for slug in page.prerequisites if slug in site.catalogue.pages]
    made: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "LearningResource",
        "@id": site.at(page.permalink),
        "url": site.at(page.url),
        "name": page.title,
        "description": page.question,
        "inLanguage": "en",
        "learningResourceType": "interview question with answer",
        "educationalLevel": LEVELS[page.level],
        "timeRequired": f"PT{page.minutes}M",
        "teaches": page.title,
        "keywords": list(page.tags),
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "isAccessibleForFree": True,
        "isPartOf": {"@type": "WebSite", "name": site.name, "url": site.at("")},
        "mainEntity": {
            "@type": "Question",
            "name": page.question,
            "acceptedAnswer": {"@type": "Answer", "text": answer(page, site).short},
        },
    }
    if works:
        made["competencyRequired"] = [site.catalogue.pages[slug].title for slug in works]
    # In a script element only these begin anything; JSON may write them so.
    text = json.dumps(made, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")
    return f'<script type="application/ld+json">{text}</script>'


def _counted(count: int, kind: str = "") -> str:
    return f"{count} {kind}question{'s' if count != 1 else ''}"


def _meta(kind: str, name: str, value: object) -> str:
    return f'<meta {kind}="{name}" content="{escape(str(value))}">'
