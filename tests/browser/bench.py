"""`make bench`: how long a reader waits from the click to the result, against a plain Pyodide page and other projects.

All are served by the same server and run the same cell. Runs alternate, so that whatever else the machine does hits
all of them; only the ratio is worth quoting. The tables are printed and written to docs/performance.md, each part of
the command to its own place there.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Playwright, sync_playwright

from dlsite.browser import Kind
from quality.report import today, write_part

from . import work
from .contest import Contestant, contestants, memory, our_page, plain_page, profile, sent
from .peers import Peer, peers
from .reader import wait_until
from .serving import ROOT, Server, build

RUNS = 7
BUSY = 1.0  # load of the last minute above which the figures would be about something else
QUESTION = "machine-learning/normal-equation/"
REPORT = ROOT / "docs" / "performance.md"
KINDS: tuple[Kind, ...] = ("chromium", "firefox")
PARTS = ("pages", "keys", "cells", "peers", "builds")


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


def compare(
    playwright: Playwright, engine: Kind, server: Server, runs: int, scratch: Path, all_: list[Peer]
) -> None:
    """Alternate this site and the others: cold visits with new profiles, then warm ones."""
    for peer in all_:
        peer.found.clear()
    for run in range(runs):
        for number, peer in enumerate(all_):
            with profile(playwright, engine, scratch / f"{engine}-{run}-{number}-a") as context:
                peer.note("click cold", peer.visit(context, server, at_once=False))
            folder = scratch / f"{engine}-{run}-{number}-b"
            with profile(playwright, engine, folder) as context:
                peer.note("cold", peer.visit(context, server, at_once=True))
                peer.visit(context, server, at_once=True)  # stores the compiled code
            with profile(playwright, engine, folder) as context:
                peer.note("warm", peer.visit(context, server, at_once=True))
                peer.note("click warm", peer.visit(context, server, at_once=False))
            shutil.rmtree(folder, ignore_errors=True)
        say(f"{engine}, run {run + 1} of {runs}: other projects")


def peer_table(engine: str, all_: list[Peer]) -> list[str]:
    """Medians and ranges of one browser, as Markdown."""
    heads = (
        engine.capitalize(),
        "from navigation, empty cache",
        "from navigation, later",
        "from click, empty cache",
        "from click, later",
    )
    lines = [f"| {' | '.join(heads)} |", "|---|---|---|---|---|"]
    for peer in all_:
        shown = (
            figure(peer.found[row], "ms") for row in ("cold", "warm", "click cold", "click warm")
        )
        lines.append(f"| {peer.name} | {' | '.join(shown)} |")
    return lines


def heading(runs: int | None, load: float) -> str:
    """When and where a part was measured."""
    busy = f", while other processes used the cores (load {load:.1f})" if load > BUSY else ""
    count = f"; medians of {runs} runs, with the range" if runs else ""
    machine = f"{processor()}, {os.cpu_count()} cores, {platform.system()}"
    return f"{today()}{busy}: {machine}{count}."


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
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts (all)")
    options = parser.parse_args(arguments)
    load = os.getloadavg()[0]
    if load > BUSY and not options.anyway:
        print(
            f"error: other processes use the cores (load {load:.1f}): run this on an idle machine, "
            'or go on with make bench OPTIONS="--anyway"',
            file=sys.stderr,
        )
        return 1

    def tell(part: str, lines: list[str], runs: int | None = None) -> None:
        text = "\n".join([heading(runs, load), "", *lines])
        print(f"\n{text}", flush=True)
        write_part(part, text, REPORT)

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        scratch = Path(name)
        folder = scratch / "site"
        server = Server(folder)
        try:
            build(folder, server.url)
            plain_page(folder / "plain")
            our_page(folder)
            if "pages" in options.only:
                for engine in options.engines:
                    pair = measure(playwright, engine, server, options.runs, scratch)
                    tell(f"pages {engine}", table(engine, pair), options.runs)
            if "keys" in options.only:
                tell("keys", work.keys(playwright, server))
            if "cells" in options.only:
                tell("cells", work.cells(playwright, server))
            if "peers" in options.only:
                others = peers(folder)
                for engine in options.engines:
                    compare(playwright, engine, server, options.runs, scratch, others)
                    tell(f"peers {engine}", peer_table(engine, others), options.runs)
            if "builds" in options.only:
                tell("builds", work.builds(scratch))
        finally:
            server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
