"""A question's page as a Jupyter notebook: its text with every link made absolute, and its cells, ready to run.

Outputs are left out: what is shown is what the reader's own run shows. The first code cell installs `dlconcepts` from
the wheel that the site serves, and gives the cells what the page gives them besides Python.
"""

from __future__ import annotations

import json
from typing import Any

from dlsite.catalogue import Page
from dlsite.cells import Fence
from dlsite.standalone import Site, segments, without_empty_end

WHEELS = "assets/wheels"  # an address that stays: a notebook that was downloaded long ago installs from it

# display and track as in the page. A handle is of one run of one cell: a later run shows anew.
SETUP = '''\
%pip install --quiet matplotlib {wheel}

import IPython

_shown = {{}}


def display(*values, id=None):
    """Show each value; the same id replaces what it showed before in this run."""
    key = IPython.get_ipython().execution_count, id
    for value in values:
        if id is not None and key in _shown:
            _shown[key].update(value)
        else:
            _shown[key] = IPython.display.display(value, display_id=True)


def track(items, *, total=None, label=""):
    """Yield the items; in the page, a bar shows how many have been taken."""
    yield from items
'''


def notebook(page: Page, site: Site) -> str:
    """Return the notebook of a question's page as the text of its file."""
    cells = [_text(_head(page, site)), _code("setup", SETUP.format(wheel=site.at(site.wheel)))]
    for lines, fence in segments(page, site):
        cells.append(_text(lines))
        if fence is not None:
            cells.append(_code(fence.options["live"], fence.code, fence))
    filled = [cell for cell in cells if cell["source"]]
    for number, cell in enumerate(filled):
        cell.setdefault("id", f"text-{number}")
    made = {
        "cells": filled,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "title": page.question,
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def _head(page: Page, site: Site) -> list[str]:
    about = page.effort
    head = [
        f"# {page.question}",
        "",
        f"{about} · [{page.title}, the live page]({site.at(page.url)})",
    ]
    if page.loaded:
        head += ["", f"**The premise is false.** {page.loaded}"]
    run = "Run the first cell once; it installs what the others import. Outputs appear as you run them."
    return [*head, "", run]


def _text(lines: list[str]) -> dict[str, Any]:
    text = "\n".join(without_empty_end(lines)).strip("\n")
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(name: str, code: str, fence: Fence | None = None) -> dict[str, Any]:
    # What the cell is there to show must not end a run of the whole notebook.
    fails = fence is not None and "fails" in fence.options
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"cell-{name}"[:64],
        "metadata": {"tags": ["raises-exception"]} if fails else {},
        "outputs": [],
        "source": code.rstrip("\n").splitlines(keepends=True),
    }
