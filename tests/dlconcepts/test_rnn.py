"""What the classical cell has for itself; what all cells have in common is in test_sequence."""

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from dlconcepts import nets, rnn
from dlconcepts._checks import Array

PHI: dict[str, Callable[[Any], Any]] = {
    "tanh": anp.tanh,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "relu": lambda z: anp.maximum(z, 0),
    "identity": lambda z: z,
}


def _problem() -> tuple[rnn.RNN, Array, Array]:
    rng = np.random.default_rng(1)
    cell = rnn.init(2, 3, rng=rng)._replace(b=rng.normal(size=3))
    return cell, rng.normal(size=(4, 6, 2)), rng.normal(size=(4, 6, 3))


@pytest.mark.parametrize("name", nets.ACTIVATIONS)
def test_backward_is_autograds(name: str) -> None:
    cell, X, weight = _problem()

    def cost(W: Any, U: Any, b: Any) -> Any:
        H, total = np.zeros((4, 3)), 0.0
        for t in range(6):
            H = PHI[name](anp.dot(H, W.T) + anp.dot(X[:, t], U.T) + b)
            total = total + anp.sum(weight[:, t] * H)
        return total

    done = rnn.run(cell, X, activation=name)
    assert (weight * done.states[:, 1:]).sum() == pytest.approx(float(cost(*cell)))
    found = rnn.backward(cell, done, weight).cell
    for at, mine in enumerate(found):
        theirs = autograd.grad(cost, at)(*cell)
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


def test_shares_of_the_steps_add_up() -> None:
    cell, X, weight = _problem()
    done = rnn.run(cell, X)
    found = rnn.backward(cell, done, weight)
    shares = [found.sums[:, t].T @ done.states[:, t] for t in range(6)]
    np.testing.assert_allclose(sum(shares), found.cell.W)


def test_truncation_cuts_into_pieces() -> None:
    cell, X, weight = _problem()
    cut = rnn.backward(cell, rnn.run(cell, X), weight, truncate=2).cell
    total, start = np.zeros((3, 3)), None
    for first in (0, 2, 4):
        piece = rnn.run(cell, X[:, first : first + 2], start)
        total += rnn.backward(cell, piece, weight[:, first : first + 2]).cell.W
        start = rnn.last(piece)
    np.testing.assert_allclose(cut.W, total)
    whole = rnn.backward(cell, rnn.run(cell, X), weight).cell
    assert np.abs(whole.W - cut.W).max() > 0.1


def test_jacobians_multiply_to_the_derivative_of_the_last_state() -> None:
    cell, X, _ = _problem()
    start = np.full((4, 3), 0.1)

    def last(h: Any) -> Any:
        for t in range(6):
            h = anp.tanh(anp.dot(cell.W, h) + cell.U @ X[0, t] + cell.b)
        return h

    product = np.eye(3)
    for J in rnn.jacobians(cell, rnn.run(cell, X, start))[0]:
        product = J @ product
    np.testing.assert_allclose(product, autograd.jacobian(last)(start[0]), rtol=1e-9)


def test_init() -> None:
    rng = np.random.default_rng(0)
    W = rnn.init(1, 50, rng=rng).W
    np.testing.assert_allclose(W @ W.T, np.eye(50), atol=1e-12)
    W = rnn.init(1, 50, rng=rng, radius=0.7).W
    assert np.abs(np.linalg.eigvals(W)).max() == pytest.approx(0.7)
    assert (rnn.init(1, 5, rng=rng, radius=0.0).W == 0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: rnn.run(c, np.ones((1, 2, 2)), activation="swish"), "activation must be one of"),
        (lambda c: rnn.step(c, np.ones((1, 3)), np.ones((2, 2))), "H and X must"),
        (lambda c: rnn.step(c, np.ones((1, 3)), np.ones((1, 2)), "swish"), "activation must"),
        (lambda c: rnn.init(0, 1, rng=np.random.default_rng(0)), "d must be"),
        (lambda c: rnn.init(1, 1, rng=np.random.default_rng(0), radius=-1.0), "radius must be"),
    ],
)
def test_refusals(call: Callable[[rnn.RNN], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(_problem()[0])
