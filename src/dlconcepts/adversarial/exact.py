r"""The nearest adversarial example of a tiny ReLU net in the plane, exactly: no smaller change exists.

A ReLU net is affine wherever the signs of its hidden sums are fixed. There are $2^h$ patterns of signs; for each, the
inputs that have it and another class form a polygon, and the nearest point of a polygon is found among finitely many
candidates.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, nets
from dlconcepts._checks import Array
from dlconcepts.adversarial.model import labels

MOST = 14  # hidden units: 2^14 patterns


class Nearest(NamedTuple):
    """The nearest points of another class."""

    X: Array  # on the boundary, shape (n, 2)
    distance: Array  # in the norm, shape (n,); 0 where y is not predicted, infinity where there is no other class


class Region(NamedTuple):
    """Where a net is affine: the inputs x with Ax + c ≥ 0, and its logits there, Wx + b."""

    A: Array  # shape (h, 2)
    c: Array  # shape (h,)
    W: Array  # shape (k, 2)
    b: Array  # shape (k,)


def regions(net: nets.Net) -> list[Region]:
    """All patterns of signs of a ReLU net's hidden units, with the net's affine map under each.

    Patterns that no input has are among them: their constraints contradict each other.

    Args:
        net: parameters of a net of two inputs.

    Returns:
        One for each pattern, $2^h$ in number.

    Raises:
        ValueError: if the net has not two inputs, or too many hidden units to enumerate.

    Examples:
        >>> len(regions(nets.init((2, 3, 2), rng=np.random.default_rng(0))))
        8
    """
    hidden = [len(b) for b in net.biases[:-1]]
    if len(net.weights[0]) != 2:
        raise ValueError(f"net must have two inputs, got {len(net.weights[0])}")
    if sum(hidden) > MOST:
        raise ValueError(f"net must have at most {MOST} hidden units, got {sum(hidden)}")
    found = []
    for pattern in itertools.product((0.0, 1.0), repeat=sum(hidden)):
        on = np.split(np.array(pattern), np.cumsum(hidden)[:-1]) if hidden else []
        W, b = np.eye(2), np.zeros(2)
        A, c = [np.zeros((0, 2))], [np.zeros(0)]
        for layer, (V, a) in enumerate(zip(net.weights, net.biases, strict=True)):
            W, b = V.T @ W, V.T @ b + a
            if layer < len(hidden):
                signs = 2 * on[layer] - 1
                A.append(signs[:, None] * W)
                c.append(signs * b)
                W, b = on[layer][:, None] * W, on[layer] * b
        found.append(Region(np.vstack(A), np.concatenate(c), W, b))
    return found


def nearest(
    net: nets.Net,
    X: ArrayLike,
    y: ArrayLike,
    *,
    norm: str = "l2",
    box: tuple[float, float] = (-np.inf, np.inf),
) -> Nearest:
    r"""Ground truth: $\min\lVert\mathbf x'-\mathbf x\rVert$ over all x' where some other logit is at least that of y.

    In each region and for each other class j, the constraints are those of the region, of the box, and
    $z_j\ge z_y$. The nearest point of this polygon is x itself, the projection of x on one of the lines, or the meeting
    point of two; whichever of them satisfies all constraints and is nearest.

    Args:
        net: parameters of a net with ReLU, two inputs and few hidden units.
        X: inputs, shape (n, 2).
        y: their classes, shape (n,).
        norm: ``l2`` or ``linf``.
        box: what inputs may be.

    Returns:
        The nearest points and their distances.

    Raises:
        ValueError: if a shape does not fit, or the net is not tiny.

    References:
        Carlini, Katz, Barrett & Dill 2017, who find ground truth with a solver; Tjeng, Xiao & Tedrake 2019.

    Examples:
        >>> net = nets.Net((np.array([[1.0, -1.0], [-2.0, 2.0]]),), (np.zeros(2),))
        >>> nearest(net, [[0.6, 0.2]], [0]).distance.round(4), np.round(0.2 / 5**0.5, 4)
        (array([0.0894]), np.float64(0.0894))
    """
    X = _checks.matrix("X", X, columns=2)
    k = len(net.biases[-1])
    y = labels("y", y, len(X), k)
    if norm not in ("l2", "linf"):
        raise ValueError(f"norm must be l2 or linf, got {norm!r}")
    walls = [
        (s * e, -s * end)
        for e in np.eye(2)
        for s, end in ((1, box[0]), (-1, box[1]))
        if np.isfinite(end)
    ]
    B, e = np.array([w for w, _ in walls]).reshape(-1, 2), np.array([end for _, end in walls])
    best, least = X.copy(), np.full(len(X), np.inf)
    for region in regions(net):
        A, c = np.vstack([region.A, B]), np.append(region.c, e)
        if len(A) and not np.isfinite(_nearest_in(A, c, X[0], norm)[1]):
            continue  # no input has this pattern
        for i, (x, true) in enumerate(zip(X, y, strict=True)):
            for j in range(k):
                if j == true:
                    continue
                ahead = region.W[j] - region.W[true], region.b[j] - region.b[true]
                point, far = _nearest_in(np.vstack([A, ahead[0]]), np.append(c, ahead[1]), x, norm)
                if far < least[i]:
                    best[i], least[i] = point, far
    return Nearest(best, least)


def _nearest_in(A: Array, c: Array, x: Array, norm: str) -> tuple[Array, float]:
    """The nearest point to x of the polygon Ap + c ≥ 0, and its distance; infinity when it is empty."""
    scale = np.abs(A).max(axis=1)
    flat = scale < 1e-12
    if (c[flat] < 0).any():
        return x, np.inf
    A, c = A[~flat] / scale[~flat, None], c[~flat] / scale[~flat]
    dual = np.square(A).sum(axis=1) if norm == "l2" else np.abs(A).sum(axis=1)
    toward = A if norm == "l2" else np.sign(A)
    feet = x - ((A @ x + c) / dual)[:, None] * toward
    first, second = np.triu_indices(len(A), 1)
    det = A[first, 0] * A[second, 1] - A[first, 1] * A[second, 0]
    meet = np.abs(det) > 1e-12
    first, second, det = first[meet], second[meet], det[meet]
    corners = np.column_stack([
        A[first, 1] * c[second] - A[second, 1] * c[first],
        A[second, 0] * c[first] - A[first, 0] * c[second],
    ]) / det[:, None]  # fmt: skip
    points = np.vstack([x[None], feet, corners])
    points = points[(points @ A.T + c >= -1e-10).all(axis=1)]
    if not len(points):
        return x, np.inf
    away = np.abs(points - x)
    far = np.sqrt(np.square(away).sum(axis=1)) if norm == "l2" else away.max(axis=1)
    return points[far.argmin()], float(far.min())
