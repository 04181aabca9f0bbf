"""Who may import what, and what in the browser may touch the page or know Pyodide (see the design's second section)."""

import ast
import re
import sys
from pathlib import Path

import pytest

from dlsite.catalogue import split_front_matter
from dlsite.cells import Place, live_cells

ROOT = Path(__file__).parents[1]
STANDARD = set(sys.stdlib_module_names)
LIVE = ROOT / "overrides" / "live"
# worker.js starts it, and snapshot.js puts its memory back.
KNOWS_PYODIDE = {"snapshot.js", "worker.js"}
# page.js and parts.js start the others; dom.js, form.js, keeping.js, keys.js, notices.js, output.js, picture.js and
# table.js are the hands of cell.js; export.js, figures.js and tip.js those of figuretools.js; ask.js and stopwatch.js
# those of question.js; sheet.js that of kitpage.js. hide.js and forward.js run before there is a page; offline.js is a
# switch of its own, and visiting.js sets it up.
TOUCHES_THE_PAGE = {
    "ask.js",
    "cell.js",
    "dom.js",
    "editor.js",
    "export.js",
    "figure.js",
    "figurecolors.js",
    "figures.js",
    "figuretools.js",
    "files.js",
    "form.js",
    "forward.js",
    "hide.js",
    "html.js",
    "keeping.js",
    "keys.js",
    "kitpage.js",
    "listpage.js",
    "notices.js",
    "offline.js",
    "output.js",
    "page.js",
    "parts.js",
    "picture.js",
    "progress.js",
    "question.js",
    "revisepage.js",
    "sheet.js",
    "stopwatch.js",
    "table.js",
    "tip.js",
    "visiting.js",
}


# What runs in the browser beside the library: the runner and what it imports.
IN_BROWSER = {"runner", "hints", "completion"}
# A notebook outside the site shows figures by Matplotlib, where the reader has it.
DRAWS = "_drawing.py"
# Completion imports, in the reader's process, what the reader's own line imports.
DYNAMIC = {"completion.py"}


def imports(code: str, package: str = "", *, dynamic: bool = False) -> set[str]:
    """Return the modules that code imports, wherever in it; a relative import is of `package`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package if node.level else node.module or ""
            found |= {f"{base}.{a.name}" for a in node.names} if base == "dlsite" else {base}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            hidden = name in {"__import__", "import_module"}
            assert dynamic or not hidden, "an import that no test can see"
    return found


def top(modules: set[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


def test_the_reader_of_imports_sees_them_all() -> None:
    code = "import a.b as c, d\nfrom . import e\ndef f():\n    from g.h import i\n"
    assert imports(code, "p") == {"a.b", "d", "p", "g.h"}


@pytest.mark.parametrize("path", sources("src/dlconcepts"), ids=lambda p: p.stem)
def test_the_library_imports_numpy_and_the_standard_library(path: Path) -> None:
    found = top(imports(path.read_text(encoding="utf-8"), "dlconcepts"))
    more = {"matplotlib"} if path.name == DRAWS else set()
    assert found <= STANDARD | {"numpy", "dlconcepts"} | more


def test_the_library_needs_matplotlib_only_to_draw_in_a_notebook() -> None:
    code = (ROOT / "src" / "dlconcepts" / DRAWS).read_text(encoding="utf-8")
    outside = [node for node in ast.parse(code).body if not isinstance(node, ast.FunctionDef)]
    assert "matplotlib" in imports(code) or "matplotlib.figure" in imports(code)
    assert "matplotlib" not in top(imports("\n".join(map(ast.unparse, outside))))


def test_matplotlibs_backend_imports_matplotlib_the_runner_and_the_standard_library() -> None:
    code = (ROOT / "src" / "dlsite" / "pictures.py").read_text(encoding="utf-8")
    found = imports(code, "dlsite")
    assert {module for module in found if module.startswith("dlsite")} == {"dlsite.runner"}
    assert top(found) <= STANDARD | {"matplotlib", "dlsite"}


@pytest.mark.parametrize("name", sorted(IN_BROWSER))
def test_what_runs_in_the_browser_imports_the_standard_library(name: str) -> None:
    code = (ROOT / "src" / "dlsite" / f"{name}.py").read_text(encoding="utf-8")
    found = imports(code, "dlsite", dynamic=f"{name}.py" in DYNAMIC)
    siblings = {module for module in found if module.startswith("dlsite.")}
    assert {module.split(".")[1] for module in siblings} <= IN_BROWSER
    assert top(found - siblings) <= STANDARD


@pytest.mark.parametrize("path", sources("src/dlsite"), ids=lambda p: p.stem)
def test_the_tooling_does_not_import_the_library(path: Path) -> None:
    # What the cells use is read from the checkout when they run; the tooling must not hold an older copy of it.
    code = path.read_text(encoding="utf-8")
    assert "dlconcepts" not in top(imports(code, "dlsite", dynamic=path.name in DYNAMIC))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda p: str(p.relative_to(ROOT / "docs"))
)
def test_cells_import_the_library_numpy_and_the_standard_library(path: Path) -> None:
    _, body, first_line = split_front_matter(path.read_text(encoding="utf-8"))
    for cell in live_cells(body, Place(str(path), first_line)):
        if not cell.fails.endswith("SyntaxError"):
            assert top(imports(cell.code)) <= STANDARD | {"numpy", "dlconcepts"}, cell.id


def script(path: Path) -> str:
    """Return a JavaScript file without its comments, and without the addresses in strings."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", "", text, flags=re.DOTALL)


def test_the_browser_side_is_there() -> None:
    names = {path.name for path in LIVE.glob("*.js")}
    assert names >= KNOWS_PYODIDE | TOUCHES_THE_PAGE


@pytest.mark.parametrize("path", sorted(LIVE.glob("*.js")), ids=lambda p: p.name)
def test_only_the_worker_knows_pyodide(path: Path) -> None:
    found = re.search(r"pyodide", script(path), re.IGNORECASE)
    assert bool(found) == (path.name in KNOWS_PYODIDE)


@pytest.mark.parametrize("path", sorted(LIVE.glob("*.js")), ids=lambda p: p.name)
def test_only_the_hands_of_the_cell_touch_the_page(path: Path) -> None:
    if path.name not in TOUCHES_THE_PAGE:
        assert not re.search(r"\b(document|window|localStorage|innerHTML)\b", script(path))
    if path.name not in {"figure.js"}:
        # What a cell puts out is text: only figures are markup, and Plot makes that.
        assert not re.search(r"\.(inner|outer)HTML\s*\+?=|insertAdjacentHTML", script(path))
    if path.name != "html.js":
        # The build's own HTML, from the files of the site; nothing of a link or a reader goes there.
        assert "DOMParser" not in script(path)
