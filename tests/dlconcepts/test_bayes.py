import numpy as np
import pytest
from scipy.stats import norm
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

from dlconcepts import bayes

GRID = np.linspace(-25, 25, 20_001)


@pytest.mark.parametrize("prior", [0.5, 0.2, 0.01])
@pytest.mark.parametrize("gap", [0.1, 1.0, 3.0])
def test_error_of_equal_variances_is_closed(prior: float, gap: float) -> None:
    p = [bayes.normal_density(GRID, -gap), bayes.normal_density(GRID, gap)]
    t = np.log((1 - prior) / prior) / (2 * gap)  # threshold of the likelihood ratio
    expected = (1 - prior) * norm.sf(t + gap) + prior * norm.cdf(t - gap)
    assert bayes.error(GRID, p, [1 - prior, prior]) == pytest.approx(expected, abs=1e-6)


def test_error_of_unequal_variances() -> None:
    p = [bayes.normal_density(GRID, 0, 1), bayes.normal_density(GRID, 0, 3)]
    cut = np.sqrt(2 * np.log(3) / (1 - 1 / 9))  # where the densities cross
    expected = (2 * norm.sf(cut) + norm.cdf(cut, scale=3) - norm.cdf(-cut, scale=3)) / 2
    assert bayes.error(GRID, p, [0.5, 0.5]) == pytest.approx(expected, abs=1e-5)
    assert bayes.error(GRID, [p[0], p[0]], [0.3, 0.7]) == pytest.approx(0.3)


def test_density_tail_and_posterior() -> None:
    np.testing.assert_allclose(bayes.normal_density(GRID, 1, 2), norm.pdf(GRID, 1, 2))
    for z in (-3.0, 0.0, 6.0):
        assert bayes.normal_tail(z) == pytest.approx(norm.sf(z))
    oracle = QuadraticDiscriminantAnalysis(priors=[0.4, 0.6])
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(500, 1)), np.repeat([0, 1], 250)
    X[y == 1] = 2 + 3 * X[y == 1]
    oracle.fit(X, y)
    sizes = [(X[y == c].mean(), X[y == c].std()) for c in (0, 1)]
    p = [bayes.normal_density(X[:, 0], float(m), float(s)) for m, s in sizes]
    np.testing.assert_allclose(bayes.posterior(p, [0.4, 0.6]).T, oracle.predict_proba(X), atol=1e-6)


def test_refusals() -> None:
    x, p = np.linspace(-9, 9, 101), np.full((2, 101), 1 / 18)
    assert bayes.error(x, p, [0.5, 0.5]) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="sum to 1"):
        bayes.error(x, p, [0.5, 0.6])
    with pytest.raises(ValueError, match="increase"):
        bayes.error(x[::-1], p, [0.5, 0.5])
    with pytest.raises(ValueError, match="cover the mass"):
        bayes.error(x[:50], p[:, :50], [0.5, 0.5])
    with pytest.raises(ValueError, match="densities must be >= 0"):
        bayes.posterior(-p, [0.5, 0.5])
    with pytest.raises(ValueError, match="all be 0"):
        bayes.posterior(0 * p, [0.5, 0.5])
    with pytest.raises(ValueError, match="sd"):
        bayes.normal_density(x, 0, 0)
