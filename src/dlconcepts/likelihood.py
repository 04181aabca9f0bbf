r"""Maximum likelihood: log-densities, scores, Fisher information and estimates of a few families.

A family is $p(x;\theta)$ with a parameter vector θ. Everything is kept as a logarithm, because a
product of a thousand densities is no float any more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array

LOG_ROOT_TWO_PI = math.log(2 * math.pi) / 2


class Family(NamedTuple):
    """A parametric family; the functions take checked arrays, x of shape (n,) and θ of shape (p,)."""

    name: str
    parameters: tuple[str, ...]  # a name for each entry of θ
    positive: tuple[str, ...]  # those of them that must be > 0
    log_density: Callable[[Array, Array], Array]  # of each example, shape (n,)
    score: Callable[[Array, Array], Array]  # its gradient in θ inside the support, shape (n, p)
    estimate: Callable[[Array], list[float]] | None  # the closed form, if there is one
    information: Callable[[Array], ArrayLike] | None  # of one example; None if irregular


def _inside(allowed: NDArray[np.bool_], log_density: Array) -> Array:
    return np.where(allowed, log_density, -np.inf)


def _counts_log_density(x: Array, theta: Array) -> Array:
    factorials = np.array([math.lgamma(max(value, 0) + 1) for value in x])
    return _inside((x >= 0) & (x == np.floor(x)), x * np.log(theta[0]) - theta[0] - factorials)


FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family(
            "normal",
            ("mean", "sd"),
            ("sd",),
            lambda x, t: -(((x - t[0]) / t[1]) ** 2) / 2 - np.log(t[1]) - LOG_ROOT_TWO_PI,
            lambda x, t: np.column_stack(
                [(x - t[0]) / t[1] ** 2, ((x - t[0]) ** 2 / t[1] ** 2 - 1) / t[1]]
            ),
            lambda x: [x.mean(), x.std() if np.ptp(x) > 0 else 0.0],  # not what rounding leaves
            lambda t: np.diag([1 / t[1] ** 2, 2 / t[1] ** 2]),
        ),
        Family(
            "laplace",
            ("location", "scale"),
            ("scale",),
            lambda x, t: -np.abs(x - t[0]) / t[1] - np.log(2 * t[1]),
            lambda x, t: np.column_stack(
                [np.sign(x - t[0]) / t[1], (np.abs(x - t[0]) / t[1] - 1) / t[1]]
            ),
            lambda x: [float(np.median(x)), np.abs(x - np.median(x)).mean()],
            lambda t: np.diag([1 / t[1] ** 2, 1 / t[1] ** 2]),
        ),
        Family(
            "cauchy",
            ("location",),
            (),
            lambda x, t: -np.log1p((x - t[0]) ** 2) - math.log(math.pi),
            lambda x, t: (2 * (x - t[0]) / (1 + (x - t[0]) ** 2))[:, None],
            None,  # up to n local maxima
            lambda t: [[0.5]],
        ),
        Family(
            "exponential",
            ("rate",),
            ("rate",),
            lambda x, t: _inside(x >= 0, np.log(t[0]) - t[0] * x),
            lambda x, t: (1 / t[0] - x)[:, None],
            lambda x: [1 / x.mean()],
            lambda t: [[1 / t[0] ** 2]],
        ),
        Family(
            "poisson",
            ("rate",),
            ("rate",),
            _counts_log_density,
            lambda x, t: (x / t[0] - 1)[:, None],
            lambda x: [x.mean()],
            lambda t: [[1 / t[0]]],
        ),
        Family(
            "uniform",
            ("end",),
            ("end",),
            lambda x, t: _inside((x >= 0) & (x <= t[0]), np.full(len(x), -np.log(t[0]))),
            lambda x, t: np.full((len(x), 1), -1 / t[0]),
            lambda x: [x.max()],
            None,  # the support moves with θ
        ),
    )
}


def family(name: str) -> Family:
    """Look up a family by name.

    Args:
        name: a key of ``FAMILIES``.

    Returns:
        The entry.

    Raises:
        ValueError: if there is no such family.

    Examples:
        >>> family("normal").parameters
        ('mean', 'sd')
    """
    return _checks.choice("name", name, FAMILIES)


def _theta(entry: Family, theta: ArrayLike) -> Array:
    values = _checks.vector("theta", theta, len(entry.parameters))
    for label, value in zip(entry.parameters, values, strict=True):
        if label in entry.positive:
            _checks.positive(f"theta ({label})", float(value))
    return values


def log_densities(name: str, x: ArrayLike, theta: ArrayLike) -> Array:
    r"""Log-density $\ln p(x_i;\theta)$ of each example; $-\infty$ outside the support.

    Args:
        name: a key of ``FAMILIES``.
        x: examples, shape (n,).
        theta: parameters in the order of the family's ``parameters``, shape (p,).

    Returns:
        Shape (n,), in nats.

    Raises:
        ValueError: if the family is unknown, a shape does not fit, or a scale or rate is not
            positive.

    Examples:
        >>> log_densities("uniform", [0.5, 3.0], [2.0]).round(3)
        array([-0.693,   -inf])
    """
    entry = family(name)
    return entry.log_density(_checks.vector("x", x), _theta(entry, theta))


def log_likelihood(name: str, x: ArrayLike, theta: ArrayLike) -> float:
    r"""Log-likelihood $\ell(\theta) = \sum_i \ln p(x_i;\theta)$ of independent examples.

    Args:
        name: a key of ``FAMILIES``.
        x: examples, shape (n,).
        theta: parameters, shape (p,).

    Returns:
        The sum, in nats; $-\infty$ if θ makes the data impossible.

    Raises:
        ValueError: as ``log_densities``.

    References:
        Goodfellow, Bengio & Courville 2016, §5.5, eq. 5.58.

    Examples:
        >>> round(log_likelihood("normal", [0.0, 0.0], [0.0, 1.0]), 4)
        -1.8379
    """
    return float(log_densities(name, x, theta).sum())


def score(name: str, x: ArrayLike, theta: ArrayLike) -> Array:
    r"""Score $\nabla_\theta\ell(\theta) = \sum_i\nabla_\theta\ln p(x_i;\theta)$.

    At an interior maximum it is zero; at the true θ its expectation is zero, if the support does
    not move with θ.

    Args:
        name: a key of ``FAMILIES``.
        x: examples, shape (n,).
        theta: parameters, shape (p,).

    Returns:
        Shape (p,); NaN where the likelihood is 0.

    Raises:
        ValueError: as ``log_densities``.

    References:
        Lehmann & Casella 1998, ch. 2.

    Examples:
        >>> score("exponential", [1.0, 3.0], [0.5])
        array([0.])
        >>> score("uniform", [1.0, 3.0], [3.0]).round(3)  # at the maximum, and not zero
        array([-0.667])
    """
    entry = family(name)
    x, theta = _checks.vector("x", x), _theta(entry, theta)
    possible = np.isfinite(entry.log_density(x, theta))
    return np.asarray(np.where(possible[:, None], entry.score(x, theta), np.nan).sum(axis=0))


def estimate(name: str, x: ArrayLike) -> Array:
    r"""Maximum-likelihood estimate $\hat\theta = \arg\max_\theta\ell(\theta)$, in closed form.

    Args:
        name: a key of ``FAMILIES``.
        x: examples, shape (n,).

    Returns:
        Shape (p,), in the order of the family's ``parameters``.

    Raises:
        ValueError: if the family has no closed form, x lies outside its support, or the maximum
            does not exist, as for a normal sample without spread.

    References:
        Casella & Berger 2002, §7.2.2.

    Examples:
        >>> estimate("normal", [1.0, 3.0]), estimate("uniform", [1.0, 3.0])
        (array([2., 1.]), array([3.]))
    """
    entry, x = family(name), _checks.vector("x", x)
    if entry.estimate is None:
        raise ValueError(f"name must be a family with a closed form, got {name!r}")
    with np.errstate(divide="ignore"):
        theta = np.array(entry.estimate(x), dtype=float)
    scales = [
        value for key, value in zip(entry.parameters, theta, strict=True) if key in entry.positive
    ]
    if not all(0 < value < np.inf for value in scales):
        raise ValueError(
            f"x has no {name} estimate: a scale or rate would not be positive and finite"
        )
    if not np.isfinite(entry.log_density(x, theta)).all():
        raise ValueError(f"x must lie in the support of the {name} family, shape {x.shape}")
    return theta


def information(name: str, theta: ArrayLike) -> Array:
    r"""Fisher information of one example, $I_1(\theta) = \mathbb E[s s^\top]$, s its score.

    Args:
        name: a key of ``FAMILIES``.
        theta: parameters, shape (p,).

    Returns:
        Shape (p, p). For n independent examples it is n times this.

    Raises:
        ValueError: if the family is not regular (uniform), or as ``log_densities``.

    References:
        Lehmann & Casella 1998, §2.5.

    Examples:
        >>> information("normal", [0.0, 2.0])
        array([[0.25, 0.  ],
               [0.  , 0.5 ]])
    """
    entry = family(name)
    if entry.information is None:
        raise ValueError(f"name must be a regular family, got {name!r}: its support moves with θ")
    return np.asarray(entry.information(_theta(entry, theta)), dtype=float)


def cramer_rao(name: str, theta: ArrayLike, n: int) -> Array:
    r"""Cramér–Rao bound $I_1(\theta)^{-1}/n$ on the covariance of unbiased estimators.

    Args:
        name: a key of ``FAMILIES``, regular.
        theta: the true parameters, shape (p,).
        n: number of independent examples.

    Returns:
        Shape (p, p): the covariance of an unbiased estimator exceeds it by a positive semidefinite
        matrix. Biased estimators are not bound by it.

    Raises:
        ValueError: as ``information``, or if n is not a positive whole number.

    References:
        Lehmann & Casella 1998, §2.5–2.6.

    Examples:
        >>> cramer_rao("poisson", [3.0], n=10).round(9)
        array([[0.3]])
    """
    return np.linalg.inv(information(name, theta)) / _checks.count("n", n)


def mixture_log_likelihood(x: ArrayLike, mean: float, log_sd: float) -> float:
    r"""Log-likelihood of the mixture $\tfrac12\mathcal N(0,1) + \tfrac12\mathcal N(\mu,\sigma^2)$.

    The scale enters as ln σ, so that σ may be smaller than any float. With μ equal to one of the
    examples the likelihood grows like 1/σ: it has no maximum.

    Args:
        x: examples, shape (n,).
        mean: μ.
        log_sd: ln σ.

    Returns:
        The log-likelihood, in nats.

    Raises:
        ValueError: if x is not a finite vector.

    References:
        Kiefer & Wolfowitz 1956; Bishop 2006, §9.2.1.

    Examples:
        >>> x = [0.0, 2.0]
        >>> [round(mixture_log_likelihood(x, 2.0, s), 1) for s in (0.0, -100.0, -1000.0)]
        [-3.0, 96.8, 996.8]
    """
    x = _checks.vector("x", x)
    gap = np.abs(x - mean)
    with np.errstate(divide="ignore", over="ignore"):
        z = np.exp(np.log(gap) - log_sd)  # 0 where x is μ, however small σ
        narrow = -np.square(z) / 2 - log_sd
    wide = -np.square(x) / 2
    return float((np.logaddexp(wide, narrow) - math.log(2) - LOG_ROOT_TWO_PI).sum())
