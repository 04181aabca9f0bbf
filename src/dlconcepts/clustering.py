r"""k-means, and k-means under constraints on pairs or labels.

All variants start from given centers and repeat two steps: assign each point, then move each center to the mean of its
points. A cluster that becomes empty keeps its center.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array

Pairs: TypeAlias = Sequence[tuple[int, int]]


class InfeasibleError(ValueError):
    """No cluster is left for a point without breaking a constraint."""


class Clustering(NamedTuple):
    """Clusters, their centers and the cost."""

    labels: NDArray[np.intp]  # cluster of each point, shape (n,)
    centers: Array  # shape (k, d)
    cost: float  # what the algorithm lowers
    steps: int  # how often the assignment was computed
    converged: bool  # whether the assignment stopped changing


def squared_distances(X: ArrayLike, centers: ArrayLike) -> Array:
    r"""Return $\lVert\mathbf x_i - \mathbf c_j\rVert^2$ for every point and center, shape (n, k).

    Raises:
        ValueError: if a shape does not fit.

    Examples:
        >>> squared_distances([[0.0], [3.0]], [[1.0]])
        array([[1.],
               [4.]])
    """
    X = _checks.matrix("X", X)
    centers = _checks.matrix("centers", centers, X.shape[1])
    square = np.zeros((len(X), len(centers)))
    for j in range(X.shape[1]):  # one feature at a time: memory n k, not n k d
        square += (X[:, j, None] - centers[:, j]) ** 2
    return square


def kmeans(
    X: ArrayLike,
    centers: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    penalty: float = 0.0,
    weight: float = 1.0,
    steps: int = 100,
) -> Clustering:
    r"""Lower $\sum_i w_i\lVert\mathbf x_i - \mathbf c_{z_i}\rVert^2 + \lambda\sum_{i\in L}\mathbf 1[z_i\neq y_i]$.

    Without labels this is Lloyd's algorithm for k-means. Labeled points have weight $w_i = 1$ and pay λ for a cluster
    other than their label. Unlabeled ones have the weight given: at λ = ∞ and weight 0 the centers are the class means.

    Args:
        X: points, shape (n, d).
        centers: where to start, shape (k, d).
        labels: the cluster to which a point belongs, 0 to k − 1, or −1 where unknown, shape (n,).
        penalty: λ ≥ 0, may be infinite.
        weight: w ≥ 0 of the unlabeled points, if there are labels.
        steps: bound on the number of assignments.

    Raises:
        ValueError: if a shape does not fit or an argument is out of range.

    References:
        Lloyd 1982; Bishop 2006, §9.1; with λ = ∞, constrained k-means of Basu, Banerjee & Mooney 2002.

    Examples:
        >>> kmeans([[0.0], [1.0], [9.0]], [[0.0], [1.0]]).labels
        array([0, 0, 1])
    """
    X = _checks.matrix("X", X)
    centers = _checks.matrix("centers", centers, X.shape[1]).copy()
    k, n = len(centers), len(X)
    if not penalty >= 0:
        raise ValueError(f"penalty must be >= 0, got {penalty}")
    weight = _checks.positive("weight", weight, zero=True)
    given = np.full(n, -1.0) if labels is None else _checks.vector("labels", labels, n)
    if not np.isin(given, np.arange(-1, k)).all():
        raise ValueError(f"labels must be whole numbers from -1 to {k - 1}, shape {given.shape}")
    known = given >= 0
    importance = np.where(known, 1.0, weight) if known.any() else np.ones(n)
    fine = np.zeros((n, k))
    fine[known] = np.where(given[known, None] != np.arange(k), penalty, 0.0)
    z = np.full(n, -1)
    used = 0
    for _ in range(_checks.count("steps", steps)):
        used += 1
        cost = squared_distances(X, centers) + fine
        before, z = z, cost.argmin(axis=1)
        if converged := np.array_equal(before, z):
            break
        for j in range(k):
            if importance[z == j].sum() > 0:
                centers[j] = np.average(X[z == j], axis=0, weights=importance[z == j])
    total = (importance * (squared_distances(X, centers) + fine)[np.arange(n), z]).sum()
    return Clustering(z, centers, float(total), used, bool(converged))


def cop_kmeans(
    X: ArrayLike, centers: ArrayLike, must: Pairs = (), cannot: Pairs = (), *, steps: int = 100
) -> Clustering:
    r"""Run k-means in which each point takes the nearest center that breaks no constraint.

    Must-links are closed transitively, and a cannot-link holds between all that is must-linked to its two ends. Points
    are assigned in their order without going back, so the algorithm can fail although a solution exists.

    Args:
        X: points, shape (n, d).
        centers: where to start, shape (k, d).
        must: pairs of rows that share a cluster.
        cannot: pairs of rows that do not.
        steps: bound on the number of assignments.

    Raises:
        ValueError: if a shape does not fit or a pair names no two rows.
        InfeasibleError: if the constraints contradict each other, or a point finds no cluster.

    References:
        Wagstaff, Cardie, Rogers & Schrödl 2001, Table 1.

    Examples:
        >>> cop_kmeans([[0.0], [1.0], [9.0]], [[0.0], [9.0]], cannot=[(0, 1)]).labels
        array([0, 1, 1])
    """
    X = _checks.matrix("X", X)
    centers = _checks.matrix("centers", centers, X.shape[1]).copy()
    n, k = len(X), len(centers)
    group = np.arange(n)  # rows with one number are must-linked
    for i, j in _pairs("must", must, n):
        group[group == group[j]] = group[i]
    enemies: dict[int, set[int]] = {int(g): set() for g in group}
    for i, j in _pairs("cannot", cannot, n):
        a, b = int(group[i]), int(group[j])
        if a == b:
            raise InfeasibleError(f"rows {i} and {j} must and cannot be linked")
        enemies[a].add(b)
        enemies[b].add(a)
    z = np.full(n, -1)
    used = 0
    for _ in range(_checks.count("steps", steps)):
        used += 1
        before, z = z, np.full(n, -1)
        cluster: dict[int, int] = {}  # of each group that has one
        order = squared_distances(X, centers).argsort(axis=1, kind="stable")
        for i in range(n):
            g = int(group[i])
            if g not in cluster:
                taken = {cluster[e] for e in enemies[g] if e in cluster}
                free = [int(j) for j in order[i] if int(j) not in taken]
                if not free:
                    raise InfeasibleError(f"row {i} finds no cluster: cannot-links bar all {k}")
                cluster[g] = free[0]
            z[i] = cluster[g]
        if converged := np.array_equal(before, z):
            break
        for j in range(k):
            if (z == j).any():
                centers[j] = X[z == j].mean(axis=0)
    total = squared_distances(X, centers)[np.arange(n), z].sum()
    return Clustering(z, centers, float(total), used, bool(converged))


def violations(labels: ArrayLike, must: Pairs = (), cannot: Pairs = ()) -> int:
    """Count the must-links that are cut and the cannot-links that are joined.

    Raises:
        ValueError: if a pair names no two rows.

    Examples:
        >>> violations([0, 0, 1], must=[(0, 2)], cannot=[(0, 1), (1, 2)])
        2
    """
    z = np.asarray(labels)
    cut = sum(int(z[i] != z[j]) for i, j in _pairs("must", must, len(z)))
    return cut + sum(int(z[i] == z[j]) for i, j in _pairs("cannot", cannot, len(z)))


def matched_accuracy(y_true: ArrayLike, labels: ArrayLike) -> float:
    """Return the share of points in the right class when clusters get the best names.

    Args:
        y_true: classes, shape (n,).
        labels: clusters, shape (n,); no more than seven, and no more than classes.

    Raises:
        ValueError: if the shapes differ, there are no points, or there are too many clusters.

    Examples:
        >>> matched_accuracy([0, 0, 1, 1], [1, 1, 0, 1])
        0.75
    """
    y, z = np.asarray(y_true), np.asarray(labels)
    _checks.same_shape("y_true", y, "labels", z)
    if y.ndim != 1 or y.size == 0:
        raise ValueError(f"y_true must be a non-empty vector, got shape {y.shape}")
    classes, clusters = np.unique(y), np.unique(z)
    if len(clusters) > min(len(classes), 7):
        raise ValueError(f"{len(clusters)} clusters for {len(classes)} classes; at most 7 clusters")
    table = np.array([[np.sum((z == b) & (y == a)) for a in classes] for b in clusters])
    rows = np.arange(len(clusters))
    names: Any = itertools.permutations(range(len(classes)), len(clusters))
    return float(max(table[rows, list(name)].sum() for name in names) / len(y))


def _pairs(name: str, pairs: Pairs, n: int) -> list[tuple[int, int]]:
    for i, j in pairs:
        if not (0 <= i < n and 0 <= j < n and i != j):
            raise ValueError(f"{name} must be pairs of two rows below {n}, got {(i, j)}")
    return [(int(i), int(j)) for i, j in pairs]
