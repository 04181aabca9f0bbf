"""Without JavaScript: code, output, figures and formulas are there, and nothing that pretends to work."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Locator

from .conftest import Visit
from .pages import COUNT, SAMPLE, address, cells_of
from .serving import Server

pytestmark = pytest.mark.browser


def invisible(all_of: Locator) -> list[str]:
    """Those of the elements that take no room."""
    texts: list[str] = all_of.evaluate_all(
        """(all) => all.filter((e) => {
             const {width, height} = e.getBoundingClientRect();
             return !e.checkVisibility() || width < 1 || height < 1;
           }).map((e) => e.closest("[id]")?.id + ": " + e.textContent.slice(0, 60))"""
    )
    return texts


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_complete(width: int, scriptless: Visit, root_site: Server) -> None:
    reader = scriptless(root_site, viewport={"width": width, "height": 800})
    drawing = ".dl-narrow" if width == 390 else ".dl-wide"
    for source in SAMPLE:
        page = reader.open(address(source))
        cells = cells_of(source)
        for cell in cells:
            root = page.locator(f"#cell-{cell.id}")
            assert root.locator(".dl-cell-code code").text_content() == cell.code
            assert root.locator(".dl-cell-output > *").count() > 0, f"{cell.id} has no output"
        parts = page.locator(f".dl-cell-code code, .dl-out, .dl-figure svg{drawing}")
        assert invisible(parts) == [], source
        figures = page.locator(".dl-figure")
        assert figures.locator("svg:visible").count() == figures.count(), source
        folded = page.locator("details:not([open]) .katex, .tabbed-block:not(:first-child) .katex")
        formulas = page.locator("article .katex-html")
        if not folded.count():
            assert invisible(formulas) == [], source
        assert page.locator(".dl-cell button, article button:visible").count() == 0, source


def test_a_question_has_formulas_and_figures(scriptless: Visit, root_site: Server) -> None:
    page = scriptless(root_site).open("machine-learning/normal-equation/")
    assert page.locator(".katex:visible").count() > 10
    assert page.locator(".dl-figure svg:visible").count() > 0


def test_a_permalink_leads_to_its_page(scriptless: Visit, root_site: Server) -> None:
    page = scriptless(root_site).open("q/normal-equation/")
    page.wait_for_url(f"{root_site.url}machine-learning/normal-equation/")


# Where the page has no scripts, Firefox's driver waits for ever for what it looks at again and again: here, what is
# asked is asked once.


def test_a_question_alone_gives_nothing_away(scriptless: Visit, root_site: Server) -> None:
    page = scriptless(root_site).open("q/normal-equation/ask/")
    assert page.locator("h1").is_visible()
    titles = page.locator("details > summary").all_text_contents()
    assert titles[-3:] == ["Short answer", "Scoring", "Follow-ups"]
    formulas = page.locator("details .katex")
    assert len(invisible(formulas)) == formulas.count() > 5
    for _ in range(len(titles) - 2):  # to the short answer
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("details[open] > summary").all_text_contents() == ["Short answer"]
    assert page.locator("details[open] .katex").first.is_visible()
    assert page.url == f"{root_site.url}q/normal-equation/ask/"


@pytest.mark.parametrize("path", ["interview/", "interview/revise/"])
def test_what_needs_javascript_says_so_and_where_to_go(
    path: str, scriptless: Visit, root_site: Server
) -> None:
    page = scriptless(root_site).open(path)
    said = page.locator("noscript p")
    assert said.is_visible()
    assert "This needs JavaScript" in (said.text_content() or "")
    target = said.locator("a").get_attribute("href") or ""
    page.goto(urljoin(page.url, target))
    assert page.url == f"{root_site.url}questions/"
    listed = page.locator(".dl-questions li")
    assert listed.count() == COUNT
    assert invisible(listed) == []
