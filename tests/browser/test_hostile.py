"""Whatever a reader runs: the page stays whole and quick, and the next run is right."""

import pytest
from playwright.sync_api import Page, expect

from .reader import CellOnPage, Reader

pytestmark = pytest.mark.browser

IMG = '<img src="x" onerror="window.hacked = true">'
SCRIPT = "<script>window.hacked = true</script>"
HTML = f"{IMG}{SCRIPT}"
FIGURE = f"""from dlconcepts import plot
plot.lines([0, 1], {{ {HTML!r}: [0, 1] }}, x={HTML!r}, title={HTML!r})
"""
# What shows HTML, and the state in which it ends.
HTML_CASES = {
    "stdout": (f"print({HTML!r})\n", "done"),
    "stderr": (f"import sys\nprint({HTML!r}, file=sys.stderr)\n", "done"),
    "repr": (f"class A:\n    def __repr__(self):\n        return {HTML!r}\nA()\n", "done"),
    "error": (f"raise ValueError({HTML!r})\n", "failed"),
    "table": (f"from dlconcepts import plot\nplot.table({{ {HTML!r}: [{HTML!r}] }})\n", "done"),
    "figure": (FIGURE, "done"),
}
# What ends otherwise than it should, and what the cell then says.
ENDINGS = {
    "recursion": ("def f():\n    return f()\nf()\n", "RecursionError"),
    "exit": ("import sys\nsys.exit()\n", "SystemExit"),
    "interrupt": ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
    "os-exit": ("import os\nos._exit(1)\n", "Python stopped"),
    "memory": (
        "import numpy as np\nblocks = [np.empty(125_000_000) for _ in range(5)]\n",
        "MemoryError",
    ),
    "3-gigabytes": ("import numpy as np\nnp.ones(375_000_000)\n", "one array is below 2 GB"),
    "tabs": ("if True:\n\tx = 1\n        y = 2\n", "TabError"),
    "surrogate": ("print('\\ud800')\nprint('after')\n", "after"),
    "input": ("input('name? ')\n", "not available here"),
    "torch": ("import torch\n", "ModuleNotFoundError"),
}
# Says which parts of the page Python has.
REACH = "import js\nprint([hasattr(js, n) for n in ('document', 'window', 'localStorage')])\n"
NOTHING_REACHED = "[False, False, False]\n"
# Measures the longest time for which the page did nothing else.
PULSE = """() => {
  const begun = performance.now();
  const pulse = (window.dlPulse = {begun, worst: 0, last: begun});
  setInterval(() => {
    const now = performance.now();
    pulse.worst = Math.max(pulse.worst, now - pulse.last);
    pulse.last = now;
  }, 10);
}"""


def stood_still(page: Page) -> float:
    """The longest time, since PULSE, for which the page did nothing else, as a share of all that time.

    A page that waits for the run stands still for nearly all of it, on a fast machine and on a slow one.
    """
    return float(page.evaluate("dlPulse.worst / (dlPulse.last - dlPulse.begun)"))


def next_run_is_right(cell: CellOnPage) -> None:
    cell.write("print(6 * 7)\n")
    assert cell.run() == "done", cell.text()
    expect(cell.output).to_have_text("42\n")


@pytest.mark.parametrize(("code", "state"), HTML_CASES.values(), ids=HTML_CASES)
def test_html_is_shown_as_text(code: str, state: str, lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write(code)
    assert cell.run() == state, cell.text()
    expect(cell.output).to_contain_text(IMG)
    expect(cell.output).to_contain_text(SCRIPT)
    assert cell.output.locator("img, script, [onerror]").count() == 0
    assert lab.page.evaluate("window.hacked") is None


def test_a_million_printed_lines(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write("for i in range(1_000_000):\n    print(i)\n")
    lab.page.evaluate(PULSE)
    cell.button.click()
    cell.expect_state("running")
    expect(cell.output.locator(".dl-omitted")).to_contain_text("Left out")
    cell.expect_state("done", timeout=120_000)
    assert stood_still(lab.page) < 0.5
    text = cell.output.locator(".dl-out-stdout").text_content() or ""
    assert 1000 < text.count("\n") <= 2000
    assert text.startswith("0\n1\n2\n")
    expect(cell.output.locator(".dl-omitted")).to_contain_text("998,000 lines")
    next_run_is_right(cell)


def test_a_line_without_end(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write("print('x' * 100_000)\nprint('y' * 3_000_000)\n")
    assert cell.run() == "done"
    assert 100_000 < len(cell.text()) < 1_001_000
    expect(cell.output.locator(".dl-omitted")).to_contain_text("Left out")
    next_run_is_right(cell)


def test_ten_thousand_values(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write("from dlconcepts import plot\nfor i in range(10_000):\n    display(i)\n")
    assert cell.run() == "done"
    assert cell.output.locator(".dl-out-text").count() == 200
    expect(cell.output.locator(".dl-omitted")).to_contain_text("9,800 displayed values")
    next_run_is_right(cell)


def test_ten_thousand_figures(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write(
        "from dlconcepts import plot\nfigure = plot.lines([0, 1], [0, 1])\n"
        "for i in range(10_000):\n    display(figure)\n"
    )
    lab.page.evaluate(PULSE)
    cell.button.click()
    cell.expect_state("done", timeout=120_000)
    expect(cell.output.locator(".dl-figure svg")).to_have_count(200, timeout=60_000)
    assert stood_still(lab.page) < 0.5
    expect(cell.output.locator(".dl-omitted")).to_contain_text("9,800 displayed values")
    next_run_is_right(cell)


def test_a_line_of_100_kilobytes(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write(f"x = '{'a' * 100_000}'\nprint(len(x))\n")
    assert cell.run() == "done"
    expect(cell.output).to_have_text("100000\n")
    expect(cell.root).to_have_attribute("data-edited", "unkept")
    next_run_is_right(cell)


def test_a_long_line_of_escapes_keeps_its_colors(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write('x = "' + "ab\\n" * 1500 + '"\nprint(len(x))\n')
    lab.page.keyboard.press("Control+Home")
    # The editor shows a part of such a line only; its colors end where the part does.
    expect(cell.root.locator(".cm-content .se").first).to_be_visible()
    expect(cell.root.locator(".cm-content .nb").first).to_have_text("print")
    next_run_is_right(cell)


@pytest.mark.parametrize(("code", "says"), ENDINGS.values(), ids=ENDINGS)
def test_the_next_run_is_right_after(code: str, says: str, lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write(code)
    cell.button.click()
    cell.expect_state("done", "failed")
    expect(cell.output).to_contain_text(says)
    next_run_is_right(cell)


def test_a_cell_cannot_spoil_the_next(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write(
        "import numpy as np\nimport sys\n"
        "np.set_printoptions(precision=1)\nsys.stdout = None\nleft = 1\n"
    )
    cell.run()
    cell.write("import numpy as np\nprint(np.array([0.125]), 'left' in globals())\n")
    assert cell.run() == "done"
    expect(cell.output).to_have_text("[0.125] False\n")


def test_python_reaches_neither_the_page_nor_its_storage(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write(REACH)
    assert cell.run() == "done", cell.text()
    assert cell.text() == NOTHING_REACHED
