r"""A linear soft-margin support vector machine: its cost, its dual, and SMO to solve it.

Labels are −1 and +1, the score is $f(x) = w^\top x + b$, and the intercept is not penalized.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, losses
from dlconcepts._checks import Array


class Machine(NamedTuple):
    """A fitted machine with both of its objectives."""

    weights: Array  # w, shape (d,)
    intercept: float  # b
    alpha: Array  # dual variables, one for each example, in [0, C], shape (n,)
    primal: float  # ½‖w‖² + C Σ hinge
    dual: float  # Σα − ½‖Σ α y x‖², at most the primal
    steps: int
    converged: bool  # whether the tolerance was reached within the steps allowed


def primal_objective(X: ArrayLike, y: ArrayLike, w: ArrayLike, b: float, penalty: float) -> float:
    r"""Cost $\tfrac12\lVert w\rVert^2 + C\sum_i\max(0, 1 - y_i(w^\top x_i + b))$, to be minimized.

    Args:
        X: features, shape (n, d).
        y: labels −1 or +1, shape (n,).
        w: weights, shape (d,).
        b: intercept.
        penalty: C > 0, the price of a unit of hinge loss.

    Returns:
        The cost; divided by nC it is the mean hinge loss plus $\lVert w\rVert^2/2nC$.

    Raises:
        ValueError: if a shape does not fit, a label is neither −1 nor +1, or C is not positive.

    References:
        Cortes & Vapnik 1995; Bishop 2006, §7.1.1, eq. 7.21.

    Examples:
        >>> primal_objective([[1.0], [-1.0]], [1, -1], w=[0.5], b=0.0, penalty=2.0)
        2.125
    """
    X, y = _checks.labeled(X, y)
    w = _checks.vector("w", w, X.shape[1])
    hinge = losses.hinge(y, X @ w + b).sum()
    return float(w @ w / 2 + _checks.positive("penalty", penalty) * hinge)


def dual_objective(X: ArrayLike, y: ArrayLike, alpha: ArrayLike) -> float:
    r"""Dual objective $\sum_i\alpha_i - \tfrac12\lVert\sum_i\alpha_iy_ix_i\rVert^2$, to be maximized.

    Subject to $0\le\alpha_i\le C$ and $\sum_i\alpha_iy_i = 0$. Every α that satisfies these gives a
    lower bound on the cost.

    Args:
        X: features, shape (n, d).
        y: labels −1 or +1, shape (n,).
        alpha: dual variables, shape (n,).

    Returns:
        The value.

    Raises:
        ValueError: if a shape does not fit or a label is neither −1 nor +1.

    References:
        Bishop 2006, §7.1.1, eqs. 7.32–7.34.

    Examples:
        >>> dual_objective([[1.0], [-1.0]], [1, -1], [0.5, 0.5])
        0.5
    """
    X, y = _checks.labeled(X, y)
    alpha = _checks.vector("alpha", alpha, len(y))
    w = X.T @ (alpha * y)
    return float(alpha.sum() - w @ w / 2)


def fit(
    X: ArrayLike, y: ArrayLike, penalty: float, *, tolerance: float = 1e-8, steps: int = 100_000
) -> Machine:
    r"""Fit by sequential minimal optimization: two dual variables at a time.

    With $e_i = y_i - w^\top x_i$, the pair that violates optimality most is the largest e among
    the α that can move up in $y_i\alpha_i$ and the smallest among those that can move down. Along
    $y_i\,d\alpha_i = -y_j\,d\alpha_j$ the dual is a parabola, whose top is taken, within the box.

    Args:
        X: features, shape (n, d).
        y: labels −1 or +1, shape (n,), both of them present.
        penalty: C > 0.
        tolerance: stop when the two e differ by less.
        steps: at most so many pairs.

    Returns:
        The machine, with $w = \sum_i\alpha_iy_ix_i$.

    Raises:
        ValueError: if a shape does not fit, a label is neither −1 nor +1, only one class is
            present, or a parameter is not positive.

    References:
        Keerthi et al. 2001.

    Examples:
        >>> machine = fit([[1.0], [2.0], [-1.0], [-3.0]], [1, 1, -1, -1], penalty=10.0)
        >>> machine.weights.round(6), round(machine.intercept, 6) + 0.0, machine.alpha.round(6)
        (array([1.]), 0.0, array([0.5, 0. , 0.5, 0. ]))
    """
    X, y = _checks.labeled(X, y)
    if abs(y.sum()) == len(y):
        raise ValueError(f"y must hold both classes, got {y[0]:.0f} only, shape {y.shape}")
    C, n = _checks.positive("penalty", penalty), len(y)
    tolerance, steps = _checks.positive("tolerance", tolerance), _checks.count("steps", steps)
    K, alpha, e = X @ X.T, np.zeros(n), y.astype(float)
    room = np.where(y > 0, C, 0.0)  # how far y·α can go up, and down
    down = np.where(y > 0, 0.0, C)
    step = 0
    while True:
        i = int(np.where(room > 0, e, -np.inf).argmax())
        j = int(np.where(down > 0, e, np.inf).argmin())
        gap = e[i] - e[j]
        if gap <= tolerance or step == steps:
            break
        curvature = K[i, i] + K[j, j] - 2 * K[i, j]
        best = gap / curvature if curvature > 0 else np.inf
        move = min(best, room[i], down[j])
        for k, sign in ((i, 1), (j, -1)):
            up = move == (room[i] if k == i else down[j])
            target = (C if y[k] * sign > 0 else 0.0) if up else alpha[k] + y[k] * sign * move
            alpha[k] = min(max(target, 0.0), C)
            room[k] = C - alpha[k] if y[k] > 0 else alpha[k]
            down[k] = alpha[k] if y[k] > 0 else C - alpha[k]
        e -= move * (K[i] - K[j])
        step += 1
    w = X.T @ (alpha * y)
    free = (alpha > 0) & (alpha < C)
    b = float(e[free].mean()) if free.any() else float(e[i] + e[j]) / 2
    cost = primal_objective(X, y, w, b, C)
    return Machine(w, b, alpha, cost, dual_objective(X, y, alpha), step, bool(gap <= tolerance))
