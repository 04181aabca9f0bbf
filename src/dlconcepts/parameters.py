r"""Parameters as one vector: the entries of a ``NamedTuple`` of arrays, one after another.

A model keeps its parameters under their names, such as ``rnn.RNN`` or ``nets.Net``. An optimizer, a
norm and a gradient check want one vector θ. ``ravel`` and ``unravel`` go from one to the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array

P = TypeVar("P", bound=tuple[Any, ...])


def _leaves(params: Any) -> Iterator[Array]:
    if isinstance(params, tuple):
        for part in params:
            yield from _leaves(part)
    else:
        yield np.asarray(params)


def ravel(params: tuple[Any, ...]) -> Array:
    """All entries of the arrays in a nested tuple, in its order, as one vector.

    Args:
        params: a (named) tuple of arrays and of such tuples.

    Returns:
        θ, shape (p,).

    Raises:
        ValueError: if there is no array in it.

    Examples:
        >>> ravel((np.eye(2), (np.array([3.0]), np.array([4.0]))))
        array([1., 0., 0., 1., 3., 4.])
    """
    leaves = [leaf.ravel() for leaf in _leaves(params)]
    if not leaves:
        raise ValueError("params must hold an array at least, got an empty tuple")
    return np.concatenate(leaves)


def unravel(theta: ArrayLike, like: P) -> P:
    """The inverse of ``ravel``: the vector's entries in the shapes and under the names of ``like``.

    Args:
        theta: shape (p,).
        like: a (named) tuple of p entries.

    Returns:
        A tuple of the type of ``like``.

    Raises:
        ValueError: if the number of entries differs.

    Examples:
        >>> unravel([1.0, 2.0, 3.0], (np.zeros((1, 2)), np.zeros(1)))
        (array([[1., 2.]]), array([3.]))
    """
    theta = _checks.vector("theta", theta, length=ravel(like).size)
    at = 0

    def fill(part: Any) -> Any:
        nonlocal at
        if isinstance(part, tuple):
            filled = [fill(inner) for inner in part]
            return type(part)(*filled) if hasattr(part, "_fields") else tuple(filled)
        part = np.asarray(part)
        at += part.size
        return theta[at - part.size : at].reshape(part.shape).copy()

    whole: P = fill(like)
    return whole


def numerical_gradient(J: Callable[[P], float], params: P, h: float = 1e-6) -> P:
    r"""Central differences $(J(\theta+he_j)-J(\theta-he_j))/2h$ for every entry of the parameters.

    The error is of order $h^2$ from the Taylor series and of order $\epsilon/h$ from rounding; with
    h = 1e-6 about nine digits of a gradient of order 1 are right. It takes 2p evaluations.

    Args:
        J: cost as a function of the parameters.
        params: where, a (named) tuple of arrays.
        h: half the distance > 0.

    Returns:
        The gradient in the shapes of the parameters.

    Raises:
        ValueError: if h is not positive.

    References:
        Goodfellow, Bengio & Courville 2016, §11.5, eq. 11.6.

    Examples:
        >>> numerical_gradient(lambda p: float((p[0] ** 2).sum()), (np.array([1.0, 3.0]),))[0].round(6)
        array([2., 6.])
    """
    h = _checks.positive("h", h)
    theta = ravel(params).astype(np.float64)  # the step is lost in integers
    slope = np.empty_like(theta)
    for j in range(theta.size):
        up, down = theta.copy(), theta.copy()
        up[j] += h
        down[j] -= h
        slope[j] = (J(unravel(up, params)) - J(unravel(down, params))) / (2 * h)
    return unravel(slope, params)
