"""A page on paper: what a screen needs is gone, what was folded is open, and nothing is cut or dark."""

import pytest
from playwright.sync_api import expect

from .conftest import Visit
from .serving import Server

pytestmark = pytest.mark.browser

QUESTION = "machine-learning/normal-equation/"
PAPER = {"width": 680, "height": 962}  # A4 without its margins, in CSS pixels

_CUT = """() => [...document.querySelectorAll("article :is(pre, .katex-display, table, .dl-figure, h1)")]
  .filter((each) => each.getClientRects().length)
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 ||
    (each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX !== "visible"))
  .map((each) => each.outerHTML.slice(0, 120))"""
_COLORS = """() => ["article p", "article h1", ".dl-figure figcaption", ".dl-cell-code code", "body"].map((name) => {
  const style = getComputedStyle(document.querySelector(name));
  return [name, style.color, style.backgroundColor];
})"""


def lightness(color: str) -> float:
    numbers = [float(part) for part in color[color.index("(") + 1 : -1].split(",")]
    return sum(numbers[:3]) / 3


def test_a_dark_page_is_printed_whole_and_light(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site, viewport=PAPER)
    page = reader.open(QUESTION)
    reader.cells()  # live: with the tools that only a screen can use
    reader.use_scheme("dark")
    page.emulate_media(media="print")
    for gone in (
        ".md-header",
        ".md-tabs",
        ".md-footer",
        ".dl-cell-buttons",
        ".dl-cell-params",
        ".dl-edges",
    ):
        expect(page.locator(gone).first).to_be_hidden()
    address = page.locator(".dl-print")
    expect(address).to_be_visible()
    expect(address).to_have_text(f"{root_site.url}q/normal-equation/")
    for name, ink, paper in page.evaluate(_COLORS):
        assert lightness(ink) < 110, f"{name}: {ink}"
        assert paper == "rgba(0, 0, 0, 0)" or lightness(paper) > 200, f"{name}: {paper}"
    # Some browsers open what is folded by style, others when the page is about to be printed.
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for folded in page.locator("article details:not(.dl-path) > :not(summary)").all():
        expect(folded).to_be_visible()
    assert page.evaluate(_CUT) == []
