"""`make bench`: how long a reader waits from the click to the result, against a plain Pyodide page.

Both are served by the same server and run the same cell in a module worker. Runs alternate, so that whatever else the
machine does hits both; only the ratio is worth quoting. The table is printed and written to docs/performance.md.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from dlsite import runner
from dlsite.browser import Kind, find_browser

from .contest import Contestant, contestants, memory, our_page, plain_page, profile, sent
from .pages import LIVE, address, cells_of
from .reader import Reader, wait_until
from .serving import ROOT, Server, build

RUNS = 7
BUSY = 1.0  # load of the last minute above which the figures would be about something else
QUESTION = "machine-learning/normal-equation/"
REPORT = ROOT / "docs" / "performance.md"
KINDS: tuple[Kind, ...] = ("chromium", "firefox")

LINES = 200
KEYS = 200
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


@dataclass
class Row:
    """A line of the table: its key in what was found, its name, its unit, and the target as a word."""

    key: str
    name: str
    unit: str
    target: str = ""


ROWS = (
    Row("cold", "Click to first output, empty cache", "ms", "≤ 0.35 of plain"),
    Row("warm", "Click to first output, second visit", "ms", "≤ 0.30 of plain"),
    Row("second", "Second run", "ms"),
    Row("prepared", "Python started before the click: time beyond the cell's own", "ms", "≤ 50 ms"),
    Row("stop", "Stop until Python is ready again", "ms", "≤ 500 ms"),
    Row("bytes", "Transferred to first output, compressed", "kB", "≤ 0.90 of plain"),
    Row("page", "A question page before any click, compressed", "kB", "≤ 200 kB"),
    Row("memory", "Memory of the browser after the first output", "MB"),
)


def say(line: str) -> None:
    """Tell how far it is."""
    print(f"  {line}", file=sys.stderr, flush=True)


def measure(
    playwright: Playwright, engine: Kind, server: Server, runs: int, scratch: Path
) -> tuple[Contestant, ...]:
    """Alternate the contestants: a cold visit with a new profile each, then warm ones."""
    pair = contestants()
    ours = pair[0]
    for run in range(runs):
        for number, contestant in enumerate(pair):
            folder = scratch / f"{engine}-{run}-{number}"
            with profile(playwright, engine, folder) as context:
                page = contestant.open(context, server)
                sent(server)
                contestant.note("cold", contestant.click(page))
                contestant.note("bytes", sent(server) / 1e3)
                contestant.note("second", contestant.click(page))
                contestant.note("memory", memory(folder) / 1e6)
                page.close()
                # The second visit stores the compiled code.
                contestant.click(contestant.open(context, server))
            with profile(playwright, engine, folder) as context:
                contestant.note("warm", contestant.click(contestant.open(context, server)))
                if contestant is ours:
                    ours.note("prepared", prepared(context, ours, server))
                    ours.note("stop", stopped(context, server))
            say(f"{engine}, run {run + 1} of {runs}: {contestant.name}")
    sent(server)
    with profile(playwright, engine, scratch / f"{engine}-page") as context:
        page = context.new_page()
        page.goto(server.url + QUESTION, wait_until="load")
        page.wait_for_timeout(2000)
        ours.note("page", sent(server) / 1e3)
    return pair


def prepared(context: BrowserContext, ours: Contestant, server: Server) -> float:
    """Milliseconds that a run takes beyond the cell's own time, when the pointer came before the click."""
    page = ours.open(context, server)
    page.hover(ours.state)
    wait_until(page, "dlBench.ready > 0")
    page.wait_for_timeout(300)
    taken = ours.click(page)
    own = float(page.evaluate("dlBench.seconds")) * 1000
    page.close()
    return taken - own


def stopped(context: BrowserContext, server: Server) -> float:
    """Milliseconds from Stop until Python is ready again."""
    loop = Contestant("a loop", "loop.html", "#cell-pi .dl-run", "#cell-pi")
    page = loop.open(context, server)
    loop.click(page, "running")
    page.wait_for_timeout(1000)
    begun = page.evaluate("performance.now()")
    loop.click(page, "stopped")
    wait_until(page, "dlBench.ready > 1")
    taken = float(page.evaluate("dlBench.at")) - float(begun)
    page.close()
    return taken


def typing(playwright: Playwright, server: Server) -> list[float]:
    """Milliseconds of each key in a long cell while another one runs and prints."""
    browser = playwright.chromium.launch(executable_path=find_browser("chromium").path)
    reader = Reader(browser.new_context(), server)
    reader.open(QUESTION)
    cell, other = reader.cells()[:2]
    cell.write("".join(f"x{i} = np.linspace(0, {i}, 50) ** 2\n" for i in range(LINES)))
    other.write(RUNNING)
    other.button.click()
    other.expect_state("running")
    cell.edit()
    cell.root.evaluate(KEY_TIMES)
    for _ in range(KEYS // 10):
        reader.page.keyboard.type("np.log(ab ", delay=60)
    times: list[float] = reader.page.evaluate("dlKeys")
    assert other.state == "running", "the other cell has ended"
    browser.close()
    return times


def cells(playwright: Playwright, server: Server) -> list[float]:
    """Every cell's time in the browser over that on this machine without one, each after a first run."""
    browser = playwright.chromium.launch(executable_path=find_browser("chromium").path)
    reader = Reader(browser.new_context(), server)
    reader.open(QUESTION)
    reader.cells()[0].run()
    ratios = []
    for number, source in enumerate(LIVE):
        reader.follow(address(source))
        for cell, on_page in zip(cells_of(source), reader.cells(), strict=True):
            pair = []
            for _ in range(2):
                reader.heard()
                on_page.run()
                pair.append(next(e["seconds"] for e in reader.heard()[::-1] if e["type"] == "done"))
            own = min(_natively(cell.code, cell.id, cell.session) for _ in range(2))
            ratios.append(min(pair) / max(own, 1e-4))
        runner.forget()
        if number % 10 == 9:
            say(f"cells of {number + 1} of {len(LIVE)} pages")
    browser.close()
    return ratios


def _natively(code: str, cell: str, session: str | None) -> float:
    begun = time.perf_counter()
    runner.run(code, cell, session, lambda _: None)
    return time.perf_counter() - begun


def builds(scratch: Path) -> tuple[float, float]:
    """Seconds of a build with an empty cache, but for the downloads, and of a second one."""
    copy = scratch / "checkout"
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listing.stdout.decode().split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copyfile(ROOT / name, copy / name)
    (copy / "node_modules").symlink_to(ROOT / "node_modules")
    for kind in ("downloads", "tools"):
        shutil.copytree(ROOT / "build" / "cache" / kind, copy / "build" / "cache" / kind)
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    env = os.environ | {"PYTHONPATH": str(copy / "src"), "SITE_DIR": str(copy / "site")}
    taken = []
    for _ in range(2):
        begun = time.perf_counter()
        subprocess.run(command, cwd=copy, env=env, check=True, capture_output=True)
        taken.append(time.perf_counter() - begun)
    return taken[0], taken[1]


def figure(values: Sequence[float], unit: str) -> str:
    """Median and range."""
    digits = 1 if unit == "MB" or (unit == "ms" and max(map(abs, values)) < 100) else 0
    middle, low, high = statistics.median(values), min(values), max(values)
    if len(values) == 1 or low == high:
        return f"{middle:,.{digits}f} {unit}"
    return f"{middle:,.{digits}f} {unit} ({low:,.{digits}f} to {high:,.{digits}f})"


def table(engine: str, pair: tuple[Contestant, ...]) -> list[str]:
    """Medians, ranges and ratios of one browser, as Markdown."""
    ours, plain = pair
    lines = [
        f"| {engine.capitalize()} | {ours.name} | {plain.name} | ratio | target |",
        "|---|---|---|---|---|",
    ]
    for row in ROWS:
        mine, others = ours.found[row.key], plain.found.get(row.key)
        ratio = statistics.median(mine) / statistics.median(others) if others else math.nan
        theirs = figure(others, row.unit) if others else ""
        shown = f"{ratio:.2f}" if others else ""
        lines.append(
            f"| {row.name} | {figure(mine, row.unit)} | {theirs} | {shown} | {row.target} |"
        )
    return lines


def processor() -> str:
    """What the machine calls its processor."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def report(
    options: argparse.Namespace, load: float, tables: list[list[str]], notes: list[str]
) -> str:
    """The page."""
    busy = f", while other processes used the cores (load {load:.1f})" if load > BUSY else ""
    machine = f"{processor()}, {os.cpu_count()} cores, {platform.system()}"
    day = f"{datetime.date.today():%B %-d, %Y}"
    lines = [
        "# Performance",
        "",
        "How long a reader waits from the click to the result, against a page that loads Pyodide as its documentation",
        "shows, from the same server, in the same browser, with the same cell. The runs alternate.",
        "",
        f"Written by `make bench` on {day}{busy}: {machine};",
        f"medians of {options.runs} runs, with the range.",
    ]
    for part in tables:
        lines += ["", *part]
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)]) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--anyway", action="store_true", help="go on although other processes use the cores"
    )
    parser.add_argument("--runs", type=int, default=RUNS, help=f"runs of each page ({RUNS})")
    parser.add_argument(
        "--engines", nargs="+", choices=KINDS, default=KINDS, help="browsers (both)"
    )
    parser.add_argument(
        "--brief", action="store_true", help="leave out the cells, the keys and the builds"
    )
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    if load > BUSY and not options.anyway:
        print(
            f"error: other processes use the cores (load {load:.1f}): run this on an idle machine, "
            'or go on with make bench OPTIONS="--anyway"',
            file=sys.stderr,
        )
        return 1
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        scratch = Path(name)
        folder = scratch / "site"
        server = Server(folder)
        notes: list[str] = []
        try:
            build(folder, server.url)
            plain_page(folder / "plain")
            our_page(folder)
            tables = []
            for engine in options.engines:
                pair = measure(playwright, engine, server, options.runs, scratch)
                tables.append(table(engine, pair))
                print("\n".join(tables[-1]), flush=True)
            if not options.brief:
                ratios = cells(playwright, server)
                tenth = statistics.quantiles(ratios, n=10)
                notes.append(
                    f"A cell in Chromium over the same cell without a browser: median {statistics.median(ratios):.1f} "
                    f"(target ≤ 3), nine of ten below {tenth[-1]:.1f}, {len(ratios)} cells."
                )
                keys = typing(playwright, server)
                notes.append(
                    f"A key in a cell of {LINES} lines while another cell runs: median "
                    f"{statistics.median(keys):.1f} ms, longest {max(keys):.1f} ms of {len(keys)}."
                )
                first, second = builds(scratch)
                notes.append(
                    f"Building the site: {first:.0f} s with an empty cache, {second:.0f} s when nothing has changed."
                )
        finally:
            server.close()
    REPORT.write_text(report(options, load, tables, notes), encoding="utf-8")
    print("\n".join(["", *notes, f"Written to {REPORT.relative_to(ROOT)}"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
