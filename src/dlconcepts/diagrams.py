r"""Computational graphs of recurrent networks as figures: which value is computed from which.

Time runs to the right; inputs $\mathbf x_t$ stand below the states $\mathbf h_t$, outputs $\mathbf o_t$ above.
``edges`` gives the same graph as pairs of names, ``reaches`` asks it which values depend on which.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dlconcepts import _checks, plot

ROWS = {"x": 0.0, "h": 1.0, "o": 2.0, "y": 3.0}
RECURRENCES: Mapping[str, tuple[str, ...]] = {
    "hidden": ("h",),
    "output": ("o",),
    "target": ("y",),
    "both": ("h", "o"),
    "none": (),
}
Node = tuple[str, int]
Edge = tuple[Node, Node]
_ARROW: dict[str, Any] = {"stroke": "fg", "strokeOpacity": 0.6, "inset": 16, "headLength": 9}


def edges(
    T: int,
    recurrence: str = "hidden",
    *,
    inputs: Collection[int] | None = None,
    outputs: Collection[int] | None = None,
) -> list[Edge]:
    r"""Edges of the graph that a recurrence unfolds to.

    Args:
        T: number of time steps.
        recurrence: what step t takes from step t−1, a name of ``RECURRENCES``: the hidden state, the
            output, the target in its place (teacher forcing), state and output, nothing.
        inputs: the steps with an input; all by default.
        outputs: the steps with an output; all by default.

    Returns:
        Pairs (from, to) of nodes, each a letter and a time: ``("h", 3)``.

    Raises:
        ValueError: if T is not positive, the recurrence is unknown, or a step is not one of 1 … T.

    References:
        Goodfellow, Bengio & Courville 2016, figs. 10.3–10.6.

    Examples:
        >>> edges(2, outputs=[2])
        [(('x', 1), ('h', 1)), (('x', 2), ('h', 2)), (('h', 1), ('h', 2)), (('h', 2), ('o', 2))]
    """
    steps = range(1, _checks.count("T", T) + 1)
    sources = _checks.choice("recurrence", recurrence, RECURRENCES)
    taken = {"inputs": inputs, "outputs": outputs}
    for name, chosen in taken.items():
        if chosen is not None and not set(chosen) <= set(steps):
            raise ValueError(f"{name} must be steps from 1 to {T}, got {sorted(chosen)}")
    read = steps if inputs is None else sorted(inputs)
    told = steps if outputs is None else sorted(outputs)
    found = [(("x", t), ("h", t)) for t in read]
    found += [
        ((a, t - 1), ("h", t)) for t in steps[1:] for a in sources if a == "h" or t - 1 in told
    ]
    return found + [(("h", t), ("o", t)) for t in told]


def reaches(graph: Collection[Edge], start: Node) -> set[Node]:
    """The nodes that depend on one, by any path.

    Examples:
        >>> sorted(reaches(edges(3), ("x", 2)))
        [('h', 2), ('h', 3), ('o', 2), ('o', 3)]
        >>> sorted(reaches(edges(3, "target"), ("x", 2)))  # nothing crosses a step
        [('h', 2), ('o', 2)]
    """
    found: set[Node] = set()
    new = {start}
    while new:
        new = {b for a, b in graph if a in new} - found
        found |= new
    return found


def depth(graph: Collection[Edge]) -> int:
    """Edges on the longest path: what cannot be computed at the same time.

    Examples:
        >>> depth(edges(10)), depth(edges(10, "target"))
        (11, 2)
    """
    level: dict[Node, int] = {}

    def of(node: Node) -> int:
        if node not in level:
            level[node] = max((1 + of(a) for a, b in graph if b == node), default=0)
        return level[node]

    return max((of(b) for _, b in graph), default=0)


def draw(graph: Collection[Edge], *, title: str = "", mark: Node | None = None) -> plot.Figure:
    """Draw a graph of ``edges``.

    Args:
        graph: pairs of nodes.
        title: what the figure shows.
        mark: a node to color, with all that depends on it.

    Returns:
        A figure with one circle a node and one arrow an edge.

    Raises:
        ValueError: if the graph has no edge.

    Examples:
        >>> draw(edges(3), title="Unfolded").title
        'Unfolded'
    """
    if not graph:
        raise ValueError("graph must have an edge at least, got none")
    nodes = sorted({node for edge in graph for node in edge}, key=lambda node: (node[1], node[0]))
    last = max(t for _, t in nodes)
    heights = {ROWS[name] for name, _ in nodes}
    colored = reaches(graph, mark) | {mark} if mark else set()

    def group(inside: bool) -> plot.Figure | None:
        chosen = [node for node in nodes if (node in colored) == inside]
        if not chosen:
            return None
        x, y = [t for _, t in chosen], [ROWS[name] for name, _ in chosen]
        color = "c1" if inside else "muted"
        disks = plot.dots(x, y, r=15, fill="bg", stroke=color, strokeWidth=2.5 if inside else 1.5)
        return disks + plot.text(
            x, y, [f"{name}{_subscript(t)}" for name, t in chosen], fontSize=13
        )

    tails, heads = [a for a, _ in graph], [b for _, b in graph]
    x1, y1 = [float(t) for _, t in tails], [ROWS[name] for name, _ in tails]
    x2, y2 = [float(t) for _, t in heads], [ROWS[name] for name, _ in heads]
    figure = plot.arrows(
        x1,
        y1,
        [b - a for a, b in zip(x1, x2, strict=True)],
        [b - a for a, b in zip(y1, y2, strict=True)],
        **_ARROW,
    )
    frame = plot.Figure(
        (),
        title=title,
        x={"label": "time step", "ticks": [], "grid": False, "domain": [0.5, last + 0.5]},
        y={"ticks": [], "grid": False, "domain": [min(heights) - 0.5, max(heights) + 0.5]},
        height=0.16 * (max(heights) - min(heights) + 1),
        alt=f"{title}: {len(nodes)} values at {last} time steps, " + _in_words(graph),
    )
    figure = frame + figure
    for part in (group(False), group(True)):
        if part is not None:
            figure = figure + part
    return figure


def circuit(*, title: str = "") -> plot.Figure:
    """Draw the recurrence as a circuit: one node for each row, and a loop with one step of delay.

    Args:
        title: what the figure shows.

    Returns:
        A figure.

    Examples:
        >>> circuit(title="Circuit").title
        'Circuit'
    """
    rows = {"x": 0.0, "h": 1.0, "o": 2.0}
    ups = plot.arrows([1, 1], [0, 1], [0, 0], [1, 1], **_ARROW)
    corners = [(1.0, 1.0), (1.9, 1.0), (1.9, 0.5), (1.3, 0.5), (1.0, 1.0)]
    x, y = zip(*corners, strict=True)
    loop = plot.segments(x[:-1], y[:-1], x[1:], y[1:], stroke="fg", strokeOpacity=0.6)
    back = plot.arrows([1.3], [0.5], [-0.3], [0.5], **_ARROW)
    delay = plot.dots([1.9], [0.75], r=7, symbol="square", fill="fg")
    disks = plot.dots([1, 1, 1], list(rows.values()), r=15, fill="bg", stroke="fg", strokeWidth=1.5)
    names = plot.text([1, 1, 1], list(rows.values()), list(rows), fontSize=13)
    note = plot.text([2.0], [0.75], "one step of delay", textAnchor="start", dx=8, fontSize=13)
    frame = plot.Figure(
        (),
        title=title,
        x={"ticks": [], "grid": False, "domain": [0, 4]},
        y={"ticks": [], "grid": False, "domain": [-0.4, 2.4]},
        height=0.4,
        alt=f"{title}: x goes into h, h goes into o, and h goes into itself after one step of delay",
    )
    return frame + ups + loop + back + delay + disks + names + note


def _subscript(t: int) -> str:
    return str(t).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _in_words(graph: Collection[Edge]) -> str:
    kinds = sorted({(a, b, s - t) for (a, t), (b, s) in graph})
    return "; ".join(
        f"{a} goes into {b} of {'the next' if later else 'the same'} step" for a, b, later in kinds
    )
