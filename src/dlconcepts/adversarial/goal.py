r"""What an attack wants: how far the goal is, in logits, and the losses whose gradients lead there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks, losses
from dlconcepts._checks import Array
from dlconcepts.adversarial.model import Attack, Labels, Model, labels

Box = tuple[float, float]
UNIT: Box = (0.0, 1.0)  # of pixels


class Goal(NamedTuple):
    """The true classes to leave or, when targeted, the classes to reach."""

    y: Labels  # shape (n,)
    targeted: bool = False

    def rows(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Goal:
        """The goal of some of the examples."""
        return Goal(self.y[chosen], self.targeted)


def margin(Z: Array, goal: Goal) -> Array:
    r"""How far the attack is ahead: $\max_{j\ne y}z_j - z_y$, or $z_t - \max_{j\ne t}z_j$ when targeted.

    Args:
        Z: logits, shape (n, k).
        goal: classes, shape (n,).

    Returns:
        Shape (n,); above 0 the goal is reached.

    Examples:
        >>> Z, y = np.array([[1.0, 4.0]]), np.array([0])
        >>> margin(Z, Goal(y)), margin(Z, Goal(y, targeted=True))
        (array([3.]), array([-3.]))
    """
    at = np.arange(len(Z))
    others = Z.copy()
    others[at, goal.y] = -np.inf
    ahead = others.max(axis=1) - Z[at, goal.y]
    return cast(Array, -ahead if goal.targeted else ahead)


def margin_grad(Z: Array, goal: Goal) -> Array:
    """The gradient of ``margin`` with respect to the logits, shape (n, k).

    Examples:
        >>> margin_grad(np.array([[1.0, 4.0, 2.0]]), Goal(np.array([0])))
        array([[-1.,  1.,  0.]])
    """
    at = np.arange(len(Z))
    others = Z.copy()
    others[at, goal.y] = -np.inf
    G = np.zeros_like(Z)
    G[at, others.argmax(axis=1)] = 1
    G[at, goal.y] = -1
    return -G if goal.targeted else G


def cross_entropy_grad(Z: Array, goal: Goal) -> Array:
    r"""The gradient of the cross-entropy $-\ln p_y$, or of $\ln p_t$ when targeted, with respect to the logits.

    Examples:
        >>> cross_entropy_grad(np.zeros((1, 2)), Goal(np.array([0])))
        array([[-0.5,  0.5]])
    """
    G = losses.softmax(Z)
    G[np.arange(len(Z)), goal.y] -= 1
    return -G if goal.targeted else G


# What the gradient attacks climb: from logits and goal, the gradient with respect to the logits.
CLIMBS: Mapping[str, Callable[[Array, Goal], Array]] = {
    "cross_entropy": cross_entropy_grad,
    "margin": margin_grad,
}


def prepare(
    model: Model, X: ArrayLike, y: ArrayLike, targeted: bool, box: Box
) -> tuple[Array, Goal, NDArray[np.bool_]]:
    """Check what every attack is given; also return which examples are at the goal already.

    Raises:
        ValueError: if X is not a matrix inside the box or y does not hold a class for each row.
    """
    X = inside(X, box)
    Z = model.logits(X)
    goal = Goal(labels("y", y, len(X), Z.shape[1]), targeted)
    return X, goal, margin(Z, goal) > 0


def inside(X: ArrayLike, box: Box) -> Array:
    """Check that inputs lie in the box.

    Examples:
        >>> inside([[2.0]], (0.0, 1.0))
        Traceback (most recent call last):
        ValueError: X must lie in the box 0.0…1.0, got 2.0…2.0
    """
    X, (low, high) = _checks.matrix("X", X), box
    if not low < high:
        raise ValueError(f"box must be two numbers, low < high, got {box}")
    if X.min() < low or X.max() > high:
        raise ValueError(f"X must lie in the box {low}…{high}, got {X.min()}…{X.max()}")
    return X


def result(
    model: Model, X: Array, changed: Array, goal: Goal, done: NDArray[np.bool_], queries: ArrayLike
) -> Attack:
    """What an attack returns: an example that was at the goal already stays as it is."""
    final = np.where(done[:, None], X, changed)
    success = margin(model.logits(final), goal) > 0
    spent = np.broadcast_to(np.asarray(queries, dtype=np.intp), (len(X),))
    return Attack(final, success, np.where(done, 1, spent))
