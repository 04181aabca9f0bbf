"""`make audit`: what Lighthouse says of the site on a phone, written to `docs/quality.md`."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from browser.serving import Server, build
from dlsite.browser import find_browser
from dlsite.nodejs import find_node

from .report import ROOT, today, write_part

LIGHTHOUSE = ROOT / "build" / "lighthouse" / "node_modules" / "lighthouse"
PAGES = {
    "": "Home",
    "machine-learning/normal-equation/": "A question",
    "interview/": "Interview kit",
}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
RUNS = 3


class AuditError(Exception):
    """Lighthouse gives no report."""


def audited(url: str, scratch: Path) -> dict[str, Any]:
    """Lighthouse's report of one visit with its default settings: a phone of middling speed on a slow network.

    Raises:
        AuditError: there is none.
    """
    out = scratch / "report.json"
    script = LIGHTHOUSE / "cli" / "index.js"
    command = [str(find_node()), str(script), url, "--quiet", "--output=json"]
    flags = "--chrome-flags=--headless=new --no-sandbox"
    done = subprocess.run(
        [*command, f"--output-path={out}", flags],
        env=os.environ | {"CHROME_PATH": str(find_browser("chromium").path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AuditError(f"{url}: {done.stdout}{done.stderr}")
    report: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    if "runtimeError" in report:
        raise AuditError(f"{url}: {report['runtimeError']['message']}")
    return report


def score(reports: Sequence[dict[str, Any]], category: str) -> float:
    """The median of the runs, of 100.

    Raises:
        AuditError: a run has no score.
    """
    scores: list[float | None] = [report["categories"][category]["score"] for report in reports]
    known = [value for value in scores if value is not None]
    if len(known) < len(scores):
        raise AuditError(f"a run has no score for {category}")
    return 100 * statistics.median(known)


def shortfalls(report: dict[str, Any]) -> list[str]:
    """What costs points in a report: the audits that count and are not full, with what they show."""
    found = []
    for name in CATEGORIES:
        for reference in report["categories"][name]["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 1:
                shown = audit.get("displayValue", "").replace("\xa0", " ")
                value = f" ({shown})" if shown else ""
                found.append(f"{audit['title']}{value}: {100 * audit['score']:.0f}")
    return found


def table(reports: dict[str, list[dict[str, Any]]]) -> str:
    """The scores as Markdown, and below them what costs points."""
    version = next(iter(reports.values()))[0]["lighthouseVersion"]
    lines = [
        f"{today()}, Lighthouse {version}, its phone, medians of {len(next(iter(reports.values())))} visits.",
        "",
        "| | performance | accessibility | best practices | search engines |",
        "|---|---|---|---|---|",
    ]
    for name, runs in reports.items():
        shown = " | ".join(f"{score(runs, category):.0f}" for category in CATEGORIES)
        lines.append(f"| {name} | {shown} |")
    lines.append("")
    for name, runs in reports.items():
        middle = sorted(runs, key=lambda run: run["categories"]["performance"]["score"])[
            len(runs) // 2
        ]
        lines += [f"- {name}: {shortfall}" for shortfall in shortfalls(middle)]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the site, visit it, write the table."""
    parser = argparse.ArgumentParser(prog="make audit", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"visits of each page ({RUNS})")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        server = Server(scratch / "site", sends_headers=True, compresses=True)
        try:
            build(scratch / "site", server.url)
            reports = {
                title: [audited(server.url + path, scratch) for _ in range(options.runs)]
                for path, title in PAGES.items()
            }
        finally:
            server.close()
    text = table(reports)
    print(text)
    write_part("audit", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
