r"""Attacks that change few entries, by much: the saliency map (JSMA), and one pixel found by differential evolution."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, losses
from dlconcepts._checks import Array
from dlconcepts.adversarial.goal import UNIT, Box, Goal, margin, prepare, result
from dlconcepts.adversarial.linearized import jacobian
from dlconcepts.adversarial.model import Attack, Logits, Model, outputs_only


def jsma(
    model: Model,
    X: ArrayLike,
    target: ArrayLike,
    *,
    theta: float = 1.0,
    budget: int = 20,
    box: Box = UNIT,
) -> Attack:
    r"""Jacobian-based saliency map attack: change the pair of entries that raises the target and lowers the rest most.

    For entries p, q with $\alpha = \partial z_t/\partial x_p + \partial z_t/\partial x_q$ and β the same sum for all
    other logits, the pair with the largest $-\alpha\beta$ among those with α > 0 > β is moved by θ. With θ < 0 entries
    fall, and the signs turn around.

    Args:
        model: what is attacked.
        X: inputs in the box, shape (n, d).
        target: classes to reach, shape (n,).
        theta: θ, by how much an entry changes, not 0.
        budget: at most so many entries change.
        box: what inputs may be; an entry at its end takes no further part.

    Returns:
        The attack.

    Raises:
        ValueError: if a shape does not fit or an argument is out of range.

    References:
        Papernot et al. 2016 (The limitations of deep learning in adversarial settings), algorithm 3, with logits.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> model = linear([[1.0, -1.0], [-1.0, 1.0], [-2.0, 2.0], [-1.0, 1.0]], [0.0, 0.0])
        >>> attack = jsma(model, [[0.9, 0.2, 0.0, 0.0]], [1])
        >>> attack.success, attack.X
        (array([ True]), array([[0.9, 1. , 1. , 0. ]]))
    """
    X, goal, done = prepare(model, X, target, True, box)
    if not np.isfinite(theta) or theta == 0:
        raise ValueError(f"theta must be a number other than 0, got {theta}")
    budget = _checks.count("budget", budget, minimum=2)
    at, spent = X.copy(), np.ones(len(X), dtype=np.intp)
    sign, edge = np.sign(theta), box[1] if theta > 0 else box[0]
    d = X.shape[1]
    upper = np.triu(np.ones((d, d), dtype=bool), 1)
    for i in np.flatnonzero(~done):
        usable = at[i] != edge
        while True:  # each round moves two entries towards the edge, so that an end comes
            J = sign * jacobian(model, at[i : i + 1])[0]
            toward = J[goal.y[i]]
            rest = J.sum(axis=0) - toward
            alpha, beta = toward[:, None] + toward, rest[:, None] + rest
            changed = at[i] != X[i]
            fits = changed.sum() + (~changed[:, None]).astype(int) + ~changed <= budget
            fit = upper & usable[:, None] & usable & (alpha > 0) & (beta < 0) & fits
            if not fit.any():
                break
            pair = np.unravel_index(np.where(fit, -alpha * beta, -np.inf).argmax(), fit.shape)
            for p in pair:
                at[i, p] = np.clip(at[i, p] + theta, *box)
                usable[p] = at[i, p] != edge
            spent[i] += 1 + len(J)
            if margin(model.logits(at[i : i + 1]), goal.rows(np.array([i])))[0] > 0:
                break
    return result(model, X, at, goal, done, spent)


def one_pixel(
    logits: Logits,
    X: ArrayLike,
    y: ArrayLike,
    *,
    rng: np.random.Generator,
    width: int,
    pixels: int = 1,
    population: int = 40,
    generations: int = 20,
    targeted: bool = False,
    box: Box = UNIT,
) -> Attack:
    r"""One-pixel attack: differential evolution over the place and the value of a few pixels; no gradient.

    A candidate is (row, column, value) for each pixel. A child is $\mathbf a + \tfrac12(\mathbf b - \mathbf c)$ of
    three random candidates, without crossover, and replaces its parent if the probability of the true
    class is lower, or that of the target higher.

    Args:
        logits: the model, of which only outputs are seen.
        X: images row by row, in the box, shape (n, height · width).
        y: true classes, or the classes to reach, shape (n,).
        rng: source of randomness.
        width: pixels in a row of the image.
        pixels: how many may change.
        population: number of candidates, at least 4.
        generations: how often each is replaced at most.
        targeted: whether y is to be reached.
        box: what pixels may be, finite.

    Returns:
        The attack. It stops for an image when its goal is reached.

    Raises:
        ValueError: if a shape does not fit or an argument is out of range.

    References:
        Su, Vargas & Sakurai 2019, §III.

    Examples:
        >>> image = np.array([[0.6, 0.5, 0.0, 0.0]])  # the class is the brighter one of the first two
        >>> attack = one_pixel(lambda X: 9 * X[:, :2], image, [0], rng=np.random.default_rng(0), width=2)
        >>> attack.success, (attack.X != image).sum()
        (array([ True]), np.int64(1))
    """
    model = outputs_only(logits)
    X, goal, done = prepare(model, X, y, targeted, box)
    size, n_pixels = (
        _checks.count("population", population, minimum=4),
        _checks.count("pixels", pixels),
    )
    width = _checks.count("width", width)
    if X.shape[1] % width:
        raise ValueError(f"width must divide the {X.shape[1]} entries of an image, got {width}")
    low = np.tile([0.0, 0.0, box[0]], n_pixels)
    high = np.tile([X.shape[1] / width - 1e-9, width - 1e-9, box[1]], n_pixels)
    changed, spent = X.copy(), np.ones(len(X), dtype=np.intp)
    for i in np.flatnonzero(~done):
        one = goal.rows(np.full(size, i))
        members = rng.uniform(low, high, (size, len(low)))
        images = _painted(X[i], members, width)
        Z, spent[i] = logits(images), 1 + size
        fitness = _fitness(Z, one)
        for _ in range(_checks.count("generations", generations)):
            if (margin(Z, one) > 0).any():
                break
            a, b, c = (members[rng.permutation(size)] for _ in range(3))
            children = np.clip(a + 0.5 * (b - c), low, high)
            painted = _painted(X[i], children, width)
            theirs = logits(painted)
            spent[i] += size
            better = _fitness(theirs, one) > fitness
            members[better], images[better], Z[better] = (
                children[better],
                painted[better],
                theirs[better],
            )
            fitness = _fitness(Z, one)
        ahead = margin(Z, one)
        changed[i] = images[ahead.argmax()]
    return result(model, X, changed, goal, done, spent)


def _fitness(Z: Array, goal: Goal) -> Array:
    """The log-probability of the target, or of not being the true class."""
    log = losses.log_softmax(Z)[np.arange(len(Z)), goal.y]
    return log if goal.targeted else -log


def _painted(x: Array, members: Array, width: int) -> Array:
    """The image with each member's pixels painted on it."""
    images = np.repeat(x[None], len(members), axis=0)
    for part in members.reshape(len(members), -1, 3).transpose(1, 0, 2):
        at = part[:, 0].astype(int) * width + part[:, 1].astype(int)
        images[np.arange(len(members)), at] = part[:, 2]
    return images
