r"""Bayesian linear regression: the evidence, that is the log marginal likelihood, and the posterior.

The model is $y = X\theta + \varepsilon$ with the prior $\theta\sim\mathcal N(0, \alpha^{-1}I)$ and noise
$\varepsilon\sim\mathcal N(0, \beta^{-1}I)$.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


class Posterior(NamedTuple):
    """The normal posterior of the coefficients."""

    mean: Array  # shape (p,)
    covariance: Array  # shape (p, p)


def _model(X: ArrayLike, y: ArrayLike, alpha: float, beta: float) -> tuple[Array, Array]:
    X, y = _checks.matrix("X", X), _checks.vector("y", y)
    _checks.same_length("X", X, "y", y)
    _checks.positive("alpha", alpha)
    _checks.positive("beta", beta)
    return X, y


def posterior(X: ArrayLike, y: ArrayLike, alpha: float, beta: float) -> Posterior:
    r"""Posterior $\mathcal N(m, S)$ with $S^{-1} = \alpha I + \beta X^\top X$ and $m = \beta SX^\top y$.

    The mean is ridge regression with penalty α/β.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        alpha: precision α > 0 of the prior.
        beta: precision β > 0 of the noise.

    Returns:
        Mean and covariance of the coefficients.

    Raises:
        ValueError: if a shape does not fit, an entry is not finite or a precision is not positive.

    References:
        Bishop 2006, §3.3.1, eqs. 3.53 and 3.54.

    Examples:
        >>> posterior([[1.0]], [2.0], alpha=1.0, beta=1.0)
        Posterior(mean=array([1.]), covariance=array([[0.5]]))
    """
    X, y = _model(X, y, alpha, beta)
    covariance = np.linalg.inv(alpha * np.eye(X.shape[1]) + beta * X.T @ X)
    return Posterior(beta * covariance @ (X.T @ y), covariance)


def log_evidence(X: ArrayLike, y: ArrayLike, alpha: float, beta: float) -> float:
    r"""Log marginal likelihood $\ln p(y) = \ln\mathcal N(y;\, 0,\; \beta^{-1}I + \alpha^{-1}XX^\top)$.

    The coefficients are integrated out. By the singular values s of X, with $c = U^\top y$, y has
    the variance $1/\beta + s_i^2/\alpha$ along $u_i$ and $1/\beta$ elsewhere.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        alpha: precision α > 0 of the prior.
        beta: precision β > 0 of the noise.

    Returns:
        The log density of y, in nats.

    Raises:
        ValueError: if a shape does not fit, an entry is not finite or a precision is not positive.

    References:
        Bishop 2006, §3.5.1, eq. 3.86 (in another form).

    Examples:
        >>> round(log_evidence([[1.0]], [0.0], alpha=1.0, beta=1.0), 4)  # N(0; 0, 2)
        -1.2655
    """
    X, y = _model(X, y, alpha, beta)
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    c = U.T @ y
    along = 1 / beta + s**2 / alpha
    r = y - U @ c  # y @ y − c @ c would lose the digits of a small residual
    quadratic = float(np.sum(c**2 / along)) + beta * float(r @ r)
    log_det = float(np.log(along).sum()) - (len(y) - len(s)) * math.log(beta)
    return -(quadratic + log_det + len(y) * math.log(2 * math.pi)) / 2


def log_evidence_grad(X: ArrayLike, y: ArrayLike, alpha: float, beta: float) -> Array:
    r"""Gradient of ``log_evidence`` with respect to $(\ln\alpha, \ln\beta)$.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        alpha: precision α > 0 of the prior.
        beta: precision β > 0 of the noise.

    Returns:
        Shape (2,).

    Raises:
        ValueError: if a shape does not fit, an entry is not finite or a precision is not positive.

    References:
        Bishop 2006, §3.5.2, eqs. 3.92 and 3.95 where it vanishes.

    Examples:
        >>> log_evidence_grad([[1.0]], [2.0 ** 0.5], alpha=1.0, beta=1.0).round(9) + 0.0
        array([0., 0.])
    """
    X, y = _model(X, y, alpha, beta)
    mean, covariance = posterior(X, y, alpha, beta)
    effective = X.shape[1] - alpha * float(np.trace(covariance))
    r = y - X @ mean
    return (
        np.array([effective - alpha * float(mean @ mean), len(y) - effective - beta * float(r @ r)])
        / 2
    )
