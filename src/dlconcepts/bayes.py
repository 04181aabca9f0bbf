r"""The Bayes classifier and its error, for class densities that are known.

Class c has the prior $\pi_c$ and the density $p_c(x)$; the posterior is
$\eta_c(x) = \pi_cp_c(x)/\sum_j\pi_jp_j(x)$.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


def normal_density(x: ArrayLike, mean: float = 0.0, sd: float = 1.0) -> Array:
    r"""Density $\mathcal N(x; \mu, \sigma^2)$.

    Args:
        x: where, any shape.
        mean: μ.
        sd: σ > 0.

    Returns:
        Same shape as x.

    Raises:
        ValueError: if x is not made of real numbers or sd is not positive.

    Examples:
        >>> normal_density([0.0]).round(4)
        array([0.3989])
    """
    sd = _checks.positive("sd", sd)
    z = (_checks.real("x", x) - mean) / sd
    return np.asarray(np.exp(-z * z / 2) / (sd * math.sqrt(2 * math.pi)))


def normal_tail(z: float) -> float:
    r"""Upper tail $Q(z) = 1 - \Phi(z)$ of the standard normal distribution.

    Examples:
        >>> round(normal_tail(1.0), 4)
        0.1587
    """
    return math.erfc(z / math.sqrt(2)) / 2


def posterior(densities: ArrayLike, priors: ArrayLike) -> Array:
    r"""Posterior $\eta_c(x) = \pi_cp_c(x)/\sum_j\pi_jp_j(x)$ of each class at each point.

    Args:
        densities: $p_c(x_i)$, shape (classes, n), nonnegative and not all 0 at a point.
        priors: $\pi_c$, shape (classes,), of sum 1.

    Returns:
        Shape (classes, n); each column sums to 1.

    Raises:
        ValueError: if a shape does not fit, priors do not sum to 1 or a density is negative.

    Examples:
        >>> posterior([[1.0, 0.0], [1.0, 2.0]], [0.75, 0.25])
        array([[0.75, 0.  ],
               [0.25, 1.  ]])
    """
    joint = _joint(densities, priors)
    total = joint.sum(axis=0)
    if not (total > 0).all():
        raise ValueError("densities must not all be 0 at a point")
    return np.asarray(joint / total)


def error(x: ArrayLike, densities: ArrayLike, priors: ArrayLike) -> float:
    r"""Bayes error $1 - \int\max_c\pi_cp_c(x)\,dx$ by the trapezoidal rule.

    Args:
        x: increasing grid that covers all of the mass, shape (n,).
        densities: $p_c$ on the grid, shape (classes, n).
        priors: $\pi_c$, shape (classes,).

    Returns:
        The least 0–1 error that any classifier of x can have.

    Raises:
        ValueError: if a shape does not fit, the grid does not increase or misses more than 0.1 %
            of the mass.

    References:
        Hastie, Tibshirani & Friedman 2009, §2.4; Devroye, Györfi & Lugosi 1996, ch. 2.

    Examples:
        >>> x = np.linspace(-9, 9, 2001)
        >>> round(error(x, [normal_density(x, -1), normal_density(x, 1)], [0.5, 0.5]), 4)
        0.1587
    """
    joint = _joint(densities, priors)
    grid = _checks.vector("x", x, joint.shape[1])
    if (np.diff(grid) <= 0).any():
        raise ValueError("x must increase")
    width = np.diff(grid)

    def integral(values: Array) -> float:
        return float(width @ (values[1:] + values[:-1]) / 2)

    mass = integral(joint.sum(axis=0))
    if abs(mass - 1) > 1e-3:
        raise ValueError(f"x must cover the mass of all classes, got {mass:.4f} of 1")
    return mass - integral(joint.max(axis=0))


def _joint(densities: ArrayLike, priors: ArrayLike) -> Array:
    p, pi = _checks.matrix("densities", densities), _checks.vector("priors", priors)
    _checks.same_length("densities", p, "priors", pi)
    if (pi < 0).any() or abs(pi.sum() - 1) > 1e-9:
        raise ValueError(f"priors must be >= 0 and sum to 1, got {pi}")
    if (p < 0).any():
        raise ValueError(f"densities must be >= 0, got {p.min()}")
    return np.asarray(pi[:, None] * p)
