"""`make bench`: how long a reader waits from the click to the result, against a plain Pyodide page.

Both are served by the same server and run the same cell in a module worker. The plain page does what Pyodide's
documentation shows: `loadPyodide()` and `loadPackage("numpy")`, from the files as they are published. Runs alternate,
so that whatever else the machine does hits both; only the ratio is worth quoting.

The last lines tell how long the page takes for a key in a cell of 200 lines while another cell runs, and how long it
takes from Stop until that one has stopped.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from dlsite.browser import find_browser

from .reader import Reader
from .serving import ROOT, Server, build

RUNS = 7
QUESTION = "machine-learning/normal-equation/"
BUSY = 1.0  # load of the last minute above which the figures would be about something else
CODE = "import numpy as np\nprint(np.linalg.norm(np.arange(3.0)))\n"
PLAIN_PAGE = """<!doctype html><meta charset="utf-8"><button>Run</button><output></output>
<script type="module">
document.querySelector("button").onclick = () => {
  const worker = new Worker("worker.mjs", {type: "module"});
  worker.onmessage = ({data}) => {
    document.querySelector("output").textContent = data;
    document.body.dataset.state = "done";
  };
  worker.postMessage(%s);
};
</script>"""
PLAIN_WORKER = """onmessage = async ({data}) => {
  const {loadPyodide} = await import("./pyodide.mjs");
  const python = await loadPyodide();
  await python.loadPackage("numpy", {messageCallback() {}});
  let text = "";
  python.setStdout({batched: (line) => (text += line)});
  python.runPython(data);
  postMessage(text);
};"""
# Clicks and waits inside the page, so that the way to the test runner is not measured.
MEASURE = """([button, state, wanted]) => new Promise((resolve) => {
  const holder = document.querySelector(state);
  const start = performance.now();
  new MutationObserver(() => {
    if (holder.dataset.state === wanted) resolve(performance.now() - start);
    if (holder.dataset.state === "failed") resolve(NaN);
  }).observe(holder, {attributes: true});
  document.querySelector(button).click();
})"""

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
class Contestant:
    """A page to measure: where it is, what to click, and where its state stands."""

    name: str
    path: str
    button: str
    state: str
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)

    def visit(self, context: BrowserContext, server: Server) -> float:
        """Open the page, click, and return the milliseconds to the result."""
        page = context.new_page()
        page.goto(server.url + self.path, wait_until="load")
        page.wait_for_selector(self.button)
        page.wait_for_timeout(300)
        taken = float(page.evaluate(MEASURE, [self.button, self.state, "done"]))
        page.close()
        return taken


def plain_page(folder: Path) -> None:
    """Put the plain page into the served folder: Pyodide's published files and the NumPy wheel of its lock."""
    core = ROOT / "node_modules" / "pyodide"
    lock = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    wheel = lock["packages"]["numpy"]["file_name"]
    carried = next((ROOT / "build" / "cache" / "downloads").glob(f"*/{wheel}"))
    folder.mkdir()
    for name in (
        "pyodide.mjs",
        "pyodide.asm.mjs",
        "pyodide.asm.wasm",
        "python_stdlib.zip",
        "pyodide-lock.json",
    ):
        shutil.copyfile(core / name, folder / name)
    shutil.copyfile(carried, folder / wheel)
    (folder / "worker.mjs").write_text(PLAIN_WORKER, encoding="utf-8")
    (folder / "index.html").write_text(PLAIN_PAGE % json.dumps(CODE), encoding="utf-8")


def our_page(folder: Path) -> None:
    """Put a copy of the home page beside it whose cell holds the code of the plain page."""
    home = (folder / "index.html").read_text(encoding="utf-8")
    page, forms = re.subn(r'<div class="dl-cell-params".*?</div>', "", home, flags=re.DOTALL)
    page, codes = re.subn(
        r"<pre><code>.*?</code></pre>", f"<pre><code>{CODE}</code></pre>", page, flags=re.DOTALL
    )
    assert forms == codes == 1, "the home page has one cell with a form"
    (folder / "bench.html").write_text(page, encoding="utf-8")


@contextmanager
def profile(playwright: Playwright, folder: Path) -> Iterator[BrowserContext]:
    """A browser with a profile on disk: only such a one keeps compiled code from one visit to the next."""
    flags = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    context = playwright.chromium.launch_persistent_context(
        folder, executable_path=find_browser("chromium").path, args=flags
    )
    yield context
    context.close()


def measure(server: Server, contestants: list[Contestant], scratch: Path) -> None:
    """Alternate the contestants: a cold visit with a new profile each, then warm ones."""
    with sync_playwright() as playwright:
        for run in range(RUNS):
            for contestant in contestants:
                folder = scratch / f"{contestant.button}-{run}".replace("#", "").replace(" ", "")
                with profile(playwright, folder) as context:
                    contestant.cold.append(contestant.visit(context, server))
                    contestant.visit(context, server)  # the second visit stores the compiled code
                with profile(playwright, folder) as context:
                    contestant.warm.append(contestant.visit(context, server))
                print(f"  run {run + 1} of {RUNS}: {contestant.name}", file=sys.stderr, flush=True)


def typing(server: Server) -> tuple[list[float], list[float]]:
    """Type into a long cell while another one runs and prints, then stop that one a few times.

    Returns:
        The milliseconds of each key and of each stop.
    """
    with sync_playwright() as playwright:
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
        stops: list[float] = []
        for _ in range(RUNS):
            if stops:
                other.button.click()
                other.expect_state("running")
                reader.page.wait_for_timeout(500)
            holder = f"#cell-{other.name}"
            stops.append(reader.page.evaluate(MEASURE, [f"{holder} .dl-run", holder, "stopped"]))
        browser.close()
    return times, stops


def table(contestants: list[Contestant]) -> str:
    """Return medians, ranges and ratios to the last contestant, as Markdown."""
    reference = contestants[-1]
    lines = [
        "| | " + " | ".join(c.name for c in contestants) + " | ratio |",
        "|---" * (len(contestants) + 2) + "|",
    ]
    for kind in ("cold", "warm"):
        cells, medians = [], []
        for contestant in contestants:
            times = getattr(contestant, kind)
            medians.append(statistics.median(times))
            cells.append(f"{medians[-1]:.0f} ms ({min(times):.0f}–{max(times):.0f})")
        ratio = medians[0] / statistics.median(getattr(reference, kind))
        lines.append(f"| {kind} cache, click to result | {' | '.join(cells)} | {ratio:.2f} |")
    return "\n".join(lines)


def main() -> int:
    """Build, measure, print."""
    load = os.getloadavg()[0]
    if load > BUSY:
        print(
            f"error: other processes use the cores (load {load:.1f}): run this on an idle machine",
            file=sys.stderr,
        )
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "site"
        server = Server(folder)
        try:
            build(folder, server.url)
            plain_page(folder / "plain")
            our_page(folder)
            ours = Contestant("this site", "bench.html", "#cell-pi .dl-run", "#cell-pi")
            contestants = [ours, Contestant("plain Pyodide", "plain/", "button", "body")]
            measure(server, contestants, Path(scratch))
            keys, stops = typing(server)
        finally:
            server.close()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, medians of {RUNS} alternating runs (range)\n"
    )
    print(table(contestants))
    print(
        f"\nA key in a cell of {LINES} lines while another runs: median {statistics.median(keys):.1f} ms, "
        f"longest {max(keys):.1f} ms of {len(keys)}\n"
        f"From Stop to stopped: median {statistics.median(stops):.1f} ms, longest {max(stops):.1f} ms of {len(stops)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
