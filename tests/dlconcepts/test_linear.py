from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import eval_legendre
from sklearn.linear_model import Ridge

from dlconcepts import linear
from dlconcepts._checks import Array
from dlconcepts.linear import SOLVERS

each_solver = pytest.mark.parametrize("solve", SOLVERS.values(), ids=SOLVERS)


def _problem(n: int = 30, d: int = 3, seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    X = linear.design_matrix(rng.normal(size=(n, d)))
    return X, X @ rng.normal(size=d + 1) + rng.normal(size=n)


@pytest.mark.parametrize(
    ("cost", "grad"), [(linear.half_rss, linear.half_rss_grad), (linear.mse, linear.mse_grad)]
)
def test_costs_and_gradients(cost: Callable[..., float], grad: Callable[..., Array]) -> None:
    X, y = _problem()
    theta = np.array([0.3, -1.0, 2.0, 0.1])
    numeric = scipy.optimize.approx_fprime(theta, lambda t: cost(X, y, t), 1e-7)
    np.testing.assert_allclose(grad(X, y, theta), numeric, rtol=1e-5)
    np.testing.assert_allclose(grad(X, y, linear.solve_qr(X, y)), 0, atol=1e-12)
    assert linear.half_rss(X, y, theta) == pytest.approx(np.sum((y - X @ theta) ** 2) / 2)
    assert linear.mse(X, y, theta) == pytest.approx(np.mean((y - X @ theta) ** 2))


@each_solver
@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 5))
def test_solvers_agree_with_scipy(solve: Callable[..., Array], seed: int, d: int) -> None:
    X, y = _problem(n=20, d=d, seed=seed)
    theta = solve(X, y)
    np.testing.assert_allclose(theta, scipy.linalg.lstsq(X, y)[0], rtol=1e-8, atol=1e-10)
    assert (y - X @ theta).sum() == pytest.approx(0, abs=1e-9)  # the column of ones


def _vandermonde() -> tuple[Array, Array, Array]:
    X = linear.polynomial(np.linspace(0, 1, 60), 11)
    theta = np.random.default_rng(0).normal(size=12)
    return X, X @ theta, theta


def test_conditioning_separates_the_solvers() -> None:
    X, y, theta = _vandermonde()
    assert linear.condition_number(X) == pytest.approx(1.2e8, rel=0.1)
    error = {name: np.abs(solve(X, y) - theta).max() for name, solve in SOLVERS.items()}
    assert error["qr"] < 1e-6
    assert error["svd"] < 1e-6
    assert error["inverse"] > 1e-2  # the squared condition number, and more


@pytest.mark.parametrize("name", ["inverse", "cholesky", "qr"])
def test_rank_deficient_systems_are_refused(name: str) -> None:
    X, y = _problem()
    twice = np.hstack([X, X[:, 1:2]])
    with pytest.raises(ValueError, match=r"X must have full column rank, got rank 4 .*\(30, 5\)"):
        SOLVERS[name](twice, y)
    with pytest.raises(ValueError, match="full column rank, got rank 3"):
        SOLVERS[name](X[:3], y[:3])


def test_cholesky_refuses_what_is_singular_once_squared() -> None:
    X = linear.polynomial(np.linspace(0, 1, 60), 16)
    assert np.linalg.matrix_rank(X) == 17
    with pytest.raises(ValueError, match=r"X has full rank, shape \(60, 17\), but its condition"):
        linear.solve_cholesky(X, np.ones(60))


def test_inverse_refuses_an_exactly_singular_square() -> None:
    X = np.array([[1.0, 1.0], [0.0, 1e-12]])
    with pytest.raises(ValueError, match="X has full rank"):
        linear.solve_inverse(X, [1.0, 1.0])


def test_svd_gives_the_least_norm() -> None:
    X, y = _problem()
    twice = np.hstack([X, X[:, 1:2]])
    theta = linear.solve_svd(twice, y)
    np.testing.assert_allclose(theta, np.linalg.pinv(twice) @ y, rtol=1e-9)
    np.testing.assert_allclose(twice @ theta, X @ linear.solve_qr(X, y), rtol=1e-9)
    assert theta[1] == pytest.approx(theta[4])
    np.testing.assert_allclose(linear.solve_svd(X[:3], y[:3]), np.linalg.pinv(X[:3]) @ y[:3])
    assert linear.solve_svd(np.zeros((2, 2)), [1.0, 1.0]).tolist() == [0, 0]


def test_condition_number() -> None:
    X, _ = _problem()
    assert linear.condition_number(X) == pytest.approx(np.linalg.cond(X))
    assert linear.condition_number(X.T @ X) == pytest.approx(linear.condition_number(X) ** 2)
    assert linear.condition_number(np.zeros((2, 2))) == np.inf


def test_gradient_descent_converges_below_the_bound_and_diverges_above() -> None:
    X, y = _problem()
    bound = linear.step_bound(X)
    assert bound == pytest.approx(2 / np.linalg.eigvalsh(X.T @ X)[-1])
    run = linear.gradient_descent(X, y, step=0.9 * bound, steps=800)
    np.testing.assert_allclose(run.theta, linear.solve_qr(X, y), rtol=1e-8)
    assert (np.diff(run.cost) <= 1e-12).all()
    assert run.path.shape == (801, 4)
    assert run.cost[7] == pytest.approx(linear.half_rss(X, y, run.path[7]))
    np.testing.assert_allclose(
        run.path[1], -0.9 * bound * linear.half_rss_grad(X, y, np.zeros(4)), rtol=1e-12
    )
    assert linear.gradient_descent(X, y, step=1.1 * bound, steps=800).cost[-1] > 1e9
    away = linear.gradient_descent(X, y, step=1e3 * bound, steps=200)  # infinite, without warning
    assert not np.isfinite(away.cost[-1])


def test_gradient_descent_from_a_start() -> None:
    X, y = _problem()
    best = linear.solve_qr(X, y)
    run = linear.gradient_descent(X, y, step=1e-3, steps=2, start=best)
    np.testing.assert_allclose(run.path[0], best)
    np.testing.assert_allclose(run.theta, best, rtol=1e-9)
    twice = np.hstack([X, X[:, 1:2]])
    flat = linear.gradient_descent(twice, y, step=linear.step_bound(twice) / 2, steps=3000)
    np.testing.assert_allclose(flat.theta, linear.solve_svd(twice, y), rtol=1e-8)


@pytest.mark.parametrize("penalty", [1e-3, 1.0, 100.0])
@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_ridge_is_sklearns(penalty: float, intercept: bool, weighted: bool) -> None:
    X, y = _problem()
    weights = np.random.default_rng(1).random(30) if weighted else None
    theta = linear.ridge(X, y, penalty, intercept=intercept, weights=weights)
    oracle = Ridge(alpha=penalty, fit_intercept=intercept, solver="svd")
    oracle.fit(X[:, 1:] if intercept else X, y, sample_weight=weights)
    expected = np.append(oracle.intercept_, oracle.coef_) if intercept else oracle.coef_
    np.testing.assert_allclose(theta, expected, rtol=1e-8, atol=1e-10)


def test_ridge_without_a_penalty_is_least_squares() -> None:
    X, y = _problem()
    np.testing.assert_allclose(linear.ridge(X, y, 0), linear.solve_qr(X, y), rtol=1e-9)
    weights = np.repeat([1.0, 0.0], 15)  # weight 0 drops an example, weight 2 repeats it
    np.testing.assert_allclose(
        linear.ridge(X, y, 0, weights=2 * weights), linear.solve_qr(X[:15], y[:15]), rtol=1e-9
    )


def test_ridge_keeps_the_condition_number() -> None:
    X, y, theta = _vandermonde()
    assert np.abs(linear.ridge(X, y, 1e-30) - theta).max() < 1e-6


def test_hat_matrix() -> None:
    X, y = _problem()
    H = linear.hat_matrix(X)
    np.testing.assert_allclose(H @ y, X @ linear.solve_qr(X, y), rtol=1e-9)
    np.testing.assert_allclose(H @ H, H, atol=1e-12)
    assert np.trace(H) == pytest.approx(4)
    np.testing.assert_allclose(linear.hat_matrix(np.hstack([X, X])), H, atol=1e-12)


def test_covariance() -> None:
    rng = np.random.default_rng(0)
    x = rng.random(60)
    y = 1 + 2 * x + (0.1 + 3 * x**3) * rng.normal(size=60)
    X = linear.design_matrix(x)
    errors = np.sqrt(np.diag(linear.covariance(X, y)))
    oracle = scipy.stats.linregress(x, y)
    np.testing.assert_allclose(errors, [oracle.intercept_stderr, oracle.stderr])
    inverse, r = np.linalg.inv(X.T @ X), y - X @ linear.solve_qr(X, y)
    np.testing.assert_allclose(
        linear.covariance(X, y, robust=True),
        60 / 58 * inverse @ (X.T * r**2 @ X) @ inverse,
    )


def test_features() -> None:
    x = np.array([0.5, 2.0, -1.0])
    np.testing.assert_allclose(linear.polynomial(x, 3), np.stack([x**0, x, x**2, x**3], axis=1))
    assert linear.design_matrix(np.ones((3, 2), np.float32)).dtype == np.float32


X, Y = np.ones((3, 2)), np.ones(3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linear.design_matrix(1.0), "X must be a matrix"),
        (lambda: linear.polynomial(X, 2), "x must be a vector"),
        (lambda: linear.polynomial(Y, -1), "degree must be"),
        (lambda: linear.half_rss(X, Y, np.ones(3)), r"theta must have shape \(2,\)"),
        (lambda: linear.mse_grad(X, Y[:2], np.ones(2)), r"X and y must have as many rows"),
        (lambda: linear.gradient_descent(X, Y, step=0, steps=1), "step must be"),
        (lambda: linear.gradient_descent(X, Y, step=1, steps=0), "steps must be"),
        (lambda: linear.gradient_descent(X, Y, step=1, steps=1, start=[1.0]), "start must"),
        (lambda: linear.step_bound(0 * X), "X must not be zero"),
        (lambda: linear.ridge(X, Y, -1.0), "penalty must be"),
        (lambda: linear.ridge(2 * X, Y, 1.0, intercept=True), "X must have ones"),
        (lambda: linear.ridge(X, Y, 1.0, weights=-Y), "weights must be >= 0"),
        (lambda: linear.ridge(X, Y, 1.0, weights=[1.0]), "weights must have shape"),
        (lambda: linear.covariance([[1.0]], [1.0]), "X must have more rows"),
        *[
            (lambda s=s: s(X, Y[:, None]), r"y must be a vector, got shape \(3, 1\)")
            for s in SOLVERS.values()
        ],
    ],
)
def test_refusals(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_legendre_is_scipys_and_spans_the_powers() -> None:
    x = np.linspace(-1.0, 4.0, 30)
    A = linear.legendre(x, 6, low=-1, high=4)
    for m in range(7):
        np.testing.assert_allclose(A[:, m], eval_legendre(m, (2 * x - 3) / 5), atol=1e-12)
    y = np.exp(-x)
    both = [B @ linear.solve_qr(B, y) for B in (A, linear.polynomial(x, 6))]
    np.testing.assert_allclose(both[0], both[1], atol=1e-7)
    assert linear.condition_number(A) < 10
    with pytest.raises(ValueError, match="low must be below high"):
        linear.legendre(x, 2, low=1, high=1)
