"""Variational autoencoders against SciPy's normal, scikit-learn's probabilistic PCA, autograd and sampling."""

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm
from sklearn.decomposition import PCA

from dlconcepts import nets, optim, parameters, vae
from dlconcepts._checks import Array


def _data(n: int = 60, d: int = 5) -> Array:
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)


def _linear(d: int = 5, k: int = 3) -> vae.Linear:
    rng = np.random.default_rng(1)
    start = vae.linear_init(d, k, rng=rng)
    return start._replace(
        mean=rng.normal(size=d), log_variance=np.array(0.3), log_spread=rng.normal(size=k) / 2
    )


def _network(d: int = 5, k: int = 2) -> vae.VAE:
    rng = np.random.default_rng(2)
    model = vae.init(d, 4, k, rng=rng)
    theta = parameters.ravel(model)
    return parameters.unravel(theta + 0.3 * rng.normal(size=theta.size), model)


def test_the_likelihood_is_scipys() -> None:
    model, X = _linear(), _data()
    C = model.W @ model.W.T + np.exp(0.3) * np.eye(5)
    np.testing.assert_allclose(
        vae.log_likelihood(model, X), multivariate_normal(model.mean, C).logpdf(X)
    )


@pytest.mark.parametrize("k", [1, 2, 4])
def test_the_optimum_is_scikit_learns(k: int) -> None:
    X = _data()
    n = len(X)
    theirs = PCA(k).fit(X * np.sqrt((n - 1) / n))  # their divisor is n - 1, ours n
    model = vae.optimum(X, k)
    centered = model._replace(mean=model.mean * 0)
    mine = vae.log_likelihood(centered, X - X.mean(axis=0))
    their = theirs.score_samples(X - X.mean(axis=0) + theirs.mean_)
    np.testing.assert_allclose(np.exp(model.log_variance), theirs.noise_variance_)
    np.testing.assert_allclose(
        model.W @ model.W.T + np.exp(model.log_variance) * np.eye(5), theirs.get_covariance()
    )
    np.testing.assert_allclose(mine, their)


@pytest.mark.parametrize("variance", [None, 0.5, 2.0])
@pytest.mark.parametrize("k", [2, 4])
def test_nothing_near_the_optimum_is_better(k: int, variance: float | None) -> None:
    X = _data()
    model = vae.optimum(X, k, variance)
    free = variance is None
    best = vae.linear_cost(model, X, learn_variance=free)
    np.testing.assert_allclose(parameters.ravel(best.gradient), 0, atol=1e-12)
    assert best.value == pytest.approx(-vae.log_likelihood(model, X).mean())  # the bound is tight
    theta, rng = parameters.ravel(model), np.random.default_rng(3)
    for _ in range(50):
        other = parameters.unravel(theta + 0.1 * rng.normal(size=theta.size), model)
        if not free:
            other = other._replace(log_variance=model.log_variance)
        assert -vae.log_likelihood(other, X).mean() >= best.value
        assert vae.linear_cost(other, X).value >= -vae.log_likelihood(other, X).mean()


def test_training_reaches_the_optimum() -> None:
    X = _data()
    fit = optim.train(_linear(k=2), lambda m: vae.linear_cost(m, X), steps=3000, rate=0.02)
    assert fit.costs[-1] == pytest.approx(
        -vae.log_likelihood(vae.optimum(X, 2), X).mean(), rel=1e-5
    )


def test_directions_below_the_fixed_variance_are_off() -> None:
    X = _data()
    eigenvalues = np.sort(np.linalg.eigvalsh(np.cov(X.T, bias=True)))[::-1]
    v = float(eigenvalues[1:3].mean())
    model = vae.optimum(X, 7, v)
    assert model.W.shape == (5, 7)
    on = vae.linear_elbo(model, X).kl.mean(axis=0)
    np.testing.assert_allclose(on[:2], np.log(eigenvalues[:2] / v) / 2)
    assert (on[2:] == 0).all()


def test_the_posterior_is_the_conditional_of_the_joint_normal() -> None:
    model, X = _linear(), _data()
    v, k = np.exp(model.log_variance), 3
    C = model.W @ model.W.T + v * np.eye(5)
    found = vae.posterior(model, X)
    gain = model.W.T @ np.linalg.inv(C)
    np.testing.assert_allclose(found.mean, (X - model.mean) @ gain.T)
    np.testing.assert_allclose(found.covariance, np.eye(k) - gain @ model.W)


def test_the_gap_is_the_divergence_from_the_posterior() -> None:
    model, X = _linear(), _data()
    bound, exact = vae.linear_elbo(model, X), vae.posterior(model, X)
    S, P = np.diag(np.exp(model.log_spread)), np.linalg.inv(exact.covariance)
    gap = (X - model.mean) @ model.V - exact.mean
    log_ratio = np.linalg.slogdet(exact.covariance)[1] - model.log_spread.sum()
    divergence = (np.trace(P @ S) + (gap @ P * gap).sum(axis=1) - 3 + log_ratio) / 2
    np.testing.assert_allclose(
        vae.log_likelihood(model, X) - (bound.fit - bound.kl.sum(axis=1)), divergence
    )


@pytest.mark.parametrize("weight", [0.0, 1.0, 2.5])
def test_linear_gradient(weight: float) -> None:
    model, X = _linear(), _data()
    found = vae.linear_cost(model, X, weight=weight)
    expected = parameters.numerical_gradient(
        lambda m: vae.linear_cost(m, X, weight=weight).value, model
    )
    np.testing.assert_allclose(
        parameters.ravel(found.gradient), parameters.ravel(expected), rtol=1e-5, atol=1e-7
    )
    fixed = vae.linear_cost(model, X, weight=weight, learn_variance=False)
    assert fixed.gradient.log_variance == 0
    assert fixed.value == found.value


def _reference(theta: Any, like: vae.VAE, X: Any, noise: Any, weight: float) -> Any:
    """The negative bound in autograd's own words."""
    at, parts = 0, []
    for leaf in (
        *like.encoder.weights,
        *like.encoder.biases,
        *like.decoder.weights,
        *like.decoder.biases,
    ):
        parts.append(anp.reshape(theta[at : at + leaf.size], leaf.shape))
        at += leaf.size
    A, B, a, b, C, D, c, e = parts
    out = anp.dot(anp.tanh(anp.dot(X, A) + a), B) + b
    k = like.decoder.weights[0].shape[0]
    m, s = out[:, :k], anp.exp(out[:, k:])
    mean = anp.dot(anp.tanh(anp.dot(m + anp.sqrt(s) * noise, C) + c), D) + e
    v = anp.exp(theta[at])
    fit = -0.5 * anp.sum(anp.log(2 * anp.pi * v) + (X - mean) ** 2 / v, axis=1)
    kl = 0.5 * anp.sum(s + m**2 - 1 - anp.log(s), axis=1)
    return anp.mean(weight * kl - fit)


@pytest.mark.parametrize("weight", [0.0, 1.0, 2.5])
def test_cost_and_gradient_are_autograds(weight: float) -> None:
    model, X = _network(), _data(7)
    noise = np.random.default_rng(4).normal(size=(7, 2))
    theta = parameters.ravel(model)
    found = vae.cost(model, X, noise, weight=weight)
    assert found.value == pytest.approx(float(_reference(theta, model, X, noise, weight)))
    their = autograd.grad(lambda t: _reference(t, model, X, noise, weight))(theta)
    np.testing.assert_allclose(parameters.ravel(found.gradient), their, rtol=1e-9, atol=1e-12)
    assert vae.cost(model, X, noise, learn_variance=False).gradient.log_variance == 0


def test_networks_without_hidden_layers_are_the_linear_model() -> None:
    model, X = _linear(), _data(4)
    encoder = nets.Net(
        (np.hstack([model.V, np.zeros((5, 3))]),),
        (np.concatenate([-model.mean @ model.V, model.log_spread]),),
    )
    network = vae.VAE(encoder, nets.Net((model.W.T,), (model.mean,)), model.log_variance)
    exact, rng = vae.linear_elbo(model, X), np.random.default_rng(5)
    for i, x in enumerate(X):
        fits = []
        for _ in range(40):
            noise, many = rng.normal(size=(1000, 3)), np.repeat(x[None], 1000, axis=0)
            fits.append(-vae.cost(network, many, noise, weight=0).value)
            divergence = vae.cost(network, many, noise).value + fits[-1]
            assert divergence == pytest.approx(exact.kl[i].sum())
        assert abs(np.mean(fits) - exact.fit[i]) < 4 * np.std(fits) / np.sqrt(40)


def test_the_divergence_is_the_integral() -> None:
    z = np.linspace(-12, 12, 20_001)
    model = _linear(1, 1)
    m = (2.0 - model.mean[0]) * model.V[0, 0]
    q = norm(m, np.exp(model.log_spread[0] / 2))
    integral = np.trapezoid(q.pdf(z) * (q.logpdf(z) - norm.logpdf(z)), z)
    assert vae.linear_elbo(model, [[2.0]]).kl[0, 0] == pytest.approx(integral, rel=1e-6)


def test_samples_have_the_models_moments() -> None:
    model, n = _linear(), 200_000
    X = vae.linear_sample(model, n, rng=np.random.default_rng(6))
    C = model.W @ model.W.T + np.exp(model.log_variance) * np.eye(5)
    np.testing.assert_allclose(X.mean(axis=0), model.mean, atol=0.03)
    np.testing.assert_allclose(np.cov(X.T), C, atol=0.05 * C.max())
    network = vae.VAE(
        nets.Net((np.zeros((5, 6)),), (np.zeros(6),)),
        nets.Net((model.W.T,), (model.mean,)),
        model.log_variance,
    )
    Y = vae.sample(network, n, rng=np.random.default_rng(7))
    np.testing.assert_allclose(np.cov(Y.T), C, atol=0.05 * C.max())
    means = vae.sample(network, n, rng=np.random.default_rng(7), noisy=False)
    np.testing.assert_allclose(np.cov(means.T), model.W @ model.W.T, atol=0.05 * C.max())


def test_refusals() -> None:
    X, model = _data(), _network()
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: vae.optimum(X, 5), "k must be less than the 5 columns"),
        (lambda: vae.optimum(X, 0), "k must be"),
        (lambda: vae.optimum(X[:, :1] * [1, 2, 3], 1), "must vary beyond"),
        (lambda: vae.optimum(X, 2, 0.0), "variance"),
        (lambda: vae.log_likelihood(_linear(), X[:, 1:]), "X must have 5 columns"),
        (lambda: vae.linear_cost(_linear(), X, weight=-1), "weight"),
        (lambda: vae.linear_sample(_linear(), 0, rng=np.random.default_rng(0)), "n must be"),
        (lambda: vae.init(2, 3, 0, rng=np.random.default_rng(0)), "k must be"),
        (lambda: vae.cost(model, X, np.zeros((1, 2))), "noise and code"),
        (lambda: vae.cost(model, X, np.zeros((60, 2)), weight=-1), "weight"),
        (lambda: vae.sample(model, 0, rng=np.random.default_rng(0)), "n must be"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
