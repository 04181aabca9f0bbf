"""Made for interviews: a question asked with its answer hidden, a kit drawn, changed and marked; by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit
from .keyboard import focused, press, tab_to
from .serving import Server

pytestmark = pytest.mark.browser

SLUG = "normal-equation"
QUESTION = f"machine-learning/{SLUG}/"

# Notes whether any of the answer can be seen in any frame from the first.
_FRAMES = """
globalThis.dlFlashes = 0;
const look = () => {
  const parts = document.querySelectorAll(".dl-question ~ :not(.dl-ask), .dl-asks");
  if ([...parts].some((part) => part.checkVisibility())) dlFlashes += 1;
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""

# What is put on the clipboard, seen on its way: not every engine lets a page read it again.
_COPIES = """
globalThis.dlCopied = [];
navigator.clipboard.writeText = async (text) => void dlCopied.push(text);
"""


def copied(page: Page) -> str:
    page.wait_for_function("dlCopied.length > 0")
    text: str = page.evaluate("dlCopied.splice(0)[0]")
    return text


# The question asked -------------------------------------------------------------------------------------------------


def test_a_question_is_asked_and_answered_part_by_part(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.context.add_init_script(_FRAMES)
    page = reader.open(f"q/{SLUG}/ask/")
    page.wait_for_url(f"{root_site.url}{QUESTION}?ask")
    short, depth = page.locator("#short-answer"), page.locator("#in-depth")
    next_part = page.get_by_role("button", name="Next: Short answer")
    expect(next_part).to_be_visible()
    expect(page.locator(".dl-question h1")).to_be_visible()
    expect(page.locator(".dl-question .dl-meta")).to_contain_text("minutes aloud")
    expect(page.get_by_role("link", name="In depth", exact=True)).to_have_count(0)
    assert page.evaluate("dlFlashes") == 0
    expect(short).to_be_hidden()

    press(page, "Start timer")
    expect(page.get_by_role("timer")).to_contain_text("0:01 of")
    press(page, "Next: Short answer")
    expect(short).to_be_visible()
    expect(depth).to_be_hidden()
    expect(page.locator("#dl-announcer")).to_have_text("Short answer is shown")
    assert focused(page) == "Next: In depth"
    page.keyboard.press("Enter")
    expect(depth).to_be_visible()
    expect(page.locator("#try-it")).to_be_hidden()
    press(page, "Show all")
    expect(page.locator("#references")).to_be_visible()
    expect(page.locator(".dl-edges")).to_be_visible()
    expect(page.locator(".dl-ask")).to_have_count(0)
    assert focused(page).startswith("Try it")  # where the new text begins


def test_links_are_copied_with_their_permanent_address(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.context.add_init_script(_COPIES)
    page = reader.open(QUESTION)
    press(page, "Copy question")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert copied(page) == f"{root_site.url}q/{SLUG}/ask/"
    anchor = tab_to(page, "Copy the permanent link to “In depth”")
    page.keyboard.press("Enter")
    assert copied(page) == f"{root_site.url}q/{SLUG}/#in-depth"
    expect(anchor).to_have_attribute("data-said", "Copied")
    expect(page).to_have_url(f"{root_site.url}{QUESTION}#in-depth")
