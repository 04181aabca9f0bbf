r"""Attacks of a given size ε by many steps along the gradient: from the input itself, or from random points near it.

Arguments and results are as in ``gradient``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array
from dlconcepts.adversarial.goal import UNIT, Box, inside, prepare, result
from dlconcepts.adversarial.gradient import slope_of
from dlconcepts.adversarial.model import Attack, Model


def bim(
    model: Model,
    X: ArrayLike,
    y: ArrayLike,
    eps: float,
    *,
    steps: int = 10,
    rate: float | None = None,
    targeted: bool = False,
    loss: str = "cross_entropy",
    box: Box = UNIT,
) -> Attack:
    r"""Basic iterative method: small sign steps from x itself, each clipped to the ε-ball and the box.

    Args:
        model: what is attacked.
        X: inputs in the box, shape (n, d).
        y: true classes, or the classes to reach, shape (n,).
        eps: radius ε ≥ 0 of the ball, in $\ell_\infty$.
        steps: how many.
        rate: size of a step; ε·2.5/steps when left out.
        targeted: whether y is to be reached.
        loss: ``cross_entropy`` or ``margin``.
        box: what inputs may be.

    Returns:
        The attack: of each example, the point with the largest margin that was visited.

    Raises:
        ValueError: as ``fgsm``.

    References:
        Kurakin, Goodfellow & Bengio 2017 (Adversarial examples in the physical world), §2.2.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> model = linear([[1.0, -1.0], [-2.0, 2.0]], [0.0, 0.0])
        >>> bim(model, [[0.6, 0.2]], [0], 0.1).X.round(3)
        array([[0.5, 0.3]])
    """
    return _iterate(model, X, y, eps, steps=steps, rate=rate, targeted=targeted, loss=loss, box=box)


def least_likely(
    model: Model,
    X: ArrayLike,
    eps: float,
    *,
    steps: int = 10,
    rate: float | None = None,
    box: Box = UNIT,
) -> Attack:
    r"""Iterative least-likely class method: ``bim`` toward the class with the smallest logit at x.

    Args:
        model: what is attacked.
        X: inputs in the box, shape (n, d).
        eps: radius ε ≥ 0, in $\ell_\infty$.
        steps: how many.
        rate: size of a step.
        box: what inputs may be.

    Returns:
        The attack; ``success`` is whether the least likely class is predicted.

    Raises:
        ValueError: as ``fgsm``.

    References:
        Kurakin, Goodfellow & Bengio 2017 (Adversarial examples in the physical world), §2.3.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> least_likely(linear(np.eye(3), np.zeros(3)), [[0.5, 0.4, 0.3]], 0.2).success
        array([ True])
    """
    X = inside(X, box)
    t = model.logits(X).argmin(axis=1)
    return bim(model, X, t, eps, steps=steps, rate=rate, targeted=True, box=box)


def pgd(
    model: Model,
    X: ArrayLike,
    y: ArrayLike,
    eps: float,
    *,
    rng: np.random.Generator,
    steps: int = 20,
    rate: float | None = None,
    restarts: int = 1,
    norm: str = "linf",
    targeted: bool = False,
    loss: str = "cross_entropy",
    box: Box = UNIT,
) -> Attack:
    r"""PGD from random points: $\mathbf x\leftarrow\Pi(\mathbf x + \alpha\,\mathrm{sign}\nabla L)$.

    Π clips to the ε-ball around the input and to the box. In $\ell_2$ a step has length α along the gradient, and Π is
    the projection on the ball followed by the clip, which stays in both.

    Args:
        model: what is attacked.
        X: inputs in the box, shape (n, d).
        y: true classes, or the classes to reach, shape (n,).
        eps: radius ε ≥ 0 of the ball.
        rng: source of the starting points, uniform in the ball.
        steps: how many from each start.
        rate: α; ε·2.5/steps when left out.
        restarts: number of starts.
        norm: ``linf`` or ``l2``.
        targeted: whether y is to be reached.
        loss: ``cross_entropy`` or ``margin``.
        box: what inputs may be.

    Returns:
        The attack: of each example, the point with the largest margin among all that were visited.

    Raises:
        ValueError: as ``fgsm``, or if the norm is unknown.

    References:
        Madry et al. 2018.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> model = linear([[1.0, -1.0], [-2.0, 2.0]], [0.0, 0.0])
        >>> pgd(model, [[0.6, 0.2]], [0], 0.1, rng=np.random.default_rng(0)).X.round(3)
        array([[0.5, 0.3]])
    """
    return _iterate(
        model, X, y, eps, steps=steps, rate=rate, targeted=targeted, loss=loss, box=box,
        rng=rng, restarts=restarts, norm=norm,
    )  # fmt: skip


def _iterate(
    model: Model,
    X: ArrayLike,
    y: ArrayLike,
    eps: float,
    *,
    steps: int,
    rate: float | None,
    targeted: bool,
    loss: str,
    box: Box,
    rng: np.random.Generator | None = None,
    restarts: int = 1,
    norm: str = "linf",
) -> Attack:
    X, goal, done = prepare(model, X, y, targeted, box)
    eps = _checks.positive("eps", eps, zero=True)
    steps, restarts = _checks.count("steps", steps), _checks.count("restarts", restarts)
    alpha = 2.5 * eps / steps if rate is None else _checks.positive("rate", rate)
    _checks.choice("norm", norm, NORMS)
    best, most = X.copy(), np.full(len(X), -np.inf)
    for _ in range(restarts):
        at = X if rng is None else project(X + _in_ball(X, eps, norm, rng), X, eps, norm, box)
        for step in range(steps + 1):
            ahead, slope = slope_of(model, at, goal, loss)
            better = ahead > most
            best[better], most[better] = at[better], ahead[better]
            if step < steps:
                at = project(at + alpha * NORMS[norm](slope), X, eps, norm, box)
    return result(model, X, best, goal, done, 1 + restarts * (steps + 1))


def _unit(slope: Array) -> Array:
    length = np.sqrt(np.square(slope).sum(axis=1, keepdims=True))
    return cast(Array, slope / np.maximum(length, np.finfo(float).tiny))


# The step of length 1 that climbs most.
NORMS: Mapping[str, Callable[[Array], Array]] = {"linf": np.sign, "l2": _unit}


def _in_ball(X: Array, eps: float, norm: str, rng: np.random.Generator) -> Array:
    """Uniform in the ball."""
    if norm == "linf":
        return rng.uniform(-eps, eps, X.shape)
    n, d = X.shape
    away = _unit(rng.normal(size=X.shape))
    return cast(Array, eps * rng.random((n, 1)) ** (1 / d) * away)


def project(X: Array, center: Array, eps: float, norm: str = "linf", box: Box = UNIT) -> Array:
    r"""Bring inputs back to the ball of radius ε around their centers, and to the box.

    Args:
        X: where a step has led, shape (n, d).
        center: middles of the balls, inside the box, same shape.
        eps: radius.
        norm: ``linf`` or ``l2``.
        box: what inputs may be.

    Returns:
        Inputs in the ball and in the box, same shape.

    Examples:
        >>> project(np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]]), 0.2, "l2").round(3)
        array([[0.641, 0.359]])
    """
    if norm == "linf":
        return np.clip(np.clip(X, center - eps, center + eps), *box)
    away = X - center
    length = np.sqrt(np.square(away).sum(axis=1, keepdims=True))
    shrink = np.minimum(1, eps / np.maximum(length, np.finfo(float).tiny))
    return cast(Array, np.clip(center + shrink * away, *box))
