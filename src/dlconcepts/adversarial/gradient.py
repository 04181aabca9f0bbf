r"""Attacks of a given size ε by one step along the gradient of the loss.

All take the true classes ``y``; with ``targeted=True``, ``y`` are the classes to reach. An example that is at the goal
already is returned as it is, so that the share of failures is the accuracy under attack.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array
from dlconcepts.adversarial.goal import CLIMBS, UNIT, Box, Goal, inside, margin, prepare, result
from dlconcepts.adversarial.model import Attack, Model


def slope_of(model: Model, X: Array, goal: Goal, loss: str) -> tuple[Array, Array]:
    """The margins at X, and the gradient of what is climbed."""
    Z = model.logits(X)
    return margin(Z, goal), model.input_grad(X, _checks.choice("loss", loss, CLIMBS)(Z, goal))


def fgsm(
    model: Model,
    X: ArrayLike,
    y: ArrayLike,
    eps: float,
    *,
    targeted: bool = False,
    loss: str = "cross_entropy",
    box: Box = UNIT,
) -> Attack:
    r"""Fast gradient sign method: $\mathbf x' = \mathbf x + \epsilon\,\mathrm{sign}\nabla_{\mathbf x}L(\mathbf x, y)$.

    Args:
        model: what is attacked.
        X: inputs in the box, shape (n, d).
        y: true classes, or the classes to reach, shape (n,).
        eps: size ε ≥ 0 of the change of every entry.
        targeted: whether y is to be reached; the step then descends on $L(\mathbf x, y)$.
        loss: ``cross_entropy`` or ``margin``, the difference of the two leading logits.
        box: what inputs may be; the result is clipped to it.

    Returns:
        The attack, with $\lVert\mathbf x'-\mathbf x\rVert_\infty\le\epsilon$.

    Raises:
        ValueError: if a shape does not fit or an argument is out of range.

    References:
        Goodfellow, Shlens & Szegedy 2015, §4.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> model = linear([[1.0, -1.0], [-2.0, 2.0]], [0.0, 0.0])
        >>> fgsm(model, [[0.6, 0.2]], [0], 0.1).X
        array([[0.5, 0.3]])
    """
    X, goal, done = prepare(model, X, y, targeted, box)
    eps = _checks.positive("eps", eps, zero=True)
    _, slope = slope_of(model, X, goal, loss)
    return result(model, X, np.clip(X + eps * np.sign(slope), *box), goal, done, 2)


def one_step_target(
    model: Model, X: ArrayLike, eps: float, *, target: ArrayLike | None = None, box: Box = UNIT
) -> Attack:
    r"""One-step target class method: $\mathbf x' = \mathbf x - \epsilon\,\mathrm{sign}\nabla L(\mathbf x, t)$.

    Args:
        model: what is attacked.
        X: inputs in the box, shape (n, d).
        eps: size ε ≥ 0.
        target: classes t to reach, shape (n,); the least likely class of each input when left out.
        box: what inputs may be.

    Returns:
        The attack; ``success`` is whether t is predicted.

    Raises:
        ValueError: as ``fgsm``.

    References:
        Kurakin, Goodfellow & Bengio 2017 (Adversarial machine learning at scale), §2.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> one_step_target(linear(np.eye(3), np.zeros(3)), [[0.5, 0.4, 0.3]], 0.2).success
        array([ True])
    """
    X = inside(X, box)
    t = model.logits(X).argmin(axis=1) if target is None else target
    return fgsm(model, X, t, eps, targeted=True, box=box)
