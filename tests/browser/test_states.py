"""The states of a cell, its buttons, its form and its keys."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import Visit
from .reader import Reader
from .serving import Server

pytestmark = pytest.mark.browser

LOOP = "while True:\n    pass\n"
# Keeps each state and each text of the status, however briefly it is there.
RECORD = """(cell) => {
  const seen = (window.dlSeen = []);
  const look = () => {
    const now = [cell.dataset.state, cell.querySelector(".dl-cell-status").textContent];
    if (JSON.stringify(now) !== JSON.stringify(seen.at(-1))) seen.push(now);
  };
  look();
  new MutationObserver(look).observe(cell, {
    attributes: true, childList: true, subtree: true, characterData: true,
  });
}"""


def test_the_first_run_says_what_it_waits_for(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    page = reader.open("machine-learning/normal-equation/")
    cell = reader.cells()[0]
    cell.root.evaluate(RECORD)
    with root_site.fault("memory.zst", "slow"):
        cell.button.click()
        cell.expect_state("loading")
        expect(cell.root.get_by_role("progressbar")).to_be_visible()
        cell.expect_state("done")
    expect(cell.root.get_by_role("progressbar")).to_be_hidden()
    seen: list[list[str]] = page.evaluate("dlSeen")
    states = [state for i, (state, _) in enumerate(seen) if i == 0 or seen[i - 1][0] != state]
    assert states == ["idle", "loading", "running", "done"]
    loading = [text for state, text in seen if state == "loading"]
    megabytes = [re.search(r"([\d.]+) of ([\d.]+) MB", text) for text in loading]
    counted = [(float(m[1]), float(m[2])) for m in megabytes if m]
    # It goes on; how finely, the machine decides.
    assert len({done for done, _ in counted}) > 1, loading
    assert counted == sorted(counted)
    assert all(done <= total for done, total in counted)
    assert re.fullmatch(r"Done in \d+ ms|Done in [\d.]+ s", seen[-1][1])
    expect(page.locator("#dl-announcer")).to_have_text(f"{cell.name}: {seen[-1][1]}")


@pytest.mark.parametrize(
    "code", [LOOP, "while True:\n    print('again')\n"], ids=["silent", "printing"]
)
def test_stop_ends_a_loop_and_the_next_run_works(code: str, lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write(code)
    cell.button.click()
    cell.expect_state("running")
    cell.stop()
    cell.write("print('still here')\n")
    assert cell.run() == "done"
    assert cell.text() == "still here\n"


def test_stop_while_python_loads(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    reader.open("machine-learning/normal-equation/")
    cell = reader.cells()[0]
    with root_site.fault("memory.zst", "slow"):
        cell.button.click()
        cell.expect_state("loading")
        cell.stop()
    assert cell.run() == "done", cell.text()


def test_run_pressed_fifty_times(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.button.evaluate("(button) => { for (let i = 0; i < 50; i += 1) button.click(); }")
    cell.expect_state("done")
    assert cell.run() == "done"


def test_two_cells_wait_for_each_other(lab: Reader) -> None:
    first, second = lab.cells()[:2]
    first.write("import time\ntime.sleep(2)\nprint('first')\n")
    second.write("print('second')\n")
    first.button.click()
    second.button.click()
    second.expect_state("queued")
    second.expect_state("done")
    assert first.state == "done"
    assert (first.text(), second.text()) == ("first\n", "second\n")


def test_reset_brings_the_original_back(lab: Reader) -> None:
    cell = lab.cells()[0]
    original = cell.code()
    reset = cell.root.get_by_role("button", name="Reset")
    expect(reset).to_be_hidden()
    cell.write("print('mine')\n")
    expect(reset).to_be_visible()
    assert cell.code() == "print('mine')\n"
    reset.click()
    assert cell.code() == original
    expect(reset).to_be_hidden()
    expect(cell.button).to_be_focused()


def test_copy_puts_the_code_on_the_clipboard(lab: Reader, engine: str) -> None:
    if engine == "chromium":
        lab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    cell = lab.cells()[0]
    cell.write("print('copied')\nprint('twice')\n")
    cell.root.get_by_role("button", name="Copy").click()
    expect(lab.page.locator("#dl-announcer")).to_have_text("Copied")
    lab.page.evaluate("document.body.prepend(document.createElement('textarea'))")
    pad = lab.page.locator("body > textarea")
    pad.focus()
    lab.page.keyboard.press("ControlOrMeta+v")
    expect(pad).to_have_value("print('copied')\nprint('twice')\n")
    pad.evaluate("(pad) => pad.remove()")


def test_an_error_marks_its_line(lab: Reader) -> None:
    cell = lab.cells()[1]
    cell.write("def ratio(a, b):\n    return a / b\n\n\nratio(1, 0)\n")
    assert cell.run() == "failed"
    marked = cell.root.locator(".dl-error-line")
    expect(marked).to_have_count(1)
    expect(marked).to_have_text("    return a / b")
    error = cell.output.get_by_role("alert")
    expect(error).to_contain_text("ZeroDivisionError: division by zero")
    expect(error.locator(".dl-traceback").first).to_contain_text("ratio(1, 0)")
    assert "runner.py" not in (error.text_content() or "")
    error.get_by_role("button", name="line 2").click()
    expect(cell.editor).to_be_focused()
    lab.page.keyboard.type("x")
    assert cell.code().splitlines()[1] == "x    return a / b"
    expect(marked).to_have_count(0)


def test_a_syntax_error_marks_its_line(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write("x = 1\nif x\n    print(x)\n")
    assert cell.run() == "failed"
    expect(cell.root.locator(".dl-error-line")).to_have_text("if x")
    expect(cell.output.get_by_role("alert")).to_contain_text("SyntaxError: expected ':'")


def test_a_slider_of_a_page_runs_its_cell_again(lab: Reader) -> None:
    with_slider = lab.page.locator(".dl-cell:has(.dl-param-slider)").first
    cell = lab.cell(with_slider.get_attribute("data-cell") or "")
    before = cell.code()
    cell.root.locator(".dl-param-slider input").first.focus()
    lab.page.keyboard.press("ArrowRight")
    assert cell.code() != before
    cell.expect_state("done")
    assert lab.heard()
    expect(cell.root.get_by_role("button", name="Reset")).to_be_visible()


def test_the_last_value_of_a_slider_wins(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write('a = 0  # @param {type:"slider", min:0, max:100, step:1}\nprint("a is", a)\n')
    slider = cell.root.locator(".dl-param-slider input")
    slider.evaluate(
        """(slider) => { for (let i = 1; i <= 60; i += 1) {
             slider.value = i;
             slider.dispatchEvent(new Event("input"));
           } }"""
    )
    expect(cell.output).to_have_text("a is 60\n")
    expect(cell.root.locator(".dl-param-value")).to_have_text("60")
    cell.expect_state("done")
    assert cell.code().startswith("a = 60 ")
    assert len([e for e in lab.heard() if e["type"] == "done"]) < 10


def test_the_other_controls(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write(
        'n = 1  # @param {type:"number"}\n'
        'kind = "a"  # @param ["a", "b\'s"]\n'
        'flag = False  # @param {type:"boolean"}\n'
        "print(n, kind, flag)\n"
    )
    cell.root.locator(".dl-param-number input").focus()
    lab.page.keyboard.press("ControlOrMeta+a")
    lab.page.keyboard.press("7")
    cell.root.locator("select").select_option("b's")
    cell.root.locator("input[type=checkbox]").check()
    expect(cell.output).to_have_text("7 b's True\n")


# Keys


def test_control_enter_runs(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.write("print('by key')\n")
    lab.page.keyboard.press("ControlOrMeta+Enter")
    expect(cell.output).to_have_text("by key\n")
    expect(cell.editor).to_be_focused()


def test_shift_enter_runs_and_moves_on(lab: Reader) -> None:
    first, second = lab.cells()[:2]
    first.write("print('and on')\n")
    lab.page.keyboard.press("Shift+Enter")
    expect(first.output).to_have_text("and on\n")
    expect(second.editor).to_be_focused()


def test_escape_leaves_the_editor(lab: Reader) -> None:
    cell = lab.cells()[0]
    cell.edit()
    lab.page.keyboard.press("Escape")
    expect(cell.area).to_be_focused()
    lab.page.keyboard.press("Tab")
    expect(cell.editor).not_to_be_focused()


def test_tab_reaches_every_part(visit: Visit, root_site: Server) -> None:
    reader = visit(root_site)
    page = reader.open("machine-learning/normal-equation/")
    cell = reader.cells()[0]
    cell.root.locator(".dl-cell-name").focus()
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.className"))
        if "dl-cell-code" in reached[-1]:
            break
    assert [name for name in reached if "dl-run" in name], reached
    assert "dl-cell-code" in reached[-1], reached
    page.keyboard.press("ControlOrMeta+Enter")
    cell.expect_state("done")
