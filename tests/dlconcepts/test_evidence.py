import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm
from sklearn.linear_model import BayesianRidge

from dlconcepts import evidence, linear


@pytest.mark.parametrize(("n", "p"), [(1, 1), (20, 4), (5, 9), (6, 6)])
@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (1e-3, 25.0), (40.0, 0.1)])
def test_log_evidence_is_the_normal_density(n: int, p: int, alpha: float, beta: float) -> None:
    rng = np.random.default_rng(n + p)
    X, y = rng.normal(size=(n, p)), rng.normal(size=n)
    covariance = np.eye(n) / beta + X @ X.T / alpha
    expected = multivariate_normal(np.zeros(n), covariance).logpdf(y)
    assert evidence.log_evidence(X, y, alpha, beta) == pytest.approx(expected, rel=1e-7)
    up, h = np.log([alpha, beta]), 1e-5
    for i, slope in enumerate(evidence.log_evidence_grad(X, y, alpha, beta)):
        ends = [np.exp(up + s * h * np.eye(2)[i]) for s in (1, -1)]
        high, low = (evidence.log_evidence(X, y, *map(float, end)) for end in ends)
        assert slope == pytest.approx((high - low) / (2 * h), rel=1e-4, abs=1e-5)


def test_rank_deficient() -> None:
    a = np.arange(5.0)
    X = np.column_stack([a, a])
    expected = multivariate_normal(np.zeros(5), np.eye(5) + X @ X.T).logpdf(a)
    assert evidence.log_evidence(X, a, 1.0, 1.0) == pytest.approx(expected)


def test_a_small_residual_of_large_targets_counts() -> None:
    y, alpha, beta = np.array([1e9, 0.1]), 1e-18, 100.0
    expected = norm.logpdf(y, 0, np.sqrt([1 / beta + 1 / alpha, 1 / beta])).sum()
    found = evidence.log_evidence([[1.0], [0.0]], y, alpha, beta)
    assert found == pytest.approx(expected, abs=1e-6)


def test_posterior_is_ridge_and_bayes_rule() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 3)), rng.normal(size=30)
    mean, covariance = evidence.posterior(X, y, 2.0, 5.0)
    np.testing.assert_allclose(mean, linear.ridge(X, y, 2 / 5), rtol=1e-9)
    for theta in (np.zeros(3), np.ones(3)):  # p(y) = p(y | θ) p(θ) / p(θ | y), for every θ
        log = (
            multivariate_normal(X @ theta, np.eye(30) / 5).logpdf(y)
            + multivariate_normal(np.zeros(3), np.eye(3) / 2).logpdf(theta)
            - multivariate_normal(mean, covariance).logpdf(theta)
        )
        assert evidence.log_evidence(X, y, 2.0, 5.0) == pytest.approx(log)


def test_gradient_vanishes_at_sklearns_estimate() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 4))
    y = X @ rng.normal(size=4) + 0.3 * rng.normal(size=60)
    tiny = {"alpha_1": 0.0, "alpha_2": 0.0, "lambda_1": 0.0, "lambda_2": 0.0}
    fit = BayesianRidge(fit_intercept=False, tol=1e-12, max_iter=5000, **tiny).fit(X, y)
    slope = evidence.log_evidence_grad(X, y, float(fit.lambda_), float(fit.alpha_))
    np.testing.assert_allclose(slope, 0, atol=1e-5)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="alpha"):
        evidence.log_evidence([[1.0]], [1.0], 0.0, 1.0)
    with pytest.raises(ValueError, match="beta"):
        evidence.posterior([[1.0]], [1.0], 1.0, -1.0)
    with pytest.raises(ValueError, match="X and y"):
        evidence.log_evidence([[1.0]], [1.0, 2.0], 1.0, 1.0)
