"""Figures in notebooks outside the site: an image where Matplotlib is installed, text where it is not."""

import base64
import builtins
import sys
from typing import Any

import numpy as np
import pytest

from dlconcepts import _drawing, plot

at = np.linspace(0, 1, 5)
grid = np.outer(at, at)

FIGURES = {
    "lines": plot.lines(at, {"a": at, "b": at**2}, x="x", y={"label": "y", "type": "log"}),
    "gaps": plot.lines(at, [0.0, np.nan, 1.0, np.inf, 2.0], strokeDasharray="4,3"),
    "dots": plot.dots(at, at) + plot.lines(at, {"fit": at}),
    "band": plot.band(at, at - 1, at + 1, name="95 %"),
    "bars": plot.bars({"MSE": 5.0, "MAE": 2.0}, y="loss"),
    "histogram": plot.histogram({"a": at, "b": at + 1}, bins=4),
    "rules": plot.lines(at, at) + plot.rule(y=0.5, name="half") + plot.rule(x=[0.2, 0.4], stroke="fg"),
    "text": plot.text([0, 1], [0, 1], ["a", "b"]),
    "segments": plot.segments([0], [0], [1], [1], name="s"),
    "arrows": plot.arrows([0], [0], [1], [1]),
    "contours": plot.contours(at, at, grid, levels=[0.1, 0.5]),
    "heatmap": plot.heatmap(grid, rows=list("abcde"), title="A matrix"),
    "images": plot.images({"one": grid, "two": -grid}, signed=["two"], title="Two"),
    "facets": plot.facets({"one": plot.lines(at, {"a": at}), "two": plot.dots(at, {"b": at})}),
    "equal": plot.lines(at, at, x={"label": "x", "domain": [0, 2]}).equal_axes(),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_each_kind_of_figure_becomes_an_image(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure

    canvases: list[Any] = []
    save = Figure.savefig

    def keep(canvas: Figure, *args: Any, **options: Any) -> None:
        canvases.append(canvas)
        save(canvas, *args, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    image = _drawing.png(FIGURES[name])
    assert image is not None
    assert base64.b64decode(image).startswith(b"\x89PNG")
    [canvas] = canvases
    for axes in canvas.axes:
        drawn = [*axes.lines, *axes.collections, *axes.patches, *axes.texts, *axes.images]
        assert drawn, name
        assert not any("on the site only" in text.get_text() for text in axes.texts)
    legends = [axes.get_legend() for axes in canvas.axes]
    named = [t.get_text() for legend in legends if legend for t in legend.get_texts()]
    series = [mark["series"] for mark in FIGURES[name].marks if "series" in mark]
    if name not in {"segments"}:
        assert named == list(dict.fromkeys(series))


def drawn(figure: plot.Figure, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The one pair of axes of a figure, as Matplotlib has it."""
    from matplotlib.figure import Figure

    canvases: list[Any] = []
    monkeypatch.setattr(Figure, "savefig", lambda canvas, *_, **__: canvases.append(canvas))
    _drawing.png(figure)
    [canvas] = canvases
    [axes] = canvas.axes
    return axes


def test_rules_stand_where_they_should_and_are_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    axes = drawn(plot.rule(x=[0.2, 0.4], name="walls"), monkeypatch)
    assert [list(line.get_xdata()) for line in axes.lines] == [[0.2, 0.2], [0.4, 0.4]]
    assert [list(line.get_ydata()) for line in axes.lines] == [[0, 1], [0, 1]]  # of the height
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["walls"]
    axes = drawn(plot.rule(y=0.5), monkeypatch)
    assert [list(line.get_ydata()) for line in axes.lines] == [[0.5, 0.5]]
    assert [list(line.get_xdata()) for line in axes.lines] == [[0, 1]]


def test_an_arrow_has_its_head_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shaft, head = drawn(plot.arrows([0.0], [1.0], [2.0], [-3.0]), monkeypatch).lines
    assert shaft.get_xydata().tolist() == [[0.0, 1.0], [2.0, -2.0]]
    assert head.get_xydata().tolist() == [[2.0, -2.0]]


def test_a_mark_without_a_drawing_says_so() -> None:
    figure = plot.Figure(({"mark": "raster", "channels": {"x": [1.0]}, "options": {}},))
    assert _drawing.png(figure)


def test_a_notebook_gets_an_image_and_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = FIGURES["lines"]
    assert plot.FIGURE_MIME in figure._repr_mimebundle_()
    monkeypatch.setattr(builtins, "__IPYTHON__", True, raising=False)
    assert set(figure._repr_mimebundle_()) == {"text/plain", "image/png"}


def test_without_matplotlib_a_notebook_gets_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtins, "__IPYTHON__", True, raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert FIGURES["lines"]._repr_mimebundle_() == {"text/plain": "<Figure 'untitled': a, b>"}
