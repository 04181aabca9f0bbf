"""Files of the runtime that do not come, or not whole: the cell says which, and Retry works."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Visit
from .reader import CellOnPage
from .serving import Fault, Server

pytestmark = pytest.mark.browser

QUESTION = "machine-learning/normal-equation/"
# What the browser and Pyodide themselves say of a file that does not come; Firefox calls it an uncaught error.
# What Pyodide itself still waits for when a start is given up; the cell's message is what the reader gets.
NOISE = [
    "^console ",
    r"^uncaught: .*(did not load: |disallowed MIME type|JSON\.parse|operation was aborted)",
    "^uncaught: .* is not the file it should be",
]
FILES = {
    "pyodide.asm.wasm": "pyodide.asm.wasm",
    "python_stdlib.zip": "python_stdlib.zip",
    "numpy-": "numpy-2",
    "dlconcepts-": "dlconcepts-",
    "pyodide.asm.mjs": "pyodide.asm.mjs",
    "pyodide.mjs": "pyodide.mjs",
    "pyodide-lock.json": "pyodide-lock.json",
    "runtime.json": "runtime.json",
    "worker-": "The script that runs Python",
}
# A start from the snapshot does not need these.
PLAIN = {"python_stdlib.zip", "numpy-", "dlconcepts-"}
# As hardened browsers do, and Safari's lockdown mode.
NO_WEBASSEMBLY = "delete globalThis.WebAssembly;\n"


def faults_of(file: str) -> list[Fault]:
    """In which ways a file does not come."""
    faults: list[Fault] = [404, 500, "half", "cut"]
    if file.startswith(("numpy", "dlconcepts")):
        faults.append("altered")
    return faults


def expect_failure(cell: CellOnPage, says: str) -> None:
    cell.expect_state("failed")
    failure = cell.output.get_by_role("alert")
    expect(failure).to_have_count(1)
    message = failure.locator(".dl-error-message")
    expect(message).to_contain_text(says)
    expect(message).to_have_text(re.compile(r"^[\w.-].*\.$"))
    expect(failure.get_by_role("button", name="Retry")).to_be_visible()
    # What the build has put there stays.
    assert cell.output.locator(":scope > *").count() > 1


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_does_not_come_is_named(file: str, visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.watch.allowed += NOISE
    reader.open(f"{QUESTION}?plain" if file in PLAIN else QUESTION)
    cell = reader.cells()[0]
    retry = cell.output.get_by_role("button", name="Retry")
    for number, fault in enumerate(faults_of(file)):
        with root_site.fault(file, fault):
            (retry if number else cell.button).click()
            expect_failure(cell, FILES[file])
    retry.click()
    cell.expect_state("done")
    expect(retry).to_have_count(0)


def test_a_download_that_stands_still(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    page = reader.page
    page.clock.install()
    reader.open(QUESTION)
    cell = reader.cells()[0]
    with root_site.fault("memory.zst", "silent"):
        cell.button.click()
        expect(cell.status).to_contain_text("MB", timeout=60_000)
        page.wait_for_timeout(500)
        page.clock.fast_forward(31_000)
        expect_failure(cell, "Nothing of memory.zst")
    cell.output.get_by_role("button", name="Retry").click()
    cell.expect_state("done")


def test_without_a_network_after_the_start(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.open(QUESTION)
    cell = reader.cells()[0]
    assert cell.run() == "done"
    cell.write("import numpy as np\nimport dlconcepts.losses\nprint(np.arange(3))\n")
    # The pointer crosses a figure, whose tools do not come now.
    reader.watch.allowed.append("INTERNET_DISCONNECTED|disallowed MIME type|NetworkError")
    reader.context.set_offline(True)
    assert cell.run() == "done", cell.text()
    expect(cell.output).to_have_text("[0 1 2]\n")
    reader.context.set_offline(False)


@pytest.mark.parametrize("file", ["figure-", "editor-"])
def test_a_script_of_the_page_that_does_not_come(
    file: str, visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site)
    reader.watch.allowed += NOISE
    page = reader.open(QUESTION)
    cell = reader.cells()[0]
    with root_site.fault(file, 404):
        if file == "editor-":
            cell.area.click()
            expect(page.locator("#dl-announcer")).to_have_text("The editor did not load.")
        assert cell.run() == "done"
        if file == "figure-":
            expect(cell.output).to_contain_text("The figure library did not load.")


def test_a_browser_that_forbids_webassembly(visit: Visit, root_site: Server) -> None:
    root_site.first = NO_WEBASSEMBLY
    before = root_site.count("memory.zst")
    try:
        reader = visit(root_site)
        reader.open(QUESTION)
        cell = reader.cells()[0]
        cell.button.click()
        expect_failure(cell, "This browser forbids WebAssembly")
    finally:
        root_site.first = ""
    assert root_site.count("memory.zst") == before
