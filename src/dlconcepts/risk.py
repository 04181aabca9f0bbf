r"""The 0–1 risk: its exact empirical minimum over half-spaces, a smoothed gradient, and data whose risk is known.

Labels are −1 and +1, the score is $w\cdot x + b$, and a score of 0 counts as wrong. The enumeration goes over the
planes through d of the n points, so it takes $\binom nd$ of them: polynomial in n for fixed d, exponential in d.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks, bayes, capacity, datasets
from dlconcepts._checks import Array

MOST_PLANES = 200_000


class Planes(NamedTuple):
    """The planes through d of n points, turned so that the first point off each is on its positive side."""

    through: NDArray[np.intp]  # the points on each plane, shape (m, d)
    weights: Array  # (w, b) of each for the scaled points, shape (m, d + 1)
    side: Array  # sign of every point's score, 0 for the points on the plane, shape (m, n)


class Minimum(NamedTuple):
    """A half-space with the fewest errors."""

    errors: int
    weights: Array  # w, shape (d,)
    intercept: float  # b
    planes: int  # how many planes were tried


def _special(n: int, d: int) -> ValueError:
    return ValueError(
        f"X must be in general position, shape {(n, d)}: too many points share a plane"
    )


def _planes(Z: Array) -> Planes:
    n, d = len(Z), Z.shape[1] - 1
    if math.comb(n, d) > MOST_PLANES:
        raise ValueError(
            f"X must have at most {MOST_PLANES} planes through d of its n points, "
            f"got {math.comb(n, d)} for n = {n} and d = {d}"
        )
    through = np.array(list(itertools.combinations(range(n), d)), dtype=np.intp)
    points = Z[through]  # (planes, d, d + 1); the normal to their rows has the minors as entries
    minors = [(-1) ** j * np.linalg.det(np.delete(points, j, axis=2)) for j in range(d + 1)]
    normal = np.stack(minors, axis=1)
    length = np.linalg.norm(normal, axis=1)
    if length.min() < 1e-12:
        raise _special(n, d)
    weights = normal / length[:, None]
    score = weights @ Z.T
    on = np.zeros(score.shape, dtype=bool)
    np.put_along_axis(on, through, True, axis=1)
    if np.abs(score[~on]).min(initial=np.inf) < 1e-12:
        raise _special(n, d)
    side = np.where(on, 0.0, np.sign(score))
    turn = np.take_along_axis(side, (side != 0).argmax(axis=1)[:, None], axis=1)
    return Planes(through, weights * turn, side * turn)


def labelings(X: ArrayLike) -> Array:
    r"""All labelings of the points by half-spaces, $2\sum_{k=0}^{d}\binom{n-1}k$ of them.

    A labeling can be had by a plane through d of the points, tilted so that these get the labels they should have.
    So every such plane is tried with all $2^d$ labels of its points, and duplicates are dropped.

    Args:
        X: points in general position, shape (n, d).

    Returns:
        Rows of −1 and +1, sorted, shape (count, n).

    Raises:
        ValueError: if X is not a finite matrix, too many points share a plane, or there are more than
            200 000 planes.

    References:
        Cover 1965, thm. 1.

    Examples:
        >>> labelings([[0.0], [1.0], [2.0]]).astype(int).tolist()
        [[-1, -1, -1], [-1, -1, 1], [-1, 1, 1], [1, -1, -1], [1, 1, -1], [1, 1, 1]]
    """
    X = _checks.matrix("X", X)
    n, d = X.shape
    Z = capacity.scaled(X).Z
    if n <= d:
        if np.linalg.matrix_rank(Z) < n:
            raise _special(n, d)
        return capacity.labelings(n)
    planes, every = _planes(Z), capacity.labelings(d)
    found = np.repeat(planes.side[:, None], len(every), axis=1)
    at = np.broadcast_to(planes.through[:, None], (len(planes.through), *every.shape))
    np.put_along_axis(found, at, every[None], axis=2)
    found = found.reshape(-1, n)
    return np.unique(np.vstack([found, -found]), axis=0)


def fewest_errors(X: ArrayLike, y: ArrayLike) -> Minimum:
    r"""Minimize the empirical 0–1 risk over half-spaces exactly.

    The points on a plane can be given their labels by a tilt, so the errors of the best tilt are those among the
    other n − d points, in the better of two orientations; $\binom nd$ planes are tried.

    Args:
        X: points in general position, shape (n, d) with n > d.
        y: labels −1 and +1, shape (n,).

    Returns:
        The fewest errors and a half-space that makes them, no point having the score 0.

    Raises:
        ValueError: if a shape does not fit, a label is neither −1 nor +1, n ≤ d, too many points
            share a plane, or there are more than 200 000 planes.

    References:
        Johnson & Preparata 1978, for a faster algorithm of the same kind.

    Examples:
        >>> best = fewest_errors([[0.0], [1.0], [2.0], [3.0]], [-1, 1, -1, 1])
        >>> best.errors, best.planes
        (1, 4)
    """
    X, y = _checks.labeled(X, y)
    n, d = X.shape
    if n <= d:
        raise ValueError(f"X must have more rows than columns, got shape {X.shape}")
    Z, center, size = capacity.scaled(X)
    planes = _planes(Z)
    wrong = (n - d - planes.side @ y) / 2
    both = np.concatenate([wrong, n - d - wrong])
    best = int(both.argmin())
    i, sign = best % len(wrong), 1 if best < len(wrong) else -1
    plane, on = sign * planes.weights[i], planes.through[i]
    tilt = np.linalg.lstsq(Z[on], y[on], rcond=None)[0]  # the score y on the plane's points
    off = np.delete(Z, on, axis=0)
    nudge = np.abs(off @ plane).min() / max(2 * np.abs(off @ tilt).max(), 1e-10)
    plane = plane + min(nudge, 1.0) * tilt
    w = plane[:-1] / size
    return Minimum(int(both[best]), w, float(plane[-1] - w @ center), len(wrong))


def smoothed_grad(
    cost: Callable[[Array], NDArray[Any]],
    theta: ArrayLike,
    *,
    sigma: float,
    draws: int,
    rng: np.random.Generator,
) -> Array:
    r"""Estimate the gradient of $\mathbb E\,J(\theta + \sigma\varepsilon)$ from values of J, with ε standard normal.

    The gradient is $\mathbb E[J(\theta + \sigma\varepsilon)\,\varepsilon]/\sigma$, because the score of the normal
    density is $\varepsilon/\sigma$. J need not be differentiable. Each ε is used with both signs, which keeps the
    estimate unbiased and removes what is even in ε.

    Args:
        cost: J, from rows of parameters, shape (m, p), to values, shape (m,).
        theta: θ, shape (p,).
        sigma: σ > 0.
        draws: how many ε.
        rng: source of randomness.

    Returns:
        Shape (p,).

    Raises:
        ValueError: if theta is not a finite vector, sigma or draws is not positive, or cost returns another
            shape.

    References:
        Williams 1992; Salimans et al. 2017, §2.

    Examples:
        >>> slope = smoothed_grad(lambda t: t @ [3.0, -1.0], [0.0, 0.0], sigma=0.1, draws=4000,
        ...                       rng=np.random.default_rng(0))
        >>> bool(np.allclose(slope, [3, -1], atol=0.2))
        True
    """
    theta = _checks.vector("theta", theta)
    sigma, draws = _checks.positive("sigma", sigma), _checks.count("draws", draws)
    noise = rng.normal(size=(draws, len(theta)))
    up, down = (_checks.real("cost", cost(theta + s * sigma * noise)) for s in (1, -1))
    if up.shape != (draws,) or down.shape != (draws,):
        raise ValueError(f"cost must return shape ({draws},), got shape {up.shape}")
    return np.asarray((up - down) @ noise / (2 * sigma * draws))


def noisy_sign(n: int, *, flip: float, rng: np.random.Generator) -> datasets.Labeled:
    r"""Points uniform on $[-1, 1]^2$ with the label $\operatorname{sign}x_2$, flipped with probability $\epsilon$.

    The best risk is $\min(\epsilon, 1-\epsilon)$; at $\epsilon = \tfrac12$ the labels are coin flips. One generator
    gives the same points for every $\epsilon$, and a larger one flips the same labels and more.

    Args:
        n: number of points.
        flip: ε, from 0 to 1.
        rng: source of randomness.

    Raises:
        ValueError: if n is not positive or flip is out of range.

    Examples:
        >>> X, y = noisy_sign(50, flip=0.0, rng=np.random.default_rng(0))
        >>> bool((y == np.sign(X[:, 1])).all())
        True
    """
    n, flip = _checks.count("n", n), _checks.fraction("flip", flip, ends=True)
    X = rng.uniform(-1, 1, (n, 2))
    return datasets.Labeled(X, np.where((X[:, 1] > 0) ^ (rng.random(n) < flip), 1, -1))


def noisy_sign_risk(score: Callable[[Array], ArrayLike], flip: float) -> float:
    r"""Risk $\epsilon + (1 - 2\epsilon)\,P(h \ne h^*)$ of a classifier on the distribution of ``noisy_sign``.

    P is the share of the square on which the classifier is not $\operatorname{sign}x_2$, by the midpoint rule on
    40 × 40 cells.

    Args:
        score: from points, shape (m, 2), to scores or labels, shape (m,), of which the sign decides.
        flip: ε, from 0 to 1.

    Returns:
        The probability of an error on a new example, its label's flip included.

    Raises:
        ValueError: if flip is out of range or score returns another shape.

    Examples:
        >>> round(noisy_sign_risk(lambda X: X[:, 1], flip=0.2), 12)
        0.2
        >>> round(noisy_sign_risk(lambda X: X[:, 0], flip=0.2), 12)
        0.5
    """
    flip = _checks.fraction("flip", flip, ends=True)
    side = (np.arange(40) + 0.5) / 20 - 1
    X = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    decided = np.asarray(score(X))
    if decided.shape != (len(X),):
        raise ValueError(f"score must return shape ({len(X)},), got shape {decided.shape}")
    return float(flip + (1 - 2 * flip) * np.mean((decided > 0) != (X[:, 1] > 0)))


def two_views_risk(w: ArrayLike, b: float = 0.0, *, sigma: float) -> float:
    r"""Risk of the half-space $w\cdot x + b > 0$ on the distribution of ``datasets.two_views``.

    The margin $y(w\cdot x + b)$ is normal with mean $w_1 + w_2 \pm b$ and standard deviation
    $\sigma\lVert w\rVert$, so each class contributes a tail $\Phi\!\left(-\tfrac{w_1+w_2\pm b}{\sigma\lVert
    w\rVert}\right)$.

    Args:
        w: weights, shape (2,), not both 0.
        b: intercept.
        sigma: standard deviation σ > 0 of the noise.

    Returns:
        The probability of an error on a new example, at least $\Phi(-\sqrt2/\sigma)$.

    Raises:
        ValueError: if w has another shape or is 0, b is not finite or sigma is not positive.

    Examples:
        >>> round(two_views_risk([1.0, 1.0], sigma=1.2), 4)  # the best
        0.1193
        >>> round(two_views_risk([1.0, 0.0], 9.0, sigma=1.0), 4)  # always +1
        0.5
    """
    w, sigma = _checks.vector("w", w), _checks.positive("sigma", sigma)
    length = float(np.linalg.norm(w))
    if w.shape != (2,) or length == 0 or not math.isfinite(b):
        raise ValueError(f"w must be two numbers, not both 0, and b finite, got {w} and {b}")
    tails = [bayes.normal_tail((w.sum() + s * b) / (sigma * length)) for s in (1, -1)]
    return sum(tails) / 2
