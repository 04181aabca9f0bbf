r"""Scores $\nabla_{\mathbf x}\ln p(\mathbf x)$: of a mixture of Gaussians, matched to data, and sampled from.

A ``Mixture`` has spherical components in d dimensions, so that everything about it is known in closed form: density,
score, the density after adding noise, and the mean of a clean point given a noisy one. ``matching`` and ``denoising``
are objectives of a model that gives a score but no normalized density. ``langevin`` and ``annealed`` draw samples by
a score alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, losses
from dlconcepts._checks import Array
from dlconcepts.clustering import squared_distances

Score: TypeAlias = Callable[[Array], Array]


class Mixture(NamedTuple):
    """A mixture of spherical Gaussians; made by ``mixture`` or ``parzen``."""

    weights: Array  # shares of the components, sum 1, shape (k,)
    means: Array  # shape (k, d)
    scales: Array  # standard deviations, shape (k,)


def mixture(weights: ArrayLike, means: ArrayLike, scales: ArrayLike) -> Mixture:
    r"""$p(\mathbf x)=\sum_j\pi_j\,\mathcal N(\mathbf x;\boldsymbol\mu_j,s_j^2I)$.

    Args:
        weights: π, positive, shape (k,); they are divided by their sum.
        means: shape (k, d), or (k,) in one dimension.
        scales: s ≥ 0, shape (k,), or one for all. A component of scale 0 is a point: it has no
            density until ``smooth`` gives it one.

    Returns:
        The mixture.

    Raises:
        ValueError: if the shapes differ, a weight is not positive, or a scale is negative.

    Examples:
        >>> mixture([1, 3], [-1.0, 1.0], 0.5).weights
        array([0.25, 0.75])
    """
    weights = _checks.vector("weights", weights)
    mu, s = _checks.real("means", means), _checks.real("scales", scales)
    means = _checks.matrix("means", mu[:, None] if mu.ndim == 1 else mu)
    scales = _checks.vector("scales", np.full(len(weights), s) if s.ndim == 0 else s)
    _checks.same_length("weights", weights, "means", means)
    _checks.same_length("weights", weights, "scales", scales)
    if (weights <= 0).any():
        raise ValueError(f"weights must be positive, got {weights.min()} among them")
    if (scales < 0).any():
        raise ValueError(f"scales must not be negative, got {scales.min()} among them")
    return Mixture(weights / weights.sum(), means, scales)


def parzen(X: ArrayLike, sigma: float) -> Mixture:
    r"""$q_\sigma(\tilde{\mathbf x})=\frac1n\sum_i\mathcal N(\tilde{\mathbf x};\mathbf x_i,\sigma^2I)$: data plus noise.

    Args:
        X: points, shape (n, d), or (n,) in one dimension.
        sigma: σ ≥ 0.

    Returns:
        A mixture with one component for each point.

    Raises:
        ValueError: if X is neither a matrix nor a vector of points or sigma is negative.

    References:
        Vincent 2011.

    Examples:
        >>> parzen([0.0, 1.0], 0.5).scales
        array([0.5, 0.5])
    """
    X = _checks.real("X", X)
    X = _checks.matrix("X", X[:, None] if X.ndim == 1 else X)
    return mixture(np.ones(len(X)), X, _checks.positive("sigma", sigma, zero=True))


def smooth(p: Mixture, sigma: float) -> Mixture:
    r"""Add noise $\mathcal N(\mathbf 0,\sigma^2I)$ to the points: $s_j$ becomes $\sqrt{s_j^2+\sigma^2}$.

    Args:
        p: a mixture.
        sigma: σ ≥ 0.

    Returns:
        The mixture after adding noise.

    Examples:
        >>> smooth(mixture([1], [0.0], 3.0), 4.0).scales
        array([5.])
    """
    sigma = _checks.positive("sigma", sigma, zero=True)
    return p._replace(scales=np.hypot(p.scales, sigma))


def responsibilities(p: Mixture, X: ArrayLike) -> Array:
    r"""$P(j\mid\mathbf x)$: which component a point comes from.

    Args:
        p: a mixture.
        X: points, shape (n, d).

    Returns:
        Shape (n, k), rows sum to 1.

    Raises:
        ValueError: if a scale is 0 or the shapes do not fit.

    Examples:
        >>> responsibilities(mixture([1, 3], [-1.0, 1.0], 0.5), [[0.0]])
        array([[0.25, 0.75]])
    """
    return losses.softmax(_terms(p, X))


def log_density(p: Mixture, X: ArrayLike) -> Array:
    r"""$\ln p(\mathbf x)$.

    Args:
        p: a mixture.
        X: points, shape (n, d).

    Returns:
        Shape (n,).

    Raises:
        ValueError: if a scale is 0 or the shapes do not fit.

    Examples:
        >>> log_density(mixture([1], [0.0], 1.0), [[0.0]]).round(4)  # -ln(2π)/2
        array([-0.9189])
    """
    return np.asarray(np.logaddexp.reduce(_terms(p, X), axis=1))


def score(p: Mixture, X: ArrayLike) -> Array:
    r"""$\nabla_{\mathbf x}\ln p(\mathbf x)=\sum_jP(j\mid\mathbf x)\,(\boldsymbol\mu_j-\mathbf x)/s_j^2$.

    Args:
        p: a mixture.
        X: points, shape (n, d).

    Returns:
        Shape (n, d).

    Raises:
        ValueError: if a scale is 0 or the shapes do not fit.

    References:
        Hyvärinen 2005 (the name, for derivatives with respect to x).

    Examples:
        >>> score(mixture([1], [1.0], 2.0), [[3.0]])
        array([[-0.5]])
    """
    R = responsibilities(p, X) / p.scales**2
    return np.asarray(R @ p.means - R.sum(axis=1, keepdims=True) * np.asarray(X, dtype=float))


def posterior_mean(p: Mixture, noisy: ArrayLike, sigma: float) -> Array:
    r"""The best denoiser, $\mathbb E[\mathbf x\mid\tilde{\mathbf x}]$, of points x with Gaussian noise added.

    Given the component the answer is linear, $\boldsymbol\mu_j+\frac{s_j^2}{s_j^2+\sigma^2}
    (\tilde{\mathbf x}-\boldsymbol\mu_j)$; these are averaged with the responsibilities of the smoothed mixture.

    Args:
        p: the clean points' mixture; its scales may be 0.
        noisy: points x̃, shape (n, d).
        sigma: σ > 0.

    Returns:
        Shape (n, d).

    Raises:
        ValueError: if sigma is not positive or the shapes do not fit.

    References:
        Bishop 2006, §2.3.3 (one component); Efron 2011 (by the score).

    Examples:
        >>> posterior_mean(mixture([1], [0.0], 1.0), [[2.0]], 1.0)
        array([[1.]])
    """
    sigma = _checks.positive("sigma", sigma)
    R = responsibilities(smooth(p, sigma), noisy)
    keep = p.scales**2 / (p.scales**2 + sigma**2)
    towards = (R * (1 - keep)) @ p.means
    return np.asarray(towards + (R @ keep)[:, None] * np.asarray(noisy, dtype=float))


def sample(p: Mixture, n: int, *, rng: np.random.Generator) -> Array:
    """Draw points: first the component, then the point.

    Args:
        p: a mixture.
        n: how many.
        rng: source of randomness.

    Returns:
        Shape (n, d).

    Examples:
        >>> sample(mixture([1], [[2.0, 3.0]], 0.0), 2, rng=np.random.default_rng(0))
        array([[2., 3.],
               [2., 3.]])
    """
    n = _checks.count("n", n)
    j = rng.choice(len(p.weights), size=n, p=p.weights)
    noise = rng.normal(size=(n, p.means.shape[1]))
    return np.asarray(p.means[j] + p.scales[j, None] * noise)


def matching(model: Score, X: ArrayLike, *, step: float = 1e-4) -> float:
    r"""Score matching, the mean of $\operatorname{tr}\nabla\mathbf s+\frac12\lVert\mathbf s\rVert^2$ over the data.

    Up to a constant that does not depend on the model this is half the mean squared distance of $\mathbf s$ from the
    score of the data. It needs neither that score nor a normalized density. The trace is taken by central differences,
    two evaluations for each dimension.

    Args:
        model: the score s of the model, from (n, d) to (n, d).
        X: data, shape (n, d).
        step: of the differences, > 0.

    Returns:
        The objective; it may be negative.

    Raises:
        ValueError: if the score has not the shape of X.

    References:
        Hyvärinen 2005, Thm. 1.

    Examples:
        >>> round(matching(lambda X: -X, [[1.0], [-1.0]]), 6)  # -1 + 1/2
        -0.5
    """
    X, step = _checks.matrix("X", X), _checks.positive("step", step)
    trace = np.zeros(len(X))
    for j, move in enumerate(step * np.eye(X.shape[1])):
        trace += (_at(model, X + move)[:, j] - _at(model, X - move)[:, j]) / (2 * step)
    return float((trace + 0.5 * (_at(model, X) ** 2).sum(axis=1)).mean())


def denoising(model: Score, X: ArrayLike, noisy: ArrayLike, sigma: float) -> float:
    r"""The mean of $\frac12\lVert\mathbf s(\tilde{\mathbf x})-\frac{\mathbf x-\tilde{\mathbf x}}{\sigma^2}\rVert^2$.

    Args:
        model: the score s of the model, from (n, d) to (n, d).
        X: clean points, shape (n, d).
        noisy: the same with noise of standard deviation σ added.
        sigma: σ > 0.

    Returns:
        The objective.

    Raises:
        ValueError: if the shapes differ or sigma is not positive.

    References:
        Vincent 2011.

    Examples:
        >>> denoising(lambda X: -X, [[0.0]], [[1.0]], 1.0)
        0.0
    """
    X, noisy = _checks.matrix("X", X), _checks.matrix("noisy", noisy)
    _checks.same_shape("X", X, "noisy", noisy)
    target = (X - noisy) / _checks.positive("sigma", sigma) ** 2
    return float(0.5 * ((_at(model, noisy) - target) ** 2).sum(axis=1).mean())


def langevin(
    model: Score, X: ArrayLike, *, steps: int, step: float, rng: np.random.Generator
) -> Array:
    r"""Langevin sampling, $\mathbf x\leftarrow\mathbf x+\frac\alpha2\mathbf s(\mathbf x)+\sqrt\alpha\,\mathbf z$.

    As α → 0 and the number of steps → ∞ the points are distributed by the density whose score s is. At a fixed
    α they are nearly so.

    Args:
        model: the score s, from (n, d) to (n, d).
        X: where the n chains start, shape (n, d).
        steps: number of steps ≥ 1.
        step: α > 0.
        rng: source of randomness.

    Returns:
        Where they end, shape (n, d).

    Raises:
        ValueError: if a parameter is out of range.

    References:
        Song & Ermon 2019, §2.2.

    Examples:
        >>> still = langevin(lambda X: 0 * X, np.zeros((500, 1)), steps=4, step=0.25,
        ...                  rng=np.random.default_rng(0))
        >>> float(still.std().round(1))  # a random walk
        1.0
    """
    at, step = _checks.matrix("X", X), _checks.positive("step", step)
    for _ in range(_checks.count("steps", steps)):
        at = at + step / 2 * _at(model, at) + np.sqrt(step) * rng.normal(size=at.shape)
    return at


def annealed(
    model: Callable[[Array, float], Array],
    X: ArrayLike,
    sigmas: Sequence[float],
    *,
    steps: int,
    step: float,
    rng: np.random.Generator,
) -> Array:
    r"""Langevin sampling along falling noise: at the level σ the step is $\alpha\sigma^2/\sigma_{\text{last}}^2$.

    Args:
        model: from points (n, d) and σ to the score of the density smoothed with σ.
        X: where the n chains start, shape (n, d).
        sigmas: the levels, from large to small, each > 0.
        steps: number of steps at each level ≥ 1.
        step: α > 0, the step at the last level.
        rng: source of randomness.

    Returns:
        Where they end, shape (n, d).

    Raises:
        ValueError: if a parameter is out of range or the levels do not fall.

    References:
        Song & Ermon 2019, algorithm 1.

    Examples:
        >>> pull = lambda X, sigma: -X / (1 + sigma**2)
        >>> found = annealed(pull, np.full((500, 1), 9.0), [3.0, 1.0, 0.3], steps=100, step=0.05,
        ...                  rng=np.random.default_rng(0))
        >>> float(found.std().round(1))
        1.0
    """
    levels = [_checks.positive("sigmas", sigma) for sigma in sigmas]
    if not levels or any(a <= b for a, b in pairwise(levels)):
        raise ValueError(f"sigmas must fall from large to small, got {list(sigmas)}")
    at, step = _checks.matrix("X", X), _checks.positive("step", step)
    for sigma in levels:
        scaled = step * sigma**2 / levels[-1] ** 2
        at = langevin(partial(_fixed, model, sigma), at, steps=steps, step=scaled, rng=rng)
    return at


def _fixed(model: Callable[[Array, float], Array], sigma: float, X: Array) -> Array:
    return model(X, sigma)


def _terms(p: Mixture, X: ArrayLike) -> Array:
    """Logarithms of the weighted densities of the components, shape (n, k)."""
    if (p.scales == 0).any():
        raise ValueError("a component of scale 0 has no density; smooth the mixture first")
    d = p.means.shape[1]
    far = squared_distances(_checks.matrix("X", X, columns=d), p.means)
    constant = np.log(p.weights) - d * np.log(p.scales) - 0.5 * d * np.log(2 * np.pi)
    return np.asarray(constant - 0.5 * far / p.scales**2)


def _at(model: Score, X: Array) -> Array:
    S = np.asarray(model(X))
    _checks.same_shape("X", X, "the model's score", S)
    return S
