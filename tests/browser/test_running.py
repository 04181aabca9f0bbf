"""Runs that are long, shared, watched, or in another tab; and the download that asks first."""

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Visit
from .reader import CellOnPage, Reader
from .serving import Server
from .test_hostile import PULSE, next_run_is_right, stood_still
from .test_states import LOOP

pytestmark = pytest.mark.browser

QUESTION = "machine-learning/normal-equation/"
# Half a minute and more in one call of LAPACK.
LONG_CALL = (
    "import numpy as np\nnp.linalg.svd(np.random.default_rng(0).normal(size=(1500, 1500)))\n"
)
GROWING = """import time
import numpy as np
from dlconcepts import plot
walk = np.random.default_rng(0).normal(size=10_000).cumsum()
for n in track(range(2, 10_000)):
    part = {"walk": walk[max(0, n - 400) : n]}
    display(plot.lines(np.arange(len(part["walk"])), part, x="step", y="sum"), id="walk")
    time.sleep(0.01)
"""
# Before the site's scripts look at the cells.
ONE_SESSION = """document.addEventListener("readystatechange", () => {
  if (document.readyState !== "interactive") return;
  for (const cell of document.querySelectorAll(".dl-cell")) cell.dataset.session = "shared";
});"""
SAVE_DATA = 'Object.defineProperty(navigator, "connection", {value: {saveData: true}});'


def notice(cell: CellOnPage) -> str:
    return cell.root.locator(".dl-notice-text").inner_text()


def answer(cell: CellOnPage, text: str) -> None:
    cell.root.locator(".dl-notice button", has_text=re.compile(f"^{text}$")).click()


def test_stop_ends_a_long_call_of_numpy(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write(LONG_CALL)
    cell.button.click()
    cell.expect_state("running")
    lab.page.wait_for_timeout(500)
    cell.stop()
    next_run_is_right(cell)


def section(page: Page, number: int) -> None:
    """Go to a section by the table of contents."""
    link = page.locator(".md-sidebar--secondary .md-nav__link").nth(number)
    heading = str(link.evaluate("link => decodeURIComponent(link.hash.slice(1))"))
    link.click()
    expect(page.locator(f"[id='{heading}']")).to_be_in_viewport()


@pytest.mark.parametrize("first", [True, False], ids=["first page", "later page"])
def test_steps_within_a_page_leave_what_cells_have_shown(
    first: bool, visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site)
    page = reader.open(QUESTION if first else "")
    if not first:
        reader.follow(QUESTION)
    cell = reader.cells()[0]
    assert cell.run() == "done", cell.text()
    shown = cell.drawn()
    asked = root_site.requests.count(f"/{QUESTION}")
    section(page, 2)
    section(page, 8)
    page.go_back()
    page.evaluate("location.hash = ''")
    page.wait_for_timeout(500)  # the theme would ask for the page
    assert (cell.state, cell.drawn()) == ("done", shown)
    assert root_site.requests.count(f"/{QUESTION}") == asked
    # And the theme goes on from page to page.
    home = reader.follow("") if first else reader.follow("monte-carlo/monte-carlo/")
    home.go_back()
    expect(page.locator("h1")).to_contain_text("normal equation", ignore_case=True)
    assert reader.workers == 1


def test_after_a_stop_the_session_is_run_again(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.context.add_init_script(ONE_SESSION)
    reader.open(QUESTION)
    first, second, third = reader.cells()[:3]
    first.write("a = 1\n")
    second.write("b = a + 1\nprint(b)\n")
    third.write(LOOP)
    assert second.run() == "done"
    expect(second.output).to_have_text(f"Ran {first.name} first.2\n")
    third.button.click()
    third.expect_state("running")
    third.stop()
    third.write("print(a, b)\n")
    assert third.run() == "done"
    ran = f"Ran {first.name}, {second.name} again after the stop."
    expect(third.output).to_have_text(f"{ran}1 2\n")


@pytest.fixture
def late(visit: Visit, root_site: Server) -> Reader:
    """A reader whose clock the test sets."""
    reader = visit(root_site)
    reader.page.clock.install()
    reader.open(QUESTION)
    return reader


def test_a_run_of_a_minute_asks_whether_to_go_on(late: Reader) -> None:
    cell = late.cells()[0]
    cell.write(LOOP)
    cell.button.click()
    cell.expect_state("running")
    late.page.clock.fast_forward(61_000)
    expect(cell.root.locator(".dl-notice")).to_contain_text("This has been running for 1 min.")
    answer(cell, "Go on")
    expect(cell.root.locator(".dl-notice")).to_have_count(0)
    assert cell.state == "running"
    late.page.clock.fast_forward(121_000)
    expect(cell.root.locator(".dl-notice")).to_contain_text("3 min")
    answer(cell, "Stop")
    cell.expect_state("stopped")
    expect(cell.root.locator(".dl-notice")).to_have_count(0)
    next_run_is_right(cell)


def test_a_figure_grows_in_its_place_while_the_reader_writes(lab: Reader) -> None:
    cell, other = lab.cells()[:2]
    cell.write(GROWING)
    other.write("x = 1\n")
    cell.button.click()
    cell.expect_state("running")
    expect(cell.output.locator(".dl-figure svg").first).to_be_visible()
    expect(cell.output.locator(".dl-track")).to_contain_text("of 9,998")
    lab.page.evaluate(PULSE)
    other.edit()
    lab.page.keyboard.press("ControlOrMeta+End")
    lab.page.keyboard.type("abcdefghijklmnopqrstuvwxyz", delay=30)
    assert cell.state == "running"
    assert other.code() == "x = 1abcdefghijklmnopqrstuvwxyz\n"
    assert stood_still(lab.page) < 0.5
    cell.stop()
    expect(cell.output.locator(".dl-figure")).to_have_count(1)
    expect(cell.output.locator(".dl-track")).to_have_count(0)


def test_two_tabs_run_side_by_side(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.open(QUESTION)
    cell = reader.cells()[0]
    cell.write(LOOP)
    cell.button.click()
    cell.expect_state("running")
    tab: Page = reader.context.new_page()
    tab.goto(root_site.url + QUESTION, wait_until="load")
    there = CellOnPage(tab, cell.name)
    there.expect_state("idle")
    there.write("print('the other tab')\n")
    assert there.run() == "done"
    expect(there.output).to_have_text("the other tab\n")
    expect(cell.root.locator(".dl-notice")).to_contain_text("edited in another tab")
    assert cell.state == "running"
    answer(cell, "Show that edit")
    assert cell.code() == "print('the other tab')\n"
    cell.stop()
    assert cell.run() == "done"


def test_with_save_data_the_download_is_asked_for_once(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.context.add_init_script(SAVE_DATA)
    reader.open(QUESTION)
    first, second = reader.cells()[:2]
    before = root_site.count("/assets/runtime/")
    first.button.click()
    first.expect_state("asking")
    assert re.search(r"Python and NumPy once, \d+\.\d MB", notice(first))
    second.button.click()
    second.expect_state("queued")
    answer(first, "Not now")
    first.expect_state("stopped")
    second.expect_state("stopped")
    assert (reader.workers, root_site.count("/assets/runtime/")) == (0, before)
    first.button.click()
    answer(first, "Download and run")
    first.expect_state("done")
    reader.page.reload()
    cell = reader.cells()[0]
    assert cell.run() == "done"
    expect(cell.root.locator(".dl-notice")).to_have_count(0)
    # A package is a download of its own.
    cell.write("import scipy\nprint(scipy.__name__)\n")
    cell.button.click()
    cell.expect_state("asking")
    assert re.search(r"needs scipy, a download of \d+\.\d MB", notice(cell))
    answer(cell, "Not now")
    cell.expect_state("stopped")
    next_run_is_right(cell)
