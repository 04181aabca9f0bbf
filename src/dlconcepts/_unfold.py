"""What the recurrent cells share: where a sequence starts, and where truncation cuts it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


def start(name: str, value: ArrayLike | None, n: int, h: int) -> Array:
    """States before the first step, a row for each of n sequences; zeros by default.

    Examples:
        >>> start("start", np.ones((1, 3)), 2, 3)
        Traceback (most recent call last):
        ValueError: start must have shape (2, 3), got shape (1, 3)
    """
    if value is None:
        return np.zeros((n, h))
    array = _checks.matrix(name, value)
    if array.shape != (n, h):
        raise ValueError(f"{name} must have shape ({n}, {h}), got shape {array.shape}")
    return array


def joined(t: int, truncate: int | None) -> bool:
    """Whether the gradient goes on from step t (counted from 0) to the step before.

    Examples:
        >>> [joined(t, 2) for t in range(5)]
        [False, True, False, True, False]
    """
    if truncate is None:
        return True
    return t % _checks.count("truncate", truncate) > 0


def outer(D: Array, A: Array) -> Array:
    r"""$\sum_{n,t}\boldsymbol\delta\,\mathbf a^\top$ of rows of (n, T, i) and (n, T, j), as one product.

    Examples:
        >>> outer(np.ones((2, 3, 1)), np.arange(12.0).reshape(2, 3, 2))
        array([[30., 36.]])
    """
    return np.asarray(D.reshape(-1, D.shape[-1]).T @ A.reshape(-1, A.shape[-1]))
