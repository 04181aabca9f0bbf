from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.svm import SVC

from dlconcepts import losses, svm
from dlconcepts._checks import Array


def _data(n: int = 60, d: int = 2, seed: int = 0, gap: float = 1.0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n) < 0.4, -1.0, 1.0)
    return rng.normal(size=(n, d)) + gap * y[:, None], y


@pytest.mark.parametrize("penalty", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("gap", [0.3, 1.0, 4.0])
def test_fit_is_sklearns(penalty: float, seed: int, gap: float) -> None:
    X, y = _data(seed=seed, gap=gap)
    machine = svm.fit(X, y, penalty)
    oracle = SVC(kernel="linear", C=penalty, tol=1e-9).fit(X, y)
    assert machine.converged
    np.testing.assert_allclose(machine.weights, oracle.coef_[0], rtol=1e-4, atol=1e-6)
    dense = np.zeros(len(y))
    dense[oracle.support_] = np.abs(oracle.dual_coef_[0])
    assert machine.dual == pytest.approx(svm.dual_objective(X, y, dense), rel=1e-6)
    theirs = svm.primal_objective(X, y, oracle.coef_[0], float(oracle.intercept_[0]), penalty)
    assert machine.primal <= theirs * (1 + 1e-6)


@pytest.mark.parametrize("penalty", [0.05, 1.0, 50.0])
def test_optimality(penalty: float) -> None:
    X, y = _data()
    machine = svm.fit(X, y, penalty)
    assert machine.primal == pytest.approx(machine.dual, rel=1e-6)  # strong duality
    assert machine.alpha @ y == pytest.approx(0, abs=1e-9 * penalty)
    assert machine.alpha.min() >= 0
    assert machine.alpha.max() <= penalty
    margin = y * (X @ machine.weights + machine.intercept)
    free = (machine.alpha > 0) & (machine.alpha < penalty)
    np.testing.assert_allclose(margin[free], 1, atol=1e-6)
    assert (margin[machine.alpha == 0] >= 1 - 1e-6).all()
    assert (margin[machine.alpha == penalty] <= 1 + 1e-6).all()


def test_duplicates_and_few_steps() -> None:
    X, y = _data()
    twice = svm.fit(np.vstack([X, X]), np.append(y, y), 0.5)  # curvature 0 between copies
    np.testing.assert_allclose(twice.weights, svm.fit(X, y, 1.0).weights, atol=1e-6)
    early = svm.fit(X, y, 1.0, steps=3)
    assert not early.converged
    assert early.steps == 3
    assert early.dual < early.primal
    both = svm.fit([[0.0], [0.0]], [1, -1], 2.0)  # the same point in both classes
    assert both.alpha.tolist() == [2, 2]
    assert both.primal == both.dual == 4


def test_objectives() -> None:
    X, y = _data()
    w, b = np.array([0.3, -0.2]), 0.1
    cost = w @ w / 2 + 3 * losses.hinge(y, X @ w + b).sum()
    assert svm.primal_objective(X, y, w, b, 3.0) == pytest.approx(cost)
    alpha = np.random.default_rng(0).random(len(y))
    Q = (y[:, None] * X) @ (y[:, None] * X).T
    assert svm.dual_objective(X, y, alpha) == pytest.approx(alpha.sum() - alpha @ Q @ alpha / 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: svm.fit([[1.0], [2.0]], [0, 1], 1.0), "y must hold the labels"),
        (lambda: svm.fit([[1.0], [2.0]], [1, 1], 1.0), "y must hold both classes"),
        (lambda: svm.fit([[1.0], [2.0]], [1, -1], 0.0), "penalty must be"),
        (lambda: svm.fit([[1.0], [2.0]], [1], 1.0), "X and y must have as many rows"),
        (lambda: svm.primal_objective([[1.0]], [1], [1.0, 2.0], 0, 1.0), r"w must have shape \(1,"),
        (lambda: svm.dual_objective([[1.0]], [1], [1.0, 2.0]), r"alpha must have shape \(1,"),
    ],
)
def test_refusals(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
