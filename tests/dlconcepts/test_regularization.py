from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn.linear_model

from dlconcepts import linear, regularization
from dlconcepts._checks import Array


def _problem(n: int = 50, d: int = 6, seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * np.geomspace(0.1, 3, d) + rng.normal(size=(n, 1))
    return X, X @ rng.normal(size=d) + 2 + rng.normal(size=n)


@pytest.mark.parametrize("penalty", [1e-3, 1.0, 1e3])
def test_shrinkage_is_ridge_in_the_eigenbasis(penalty: float) -> None:
    X, y = _problem()
    values, V = np.linalg.eigh(X.T @ X)
    best = V.T @ linear.solve_qr(X, y)
    expected = V @ (regularization.shrinkage(values, penalty) * best)
    np.testing.assert_allclose(linear.ridge(X, y, penalty), expected, rtol=1e-8)
    hat = X @ np.linalg.inv(X.T @ X + penalty * np.eye(6)) @ X.T
    assert regularization.shrinkage(values, penalty).sum() == pytest.approx(np.trace(hat))


@pytest.mark.parametrize("steps", [0, 1, 7, 100])
def test_early_stopping_is_gradient_descent(steps: int) -> None:
    X, y = _problem()
    step = linear.step_bound(X) * 0.7
    values, V = np.linalg.eigh(X.T @ X)
    factors = regularization.early_stopping(np.maximum(values, 0), step, steps)
    expected = V @ (factors * (V.T @ linear.solve_qr(X, y)))
    path = linear.gradient_descent(X, y, step=step, steps=max(steps, 1)).path
    np.testing.assert_allclose(path[steps], expected, rtol=1e-8, atol=1e-10)


def test_early_stopping_is_near_shrinkage() -> None:
    values = np.geomspace(1e-6, 1e-3, 9)
    np.testing.assert_allclose(
        regularization.early_stopping(values, 0.1, 100),
        regularization.shrinkage(values, 1 / (100 * 0.1)),
        rtol=0.01,
    )


def test_soft_threshold_is_the_proximal_map() -> None:
    grid = np.linspace(-4, 4, 8001)
    for w in (-3.0, -0.7, 0.0, 0.2, 2.5):
        objective = (grid - w) ** 2 / 2 + 0.7 * np.abs(grid)
        found = regularization.soft_threshold(w, 0.7)
        assert found == pytest.approx(grid[objective.argmin()], abs=1e-3)
    assert regularization.soft_threshold(np.float32(2), 0.5).dtype == np.float32
    assert regularization.soft_threshold([1.0, -1.0], 1.0).tolist() == [0, 0]


@pytest.mark.parametrize("penalty", [1.0, 5.0, 60.0, 1e4])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("wide", [False, True])
def test_lasso_is_sklearns(penalty: float, intercept: bool, wide: bool) -> None:
    X, y = _problem(n=20, d=40) if wide else _problem()
    design = linear.design_matrix(X) if intercept else X
    found = regularization.lasso(design, y, penalty, intercept=intercept, tolerance=1e-11)
    oracle = sklearn.linear_model.Lasso(
        alpha=penalty / len(y), fit_intercept=intercept, tol=1e-12, max_iter=100_000
    ).fit(X, y)
    expected = np.append(oracle.intercept_, oracle.coef_) if intercept else oracle.coef_
    assert found.converged
    np.testing.assert_allclose(found.theta, expected, rtol=1e-3, atol=2e-4)
    assert found.gap + 1e-9 >= 0


def test_lasso_optimality_and_its_gap() -> None:
    X, y = _problem()
    alpha = 8.0
    found = regularization.lasso(X, y, alpha, tolerance=1e-13)
    correlation = X.T @ (y - X @ found.theta)
    active = found.theta != 0
    assert 0 < active.sum() < 6
    np.testing.assert_allclose(correlation[active], alpha * np.sign(found.theta[active]), rtol=1e-5)
    assert (np.abs(correlation[~active]) <= alpha * (1 + 1e-6)).all()

    def objective(theta: Array) -> float:
        return float(((y - X @ theta) ** 2).sum() / 2 + alpha * np.abs(theta).sum())

    early = regularization.lasso(X, y, alpha, sweeps=2)
    assert not early.converged
    excess = objective(early.theta) - objective(found.theta)
    assert 0 < excess <= early.gap  # the certificate
    zero = regularization.lasso(X, y, np.abs(X.T @ y).max())
    assert zero.theta.tolist() == [0] * 6
    assert zero.sweeps == 0
    blank = np.hstack([X, np.zeros((50, 1))])  # a column of zeros keeps its 0
    np.testing.assert_allclose(regularization.lasso(blank, y, alpha).theta[:6], found.theta, 1e-3)


def test_lasso_of_orthonormal_columns_is_soft_thresholding() -> None:
    Q = np.linalg.qr(_problem()[0])[0]
    y = _problem()[1]
    np.testing.assert_allclose(
        regularization.lasso(Q, y, 1.5).theta, regularization.soft_threshold(Q.T @ y, 1.5)
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: regularization.shrinkage([-1.0], 1.0), "eigenvalues must be >= 0"),
        (lambda: regularization.shrinkage([1.0], 0.0), "penalty must be"),
        (lambda: regularization.early_stopping([10.0], 0.2, 1), "step must be below"),
        (lambda: regularization.early_stopping([1.0], 0.2, -1), "steps must be"),
        (lambda: regularization.soft_threshold([1.0], -1.0), "threshold must be"),
        (lambda: regularization.lasso([[1.0]], [1.0, 2.0], 1.0), "X and y must have"),
        (lambda: regularization.lasso([[1.0]], [1.0], 0.0), "penalty must be"),
        (lambda: regularization.lasso([[2.0]], [1.0], 1.0, intercept=True), "X must have ones"),
        (lambda: regularization.lasso([[1.0]], [1.0], 1.0, sweeps=0), "sweeps must be"),
    ],
)
def test_refusals(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_the_certificate_holds_in_single_precision() -> None:
    X = np.random.default_rng(1).normal(size=(200, 20)).astype(np.float32)
    y = (X @ np.random.default_rng(2).normal(size=20)).astype(np.float32)
    found = regularization.lasso(X, y, 5.0, sweeps=300)
    assert found.converged
    assert found.gap >= 0
