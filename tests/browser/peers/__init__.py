"""The projects that this site is measured against, each as its documentation shows, on the same local Pyodide.

Each page holds the cell of the plain page. What a page does by itself before the reader's click differs: markdown-exec
starts Python with the page, the others at the click. So both ways are measured: pressing as soon as there is something
to press, from the navigation on; and pressing half a second after the page has loaded.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext

from ..contest import CODE
from ..reader import wait_until
from ..serving import ROOT, Server

INSTALLED = ROOT / "build" / "peers"
PRINTS = "2.236"
REST = 500  # ms from the end of loading to the click

# Presses what there is to press until the output is there. A button that does nothing yet has no listener to see; where
# its project sets `onclick`, that tells.
JOURNEY = """
globalThis.dlJourney = {begun: 0, ended: 0};
globalThis.dlGo = ([buttons, output, prints]) => {
  const left = new Set(buttons);
  dlJourney.begun = performance.now();
  const look = () => {
    if (document.querySelector(output)?.textContent.includes(prints)) {
      dlJourney.ended = performance.now();
      return;
    }
    for (const selector of left) {
      const button = document.querySelector(selector);
      if (!button || button.disabled || (button.localName === "span" && !button.onclick)) continue;
      left.delete(selector);
      button.click();
    }
    setTimeout(look, 4);
  };
  look();
};
"""
AT_ONCE = "addEventListener('DOMContentLoaded', () => dlGo(%s));"

MARKDOWN_EXEC = {
    "mkdocs.yml": """site_name: markdown-exec
theme: {name: null, custom_dir: theme}
markdown_extensions: [pymdownx.superfences]
plugins: [markdown-exec]
""",
    "docs/index.md": f'```pyodide install="numpy" assets="no"\n{CODE}```\n',
    "theme/main.html": """<!doctype html><html><head><meta charset="utf-8">
{% for path in config.extra_css %}<link rel="stylesheet" href="{{ path | url }}">{% endfor %}
<script src="../ace/ace.js"></script>
<script src="../highlight/highlight.min.js"></script>
<script src="../plain/pyodide.js"></script>
{% for path in config.extra_javascript %}<script src="{{ path | url }}"></script>{% endfor %}
</head><body>{{ page.content }}</body></html>
""",
}
SPHINX = {
    "conf.py": """import sphinx_pyodide.main
sphinx_pyodide.main.PYODIDE_JS_URL = "../../plain/pyodide.js"
project = "sphinx-pyodide"
extensions = ["sphinx_pyodide"]
pyodide_build_output = False
html_theme = "basic"
""",
    "index.rst": "Page\n====\n\n.. pyodide::\n   :packages: numpy\n\n"
    + "".join(f"   {line}\n" for line in CODE.splitlines()),
}
PYSCRIPT = """<!doctype html><html><head><meta charset="utf-8">
<link rel="stylesheet" href="../pyscript-core/core.css">
<script type="module" src="../pyscript-core/core.js"></script></head><body>
<script type="py-editor" config='{"interpreter": "../plain/pyodide.mjs", "packages": ["numpy"]}'>
%s</script></body></html>
"""


@dataclass
class Peer:
    """A page to measure: where it is, what to press in order, where the output comes, and what was measured."""

    name: str
    path: str
    buttons: tuple[str, ...]
    output: str
    found: dict[str, list[float]] = field(default_factory=dict)

    def note(self, row: str, value: float) -> None:
        """Keep a figure for a row of the table."""
        self.found.setdefault(row, []).append(value)

    def visit(self, context: BrowserContext, server: Server, *, at_once: bool) -> float:
        """Milliseconds until the output, from the navigation or, after a rest, from the click."""
        page = context.new_page()
        arguments = [list(self.buttons), self.output, PRINTS]
        page.add_init_script(JOURNEY + (AT_ONCE % json.dumps(arguments) if at_once else ""))
        page.goto(server.url + self.path, wait_until="load")
        if not at_once:
            page.wait_for_timeout(REST)
            page.evaluate("(all) => dlGo(all)", arguments)
        wait_until(page, "dlJourney.ended > 0")
        begun, ended = page.evaluate("[dlJourney.begun, dlJourney.ended]")
        page.close()
        return float(ended) - (0 if at_once else float(begun))


def peers(folder: Path) -> list[Peer]:
    """This site and the others, whose pages are put into the served folder beside the plain page.

    Raises:
        subprocess.CalledProcessError: one of them does not build.
    """
    _share(folder)
    _build("markdown-exec", MARKDOWN_EXEC, folder, ["mkdocs", "build", "-q", "-d"])
    _build("sphinx-pyodide", SPHINX, folder, ["sphinx-build", "-q", "."])
    page = folder / "pyscript" / "index.html"
    page.parent.mkdir()
    page.write_text(PYSCRIPT % CODE, encoding="utf-8")
    return [
        Peer("this site", "bench.html", ("#cell-pi .dl-run",), "#cell-pi .dl-cell-output"),
        Peer("plain Pyodide", "plain/", ("button",), "output"),
        Peer("markdown-exec", "markdown-exec/", ("[id$=run]",), ".pyodide-output"),
        Peer(
            "sphinx-pyodide",
            "sphinx-pyodide/",
            (".pyodide-enable-button",),
            ".pyodide-output",
        ),
        Peer("PyScript", "pyscript/", (".py-editor-run-button",), ".py-editor-output"),
    ]


def _share(folder: Path) -> None:
    """Put there what the pages load: scripts, and the installer of packages, which Pyodide does not come with."""
    modules = INSTALLED / "node_modules"
    shutil.copytree(modules / "ace-builds" / "src-min-noconflict", folder / "ace")
    shutil.copytree(modules / "@highlightjs" / "cdn-assets", folder / "highlight")
    shutil.copytree(modules / "@pyscript" / "core" / "dist", folder / "pyscript-core")
    plain = folder / "plain"
    shutil.copyfile(ROOT / "node_modules" / "pyodide" / "pyodide.js", plain / "pyodide.js")
    lock = json.loads((plain / "pyodide-lock.json").read_text(encoding="utf-8"))
    (wheel,) = (INSTALLED / "wheels").glob("micropip-*.whl")
    shutil.copyfile(wheel, plain / wheel.name)
    # The same version, packed by its authors in place of Pyodide's.
    lock["packages"]["micropip"] |= {
        "file_name": wheel.name,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
    }
    (plain / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def _build(name: str, sources: dict[str, str], folder: Path, command: list[str]) -> None:
    work = folder.parent / name
    for path, text in sources.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(text, encoding="utf-8")
    program, *options = command
    python = INSTALLED / "python" / "bin" / "python"
    module = {"mkdocs": "mkdocs", "sphinx-build": "sphinx"}[program]
    subprocess.run([python, "-m", module, *options, folder / name], cwd=work, check=True)
