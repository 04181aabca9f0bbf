"""Without JavaScript: code, output, figures and formulas are there, and nothing that pretends to work."""

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Visit
from .pages import SAMPLE, address, cells_of
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


def test_a_question_alone_gives_nothing_away(scriptless: Visit, root_site: Server) -> None:
    page = scriptless(root_site).open("q/normal-equation/ask/")
    expect(page.locator("h1")).to_be_visible()
    details = page.locator("details")
    assert details.locator("summary").all_text_contents()[-3:] == [
        "Short answer",
        "Scoring",
        "Follow-ups",
    ]
    expect(page.locator("details .katex:visible")).to_have_count(0)
    details.nth(-3).locator("summary").focus()
    page.keyboard.press("Enter")
    expect(details.nth(-3).locator(".katex").first).to_be_visible()
    expect(page).to_have_url(f"{root_site.url}q/normal-equation/ask/")


@pytest.mark.parametrize("path", ["interview/", "interview/revise/"])
def test_what_needs_javascript_says_so_and_where_to_go(
    path: str, scriptless: Visit, root_site: Server
) -> None:
    page = scriptless(root_site).open(path)
    expect(page.locator("noscript")).to_contain_text("This needs JavaScript")
    page.get_by_role("link", name="All questions").locator("visible=true").last.click()
    page.wait_for_url(f"{root_site.url}questions/")
    expect(page.locator(".dl-questions li:visible")).to_have_count(95)
