"""Made for interviews: a question asked with its answer hidden, a kit drawn, changed and marked; by keyboard alone."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit
from .keyboard import focused, press, tab_to
from .layout import layout_problems
from .reader import CATCH, caught, wait_until
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
if (navigator.clipboard) navigator.clipboard.writeText = async (text) => void dlCopied.push(text);
"""


def copied(page: Page) -> str:
    wait_until(page, "dlCopied.length > 0")
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


# Kits ---------------------------------------------------------------------------------------------------------------

# A link from an earlier day: what it means must not depend on the browser, nor change.
KIT = "interview/#kit=normal-equation,capacity,mle-consistency&seed=k7x2m9&count=3&topics=optimization"
DRAWN = ["optimization-vs-learning", "learning-as-optimization", "empirical-risk"]


def kit(page: Page) -> list[str]:
    slugs: list[str] = page.locator(".dl-kit > li").evaluate_all(
        "all => all.map((li) => li.dataset.slug)"
    )
    return slugs


def test_a_kit_is_drawn_changed_and_found_again(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    page = reader.open("interview/")
    expect(page.get_by_role("heading", name="The kit")).to_be_visible()
    press(page, "Monte Carlo methods", "Space")
    press(page, "Draw")
    expect(page.locator(".dl-kit > li")).to_have_count(6)
    drawn = kit(page)
    assert f"kit={','.join(drawn)}&seed=" in page.url

    titles = page.locator(".dl-kit [data-does=Down]").evaluate_all(
        "all => all.map((button) => button.ariaLabel.replace('Down: ', ''))"
    )
    press(page, f"Down: {titles[0]}")
    assert focused(page) == f"Down: {titles[0]}"
    page.keyboard.press("Enter")
    assert kit(page) == [*drawn[1:3], drawn[0], *drawn[3:]]
    expect(page.locator("#dl-announcer")).to_have_text(f"{titles[0]}: now 3 of 6")
    press(page, f"Drop: {titles[5]}")
    assert focused(page) == f"Drop: {titles[4]}"
    if "vc-dimension" not in kit(page):
        tab_to(page, "Add a question, by its words")
        page.keyboard.type("vc dimension")
        press(page, "Add: VC dimension")
    changed = kit(page)
    assert changed[:2] == drawn[1:3]
    assert "vc-dimension" in changed

    page.reload()
    expect(page.locator(".dl-kit > li")).to_have_count(len(changed))
    assert kit(page) == changed
    press(page, "Repeat this seed")
    assert kit(page) == drawn


def test_a_link_opens_the_same_kit_in_every_browser(visit: Visit, root_site: Server) -> None:
    page = visit(root_site).open(KIT)
    expect(page.locator(".dl-kit > li")).to_have_count(3)
    assert kit(page) == ["normal-equation", "capacity", "mle-consistency"]
    expect(page.locator(".dl-problem")).to_have_count(0)
    press(page, "Repeat this seed")
    assert kit(page) == DRAWN


def test_a_hostile_link_is_read_as_text(visit: Visit, root_site: Server) -> None:
    page = visit(root_site).open(
        "interview/#kit=capacity,%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E,nope&count=1e9&seed=<b>"
    )
    expect(page.locator(".dl-problem")).to_have_count(3)
    expect(page.locator(".dl-problem").first).to_contain_text(
        "“<img src=x onerror=alert(1)>”, “nope”"
    )
    assert page.locator(".dl-part :is(img, b)").count() == 0
    assert kit(page) == ["capacity"]


def test_the_sheets(visit: Visit, root_site: Server, engine: str) -> None:
    reader = visit(root_site)
    reader.context.add_init_script(f"({CATCH})()")
    page = reader.open(KIT)
    press(page, "Candidate sheet")
    expect(page.locator(".dl-asked > li")).to_have_count(3)
    expect(page.locator(".dl-sheet .katex")).to_have_count(0)
    press(page, "Back to the kit")
    press(page, "Interviewer sheet")
    sections = page.locator(".dl-sheet section")
    expect(sections).to_have_count(3)
    expect(sections.first.get_by_text("Must say").first).to_be_visible()
    expect(sections.first.locator(".katex").first).to_be_visible()
    link = sections.first.locator("a[href*='/q/'], a[href*='machine-learning/']").first
    assert (link.get_attribute("href") or "").startswith(root_site.url)

    tab_to(page, "Candidate, date")
    page.keyboard.type("A. B.")
    tab_to(page, "No answer")
    page.keyboard.press("ArrowRight")
    tab_to(page, "Note on Normal equation")
    page.keyboard.type("<b>rank</b>")
    expect(page.get_by_role("radio", name="Weak").first).to_be_checked()
    page.reload()
    expect(page.get_by_role("radio", name="Weak").first).to_be_checked()
    expect(page.get_by_label("Note on Normal equation")).to_have_value("<b>rank</b>")
    press(page, "Export Markdown")
    text = caught(page)[1].decode()
    assert text.startswith("# A. B.\n")
    assert "- Mark: weak\n" in text
    assert "> \\<b\\>rank\\</b\\>\n" in text
    press(page, "Export JSON")
    row = json.loads(caught(page)[1].decode())["questions"][0]
    assert (row["slug"], row["mark"], row["note"]) == ("normal-equation", "weak", "<b>rank</b>")
    assert row["link"] == f"{root_site.url}q/normal-equation/"

    if engine == "firefox":  # whose driver cannot show a page as printed
        return
    page.emulate_media(media="print")
    expect(page.locator(".dl-printed").first).to_have_text("<b>rank</b>")
    for hidden in (".dl-screen", ".md-header", ".md-tabs", ".md-footer", ".dl-note textarea"):
        expect(page.locator(hidden).first).to_be_hidden()


def test_two_tabs_mark_one_kit(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    first = reader.open(f"{KIT}&sheet=interviewer")
    other = reader.context.new_page()
    other.goto(first.url)
    note = "Note on Normal equation"
    other.get_by_label(note).fill("rank")
    expect(first.get_by_label(note)).to_have_value("rank")
    # Both in the same moment: neither has heard of the other's.
    first.get_by_role("radio", name="Good").first.check()
    other.get_by_label("Candidate, date").fill("A. B.")
    for page in (first, other):
        expect(page.get_by_role("radio", name="Good").first).to_be_checked()
        expect(page.get_by_label("Candidate, date")).to_have_value("A. B.")
        page.reload()
        expect(page.get_by_role("radio", name="Good").first).to_be_checked()
        expect(page.get_by_label("Candidate, date")).to_have_value("A. B.")
        expect(page.get_by_label(note)).to_have_value("rank")


def test_nothing_sticks_out_of_a_small_phone(visit: Visit, root_site: Server) -> None:
    page = visit(root_site, viewport={"width": 320, "height": 640}).page
    for path in ["interview/revise/", KIT, f"{KIT}&sheet=interviewer", f"q/{SLUG}/ask/"]:
        page.goto("about:blank")
        page.goto(root_site.url + path)
        expect(page.locator(".dl-part .dl-button, .dl-ask .dl-button").first).to_be_visible()
        page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        assert layout_problems(page) == [], path
