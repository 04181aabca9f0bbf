r"""Minimize a smooth function inside a box by projected L-BFGS."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array

Cost = Callable[[Array], tuple[float, Array]]


class Minimum(NamedTuple):
    """Where a minimization ended."""

    x: Array  # shape (d,)
    cost: float
    calls: int  # of the cost with its gradient


def direction(grad: Array, pairs: list[tuple[Array, Array]]) -> Array:
    r"""Two-loop recursion: $-H\mathbf g$, with the inverse Hessian H that pairs of steps and gradient changes imply.

    Args:
        grad: shape (d,).
        pairs: $(\mathbf s, \mathbf u)$, a step and the change of the gradient along it, oldest first.

    Returns:
        Shape (d,).

    References:
        Nocedal & Wright 2006, algorithm 7.4.

    Examples:
        >>> direction(np.array([2.0]), [(np.array([1.0]), np.array([4.0]))])
        array([-0.5])
    """
    q, kept = grad.copy(), []
    for s, u in reversed(pairs):
        a = (s @ q) / (s @ u)
        q -= a * u
        kept.append(a)
    if pairs:
        s, u = pairs[-1]
        q *= (s @ u) / (u @ u)
    for (s, u), a in zip(pairs, reversed(kept), strict=True):
        q += (a - (u @ q) / (s @ u)) * s
    return -q


def minimize(
    cost: Cost,
    start: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    steps: int = 100,
    memory: int = 8,
    tolerance: float = 1e-6,
) -> Minimum:
    r"""A local minimum of a smooth function over $\mathbf l\le\mathbf x\le\mathbf h$.

    Entries at a bound where the gradient pushes outward are held; the others move along the L-BFGS direction, projected
    on the box, with backtracking until the cost falls enough.

    Args:
        cost: from x, the value and the gradient.
        start: shape (d,); it is clipped to the box.
        low: lower bounds, a number or shape (d,).
        high: upper bounds, alike.
        steps: at most so many.
        memory: pairs that are kept ≥ 1.
        tolerance: stop when no entry of the projected gradient is larger.

    Returns:
        Where it ended.

    Raises:
        ValueError: if start is not a vector, a lower bound exceeds an upper one, or steps or memory is not positive.

    References:
        Nocedal & Wright 2006, ch. 7; Bertsekas 1982, for the projection with held entries.

    Examples:
        >>> found = minimize(lambda x: (float(x @ x), 2 * x), [2.0, 2.0], 1.0, 3.0)
        >>> found.x, found.cost
        (array([1., 1.]), 2.0)
    """
    x = _checks.vector("start", start)
    low, high = np.broadcast_to(low, x.shape), np.broadcast_to(high, x.shape)
    if (low > high).any():
        raise ValueError(f"low must be at most high, got {low} and {high}")
    x = np.clip(x, low, high)
    memory = _checks.count("memory", memory)
    value, grad = cost(x)
    calls, pairs = 1, list[tuple[Array, Array]]()
    for _ in range(_checks.count("steps", steps)):
        held = ((x <= low) & (grad > 0)) | ((x >= high) & (grad < 0))
        free = np.where(held, 0.0, grad)
        if np.abs(x - np.clip(x - free, low, high)).max() <= tolerance:
            break
        reduced = [(np.where(held, 0, s), np.where(held, 0, u)) for s, u in pairs]
        move = direction(free, [(s, u) for s, u in reduced if s @ u > 1e-12 * (u @ u)])
        size = 1.0 if pairs else min(1.0, 1 / np.abs(free).sum())
        for _ in range(30):
            new = np.clip(x + size * move, low, high)
            there, slope = cost(new)
            calls += 1
            if there <= value + 1e-4 * (free @ (new - x)):
                break
            size /= 2
        else:
            break
        s, u = new - x, slope - grad
        if s @ u > 1e-10 * (u @ u):
            pairs = [*pairs, (s, u)][-memory:]
        x, value, grad = new, there, slope
    return Minimum(x, value, calls)
