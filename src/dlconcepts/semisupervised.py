r"""Learning from labels that are missing or coarse: propagation, pseudo-labels, labels of bags.

An unknown label is −1; known ones are whole numbers from 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks, losses
from dlconcepts._checks import Array
from dlconcepts.clustering import squared_distances

Labels: TypeAlias = NDArray[np.intp]
Fit: TypeAlias = Callable[[Array, Labels], Callable[[Array], Array]]


def _labels(y: ArrayLike, n: int) -> Labels:
    given = _checks.vector("y", y, n)
    if not ((given >= -1) & (given == np.round(given))).all() or (given < 0).all():
        raise ValueError(f"y must be whole numbers >= -1, at least one of them >= 0, shape ({n},)")
    return given.astype(np.intp)


def label_propagation(X: ArrayLike, y: ArrayLike, scale: float) -> Array:
    r"""Give each unlabeled point the weighted mean of the label distributions of all others.

    With $w_{ij} = \exp(-\lVert\mathbf x_i - \mathbf x_j\rVert^2/2s^2)$ and $D$ the diagonal of row sums, the labels of
    the unlabeled points solve $(D_{uu} - W_{uu})F_u = W_{ul}Y_l$: they are harmonic on the graph.

    Args:
        X: points, shape (n, d).
        y: labels, −1 where unknown, shape (n,).
        scale: width s > 0 of the weights.

    Returns:
        Probability of each class for each point, shape (n, c); known labels stay one-hot.

    Raises:
        ValueError: if a shape does not fit, there is no label, or the scale is so small that a point is cut off.

    References:
        Zhu, Ghahramani & Lafferty 2003, eq. 5.

    Examples:
        >>> F = label_propagation([[0.0], [1.0], [2.0]], [0, -1, 1], scale=1.0)
        >>> F[1].round(3)
        array([0.5, 0.5])
    """
    X = _checks.matrix("X", X)
    y = _labels(y, len(X))
    W = np.exp(-squared_distances(X, X) / (2 * _checks.positive("scale", scale) ** 2))
    known = y >= 0
    F = np.zeros((len(X), int(y.max()) + 1))
    F[known, y[known]] = 1
    if known.all():
        return F
    laplacian = np.diag(W.sum(axis=1)) - W
    try:
        F[~known] = np.linalg.solve(laplacian[~known][:, ~known], W[~known][:, known] @ F[known])
    except np.linalg.LinAlgError:
        F[~known] = np.nan
    if not (np.isfinite(F).all() and np.allclose(F.sum(axis=1), 1, atol=1e-3)):
        raise ValueError(f"scale = {scale} leaves points without a path to a label")
    return F


class SelfTraining(NamedTuple):
    """Labels after self-training."""

    labels: Labels  # given and pseudo-labels, −1 where none was given, shape (n,)
    rounds: int
    predict: Callable[[Array], Array]  # the last model: class probabilities, shape (m, c)


def self_training(
    X: ArrayLike, y: ArrayLike, fit: Fit, *, threshold: float = 0.9, rounds: int = 20
) -> SelfTraining:
    r"""Fit, label the points whose largest probability reaches the threshold, and repeat.

    A pseudo-label is never taken back.

    Args:
        X: points, shape (n, d).
        y: labels, −1 where unknown, shape (n,).
        fit: takes points and labels and returns a function from points to class probabilities.
        threshold: least probability of a pseudo-label, in (0, 1).
        rounds: bound on the number of rounds.

    Raises:
        ValueError: if a shape does not fit, there is no label, or an argument is out of range.

    References:
        Yarowsky 1995; Lee 2013 for the name pseudo-label.

    Examples:
        >>> X = [[-1.0], [1.0], [-0.5], [0.5], [0.0]]
        >>> self_training(X, [0, 1, -1, -1, -1], gaussian_classes).labels
        array([ 0,  1,  0,  1, -1])
    """
    X = _checks.matrix("X", X)
    y = _labels(y, len(X)).copy()
    threshold = _checks.fraction("threshold", threshold)
    used = 0
    predict = fit(X[y >= 0], y[y >= 0])
    while used < _checks.count("rounds", rounds) and (y < 0).any():
        open_ = np.flatnonzero(y < 0)
        P = predict(X[open_])
        sure = P.max(axis=1) >= threshold
        if not sure.any():
            break
        y[open_[sure]] = P[sure].argmax(axis=1)
        predict, used = fit(X[y >= 0], y[y >= 0]), used + 1
    return SelfTraining(y, used, predict)


def gaussian_classes(X: ArrayLike, y: ArrayLike) -> Callable[[Array], Array]:
    r"""Fit $p(\mathbf x, y) = \pi_y\,\mathcal N(\mathbf x; \mu_y, \sigma^2I)$ and return $p(y\mid\mathbf x)$.

    The posterior is read off the joint: $p(y\mid\mathbf x) = p(\mathbf x, y)/\sum_{y'}p(\mathbf x, y')$. The shared
    variance is the mean square around the class means, and at least 0.1 so that one point a class is enough.

    Args:
        X: points, shape (n, d).
        y: classes from 0, each with at least one point, shape (n,).

    Returns:
        A function from points, shape (m, d), to probabilities, shape (m, c).

    Raises:
        ValueError: if a shape does not fit or a class has no point.

    References:
        Bishop 2006, §4.2.2.

    Examples:
        >>> gaussian_classes([[-1.0], [1.0]], [0, 1])(np.array([[0.0]]))
        array([[0.5, 0.5]])
    """
    X = _checks.matrix("X", X)
    y = _labels(y, len(X))
    count = np.bincount(y[y >= 0], minlength=int(y.max()) + 1)
    if (y < 0).any() or (count == 0).any():
        raise ValueError(f"y must label every point and name every class, got counts {count}")
    means = np.array([X[y == c].mean(axis=0) for c in range(len(count))])
    variance = max(float(((X - means[y]) ** 2).mean()), 0.1)

    def predict(queries: Array) -> Array:
        log_joint = np.log(count / len(y)) - squared_distances(queries, means) / (2 * variance)
        return losses.softmax(log_joint)

    return predict


def _points(X: ArrayLike) -> Array:
    X = _checks.finite("X", _checks.real("X", X))
    if X.ndim != 3 or X.size == 0:
        raise ValueError(f"X must be bags of points, shape (m, size, d), got shape {X.shape}")
    return X


def _bags(w: ArrayLike, X: ArrayLike, positive: ArrayLike) -> tuple[Array, Array, Array, Array]:
    X = _points(X)
    w = _checks.vector("w", w, X.shape[2] + 1)
    positive = _checks.vector("positive", positive, len(X))
    if not np.isin(positive, (0, 1)).all():
        raise ValueError(f"positive must hold 0 and 1 only, shape {positive.shape}")
    score = X @ w[1:] + w[0]
    a = np.logaddexp(0, score).sum(axis=1)  # −ln P(all negative)
    return X, score, positive, np.maximum(a, np.finfo(float).tiny)  # 0 would be divided by


def bag_loss(w: ArrayLike, X: ArrayLike, positive: ArrayLike) -> float:
    r"""Mean negative log-likelihood of bag labels that are the OR of hidden instance labels.

    With $p_i = \sigma(w_0 + \mathbf w^\top\mathbf x_i)$, a bag is negative with probability $\prod_i(1 - p_i)$.

    Args:
        w: intercept and weights, shape (d + 1,).
        X: bags of equal size, shape (m, size, d).
        positive: 1 where a bag holds a positive instance, else 0, shape (m,).

    Raises:
        ValueError: if a shape does not fit or a label is neither 0 nor 1.

    References:
        Maron & Lozano-Pérez 1998 for the noisy-OR of a bag.

    Examples:
        >>> round(bag_loss([0.0, 0.0], [[[1.0], [2.0]]], [0]), 4)  # ln 4
        1.3863
    """
    _, _, y, a = _bags(w, X, positive)
    return float(np.where(y == 1, -np.log(-np.expm1(-a)), a).mean())


def bag_loss_grad(w: ArrayLike, X: ArrayLike, positive: ArrayLike) -> Array:
    r"""Gradient of `bag_loss`, shape (d + 1,).

    Raises:
        ValueError: as `bag_loss`.

    Examples:
        >>> bag_loss_grad([0.0, 0.0], [[[1.0], [2.0]]], [0])
        array([1. , 1.5])
    """
    X, score, y, a = _bags(w, X, positive)
    slope = np.where(y == 1, np.exp(-a) / np.expm1(-a), 1.0) / len(y)  # −1/(eᵃ − 1), no overflow
    each = slope[:, None] * losses.sigmoid(score)
    return np.append(each.sum(), np.einsum("ms,msd->d", each, X))


def fit_bags(X: ArrayLike, positive: ArrayLike, *, step: float = 0.5, steps: int = 500) -> Array:
    """Lower `bag_loss` by gradient descent from weights of 0 and return the weights, shape (d + 1,).

    Raises:
        ValueError: as `bag_loss`, or if the step or their number is out of range.

    Examples:
        >>> w = fit_bags([[[-1.0], [-2.0]], [[-1.0], [2.0]]], [0, 1])
        >>> (w[0] + w[1] * np.array([-1.0, 2.0]) > 0).tolist()
        [False, True]
    """
    X = _points(X)
    w, step = np.zeros(X.shape[2] + 1), _checks.positive("step", step)
    for _ in range(_checks.count("steps", steps)):
        w = w - step * bag_loss_grad(w, X, positive)
    return w
