import itertools
from collections.abc import Callable

import numpy as np
import pytest

from dlconcepts import diagrams, rnn


@pytest.mark.parametrize("recurrence", diagrams.RECURRENCES)
@pytest.mark.parametrize("T", [1, 4])
def test_every_edge_goes_to_a_state_or_from_its_state(recurrence: str, T: int) -> None:
    graph = diagrams.edges(T, recurrence)
    assert len(graph) == 2 * T + (T - 1) * len(diagrams.RECURRENCES[recurrence])
    assert len(set(graph)) == len(graph)
    for (a, s), (b, t) in graph:
        assert (a, s, b) in {("x", t, "h"), ("h", t, "o")} or (b == "h" and s == t - 1)


def test_reach_is_what_a_network_does() -> None:
    # A nonzero derivative of a real network is the oracle: states that x_3 changes.
    rng = np.random.default_rng(0)
    cell, X = rnn.init(1, 3, rng=rng), rng.normal(size=(1, 6, 1))
    changed = X.copy()
    changed[0, 2] += 0.1
    differs = np.abs(rnn.run(cell, X).states - rnn.run(cell, changed).states).max(axis=(0, 2)) > 0
    reached = diagrams.reaches(diagrams.edges(6), ("x", 3))
    assert {t for row, t in reached if row == "h"} == set(np.flatnonzero(differs))


def test_outputs_and_inputs_can_be_left_out() -> None:
    graph = diagrams.edges(3, "both", inputs=[1], outputs=[3])
    assert (("x", 2), ("h", 2)) not in graph
    assert (("o", 1), ("h", 2)) not in graph  # there is no such output
    assert (("h", 3), ("o", 3)) in graph


@pytest.mark.parametrize(("recurrence", "depth"), [("hidden", 6), ("output", 10), ("target", 2)])
def test_depth(recurrence: str, depth: int) -> None:
    assert diagrams.depth(diagrams.edges(5, recurrence)) == depth


def test_the_figure_has_a_circle_a_node_and_an_arrow_an_edge() -> None:
    graph = diagrams.edges(3)
    figure = diagrams.draw(graph, title="Unfolded", mark=("x", 2))
    circles = [len(m["channels"]["x"]) for m in figure.marks if m["mark"] == "dot"]
    assert circles == [4, 5]
    (arrows,) = (m for m in figure.marks if m["mark"] == "arrow")
    assert len(arrows["channels"]["x1"]) == len(graph)
    assert "h goes into h of the next step" in figure.alt
    assert len(diagrams.draw(graph).marks) == 3


def test_the_circuit_has_one_node_a_row_and_a_delay() -> None:
    figure = diagrams.circuit(title="Circuit")
    circles, delay = (
        m
        for m in sorted(figure.marks, key=lambda m: -len(m["channels"].get("x", ())))
        if m["mark"] == "dot"
    )
    assert (len(circles["channels"]["x"]), delay["options"]["symbol"]) == (3, "square")
    assert "after one step of delay" in figure.alt


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: diagrams.edges(0), "T must be"),
        (lambda: diagrams.edges(3, "loop"), "recurrence must be one of"),
        (lambda: diagrams.edges(3, inputs=[0]), "inputs must be steps from 1 to 3"),
        (lambda: diagrams.edges(3, outputs=[4]), "outputs must be steps from 1 to 3"),
        (lambda: diagrams.draw([]), "graph must have an edge"),
    ],
)
def test_refusals(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_the_arrows_of_a_circuit_lead_up_and_back_to_the_state() -> None:
    drawn = [mark["channels"] for mark in diagrams.circuit().marks if mark["mark"] == "arrow"]
    ends = [
        (round(x1, 9), y1, round(x2, 9), y2)
        for c in drawn
        for x1, y1, x2, y2 in zip(c["x1"], c["y1"], c["x2"], c["y2"], strict=True)
    ]
    assert ends == [(1, 0, 1, 1), (1, 1, 1, 2), (1.3, 0.5, 1, 1)]


def test_the_loop_of_a_circuit_goes_round_the_delay_at_right_angles() -> None:
    (loop,) = (
        m["channels"]
        for m in diagrams.circuit().marks
        if "x1" in m["channels"] and m["mark"] != "arrow"
    )
    ways = list(zip(loop["x1"], loop["y1"], loop["x2"], loop["y2"], strict=True))
    assert all(one[2:] == other[:2] for one, other in itertools.pairwise(ways))
    assert ways[0][:2] == ways[-1][2:] == (1, 1)  # from the state to the state
    assert all(x1 == x2 or y1 == y2 for x1, y1, x2, y2 in ways[:-1])
    (delay,) = (
        m["channels"] for m in diagrams.circuit().marks if m["options"].get("symbol") == "square"
    )
    (x, y) = delay["x"][0], delay["y"][0]
    assert any(x1 == x2 == x and min(y1, y2) < y < max(y1, y2) for x1, y1, x2, y2 in ways)
