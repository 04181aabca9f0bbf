r"""Randomized smoothing: a classifier with a proof, $g(\mathbf x)=\arg\max_cP(f(\mathbf x+\sigma\boldsymbol\xi)=c)$.

With $p_A$ the probability of the winner, no change with $\lVert\boldsymbol\delta\rVert_2<\sigma\Phi^{-1}(p_A)$ makes
another class win.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array
from dlconcepts.adversarial.model import Labels, Model, labels

ROUNDING = 1e-12  # probabilities in the plane are known no better than this


def radius(p: ArrayLike, sigma: float) -> Array:
    r"""Certified radius $R=\sigma\Phi^{-1}(p_A)$, and 0 where $p_A\le1/2$.

    Args:
        p: lower bounds for the probability of the winner, from 0 to 1, shape (n,).
        sigma: standard deviation σ > 0 of the noise.

    Returns:
        Radii in $\ell_2$, shape (n,); infinite where p is 1.

    Raises:
        ValueError: if p is not within 0…1 or σ is not positive.

    References:
        Cohen, Rosenfeld & Kolter 2019, Theorem 1.

    Examples:
        >>> radius([0.4, 0.5, 0.8413447], 2.0).round(3)
        array([0., 0., 2.])
    """
    p, sigma = _checks.vector("p", p), _checks.positive("sigma", sigma)
    if p.min() < 0 or p.max() > 1:
        raise ValueError(f"p must be from 0 to 1, got {p.min()}…{p.max()}")
    normal = NormalDist()
    return np.array([
        0.0 if q <= 0.5 else math.inf if q == 1 else sigma * normal.inv_cdf(q) for q in p.tolist()
    ])  # fmt: skip


def lower_bound(hits: int, n: int, alpha: float = 0.001) -> float:
    r"""Clopper–Pearson: the p at which so many hits or more have probability α.

    With probability 1 − α at least, the bound is below the true p. It solves
    $\sum_{j\ge h}\binom njp^j(1-p)^{n-j}=\alpha$ by bisection.

    Args:
        hits: number of hits h, 0 … n.
        n: number of trials.
        alpha: error probability, between 0 and 1.

    Returns:
        The one-sided lower confidence bound; 0 without a hit, $\alpha^{1/n}$ if all are hits.

    Raises:
        ValueError: if an argument is out of range.

    References:
        Clopper & Pearson 1934.

    Examples:
        >>> round(lower_bound(100, 100, 0.05), 4), round(0.05 ** (1 / 100), 4)
        (0.9705, 0.9705)
    """
    n, hits = _checks.count("n", n), _checks.count("hits", hits, minimum=0)
    alpha = _checks.fraction("alpha", alpha)
    if hits > n:
        raise ValueError(f"hits must be at most n = {n}, got {hits}")
    if hits == 0:
        return 0.0
    if hits == n:
        return float(alpha ** (1 / n))
    j = np.arange(hits, n + 1)
    log = np.array([math.lgamma(i + 1) + math.lgamma(n - i + 1) for i in range(hits, n + 1)])
    choose = math.lgamma(n + 1) - log
    low, high = 0.0, 1.0  # above hits/n if alpha is large
    for _ in range(60):
        p = (low + high) / 2
        tail = np.exp(choose + j * math.log(p) + (n - j) * math.log1p(-p)).sum()
        low, high = (p, high) if tail < alpha else (low, p)
    return low


class Certificate(NamedTuple):
    """Of each example: the class, what is known of its probability, and the radius inside which it stays."""

    y: Labels  # shape (n,); −1 where no class is certified
    p: Array  # lower bounds for the probability of the class, shape (n,)
    radius: Array  # in ℓ₂, shape (n,); 0 where no class is certified


def certify(
    predict: Callable[[Array], Labels],
    X: ArrayLike,
    sigma: float,
    *,
    rng: np.random.Generator,
    n: int = 1000,
    first: int = 100,
    alpha: float = 0.001,
) -> Certificate:
    r"""Certify a smoothed classifier by sampling: guess the winner from a few draws, bound it with others.

    Args:
        predict: the base classifier f, from inputs in rows to classes 0, 1, …; nothing else is asked of it.
        X: examples, shape (m, d).
        sigma: standard deviation σ > 0 of the noise.
        rng: source of the noise.
        n: draws for each bound.
        first: other draws, for the guess.
        alpha: probability with which a certificate may be wrong, for each example.

    Returns:
        Classes, bounds and radii; the class is −1 ("abstain") where the bound is not above 1/2.

    Raises:
        ValueError: if a shape does not fit, an argument is out of range, or f does not give a class for each row.

    References:
        Cohen, Rosenfeld & Kolter 2019, §3.2, Certify.

    Examples:
        >>> side = lambda X: (X[:, 0] > 0).astype(int)
        >>> found = certify(side, [[1.0], [0.0]], 0.5, rng=np.random.default_rng(0))
        >>> found.y, bool(0.8 < found.radius[0] < 1)
        (array([ 1, -1]), True)
    """
    X, sigma = _checks.matrix("X", X), _checks.positive("sigma", sigma)
    n, first = _checks.count("n", n), _checks.count("first", first)
    alpha = _checks.fraction("alpha", alpha)
    known: dict[int, float] = {}
    y, p = np.full(len(X), -1, dtype=np.intp), np.zeros(len(X))
    for i, x in enumerate(X):
        noisy = x + sigma * rng.normal(size=(first + n, len(x)))
        classes = labels("predict", predict(noisy), first + n)
        guess = np.bincount(classes[:first]).argmax()
        hits = int((classes[first:] == guess).sum())
        if hits not in known:
            known[hits] = lower_bound(hits, n, alpha)
        p[i] = known[hits]
        y[i] = guess if p[i] > 0.5 else -1
    return Certificate(y, p, radius(p, sigma))


def smooth_plane(
    predict: Callable[[Array], Labels],
    sigma: float,
    *,
    classes: int = 2,
    box: tuple[float, float] = (-3.0, 3.0),
    cells: int = 120,
) -> Model:
    r"""The smoothed classifier in the plane without sampling, with logits $\ln P(f(\mathbf x+\sigma\boldsymbol\xi)=c)$.

    The base classifier is read at the centers of square cells and is constant on each; the cells at the rim go on
    forever. For this f, the probabilities are finite sums of products of differences of Φ, exact but for rounding. They
    are kept 1e-12 away from 0 and 1, so that a radius computed from them is about 7σ at most and never infinite.

    Args:
        predict: the base classifier, from points (n, 2) to classes 0 … classes − 1.
        sigma: standard deviation σ > 0 of the noise.
        classes: how many.
        box: the cells cover its square.
        cells: in each direction.

    Returns:
        The model; ``np.exp(model.logits(X))`` are the probabilities.

    Raises:
        ValueError: if an argument is out of range or predict does not give a class for each point.

    Examples:
        >>> half = smooth_plane(lambda X: (X[:, 0] > 0).astype(int), 1.0)
        >>> np.exp(half.logits(np.array([[1.0, 0.3]]))).round(4)
        array([[0.1587, 0.8413]])
    """
    sigma = _checks.positive("sigma", sigma)
    cells, k = _checks.count("cells", cells), _checks.count("classes", classes)
    edges = np.linspace(*box, cells + 1)
    centers = (edges[1:] + edges[:-1]) / 2
    xx, yy = np.meshgrid(centers, centers, indexing="ij")
    points = np.column_stack([xx.ravel(), yy.ravel()])
    found = labels("predict", predict(points), cells**2, k).reshape(cells, cells)
    F = np.stack([(found == c).astype(float) for c in range(k)])  # (k, cells, cells)
    inner = edges[1:-1]

    def weights(x: Array) -> tuple[Array, Array]:
        """Probability of each strip, and its derivative in x, shapes (n, cells)."""
        z = (inner - x[:, None]) / sigma
        ends = np.ones((len(x), 1))
        cdf = np.hstack([0 * ends, _phi(z), ends])
        pdf = np.hstack([0 * ends, np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi), 0 * ends])
        return np.diff(cdf), -np.diff(pdf) / sigma

    def logits(X: Array) -> Array:
        a, b = weights(X[:, 0])[0], weights(X[:, 1])[0]
        return cast(Array, np.log(_inside(((a @ F) * b).sum(axis=2).T)))

    def input_grad(X: Array, G: Array) -> Array:
        (a, da), (b, db) = weights(X[:, 0]), weights(X[:, 1])
        P = _inside(((a @ F) * b).sum(axis=2))
        share = G.T / P
        dx, dy = ((da @ F) * b).sum(axis=2), ((a @ F) * db).sum(axis=2)
        return np.column_stack([(share * dx).sum(axis=0), (share * dy).sum(axis=0)])

    return Model(logits, input_grad)


def _inside(P: Array) -> Array:
    return np.clip(P, ROUNDING, 1 - ROUNDING)


_ERF = np.frompyfunc(math.erf, 1, 1)


def _phi(z: Array) -> Array:
    return cast(NDArray[np.float64], (1 + _ERF(z / math.sqrt(2)).astype(float)) / 2)
