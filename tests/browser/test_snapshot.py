"""Python starts from the snapshot, has what the snapshot has not when it asks for it, and can do without."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Visit
from .reader import Reader
from .serving import Fault, Server

pytestmark = pytest.mark.browser

QUESTION = "machine-learning/normal-equation/"
DRAW = """import os, random, time
import numpy as np
print(np.random.default_rng().random(), np.random.random(), random.random(), os.urandom(8).hex())
print(round(time.time()), time.timezone)
"""
LATE = """import csv
import importlib.metadata
import numpy.ma
print(csv.__name__, numpy.ma.array([1, 2], mask=[0, 1]).sum(), importlib.metadata.version("numpy"))
"""
IN_THE_LIBRARY = "from dlconcepts import losses\nlosses.huber([1.0], delta=-1.0)\n"
WARNING = "^console warning: Python starts without its snapshot"


def said(reader: Reader, code: str) -> list[str]:
    cell = reader.cells()[0]
    cell.write(code)
    assert cell.run() == "done", cell.text()
    return cell.text().split()


def test_each_start_has_its_own_randomness_and_time(visit: Visit, root_site: Server) -> None:
    root_site.requests.clear()
    drawn = []
    for zone in ("America/New_York", "Asia/Tokyo"):
        reader = visit(root_site, timezone_id=zone)
        reader.open(QUESTION)
        *numbers, seconds, offset = said(reader, DRAW)
        drawn.append(numbers)
        now = reader.page.evaluate("Date.now() / 1000")
        assert abs(int(seconds) - now) < 60
        january = reader.page.evaluate("60 * new Date(2026, 0, 1).getTimezoneOffset()")
        assert int(offset) == january
    assert not set(drawn[0]) & set(drawn[1])
    assert root_site.count("memory.zst") == 2
    assert root_site.count("python_stdlib.zip") == 0
    assert root_site.count("numpy-") == 0


def test_what_the_snapshot_has_not_comes_when_python_asks(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.open(QUESTION)
    cell = reader.cells()[0]
    root_site.requests.clear()
    cell.write("import csv\n")
    with root_site.fault("python_stdlib", "altered"):
        reader.watch.allowed.append("python_stdlib.zip is not the file it should be")
        assert cell.run() == "failed"
        expect(cell.output).to_contain_text("Error")
    assert said(reader, LATE) == ["csv", "1", "2.4.3"]
    assert root_site.count("numpy-") == 1
    cell.write(IN_THE_LIBRARY)
    assert cell.run() == "failed"
    expect(cell.output).to_contain_text("raise ValueError")
    assert reader.workers == 1


def test_after_a_stop_nothing_is_downloaded_again(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.open(QUESTION)
    cell = reader.cells()[0]
    assert cell.run() == "done"
    cell.write("while True:\n    pass\n")
    cell.button.click()
    cell.expect_state("running")
    root_site.requests.clear()
    cell.stop()
    assert said(reader, "print(2 + 2)\n") == ["4"]
    assert reader.workers == 2
    assert not [path for path in root_site.requests if re.search(r"\.(wasm|zst|gz|whl)$", path)]


def expect_python(reader: Reader) -> None:
    """Python is there though nothing has run: only then does the editor complete what NumPy has."""
    for _ in range(600):
        if reader.workers and reader.page.evaluate("dlSpy.ready"):
            return
        reader.page.wait_for_timeout(100)
    raise AssertionError("Python has not started")


@pytest.mark.parametrize("sign", ["pointer", "focus", "view"])
def test_python_starts_before_the_click(sign: str, visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    page = reader.open(QUESTION)
    cell = reader.cells()[0]
    page.wait_for_timeout(300)
    assert reader.workers == 0
    if sign == "pointer":
        cell.area.hover()
    elif sign == "focus":
        cell.area.focus()
    else:
        page.evaluate("dlSpy.idle = true")
        cell.root.scroll_into_view_if_needed()
    expect_python(reader)
    assert cell.state == "idle"
    # It lives on when another page is shown.
    reader.follow("optimization/regression-losses/")
    assert reader.cells()[0].run() == "done"
    assert reader.workers == 1


def test_on_a_slow_connection_nothing_starts_before_the_click(
    visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site)
    slow = 'Object.defineProperty(navigator, "connection", {value: {effectiveType: "3g"}});'
    reader.context.add_init_script(slow)
    reader.open(QUESTION)
    cell = reader.cells()[0]
    cell.area.hover()
    cell.area.focus()
    reader.page.wait_for_timeout(500)
    assert reader.workers == 0


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("memory.zst", 404),
        ("memory.zst", "altered"),
        ("memory.zst", "cut"),
        ("snapshot.json", "altered"),
    ],
)
def test_without_its_snapshot_python_starts_all_the_same(
    file: str, fault: Fault, visit: Visit, root_site: Server
) -> None:
    reader = visit(root_site)
    reader.open(QUESTION)
    with root_site.fault(file, fault):
        assert said(reader, "import numpy as np\nprint(np.arange(3).sum())\n") == ["3"]
    problems = reader.watch.take()
    [warning] = [problem for problem in problems if re.search(WARNING, problem)]
    assert file in warning
    assert root_site.count("numpy-") > 0


def test_the_address_can_switch_the_snapshot_off(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.watch.allowed.append(WARNING)
    root_site.requests.clear()
    reader.open(f"{QUESTION}?plain")
    assert said(reader, "import numpy as np\nprint(np.arange(3).sum())\n") == ["3"]
    assert root_site.count("memory.zst") == 0
