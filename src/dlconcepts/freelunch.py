r"""No free lunch on a small cube: all Boolean targets of d bits, and learners that predict unseen inputs.

A learner sees the labels of some inputs and predicts those of others. Everything is enumerated.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array

Learner: TypeAlias = Callable[[Array, Array, Array], Array]


def cube(d: int) -> Array:
    """All 2ᵈ inputs of d bits, as rows of 0 and 1.

    Examples:
        >>> cube(2)
        array([[0., 0.],
               [0., 1.],
               [1., 0.],
               [1., 1.]])
    """
    return np.array(list(itertools.product((0.0, 1.0), repeat=_checks.count("d", d))))


def targets(d: int) -> Array:
    """All $2^{2^d}$ Boolean functions of d ≤ 4 bits, one row of 2ᵈ labels each.

    Raises:
        ValueError: if d is not between 1 and 4.

    Examples:
        >>> targets(3).shape
        (256, 8)
    """
    d = _checks.count("d", d)
    if d > 4:
        raise ValueError(f"d must be at most 4, got {d}")
    size = 2**d
    return np.asarray((np.arange(2**size)[:, None] >> np.arange(size)) & 1, dtype=float)


def constant(X: Array, y: Array, new: Array) -> Array:
    """Predict 0, whatever the data.

    Examples:
        >>> constant(np.array([[1.0]]), np.array([1.0]), np.array([[0.0], [1.0]]))
        array([0., 0.])
    """
    return np.zeros(len(new))


def majority(X: Array, y: Array, new: Array) -> Array:
    """Predict the more frequent label; 0 on a tie.

    Examples:
        >>> majority(cube(2)[:3], np.array([1.0, 1.0, 0.0]), cube(2)[3:])
        array([1.])
    """
    return np.full(len(new), float(y.mean() > 0.5))


def minority(X: Array, y: Array, new: Array) -> Array:
    """Predict the less frequent label: the opposite of ``majority``.

    Examples:
        >>> minority(cube(2)[:3], np.array([1.0, 1.0, 0.0]), cube(2)[3:])
        array([0.])
    """
    return 1 - majority(X, y, new)


def nearest(X: Array, y: Array, new: Array) -> Array:
    """Predict the label of most of the nearest inputs, by differing bits; 0 on a tie.

    Examples:
        >>> nearest(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0]), np.array([[1.0, 1.0]]))
        array([1.])
    """
    distance = np.abs(new[:, None] - X).sum(axis=2)
    near = distance == distance.min(axis=1, keepdims=True)
    return np.asarray(near @ y > near.sum(axis=1) / 2, dtype=float)


def farthest(X: Array, y: Array, new: Array) -> Array:
    """Predict the opposite of ``nearest``.

    Examples:
        >>> farthest(np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0]), np.array([[1.0, 1.0]]))
        array([0.])
    """
    return 1 - nearest(X, y, new)


def linear(X: Array, y: Array, new: Array) -> Array:
    """Fit ±1 by least squares of least norm, with an intercept, and predict 1 above zero.

    Examples:
        >>> X = cube(2)
        >>> linear(X[:3], X[:3, 0], X)  # the first bit is linear
        array([0., 0., 1., 1.])
    """
    A = np.hstack([np.full((len(X), 1), 0.5), X - 0.5])
    w = np.linalg.pinv(A) @ (2 * y - 1)
    score = np.hstack([np.full((len(new), 1), 0.5), new - 0.5]) @ w
    return (score > 1e-9).astype(float)


def parity(X: Array, y: Array, new: Array) -> Array:
    """Predict by the parity of all bits or its opposite, whichever fits more of the data.

    Examples:
        >>> X = cube(2)
        >>> parity(X[:2], np.array([0.0, 1.0]), X)
        array([0., 1., 1., 0.])
    """
    odd, fresh = X.sum(axis=1) % 2, new.sum(axis=1) % 2
    return np.asarray(np.where(np.mean(odd == y) >= 0.5, fresh, 1 - fresh), dtype=float)


LEARNERS: Mapping[str, Learner] = {
    "always 0": constant,
    "majority": majority,
    "minority": minority,
    "nearest": nearest,
    "anti-nearest": farthest,
    "linear": linear,
    "parity": parity,
}


def unseen_mistakes(learner: Learner, seen: ArrayLike, labels: ArrayLike) -> NDArray[np.intp]:
    r"""Mistakes on the unseen inputs, $\sum_{x\in U}\mathbf 1[\hat f(x)\neq f(x)]$, for each target.

    Args:
        learner: from the seen inputs, their labels and the unseen inputs to labels of the latter.
        seen: which of the 2ᵈ inputs of ``cube`` are in the training set, whole numbers.
        labels: targets, shape (targets, 2ᵈ), such as ``targets(d)``.

    Returns:
        One count for each target, shape (targets,), from 0 to the number of unseen inputs.

    Raises:
        ValueError: if labels has not 2ᵈ columns of 0 and 1, or seen is not a proper, non-empty subset in whole
            numbers, or learner does not return a label for each unseen input.

    References:
        Wolpert 1996.

    Examples:
        >>> unseen_mistakes(majority, [0, 1, 2], targets(2)).sum()  # of 16 targets, 1 unseen input
        np.int64(8)
    """
    F = _checks.matrix("labels", labels)
    d = F.shape[1].bit_length() - 1
    if F.shape[1] != 2**d or not np.isin(F, (0, 1)).all():
        raise ValueError(f"labels must have a power of two of columns of 0 and 1, shape {F.shape}")
    given = np.asarray(seen)
    if given.size and given.dtype.kind not in "iu":
        raise ValueError(f"seen must hold whole numbers, got dtype {given.dtype}")
    at: NDArray[np.intp] = np.unique(given.astype(np.intp))
    if not (0 < len(at) < 2**d and at[0] >= 0 and at[-1] < 2**d):
        raise ValueError(f"seen must be a proper, non-empty subset of 0 ... {2**d - 1}, got {at}")
    X = cube(d)
    unseen = np.setdiff1d(np.arange(2**d), at)
    patterns, which = np.unique(F[:, at], axis=0, return_inverse=True)
    guesses = np.array([learner(X[at], y, X[unseen]) for y in patterns])
    if guesses.shape[1:] != unseen.shape:
        raise ValueError(
            f"learner must return shape {unseen.shape}, a label for each input, "
            f"got shape {guesses.shape[1:]}"
        )
    return np.asarray((guesses[which.ravel()] != F[:, unseen]).sum(axis=1))
