"""Figures and tables as plain data, drawn by the page with Observable Plot.

A figure is a list of marks, each with its columns. Figures add up: `lines(...) + rule(y=0)` lays one over the other,
and `facets({"a": f, "b": g})` puts them side by side. The first figure of a sum decides on axes and title where both
speak. Nothing here draws; the last expression of a cell, or `display(figure)`, shows it.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _drawing

FIGURE_MIME = "application/vnd.dlconcepts.figure+json"
TABLE_MIME = "application/vnd.dlconcepts.table+json"

Axis = str | Mapping[str, Any]
Series = ArrayLike | Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Figure:
    """Marks with their axes; see the module's functions for making one.

    Attributes:
        marks: Each a dictionary with `mark`, `channels`, `options` and maybe `series`.
        title: One line that says what the figure shows.
        x: The horizontal axis: `label`, `type` (linear, log, sqrt, …), `domain`, `ticks`, …
        y: The vertical axis, alike.
        color: The color scale of a heat map or contour.
        equal: Whether one unit is as long on both axes.
        height: Height of the plot divided by its width.
        alt: A text alternative, when title and axes do not say enough.
    """

    marks: tuple[Mapping[str, Any], ...]
    title: str = ""
    x: Mapping[str, Any] = field(default_factory=dict)
    y: Mapping[str, Any] = field(default_factory=dict)
    fx: Mapping[str, Any] = field(default_factory=dict)
    color: Mapping[str, Any] = field(default_factory=dict)
    equal: bool = False
    height: float = 0.6
    alt: str = ""

    def __add__(self, other: Figure) -> Figure:
        """Lay `other` over this figure."""
        if not isinstance(other, Figure):
            return NotImplemented
        return replace(
            self,
            marks=self.marks + other.marks,
            title=self.title or other.title,
            x={**other.x, **self.x},
            y={**other.y, **self.y},
            fx={**other.fx, **self.fx},
            color={**other.color, **self.color},
            equal=self.equal or other.equal,
            alt=self.alt or other.alt,
        )

    def __repr__(self) -> str:
        """Name the figure, for where it cannot be drawn."""
        names = ", ".join(dict.fromkeys(m["series"] for m in self.marks if "series" in m))
        return f"<Figure {self.title or 'untitled'!r}{': ' + names if names else ''}>"

    def equal_axes(self) -> Figure:
        """Make one unit as long on both axes, so that circles are round."""
        return replace(self, equal=True)

    def spec(self) -> dict[str, Any]:
        """Return the figure as data that survives `json.dumps`."""
        spec: dict[str, Any] = {"title": self.title, "height": self.height, "marks": [*self.marks]}
        for name in ("x", "y", "fx", "color"):
            if value := getattr(self, name):
                spec[name] = dict(value)
        if self.equal:
            spec["equal"] = True
        if self.alt:
            spec["alt"] = self.alt
        return spec

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        if hasattr(builtins, "__IPYTHON__"):  # a notebook, which cannot draw the site's figures
            image = _drawing.png(self)
            return {"text/plain": repr(self), **({"image/png": image} if image else {})}
        return {"text/plain": repr(self), FIGURE_MIME: self.spec()}


@dataclass(frozen=True)
class Table:
    """Columns of equal length under a title; made by `table`."""

    columns: Mapping[str, Sequence[str]]
    numeric: Mapping[str, bool]
    title: str = ""

    def __repr__(self) -> str:
        """Return the table as aligned text."""
        widths = {k: max(len(k), *(len(v) for v in vs), 0) for k, vs in self.columns.items()}

        def line(cells: Mapping[str, str]) -> str:
            return "  ".join(
                text.rjust(widths[k]) if self.numeric[k] else text.ljust(widths[k])
                for k, text in cells.items()
            ).rstrip()

        rows = [
            dict(zip(self.columns, row, strict=True))
            for row in zip(*self.columns.values(), strict=True)
        ]
        return "\n".join([line({k: k for k in self.columns}), *(line(row) for row in rows)])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        spec = {
            "title": self.title or None,
            "columns": [
                {"name": k, "align": "right" if self.numeric[k] else "left"} for k in self.columns
            ],
            "rows": [list(row) for row in zip(*self.columns.values(), strict=True)],
        }
        return {"text/plain": repr(self), TABLE_MIME: spec}


def lines(
    at: ArrayLike, ys: Series, *, x: Axis = "", y: Axis = "", title: str = "", **options: Any
) -> Figure:
    """Draw one line through the points `(at, y)` for each series.

    Args:
        at: Positions on the horizontal axis, shape (n,).
        ys: Heights, shape (n,), or several by name.
        x: Label of the horizontal axis, or a dictionary with more of its settings.
        y: The same for the vertical axis.
        title: What the figure shows.
        **options: Settings of Plot's line mark, such as `strokeWidth`, `strokeDasharray`, `curve`.

    Raises:
        ValueError: When a series has not the length of `at`.

    Examples:
        >>> lines([0, 1, 2], {"square": [0, 1, 4]}, x="r", y="loss", title="A loss")
        <Figure 'A loss': square>
    """
    return _xy("line", at, ys, {"strokeWidth": 2, **options}, x=x, y=y, title=title)


def dots(
    at: ArrayLike, ys: Series, *, x: Axis = "", y: Axis = "", title: str = "", **options: Any
) -> Figure:
    """Draw a dot at each point `(at, y)` of each series.

    Args:
        at: Positions on the horizontal axis, shape (n,).
        ys: Heights, shape (n,), or several by name.
        x: Label of the horizontal axis, or a dictionary with more of its settings.
        y: The same for the vertical axis.
        title: What the figure shows.
        **options: Settings of Plot's dot mark, such as `r` (radius in pixels), `fillOpacity`, `symbol`.

    Raises:
        ValueError: When a series has not the length of `at`.

    Examples:
        >>> dots([1, 2], [3, 4], title="Data").spec()["marks"][0]["options"]["fill"]
        'muted'
    """
    # Data without a name stay in the background of the curves that are laid over them.
    plain = {} if isinstance(ys, Mapping) else {"fill": "muted"}
    radius = 4 if np.size(at) <= 30 else 2.5
    return _xy("dot", at, ys, {"r": radius, **plain, **options}, x=x, y=y, title=title)


def band(
    at: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    name: str = "",
    x: Axis = "",
    y: Axis = "",
    title: str = "",
    **options: Any,
) -> Figure:
    """Fill the area between the curves `low` and `high`, each of shape (n,), over the positions `at`.

    Raises:
        ValueError: When `low` or `high` has not the length of `at`.

    Examples:
        >>> band([0, 1], [0, 1], [1, 3], name="range").spec()["marks"][0]["channels"]["y2"]
        [1.0, 3.0]
    """
    channels = _columns(x=at, y1=low, y2=high)
    mark = _mark("areaY", channels, {"fillOpacity": 0.25, **options}, name)
    return Figure((mark,), title=title, x=_axis(x), y=_axis(y))


def bars(
    heights: Mapping[str, float], *, x: Axis = "", y: Axis = "", title: str = "", **options: Any
) -> Figure:
    """Draw one bar for each name, in the given order.

    Examples:
        >>> bars({"MSE": 5.0, "MAE": 2.0}, y="loss").spec()["marks"][0]["channels"]
        {'x': ['MSE', 'MAE'], 'y': [5.0, 2.0]}
    """
    channels = _columns(x=list(heights), y=list(heights.values()))
    mark = _mark("barY", channels, {"fill": "c1", **options})
    return Figure((mark,), title=title, x={"domain": channels["x"], **_axis(x)}, y=_axis(y))


def histogram(
    values: Series,
    *,
    bins: int | ArrayLike = 30,
    density: bool = True,
    x: Axis = "",
    y: Axis = "",
    title: str = "",
    **options: Any,
) -> Figure:
    """Draw the histogram of `values`, shape (n,), or of several samples by name on the same bins.

    Args:
        values: The sample, or samples by name.
        bins: Number of bins, or their edges.
        density: Scale the area of each histogram to one; otherwise count.
        x: Label of the horizontal axis, or a dictionary with more of its settings.
        y: The same for the vertical axis; "density" or "count" when empty.
        title: What the figure shows.
        **options: Settings of Plot's rect mark, such as `fillOpacity`.

    Examples:
        >>> histogram([0, 0, 1], bins=2, density=False).spec()["marks"][0]["channels"]["y"]
        [2.0, 1.0]
    """
    samples = _series(values)
    edges = np.histogram_bin_edges(np.concatenate([np.ravel(v) for v in samples.values()]), bins)
    marks = []
    for name, sample in samples.items():
        height, _ = np.histogram(sample, edges, density=density)
        channels = _columns(x1=edges[:-1], x2=edges[1:], y=height)
        marks.append(_mark("rectY", channels, {"fillOpacity": 0.6, **options}, name))
    label = "density" if density else "count"
    return Figure(tuple(marks), title=title, x=_axis(x), y=_axis(y or label))


def rule(
    *, x: ArrayLike | None = None, y: ArrayLike | None = None, name: str = "", **options: Any
) -> Figure:
    """Draw vertical lines at `x` or horizontal lines at `y`.

    Raises:
        ValueError: When both or neither of `x` and `y` are given.

    Examples:
        >>> rule(y=0).spec()["marks"][0]["mark"]
        'ruleY'
    """
    if (x is None) == (y is None):
        raise ValueError("rule() needs exactly one of x and y")
    at, mark, channel = (x, "ruleX", "x") if x is not None else (y, "ruleY", "y")
    channels = _columns(**{channel: np.atleast_1d(np.asarray(at))})
    return Figure((_mark(mark, channels, dict(options), name),))


def text(x: ArrayLike, y: ArrayLike, labels: str | Sequence[str], **options: Any) -> Figure:
    """Write each label at its point.

    Raises:
        ValueError: When the numbers of points and labels differ.

    Examples:
        >>> text(0.5, 1, "here").spec()["marks"][0]["channels"]
        {'x': [0.5], 'y': [1.0], 'text': ['here']}
    """
    labels = [labels] if isinstance(labels, str) else list(labels)
    channels = _columns(x=np.atleast_1d(np.asarray(x)), y=np.atleast_1d(np.asarray(y)), text=labels)
    return Figure((_mark("text", channels, dict(options)),))


def segments(
    x1: ArrayLike,
    y1: ArrayLike,
    x2: ArrayLike,
    y2: ArrayLike,
    *,
    name: str = "",
    **options: Any,
) -> Figure:
    """Draw a straight segment from each point `(x1, y1)` to `(x2, y2)`, all of shape (n,).

    Raises:
        ValueError: When the lengths differ.

    Examples:
        >>> segments([0], [0], [1], [2], name="step")
        <Figure 'untitled': step>
    """
    channels = _columns(x1=x1, y1=y1, x2=x2, y2=y2)
    return Figure((_mark("link", channels, dict(options), name),))


def arrows(
    x: ArrayLike, y: ArrayLike, dx: ArrayLike, dy: ArrayLike, *, name: str = "", **options: Any
) -> Figure:
    """Draw an arrow from each point `(x, y)` to `(x + dx, y + dy)`, all of shape (n,).

    Examples:
        >>> arrows([0], [0], [1], [2]).spec()["marks"][0]["channels"]["y2"]
        [2.0]
    """
    x, y, dx, dy = (np.ravel(np.asarray(v, dtype=float)) for v in (x, y, dx, dy))
    channels = _columns(x1=x, y1=y, x2=x + dx, y2=y + dy)
    return Figure((_mark("arrow", channels, {"headLength": 5, **options}, name),))


def contours(
    x: ArrayLike,
    y: ArrayLike,
    Z: ArrayLike,
    *,
    levels: int | Sequence[float] = 10,
    label: str = "",
    title: str = "",
    **options: Any,
) -> Figure:
    """Draw level lines of `Z` on the regular grid of `x` (columns) and `y` (rows).

    Args:
        x: Evenly spaced positions of the columns, shape (k,).
        y: Evenly spaced positions of the rows, shape (h,).
        Z: Values, shape (h, k).
        levels: How many levels, or which.
        label: What the color stands for.
        title: What the figure shows.
        **options: Settings of Plot's contour mark.

    Raises:
        ValueError: When the shape of `Z` is not (len(y), len(x)), or has a 1, or `x` or `y` is not evenly spaced.

    Examples:
        >>> contours([0, 1], [0, 1, 2], [[0, 1], [1, 2], [2, 3]], levels=[1.5], title="A plane")
        <Figure 'A plane'>
    """
    x, y, Z = np.asarray(x, dtype=float), np.asarray(y, dtype=float), np.asarray(Z, dtype=float)
    if Z.shape != (y.size, x.size):
        raise ValueError(f"Z has shape {Z.shape}; expected (len(y), len(x)) = {(y.size, x.size)}")
    if min(Z.shape) < 2:
        raise ValueError(f"Z has shape {Z.shape}; contours need at least two rows and columns")
    for name, at in (("x", x), ("y", y)):
        even = np.linspace(at[0], at[-1], at.size)
        step = abs(even[1] - even[0])
        if not (step > 0 and (np.abs(at - even) <= 1e-6 * step).all()):
            raise ValueError(
                f"{name} of contours must be evenly spaced; got steps from "
                f"{np.diff(at).min():g} to {np.diff(at).max():g}"
            )
    # Plot samples a grid at the centers of its cells.
    hx, hy = (x[-1] - x[0]) / (x.size - 1) / 2, (y[-1] - y[0]) / (y.size - 1) / 2
    grid = {
        "width": x.size,
        "height": y.size,
        "x1": x[0] - hx,
        "x2": x[-1] + hx,
        "y1": y[0] - hy,
        "y2": y[-1] + hy,
        "thresholds": int(levels)
        if isinstance(levels, int | np.integer)
        else [float(v) for v in levels],
    }
    mark = _mark("contour", _columns(value=Z.ravel()), {**grid, "stroke": "value", **options})
    return Figure((mark,), title=title, color={"label": label} if label else {})


def heatmap(
    Z: ArrayLike,
    *,
    rows: Sequence[object] | None = None,
    columns: Sequence[object] | None = None,
    label: str = "",
    title: str = "",
    x: Axis = "",
    y: Axis = "",
    color: Mapping[str, Any] | None = None,
    **options: Any,
) -> Figure:
    """Color one cell for each entry of the matrix `Z`, first row on top.

    Args:
        Z: Values, shape (h, k).
        rows: Names of the rows; their numbers otherwise.
        columns: Names of the columns; their numbers otherwise.
        label: What the color stands for.
        title: What the figure shows.
        x: Label of the horizontal axis, or a dictionary with more of its settings.
        y: The same for the vertical axis.
        color: More settings of the color scale, such as `scheme` or `domain`.
        **options: Settings of Plot's cell mark.

    Raises:
        ValueError: When `Z` is not a matrix, the names do not fit its shape, or two rows or columns have one name.

    Examples:
        >>> heatmap([[1, 2]], rows=["a"], columns=["x", "y"], title="Counts")
        <Figure 'Counts'>
    """
    Z = np.asarray(Z, dtype=float)
    if Z.ndim != 2:
        raise ValueError(f"Z has shape {Z.shape}; expected a matrix")
    h, k = Z.shape
    row_names = [str(r) for r in (range(h) if rows is None else rows)]
    column_names = [str(c) for c in (range(k) if columns is None else columns)]
    if (len(row_names), len(column_names)) != Z.shape:
        raise ValueError(
            f"{len(row_names)} row and {len(column_names)} column names for Z of shape {Z.shape}"
        )
    for what, names in (("row", row_names), ("column", column_names)):
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"{what} names must differ, or their cells fall together; got {twice} twice"
            )
    channels = _columns(x=column_names * h, y=np.repeat(row_names, k), fill=Z.ravel())
    mark = _mark("cell", channels, {"inset": 0.5, **options})
    scale = {**({"label": label} if label else {}), **(color or {})}
    return Figure(
        (mark,),
        title=title,
        x={"domain": column_names, **_axis(x)},
        y={"domain": row_names, **_axis(y)},
        color=scale,
        height=max(0.2, min(1.2, h / k)),
    )


def images(
    panels: Mapping[str, ArrayLike],
    *,
    signed: Sequence[str] = (),
    title: str = "",
    label: str = "value",
) -> Figure:
    """Show small gray images of one shape side by side under their names: 0 is white paper, 1 is black ink.

    Args:
        panels: Images by name, each of shape (h, k), or (h·h,) for a square one. Up to six fit on a phone, under names
            of some ten characters; a line break in a name starts a new line.
        signed: Names of the panels that show changes: 0 is white, blue adds and orange takes away, and the strongest
            color is the largest magnitude of the panel.
        title: What the figure shows.
        label: What the values are.

    Raises:
        ValueError: When there are no images, their shapes differ, or a name in `signed` is not among them.

    Examples:
        >>> images({"before": [[0, 1], [1, 0]], "after": [[0, 1], [1, 1]]}, title="A pixel")
        <Figure 'A pixel'>
    """
    arrays = {name: _image(name, values) for name, values in panels.items()}
    if len({array.shape for array in arrays.values()}) != 1:
        shapes = ", ".join(f"{name!r}: {array.shape}" for name, array in arrays.items())
        raise ValueError(f"images() needs images of one shape; got {shapes or 'none'}")
    if unknown := set(signed) - set(arrays):
        raise ValueError(f"signed names {sorted(unknown)}, which are not among the images")
    h, k = next(iter(arrays.values())).shape
    rows, columns = ([str(i) for i in range(1, size + 1)] for size in (h, k))
    figures = {
        name: Figure(
            (
                _mark(
                    "cell",
                    _columns(x=columns * h, y=np.repeat(rows, k), value=array.ravel())
                    | {"fill": _paints(array, name in signed)},
                    {"inset": -0.2},
                ),
            )
        )
        for name, array in arrays.items()
    }
    whole = facets(figures, title=title)
    bare = {"ticks": [], "grid": False, "padding": 0}
    return replace(
        whole,
        x={"domain": columns, **bare},
        y={"domain": rows, **bare},
        fx={**whole.fx, "padding": 0.08},
        color={"type": "identity", "label": label},
        equal=True,
    )


def _image(name: str, values: ArrayLike) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    side = math.isqrt(array.size)
    if array.ndim == 1 and side * side == array.size:
        array = array.reshape(side, side)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"image {name!r} has shape {array.shape}; expected (h, k), or a square")
    return array


def _paints(array: np.ndarray, signed: bool) -> list[str]:
    """Return a color for each entry, white at 0: gray from 0 to 1, or orange and blue for − and +."""
    values = np.nan_to_num(array.ravel())
    if signed:
        values = values / (np.abs(values).max() or 1.0)
        inks = np.where(values[:, None] < 0, (179, 69, 11), (10, 90, 158))
    else:
        inks = np.full((values.size, 3), 17)
    colors = np.rint(255 + (inks - 255) * np.clip(np.abs(values), 0, 1)[:, None]).astype(int)
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in colors.tolist()]


def facets(figures: Mapping[str, Figure], *, title: str = "", label: str = "") -> Figure:
    """Put figures side by side under their names, on common axes.

    Raises:
        ValueError: When there are no figures.

    Examples:
        >>> facets({"one": lines([0, 1], [0, 1]), "two": lines([0, 1], [1, 0])}).spec()["fx"]
        {'domain': ['one', 'two']}
    """
    if not figures:
        raise ValueError("facets() needs at least one figure")
    names = _columns(fx=list(figures))["fx"]
    parts = list(zip(names, figures.values(), strict=True))
    whole = parts[0][1]
    for _, part in parts[1:]:
        whole = whole + part
    marks = tuple(
        {**mark, "channels": {**mark["channels"], "fx": [name] * _length(mark)}}
        for name, part in parts
        for mark in part.marks
    )
    fx: dict[str, Any] = {"domain": names}
    if label:
        fx["label"] = label
    return replace(whole, marks=marks, title=title or whole.title, fx=fx)


def table(
    columns: Mapping[str, Sequence[Any] | np.ndarray], *, title: str = "", digits: int = 4
) -> Table:
    """Show columns of equal length as a table; numbers get `digits` significant digits.

    Raises:
        ValueError: When the columns differ in length.

    Examples:
        >>> table({"loss": ["MSE", "MAE"], "value": [5.0, 2.0 / 3]})
        loss   value
        MSE        5
        MAE   0.6667
    """
    values = {str(name): list(column) for name, column in columns.items()}
    if len({len(v) for v in values.values()}) > 1:
        lengths = ", ".join(f"{k}: {len(v)}" for k, v in values.items())
        raise ValueError(f"the columns of a table need one length; got {lengths}")
    numeric = {
        k: all(isinstance(v, int | float | np.number) and not isinstance(v, bool) for v in vs)
        for k, vs in values.items()
    }
    shown = {k: [_number(v, digits) for v in vs] for k, vs in values.items()}
    return Table(shown, numeric, title)


def _number(value: object, digits: int) -> str:
    if isinstance(value, float | np.floating):
        return f"{float(value):.{digits}g}"
    return str(value)


def _xy(
    mark: str, at: ArrayLike, ys: Series, options: dict[str, Any], *, x: Axis, y: Axis, title: str
) -> Figure:
    marks = tuple(
        _mark(mark, _columns(x=at, y=values), options, name) for name, values in _series(ys).items()
    )
    return Figure(marks, title=title, x=_axis(x), y=_axis(y))


def _series(values: Series) -> Mapping[str, ArrayLike]:
    return {str(k): v for k, v in values.items()} if isinstance(values, Mapping) else {"": values}


def _axis(axis: Axis) -> dict[str, Any]:
    if isinstance(axis, str):
        return {"label": axis} if axis else {}
    return {name: _plain(value) for name, value in axis.items()}


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's, at any depth: JSON knows no others."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def _mark(
    mark: str, channels: dict[str, list[Any]], options: dict[str, Any], series: str = ""
) -> dict[str, Any]:
    made: dict[str, Any] = {"mark": mark, "channels": channels, "options": _plain(options)}
    return {**made, "series": series} if series else made


def _length(mark: Mapping[str, Any]) -> int:
    return len(next(iter(mark["channels"].values())))


def _columns(**channels: ArrayLike) -> dict[str, list[Any]]:
    """Turn arrays into lists for JSON: six significant digits, None where a number is not finite."""
    columns: dict[str, list[Any]] = {}
    for name, values in channels.items():
        array = np.asarray(values)
        if array.ndim != 1:
            raise ValueError(f"{name} of a figure has shape {array.shape}; expected one dimension")
        if array.dtype.kind == "c":
            raise ValueError(f"{name} of a figure holds complex numbers; plot their parts")
        if array.dtype.kind in "fiub":
            columns[name] = [float(f"{v:.6g}") if np.isfinite(v) else None for v in array.tolist()]
        else:
            columns[name] = [str(v) for v in array.tolist()]
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{k}: {v}" for k, v in lengths.items())
        raise ValueError(f"the columns of a figure need one length; got {shown}")
    return columns
