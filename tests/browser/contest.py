"""This site against a page that does what Pyodide's documentation shows: the same cell, server and browser."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright

from dlsite.browser import Kind, find_browser

from .conftest import FLAGS
from .serving import ROOT, Server

CODE = "import numpy as np\nprint(np.linalg.norm(np.arange(3.0)))\n"
LOOP = "while True:\n    pass\n"
READY = 120_000  # ms
# loadPyodide() and loadPackage("numpy"), from the files as they are published.
PLAIN_PAGE = """<!doctype html><meta charset="utf-8"><button>Run</button><output></output>
<script type="module">
let worker;
const start = () => {
  worker = new Worker("worker.mjs", {type: "module"});
  worker.onmessage = ({data}) => {
    document.querySelector("output").textContent = data;
    document.body.dataset.state = "done";
  };
};
document.querySelector("button").onclick = () => {
  document.body.dataset.state = "running";
  if (!worker) start();
  worker.postMessage(%s);
};
</script>"""
PLAIN_WORKER = """let loaded;
const load = async () => {
  const {loadPyodide} = await import("./pyodide.mjs");
  const python = await loadPyodide();
  await python.loadPackage("numpy", {messageCallback() {}});
  return python;
};
onmessage = async ({data}) => {
  loaded ??= load();
  const python = await loaded;
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
# Notes when Python is ready and how long a cell takes, and keeps the page from starting Python on its own.
SPY = """
globalThis.dlBench = {ready: 0, at: 0, seconds: 0};
const whenIdle = globalThis.requestIdleCallback;
globalThis.requestIdleCallback = (callback) => dlBench.idle && whenIdle.call(globalThis, callback);
globalThis.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", ({data}) => {
      if (data.type === "ready") {
        dlBench.ready += 1;
        dlBench.at = performance.now();
      }
      for (const event of data.events ?? []) if (event.type === "done") dlBench.seconds = event.seconds;
    });
  }
};"""


@dataclass
class Contestant:
    """A page to measure: where it is, what to click, where its state stands, and what was measured, row by row."""

    name: str
    path: str
    button: str
    state: str
    found: dict[str, list[float]] = field(default_factory=dict)

    def note(self, row: str, value: float) -> None:
        """Keep a figure for a row of the table."""
        self.found.setdefault(row, []).append(value)

    def open(self, context: BrowserContext, server: Server) -> Page:
        """The page in a new tab, at rest."""
        page = context.new_page()
        page.goto(server.url + self.path, wait_until="load")
        page.wait_for_selector(self.button)
        page.wait_for_timeout(500)
        return page

    def click(self, page: Page, wanted: str = "done") -> float:
        """Milliseconds from a click to a state.

        Raises:
            RuntimeError: the cell fails.
        """
        taken = float(page.evaluate(MEASURE, [self.button, self.state, wanted]))
        if taken != taken:
            raise RuntimeError(f"the cell of {self.name} fails")
        return taken


def contestants() -> tuple[Contestant, Contestant]:
    """This site, and the plain page."""
    ours = Contestant("this site", "bench.html", "#cell-pi .dl-run", "#cell-pi")
    return ours, Contestant("plain Pyodide", "plain/", "button", "body")


def plain_page(folder: Path) -> None:
    """Put the plain page into the served folder: Pyodide's published files and the NumPy wheel of its lock."""
    core = ROOT / "node_modules" / "pyodide"
    lock = json.loads((core / "pyodide-lock.json").read_text(encoding="utf-8"))
    wheel = lock["packages"]["numpy"]["file_name"]
    carried = next((ROOT / "build" / "cache" / "downloads").glob(f"*/{wheel}"))
    folder.mkdir()
    scripts = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide-lock.json")
    for name in (*scripts, "pyodide.asm.wasm", "python_stdlib.zip"):
        shutil.copyfile(core / name, folder / name)
    shutil.copyfile(carried, folder / wheel)
    (folder / "worker.mjs").write_text(PLAIN_WORKER, encoding="utf-8")
    (folder / "index.html").write_text(PLAIN_PAGE % json.dumps(CODE), encoding="utf-8")


def our_page(folder: Path) -> None:
    """Put copies of the home page beside it whose cell holds the code of the plain page, or a loop without end."""
    home = (folder / "index.html").read_text(encoding="utf-8")
    page, forms = re.subn(r'<div class="dl-cell-params".*?</div>', "", home, flags=re.DOTALL)
    for name, code in (("bench.html", CODE), ("loop.html", LOOP)):
        cell = f"<pre><code>{code}</code></pre>"
        text, codes = re.subn(r"<pre><code>.*?</code></pre>", cell, page, flags=re.DOTALL)
        assert forms == codes == 1, "the home page has one cell with a form"
        (folder / name).write_text(text, encoding="utf-8")


@contextmanager
def profile(playwright: Playwright, engine: Kind, folder: Path) -> Iterator[BrowserContext]:
    """A browser with a profile on disk: only such a one keeps compiled code from one visit to the next."""
    path = find_browser(engine).path
    if engine == "chromium":
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=path, args=FLAGS
        )
    else:
        context = playwright.firefox.launch_persistent_context(
            folder, channel="moz-firefox", executable_path=path
        )
    context.add_init_script(SPY)
    try:
        yield context
    finally:
        context.close()


def sent(server: Server) -> int:
    """Bytes of what was requested since this was asked last, each file compressed if that makes it smaller."""
    total = 0
    for path in server.requests:
        inside = path.removeprefix(server.prefix)
        file = server.folder / (
            f"{inside}index.html" if inside.endswith("/") or not inside else inside
        )
        if file.is_file():
            total += min(file.stat().st_size, len(gzip.compress(file.read_bytes(), mtime=0)))
    server.requests.clear()
    return total


def memory(folder: Path) -> int:
    """Bytes of memory of the browser whose profile is in `folder`, shared pages divided among its processes."""
    parents: dict[int, int] = {}
    roots: set[int] = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            pid = int(process.name)
            parents[pid] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            if str(folder).encode() in (process / "cmdline").read_bytes():
                roots.add(pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
    family = set(roots)
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    total = 0
    for pid in family:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
        total += int(found[1]) * 1024 if found else 0
    return total
