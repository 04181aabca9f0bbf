"""What the site itself takes, for `make bench`: a key in the editor, the cells, the build."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Playwright

from dlsite import runner
from dlsite.browser import find_browser
from dlsite.catalogue import Catalogue, split_front_matter

from .pages import LIVE, address, cells_of
from .reader import Reader
from .serving import ROOT, Server

QUESTION = "machine-learning/normal-equation/"
_LINK = re.compile(r"\]\((?=[\w./-]+\.md)([^)]+)")
SIZES = (300, 1000)  # pages of a larger site
LINES = 200
# What `make site` would install otherwise.
INSTALLED = (".venv/.installed", "node_modules/.package-lock.json")
# What is typed: each a piece, and how often. The endless line scrolls sideways at every key.
WRITTEN = {
    "lines of code": ("total = np.log(alpha) + beta\n", 7),
    "one endless line": ("np.log(ab ", 20),
}
RUNNING = "import time\nwhile True:\n    print('running')\n    time.sleep(0.05)\n"
# From the key to the moment at which the editor's work for it is done and laid out.
KEY_TIMES = """(cell) => {
  const times = (window.dlKeys = []);
  let begun = 0;
  addEventListener("keydown", (event) => (begun = event.timeStamp), true);
  cell.addEventListener("input", () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      cell.getBoundingClientRect();
      times.push(performance.now() - begun);
    };
    port2.postMessage(null);
  });
}"""


def keys(playwright: Playwright, server: Server) -> list[str]:
    """Each key's time in a long cell, while nothing runs and while another cell runs and prints."""
    lines = [
        f"| A key in a cell of {LINES} lines | typed | median | nine of ten below | longest |",
        "|---|---|---|---|---|",
    ]
    for name, runs in (("nothing runs", False), ("another cell runs and prints", True)):
        for kind, (piece, times) in WRITTEN.items():
            taken = _typed(playwright, server, piece, times, runs=runs)
            tenth = statistics.quantiles(taken, n=10)[-1]
            shown = (statistics.median(taken), tenth, max(taken))
            lines.append(f"| {name} | {kind} | {' | '.join(f'{time:.1f} ms' for time in shown)} |")
    count = ", ".join(f"{len(piece) * times} in {kind}" for kind, (piece, times) in WRITTEN.items())
    return [
        *lines,
        "",
        f"Keys: {count}. The target of the median is 16 ms, a frame of the screen, while lines of code are typed.",
        "The endless line is longer than the cell is wide, so that each key scrolls it, too.",
    ]


def _typed(
    playwright: Playwright, server: Server, piece: str, count: int, *, runs: bool
) -> list[float]:
    browser = playwright.chromium.launch(executable_path=find_browser("chromium").path)
    reader = Reader(browser.new_context(), server)
    reader.open(QUESTION)
    cell, other = reader.cells()[:2]
    cell.write("".join(f"x{i} = np.linspace(0, {i}, 50) ** 2\n" for i in range(LINES)))
    if runs:
        other.write(RUNNING)
        other.button.click()
        other.expect_state("running")
    cell.edit()
    cell.root.evaluate(KEY_TIMES)
    for _ in range(count):
        reader.page.keyboard.type(piece, delay=60)
    times: list[float] = reader.page.evaluate("dlKeys")
    assert not runs or other.state == "running", "the other cell has ended"
    browser.close()
    return times


def cells(playwright: Playwright, server: Server) -> list[str]:
    """Every cell's time in the browser over that on this machine without one, each after a first run."""
    browser = playwright.chromium.launch(executable_path=find_browser("chromium").path)
    reader = Reader(browser.new_context(), server)
    reader.open(QUESTION)
    reader.cells()[0].run()
    found: list[tuple[float, float, str]] = []
    for number, source in enumerate(LIVE):
        reader.follow(address(source))
        for cell, on_page in zip(cells_of(source), reader.cells(), strict=True):
            taken = []
            for _ in range(2):
                reader.heard()
                on_page.run()
                taken.append(
                    next(e["seconds"] for e in reader.heard()[::-1] if e["type"] == "done")
                )
            own = min(_natively(cell.code, cell.id, cell.session) for _ in range(2))
            found.append((min(taken), own, f"[{cell.id}]({source}#cell-{cell.id})"))
        runner.forget()
        if number % 10 == 9:
            print(f"  cells of {number + 1} of {len(LIVE)} pages", file=sys.stderr, flush=True)
    browser.close()
    return _cell_lines(found)


def _cell_lines(found: list[tuple[float, float, str]]) -> list[str]:
    ratios = [taken / max(own, 1e-4) for taken, own, _ in found]
    tenth = statistics.quantiles(ratios, n=10)[-1]
    here, there = (
        sum(each) for each in zip(*((taken, own) for taken, own, _ in found), strict=True)
    )
    lines = [
        f"{len(found)} cells in Chromium, each over the same cell without a browser:",
        f"median {statistics.median(ratios):.1f} (target ≤ 3), nine of ten below {tenth:.1f}.",
        f"All together take {here:.0f} s in the browser and {there:.0f} s without.",
        "",
        "| The ten slowest | in Chromium | without a browser | ratio |",
        "|---|---|---|---|",
    ]
    for taken, own, cell in sorted(found, reverse=True)[:10]:
        lines.append(f"| {cell} | {taken:.2f} s | {own:.2f} s | {taken / max(own, 1e-4):.1f} |")
    return lines


def _natively(code: str, cell: str, session: str | None) -> float:
    begun = time.perf_counter()
    runner.run(code, cell, session, lambda _: None)
    return time.perf_counter() - begun


def builds(scratch: Path) -> list[str]:
    """Seconds of `make site` with an empty cache, but for the downloads; with nothing changed; with one page changed.

    Then of larger sites.
    """
    copy = scratch / "checkout"
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listing.stdout.decode().split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copyfile(ROOT / name, copy / name)
    (copy / "node_modules").symlink_to(ROOT / "node_modules")
    questions = len(Catalogue.load(copy / "docs").pages)
    (copy / ".venv").mkdir()
    (copy / ".venv" / ".installed").touch()
    page = copy / "docs" / f"{QUESTION.rstrip('/')}.md"
    lines = [
        "| `make site` | caches empty | nothing changed | one page changed | for each page |",
        "|---|---|---|---|---|",
    ]
    for size in (questions, *SIZES):
        _grow(copy, size - questions)
        shutil.rmtree(copy / "build", ignore_errors=True)
        for kind in ("downloads", "tools"):
            shutil.copytree(ROOT / "build" / "cache" / kind, copy / "build" / "cache" / kind)
        first, second = _built(copy), _built(copy)
        page.write_text(f"{page.read_text(encoding='utf-8')}\n", encoding="utf-8")
        third = _built(copy)
        shown = f"{first:.0f} s | {second:.1f} s | {third:.0f} s | {1000 * third / size:.0f} ms"
        lines.append(f"| {size} questions | {shown} |")
    return [
        *lines,
        "",
        "The larger sites have copies of the questions.",
        "The target is 60 s and 5 s for the site as it is, and growth in proportion.",
    ]


def _grow(copy: Path, more: int) -> None:
    """Add copies of the questions' pages, in a folder of their own: a topic's holds only what its list names."""
    pages = list(Catalogue.load(copy / "docs").pages.values())
    for number in range(more):
        page = pages[number % len(pages)]
        source = copy / "docs" / page.path
        _, body, _ = split_front_matter(source.read_text(encoding="utf-8"))
        body = _LINK.sub(rf"](../../{page.path.parent.as_posix()}/\1", body)
        target = copy / "docs" / f"copies-{number // len(pages)}" / page.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"# {page.question}\n\n{body}", encoding="utf-8")
    config = copy / "mkdocs.yml"
    text = config.read_text(encoding="utf-8")
    if "not_in_nav" not in text:
        config.write_text(f"{text}\nnot_in_nav: 'copies-*'\n", encoding="utf-8")


def _built(copy: Path) -> float:
    command = ["make", *(f"--assume-old={name}" for name in INSTALLED), "site"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = os.environ | {"PYTHONPATH": str(copy / "src"), "PATH": path}
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=copy, env=env, check=False, capture_output=True, text=True)
    taken = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"the site does not build:\n{done.stdout}{done.stderr}")
    return taken
