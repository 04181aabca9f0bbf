"""Where a build's work is done and kept: running cells, drawing figures, setting formulas.

Each result is cached by the content it was made from, so a second build does none of it again.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path
from threading import Thread
from typing import Any

from dlsite import hints, nodejs, runner
from dlsite.cells import Cell, PageError, RenderError
from dlsite.runner import Event
from dlsite.store import Store, digest, digest_files

CELL_TIMEOUT = (
    60.0  # seconds for all the cells of a page; far above what the page checker allows one cell
)

Outputs = dict[str, list[Event]]
Coming = Future[Outputs]


class Workshop:
    """Runs cells, draws figures and sets formulas for the site in `root`."""

    def __init__(self, root: Path) -> None:
        """Work for the checkout at `root`; results are kept under its `build/cache`."""
        self.root = root
        self.store = Store(root / "build" / "cache" / "results.sqlite")
        self._coming: dict[str, Coming] = {}
        self._node: subprocess.Popen[str] | None = None
        self._asked = 0

    def close(self) -> None:
        """End the helper process."""
        if self._node is not None:
            assert self._node.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self._node.stdin.close()
            assert self._node.stdout is not None
            self._node.stdout.close()
            self._node.wait(timeout=10)
            self._node = None

    # Cells ------------------------------------------------------------------------------------

    def _library(self) -> str:
        """What the output of every cell depends on besides its code; `mkdocs serve` sees it change."""
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        tools = (Path(module.__file__) for module in (runner, hints) if module.__file__)
        sources = digest_files(self.root / "src" / "dlconcepts", *tools)
        return digest(python, metadata.version("numpy"), sources)

    def keys(self, pages: Mapping[str, Sequence[Cell]]) -> dict[str, str]:
        """Return under which key the store holds the outputs of each page's cells."""
        library = self._library()
        return {
            page: digest("cells", library, [_identity(cell) for cell in cells])
            for page, cells in pages.items()
        }

    def begin(self, pages: Mapping[str, Sequence[Cell]]) -> None:
        """Start to run the cells of many pages, those that are not cached, beside whatever comes next."""
        keys = self.keys({page: cells for page, cells in pages.items() if cells})
        missing: dict[str, Sequence[Cell]] = {}
        coming = self._coming = {}
        for page, key in keys.items():
            if key not in coming and self.store.get(key) is None:
                missing[page] = pages[page]
                coming[key] = Coming()

        def work() -> None:
            try:
                for page, outputs in _run_pages(missing):
                    for cell in missing[page]:
                        _check_output(page, cell, outputs[cell.id])
                    self.store.put(keys[page], outputs)
                    coming[keys[page]].set_result(outputs)
            except BaseException as error:
                for future in coming.values():
                    if not future.done():
                        future.set_exception(error)

        if missing:
            Thread(target=work).start()

    def outputs(self, page: str, cells: Iterable[Cell]) -> Mapping[str, list[Event]]:
        """Return the events of each cell of a page by id: from the cache, from what has begun, or run now.

        Raises:
            PageError: For a cell that fails, warns, or takes too long, on this page or on one that began with it.
        """
        cells = list(cells)
        if not cells:
            return {}
        key = self.keys({page: cells})[page]
        coming = self._coming.get(key)
        if coming is None or (coming.done() and coming.exception()):
            kept: Mapping[str, list[Event]] | None = self.store.get(key)
            if kept is not None:
                return kept
            self.begin({page: cells})
            coming = self._coming[key]
        return coming.result()

    # Figures and formulas -----------------------------------------------------------------------

    @cached_property
    def _renderer(self) -> str:
        """What every drawing depends on besides its data."""
        live = self.root / "overrides" / "live"
        node = Path(__file__).parent / "node" / "render.mjs"
        parts = sorted(live.glob("figure*.js"))
        return digest_files(*parts, node, self.root / "package-lock.json")

    def figure(self, spec: Mapping[str, Any]) -> str:
        """Return a figure as the inner HTML of a `<figure>`.

        Raises:
            RenderError: When the data do not describe a figure.
        """
        return self._render({"kind": "figure", "spec": spec})

    def tex(self, formula: str, *, display: bool) -> str:
        """Return a formula set by KaTeX as HTML with MathML.

        Raises:
            RenderError: When KaTeX cannot read the formula.
        """
        return self._render({"kind": "tex", "tex": formula, "display": display})

    def _render(self, request: Mapping[str, Any]) -> str:
        key = digest("render", self._renderer, request)
        kept = self.store.get(key)
        if kept is None:
            kept = self._ask(request)
            self.store.put(key, kept)
        return str(kept)

    def _ask(self, request: Mapping[str, Any]) -> str:
        if self._node is None:
            script = Path(__file__).parent / "node" / "render.mjs"
            self._node = subprocess.Popen(
                [nodejs.find_node(), script],
                cwd=self.root,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._asked += 1
        with contextlib.suppress(BrokenPipeError):
            self._node.stdin.write(json.dumps({"id": self._asked, **request}) + "\n")
            self._node.stdin.flush()
        line = self._node.stdout.readline()
        if not line:
            self.close()
            raise RenderError("the Node renderer stopped; its message stands above")
        answer = json.loads(line)
        if not answer["ok"]:
            raise RenderError(answer["error"])
        return str(answer["html"])


def _identity(cell: Cell) -> list[str | None]:
    return [cell.id, cell.code, cell.session, cell.fails]


def _run_pages(pages: Mapping[str, Sequence[Cell]]) -> Iterator[tuple[str, Outputs]]:
    """Run the cells of each page in a process of their own, forked from one that has NumPy loaded."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["numpy", "dlconcepts", "dlsite.workshop"])
    done: set[str] = set()
    with ProcessPoolExecutor(mp_context=context, max_tasks_per_child=1) as pool:
        jobs = {page: pool.submit(run_cells, list(cells)) for page, cells in pages.items()}
        for page, job in jobs.items():
            try:
                outputs = job.result(timeout=CELL_TIMEOUT * len(jobs))
            except TimeoutError:
                for process in multiprocessing.active_children():
                    process.kill()
                message = f"the cells of this page take longer than {CELL_TIMEOUT:.0f} s"
                raise PageError(page, pages[page][0].line, message) from None
            except BrokenProcessPool:
                if len(pages) == 1:
                    message = "the process that ran the cells of this page was killed"
                    raise PageError(page, pages[page][0].line, message) from None
                break
            yield page, outputs
            done.add(page)
    # Any of the rest may have broken the pool, and the others died with it.
    for page in [page for page in pages if page not in done]:
        yield from _run_pages({page: pages[page]})


def run_cells(cells: Sequence[Cell]) -> dict[str, list[Event]]:
    """Run cells one after another in this process."""
    outputs: dict[str, list[Event]] = {}
    for cell in cells:
        lines: list[str] = []
        runner.run(cell.code, cell.id, cell.session, lines.append)
        outputs[cell.id] = _merged(json.loads(line) for line in lines)
    runner.forget()
    return outputs


def _merged(events: Iterable[Event]) -> list[Event]:
    """Join what was printed without anything between it; leave out the times and the bars of `track`."""
    merged: list[Event] = []
    for event in events:
        last = merged[-1] if merged else {}
        if event["type"] == last.get("type") == "stream" and event["name"] == last.get("name"):
            last["text"] += event["text"]
        elif event["type"] not in {"done", "progress"}:
            merged.append(event)
    return merged


def _check_output(page: str, cell: Cell, events: Sequence[Event]) -> None:
    """Refuse a cell that fails without saying so, or does not fail although it says so, or warns."""
    error = next((event for event in events if event["type"] == "error"), None)
    if error is not None and error["name"] != cell.fails:
        line = cell.line + (error["line"] or 0)
        raise PageError(page, line, f"cell {cell.id!r} fails:\n{error['text']}")
    if error is None and cell.fails:
        raise PageError(
            page, cell.line, f"cell {cell.id!r} was to fail with {cell.fails} and did not"
        )
    for event in events:
        if event["type"] == "stream" and event["name"] == "stderr":
            match = re.search(rf"<cell {re.escape(cell.id)}>:(\d+)", event["text"])
            at = cell.line + (int(match[1]) if match else 0)
            raise PageError(page, at, f"cell {cell.id!r} writes to stderr:\n{event['text']}")


@cache
def workshop_at(root: Path) -> Workshop:
    """Return the one workshop for the checkout at `root`."""
    return Workshop(root)


def default_workshop() -> Workshop:
    """Return the workshop of the working directory, where Markdown is converted without MkDocs."""
    return workshop_at(Path.cwd())
