r"""Gradient boosting of shallow regression trees, under any regression loss.

Stage m fits a small tree to the negative gradients $-\partial L/\partial F = L'(y_i - F(x_i))$ by
least squares, then gives each leaf the constant that best lowers the loss itself there, and adds
the tree, shrunk by the learning rate.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks, losses
from dlconcepts._checks import Array
from dlconcepts.losses import RegressionLoss

Ints = NDArray[np.integer[Any]]


class Boosted(NamedTuple):
    """An ensemble of T trees of depth D, each a full binary tree in heap order."""

    constant: float  # the prediction before the first tree
    rate: float  # the learning rate, by which every leaf value is multiplied
    feature: Ints  # feature tested at each inner node, shape (T, 2^D - 1)
    threshold: Array  # x goes right if above it; infinite where a node is not split, same shape
    value: Array  # leaf values before shrinkage, from left to right, shape (T, 2^D)
    d: int  # number of features


def _quantile(r: Array, gamma: float) -> float:
    """Smallest r whose share of values at or below it is at least γ: it minimizes the loss."""
    k = max(math.ceil(gamma * len(r)) - 1, 0)
    return float(np.partition(r, k)[k])


def _one_step(r: Array, loss: RegressionLoss) -> float:
    """One step from the median, with the gradients averaged: for losses with 0 ≤ L″ ≤ 1."""
    median = _quantile(r, 0.5)
    return median + float(loss.grad(r - median).mean())


LEAVES: Mapping[str, Callable[[Array, RegressionLoss], float]] = {
    "squared": lambda r, _: float(r.mean()),
    "absolute": lambda r, _: _quantile(r, 0.5),
    "quantile": lambda r, loss: _quantile(r, loss.params["gamma"]),
    "huber": _one_step,
    "log_cosh": _one_step,
}


def _best_split(X: Array, g: Array, order: Ints) -> tuple[int, float]:
    """Feature and threshold with the largest drop in squared error of g; infinite if there is none.

    order holds, one column per feature, the node's examples sorted by that feature. For all cuts
    at once: with sums S and counts n the drop is S_L²/n_L + S_R²/n_R, up to a constant.
    """
    n = len(order)
    if n < 2:
        return 0, np.inf
    x = np.take_along_axis(X, order, axis=0)
    left = np.cumsum(g[order], axis=0)
    size = np.arange(1, n)[:, None]
    drop = left[:-1] ** 2 / size + (left[-1] - left[:-1]) ** 2 / (n - size)
    drop[x[:-1] == x[1:]] = -np.inf
    feature, cut = divmod(int(drop.T.argmax()), n - 1)
    total = left[-1, feature] ** 2 / n
    if not drop[cut, feature] > total + 1e-12 * abs(total):
        return 0, np.inf
    below, above = x[cut, feature], x[cut + 1, feature]
    middle = below + (above - below) / 2
    return feature, float(middle if below <= middle < above else below)


def _grow(X: Array, g: Array, order: Ints, depth: int) -> tuple[Ints, Array, Ints]:
    """Features, thresholds and each example's leaf of a tree fitted to g."""
    feature, threshold = np.zeros(2**depth - 1, dtype=int), np.full(2**depth - 1, np.inf)
    orders = [order]
    for node in range(2**depth - 1):
        here = orders[node]
        feature[node], threshold[node] = _best_split(X, g, here)
        right = X[:, feature[node]] > threshold[node]
        for side in (~right, right):  # filtering keeps each column sorted
            keep = side[here.T]
            orders.append(here.T[keep].reshape(here.shape[1], -1).T)
    leaf = np.zeros(len(X), dtype=int)
    for i, members in enumerate(orders[2**depth - 1 :]):
        leaf[members[:, 0]] = i
    return feature, threshold, leaf


def fit(
    X: ArrayLike,
    y: ArrayLike,
    loss: RegressionLoss | None = None,
    *,
    stages: int = 100,
    rate: float = 0.1,
    depth: int = 1,
    delta_quantile: float | None = None,
) -> Boosted:
    r"""Boost regression trees: $F_m = F_{m-1} + \nu\,h_m$, $h_m$ fitted to $L'(y - F_{m-1})$.

    The leaf constants are the mean (squared), the median (absolute), the γ-quantile (quantile), and
    one step from the median, $\tilde r + \mathrm{mean}\,L'(r - \tilde r)$, for Huber and log-cosh.

    Args:
        X: features, shape (n, d), or one feature of shape (n,).
        y: targets, shape (n,).
        loss: an entry of ``losses.REGRESSION``, or ``losses.regression(name, …)``; squared error
            if left out.
        stages: number of trees T.
        rate: learning rate (shrinkage) ν > 0, in practice below 1.
        depth: depth D of the trees; 1 gives stumps, at most 8.
        delta_quantile: for the Huber loss, set δ anew before every tree to this quantile of the
            absolute residuals, as Friedman does, instead of keeping the loss's own δ.

    Returns:
        The ensemble; ``predict`` and ``staged_predict`` use it.

    Raises:
        ValueError: if a shape does not fit, an entry is not finite, or a parameter is out of range.

    References:
        Friedman 2001, Algorithms 1–4; Natekin & Knoll 2013.

    Examples:
        >>> model = fit([0.0, 1.0, 2.0, 3.0], [5.0, 5.0, 9.0, 9.0], stages=1, rate=1.0)
        >>> model.constant, float(model.threshold[0, 0]), model.value[0]
        (7.0, 1.5, array([-2.,  2.]))
    """
    X, y = _features(X), _checks.vector("y", y)
    _checks.same_length("X", X, "y", y)
    loss = losses.REGRESSION["squared"] if loss is None else loss
    stages, rate = _checks.count("stages", stages), _checks.positive("rate", rate)
    depth = _checks.count("depth", depth)
    if depth > 8:
        raise ValueError(f"depth must be at most 8, got {depth}")
    _checks.choice("loss", loss.name, LEAVES)
    if delta_quantile is not None:
        delta_quantile = _checks.fraction("delta_quantile", delta_quantile)
        if loss.name != "huber":
            raise ValueError(f"delta_quantile is for the huber loss, got {loss.name!r}")

    if loss.name == "squared":
        constant = float(y.mean())
    else:  # the middle of the minimizers; for Huber and log-cosh the median, where they start
        level = loss.params.get("gamma", 0.5)
        constant = float(np.quantile(y, level, method="averaged_inverted_cdf"))
    order = np.argsort(X, axis=0, kind="stable")
    features = np.zeros((stages, 2**depth - 1), dtype=int)
    thresholds, values = np.zeros((stages, 2**depth - 1)), np.zeros((stages, 2**depth))
    r = y - constant
    for m in range(stages):
        if delta_quantile is not None:
            delta = _quantile(np.abs(r), delta_quantile)
            loss = losses.regression("huber", delta=max(delta, np.finfo(float).tiny))
        features[m], thresholds[m], leaf = _grow(X, loss.grad(r), order, depth)
        for i in range(2**depth):
            members = r[leaf == i]
            if len(members):
                values[m, i] = LEAVES[loss.name](members, loss)
        r = r - rate * values[m, leaf]
    return Boosted(constant, rate, features, thresholds, values, X.shape[1])


def _features(X: ArrayLike) -> Array:
    features = _checks.real("X", X)
    return _checks.matrix("X", features[:, None] if features.ndim == 1 else features)


def staged_predict(model: Boosted, X: ArrayLike) -> Array:
    r"""Predictions $F_0(x), F_1(x), \dots, F_T(x)$ after every stage, the constant first.

    Args:
        model: what ``fit`` returned.
        X: features, shape (n, d), or (n,) if d is 1.

    Returns:
        Shape (T + 1, n).

    Raises:
        ValueError: if X has not the model's number of features or an entry is not finite.

    Examples:
        >>> model = fit([0.0, 1.0, 2.0, 3.0], [5.0, 5.0, 9.0, 9.0], stages=2, rate=0.5)
        >>> staged_predict(model, [0.0, 3.0])
        array([[7. , 7. ],
               [6. , 8. ],
               [5.5, 8.5]])
    """
    X = _checks.matrix("X", _features(X), model.d)
    trees, rows = np.arange(len(model.value))[:, None], np.arange(len(X))
    node = np.zeros((len(model.value), len(X)), dtype=int)
    while node[0, 0] < model.feature.shape[1]:  # all examples are at the same depth
        right = X[rows, model.feature[trees, node]] > model.threshold[trees, node]
        node = 2 * node + 1 + right
    leaves = model.value[trees, node - model.feature.shape[1]]
    start = np.full((1, len(X)), model.constant)
    return cast(Array, np.cumsum(np.vstack([start, model.rate * leaves]), axis=0))


def predict(model: Boosted, X: ArrayLike) -> Array:
    r"""Prediction $F_T(x) = F_0 + \nu\sum_m h_m(x)$ of the whole ensemble.

    Args:
        model: what ``fit`` returned.
        X: features, shape (n, d), or (n,) if d is 1.

    Returns:
        Shape (n,), in the units of y.

    Raises:
        ValueError: if X has not the model's number of features or an entry is not finite.

    Examples:
        >>> model = fit([0.0, 1.0, 2.0, 3.0], [5.0, 5.0, 9.0, 9.0], stages=1, rate=1.0)
        >>> predict(model, [0.5, 2.5])
        array([5., 9.])
    """
    return cast(Array, staged_predict(model, X)[-1])
