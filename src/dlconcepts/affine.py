r"""Affine maps $f(\mathbf x) = A\mathbf x + \mathbf b$: how they act, combine and collapse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


class AffineMap(NamedTuple):
    r"""The map $\mathbf x\mapsto A\mathbf x+\mathbf b$ from $\mathbb R^d$ to $\mathbb R^k$."""

    matrix: Array  # shape (k, d)
    offset: Array  # shape (k,)


def affine(matrix: ArrayLike, offset: ArrayLike) -> AffineMap:
    r"""Make the map $\mathbf x\mapsto A\mathbf x+\mathbf b$ of a matrix and an offset.

    Args:
        matrix: A, shape (k, d).
        offset: b, shape (k,).

    Returns:
        The map.

    Raises:
        ValueError: if a shape does not fit or an entry is not finite.

    Examples:
        >>> affine([[2.0, 0.0]], [1.0])
        AffineMap(matrix=array([[2., 0.]]), offset=array([1.]))
    """
    A = _checks.matrix("matrix", matrix)
    return AffineMap(A, _checks.vector("offset", offset, len(A)))


def apply(f: AffineMap, X: ArrayLike) -> Array:
    r"""Images $A\mathbf x_i+\mathbf b$ of several points.

    Args:
        f: the map.
        X: the points as rows, shape (n, d).

    Returns:
        Their images as rows, shape (n, k).

    Raises:
        ValueError: if the points have another dimension.

    Examples:
        >>> apply(affine([[0.0, -1.0], [1.0, 0.0]], [5.0, 0.0]), [[1.0, 0.0]])
        array([[5., 1.]])
    """
    points: Array = _checks.matrix("X", X, f.matrix.shape[1])
    return points @ f.matrix.T + f.offset


def compose(outer: AffineMap, inner: AffineMap) -> AffineMap:
    r"""The map $\mathbf x\mapsto A_2(A_1\mathbf x+\mathbf b_1)+\mathbf b_2$, which is affine again.

    Args:
        outer: the second map, $A_2$ and $\mathbf b_2$.
        inner: the first map, $A_1$ and $\mathbf b_1$.

    Returns:
        $A_2A_1$ and $A_2\mathbf b_1+\mathbf b_2$.

    Raises:
        ValueError: if the inner map does not lead to where the outer one starts.

    Examples:
        >>> double, shift = affine([[2.0]], [0.0]), affine([[1.0]], [3.0])
        >>> compose(double, shift).offset, compose(shift, double).offset
        (array([6.]), array([3.]))
    """
    made, taken = len(inner.offset), outer.matrix.shape[1]
    if made != taken:
        raise ValueError(f"outer must take vectors of length {made}, it takes {taken}")
    return AffineMap(outer.matrix @ inner.matrix, outer.matrix @ inner.offset + outer.offset)


def collapse(layers: Sequence[AffineMap]) -> AffineMap:
    r"""The one affine map that a stack of affine layers is.

    Args:
        layers: the maps in the order in which they act.

    Returns:
        Their composition.

    Raises:
        ValueError: if there is none, or one does not fit on the one before it.

    References:
        Goodfellow, Bengio & Courville 2016, §6.1.

    Examples:
        >>> collapse([affine([[2.0]], [1.0])] * 3)
        AffineMap(matrix=array([[8.]]), offset=array([7.]))
    """
    if not layers:
        raise ValueError("layers must not be empty")
    whole, *rest = layers
    for layer in rest:
        whole = compose(layer, whole)
    return whole


def homogeneous(f: AffineMap) -> Array:
    r"""The matrix $\begin{pmatrix}A&\mathbf b\\0&1\end{pmatrix}$, linear on vectors $(\mathbf x,1)$.

    Args:
        f: the map.

    Returns:
        Shape (k + 1, d + 1). Composition of maps is the product of these matrices.

    Examples:
        >>> homogeneous(affine([[2.0]], [3.0]))
        array([[2., 3.],
               [0., 1.]])
    """
    k, d = f.matrix.shape
    H = np.eye(k + 1, d + 1)
    H[:k, :d], H[:k, d], H[k] = f.matrix, f.offset, np.append(np.zeros(d), 1.0)
    return H


def combination_gap(function: Callable[[Array], Array], X: ArrayLike, weights: ArrayLike) -> Array:
    r"""What is missing to superposition: $f(\sum_i\lambda_i\mathbf x_i) - \sum_i\lambda_if(\mathbf x_i)$.

    For an affine map this is $(1-\sum_i\lambda_i)\,\mathbf b$.

    Args:
        function: takes points as rows, shape (n, d), and returns their images, shape (n, k).
        X: the points $\mathbf x_i$, shape (n, d).
        weights: the coefficients $\lambda_i$, shape (n,).

    Returns:
        Shape (k,).

    Raises:
        ValueError: if the lengths differ.

    References:
        Rockafellar 1970, §1.

    Examples:
        >>> combination_gap(lambda X: 2 * X + 1, [[1.0], [4.0]], [0.5, 0.5])
        array([0.])
        >>> combination_gap(lambda X: 2 * X + 1, [[1.0], [4.0]], [1.0, 1.0])
        array([-1.])
    """
    points: Array = _checks.matrix("X", X)
    coefficients: Array = _checks.vector("weights", weights, len(points))
    image: Array = function(coefficients[None, :] @ points)[0]
    return image - coefficients @ function(points)
