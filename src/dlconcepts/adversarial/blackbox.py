r"""Attacks without the model's gradients: finite differences (ZOO), and examples made on other models (transfer)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, losses, optim
from dlconcepts._checks import Array
from dlconcepts.adversarial.goal import UNIT, Box, Goal, margin, prepare, result
from dlconcepts.adversarial.iterative import pgd
from dlconcepts.adversarial.model import Attack, Labels, Logits, Model, ensemble, outputs_only


def coordinate_slopes(
    logits: Logits, x: Array, goal: Goal, chosen: Labels, h: float = 1e-3
) -> Array:
    r"""Partial derivatives of ZOO's hinge f by symmetric differences.

    Each is $(f(\mathbf x+h\mathbf e_i)-f(\mathbf x-h\mathbf e_i))/2h$, where f is how far the goal
    is in log-probabilities: $\max(\ln p_y - \max_{j\ne y}\ln p_j, 0)$, or the same for a target.

    Args:
        logits: the model.
        x: one input, shape (d,).
        goal: its class, shape (1,).
        chosen: entries i, shape (m,).
        h: half the distance of the two queries.

    Returns:
        Shape (m,); two queries for each.

    References:
        Chen, Zhang, Sharma, Yi & Hsieh 2017.

    Examples:
        >>> coordinate_slopes(lambda X: 2 * X, np.array([0.6, 0.2]), Goal(np.array([0])), np.array([0, 1])).round(6)
        array([ 2., -2.])
    """
    m = len(chosen)
    around = np.repeat(x[None], 2 * m, axis=0)
    around[np.arange(m), chosen] += h
    around[np.arange(m, 2 * m), chosen] -= h
    there = Goal(np.repeat(goal.y, 2 * m), goal.targeted)
    f = np.maximum(-margin(losses.log_softmax(logits(around)), there), 0)
    return (f[:m] - f[m:]) / (2 * h)


def zoo(
    logits: Logits,
    X: ArrayLike,
    y: ArrayLike,
    *,
    rng: np.random.Generator,
    c: float = 1.0,
    steps: int = 100,
    batch: int = 16,
    rate: float = 0.03,
    targeted: bool = False,
    box: Box = UNIT,
) -> Attack:
    r"""Zeroth-order optimization: minimize $\lVert\mathbf x'-\mathbf x\rVert^2 + c f(\mathbf x')$ by queries alone.

    It is a coordinate descent: in each step a random set of entries is moved by Adam, which keeps its averages for each
    entry. The slopes of f come from ``coordinate_slopes``; that of the distance is known.

    Args:
        logits: the model, of which only outputs are seen.
        X: inputs in the box, shape (n, d).
        y: true classes, or the classes to reach, shape (n,).
        rng: source of the entries' order.
        c: weight of f; when ``steps`` end without success, it grows tenfold and the search starts again, twice.
        steps: how many, for each c.
        batch: entries moved in a step, two queries each.
        rate: step size of Adam.
        targeted: whether y is to be reached.
        box: what inputs may be.

    Returns:
        The attack: of each example, the smallest success.

    Raises:
        ValueError: if a shape does not fit or an argument is out of range.

    References:
        Chen, Zhang, Sharma, Yi & Hsieh 2017, algorithms 1 and 2.

    Examples:
        >>> attack = zoo(lambda X: 9 * X, [[0.6, 0.5]], [0], rng=np.random.default_rng(0), batch=2)
        >>> attack.success, bool(attack.queries[0] > 100)
        (array([ True]), True)
    """
    model = outputs_only(logits)
    X, goal, done = prepare(model, X, y, targeted, box)
    steps, batch = _checks.count("steps", steps), _checks.count("batch", batch)
    rate, first = _checks.positive("rate", rate), _checks.positive("c", c)
    d = X.shape[1]
    batch = min(batch, d)
    changed, spent = X.copy(), np.ones(len(X), dtype=np.intp)
    for i in np.flatnonzero(~done):
        one, least = goal.rows(np.array([i])), np.inf
        for weight in (first, 10 * first, 100 * first):
            at, m, v, t = X[i].copy(), np.zeros(d), np.zeros(d), np.zeros(d, dtype=np.intp)
            order = np.empty(0, dtype=np.intp)
            for _ in range(steps):
                if len(order) < batch:
                    order = np.concatenate([order, rng.permutation(d)])
                now, order = np.unique(order[:batch]), order[batch:]
                slope = 2 * (at - X[i])[now] + weight * coordinate_slopes(logits, at, one, now)
                before = optim.Adam(m[now], v[now], t[now])
                moved, (m[now], v[now], t[now]) = optim.adam(at[now], slope, before, rate=rate)
                at[now] = np.clip(moved, *box)
                spent[i] += 2 * len(now) + 1
                away = float(np.square(at - X[i]).sum())
                if margin(logits(at[None]), one)[0] > 0 and away < least:
                    changed[i], least = at, away
            if np.isfinite(least):
                break
    return result(model, X, changed, goal, done, spent)


def transfer(
    victim: Model,
    sources: Sequence[Model],
    X: ArrayLike,
    y: ArrayLike,
    eps: float,
    *,
    rng: np.random.Generator,
    steps: int = 20,
    targeted: bool = False,
    box: Box = UNIT,
) -> Attack:
    r"""Attack models that one has, together, and send the results to another one, which is not asked meanwhile.

    Args:
        victim: the model that is to err; only its predictions are read, at the end.
        sources: models whose mean probabilities are attacked by ``pgd``.
        X: inputs in the box, shape (n, d).
        y: true classes, or the classes to reach, shape (n,).
        eps: radius ε ≥ 0, in $\ell_\infty$.
        rng: source of the starting points.
        steps: of ``pgd``.
        targeted: whether y is to be reached.
        box: what inputs may be.

    Returns:
        The attack on the victim; ``queries`` are those to the victim.

    Raises:
        ValueError: if there are no sources, a shape does not fit or an argument is out of range.

    References:
        Papernot et al. 2017; Liu, Chen, Liu & Song 2017.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> victim, source = linear(np.eye(2), np.zeros(2)), linear(2 * np.eye(2), np.zeros(2))
        >>> attack = transfer(victim, [source], [[0.6, 0.5]], [0], 0.1, rng=np.random.default_rng(0))
        >>> attack.success, attack.queries
        (array([ True]), array([1]))
    """
    X, goal, done = prepare(victim, X, y, targeted, box)
    made = pgd(ensemble(sources), X, y, eps, rng=rng, steps=steps, targeted=targeted, box=box)
    return result(victim, X, made.X, goal, done, 1)
