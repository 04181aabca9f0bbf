r"""How many labelings a class can produce: separability, dichotomies, Cover's count, VC bounds.

Labels are −1 and +1. A labeling of n points is *realized* by a class if one of its members gives every
point its label; a class *shatters* the points if it realizes all $2^n$.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


class Separation(NamedTuple):
    """A separating hyperplane, or the proof that there is none."""

    separable: bool
    weights: Array  # w of w·x + b, shape (d,); zeros if not separable
    intercept: float  # b
    mixture: Array  # λ ≥ 0 of sum 1, shape (n,); Σ λᵢyᵢ(xᵢ, 1) = 0 if not separable


class Scaled(NamedTuple):
    """Points in units of their spread."""

    Z: Array  # shape (n, d + 1), the last column is ones
    center: Array  # mean of the points, shape (d,)
    size: float  # the largest distance from it in one coordinate


def scaled(X: ArrayLike) -> Scaled:
    r"""Points $((x - \bar x)/s, 1)$, so that a half-space is a vector and no tolerance depends on units.

    Args:
        X: points, shape (n, d).

    Returns:
        The points, their mean and their spread s > 0.

    Raises:
        ValueError: if X is not a finite matrix.

    Examples:
        >>> scaled([[0.0], [4.0]]).Z
        array([[-1.,  1.],
               [ 1.,  1.]])
    """
    X = _checks.matrix("X", X)
    center = X.mean(axis=0)
    size = max(float(np.abs(X - center).max()), 1e-300)
    return Scaled(np.hstack([(X - center) / size, np.ones((len(X), 1))]), center, size)


def nonnegative_least_squares(A: ArrayLike, b: ArrayLike) -> Array:
    r"""Minimize $\lVert A\lambda - b\rVert$ over $\lambda\ge0$ by the active-set method.

    Args:
        A: shape (m, n).
        b: shape (m,).

    Returns:
        λ, shape (n,).

    Raises:
        ValueError: if a shape does not fit or an entry is not finite.

    References:
        Lawson & Hanson 1974, ch. 23, algorithm NNLS.

    Examples:
        >>> nonnegative_least_squares([[1.0, 0.0], [0.0, 1.0]], [2.0, -1.0])
        array([2., 0.])
    """
    A, b = _checks.matrix("A", A), _checks.vector("b", b)
    _checks.same_length("A", A, "b", b)
    x, free = np.zeros(A.shape[1]), np.zeros(A.shape[1], dtype=bool)
    size_A, size_b = (float(np.abs(part).max()) or 1.0 for part in (A, b))
    tolerance, tiny = 1e-11 * size_A * size_b, 1e-14 * size_b / size_A  # of the pulls, of x
    rounds = 0
    while not free.all() and rounds < 10 * len(x):  # rounding could make it go round in a circle
        pull = np.where(free, -np.inf, A.T @ (b - A @ x))
        if pull.max() <= tolerance:
            break
        rounds += 1
        free[pull.argmax()] = True
        while True:
            z = np.zeros_like(x)
            z[free] = np.linalg.lstsq(A[:, free], b, rcond=None)[0]
            low = free & (z <= 0)
            if not low.any():
                break
            steps = x[low] / np.maximum(x[low] - z[low], 1e-300)  # go until the first hits 0
            x = x + steps.min() * (z - x)
            free &= x > tiny
            x[~free] = 0
        x = z
    return x


def separate(X: ArrayLike, y: ArrayLike) -> Separation:
    r"""Decide whether a hyperplane $w\cdot x + b = 0$ separates the labels, with a certificate.

    The two convex hulls are disjoint, and then $y_i(w\cdot x_i + b) > 0$ for some w and b, or they
    share a point, and then $\sum_i\lambda_iy_i(x_i, 1) = 0$ for some λ ≥ 0 of sum 1 (Gordan's
    alternative). Nonnegative least squares finds whichever exists.

    Args:
        X: points, shape (n, d), of moderate size.
        y: labels −1 and +1, shape (n,).

    Returns:
        The hyperplane, or the mixture λ that both hulls share.

    Raises:
        ValueError: if a shape does not fit or a label is neither −1 nor +1.

    References:
        Shalev-Shwartz & Ben-David 2014, §9.1 (half-spaces).

    Examples:
        >>> separate([[0.0], [1.0], [2.0]], [-1, -1, 1]).separable
        True
        >>> separate([[0.0], [1.0], [2.0]], [-1, 1, -1]).mixture  # 1 is the middle of 0 and 2
        array([0.25, 0.5 , 0.25])
    """
    X, y = _checks.labeled(X, y)
    points, center, size = scaled(X)
    Z = y[:, None] * points
    A = np.vstack([Z.T, np.ones(len(y))])
    target = np.append(np.zeros(Z.shape[1]), 1.0)
    mixture = nonnegative_least_squares(A, target)
    r = target - A @ mixture
    plane, mixture = -r[:-1], mixture / mixture.sum()
    if (Z @ plane > 0).all() and r @ r > 1e-16:
        w = plane[:-1] / size
        return Separation(True, w, float(plane[-1] - w @ center), mixture)
    return Separation(False, np.zeros(X.shape[1]), 0.0, mixture)


def labelings(n: int) -> Array:
    """All 2ⁿ labelings of n points, as rows of −1 and +1.

    Examples:
        >>> labelings(2)
        array([[-1., -1.],
               [-1.,  1.],
               [ 1., -1.],
               [ 1.,  1.]])
    """
    n = _checks.count("n", n)
    return np.array(list(itertools.product((-1.0, 1.0), repeat=n)))


def dichotomies(X: ArrayLike) -> Array:
    """The labelings of the points that some half-space realizes, found by trying all 2ⁿ.

    Args:
        X: points, shape (n, d) with n ≤ 12.

    Returns:
        Rows of −1 and +1, shape (count, n).

    Raises:
        ValueError: if X is not a finite matrix or has more than 12 rows.

    References:
        Cover 1965.

    Examples:
        >>> len(dichotomies([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
        8
        >>> len(dichotomies([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]))  # on a line
        6
    """
    X = _checks.matrix("X", X)
    if len(X) > 12:
        raise ValueError(f"X must have at most 12 rows to try all labelings, got {len(X)}")
    every = labelings(len(X))
    half = every[: len(every) // 2]  # the other half are their negatives
    found = half[[separate(X, y).separable for y in half]]
    return np.vstack([found, -found[::-1]])


def cover_count(n: int, d: int) -> int:
    r"""Cover's count $2\sum_{k=0}^{d}\binom{n-1}{k}$ of half-space labelings in general position.

    It is $2^n$ for $n\le d+1$ and grows like $n^d$ afterwards.

    Args:
        n: points in general position: no d + 1 of them on one hyperplane, and so on below.
        d: dimension of the space; the half-spaces have an intercept.

    Returns:
        The number of labelings that half-spaces realize, an upper bound for other positions.

    Raises:
        ValueError: if n or d is not a positive whole number.

    References:
        Cover 1965, thm. 1 (there for hyperplanes through the origin, N = d + 1).

    Examples:
        >>> [cover_count(n, 2) for n in (1, 2, 3, 4, 5)]
        [2, 4, 8, 14, 22]
    """
    n, d = _checks.count("n", n), _checks.count("d", d)
    return 2 * sum(math.comb(n - 1, k) for k in range(d + 1))


def sauer_bound(n: int, vc: int) -> int:
    r"""Sauer's bound $\sum_{k=0}^{v}\binom nk$ on the labelings of n points for VC dimension v.

    Args:
        n: number of points.
        vc: VC dimension v ≥ 0.

    Returns:
        $2^n$ for n ≤ v, a polynomial of degree v in n beyond.

    Raises:
        ValueError: if n is not positive or vc is negative.

    References:
        Shalev-Shwartz & Ben-David 2014, lemma 6.10.

    Examples:
        >>> [sauer_bound(n, 3) for n in (3, 4, 5)]
        [8, 15, 26]
    """
    n, vc = _checks.count("n", n), _checks.count("vc", vc, minimum=0)
    return sum(math.comb(n, k) for k in range(vc + 1))


def vc_bound(n: int, vc: int, delta: float = 0.05) -> float:
    r"""Gap $\sqrt{\tfrac8n\bigl(v\ln\tfrac{2en}v + \ln\tfrac4\delta\bigr)}$ that holds for all h at once.

    With probability at least 1 − δ over n i.i.d. examples, every h of a class of VC dimension v has
    a 0–1 error within this gap of its training error.

    Args:
        n: number of examples, n ≥ v.
        vc: VC dimension v ≥ 1.
        delta: δ in (0, 1).

    Returns:
        The bound; above 1 it says nothing.

    Raises:
        ValueError: if an argument is out of range.

    References:
        Vapnik & Chervonenkis 1971, thm. 2, with Sauer's lemma for the growth function.

    Examples:
        >>> round(vc_bound(10_000, 3), 3)
        0.164
    """
    vc = _checks.count("vc", vc)
    n = _checks.count("n", n, minimum=vc)
    delta = _checks.fraction("delta", delta)
    log_growth = vc * math.log(2 * math.e * n / vc)
    return math.sqrt(8 / n * (log_growth + math.log(4 / delta)))


def sine_frequency(y: ArrayLike) -> float:
    r"""A frequency ω for which $\operatorname{sign}\sin(\omega 2^{-i}) = y_i$ for $i = 1, \dots, n$.

    $\omega = \pi\bigl(1 + \sum_{i:\,y_i=-1}2^i\bigr)$. So one parameter shatters any number of points.

    Args:
        y: labels −1 and +1, shape (n,) with n ≤ 40, so that floats can hold the phases.

    Returns:
        ω > 0.

    Raises:
        ValueError: if a label is neither −1 nor +1 or there are more than 40.

    Examples:
        >>> omega = sine_frequency([1, -1, -1])
        >>> np.sign(np.sin(omega * 2.0 ** -np.arange(1, 4)))
        array([ 1., -1., -1.])
    """
    y = _checks.signs("y", y)
    if len(y) > 40:
        raise ValueError(f"y must have at most 40 labels, got {len(y)}")
    return math.pi * (1 + sum(2.0**i for i in range(1, len(y) + 1) if y[i - 1] < 0))
