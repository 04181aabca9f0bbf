"""Matplotlib's backend in the page: a figure becomes an image below the cell.

Runs in the browser alone, beside the runner. The worker names it in MPLBACKEND, and pyplot imports it; so what else it
imports is there. Figures appear as in a notebook: at `plt.show()`, when displayed, or at the end of the cell.
"""

from __future__ import annotations

import base64
import io
import weakref
from typing import Any

import matplotlib as mpl
from matplotlib import _pylab_helpers
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dlsite import runner

# The name by which pyplot finds the canvas of a backend.
FigureCanvas = FigureCanvasAgg

SVG = "image/svg+xml"
PNG = "image/png"
MAX_SVG = 1_500_000  # characters; a scatter of many points is smaller and faster as pixels
SHARP = 2  # pixels of a PNG for one of the page

_shown: weakref.WeakSet[Figure] = weakref.WeakSet()


def show(*args: object, **kwargs: object) -> None:
    """Show every open figure and close it: what `plt.show` calls."""
    try:
        for manager in _pylab_helpers.Gcf.get_all_fig_managers():
            runner.DISPLAY.get()(manager.canvas.figure)
    finally:
        _close()


def at_end(ok: bool) -> None:
    """Show what a cell leaves open, but for what it has displayed; after an error, drop it."""
    try:
        if ok:
            for manager in _pylab_helpers.Gcf.get_all_fig_managers():
                if manager.canvas.figure not in _shown:
                    runner.DISPLAY.get()(manager.canvas.figure)
    finally:
        _close()


def _close() -> None:
    _pylab_helpers.Gcf.destroy_all()
    _shown.clear()


def bundle(figure: Figure, include: object = None, exclude: object = None) -> dict[str, Any]:
    """Return the figure as an image, and in words."""
    _shown.add(figure)
    data: dict[str, Any] = {"text/plain": words(figure)}
    svg = io.StringIO()
    # The same figure gives the same bytes.
    figure.savefig(svg, format="svg", bbox_inches="tight", metadata={"Date": None})
    if len(svg.getvalue()) <= MAX_SVG:
        return data | {SVG: svg.getvalue()}
    png = io.BytesIO()
    figure.savefig(png, format="png", bbox_inches="tight", dpi=SHARP * 96)
    return data | {PNG: base64.b64encode(png.getvalue()).decode()}


def words(figure: Figure) -> str:
    """Return the titles and labels of a figure, for those who do not see it."""
    said = [figure.get_suptitle()]
    for axes in figure.axes:
        said += [axes.get_title(), axes.get_xlabel(), axes.get_ylabel()]
    named = "; ".join(dict.fromkeys(text for text in said if text))
    return f"Figure: {named}" if named else str(figure)


Figure._repr_mimebundle_ = bundle  # type: ignore[attr-defined]
mpl.rcParams["svg.hashsalt"] = "dlsite"
runner.AT_END.append(at_end)
