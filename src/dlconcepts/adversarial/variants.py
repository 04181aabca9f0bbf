r"""Other goals: one change for all images, the features of another image, images of nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, losses
from dlconcepts._checks import Array
from dlconcepts.adversarial import boxed
from dlconcepts.adversarial.goal import UNIT, Box, inside, margin, prepare
from dlconcepts.adversarial.iterative import project
from dlconcepts.adversarial.linearized import deepfool
from dlconcepts.adversarial.model import Logits, Model


class Universal(NamedTuple):
    """One perturbation and how often it works on the examples it was made from."""

    v: Array  # shape (d,)
    rate: float  # share of the examples whose prediction is not their class
    passes: int  # over the examples


def universal(
    model: Model,
    X: ArrayLike,
    y: ArrayLike,
    eps: float,
    *,
    rng: np.random.Generator,
    wanted: float = 0.8,
    passes: int = 5,
    norm: str = "linf",
    box: Box = UNIT,
) -> Universal:
    r"""Universal perturbation: one $\mathbf v$, $\lVert\mathbf v\rVert\le\epsilon$, that misleads on most examples.

    For each example that $\mathbf x + \mathbf v$ does not mislead yet, the step that DeepFool finds there is added to
    v, and v is projected on the ball again.

    Args:
        model: what is attacked.
        X: inputs in the box, shape (n, d).
        y: true classes, shape (n,).
        eps: radius ε ≥ 0.
        rng: source of the order of the examples.
        wanted: stop when this share is misled.
        passes: over the examples, at most.
        norm: ``linf`` or ``l2``.
        box: what inputs may be; $\mathbf x + \mathbf v$ is clipped to it.

    Returns:
        The best perturbation after a pass.

    Raises:
        ValueError: if a shape does not fit or an argument is out of range.

    References:
        Moosavi-Dezfooli, Fawzi, Fawzi & Frossard 2017, algorithm 1.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> model, X = linear(np.eye(2), np.zeros(2)), np.array([[0.6, 0.5], [0.7, 0.6]])
        >>> universal(model, X, [0, 0], 0.1, rng=np.random.default_rng(0)).rate
        1.0
    """
    X, goal, _ = prepare(model, X, y, False, box)
    eps, wanted = (
        _checks.positive("eps", eps, zero=True),
        _checks.fraction("wanted", wanted, ends=True),
    )
    v, best = np.zeros(X.shape[1]), Universal(np.zeros(X.shape[1]), -1.0, 0)
    zero = np.zeros((1, X.shape[1]))
    for number in range(_checks.count("passes", passes) + 1):
        if number:
            for i in rng.permutation(len(X)):
                at = np.clip(X[i] + v, *box)[None]
                if margin(model.logits(at), goal.rows(np.array([i])))[0] > 0:
                    continue
                step = deepfool(model, at, goal.y[[i]], norm="l2", steps=10, box=box).X - at
                v = project(v[None] + step, zero, eps, norm, (-np.inf, np.inf))[0]
        rate = float((margin(model.logits(np.clip(X + v, *box)), goal) > 0).mean())
        if rate > best.rate:
            best = Universal(v, rate, number)
        if rate >= wanted:
            break
    return best


class Disguise(NamedTuple):
    """An image with another one's features."""

    X: Array  # shape (d,)
    before: float  # squared distance of the features from the guide's, at the source
    after: float


def feature_adversary(
    features: Model,
    source: ArrayLike,
    guide: ArrayLike,
    eps: float,
    *,
    steps: int = 200,
    box: Box = UNIT,
) -> Disguise:
    r"""Feature adversary: minimize $\lVert\phi(\mathbf x)-\phi(\mathbf g)\rVert^2$ near the source image.

    Near means $\lVert\mathbf x-\mathbf s\rVert_\infty\le\epsilon$. What is to be imitated is an inner layer's output
    for the guide, not a class.

    Args:
        features: φ, such as ``network(net, layer=1)``.
        source: the image s that is to be seen, shape (d,).
        guide: the image g whose features are to be had, shape (d,).
        eps: radius ε ≥ 0.
        steps: of L-BFGS with bounds.
        box: what images may be.

    Returns:
        The image, and the distance of the features before and after.

    Raises:
        ValueError: if a shape does not fit or an argument is out of range.

    References:
        Sabour, Cao, Faghri & Fleet 2016, eq. 1–2.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> sums = linear([[1.0], [1.0]], [0.0])
        >>> feature_adversary(sums, [0.5, 0.5], [0.7, 0.5], 0.1).X.round(3)
        array([0.6, 0.6])
    """
    source, guide = _checks.vector("source", source), _checks.vector("guide", guide)
    _checks.same_shape("source", source, "guide", guide)
    s, g = inside(source[None], box)[0], inside(guide[None], box)
    eps, wanted = _checks.positive("eps", eps, zero=True), features.logits(g)

    def cost(x: Array) -> tuple[float, Array]:
        away = features.logits(x[None]) - wanted
        return float(np.square(away).sum()), features.input_grad(x[None], 2 * away)[0]

    low, high = np.maximum(s - eps, box[0]), np.minimum(s + eps, box[1])
    end = boxed.minimize(cost, s, low, high, steps=steps)
    return Disguise(end.x, cost(s)[0], end.cost)


class Fooling(NamedTuple):
    """An image of nothing that a model is sure of."""

    X: Array  # shape (d,)
    probability: float  # of the target
    queries: int
    history: Array  # best probability after each generation, shape (generations run + 1,)


def fooling_image(
    logits: Logits,
    target: int,
    d: int,
    *,
    rng: np.random.Generator,
    population: int = 30,
    generations: int = 200,
    share: float = 0.1,
    sigma: float = 0.3,
    wanted: float = 0.99,
    box: Box = UNIT,
) -> Fooling:
    r"""Fooling image: evolve noise until the model gives the target a high probability.

    The encoding is direct: the genes are the pixels. Each child is a parent of which a share of the pixels has got
    normal noise, and the best of parents and children survive. The encoding by a CPPN, a small network from place to
    color, is the other one of the paper.

    Args:
        logits: the model, of which only outputs are seen.
        target: class.
        d: entries of an image.
        rng: source of randomness.
        population: number of images.
        generations: at most so many.
        share: of the entries that change in a child.
        sigma: standard deviation of the change.
        wanted: stop at this probability.
        box: what entries may be, finite.

    Returns:
        The best image.

    Raises:
        ValueError: if an argument is out of range.

    References:
        Nguyen, Yosinski & Clune 2015, §2.

    Examples:
        >>> found = fooling_image(lambda X: 20 * X[:, :2], 1, 4, rng=np.random.default_rng(0))
        >>> found.probability > 0.99
        True
    """
    size, d = _checks.count("population", population), _checks.count("d", d)
    share, sigma = _checks.fraction("share", share), _checks.positive("sigma", sigma)
    parents = rng.uniform(*box, (size, d))
    P, target = losses.softmax(logits(parents)), _checks.count("target", target, minimum=0)
    if target >= P.shape[1]:
        raise ValueError(f"target must be a class in 0…{P.shape[1] - 1}, got {target}")
    scores = P[:, target]
    history = [float(scores.max())]
    for _ in range(_checks.count("generations", generations)):
        if history[-1] >= wanted:
            break
        mutated = rng.random((size, d)) < share
        children = np.clip(parents + mutated * rng.normal(0, sigma, (size, d)), *box)
        both = np.vstack([parents, children])
        every = np.append(scores, losses.softmax(logits(children))[:, target])
        kept = np.argsort(-every, kind="stable")[:size]
        parents, scores = both[kept], every[kept]
        history.append(float(scores[0]))
    best = int(scores.argmax())
    return Fooling(parents[best], float(scores[best]), size * len(history), np.array(history))
