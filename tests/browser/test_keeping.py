"""What is kept and passed on: drafts, links with code; and what all cells share: Run all, the keys."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Visit
from .reader import CellOnPage, Reader
from .serving import Server

pytestmark = pytest.mark.browser

QUESTION = "machine-learning/normal-equation/"
MINE = "print('mine: ä <b>')\n"
# What may follow a cell's name in a link that is none.
BROKEN = ["&code=AAAA", "&code=%00<b>", "&x=1", "&code=" + "A" * 40_000]


def button(cell: CellOnPage, text: str) -> None:
    cell.root.locator("button", has_text=re.compile(f"^{text}$")).click()


def expect_code(cell: CellOnPage, code: str) -> None:
    expect(cell.editor.locator(".cm-line")).to_have_text(code.splitlines())


def begin(reader: Reader, fragment: str = "") -> CellOnPage:
    reader.open(QUESTION + fragment)
    return reader.cells()[0]


def test_an_edit_survives_reload_and_navigation_until_reset(
    visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site)
    cell = begin(reader)
    original = cell.code()
    cell.write(MINE)
    reader.page.reload()  # at once: nothing waits for a pause
    cell = reader.cells()[0]
    expect_code(cell, MINE)
    reader.page.locator('.md-tabs__link[href*="machine-learning"]').click()
    expect(reader.page.locator(".dl-cell")).to_have_count(0)
    reader.page.go_back()
    expect(cell.root).to_have_attribute("data-edited", "")
    expect_code(cell, MINE)
    assert reader.ran_nothing
    button(cell, "Reset")
    reader.page.reload()
    assert reader.cells()[0].code() == original
    expect(cell.root).not_to_have_attribute("data-edited", re.compile(""))


def test_a_link_shows_its_code_elsewhere_and_runs_nothing(
    visit: Visit, root_site: Server, engine: str
) -> None:
    writer = visit(root_site)
    if engine == "chromium":
        writer.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell = begin(writer)
    writer.page.evaluate(
        "navigator.clipboard.writeText = (text) => { window.link = text; return Promise.resolve(); }"
    )
    cell.write(MINE)
    button(cell, "Share")
    expect(writer.page.locator("#dl-announcer")).to_have_text("Link copied")
    link: str = writer.page.evaluate("link")

    reader = visit(root_site)
    cell = begin(reader)
    original = cell.code()
    cell.write("print('own')\n")
    reader.page.goto("about:blank")
    reader.page.goto(link)
    cell = reader.cells()[0]
    notice = cell.root.locator(".dl-notice")
    expect(notice).to_contain_text("This code came with the link; it has not been run.")
    expect_code(cell, MINE)
    expect(cell.root).to_be_in_viewport()
    assert reader.ran_nothing
    button(cell, "My edit")
    expect_code(cell, "print('own')\n")
    # The same page, another fragment: nothing is loaded anew.
    reader.page.evaluate("(link) => { location.href = link; }", link)
    expect_code(cell, MINE)
    button(cell, "Original")
    expect(notice).to_have_count(0)
    assert cell.code() == original
    assert "code=" not in reader.page.url
    assert reader.ran_nothing


@pytest.mark.parametrize("rest", BROKEN)
def test_a_broken_link_says_so(rest: str, visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    original = begin(reader).code()
    name = reader.cells()[0].name
    reader.page.goto("about:blank")
    cell = begin(reader, f"#cell-{name}{rest}")
    expect(cell.root.locator(".dl-notice")).to_contain_text("This is the original code.")
    assert cell.code() == original


def test_run_all(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    cell = begin(reader)
    everything = cell.root.locator(".dl-all")
    everything.click()
    expect(everything).to_have_text("Stop all")
    for each in reader.cells():
        each.expect_state("done")
    expect(everything).to_have_text("Run all")
    cell.write("while True:\n    pass\n")
    everything.click()
    cell.expect_state("running")
    expect(everything).to_have_text("Stop all")
    everything.click()
    for each in reader.cells():
        each.expect_state("stopped", timeout=5000)
    expect(everything).to_have_text("Run all")


def test_the_keys_are_listed(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    cell = begin(reader)
    dialog = reader.page.get_by_role("dialog", name="Keys in a live cell")
    cell.root.locator(".dl-help").click()
    expect(dialog).to_contain_text("run and move on")
    reader.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    cell.area.focus()
    reader.page.keyboard.press("?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(cell.area).to_be_focused()
    cell.edit()
    reader.page.keyboard.press("?")
    expect(dialog).to_have_count(0)
