import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import linprog, nnls

from dlconcepts import capacity
from dlconcepts._checks import Array


def _separable_by_lp(X: Array, y: Array) -> bool:
    """Is there a plane with every margin at least 1?"""
    Z = -y[:, None] * np.hstack([X, np.ones((len(X), 1))])
    free = [(None, None)] * Z.shape[1]
    result = linprog(np.zeros(Z.shape[1]), A_ub=Z, b_ub=-np.ones(len(X)), bounds=free)
    return bool(result.status == 0)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize(("m", "n"), [(4, 3), (3, 8), (10, 10)])
def test_nnls_is_scipys(seed: int, m: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    A, b = rng.normal(size=(m, n)), rng.normal(size=m)
    mine, (theirs, norm) = capacity.nonnegative_least_squares(A, b), nnls(A, b)
    assert np.linalg.norm(A @ mine - b) == pytest.approx(norm, abs=1e-9)
    assert (mine >= 0).all()
    if n <= m:
        np.testing.assert_allclose(mine, theirs, atol=1e-9)


@pytest.mark.parametrize(("s", "t"), [(1e-8, 1e-8), (1e8, 1e-8), (1e-3, 1e6), (1e9, 1e9)])
def test_nnls_does_not_depend_on_units(s: float, t: float) -> None:
    rng = np.random.default_rng(0)
    A, b = rng.normal(size=(10, 10)), rng.normal(size=10)
    x = capacity.nonnegative_least_squares(A, b)
    assert (x > 0).any()
    found = capacity.nonnegative_least_squares(s * A, t * b)
    np.testing.assert_allclose(found, t / s * x, rtol=1e-9)


def test_nnls_of_zeros() -> None:
    assert not capacity.nonnegative_least_squares(np.zeros((3, 2)), np.ones(3)).any()
    assert not capacity.nonnegative_least_squares(np.ones((3, 2)), np.zeros(3)).any()


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize(("n", "d"), [(4, 1), (5, 2), (8, 2), (9, 3), (30, 2), (12, 5)])
def test_separate_is_the_linear_program(seed: int, n: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, d)), np.sign(rng.normal(size=n))
    if seed % 2:  # labels of a plane, some of them nearly touching it
        y = np.where(X @ rng.normal(size=d) + rng.normal() > 0, 1.0, -1.0)
    X = X * 10.0 ** rng.integers(-3, 4) + rng.normal() * 5
    found = capacity.separate(X, y)
    assert found.separable == _separable_by_lp(X, y)
    assert found.mixture.min() >= 0
    assert found.mixture.sum() == pytest.approx(1)
    if found.separable:
        assert (y * (X @ found.weights + found.intercept) > 0).all()
    else:
        np.testing.assert_allclose((found.mixture * y) @ X, 0, atol=1e-7 * np.abs(X).max())
        assert found.mixture @ y == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7])
def test_dichotomies_are_covers_count(n: int, d: int) -> None:
    X = np.random.default_rng(n + 10 * d).normal(size=(n, d))
    found = capacity.dichotomies(X)
    assert len(found) == capacity.cover_count(n, d) == len(np.unique(found, axis=0))
    assert len(found) <= capacity.sauer_bound(n, d + 1) <= 2**n
    assert (len(found) == 2**n) == (n <= d + 1)


def test_degenerate_positions_have_fewer() -> None:
    line = np.arange(4.0)[:, None] * [1.0, 1.0]
    assert len(capacity.dichotomies(line[:3])) == 6
    assert len(capacity.dichotomies(line)) == 8
    assert len(capacity.dichotomies([[0.0, 0.0], [0.0, 0.0]])) == 2  # twice the same point
    xor = np.array([[0.0, 0], [1, 1], [0, 1], [1, 0]])
    assert not capacity.separate(xor, [1, 1, -1, -1]).separable
    assert len(capacity.dichotomies(xor)) == 14


def test_covers_recursion() -> None:
    for n in range(1, 12):
        for d in range(2, 6):
            below = capacity.cover_count(n, d - 1)
            assert capacity.cover_count(n + 1, d) == capacity.cover_count(n, d) + below
    assert capacity.sauer_bound(6, 0) == 1


def test_vc_bound_holds_and_shrinks() -> None:
    values = [capacity.vc_bound(n, 3) for n in (100, 1000, 10_000, 100_000)]
    assert values == sorted(values, reverse=True)
    n, v, delta = 5000, 4, 0.1
    growth = 4 * (2 * math.e * n / v) ** v * math.exp(-n * capacity.vc_bound(n, v, delta) ** 2 / 8)
    assert growth == pytest.approx(delta)
    assert capacity.sauer_bound(2 * n, v) <= (2 * math.e * n / v) ** v


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_one_sine_shatters_any_number(n: int) -> None:
    x = 2.0 ** -np.arange(1, n + 1)
    for y in capacity.labelings(n):
        assert (np.sign(np.sin(capacity.sine_frequency(y) * x)) == y).all()


def test_sine_at_the_limit_of_floats() -> None:
    y = np.sign(np.random.default_rng(0).normal(size=40))
    x = 2.0 ** -np.arange(1, 41)
    assert (np.sign(np.sin(capacity.sine_frequency(y) * x)) == y).all()


def test_refusals() -> None:
    X = np.eye(3)
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: capacity.separate(X, [0, 1, 1]), "y must hold the labels"),
        (lambda: capacity.separate(X, [1, 1]), "X and y must have as many rows"),
        (lambda: capacity.dichotomies(np.ones((13, 2))), "at most 12 rows"),
        (lambda: capacity.cover_count(0, 2), "n must be"),
        (lambda: capacity.sauer_bound(3, -1), "vc must be"),
        (lambda: capacity.vc_bound(2, 3), "n must be a whole number >= 3"),
        (lambda: capacity.vc_bound(9, 3, 1.0), "delta"),
        (lambda: capacity.sine_frequency(np.ones(41)), "at most 40"),
        (lambda: capacity.sine_frequency([1, 0]), "y must hold the labels"),
        (lambda: capacity.nonnegative_least_squares(X, [1.0]), "A and b"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
