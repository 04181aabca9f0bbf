"""The site in WebKit, the engine of Safari: the home page and three questions, and the faults of the other engines."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import WebKitGTK

from dlsite.workshop import workshop_at

from .comparing import check, shown
from .pages import DOCS, address, cells_of
from .serving import ROOT, Server
from .test_faults import FILES, NO_WEBASSEMBLY, NOISE, PLAIN, QUESTION, faults_of
from .test_hostile import ENDINGS, HTML_CASES, IMG, NOTHING_REACHED, REACH, SCRIPT
from .test_interview import KIT
from .test_keeping import BROKEN, MINE
from .test_offline import HALVE, HAS_KEPT
from .test_policy import WAYS
from .test_running import SAVE_DATA
from .test_states import LOOP
from .versions import change, part_of, release
from .webkit import FIRST, SafariCell, SafariReader, webkit

pytestmark = pytest.mark.browser

SOURCES = [
    "index.md",
    "machine-learning/normal-equation.md",
    "monte-carlo/monte-carlo.md",
    "optimization/regression-losses.md",
]
# Each way in which a page can keep nothing.
STORAGES = {
    "forbidden": """if (globalThis.document) Object.defineProperty(globalThis, "localStorage", {
      get() { throw new DOMException("denied", "SecurityError"); },
    });""",
    "full": """if (globalThis.document) Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };""",
}
# Half a minute passes in a moment.
HURRY = """() => {
  const {setTimeout} = globalThis;
  globalThis.setTimeout = (call, delay, ...rest) =>
    setTimeout(call, delay >= 30_000 ? delay / 60 : delay, ...rest);
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebKitGTK]:
    """One WebKit for all tests of this module."""
    with webkit(tmp_path_factory.mktemp("home")) as browser:
        yield browser


@pytest.fixture
def server(root_site: Server) -> Iterator[Server]:
    """The site; its pages begin with what notes their problems."""
    root_site.first = FIRST
    yield root_site
    root_site.first = ""


@pytest.fixture
def reader(browser: WebKitGTK, server: Server) -> Iterator[SafariReader]:
    """A reader at an empty page who has kept nothing; what goes wrong fails the test."""
    reader = SafariReader(browser, server)
    if browser.current_url.startswith(server.origin):
        reader.call("() => { localStorage.clear(); sessionStorage.clear(); }")
    yield reader
    problems = reader.take()
    assert not problems, "\n".join(problems)


@pytest.fixture
def lab(reader: SafariReader) -> SafariReader:
    """A reader at a page with several cells, whose Python has started: in an earlier test, where that is so."""
    if not reader.call("() => globalThis.dlSpy?.ready === true"):
        reader.open(QUESTION)
        cell = reader.cells()[0]
        assert cell.run() == "done", cell.text()
    reader.follow("")
    reader.follow(QUESTION)
    reader.cells()
    reader.heard()
    return reader


@pytest.fixture
def thrifty(reader: SafariReader) -> SafariReader:
    """A reader for whom Python does not start before Run: for tests that need none, as a start is slow."""
    reader.server.first = f"{FIRST}{SAVE_DATA}\n"
    return reader


def next_run_is_right(cell: SafariCell) -> None:
    cell.write("print(6 * 7)\n")
    assert cell.run() == "done", cell.text()
    assert cell.text() == "42\n"


# What is shown ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", SOURCES)
def test_cells_show_what_the_page_shows(source: str, lab: SafariReader) -> None:
    cells = cells_of(source)
    outputs = workshop_at(ROOT).outputs(str(DOCS / source), cells)
    lab.follow(address(source))
    on_page = lab.cells()
    assert [cell.name for cell in on_page] == [cell.id for cell in cells]
    lab.call("() => { for (const part of document.querySelectorAll('details')) part.open = true; }")
    problems = []
    for cell, live in zip(cells, on_page, strict=True):
        found = check(lab, cell, live, shown(outputs[cell.id]))
        problems += [f"{source}:{cell.line}: cell {cell.id!r}: {problem}" for problem in found[:5]]
    assert not problems, "\n".join(problems)


# Whatever a reader runs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "state"), HTML_CASES.values(), ids=HTML_CASES)
def test_html_is_shown_as_text(code: str, state: str, lab: SafariReader) -> None:
    cell = lab.cells()[0]
    cell.write(code)
    assert cell.run() == state, cell.text()
    lab.wait_for_text(f"{cell.id} .dl-cell-output", IMG)
    lab.wait_for_text(f"{cell.id} .dl-cell-output", SCRIPT)
    assert lab.all(f"{cell.id} .dl-cell-output :is(img, script, [onerror])") == []
    assert lab.call("() => window.hacked") is None


@pytest.mark.parametrize(("code", "says"), ENDINGS.values(), ids=ENDINGS)
def test_the_next_run_is_right_after(code: str, says: str, lab: SafariReader) -> None:
    cell = lab.cells()[0]
    cell.write(code)
    assert cell.run() in {"done", "failed"}
    assert says in cell.text()
    next_run_is_right(cell)


def test_a_million_printed_lines(lab: SafariReader) -> None:
    cell = lab.cells()[0]
    cell.write("for i in range(1_000_000):\n    print(i)\n")
    cell.press_run()
    lab.wait_for_text(f"{cell.id} .dl-omitted", "Left out")
    cell.stop()  # all of them are a minute in this engine
    assert cell.text().startswith("0\n1\n2\n")
    assert cell.text().count("\n") <= 2000
    next_run_is_right(cell)


@pytest.mark.parametrize(
    "code", [LOOP, "while True:\n    print('again')\n"], ids=["silent", "printing"]
)
def test_stop_ends_a_loop_and_the_next_run_is_right(code: str, lab: SafariReader) -> None:
    cell = lab.cells()[0]
    cell.write(code)
    cell.press_run()
    cell.wait_for_state("running")
    cell.stop()
    next_run_is_right(cell)


def test_run_pressed_fifty_times(lab: SafariReader) -> None:
    cell = lab.cells()[0]
    lab.call("run => { for (let i = 0; i < 50; i += 1) run.click(); }", cell.part(".dl-run"))
    cell.wait_for_state("done")
    assert cell.run() == "done"


def test_python_reaches_neither_the_page_nor_its_storage(lab: SafariReader) -> None:
    cell = lab.cells()[0]
    cell.write(REACH)
    assert cell.run() == "done", cell.text()
    assert cell.text() == NOTHING_REACHED


@pytest.mark.parametrize("way", WAYS)
def test_text_does_not_become_a_script(way: str, lab: SafariReader) -> None:
    lab.allowed.append("^refused by script-src|^uncaught: ")
    lab.call(f"() => {{ try {{ ({WAYS[way]})() }} catch {{}} }}")
    lab.wait(
        lambda: lab.call("() => dlProblems.some((p) => p.startsWith('refused by script-src'))"),
        "the policy refuses it",
    )
    assert lab.call("() => globalThis.ran") is None


# What is kept and passed on -----------------------------------------------------------------------------------------


def test_a_step_within_the_first_page_leaves_what_a_cell_has_shown(reader: SafariReader) -> None:
    reader.open(QUESTION)
    cell = reader.cells()[0]
    assert cell.run() == "done", cell.text()
    shown = cell.drawn()
    asked = reader.server.requests.count(f"/{QUESTION}")
    reader.click(reader.all(".md-sidebar--secondary .md-nav__link")[2])
    reader.wait(lambda: "#" in reader.browser.current_url, "the section")
    reader.browser.back()
    reader.wait(lambda: "#" not in reader.browser.current_url, "the way back")
    time.sleep(0.5)  # the theme would ask for the page
    assert (cell.state, cell.drawn()) == ("done", shown)
    assert reader.server.requests.count(f"/{QUESTION}") == asked


def test_an_edit_survives_a_reload_until_reset(thrifty: SafariReader) -> None:
    thrifty.open(QUESTION)
    cell = thrifty.cells()[0]
    original = cell.code()
    cell.write(MINE)
    thrifty.reload()
    thrifty.wait(lambda: thrifty.cells()[0].code() == MINE, "the edit")
    assert thrifty.heard() == []
    cell.press("Reset")
    thrifty.reload()
    assert thrifty.cells()[0].code() == original


def test_a_link_shows_its_code_and_runs_nothing(thrifty: SafariReader) -> None:
    thrifty.open(QUESTION)
    cell = thrifty.cells()[0]
    thrifty.call(
        "() => { navigator.clipboard.writeText = async (text) => { globalThis.link = text; }; }"
    )
    cell.write(MINE)
    cell.press("Share")
    thrifty.wait(lambda: thrifty.call("() => globalThis.link"), "the link")
    link: str = thrifty.call("() => { localStorage.clear(); return globalThis.link; }")
    thrifty.open(link.removeprefix(thrifty.server.url))
    cell = thrifty.cells()[0]
    thrifty.wait_for_text(
        f"{cell.id} .dl-notice", "This code came with the link; it has not been run."
    )
    thrifty.wait(lambda: cell.code() == MINE, "the code of the link")
    assert thrifty.heard() == []
    cell.press("Original")
    assert cell.code() != MINE
    assert "code=" not in thrifty.browser.current_url


def test_a_broken_link_says_so(thrifty: SafariReader) -> None:
    name = cells_of("machine-learning/normal-equation.md")[0].id
    thrifty.open(f"{QUESTION}#cell-{name}")
    cell = thrifty.cells()[0]
    original = cell.code()
    for rest in BROKEN:  # the same page, another fragment
        thrifty.call("() => document.querySelector('.dl-notice')?.remove()")
        thrifty.call("fragment => { location.hash = fragment; }", f"{cell.id}{rest}")
        thrifty.wait_for_text(f"{cell.id} .dl-notice", "This is the original code.")
        assert cell.code() == original


def test_a_link_opens_a_kit(reader: SafariReader) -> None:
    reader.open(KIT)
    reader.wait(lambda: len(reader.all(".dl-kit > li")) == 3, "three questions")
    slugs = reader.call(
        "() => [...document.querySelectorAll('.dl-kit > li')].map((li) => li.dataset.slug)"
    )
    assert slugs == ["normal-equation", "capacity", "mle-consistency"]
    assert reader.all(".dl-problem") == []


@pytest.mark.parametrize("storage", STORAGES)
def test_a_cell_runs_where_nothing_can_be_kept(storage: str, reader: SafariReader) -> None:
    reader.allowed.append(
        "^uncaught: SecurityError: denied"
    )  # the theme does not look whether it may
    reader.server.first = FIRST + STORAGES[storage]
    reader.open(QUESTION)
    cell = reader.cells()[0]
    next_run_is_right(cell)
    assert cell.part().get_attribute("data-edited") == "unkept"
    reader.leave()


FORGET = """async () => {
  for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister();
  for (const name of await caches.keys()) await caches.delete(name);
}"""


@pytest.fixture
def keeper(browser: WebKitGTK, root_site: Server, tmp_path: Path) -> Iterator[SafariReader]:
    """A reader whose service worker has kept a question and Python, on a site of the test's own."""
    with part_of(root_site, tmp_path / "site") as server:
        yield from _keeper(SafariReader(browser, server))


def _keeper(reader: SafariReader) -> Iterator[SafariReader]:
    reader.open(QUESTION)
    try:
        controlled = "() => navigator.serviceWorker.controller !== null"
        reader.wait(lambda: reader.call(controlled), "the service worker has the page")
        next_run_is_right(reader.cells()[0])
        kept = [QUESTION, "/assets/live/editor-", "/assets/live/page-", ".wasm", "memory.zst"]
        reader.wait(lambda: reader.call(HAS_KEPT, kept), "the files are kept")
        yield reader
    finally:
        reader.call(FORGET)
        reader.leave()


def test_what_was_visited_opens_and_runs_without_a_server(keeper: SafariReader) -> None:
    with keeper.server.fault("", "gone"):
        keeper.reload()
        next_run_is_right(keeper.cells()[0])


def test_what_the_device_has_lost_a_part_of_comes_again(keeper: SafariReader) -> None:
    assert keeper.call(HALVE, "memory.zst") == 1
    keeper.reload()
    next_run_is_right(keeper.cells()[0])
    assert keeper.server.count("memory.zst") == 2
    assert keeper.server.count("python_stdlib.zip") == 0


def test_an_old_service_worker_serves_a_new_page(keeper: SafariReader) -> None:
    change(keeper.server, QUESTION, "Short answer", "Shorter answer")
    release(keeper.server)
    keeper.reload()
    keeper.wait_for_text("#short-answer", "Shorter answer")
    next_run_is_right(keeper.cells()[0])


# What does not come -------------------------------------------------------------------------------------------------


def expect_failure(cell: SafariCell, says: str) -> None:
    cell.wait_for_state("failed")
    message = cell.reader.text(f"{cell.id} .dl-cell-output [role=alert] .dl-error-message")
    assert says in message
    assert re.fullmatch(r"[\w.-].*\.", message)
    # What the build has put there stays.
    assert len(cell.reader.all(f"{cell.id} .dl-cell-output > *")) > 1


@pytest.mark.parametrize("plain", [False, True], ids=["snapshot", "plain"])
def test_files_that_do_not_come_are_named(plain: bool, reader: SafariReader) -> None:
    reader.allowed += [f"(^|: ){pattern.removeprefix('^')}" for pattern in NOISE]
    reader.open(f"{QUESTION}?plain" if plain else QUESTION)
    cell = reader.cells()[0]
    # Every file and every fault, though not each with each: a start is slower here than in the other engines.
    for number, file in enumerate(file for file in FILES if (file in PLAIN) == plain):
        faults = faults_of(file)
        with reader.server.fault(file, faults[-1 - number % len(faults)]):
            if number:
                cell.press("Retry")
            else:
                cell.press_run()
            expect_failure(cell, FILES[file])
    cell.press("Retry")
    cell.wait_for_state("done")
    reader.leave()


def test_a_browser_that_forbids_webassembly(reader: SafariReader) -> None:
    reader.server.first = FIRST + NO_WEBASSEMBLY
    reader.open(QUESTION)
    cell = reader.cells()[0]
    cell.press_run()
    expect_failure(cell, "This browser forbids WebAssembly")
    reader.leave()


def test_a_download_that_stands_still(reader: SafariReader) -> None:
    reader.open(QUESTION)
    cell = reader.cells()[0]
    reader.call(HURRY)
    with reader.server.fault("memory.zst", "silent"):
        cell.press_run()
        expect_failure(cell, "Nothing of memory.zst")
    reader.leave()


def test_stop_while_python_loads_and_the_snapshot_is_used(reader: SafariReader) -> None:
    reader.open(QUESTION)
    reader.server.requests.clear()
    cell = reader.cells()[0]
    with reader.server.fault("memory.zst", "slow"):
        cell.press_run()
        cell.wait_for_state("loading")
        cell.stop()
    assert cell.run() == "done", cell.text()
    assert reader.server.count("memory.zst") == 2
    assert reader.server.count("python_stdlib.zip") == 0
