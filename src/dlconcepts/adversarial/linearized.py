r"""The smallest change by linearization: DeepFool, and the closed form that it repeats."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array
from dlconcepts.adversarial.goal import UNIT, Box, margin, prepare, result
from dlconcepts.adversarial.model import Attack, Labels, Model, labels, norms

TINY = np.finfo(float).tiny


def jacobian(model: Model, X: Array) -> Array:
    r"""Derivatives of all logits with respect to the input, shape (n, k, d).

    Args:
        model: what is differentiated.
        X: inputs, shape (n, d).

    Returns:
        $\partial z_j/\partial x_i$ at [example, j, i].

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> jacobian(linear([[1.0, 2.0]], [0.0, 0.0]), np.ones((1, 1)))[0]
        array([[1.],
               [2.]])
    """
    n, d = X.shape
    k = model.logits(X[:1]).shape[1]
    rows = model.input_grad(np.repeat(X, k, axis=0), np.tile(np.eye(k), (n, 1)))
    return rows.reshape(n, k, d)


def deepfool(
    model: Model,
    X: ArrayLike,
    y: ArrayLike,
    *,
    norm: str = "l2",
    steps: int = 50,
    overshoot: float = 0.02,
    box: Box = UNIT,
) -> Attack:
    r"""DeepFool: go to the nearest boundary of the linearized model, linearize again, until the class changes.

    With $f_j = z_j - z_y$ and $\mathbf w_j = \nabla f_j$, the nearest boundary is that of the class with the least
    $\lvert f_j\rvert/\lVert\mathbf w_j\rVert_q$, where q = 2 for $\ell_2$ and q = 1 for $\ell_\infty$. The step there
    is $\lvert f_j\rvert\mathbf w_j/\lVert\mathbf w_j\rVert_2^2$, or
    $\lvert f_j\rvert\,\mathrm{sign}(\mathbf w_j)/\lVert\mathbf w_j\rVert_1$. For a linear model without a
    box that is exact.

    Args:
        model: what is attacked.
        X: inputs in the box, shape (n, d).
        y: true classes, shape (n,).
        norm: ``l2`` or ``linf``.
        steps: at most so many.
        overshoot: the sum of the steps is stretched by 1 + overshoot, to cross the boundary.
        box: what inputs may be; (-inf, inf) as in the paper.

    Returns:
        The attack.

    Raises:
        ValueError: if a shape does not fit or an argument is out of range.

    References:
        Moosavi-Dezfooli, Fawzi & Frossard 2016, algorithm 2, with its extension to other norms.

    Examples:
        >>> from dlconcepts.adversarial import linear, norms
        >>> model, x = linear([[1.0, -1.0], [-2.0, 2.0]], [0.0, 0.0]), np.array([[0.6, 0.2]])
        >>> attack = deepfool(model, x, [0], overshoot=1e-9)
        >>> norms(attack.X - x).l2.round(4), np.round(0.2 / 5**0.5, 4)  # |w·x + b|/‖w‖
        (array([0.0894]), np.float64(0.0894))
    """
    X, goal, done = prepare(model, X, y, False, box)
    overshoot = _checks.positive("overshoot", overshoot, zero=True)
    if norm not in ("l2", "linf"):
        raise ValueError(f"norm must be l2 or linf, got {norm!r}")
    total, at, spent = np.zeros_like(X), X.copy(), np.ones(len(X), dtype=np.intp)
    for _ in range(_checks.count("steps", steps)):
        Z = model.logits(at)
        left = np.flatnonzero(margin(Z, goal) <= 0)
        if not len(left):
            break
        rows, true = np.arange(len(left)), goal.y[left]
        J = jacobian(model, at[left])
        W = J - J[rows, true][:, None]
        f = np.abs(Z[left] - Z[left, true][:, None])
        dual = np.sqrt(np.square(W).sum(axis=2)) if norm == "l2" else np.abs(W).sum(axis=2)
        far = f / np.maximum(dual, TINY)
        far[rows, true] = np.inf
        near = far.argmin(axis=1)
        w, size = W[rows, near], far[rows, near][:, None] + 1e-9
        unit = w / np.maximum(dual[rows, near], TINY)[:, None] if norm == "l2" else np.sign(w)
        total[left] += size * unit
        at[left] = np.clip(X[left] + (1 + overshoot) * total[left], *box)
        spent[left] += 1 + J.shape[1]
    return result(model, X, at, goal, done, spent)


def exact_linear(W: ArrayLike, b: ArrayLike, X: ArrayLike, y: ArrayLike, norm: str = "l2") -> Array:
    r"""Distance to a linear model's nearest boundary, $\min_j (z_y - z_j)/\lVert\mathbf w_y - \mathbf w_j\rVert_q$.

    Args:
        W: shape (d, k).
        b: shape (k,).
        X: inputs, shape (n, d).
        y: classes, shape (n,); the distance is negative where y is not predicted, and 0 where two classes are equal.
        norm: ``l2``, whose dual has q = 2, or ``linf``, with q = 1.

    Returns:
        Shape (n,).

    Raises:
        ValueError: if a shape does not fit or the norm is unknown.

    Examples:
        >>> exact_linear([[1.0, -1.0], [-2.0, 2.0]], [0.0, 0.0], [[0.6, 0.2]], [0], "linf").round(4)
        array([0.0667])
    """
    W, X = _checks.matrix("W", W), _checks.matrix("X", X)
    if norm not in ("l2", "linf"):
        raise ValueError(f"norm must be l2 or linf, got {norm!r}")
    Z = X @ W + _checks.vector("b", b, W.shape[1])
    true: Labels = labels("y", y, len(X), W.shape[1])
    rows = np.arange(len(X))
    sizes = norms((W[:, true].T[:, None] - W.T[None]).reshape(-1, len(W)))
    dual = (sizes.l2 if norm == "l2" else sizes.l1).reshape(Z.shape)
    gap = Z[rows, true][:, None] - Z
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.where(gap == 0, 0.0, gap / dual)  # 0/0 where two classes have the same weights
    far[rows, true] = np.inf
    return cast(Array, far.min(axis=1))
