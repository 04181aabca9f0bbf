"""What links tell elsewhere: unique, absolute, and escaped."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dlsite.catalogue import Catalogue, Page
from dlsite.references import bibliography
from dlsite.standalone import Site
from dlsite.unfurling import data, description, head, page_card, question_card, site_preview

ROOT = Path(__file__).parents[2]
URL = "https://example.org/sub/"
HOSTILE = '</script><script>alert("&amp;")</script><!--'


@pytest.fixture
def site(docs: Path) -> Site:
    catalogue = Catalogue.load(docs)
    return Site("Deep", "What it is", URL, catalogue, bibliography(docs / "references.bib"), "w")


@pytest.fixture
def page(site: Site) -> Page:
    return site.catalogue.pages["first"]


class _Head(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "meta":
            name = named.get("property") or named.get("name") or ""
            assert name not in self.metas
            self.metas[name] = named["content"] or ""
        elif tag == "script":
            assert named == {"type": "application/ld+json"}
            self.scripts.append("")
        else:
            pytest.fail(f"<{tag}> in the head")

    def handle_data(self, data: str) -> None:
        if self.scripts:
            self.scripts[-1] += data


def read(html: str) -> _Head:
    parser = _Head()
    parser.feed(html)
    parser.close()
    return parser


def test_a_question_tells_itself_its_level_and_absolute_addresses(site: Site, page: Page) -> None:
    metas = read(head(question_card(page, site, "assets/x.png"), site)).metas
    assert metas["og:title"] == page.question
    assert metas["og:description"].startswith("Topic · Core · 3 minutes aloud.")
    assert metas["og:url"] == f"{URL}topic/first/"
    assert metas["og:image"] == f"{URL}assets/x.png"
    assert (metas["og:image:width"], metas["og:image:height"]) == ("1200", "630")
    assert metas["twitter:card"] == "summary_large_image"


def test_other_pages_tell_their_title_and_what_the_site_is(site: Site) -> None:
    about = description("Notation", "", site)
    assert about == "Notation. What it is"
    metas = read(head(page_card("Notation", about, f"{URL}notation/", site, "i.png"), site)).metas
    assert metas["og:title"] == "Notation"
    assert metas["og:type"] == "website"
    assert description("Deep", "", site) == "What it is"
    assert description("Topic", "topic", site).startswith("Topic: 1 interview question, each")
    assert site_preview(site).below.startswith("1 question, each")


def test_what_a_page_says_cannot_end_the_data_block_or_an_attribute(site: Site, page: Page) -> None:
    hostile = replace(page, question=HOSTILE, title=HOSTILE, tags=(HOSTILE,))
    parsed = read(head(question_card(hostile, site, "x.png"), site) + data(hostile, site))
    assert parsed.metas["og:title"] == HOSTILE
    (script,) = parsed.scripts
    assert "<" not in script
    made = json.loads(script)
    assert made["description"] == made["mainEntity"]["name"] == HOSTILE


def test_the_data_are_a_learning_resource(site: Site, page: Page) -> None:
    made = json.loads(read(data(page, site)).scripts[0])
    assert made["@type"] == "LearningResource"
    assert made["@id"] == f"{URL}q/first/"
    assert re.fullmatch(r"PT\d+M", made["timeRequired"])
    assert made["mainEntity"]["acceptedAnswer"]["text"]
    assert "competencyRequired" not in made  # what the page builds on has no page yet


def test_what_a_page_builds_on_is_named() -> None:
    docs = ROOT / "docs"
    catalogue = Catalogue.load(docs)
    site = Site("D", "d", URL, catalogue, bibliography(docs / "references.bib"), "w")
    page = next(p for p in catalogue.pages.values() if p.prerequisites)
    made = json.loads(read(data(page, site)).scripts[0])
    assert made["competencyRequired"] == [catalogue.pages[s].title for s in page.prerequisites]
