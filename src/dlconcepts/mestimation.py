r"""M-estimation: linear models fitted under any regression loss, by reweighted least squares.

Minimizes $\sum_i L(y_i - x_i^\top\theta) + \tfrac\alpha2\lVert\theta\rVert^2$ by majorization: at
the current residual the loss is bounded from above by a parabola that touches it, so that each step
is one weighted least-squares problem and the objective never rises.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, linear
from dlconcepts._checks import Array
from dlconcepts.losses import RegressionLoss


class Fit(NamedTuple):
    """A fitted linear model."""

    theta: Array  # coefficients, shape (p,)
    weights: Array  # the last weights of the examples, shape (n,): small for outliers
    objective: Array  # the objective (with the kink rounded off) at every iterate, never rising
    converged: bool  # whether the tolerance was reached within the iterations allowed


def fit(
    X: ArrayLike,
    y: ArrayLike,
    loss: RegressionLoss,
    *,
    penalty: float = 0.0,
    intercept: bool = False,
    tolerance: float = 1e-8,
    steps: int = 1000,
) -> Fit:
    r"""Minimize $\sum_i L(y_i - x_i^\top\theta)$ by iteratively reweighted least squares (MM).

    Split the loss as $L(r) = E(r) + \tau r$ with E even (τ = γ − ½ for the quantile loss, else 0).
    With weights $w_i = E'(r_i)/r_i$ the next θ is the weighted least-squares fit to
    $y_i + \tau/w_i$. Below |r| = ε, E is replaced by the parabola that touches it at ±ε: without
    that a residual near the kink of the absolute loss would get an infinite weight and stay. ε
    starts at a tenth of the spread of y and halves, down to 10⁻⁷ of the spread, whenever a step
    gains little. The quantile loss with many features can take all steps: see ``converged``.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        loss: an entry of ``losses.REGRESSION``, or ``losses.regression(name, …)``.
        penalty: α ≥ 0, of the ridge term.
        intercept: leave coefficient 0 unpenalized; the first column of X must then be ones.
        tolerance: stop when a step lowers the objective by less than this share of it.
        steps: at most so many steps.

    Returns:
        Coefficients, weights, the objective along the way and whether it converged.

    Raises:
        ValueError: if a shape does not fit, an entry is not finite, or a parameter is out of range.

    References:
        Hunter & Lange 2000 (quantiles); Holland & Welsch 1977 (weights).

    Examples:
        >>> from dlconcepts import losses
        >>> X = linear.design_matrix([0.0, 1.0, 2.0, 3.0, 4.0])
        >>> y = [0.0, 1.0, 2.0, 3.0, 400.0]  # one outlier
        >>> fit(X, y, losses.regression("absolute")).theta.round(3) + 0.0
        array([0., 1.])
        >>> fit(X, y, losses.regression("squared")).theta.round(6)
        array([-79.2,  80.2])
    """
    X, y = _checks.matrix("X", X), _checks.vector("y", y)
    _checks.same_length("X", X, "y", y)
    penalty = _checks.positive("penalty", penalty, zero=True)
    tolerance, steps = _checks.positive("tolerance", tolerance), _checks.count("steps", steps)
    free = int(intercept)
    tilt = float(loss.grad(1.0) + loss.grad(-1.0)) / 2
    spread = float(np.ptp(y)) or 1.0
    floor, least = spread / 10, spread * 1e-7

    theta = linear.ridge(X, y, penalty, intercept=intercept)
    trail: list[float] = []
    while True:
        r = y - X @ theta
        size = np.maximum(np.abs(r), floor)
        weights = (loss.grad(size) - tilt) / size
        even = loss.loss(size) - tilt * size + weights / 2 * (r**2 - size**2)
        trail.append(float((even + tilt * r).sum() + penalty / 2 * theta[free:] @ theta[free:]))
        gain = (trail[-2] - trail[-1]) / (abs(trail[-2]) or 1.0) if len(trail) > 1 else np.inf
        converged = floor <= least and gain <= tolerance
        if converged or len(trail) > steps:
            return Fit(theta, weights, np.array(trail), converged)
        theta = linear.ridge(X, y + tilt / weights, penalty, intercept=intercept, weights=weights)
        if gain <= 0.01 * floor / spread:
            floor = max(floor / 2, least)
