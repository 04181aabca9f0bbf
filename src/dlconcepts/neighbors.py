r"""Nearest neighbors: one search, and the tasks that a change of its output solves.

Every function looks up the k nearest rows of X in Euclidean distance; equal distances are decided by the lower row.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array
from dlconcepts.clustering import squared_distances


class Neighbors(NamedTuple):
    """The k nearest rows of each query, nearest first."""

    rows: NDArray[np.intp]  # of X, shape (m, k)
    distance: Array  # shape (m, k)


def nearest(X: ArrayLike, queries: ArrayLike, k: int) -> Neighbors:
    r"""Find the k rows of X that minimize $\lVert\mathbf x_i - \mathbf q\rVert$ for each query $\mathbf q$.

    Args:
        X: stored points, shape (n, d).
        queries: points to look up, shape (m, d); a query that is a row of X finds itself first.
        k: number of neighbors, at most n.

    Returns:
        Rows of X and distances, each of shape (m, k).

    Raises:
        ValueError: if a shape does not fit or k is not between 1 and n.

    References:
        Cover & Hart 1967; Hastie, Tibshirani & Friedman 2009, §2.3.2.

    Examples:
        >>> nearest([[0.0], [1.0], [5.0]], [[1.2]], k=2).rows
        array([[1, 0]])
    """
    X = _checks.matrix("X", X)
    queries = _checks.matrix("queries", queries, X.shape[1])
    k = _checks.count("k", k)
    if k > len(X):
        raise ValueError(f"k must be at most the number of points {len(X)}, got {k}")
    square = squared_distances(queries, X)
    index = np.argsort(square, axis=1, kind="stable")[:, :k]
    return Neighbors(index, np.sqrt(np.take_along_axis(square, index, axis=1)))


def classify(X: ArrayLike, y: ArrayLike, queries: ArrayLike, k: int) -> NDArray[Any]:
    r"""Predict the class that most of the k neighbors have: $\arg\max_c\sum_{i\in N(q)}\mathbf 1[y_i = c]$.

    Args:
        X: points, shape (n, d).
        y: classes as whole numbers or names, shape (n,).
        queries: shape (m, d).
        k: number of neighbors.

    Returns:
        Classes, shape (m,); a tied vote goes to the class that sorts first.

    Raises:
        ValueError: if a shape does not fit or k is out of range.

    References:
        Hastie, Tibshirani & Friedman 2009, §13.3.

    Examples:
        >>> classify([[0.0], [1.0], [5.0]], [0, 0, 1], [[1.2], [4.0]], k=1)
        array([0, 1])
    """
    found = nearest(X, queries, k).rows
    y = np.asarray(y)
    if y.shape != np.shape(X)[:1]:
        raise ValueError(f"y must have shape {np.shape(X)[:1]}, got shape {y.shape}")
    classes, code = np.unique(y, return_inverse=True)
    votes = (code[found][:, :, None] == np.arange(len(classes))).sum(axis=1)
    return np.asarray(classes[votes.argmax(axis=1)])


def regress(X: ArrayLike, Y: ArrayLike, queries: ArrayLike, k: int) -> Array:
    r"""Predict the mean target of the k neighbors, $\frac1k\sum_{i\in N(q)}\mathbf y_i$.

    With Y = X, this replaces a noisy point by the mean of the clean ones around it.

    Args:
        X: points, shape (n, d).
        Y: targets, shape (n,) or (n, h).
        queries: shape (m, d).
        k: number of neighbors.

    Returns:
        Predictions, shape (m,) or (m, h).

    Raises:
        ValueError: if a shape does not fit or k is out of range.

    References:
        Hastie, Tibshirani & Friedman 2009, §2.3.2, eq. 2.8.

    Examples:
        >>> regress([[0.0], [1.0], [5.0]], [0.0, 2.0, 9.0], [[0.4]], k=2)
        array([1.])
    """
    found = nearest(X, queries, k).rows
    Y = _checks.finite("Y", _checks.real("Y", Y))
    if Y.ndim not in (1, 2) or len(Y) != len(np.asarray(X)):
        raise ValueError(
            f"Y must have shape (n,) or (n, h) with n = {len(np.asarray(X))}, got shape {Y.shape}"
        )
    mean: Array = Y[found].mean(axis=1)
    return mean


def density(X: ArrayLike, queries: ArrayLike, k: int) -> Array:
    r"""Estimate the density $\hat p(q) = k / (n\,V_d\,r_k(q)^d)$, where $r_k$ is the distance of the k-th neighbor.

    $V_d = \pi^{d/2}/\Gamma(d/2 + 1)$ is the volume of the unit ball. The estimate is positive everywhere, but its
    integral diverges: far away it falls only as $r^{-d}$.

    Args:
        X: points, shape (n, d).
        queries: shape (m, d); rows of X count themselves among their neighbors.
        k: number of neighbors.

    Returns:
        Densities, shape (m,); infinite where the k-th neighbor is the query itself, or the density is beyond
        the largest float.

    Raises:
        ValueError: if a shape does not fit or k is out of range.

    References:
        Loftsgaarden & Quesenberry 1965; Bishop 2006, §2.5.2.

    Examples:
        >>> density([[0.0], [1.0]], [[0.5]], k=2)  # two points within 0.5 on either side
        array([1.])
    """
    radius = nearest(X, queries, k).distance[:, -1]
    n, d = np.shape(X)
    log_volume = d / 2 * math.log(math.pi) - math.lgamma(d / 2 + 1)
    with np.errstate(divide="ignore", over="ignore"):  # in logarithms: Γ and rᵈ leave the floats
        return np.asarray(np.exp(math.log(k / n) - log_volume - d * np.log(radius)))


def anomaly_score(X: ArrayLike, queries: ArrayLike, k: int) -> Array:
    r"""Return the distance $r_k(q)$ to the k-th neighbor: the larger, the stranger.

    Args:
        X: normal points, shape (n, d).
        queries: shape (m, d), none of them a row of X.
        k: number of neighbors.

    Returns:
        Scores, shape (m,); they order the queries as $1/\hat p$ of `density` does.

    Raises:
        ValueError: if a shape does not fit or k is out of range.

    References:
        Ramaswamy, Rastogi & Shim 2000, §2.

    Examples:
        >>> anomaly_score([[0.0], [1.0]], [[0.5], [4.0]], k=1)
        array([0.5, 3. ])
    """
    return nearest(X, queries, k).distance[:, -1]
