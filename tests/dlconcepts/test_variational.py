"""The fitted normal against closed forms."""

import numpy as np
import pytest
from scipy import optimize

from dlconcepts import variational


def test_of_a_normal_it_finds_the_mean_and_the_conditional_variances() -> None:
    precision, mean = np.array([[4.0, 2.0], [2.0, 9.0]]), np.array([1.0, -2.0])
    q = variational.gaussian(
        lambda theta: precision @ (theta - mean),
        [0.0, 0.0],
        rng=np.random.default_rng(0),
        steps=8000,
        rate=0.01,
    )
    np.testing.assert_allclose(q.mean, mean, atol=0.03)
    np.testing.assert_allclose(q.sd, 1 / np.sqrt(np.diag(precision)), rtol=0.05)


def test_of_another_density_it_minimizes_the_divergence() -> None:
    # E = exp(θ) − aθ, the log of a gamma variable of shape a: E_q E = exp(μ + σ²/2) − aμ
    a = 3.0
    best = optimize.minimize(
        lambda z: np.exp(z[0] + np.exp(2 * z[1]) / 2) - a * z[0] - z[1], [0, 0]
    )
    q = variational.gaussian(
        lambda theta: np.exp(theta) - a, [0.0], rng=np.random.default_rng(1), steps=8000, rate=0.01
    )
    assert q.mean[0] == pytest.approx(best.x[0], abs=0.03)
    assert q.sd[0] == pytest.approx(np.exp(best.x[1]), rel=0.05)


def test_refusals() -> None:
    rng = np.random.default_rng(0)
    for kwargs, message in [
        ({"steps": 1}, "steps"),
        ({"steps": 5, "sd": 0.0}, "sd"),
        ({"steps": 5, "rate": -1.0}, "rate"),
    ]:
        with pytest.raises(ValueError, match=message):
            variational.gaussian(lambda x: x, [0.0], rng=rng, **kwargs)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="slope"):
        variational.gaussian(lambda x: x[:1], [0.0, 0.0], rng=rng, steps=5)
    with pytest.raises(ValueError, match="start"):
        variational.gaussian(lambda x: x, 0.0, rng=rng, steps=5)
