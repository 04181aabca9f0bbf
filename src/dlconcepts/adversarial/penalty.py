r"""The smallest change as a penalty: the squared distance plus c times a loss, with c searched for."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, losses, optim
from dlconcepts._checks import Array
from dlconcepts.adversarial import boxed
from dlconcepts.adversarial.goal import UNIT, Box, Goal, margin, margin_grad, prepare, result
from dlconcepts.adversarial.model import Attack, Model


def carlini_wagner(
    model: Model,
    X: ArrayLike,
    y: ArrayLike,
    *,
    targeted: bool = False,
    confidence: float = 0.0,
    steps: int = 200,
    searches: int = 6,
    rate: float = 0.05,
    c: float = 1.0,
    box: Box = UNIT,
) -> Attack:
    r"""Carlini and Wagner's attack: Adam on $\lVert\mathbf x'-\mathbf x\rVert^2 + c\,\max(-m(\mathbf x'), -\kappa)$.

    m is the margin of the attack in logits. $\mathbf x' = \tfrac12(\tanh\mathbf v + 1)$, scaled to the box, is always
    inside it. The weight c is searched for each example: it falls after a success and grows after a failure.

    Args:
        model: what is attacked.
        X: inputs in a finite box, shape (n, d).
        y: true classes, or the classes to reach, shape (n,).
        targeted: whether y is to be reached.
        confidence: κ ≥ 0, by how much the goal's logit is to lead.
        steps: of Adam, for each value of c.
        searches: values of c.
        rate: step size of Adam.
        c: first value of c.
        box: what inputs may be.

    Returns:
        The attack: of each example, the smallest success.

    Raises:
        ValueError: if a shape does not fit or an argument is out of range.

    References:
        Carlini & Wagner 2017, §V–VI.

    Examples:
        >>> from dlconcepts.adversarial import linear, norms
        >>> model, x = linear([[1.0, -1.0], [-2.0, 2.0]], [0.0, 0.0]), np.array([[0.6, 0.2]])
        >>> bool(abs(norms(carlini_wagner(model, x, [0]).X - x).l2[0] - 0.2 / 5**0.5) < 0.002)
        True
    """
    if not np.isfinite(box).all():
        raise ValueError(f"box must be finite for the change of variables, got {box}")
    X, goal, done = prepare(model, X, y, targeted, box)
    confidence = _checks.positive("confidence", confidence, zero=True)
    steps, searches = _checks.count("steps", steps), _checks.count("searches", searches)
    half, n = (box[1] - box[0]) / 2, len(X)
    start = np.arctanh(np.clip((X - box[0]) / half - 1, -1 + 1e-6, 1 - 1e-6))
    best, least = X.copy(), np.full(n, np.inf)
    weight = np.full(n, _checks.positive("c", c))
    below, above = np.zeros(n), np.full(n, np.inf)
    for _ in range(searches):
        V, state = start, None
        reached = np.zeros(n, dtype=bool)
        for _ in range(steps):
            T = np.tanh(V)
            at = box[0] + half * (T + 1)
            Z = model.logits(at)
            ahead, size = margin(Z, goal), np.square(at - X).sum(axis=1)
            wins = ahead > confidence
            reached |= wins
            better = wins & (size < least)
            best[better], least[better] = at[better], size[better]
            G = margin_grad(Z, goal) * (weight * (ahead < confidence + 1e-6))[:, None]
            slope = (2 * (at - X) - model.input_grad(at, G)) * half * (1 - T * T)
            V, state = optim.adam(V, slope, state, rate=rate)
        above = np.where(reached, np.minimum(above, weight), above)
        below = np.where(reached, below, np.maximum(below, weight))
        weight = np.where(np.isinf(above), 10 * weight, (below + np.minimum(above, 1e300)) / 2)
    return result(model, X, best, goal, done, 1 + searches * steps)


def lbfgs(
    model: Model,
    X: ArrayLike,
    y: ArrayLike,
    *,
    targeted: bool = False,
    searches: int = 10,
    steps: int = 60,
    box: Box = UNIT,
) -> Attack:
    r"""Szegedy's attack: minimize $\lVert\mathbf x'-\mathbf x\rVert^2 + c\,L(\mathbf x', t)$ with the least c.

    It is the least c for which t is then predicted; L is the cross-entropy of the class t. Without a target every other
    class is tried, and the smallest success kept. Each problem is solved by L-BFGS with bounds; c is searched on a
    logarithmic scale.

    Args:
        model: what is attacked.
        X: inputs in the box, shape (n, d).
        y: true classes, or the classes to reach, shape (n,).
        targeted: whether y is to be reached.
        searches: bisections of c.
        steps: of L-BFGS, for each c.
        box: what inputs may be.

    Returns:
        The attack: of each example, the smallest success.

    Raises:
        ValueError: if a shape does not fit or an argument is out of range.

    References:
        Szegedy et al. 2014, §4.1, with the squared length.

    Examples:
        >>> from dlconcepts.adversarial import linear, norms
        >>> model, x = linear([[1.0, -1.0], [-2.0, 2.0]], [0.0, 0.0]), np.array([[0.6, 0.2]])
        >>> norms(lbfgs(model, x, [0]).X - x).l2.round(3)
        array([0.09])
    """
    X, goal, done = prepare(model, X, y, targeted, box)
    _checks.count("searches", searches)
    k = model.logits(X[:1]).shape[1]
    changed, spent = X.copy(), np.ones(len(X), dtype=np.intp)
    for i in np.flatnonzero(~done):
        least = np.inf
        for target in [goal.y[i]] if targeted else [j for j in range(k) if j != goal.y[i]]:
            found, calls = _least_weight(model, X[i], int(target), searches, steps, box)
            spent[i] += calls
            away = np.inf if found is None else float(np.square(found - X[i]).sum())
            if found is not None and away < least:
                changed[i], least = found, away
    return result(model, X, changed, goal, done, spent)


def _least_weight(
    model: Model, x: Array, target: int, searches: int, steps: int, box: Box
) -> tuple[Array | None, int]:
    """The smallest success over weights c from 1e-3 to 1e3, and how often the model was asked."""
    goal = Goal(np.array([target]), targeted=True)
    found, least, calls = None, np.inf, 0
    low, high, start = -3.0, 3.0, x
    for power in (high, *[None] * searches):
        middle = (low + high) / 2 if power is None else power
        c = 10.0**middle

        def cost(at: Array, c: float = c) -> tuple[float, Array]:
            Z = model.logits(at[None])
            log = losses.log_softmax(Z)
            G = np.exp(log)
            G[0, target] -= 1
            value = float(np.square(at - x).sum() - c * log[0, target])
            return value, 2 * (at - x) + c * model.input_grad(at[None], G)[0]

        end = boxed.minimize(cost, start, *box, steps=steps)
        calls += end.calls
        if margin(model.logits(end.x[None]), goal)[0] > 0:
            high, start = middle, end.x
            away = float(np.square(end.x - x).sum())
            if away < least:
                found, least = end.x, away
        elif power is not None:
            break
        else:
            low = middle
    return found, calls
