"""Figures and tables as data."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlconcepts import plot
from dlconcepts.plot import FIGURE_MIME, TABLE_MIME, Figure


def marks(figure: Figure) -> list[dict[str, Any]]:
    """Return a figure's marks after a trip through JSON, as the browser gets them."""
    spec = json.loads(json.dumps(figure.spec(), allow_nan=False))
    assert spec == figure.spec()
    return list(spec["marks"])


def test_lines() -> None:
    figure = plot.lines(
        [0, 1], {"a": [1, 2], "b": np.array([3.0, 4.0])}, x="X", y="Y", title="T", curve="step"
    )
    assert figure.spec() == {
        "title": "T",
        "height": 0.6,
        "x": {"label": "X"},
        "y": {"label": "Y"},
        "marks": [
            {
                "mark": "line",
                "channels": {"x": [0.0, 1.0], "y": y},
                "options": {"strokeWidth": 2, "curve": "step"},
                "series": name,
            }
            for name, y in (("a", [1.0, 2.0]), ("b", [3.0, 4.0]))
        ],
    }


def test_a_single_series_has_no_name_and_an_axis_may_have_settings() -> None:
    figure = plot.dots([1], [2], x={"label": "X", "type": "log"}, r=9)
    (mark,) = marks(figure)
    assert (mark["mark"], mark["channels"]) == ("dot", {"x": [1.0], "y": [2.0]})
    assert mark["options"]["r"] == 9
    assert "series" not in mark
    assert figure.spec()["x"] == {"label": "X", "type": "log"}
    assert "y" not in figure.spec()


def test_numbers_have_six_digits_and_none_where_they_are_not_finite() -> None:
    values = [math.pi * 1e6, 1 / 3, math.nan, math.inf, -math.inf, -0.0]
    (mark,) = marks(plot.lines(range(6), values))
    assert mark["channels"]["y"] == [3141590.0, 0.333333, None, None, None, 0.0]


@given(st.lists(st.floats(width=64), min_size=1, max_size=5))
def test_every_number_is_close_or_none(values: list[float]) -> None:
    (mark,) = marks(plot.lines(range(len(values)), values))
    for given_, kept in zip(values, mark["channels"]["y"], strict=True):
        if math.isfinite(given_):
            assert kept == pytest.approx(given_, rel=5.1e-6, abs=0) or kept == 0 == given_
        else:
            assert kept is None


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (np.array([1, 2], dtype=np.uint8), [1.0, 2.0]),
        (np.array([True, False]), [1.0, 0.0]),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_kinds_of_columns(values: Any, kept: list[Any]) -> None:
    (mark,) = marks(plot.lines(values, [0, 0]))
    assert mark["channels"]["x"] == kept


def test_band() -> None:
    (mark,) = marks(plot.band([0, 1], [0, 0], [1, 2], name="n"))
    assert mark["mark"] == "areaY"
    assert mark["channels"] == {"x": [0, 1], "y1": [0, 0], "y2": [1, 2]}
    assert (mark["options"], mark["series"]) == ({"fillOpacity": 0.25}, "n")


def test_bars_keep_their_order() -> None:
    figure = plot.bars({"b": 1, "a": 2}, x="X")
    (mark,) = marks(figure)
    assert mark["channels"] == {"x": ["b", "a"], "y": [1, 2]}
    assert figure.spec()["x"] == {"domain": ["b", "a"], "label": "X"}


def test_histograms_share_their_bins_and_have_area_one() -> None:
    figure = plot.histogram({"a": [0, 0, 1], "b": [3]}, bins=3)
    first, second = marks(figure)
    assert first["channels"]["x1"] == second["channels"]["x1"] == [0, 1, 2]
    assert first["channels"]["x2"] == [1, 2, 3]
    assert first["channels"]["y"] == pytest.approx([2 / 3, 1 / 3, 0], rel=1e-5)
    assert second["channels"]["y"] == [0, 0, 1]
    assert figure.spec()["y"] == {"label": "density"}
    counted = plot.histogram([0, 0, 1], bins=[0, 1, 2], density=False)
    assert marks(counted)[0]["channels"]["y"] == [2, 1]
    assert counted.spec()["y"] == {"label": "count"}
    assert plot.histogram([0, 1], y="Y").spec()["y"] == {"label": "Y"}


def test_rules() -> None:
    (vertical,) = marks(plot.rule(x=1))
    (horizontal,) = marks(plot.rule(y=[1, 2], name="n", stroke="fg"))
    assert (vertical["mark"], vertical["channels"]) == ("ruleX", {"x": [1]})
    assert (horizontal["mark"], horizontal["channels"]) == ("ruleY", {"y": [1, 2]})
    assert (horizontal["options"], horizontal["series"]) == ({"stroke": "fg"}, "n")


def test_text() -> None:
    (one,) = marks(plot.text(1, 2, "label"))
    (two,) = marks(plot.text([1, 2], [3, 4], ["a", "b"], dx=5))
    assert one["channels"] == {"x": [1], "y": [2], "text": ["label"]}
    assert two["channels"]["text"] == ["a", "b"]
    assert two["options"] == {"dx": 5}


def test_arrows_end_where_the_step_leads() -> None:
    (mark,) = marks(plot.arrows([0, 1], [0, 0], [2, 3], [-1, 1]))
    assert mark["channels"] == {"x1": [0, 1], "y1": [0, 0], "x2": [2, 4], "y2": [-1, 1]}


def test_contours_stand_on_the_centers_of_the_cells() -> None:
    Z = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
    figure = plot.contours([0, 1, 2, 3], [0, 10, 20], Z, label="L", levels=[2, 4])
    (mark,) = marks(figure)
    assert mark["channels"] == {"value": list(range(1, 13))}
    options = {k: mark["options"][k] for k in ("width", "height", "x1", "x2", "y1", "y2")}
    assert options == {"width": 4, "height": 3, "x1": -0.5, "x2": 3.5, "y1": -5, "y2": 25}
    assert mark["options"]["thresholds"] == [2, 4]
    assert figure.spec()["color"] == {"label": "L"}


def test_images() -> None:
    panels = {"x": np.array([[0, 1], [0.5, 2]]), "change\nof x": np.array([0.0, -0.2, 0.1, 0.0])}
    figure = plot.images(panels, signed=["change\nof x"])
    first, second = marks(figure)
    assert first["mark"] == second["mark"] == "cell"
    assert first["channels"]["value"] == [0, 1, 0.5, 2]
    assert first["channels"]["fill"] == ["#ffffff", "#111111", "#888888", "#111111"]
    assert first["channels"]["x"] == ["1", "2", "1", "2"]
    assert first["channels"]["y"] == ["1", "1", "2", "2"]
    assert second["channels"]["fx"] == ["change\nof x"] * 4
    assert second["channels"]["value"] == [0, -0.2, 0.1, 0]
    assert second["channels"]["fill"] == ["#ffffff", "#b3450b", "#84acce", "#ffffff"]
    spec = figure.spec()
    assert spec["equal"] is True
    assert spec["color"] == {"type": "identity", "label": "value"}
    assert spec["fx"]["domain"] == ["x", "change\nof x"]
    assert spec["y"]["domain"] == ["1", "2"]
    blank = plot.images({"none": np.zeros((2, 3))}, signed=["none"])
    assert set(marks(blank)[0]["channels"]["fill"]) == {"#ffffff"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plot.images({}), "one shape; got none"),
        (lambda: plot.images({"a": [[0]], "b": [[0, 1]]}), "'a': \\(1, 1\\), 'b': \\(1, 2\\)"),
        (lambda: plot.images({"a": [0, 1, 2]}), "image 'a' has shape"),
        (lambda: plot.images({"a": [[0]]}, signed=["b"]), "signed names"),
    ],
)
def test_images_that_do_not_fit(call: Callable[[], Figure], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_heatmap() -> None:
    figure = plot.heatmap(
        [[1.0, 2, 3], [4, math.nan, 6]], rows="ab", label="L", color={"scheme": "blues"}, x="X"
    )
    (mark,) = marks(figure)
    assert mark["channels"] == {
        "x": ["0", "1", "2", "0", "1", "2"],
        "y": ["a", "a", "a", "b", "b", "b"],
        "fill": [1, 2, 3, 4, None, 6],
    }
    spec = figure.spec()
    assert spec["x"] == {"domain": ["0", "1", "2"], "label": "X"}
    assert spec["y"] == {"domain": ["a", "b"]}
    assert spec["color"] == {"label": "L", "scheme": "blues"}
    assert spec["height"] == pytest.approx(2 / 3)
    assert plot.heatmap(np.ones((9, 1))).height == 1.2
    assert plot.heatmap(np.ones((1, 90))).height == 0.2


def test_sums_lay_marks_over_each_other_and_the_first_decides() -> None:
    first = plot.lines([0], [0], x="X", title="")
    second = plot.dots([1], [1], x="other", y="Y", title="T")
    total = first + second + plot.rule(y=0)
    assert [m["mark"] for m in marks(total)] == ["line", "dot", "ruleY"]
    assert total.spec()["x"] == {"label": "X"}
    assert total.spec()["y"] == {"label": "Y"}
    assert total.title == "T"
    assert len(first.marks) == 1
    equal = Figure((), equal=True, alt="A") + first
    assert (equal.spec()["equal"], equal.spec()["alt"]) == (True, "A")
    assert (first + Figure((), equal=True)).equal


def test_a_figure_adds_to_figures_only() -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        plot.rule(y=0) + 1  # type: ignore[operator]


def test_facets() -> None:
    a, b = plot.lines([0, 1], {"s": [0, 1]}, title="A", x="X"), plot.rule(y=0)
    figure = plot.facets({"one": a, "two": a + b}, label="L")
    spec = figure.spec()
    assert [m["channels"]["fx"] for m in spec["marks"]] == [["one"] * 2, ["two"] * 2, ["two"]]
    assert spec["fx"] == {"domain": ["one", "two"], "label": "L"}
    assert (spec["title"], spec["x"]) == ("A", {"label": "X"})
    assert plot.facets({"one": a}, title="T").title == "T"
    assert "fx" not in a.marks[0]["channels"]


def test_a_figure_in_text() -> None:
    assert repr(plot.rule(y=0)) == "<Figure 'untitled'>"
    assert repr(plot.lines([0], {"b": [0], "a": [1]}, title="T")) == "<Figure 'T': b, a>"


def test_figures_and_tables_show_themselves() -> None:
    figure, table = plot.rule(y=0), plot.table({"a": [1]})
    assert figure._repr_mimebundle_() == {"text/plain": repr(figure), FIGURE_MIME: figure.spec()}
    assert table._repr_mimebundle_()["text/plain"] == repr(table)


def test_tables() -> None:
    table = plot.table(
        {
            "name": ["x", "longer"],
            "n": np.array([1, 20]),
            "value": [1 / 3, np.float64(1e-10)],
            "flag": [True, False],
            "mixed": [1, "a"],
        },
        title="T",
        digits=3,
    )
    assert repr(table).split("\n") == [
        "name     n  value  flag   mixed",
        "x        1  0.333  True   1",
        "longer  20  1e-10  False  a",
    ]
    spec = table._repr_mimebundle_()[TABLE_MIME]
    assert spec == json.loads(json.dumps(spec))
    assert spec["title"] == "T"
    assert [(c["name"], c["align"]) for c in spec["columns"]] == [
        ("name", "left"),
        ("n", "right"),
        ("value", "right"),
        ("flag", "left"),
        ("mixed", "left"),
    ]
    assert spec["rows"] == [
        ["x", "1", "0.333", "True", "1"],
        ["longer", "20", "1e-10", "False", "a"],
    ]


def test_an_empty_table() -> None:
    assert repr(plot.table({"a": [], "b": []})) == "a  b"
    spec = plot.table({"a": []})._repr_mimebundle_()[TABLE_MIME]
    assert (spec["rows"], spec["title"]) == ([], None)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plot.lines([0, 1], [0]), "need one length; got x: 2, y: 1"),
        (lambda: plot.lines([0, 1], {"a": [0, 1], "b": [0]}), "got x: 2, y: 1"),
        (lambda: plot.lines([0], [[0]]), r"y of a figure has shape \(1, 1\); expected one dim"),
        (lambda: plot.lines(0, [0]), r"x of a figure has shape \(\)"),
        (lambda: plot.dots([0], [0, 1]), "got x: 1, y: 2"),
        (lambda: plot.band([0, 1], [0, 1], [0]), "got x: 2, y1: 2, y2: 1"),
        (plot.rule, "exactly one of x and y"),
        (lambda: plot.rule(x=0, y=0), "exactly one of x and y"),
        (lambda: plot.text([0, 1], [0, 1], "a"), "got x: 2, y: 2, text: 1"),
        (lambda: plot.contours([0, 1], [0, 1, 2], np.ones((2, 3))), r"shape \(2, 3\); expected"),
        (lambda: plot.contours([0], [0, 1], np.ones((2, 1))), "at least two"),
        (
            lambda: plot.contours([0, 1], [1, 10, 100], np.ones((3, 2))),
            "y of contours must be evenly spaced; got steps from 9 to 90",
        ),
        (lambda: plot.contours([2, 2], [0, 1], np.ones((2, 2))), "x of contours must be evenly"),
        (
            lambda: plot.heatmap([[1, 2]], columns=["a", "a"]),
            r"column names must differ, or their cells fall together; got \['a'\] twice",
        ),
        (lambda: plot.heatmap([[1], [2]], rows=[1, "1"]), "row names must differ"),
        (lambda: plot.heatmap([1, 2]), r"Z has shape \(2,\); expected a matrix"),
        (lambda: plot.heatmap([[1]], rows=["a", "b"]), r"2 row and 1 column names for Z of shape"),
        (lambda: plot.heatmap([[1]], columns=[]), "1 row and 0 column names"),
        (lambda: plot.facets({}), "at least one figure"),
        (lambda: plot.table({"a": [1], "b": []}), "need one length; got a: 1, b: 0"),
        (lambda: plot.lines([0], [1j]), "y of a figure holds complex numbers"),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_segments_join_pairs_of_points() -> None:
    (mark,) = plot.segments([0, 1], [0, 0], [1, 2], [3, 4], name="r", stroke="c2").spec()["marks"]
    assert mark["mark"] == "link"
    assert mark["channels"] == {"x1": [0, 1], "y1": [0, 0], "x2": [1, 2], "y2": [3, 4]}
    assert mark["series"] == "r"


def test_equal_axes_are_asked_for() -> None:
    figure = plot.lines([0, 1], [0, 1])
    assert "equal" not in figure.spec()
    assert figure.equal_axes().spec()["equal"] is True


def test_unnamed_dots_stay_in_the_background_and_few_are_larger() -> None:
    few = plot.dots([0, 1], [0, 1]).spec()["marks"][0]["options"]
    many = plot.dots(range(100), {"a": range(100)}).spec()["marks"][0]["options"]
    assert few["fill"] == "muted"
    assert "fill" not in many
    assert few["r"] > many["r"]


def test_names_may_be_numbers_of_numpy_too() -> None:
    assert repr(plot.lines([0], {0: [1], 1: [2]})) == "<Figure 'untitled': 0, 1>"  # type: ignore[dict-item]
    assert repr(plot.table({1: [2]})) == "1\n2"  # type: ignore[dict-item]
    values, counts = np.unique([3, 3, 5], return_counts=True)
    bars = plot.bars(dict(zip(values, counts, strict=True)))
    groups: Any = np.arange(2)
    facets = plot.facets({k: plot.bars({k: 1.0}) for k in groups})
    lines = plot.lines([0], [1], x={"domain": np.arange(2)})
    contours = plot.contours([0, 1], [0, 1], np.eye(2), levels=np.int64(5))  # type: ignore[arg-type]
    for figure in (bars, facets, lines, contours):
        json.dumps(figure.spec())
    assert bars.spec()["x"]["domain"] == [3, 5]
