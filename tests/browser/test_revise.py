"""Revision: the answer first, a grade, and what is kept of it; filters and progress; by keyboard alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit
from .keyboard import focused, press, tab_to
from .pages import COUNT
from .reader import CATCH, caught
from .serving import Server

pytestmark = pytest.mark.browser

KEY = "dlconcepts:revise"


def cards(page: Page) -> dict[str, Any]:
    """What the storage holds."""
    text: str | None = page.evaluate("key => localStorage.getItem(key)", KEY)
    data: dict[str, Any] = json.loads(text or '{"data": {}}')["data"]
    return data


def test_a_question_is_answered_graded_and_comes_back(
    visit: Visit, root_site: Server, tmp_path: Path
) -> None:
    reader = visit(root_site)
    reader.context.add_init_script(f"({CATCH})()")
    page = reader.open("interview/revise/")
    counts = page.locator("[data-mount=revise] > .dl-meta")
    expect(counts).to_have_text(f"0 of {COUNT} seen, 0 due, 0 known")
    tab_to(page, "Topic").select_option("optimization")
    expect(counts).to_have_text("0 of 5 seen, 0 due, 0 known")
    press(page, "Begin")
    assert focused(page) == "Show the answer"
    expect(page.locator(".dl-card .katex")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Short answer")).to_be_visible()
    grades = page.locator(".dl-grades button")
    expect(grades).to_have_count(4)
    easy = grades.nth(3).get_attribute("aria-label") or ""
    assert re.fullmatch(r"Easy, in \d+ days", easy)
    press(page, easy)
    expect(counts).to_have_text("1 of 5 seen, 0 due, 1 known")
    expect(page.locator("#dl-announcer")).to_contain_text("Easy: it comes back in")
    assert focused(page) == "A new question"
    (slug,) = cards(page)

    press(page, "Your progress stays in this browser")
    press(page, "Export")
    text = caught(page)[1].decode()
    page.once("dialog", lambda dialog: dialog.accept())
    press(page, "Forget everything")
    expect(counts).to_have_text("0 of 5 seen, 0 due, 0 known")
    # As if it were from a year ago, and with an entry that nothing can read.
    data = json.loads(text)
    data["data"][slug]["due"] = 1_700_000_000_000
    data["data"]["<b>"] = {}
    file = tmp_path / "revision.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    page.get_by_label("Import a file").set_input_files(file)
    expect(counts).to_have_text("1 of 5 seen, 1 due, 0 known")
    expect(page.locator(".dl-files output")).to_have_text(
        "Imported 1 questions. 1 entries of the file could not be read."
    )
    expect(page.get_by_role("button", name="Show the answer")).to_be_visible()
    file.write_text("no JSON", encoding="utf-8")
    page.get_by_label("Import a file").set_input_files(file)
    expect(page.locator(".dl-files output")).to_contain_text("Nothing was imported")

    bars = page.locator("[data-mount=progress]")
    page = reader.follow("optimization/")
    expect(bars).to_contain_text("1 of 5 seen, 1 due, 0 known")
    page = reader.follow("")
    expect(bars.locator("p", has_text="Optimization")).to_contain_text("1 of 5 seen, 1 due")


def test_storage_that_is_foreign_is_set_aside_and_the_reader_is_told(
    visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site)
    reader.context.add_init_script(f"({CATCH})()")
    page = reader.open("404.html")
    page.evaluate("key => localStorage.setItem(key, '{\"<b>\": 1')", KEY)
    page = reader.open("interview/revise/")
    expect(page.get_by_role("alert")).to_contain_text(
        "was unreadable and was set aside. It is not JSON."
    )
    press(page, "Save it as a file")
    assert caught(page)[1].decode() == '{"<b>": 1'
    press(page, "Begin")
    press(page, "Show the answer")
    expect(page.locator(".dl-grades")).to_be_visible()
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("set aside earlier")
    press(page, "Delete it")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_progress_is_not_shown_before_there_is_any(visit: Visit, root_site: Server) -> None:
    page = visit(root_site).open()
    expect(page.locator("[data-mount=progress]")).to_be_hidden()


def test_the_list_is_filtered(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    page = reader.open("questions/")
    count = page.locator(".dl-filters output")
    expect(count).to_have_text(f"{COUNT} questions")
    shown = page.locator(".dl-questions li:visible")
    tab_to(page, "Words")
    page.keyboard.type("Bayes error")
    expect(shown.first).to_have_attribute("id", "bayes-error")
    few = shown.count()
    assert few < 20
    expect(count).to_have_text(f"{few} of {COUNT} questions")
    page.get_by_label("State").select_option("due")
    expect(shown).to_have_count(0)
    expect(page.locator("article h2:visible")).to_have_count(0)
    page.get_by_label("State").select_option("new")
    page.get_by_label("Words").fill("")
    page.get_by_label("Topic").select_option("monte-carlo")
    expect(shown).to_have_count(4)
    page.get_by_label("Level").select_option("3")
    assert shown.count() < 4
