"""Checks at the public entries: each refuses with a ``ValueError`` that names the argument.

A helper that converts returns what it was given, as an array or a number, so that a check and a conversion are one
line. One that only looks at arrays returns nothing::

    X, y = _checks.matrix("X", X), _checks.vector("y", y)
    _checks.same_length("X", X, "y", y)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
V = TypeVar("V")


def real(name: str, value: ArrayLike) -> Array:
    """Return real numbers of any shape as floats; a float dtype is kept, integers become float64.

    Examples:
        >>> real("r", [1, 2])
        array([1., 2.])
        >>> real("r", np.float32(0.5)).dtype
        dtype('float32')
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be an array of real numbers: {error}") from error
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    if array.dtype.kind != "f":
        raise ValueError(
            f"{name} must be real numbers, got dtype {array.dtype} of shape {array.shape}"
        )
    return array


def finite(name: str, array: Array) -> Array:
    """Return the array, none of whose entries is NaN or infinite.

    Examples:
        >>> finite("y", np.array([0.0, np.nan]))
        Traceback (most recent call last):
        ValueError: y must be finite, got NaN or infinity among its entries, shape (2,)
    """
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} must be finite, got NaN or infinity among its entries, shape {array.shape}"
        )
    return array


def vector(name: str, value: ArrayLike, length: int | None = None) -> Array:
    """Return a non-empty finite vector, of the given length if one is given.

    Examples:
        >>> vector("y", [[1.0], [2.0]])
        Traceback (most recent call last):
        ValueError: y must be a vector, got shape (2, 1)
    """
    array = real(name, value)
    if array.ndim != 1 or array.size == 0:
        what = "a vector" if array.ndim != 1 else "non-empty"
        raise ValueError(f"{name} must be {what}, got shape {array.shape}")
    if length is not None and len(array) != length:
        raise ValueError(f"{name} must have shape ({length},), got shape {array.shape}")
    return finite(name, array)


def matrix(name: str, value: ArrayLike, columns: int | None = None) -> Array:
    """Return a non-empty finite matrix, with the given number of columns if one is given.

    Examples:
        >>> matrix("X", [1.0, 2.0])
        Traceback (most recent call last):
        ValueError: X must be a matrix, got shape (2,)
    """
    array = real(name, value)
    if array.ndim != 2 or array.size == 0:
        what = "a matrix" if array.ndim != 2 else "non-empty"
        raise ValueError(f"{name} must be {what}, got shape {array.shape}")
    if columns is not None and array.shape[1] != columns:
        raise ValueError(f"{name} must have {columns} columns, got shape {array.shape}")
    return finite(name, array)


def signs(name: str, value: ArrayLike) -> Array:
    """Return a vector of the labels −1 and +1.

    Examples:
        >>> signs("y", [0, 1])
        Traceback (most recent call last):
        ValueError: y must hold the labels -1 and 1, got [0. 1.]
    """
    array = vector(name, value)
    if not np.isin(array, (-1, 1)).all():
        raise ValueError(f"{name} must hold the labels -1 and 1, got {np.unique(array)[:5]}")
    return array


def labeled(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """Return a non-empty finite matrix X and a label −1 or +1 for each of its rows, y.

    Examples:
        >>> labeled([[1.0], [2.0]], [-1, 1, 1])
        Traceback (most recent call last):
        ValueError: X and y must have as many rows, got shapes (2, 1) and (3,)
    """
    X, y = matrix("X", X), signs("y", y)
    same_length("X", X, "y", y)
    return X, y


def intercept_column(X: Array) -> None:
    """Refuse a design matrix X whose first column is not ones.

    Examples:
        >>> intercept_column(np.array([[1.0, 2.0], [0.0, 2.0]]))
        Traceback (most recent call last):
        ValueError: X must have ones in its first column for an intercept, shape (2, 2)
    """
    if not (X[:, 0] == 1).all():
        raise ValueError(f"X must have ones in its first column for an intercept, shape {X.shape}")


def sequences(name: str, value: ArrayLike, width: int) -> Array:
    """Return non-empty finite sequences, shape (n, T, width).

    Examples:
        >>> sequences("X", np.ones((5, 3)), 3)
        Traceback (most recent call last):
        ValueError: X must have shape (n, T, 3), got shape (5, 3)
    """
    array = real(name, value)
    if array.ndim != 3 or array.size == 0 or array.shape[2] != width:
        raise ValueError(f"{name} must have shape (n, T, {width}), got shape {array.shape}")
    return finite(name, array)


def choice(name: str, value: str, options: Mapping[str, V]) -> V:
    """Return what stands under a name.

    Examples:
        >>> choice("activation", "swish", {"tanh": np.tanh, "relu": None})
        Traceback (most recent call last):
        ValueError: activation must be one of tanh, relu, got 'swish'
    """
    if value not in options:
        raise ValueError(f"{name} must be one of {', '.join(options)}, got {value!r}")
    return options[value]


def same_length(name_a: str, a: NDArray[Any], name_b: str, b: NDArray[Any]) -> None:
    """Refuse two arrays that differ in their number of rows.

    Examples:
        >>> same_length("X", np.ones((3, 2)), "y", np.ones(4))
        Traceback (most recent call last):
        ValueError: X and y must have as many rows, got shapes (3, 2) and (4,)
    """
    if len(a) != len(b):
        raise ValueError(
            f"{name_a} and {name_b} must have as many rows, got shapes {a.shape} and {b.shape}"
        )


def same_shape(name_a: str, a: NDArray[Any], name_b: str, b: NDArray[Any]) -> None:
    """Refuse two arrays of different shapes: nothing is broadcast.

    Examples:
        >>> same_shape("y_true", np.ones(3), "y_pred", np.ones((3, 1)))
        Traceback (most recent call last):
        ValueError: y_true and y_pred must have the same shape, got (3,) and (3, 1)
    """
    if a.shape != b.shape:
        raise ValueError(
            f"{name_a} and {name_b} must have the same shape, got {a.shape} and {b.shape}"
        )


def positive(name: str, value: float, *, zero: bool = False) -> float:
    """Return a finite number > 0 (or >= 0 with ``zero=True``).

    Examples:
        >>> positive("delta", 0.0)
        Traceback (most recent call last):
        ValueError: delta must be a finite number > 0, got 0.0
    """
    if not (np.ndim(value) == 0 and math.isfinite(value) and (value > 0 or (zero and value == 0))):
        raise ValueError(f"{name} must be a finite number {'>=' if zero else '>'} 0, got {value}")
    return float(value)


def fraction(name: str, value: float, *, ends: bool = False) -> float:
    """Return a number strictly between 0 and 1 or, with ends, from 0 to 1.

    Examples:
        >>> fraction("gamma", 95)
        Traceback (most recent call last):
        ValueError: gamma must lie strictly between 0 and 1, got 95
    """
    if ends:
        if not (np.ndim(value) == 0 and 0 <= value <= 1):
            raise ValueError(f"{name} must be between 0 and 1, got {value}")
    elif not (np.ndim(value) == 0 and 0 < value < 1):
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value}")
    return float(value)


def count(name: str, value: int, *, minimum: int = 1) -> int:
    """Return a whole number that is at least ``minimum``.

    Examples:
        >>> count("n", 2.5)
        Traceback (most recent call last):
        ValueError: n must be a whole number >= 1, got 2.5
    """
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < minimum:
        raise ValueError(f"{name} must be a whole number >= {minimum}, got {value}")
    return int(value)
