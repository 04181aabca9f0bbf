"""Scores of mixtures against autograd, SciPy and finite differences; objectives against exact integrals."""

from functools import partial

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from scipy import integrate, stats

from dlconcepts import autoencoder, score

ONE = score.mixture([0.4, 0.6], [-2.0, 1.5], [0.5, 0.8])
TWO = score.mixture([1, 2, 3], [[0.0, 0.0], [2.0, -1.0], [-1.0, 3.0]], [0.6, 0.9, 0.4])


def _points(d: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(20, d)) * 2


@pytest.mark.parametrize("p", [ONE, TWO], ids=["1-d", "2-d"])
def test_density_is_scipys_and_score_autograds(p: score.Mixture) -> None:
    d = p.means.shape[1]
    X = _points(d)
    normals = [
        w * stats.multivariate_normal(m, s**2 * np.eye(d)).pdf(X)
        for w, m, s in zip(*p, strict=True)
    ]
    np.testing.assert_allclose(score.log_density(p, X), np.log(sum(normals)))
    np.testing.assert_allclose(
        score.responsibilities(p, X), np.array(normals).T / sum(normals)[:, None]
    )

    def log_density(x: np.ndarray) -> object:
        far = anp.sum((x - p.means) ** 2, axis=1)
        parts = p.weights * (2 * np.pi * p.scales**2) ** (-d / 2)
        return anp.log(anp.sum(parts * anp.exp(-far / (2 * p.scales**2))))

    theirs = np.array([autograd.grad(log_density)(x) for x in X])
    np.testing.assert_allclose(score.score(p, X), theirs)


def test_far_away_nothing_overflows() -> None:
    far = np.array([[1e4]])
    np.testing.assert_allclose(score.score(ONE, far), (1.5 - far) / 0.64)
    assert np.isfinite(score.log_density(ONE, far)).all()


def test_density_keeps_its_digits_far_from_the_origin() -> None:
    found = score.log_density(score.mixture([1], [1e8], 1.0), [[1e8 + 1]])
    np.testing.assert_allclose(found, stats.norm.logpdf(1.0))


def test_smoothing_is_a_convolution_and_the_posterior_mean_an_integral() -> None:
    sigma = 0.7
    for noisy in (-1.0, 0.3, 2.0):

        def joint(x: float, noisy: float = noisy) -> float:
            clean = np.exp(score.log_density(ONE, [[x]])[0])
            return float(clean * stats.norm.pdf(noisy, x, sigma))

        total = integrate.quad(joint, -8, 8, limit=200)[0]
        first = integrate.quad(lambda x: x * joint(x), -8, 8, limit=200)[0]
        smoothed = score.log_density(score.smooth(ONE, sigma), [[noisy]])
        np.testing.assert_allclose(np.exp(smoothed), total)
        np.testing.assert_allclose(score.posterior_mean(ONE, [[noisy]], sigma), first / total)


@pytest.mark.parametrize("p", [ONE, TWO, score.parzen(_points(2), 0.0)], ids=["1", "2", "points"])
def test_denoiser_and_score_are_one(p: score.Mixture) -> None:
    X, sigma = _points(p.means.shape[1]), 0.8
    step = sigma**2 * score.score(score.smooth(p, sigma), X)
    np.testing.assert_allclose(score.posterior_mean(p, X, sigma), X + step, atol=1e-12)


def test_samples_have_the_moments() -> None:
    X = score.sample(ONE, 20_000, rng=np.random.default_rng(0))[:, 0]
    mean = 0.4 * -2 + 0.6 * 1.5
    variance = 0.4 * (0.25 + 4) + 0.6 * (0.64 + 2.25) - mean**2
    assert abs(X.mean() - mean) < 4 * np.sqrt(variance / len(X))
    assert abs(X.var() / variance - 1) < 0.03


def test_matching_is_half_the_squared_distance_of_the_scores() -> None:
    """Two models: the objectives differ as the expected distances do, by quadrature."""
    x = np.linspace(-9, 9, 4001)[:, None]
    density = np.exp(score.log_density(ONE, x))
    values, distances = [], []
    for scale in (0.8, 1.5):
        q = score.mixture([1, 1], [-1.0, 1.0], scale)
        S, h = score.score(q, x), 1e-4
        slope = (score.score(q, x + h) - score.score(q, x - h)) / (2 * h)
        exact = np.trapezoid(density * (slope + S**2 / 2)[:, 0], x[:, 0])
        sample = score.sample(ONE, 200_000, rng=np.random.default_rng(1))
        assert score.matching(partial(score.score, q), sample) == pytest.approx(exact, abs=0.01)
        values.append(exact)
        distances.append(
            np.trapezoid(density * ((S - score.score(ONE, x))[:, 0] ** 2) / 2, x[:, 0])
        )
    assert values[0] - values[1] == pytest.approx(distances[0] - distances[1], abs=1e-6)


def test_matching_takes_the_trace() -> None:
    A = np.array([[-2.0, 0.7], [0.1, -3.0]])
    X = _points(2)
    expected = -5 + 0.5 * ((X @ A.T) ** 2).sum(axis=1).mean()
    assert score.matching(lambda x: x @ A.T, X) == pytest.approx(expected)


def test_denoising_is_the_cost_of_an_autoencoder() -> None:
    rng, sigma = np.random.default_rng(0), 0.4
    X = _points(2)
    noisy = X + sigma * rng.normal(size=X.shape)
    model = autoencoder.init(2, 5, rng=rng)
    cost = autoencoder.cost(model, noisy, X).value
    value = score.denoising(
        lambda x: (autoencoder.reconstruct(model, x) - x) / sigma**2, X, noisy, sigma
    )
    assert value == pytest.approx(cost / (2 * sigma**4))


def test_langevin_and_annealed_reach_the_density() -> None:
    rng = np.random.default_rng(0)
    p = score.mixture([1], [3.0], 0.5)
    X = score.langevin(
        lambda x: score.score(p, x), rng.normal(size=(2000, 1)), steps=400, step=0.02, rng=rng
    )
    assert stats.kstest(X[:, 0], stats.norm(3, 0.5).cdf).pvalue > 0.01
    X = score.annealed(
        lambda x, sigma: score.score(score.smooth(ONE, sigma), x),
        8 * rng.normal(size=(2000, 1)),
        np.geomspace(8, 0.05, 12).tolist(),
        steps=30,
        step=0.0005,
        rng=rng,
    )
    assert (X < 0).mean() == pytest.approx(0.4, abs=0.05)


def test_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match="weights must be positive"):
        score.mixture([0, 1], [0.0, 1.0], 1.0)
    with pytest.raises(ValueError, match="scales must not be negative"):
        score.mixture([1], [0.0], -1.0)
    with pytest.raises(ValueError, match="means"):
        score.mixture([1, 1], [0.0], 1.0)
    with pytest.raises(ValueError, match="X must be a matrix"):
        score.parzen(3.0, 1.0)
    with pytest.raises(ValueError, match="scale 0"):
        score.score(score.parzen([0.0, 1.0], 0.0), [[0.0]])
    with pytest.raises(ValueError, match="the model's score"):
        score.matching(lambda X: X[:1], np.zeros((3, 1)))
    with pytest.raises(ValueError, match="fall"):
        score.annealed(
            lambda X, s: X, [[0.0]], [1, 2], steps=1, step=1, rng=np.random.default_rng()
        )
