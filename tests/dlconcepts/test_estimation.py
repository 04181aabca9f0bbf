from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats

from dlconcepts import estimation


def test_errors_of_numbers_and_functions() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([1.0, -2.0, 3.0])
    estimates = truth + [0.5, 0.0, -1.0] + rng.normal(size=(50_000, 3)) * [1.0, 2.0, 0.1]
    found = estimation.errors(estimates, truth)
    np.testing.assert_allclose(found.bias, [0.5, 0.0, -1.0], atol=0.05)
    np.testing.assert_allclose(found.variance, [1.0, 4.0, 0.01], rtol=0.05)
    np.testing.assert_allclose(found.mse, found.bias**2 + found.variance)
    first = estimation.errors(estimates[:, 0], 1.0)
    assert first.mse == pytest.approx(found.mse[0])
    assert np.ndim(first.bias) == 0


def test_kernel_smoother_is_scipys_conditional_mean() -> None:
    rng = np.random.default_rng(0)
    x, at = rng.random(30), np.linspace(0, 1, 7)
    y = np.sin(6 * x)
    weights = scipy.stats.norm.pdf(at[:, None], x, 0.1)
    expected = [np.average(y, weights=row) for row in weights]
    np.testing.assert_allclose(estimation.kernel_smoother(x, y, at, 0.1), expected)
    far = estimation.kernel_smoother(x, y, [50.0], 0.1)  # the nearest example, not 0/0
    np.testing.assert_allclose(far, y[x.argmax()])
    np.testing.assert_allclose(estimation.kernel_smoother(x, y, at, 1e6), y.mean(), rtol=1e-6)


@pytest.mark.parametrize("c", [9, 10, 11, 20])
def test_variance_errors_are_those_of_a_chi_squared(c: int) -> None:
    law = scipy.stats.chi2(9, scale=1 / c)
    found = estimation.variance_errors(10, c)
    np.testing.assert_allclose(
        found, [law.mean() - 1, law.var(), (law.mean() - 1) ** 2 + law.var()]
    )
    assert estimation.variance_errors(10, 11).mse <= found.mse


@pytest.mark.parametrize("theta", [np.zeros(10), np.full(10, 1.0), np.arange(10.0)])
def test_james_stein_dominates(theta: np.ndarray[Any, Any]) -> None:
    x = theta + np.random.default_rng(0).normal(size=(20_000, 10))
    plain, shrunk, positive = (
        np.square(estimate - theta).sum(axis=1).mean()
        for estimate in (x, estimation.james_stein(x), estimation.james_stein(x, positive=True))
    )
    assert positive <= shrunk < plain
    # Stein's identity: the risk is d − (d − 2)² E[1/‖x‖²], and 1/‖x‖² has a known mean.
    inverse = scipy.stats.ncx2(10, theta @ theta).expect(lambda v: 1 / v) if theta.any() else 1 / 8
    assert shrunk == pytest.approx(10 - 64 * inverse, rel=0.02)
    np.testing.assert_allclose(estimation.james_stein(x[0]), estimation.james_stein(x)[0])


def test_hodges() -> None:
    n, rng = 10_000, np.random.default_rng(0)
    for theta, low, high in ((0.0, 0.0, 0.01), (0.1, 10, 100), (5.0, 0.9, 1.1)):
        means = theta + rng.normal(size=20_000) / 100
        risk = n * np.mean((estimation.hodges(means, n) - theta) ** 2)
        assert low <= risk <= high
    assert estimation.hodges([0.1, -0.1], n).tolist() == [0.1, -0.1]  # at the threshold: kept


def test_neyman_scott() -> None:
    rng = np.random.default_rng(0)
    groups = rng.normal(rng.uniform(-9, 9, (40_000, 1)), 1.0, (40_000, 2))
    pooled = np.var(groups[:, 0] - groups[:, 1], mean=0) / 4
    assert estimation.neyman_scott(groups) == pytest.approx(pooled)
    assert estimation.neyman_scott(groups) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: estimation.errors(1.0, 1.0), "estimates must have shape"),
        (lambda: estimation.errors(np.ones((3, 2)), np.ones(3)), "estimates must have shape"),
        (lambda: estimation.errors([], 1.0), "estimates must have shape"),
        (lambda: estimation.kernel_smoother([1.0], [1.0, 2.0], [1.0], 1.0), "x and y must have"),
        (lambda: estimation.kernel_smoother([1.0], [1.0], [1.0], 0.0), "width must be"),
        (lambda: estimation.variance_errors(1, 1), "n must be"),
        (lambda: estimation.variance_errors(2, 0), "divisor must be"),
        (lambda: estimation.james_stein([1.0, 2.0]), "x must have at least 3"),
        (lambda: estimation.james_stein(np.zeros(3)), "x must not be zero"),
        (lambda: estimation.hodges([1.0], 0), "n must be"),
        (lambda: estimation.neyman_scott([1.0]), "groups must be a matrix"),
    ],
)
def test_refusals(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
