"""Every cell and what reads it, through the registry of the cells.

The numbers of `recurrent_fixture.json` come from PyTorch; `recurrent_fixture.py` made them.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax

from dlconcepts import gru, lstm, rnn, sequence
from dlconcepts._checks import Array
from dlconcepts.parameters import numerical_gradient, ravel

TORCH = json.loads(Path(__file__).with_name("recurrent_fixture.json").read_text())
CELL = {"rnn": rnn.RNN, "lstm": lstm.LSTM, "gru": gru.GRU}
KINDS = list(sequence.CELLS)


def _model(kind: str, d: int = 2, h: int = 3, k: int = 2) -> sequence.Model:
    rng = np.random.default_rng(0)
    model = sequence.init(kind, d, h, k, rng=rng)
    cell = model.cell._replace(b=rng.normal(size=model.cell.b.shape))
    return model._replace(cell=cell, c=rng.normal(size=k))


@pytest.fixture(name="X")
def sequences() -> Array:
    return np.random.default_rng(1).normal(size=(4, 7, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_cell_is_pytorchs(kind: str) -> None:
    torch = {name: np.array(value) for name, value in TORCH[kind].items()}
    module, cell = sequence.CELLS[kind], CELL[kind](torch["W"], torch["U"], torch["b"])
    start = (torch["start"], torch["memory"]) if kind == "lstm" else torch["start"]
    done = module.run(cell, torch["X"], start)
    np.testing.assert_allclose(done.states[:, 1:], torch["states"], atol=1e-12)
    if kind == "lstm":
        np.testing.assert_allclose(module.last(done)[1], torch["last_memory"], atol=1e-12)
    found = module.backward(cell, done, torch["weight"])
    for name in ("W", "U", "b"):
        np.testing.assert_allclose(getattr(found.cell, name), torch[f"{name}_grad"], atol=1e-12)
    np.testing.assert_allclose(found.X, torch["X_grad"], atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", [None, np.eye(7)[-1], np.arange(28.0).reshape(4, 7)])
def test_gradients_are_the_finite_differences(kind: str, weights: Array | None, X: Array) -> None:
    model, rng = _model(kind), np.random.default_rng(2)
    labels, Y = rng.integers(2, size=(4, 7)), rng.normal(size=(4, 7, 2))
    costs: list[Callable[[sequence.Model], sequence.Cost[sequence.Model]]] = [
        lambda m: sequence.cross_entropy(m, X, labels, weights),
        lambda m: sequence.squared_error(m, X, Y, weights),
    ]
    for cost in costs:

        def value(
            m: sequence.Model, cost: Callable[..., sequence.Cost[sequence.Model]] = cost
        ) -> float:
            return cost(m).value

        expected = numerical_gradient(value, model)
        np.testing.assert_allclose(ravel(cost(model).gradient), ravel(expected), atol=2e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_of_the_start(kind: str, X: Array) -> None:
    module, cell = sequence.CELLS[kind], _model(kind).cell
    rng = np.random.default_rng(3)
    start: Any = (rng.normal(size=(4, 3)),)
    if kind == "lstm":
        start = (*start, rng.normal(size=(4, 3)))
    weight = rng.normal(size=(4, 7, 3))

    def cost(at: Any) -> float:
        at = at if kind == "lstm" else at[0]
        return float((weight * module.run(cell, X, at).states[:, 1:]).sum())

    done = module.run(cell, X, start if kind == "lstm" else start[0])
    found = module.backward(cell, done, weight).start
    found = found if kind == "lstm" else (found,)
    np.testing.assert_allclose(ravel(found), ravel(numerical_gradient(cost, start)), atol=2e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_truncation_cuts_into_pieces(kind: str, X: Array) -> None:
    module, cell = sequence.CELLS[kind], _model(kind).cell
    weight = np.random.default_rng(3).normal(size=(4, 7, 3))
    cut = module.backward(cell, module.run(cell, X), weight, truncate=3).cell
    total, start = np.zeros(sequence.count(cell)), None
    for first in (0, 3, 6):
        piece = module.run(cell, X[:, first : first + 3], start)
        total = total + ravel(module.backward(cell, piece, weight[:, first : first + 3]).cell)
        start = module.last(piece)
    np.testing.assert_allclose(ravel(cut), total)


def test_a_count_of_parameters() -> None:
    rng = np.random.default_rng(0)
    cells = {kind: module.init(64, 128, rng=rng) for kind, module in sequence.CELLS.items()}
    assert sequence.count(cells["lstm"]) == 98_816
    assert sequence.count(cells["gru"]) == 74_112
    assert sequence.count(cells["rnn"]) == 24_704


def test_cross_entropy_is_scipys(X: Array) -> None:
    model = _model("rnn", k=3)
    labels = np.random.default_rng(2).integers(3, size=(4, 7))
    logs = log_softmax(sequence.forward(model, X).output, axis=2)
    picked = np.take_along_axis(logs, labels[..., None], axis=2)
    assert sequence.cross_entropy(model, X, labels).value == pytest.approx(-picked.mean())
    last = sequence.cross_entropy(model, X, labels, np.eye(7)[-1]).value
    assert last == pytest.approx(-picked[:, -1].mean())


@pytest.mark.parametrize("kind", KINDS)
def test_training_learns_the_delay(kind: str) -> None:
    rng = np.random.default_rng(4)
    bits = rng.integers(2, size=(16, 12))
    X, labels = bits[..., None].astype(float), np.roll(bits, 1, axis=1)
    scored = np.arange(12) > 0
    fit = sequence.train(
        sequence.init(kind, 1, 8, 2, rng=rng),
        lambda model: sequence.cross_entropy(model, X, labels, scored),
        steps=150,
        rate=0.03,
        clip=1.0,
    )
    assert fit.costs[0] > 0.5
    assert fit.costs[-1] < 0.05
    assert fit.norms.shape == (150,)


def test_clipping_bounds_the_step_that_adam_sees() -> None:
    model = _model("rnn")
    steep = sequence.Cost(1.0, model._replace(c=np.array([3e3, 4e3])))
    fit = sequence.train(model, lambda m: steep, steps=1, clip=1.0)
    assert fit.norms[0] > 5e3


def test_sampling_follows_the_temperature() -> None:
    odds = np.log([0.7, 0.2, 0.1])
    zero = rnn.RNN(np.zeros((2, 2)), np.zeros((2, 3)), np.zeros(2))
    model = sequence.Model(zero, np.zeros((3, 2)), odds)
    for temperature in (1.0, 2.0):
        expected = np.exp(odds / temperature) / np.exp(odds / temperature).sum()
        rng = np.random.default_rng(0)
        drawn = sequence.sample(model, 0, 4000, rng=rng, temperature=temperature)[1:]
        np.testing.assert_allclose(np.bincount(drawn) / 4000, expected, atol=0.03)
    rng = np.random.default_rng(0)
    assert (sequence.sample(model, 2, 5, rng=rng, temperature=0)[1:] == 0).all()
    assert len(sequence.sample(model, 2, 5, rng=rng, temperature=0, stop=0)) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_sampling_carries_the_state(kind: str) -> None:
    rng = np.random.default_rng(5)
    model = sequence.init(kind, 4, 6, 4, rng=rng)
    drawn = sequence.sample(model, 1, 9, rng=rng, temperature=0)
    whole = sequence.forward(model, np.eye(4)[drawn[None, :-1]]).output[0]
    np.testing.assert_array_equal(whole.argmax(axis=1), drawn[1:])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: sequence.init("elman", 1, 1, 1, rng=np.random.default_rng(0)), "kind must be"),
        (lambda m: sequence.forward(m, np.ones((2, 3))), r"X must have shape \(n, T, 2\)"),
        (lambda m: sequence.forward(m, np.full((1, 1, 2), np.nan)), "X must be finite"),
        (
            lambda m: sequence.backward(
                m, sequence.forward(m, np.ones((1, 3, 2))), np.ones((1, 2, 2))
            ),
            "output_grad and output",
        ),
        (lambda m: sequence.cross_entropy(m, np.ones((1, 3, 2)), [[0, 1]]), "labels must have"),
        (lambda m: sequence.cross_entropy(m, np.ones((1, 1, 2)), [[2]]), "labels"),
        (
            lambda m: sequence.squared_error(m, np.ones((1, 3, 2)), np.ones((1, 2, 2))),
            "Y and output",
        ),
        (
            lambda m: sequence.squared_error(m, np.ones((1, 3, 2)), np.ones((1, 3, 2)), [1.0]),
            "weights must have shape",
        ),
        (
            lambda m: sequence.squared_error(m, np.ones((1, 2, 2)), np.ones((1, 2, 2)), [0.0, 0.0]),
            "weights must be nonnegative",
        ),
        (
            lambda m: sequence.squared_error(m, np.ones((1, 2, 2)), np.ones((1, 2, 2)), truncate=0),
            "truncate must be",
        ),
        (lambda m: sequence.train(m, lambda _: None, steps=0), "steps must be"),  # type: ignore[arg-type,return-value]
        (lambda m: sequence.sample(m, 2, 1, rng=np.random.default_rng(0)), "first must be"),
        (
            lambda m: sequence.sample(
                m._replace(c=np.zeros(3)), 0, 1, rng=np.random.default_rng(0)
            ),
            "model must have 3 inputs",
        ),
    ],
)
def test_refusals(kind: str, call: Callable[[sequence.Model], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(_model(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_cells_refuse_what_does_not_fit(kind: str) -> None:
    module, cell = sequence.CELLS[kind], _model(kind).cell
    done = module.run(cell, np.ones((2, 3, 2)))
    bad = np.ones((1, 3))
    with pytest.raises(ValueError, match="start"):
        module.run(cell, np.ones((2, 3, 2)), (bad, bad) if kind == "lstm" else bad)
    with pytest.raises(ValueError, match="state_grad"):
        module.backward(cell, done, np.ones((2, 2, 3)))
