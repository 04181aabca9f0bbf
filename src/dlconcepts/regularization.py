r"""What penalties and early stopping do to a quadratic cost, and the lasso.

Near its minimum $w^*$ a cost is $\tfrac12(w - w^*)^\top H(w - w^*)$. In the eigenbasis of H each
coordinate is regularized by itself, so the functions here take eigenvalues or coordinates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


def _eigenvalues(values: ArrayLike) -> Array:
    values = _checks.finite("eigenvalues", _checks.real("eigenvalues", values))
    if (values < 0).any():
        raise ValueError(f"eigenvalues must be >= 0, got {values.min()}, shape {values.shape}")
    return values


def shrinkage(eigenvalues: ArrayLike, penalty: float) -> Array:
    r"""Factor $\lambda_i/(\lambda_i + \alpha)$ by which $\tfrac\alpha2\lVert w\rVert^2$ shrinks direction i.

    Steep directions (λ ≫ α) keep their coordinate, flat ones (λ ≪ α) lose it.

    Args:
        eigenvalues: λ ≥ 0 of the Hessian, any shape.
        penalty: α > 0.

    Returns:
        Factors in [0, 1), same shape. Their sum is the effective number of parameters.

    Raises:
        ValueError: if an eigenvalue is negative or penalty is not positive.

    References:
        Goodfellow, Bengio & Courville 2016, §7.1.1, eq. 7.13.

    Examples:
        >>> shrinkage([10.0, 0.1], penalty=1.0).round(3)
        array([0.909, 0.091])
    """
    values = _eigenvalues(eigenvalues)
    return np.asarray(values / (values + _checks.positive("penalty", penalty)))


def early_stopping(eigenvalues: ArrayLike, step: float, steps: int) -> Array:
    r"""Factor $1 - (1 - \eta\lambda_i)^\tau$ that τ steps of gradient descent from 0 reach.

    For $\lambda_i\eta\ll1$ and small τ it is near ``shrinkage`` with $\alpha = 1/(\tau\eta)$.

    Args:
        eigenvalues: λ ≥ 0 of the Hessian, any shape.
        step: step size η > 0, with ηλ < 2 for all λ.
        steps: number of steps τ ≥ 0.

    Returns:
        Factors, same shape: coordinate i is at factor · $w_i^*$.

    Raises:
        ValueError: if an eigenvalue is negative or the step is too large to converge.

    References:
        Goodfellow, Bengio & Courville 2016, §7.8, eq. 7.40.

    Examples:
        >>> early_stopping([10.0, 0.1], step=0.1, steps=10).round(3)
        array([1.   , 0.096])
    """
    values, step = _eigenvalues(eigenvalues), _checks.positive("step", step)
    if (step * values >= 2).any():
        raise ValueError(f"step must be below 2/{values.max()}, got {step}")
    return np.asarray(1 - (1 - step * values) ** _checks.count("steps", steps, minimum=0))


def soft_threshold(w: ArrayLike, threshold: float) -> Array:
    r"""Soft threshold $\operatorname{sign}(w)\max(\lvert w\rvert - t, 0)$: the proximal map of $t\lVert w\rVert_1$.

    Args:
        w: coordinates, any shape.
        threshold: t ≥ 0.

    Returns:
        Same shape; exactly 0 where $\lvert w\rvert\le t$.

    Raises:
        ValueError: if w is not made of real numbers or threshold is negative.

    References:
        Goodfellow, Bengio & Courville 2016, §7.1.2, eq. 7.23; Hastie, Tibshirani & Friedman 2009,
        table 3.4.

    Examples:
        >>> soft_threshold([3.0, -0.5, -2.0], threshold=1.0)
        array([ 2.,  0., -1.])
    """
    w, t = _checks.real("w", w), _checks.positive("threshold", threshold, zero=True)
    return np.asarray(w - np.clip(w, -t, t))


class Lasso(NamedTuple):
    """A lasso solution with its certificate."""

    theta: Array  # coefficients, shape (p,)
    gap: float  # duality gap: the objective is at most this much above the minimum
    sweeps: int  # over all coordinates
    converged: bool  # whether the tolerance was reached within the sweeps allowed


def lasso(
    X: ArrayLike,
    y: ArrayLike,
    penalty: float,
    *,
    intercept: bool = False,
    tolerance: float = 1e-9,
    sweeps: int = 10_000,
) -> Lasso:
    r"""Minimize $\tfrac12\lVert y - X\theta\rVert^2 + \alpha\lVert\theta\rVert_1$ by coordinate descent.

    With the others fixed, the best $\theta_j$ is the soft threshold of $x_j^\top r_j$ at α, divided
    by $\lVert x_j\rVert^2$, where $r_j$ is the residual without feature j.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        penalty: α > 0. (scikit-learn's ``alpha`` is α/n.) From $\max_j|x_j^\top y|$ on, all
            coefficients are 0.
        intercept: leave coefficient 0 unpenalized; the first column of X must then be ones.
        tolerance: stop when the duality gap is below this share of $\tfrac12\lVert y\rVert^2$.
        sweeps: at most so many.

    Returns:
        Coefficients, the gap, the sweeps taken and whether it converged.

    Raises:
        ValueError: if a shape does not fit, an entry is not finite, a parameter is not positive, or
            an intercept is asked for without its column.

    References:
        Tibshirani 1996; Hastie, Tibshirani & Friedman 2009, §3.8.6.

    Examples:
        >>> lasso([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5], penalty=1.0).theta
        array([2., 0.])
    """
    X, y = _checks.matrix("X", X), _checks.vector("y", y)
    _checks.same_length("X", X, "y", y)
    X, y = X.astype(np.float64), y.astype(np.float64)  # single precision ends above the tolerance
    alpha, tolerance = (
        _checks.positive("penalty", penalty),
        _checks.positive("tolerance", tolerance),
    )
    if intercept:
        _checks.intercept_column(X)
    sweeps = _checks.count("sweeps", sweeps)
    theta = np.zeros(X.shape[1])
    if intercept:  # center; the intercept follows from the means
        means, level = X[:, 1:].mean(axis=0), y.mean()
        inner = _descend(X[:, 1:] - means, y - level, alpha, tolerance, sweeps)
        theta[1:] = inner.theta
        theta[0] = level - means @ inner.theta
        return inner._replace(theta=theta)
    return _descend(X, y, alpha, tolerance, sweeps)


def _descend(X: Array, y: Array, alpha: float, tolerance: float, sweeps: int) -> Lasso:
    theta, r = np.zeros(X.shape[1]), y.copy()
    sizes = np.square(X).sum(axis=0)
    sweep = 0
    while True:
        # r, scaled until |Xᵀr| ≤ α everywhere, is feasible for the dual ½‖y‖² − ½‖y − u‖².
        largest = np.abs(X.T @ r).max(initial=0.0)
        u = r * min(1.0, alpha / largest) if largest > 0 else r
        primal = r @ r / 2 + alpha * np.abs(theta).sum()
        gap = float(primal - (y @ y - (y - u) @ (y - u)) / 2)
        converged = gap <= tolerance * float(y @ y) / 2
        if converged or sweep == sweeps:
            return Lasso(theta, gap, sweep, converged)
        for j in np.flatnonzero(sizes):
            old = theta[j]
            theta[j] = soft_threshold(X[:, j] @ r + sizes[j] * old, alpha) / sizes[j]
            if theta[j] != old:
                r += X[:, j] * (old - theta[j])
        sweep += 1
