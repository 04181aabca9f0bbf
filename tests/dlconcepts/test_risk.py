import math
from functools import partial

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.stats import norm

from dlconcepts import capacity, datasets, losses, risk
from dlconcepts._checks import Array


def _points(n: int, d: int, seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * 10.0 ** rng.integers(-3, 4) + rng.normal() * 5
    return X, rng.choice([-1.0, 1.0], n)


def _score(w: list[float], X: Array) -> Array:
    return np.asarray(X @ w)


def _fewest_by_integer_program(X: Array, y: Array) -> int:
    """Least number of relaxed constraints y(wx + b) ≥ 1 for the standardized points."""
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    n, d = Z.shape
    margin = np.hstack([y[:, None] * np.hstack([Z, np.ones((n, 1))]), 1e4 * np.eye(n)])
    result = milp(
        np.r_[np.zeros(d + 1), np.ones(n)],
        constraints=LinearConstraint(margin, lb=1),
        integrality=np.r_[np.zeros(d + 1), np.ones(n)],
        bounds=Bounds(
            np.r_[np.full(d + 1, -np.inf), np.zeros(n)], np.r_[np.full(d + 1, np.inf), np.ones(n)]
        ),
    )
    assert result.success
    return round(float(result.fun))


@pytest.mark.parametrize("d", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_labelings_are_those_found_by_trying_all(n: int, d: int) -> None:
    X, _ = _points(n, d, 10 * n + d)
    found = risk.labelings(X)
    assert len(found) == capacity.cover_count(n, d)
    np.testing.assert_array_equal(found, np.unique(capacity.dichotomies(X), axis=0))


@pytest.mark.parametrize(("n", "d"), [(20, 2), (16, 3), (14, 5)])
def test_labelings_are_covers_count_where_trying_all_is_too_slow(n: int, d: int) -> None:
    assert len(risk.labelings(_points(n, d, n)[0])) == capacity.cover_count(n, d)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("n", "d"), [(2, 1), (9, 1), (12, 2), (12, 3), (10, 4)])
def test_fewest_errors_is_the_integer_program(n: int, d: int, seed: int) -> None:
    X, y = _points(n, d, seed)
    best = risk.fewest_errors(X, y)
    assert best.errors == _fewest_by_integer_program(X, y)
    assert best.planes == math.comb(n, d)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("n", "d"), [(2, 1), (3, 2), (25, 2), (15, 3), (10, 6)])
def test_the_half_space_makes_so_many_errors(n: int, d: int, seed: int) -> None:
    X, y = _points(n, d, seed)
    if seed % 3 == 0:
        y = np.where(X @ np.ones(d) > np.median(X @ np.ones(d)), 1.0, -1.0)
    if seed % 5 == 0:
        y = np.ones(n)
    best = risk.fewest_errors(X, y)
    score = X @ best.weights + best.intercept
    assert best.errors == losses.zero_one_margin(y, score).sum()
    assert np.abs(score).min() > 0
    if d == 2:
        assert best.errors <= min((y > 0).sum(), (y < 0).sum())
    if seed % 3 == 0 or seed % 5 == 0:
        assert best.errors == 0


def test_smoothed_gradient_is_that_of_the_smoothed_zero_one_risk() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 2)), rng.choice([-1.0, 1.0], 30)
    theta, sigma = np.array([0.5, -0.3]), 0.4
    length = sigma * np.linalg.norm(X, axis=1)
    exact = -(norm.pdf(y * (X @ theta) / length) * y / length) @ X / 30
    found = risk.smoothed_grad(
        lambda t: (y * (t @ X.T) <= 0).mean(axis=1), theta, sigma=sigma, draws=100_000, rng=rng
    )
    np.testing.assert_allclose(found, exact, atol=0.005)
    assert np.abs(exact).max() > 0.05


@pytest.mark.parametrize("sigma", [0.01, 1.0, 10.0])
def test_smoothed_gradient_of_a_quadratic(sigma: float) -> None:
    """The smoothed quadratic has the gradient of the quadratic; even parts cancel exactly."""
    theta, H = np.array([1.0, -2.0]), np.array([[2.0, 0.5], [0.5, 1.0]])
    found = risk.smoothed_grad(
        lambda t: ((t @ H) * t).sum(axis=1) / 2,
        theta, sigma=sigma, draws=200_000, rng=np.random.default_rng(1),
    )  # fmt: skip
    np.testing.assert_allclose(found, H @ theta, atol=0.02)


@pytest.mark.parametrize("flip", [0.0, 0.2, 0.5, 0.9])
def test_noisy_sign_has_the_risk_it_states(flip: float) -> None:
    X, y = risk.noisy_sign(200_000, flip=flip, rng=np.random.default_rng(0))
    assert np.abs(X).max() <= 1
    for w in ([0.0, 1.0], [1.0, 0.0], [-0.5, 1.0]):
        measured = np.mean((X @ w > 0) != (y > 0))
        assert risk.noisy_sign_risk(partial(_score, w), flip) == pytest.approx(measured, abs=0.006)


def test_noisy_sign_flips_more_of_the_same() -> None:
    few, many, none = (
        risk.noisy_sign(300, flip=flip, rng=np.random.default_rng(3)) for flip in (0.1, 0.4, 0.0)
    )
    np.testing.assert_array_equal(few.X, many.X)
    assert ((few.y != none.y) <= (many.y != none.y)).all()
    assert 0 < (few.y != none.y).sum() < (many.y != none.y).sum()


@pytest.mark.parametrize(("w", "b"), [((1.0, 1.0), 0.0), ((2.0, -0.5), 1.0), ((-1.0, 0.3), -0.4)])
def test_two_views_risk_against_draws(w: tuple[float, float], b: float) -> None:
    X, y = datasets.two_views(200_000, rng=np.random.default_rng(0), sigma=1.2)
    measured = np.mean((X @ np.array(w) + b > 0) != (y == 1))
    assert risk.two_views_risk(w, b, sigma=1.2) == pytest.approx(measured, abs=0.004)


LINE = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [1.0, 0.0]])


def test_refusals() -> None:
    for X in (LINE, LINE[[0, 0, 3]], np.c_[LINE, LINE]):
        with pytest.raises(ValueError, match="general position"):
            risk.labelings(X)
    with pytest.raises(ValueError, match="X must be in general position"):
        risk.fewest_errors(LINE, [1, -1, 1, -1])
    with pytest.raises(ValueError, match="at most 200000 planes"):
        risk.labelings(np.random.default_rng(0).normal(size=(40, 6)))
    with pytest.raises(ValueError, match="labels -1 and 1"):
        risk.fewest_errors(LINE, [0, 1, 0, 1])
    with pytest.raises(ValueError, match=r"more rows than columns, got shape \(2, 2\)"):
        risk.fewest_errors(LINE[:2], [1, -1])
    with pytest.raises(ValueError, match="X and y must have as many rows"):
        risk.fewest_errors(LINE, [1, -1])
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="cost must return shape"):
        risk.smoothed_grad(lambda t: t, [0.0], sigma=1.0, draws=3, rng=rng)
    with pytest.raises(ValueError, match="sigma"):
        risk.smoothed_grad(lambda t: t[:, 0], [0.0], sigma=0.0, draws=3, rng=rng)
    with pytest.raises(ValueError, match="flip"):
        risk.noisy_sign(3, flip=1.5, rng=rng)
    for w, b in (([1.0], 0.0), ([0.0, 0.0], 0.0), ([1.0, 1.0], np.inf)):
        with pytest.raises(ValueError, match="w must be two numbers"):
            risk.two_views_risk(w, b, sigma=1.0)
    with pytest.raises(ValueError, match="sigma"):
        risk.two_views_risk([1.0, 1.0], sigma=0.0)
    with pytest.raises(ValueError, match="score must return shape"):
        risk.noisy_sign_risk(lambda X: X, 0.1)


def test_the_gradient_of_a_smoothed_step() -> None:
    found = risk.smoothed_grad(
        lambda t: t[:, 0] > 0, [0.3], sigma=1.0, draws=200_000, rng=np.random.default_rng(0)
    )
    assert found == pytest.approx(norm.pdf(0.3), abs=0.01)


def test_too_many_planes_are_refused_before_their_labels_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capacity, "labelings", None)
    with pytest.raises(ValueError, match="at most 200000 planes"):
        risk.labelings(np.random.default_rng(0).normal(size=(40, 25)))
