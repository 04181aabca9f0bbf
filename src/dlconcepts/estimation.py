r"""Estimators and their errors: of a number, of a vector, and of a function.

A point estimator is a function of the data. Over many data sets it has a bias, a variance and a
mean squared error, and these are computed alike whether it returns a number or the values of a
function on a grid (``errors``).
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


class Errors(NamedTuple):
    """Bias, variance and mean squared error; mse = bias² + variance."""

    bias: Array
    variance: Array
    mse: Array


def errors(estimates: ArrayLike, truth: ArrayLike) -> Errors:
    r"""Bias $\mathbb E\hat\theta - \theta$, variance, and mse over repeated data sets, entry by entry.

    Args:
        estimates: one estimate for each of m data sets, shape (m, …): numbers (m,), vectors (m, p),
            or functions on a grid (m, k).
        truth: what was to be estimated, shape (…).

    Returns:
        Three arrays of the shape of truth. The variance divides by m, so that mse = bias² +
        variance holds exactly.

    Raises:
        ValueError: if the shapes do not fit.

    References:
        Goodfellow, Bengio & Courville 2016, §5.4.4, eq. 5.54.

    Examples:
        >>> bias, variance, mse = errors([1.0, 3.0], 1.0)
        >>> float(bias), float(variance), float(mse)
        (1.0, 1.0, 2.0)
    """
    estimates, truth = _checks.real("estimates", estimates), _checks.real("truth", truth)
    if estimates.ndim == 0 or estimates.shape[1:] != truth.shape or len(estimates) == 0:
        raise ValueError(
            f"estimates must have shape (m, *{truth.shape}), got shape {estimates.shape}"
        )
    return Errors(
        estimates.mean(axis=0) - truth,
        estimates.var(axis=0),
        np.square(estimates - truth).mean(axis=0),
    )


def kernel_smoother(x: ArrayLike, y: ArrayLike, at: ArrayLike, width: float) -> Array:
    r"""Estimate $f(x) = \mathbb E[y\mid x]$ by a local mean, $\sum_i k_i y_i/\sum_i k_i$.

    The weights are Gaussian, $k_i = \exp(-(x - x_i)^2/2w^2)$. No parameter vector is involved: the
    estimate is a function (Nadaraya and Watson).

    Args:
        x: one feature, shape (n,).
        y: targets, shape (n,).
        at: where to evaluate the estimate, shape (k,).
        width: w > 0, in the units of x: small is wiggly, large is flat.

    Returns:
        Shape (k,), in the units of y.

    Raises:
        ValueError: if a shape does not fit, an entry is not finite or width is not positive.

    References:
        Hastie, Tibshirani & Friedman 2009, §6.1.

    Examples:
        >>> kernel_smoother([0.0, 1.0], [2.0, 4.0], at=[0.0, 0.5], width=0.1).round(6)
        array([2., 3.])
    """
    x, y, at = _checks.vector("x", x), _checks.vector("y", y), _checks.vector("at", at)
    _checks.same_length("x", x, "y", y)
    exponents = -np.square((at[:, None] - x) / _checks.positive("width", width)) / 2
    kernel = np.exp(exponents - exponents.max(axis=1, keepdims=True))  # the nearest has weight 1
    return cast(Array, kernel @ y / kernel.sum(axis=1))


def variance_errors(n: int, divisor: float) -> Errors:
    r"""Exact errors of the estimate $S/c$, $S = \sum_i(x_i - \bar x)^2$, of a normal variance 1.

    $S$ is chi-squared with $n-1$ degrees of freedom, so the bias is $(n-1)/c - 1$ and the variance
    $2(n-1)/c^2$. With $c = n-1$ the bias is zero, $c = n$ is maximum likelihood, and $c = n+1$ has
    the least mse. For a variance σ² multiply the bias by σ² and the rest by σ⁴.

    Args:
        n: size of the sample, at least 2.
        divisor: c > 0.

    Returns:
        Bias, variance and mean squared error.

    Raises:
        ValueError: if n < 2 or divisor is not positive.

    References:
        Casella & Berger 2002, §7.3.1.

    Examples:
        >>> [f"{variance_errors(10, c).mse:.3f}" for c in (9, 10, 11)]
        ['0.222', '0.190', '0.182']
    """
    n, c = _checks.count("n", n, minimum=2), _checks.positive("divisor", divisor)
    bias, variance = np.float64((n - 1) / c - 1), np.float64(2 * (n - 1) / c**2)
    return Errors(cast(Array, bias), cast(Array, variance), cast(Array, bias**2 + variance))


def james_stein(x: ArrayLike, *, positive: bool = False) -> Array:
    r"""James–Stein estimate of means, $\left(1 - \tfrac{d-2}{\lVert x\rVert^2}\right)x$, noise variance 1.

    Each $x_j$ is one observation $\mathcal N(\theta_j, 1)$. For d ≥ 3 its expected squared error
    is below that of the maximum-likelihood estimate x for every θ.

    Args:
        x: observations, shape (d,) or (m, d) for m repetitions, with d ≥ 3.
        positive: replace a negative factor by zero, which is better still.

    Returns:
        Estimates, same shape.

    Raises:
        ValueError: if there are fewer than 3 means or an entry is not finite.

    References:
        James & Stein 1961; Lehmann & Casella 1998, §5.5.

    Examples:
        >>> james_stein([2.0, 0.0, 0.0])
        array([1.5, 0. , 0. ])
    """
    x = _checks.finite("x", _checks.real("x", x))
    if x.ndim not in (1, 2) or x.shape[-1] < 3:
        raise ValueError(f"x must have at least 3 means along its last axis, got shape {x.shape}")
    length = np.square(x).sum(axis=-1, keepdims=True)
    if (length == 0).any():
        raise ValueError(f"x must not be zero everywhere, shape {x.shape}")
    factor = 1 - (x.shape[-1] - 2) / length
    return cast(Array, (np.maximum(factor, 0) if positive else factor) * x)


def hodges(means: ArrayLike, n: int) -> Array:
    r"""Hodges' estimate: the sample mean, but 0 if $\lvert\bar x\rvert < n^{-1/4}$.

    At θ = 0 its n·mse tends to 0, below the bound of 1; near 0 it is much worse than the mean.

    Args:
        means: means of n standard normal observations around θ, any shape.
        n: size of each sample.

    Returns:
        Estimates of θ, same shape.

    Raises:
        ValueError: if n is not a positive whole number.

    References:
        van der Vaart 1998, §8.1.

    Examples:
        >>> hodges([0.05, 0.5], n=10_000)
        array([0. , 0.5])
    """
    means = _checks.real("means", means)
    return np.where(np.abs(means) < _checks.count("n", n) ** -0.25, 0.0, means)


def neyman_scott(groups: ArrayLike) -> float:
    r"""Maximum-likelihood estimate of the variance that all groups share, each with its own mean.

    $\hat\sigma^2 = \tfrac{1}{mk}\sum_{g,j}(x_{gj} - \bar x_g)^2$, whose expectation is
    $\tfrac{k-1}{k}\sigma^2$ however many groups there are: one new mean comes with each of them.

    Args:
        groups: m groups of k measurements, shape (m, k).

    Returns:
        The estimate; k/(k − 1) times it is unbiased.

    Raises:
        ValueError: if groups is not a finite matrix.

    References:
        Neyman & Scott 1948.

    Examples:
        >>> neyman_scott([[1.0, 3.0], [10.0, 12.0]])
        1.0
    """
    groups = _checks.matrix("groups", groups)
    return float(np.square(groups - groups.mean(axis=1, keepdims=True)).mean())
