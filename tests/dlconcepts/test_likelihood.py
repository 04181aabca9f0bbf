"""Every family inherits every test here; a new one must bring SciPy's distribution."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
import scipy.stats

from dlconcepts import likelihood
from dlconcepts.likelihood import FAMILIES

# SciPy's frozen distribution of θ, and a θ.
ORACLES: dict[str, tuple[Callable[..., Any], list[float]]] = {
    "normal": (scipy.stats.norm, [1.0, 2.0]),
    "laplace": (scipy.stats.laplace, [-1.0, 0.5]),
    "cauchy": (scipy.stats.cauchy, [3.0]),
    "exponential": (lambda rate: scipy.stats.expon(scale=1 / rate), [0.7]),
    "poisson": (scipy.stats.poisson, [2.5]),
    "uniform": (lambda end: scipy.stats.uniform(0, end), [4.0]),
}
REGULAR = [name for name, entry in FAMILIES.items() if entry.information]
each_family = pytest.mark.parametrize("name", FAMILIES)
each_regular = pytest.mark.parametrize("name", REGULAR)


def _sample(name: str, n: int = 51, seed: int = 0) -> tuple[np.ndarray[Any, Any], Any, list[float]]:
    make, theta = ORACLES[name]
    x = make(*theta).rvs(n, random_state=np.random.default_rng(seed))
    return np.asarray(x, float), make, theta


def test_the_oracles_cover_the_registry() -> None:
    assert ORACLES.keys() == FAMILIES.keys()
    assert all(name == entry.name for name, entry in FAMILIES.items())
    assert [name for name in FAMILIES if name != "uniform"] == REGULAR


@each_family
def test_log_densities_are_scipys(name: str) -> None:
    x, make, theta = _sample(name)
    x = np.append(x, [-3.0, 9.0])  # outside some supports
    law = make(*theta)
    expected = law.logpmf(x) if name == "poisson" else law.logpdf(x)
    np.testing.assert_allclose(likelihood.log_densities(name, x, theta), expected, rtol=1e-12)
    inside = x[np.isfinite(expected)]
    total = expected[np.isfinite(expected)].sum()
    assert likelihood.log_likelihood(name, inside, theta) == pytest.approx(total)
    if not np.isfinite(expected).all():
        assert likelihood.log_likelihood(name, x, theta) == -np.inf


@each_family
def test_scores_are_gradients(name: str) -> None:
    x, _, theta = _sample(name)
    at = np.array(theta) + 0.3  # where the Laplace kinks are not
    numeric = scipy.optimize.approx_fprime(
        at, lambda t: likelihood.log_likelihood(name, x, t), 1e-7
    )
    np.testing.assert_allclose(likelihood.score(name, x, at), numeric, rtol=1e-4, atol=1e-4)


@each_family
def test_estimates_are_the_maximum(name: str) -> None:
    x, _, theta = _sample(name)
    if FAMILIES[name].estimate is None:
        with pytest.raises(ValueError, match="closed form"):
            likelihood.estimate(name, x)
        return
    best = likelihood.estimate(name, x)
    top = likelihood.log_likelihood(name, x, best)
    rng = np.random.default_rng(1)
    for _ in range(200):
        other = best + rng.normal(0, 0.1, len(best))
        assert likelihood.log_likelihood(name, x, other) <= top
    if name not in ("uniform", "laplace"):  # the score at an interior, smooth maximum
        np.testing.assert_allclose(likelihood.score(name, x, best), 0, atol=1e-9)
    np.testing.assert_allclose(best, theta, atol=0.5)


@pytest.mark.parametrize(
    ("name", "x"),
    [("exponential", [1.0, -1.0]), ("poisson", [1.0, 1.5]), ("uniform", [0.5, 3.0])],
)
def test_there_is_no_score_where_the_data_are_impossible(name: str, x: list[float]) -> None:
    assert likelihood.log_likelihood(name, x, [2.0]) == -np.inf
    assert np.isnan(likelihood.score(name, x, [2.0])).all()
    assert np.isfinite(likelihood.score(name, x[:1], [2.0])).all()


@pytest.mark.parametrize("name", ["normal", "laplace", "exponential"])
def test_estimates_are_scipys(name: str) -> None:
    x, *_ = _sample(name)
    if name == "exponential":
        fitted = [1 / scipy.stats.expon.fit(x, floc=0)[1]]
    else:
        fitted = getattr(scipy.stats, {"normal": "norm"}.get(name, name)).fit(x)
    np.testing.assert_allclose(likelihood.estimate(name, x), fitted)


@each_regular
def test_information_is_the_variance_of_the_score(name: str) -> None:
    _, make, theta = _sample(name)
    law, entry, t = make(*theta), FAMILIES[name], np.array(theta)
    p = len(theta)
    expected = np.zeros((p, p))
    if name == "poisson":
        x = np.arange(200.0)
        s = entry.score(x, t)
        expected = (s.T * law.pmf(x)) @ s
    else:
        for i in range(p):
            for j in range(p):

                def integrand(x: float, i: int = i, j: int = j) -> float:
                    s = entry.score(np.array([x]), t)[0]
                    return float(s[i] * s[j] * law.pdf(x))

                low = 0 if name == "exponential" else -np.inf
                middle = theta[0]
                parts = [
                    scipy.integrate.quad(integrand, *ends, limit=200)[0]
                    for ends in ((low, middle), (middle, np.inf))
                ]
                expected[i, j] = sum(parts)
    np.testing.assert_allclose(likelihood.information(name, theta), expected, atol=1e-6)
    bound = likelihood.cramer_rao(name, theta, 7)
    np.testing.assert_allclose(bound @ (7 * expected), np.eye(p), atol=1e-5)


def test_mixture() -> None:
    x = np.random.default_rng(0).normal(size=20)
    density = (scipy.stats.norm.pdf(x) + scipy.stats.norm.pdf(x, 0.3, 0.5)) / 2
    found = likelihood.mixture_log_likelihood(x, 0.3, np.log(0.5))
    assert found == pytest.approx(np.log(density).sum())
    at = [likelihood.mixture_log_likelihood(x, float(x[0]), s) for s in (-1000.0, -2000.0)]
    assert at[1] - at[0] == pytest.approx(1000)
    missed = [likelihood.mixture_log_likelihood(x, 9.0, s) for s in (-1000.0, -2000.0)]
    assert missed[0] == missed[1]  # no example at μ: the narrow component explains nothing


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: likelihood.family("beta"), "name must be one of normal"),
        (lambda: likelihood.score("beta", [1.0], [1.0]), "name must be one of normal"),
        (
            lambda: likelihood.log_likelihood("normal", [1.0], [1.0]),
            r"theta must have shape \(2,\)",
        ),
        (lambda: likelihood.log_likelihood("normal", [1.0], [1.0, 0.0]), r"theta \(sd\) must be"),
        (lambda: likelihood.log_densities("poisson", [[1.0]], [1.0]), "x must be a vector"),
        (lambda: likelihood.estimate("normal", [2.0, 2.0]), "x has no normal estimate"),
        (lambda: likelihood.estimate("exponential", [0.0, 0.0]), "x has no exponential"),
        (lambda: likelihood.estimate("exponential", [-1.0, 9.0]), "x must lie in the support"),
        (lambda: likelihood.estimate("poisson", [0.5]), "x must lie in the support"),
        (lambda: likelihood.information("uniform", [1.0]), "name must be a regular family"),
        (lambda: likelihood.cramer_rao("normal", [0.0, 1.0], 0), "n must be"),
    ],
)
def test_refusals(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("value", "n"), [(0.1, 3), (0.3, 10), (2.5, 3)])
def test_rounding_is_no_spread(value: float, n: int) -> None:
    with pytest.raises(ValueError, match="no normal estimate"):
        likelihood.estimate("normal", [value] * n)
