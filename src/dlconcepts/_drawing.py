"""A figure's image for notebooks outside the site, by Matplotlib where that is installed.

The one module that knows Matplotlib, and only when asked to draw: the library needs NumPy alone. It draws what the
site draws, plainly: lines, dots, bars, areas, rules, segments, arrows, text, contours and matrices.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from dlconcepts.plot import Figure

PALETTE = ("#0a6fb5", "#c4501b", "#2f7d32", "#8a4fbf", "#a3195b", "#8a6d00", "#00798c", "#5a5a5a")
NAMED = {"fg": "black", "muted": "gray", **{f"c{i}": c for i, c in enumerate(PALETTE, 1)}}
DASHES = (0, (4, 3))


def png(figure: Figure) -> str | None:
    """Return the figure as a PNG in base64, or None when Matplotlib is not there."""
    try:
        # The class itself: pyplot would take part in whatever the notebook does with it.
        from matplotlib.figure import Figure as Canvas
    except ImportError:
        return None
    names = figure.fx.get("domain", [None])
    width = max(6.4, 3.4 * len(names))
    canvas = Canvas(figsize=(width, 1 + 5.4 * figure.height), layout="constrained")
    every = canvas.subplots(1, len(names), sharex=True, sharey=True, squeeze=False)[0]
    colors: dict[str, str] = {}
    for name, axes in zip(names, every, strict=True):
        for mark in figure.marks:
            _draw(axes, mark, name, colors)
        if name is not None:
            axes.set_title(name)
        _label(axes, figure)
    if figure.title:
        canvas.suptitle(figure.title)
    image = io.BytesIO()
    canvas.savefig(image, format="png", dpi=110)
    return base64.b64encode(image.getvalue()).decode()


def _draw(axes: Any, mark: Mapping[str, Any], facet: str | None, colors: dict[str, str]) -> None:
    columns = {k: np.array(_numbers(v)) for k, v in mark["channels"].items()}
    if "fx" in columns:
        here = columns.pop("fx") == facet
        columns = {k: v[here] for k, v in columns.items()}
    options, series = mark["options"], mark.get("series", "")
    if not any(len(column) for column in columns.values()):
        return
    if series:
        colors.setdefault(series, PALETTE[len(colors) % len(PALETTE)])
    given = options.get("stroke") or options.get("fill") or ""
    usual = "black" if mark["mark"] in {"ruleX", "ruleY", "text", "link", "arrow"} else PALETTE[0]
    style: dict[str, Any] = {"color": colors.get(series) or NAMED.get(given, usual)}
    if series and series not in axes.get_legend_handles_labels()[1]:
        style["label"] = series
    opacity = float(options.get("fillOpacity", options.get("strokeOpacity", 1)))
    dashed = {"linestyle": DASHES} if options.get("strokeDasharray") else {}
    x, y = columns.get("x"), columns.get("y")
    match mark["mark"]:
        case "line":
            axes.plot(x, y, linewidth=options.get("strokeWidth", 2), **dashed, **style)
        case "dot":
            axes.plot(x, y, "o", markersize=2 * options.get("r", 3), alpha=opacity, **style)
        case "areaY":
            axes.fill_between(x, columns["y1"], columns["y2"], alpha=opacity, linewidth=0, **style)
        case "barY":
            axes.bar(x, y, alpha=opacity, **style)
        case "rectY":
            left, right = columns["x1"], columns["x2"]
            axes.bar(left, y, right - left, align="edge", alpha=opacity, **style)
        case "ruleX" | "ruleY" as kind:
            rule = axes.axvline if kind == "ruleX" else axes.axhline
            for at in x if kind == "ruleX" else y:  # type: ignore[union-attr]
                rule(at, linewidth=1, **dashed, **style)
                style.pop("label", None)
        case "text":
            for place in zip(x, y, columns["text"], strict=True):  # type: ignore[arg-type]
                axes.text(*place, fontsize=9, **style)
        case "link" | "arrow" as kind:
            ends = [[columns["x1"], columns["x2"]], [columns["y1"], columns["y2"]]]
            axes.plot(*ends, linewidth=1, **dashed, color=style["color"])
            if kind == "arrow":
                axes.plot(columns["x2"], columns["y2"], ".", color=style["color"])
        case "contour":
            grid = [
                np.linspace(options[f"{k}1"], options[f"{k}2"], 2 * options[size] + 1)[1::2]
                for k, size in (("x", "width"), ("y", "height"))
            ]
            values = columns["value"].reshape(options["height"], options["width"])
            axes.contour(*grid, values, options.get("thresholds", 10))
        case "cell":
            rows, names = (list(dict.fromkeys(column)) for column in (y, x))  # type: ignore[arg-type]
            image = columns["fill"].reshape(len(rows), len(names))
            if image.dtype.kind == "U":  # colors, not values
                rgb = [[[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in row] for row in image]
                axes.imshow(rgb)
                axes.set_axis_off()
                return
            axes.imshow(image, aspect="auto")
            axes.set_xticks(range(len(names)), names)
            axes.set_yticks(range(len(rows)), rows)
        case other:
            axes.text(0.02, 0.02, f"({other} is drawn on the site only)", transform=axes.transAxes)


def _numbers(values: list[Any]) -> list[Any]:
    """Put NaN where a number is missing, as Matplotlib has it."""
    return [np.nan if value is None else value for value in values]


def _label(axes: Any, figure: Figure) -> None:
    for name, axis in (("x", figure.x), ("y", figure.y)):
        getattr(axes, f"set_{name}label")(axis.get("label", ""))
        if axis.get("type") in {"log", "symlog"}:
            getattr(axes, f"set_{name}scale")(axis["type"])
        domain = axis.get("domain", [])
        if len(domain) == 2 and not any(isinstance(end, str) for end in domain):
            getattr(axes, f"set_{name}lim")(domain)
    if figure.equal:
        axes.set_aspect("equal")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=8)
