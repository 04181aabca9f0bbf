r"""Deterministic approximation: log integrals by rule and by formula, and a cut that is never bad.

No function here draws a random number. For integrals, the trapezoid rule has an error that falls
with work, and Laplace's approximation and mean field one that does not. For MAX-CUT, the method of
conditional expectations turns the average over all cuts into a guarantee for each graph.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array

# --- Integrals ------------------------------------------------------------------------------------


def log_trapezoid(
    log_f: Callable[[Array], ArrayLike], low: float, high: float, intervals: int
) -> float:
    r"""Log of $h\left[\tfrac12 f(a) + f(a + h) + \dots + \tfrac12 f(b)\right]$, $h = (b-a)/n$.

    For f with a continuous second derivative the rule exceeds the integral by
    $\tfrac{(b-a)h^2}{12}f''(\xi)$ for some ξ. The largest value is factored out, so nothing under- or overflows.

    Args:
        log_f: $\ln f$ of a vector of points; −∞ where f is 0.
        low: lower end a.
        high: upper end b > a.
        intervals: number n of intervals.

    Returns:
        Log of the sum, −∞ if f is 0 at all points.

    Raises:
        ValueError: if the ends are not finite or not in order, n is not positive, or a value of
            log_f is NaN or +∞.

    References:
        Davis & Rabinowitz 1984, ch. 2.

    Examples:
        >>> round(log_trapezoid(lambda x: 2 * np.log(x + 1), 0, 1, 100), 4)  # ln(7/3)
        0.8473
    """
    low, high = _interval(low, high)
    n = _checks.count("intervals", intervals)
    x = np.linspace(low, high, n + 1)
    values = _checks.real("log_f(x)", log_f(x))
    if values.shape != x.shape or np.isnan(values).any() or (values == np.inf).any():
        raise ValueError(
            f"log_f must give a number below infinity for each of {n + 1} points, got {values}"
        )
    top = float(values.max())
    if top == -math.inf:
        return top
    weights = np.ones(n + 1)
    weights[[0, -1]] = 0.5
    return top + math.log(float(np.sum(weights * np.exp(values - top))) * (high - low) / n)


def mode(slope: Callable[[float], float], low: float, high: float) -> float:
    """Where a decreasing slope changes its sign, by bisection: the top of a concave function.

    Args:
        slope: derivative, positive left of the top and negative right of it.
        low: lower end.
        high: upper end.

    Returns:
        The top to the last digit, or the end at which it lies. The ends are not evaluated.

    Raises:
        ValueError: if the ends are not finite or not in order.

    Examples:
        >>> round(mode(lambda t: 7 / t - 3 / (1 - t), 0, 1), 9)
        0.7
    """
    low, high = _interval(low, high)
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return middle


def laplace(log_f_mode: float, precision: ArrayLike) -> float:
    r"""Laplace's $\ln\int f \approx \ln f(\hat\theta) + \tfrac d2\ln2\pi - \tfrac12\ln\det A$.

    A is the negative Hessian of $\ln f$ at its maximum $\hat\theta$. Exact if $f$ is a normal
    density times a constant; for posteriors of n observations the error is usually O(1/n).

    Args:
        log_f_mode: $\ln f(\hat\theta)$.
        precision: A, shape (d, d), or a number for d = 1.

    Returns:
        The approximate log integral.

    Raises:
        ValueError: if log_f_mode is not finite or A not symmetric and positive definite.

    References:
        Bishop 2006, §4.4, eq. 4.135.

    Examples:
        >>> round(laplace(0.0, 1.0), 4)  # of exp(−θ²/2): ½ ln 2π
        0.9189
    """
    if not (np.ndim(log_f_mode) == 0 and math.isfinite(log_f_mode)):
        raise ValueError(f"log_f_mode must be a finite number, got {log_f_mode}")
    A = _checks.matrix("precision", np.atleast_2d(_checks.real("precision", precision)))
    if A.shape[0] != A.shape[1] or not np.allclose(A, A.T):
        raise ValueError(f"precision must be a symmetric matrix, got shape {A.shape}")
    try:
        half_log_det = float(np.log(np.diag(np.linalg.cholesky(A))).sum())
    except np.linalg.LinAlgError:
        raise ValueError("precision must be positive definite: not a maximum?") from None
    return float(log_f_mode) + len(A) / 2 * math.log(2 * math.pi) - half_log_det


def _interval(low: float, high: float) -> tuple[float, float]:
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"low and high must be finite with low < high, got {low} and {high}")
    return float(low), float(high)


# --- A posterior in one dimension: the weight of a mixture of two ---------------------------------


def weight_log_likelihood(theta: ArrayLike, a: ArrayLike, b: ArrayLike) -> Array:
    r"""Log likelihood $\sum_i\ln(\theta a_i + (1-\theta)b_i)$ of the weight of a mixture of two.

    Args:
        theta: weights θ in [0, 1], any shape.
        a: likelihood of each observation under the first component, shape (n,).
        b: the same for the second, shape (n,).

    Returns:
        One value for each weight, −∞ where an observation is impossible.

    Raises:
        ValueError: if a weight is not in [0, 1], or a or b is negative, or both are 0 somewhere.

    References:
        Bishop 2006, §9.2.

    Examples:
        >>> weight_log_likelihood([0.5, 1.0], [1, 0], [0, 1]).round(4)
        array([-1.3863,    -inf])
    """
    mixed, _ = _mixed(theta, a, b)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(mixed).sum(axis=-1))


def weight_log_likelihood_grad(theta: ArrayLike, a: ArrayLike, b: ArrayLike) -> Array:
    r"""Slope $\sum_i\frac{a_i-b_i}{\theta a_i+(1-\theta)b_i}$ of ``weight_log_likelihood``.

    Args:
        theta: weights θ in (0, 1), any shape.
        a: likelihoods under the first component, shape (n,).
        b: likelihoods under the second, shape (n,).

    Returns:
        One value for each weight.

    Raises:
        ValueError: as ``weight_log_likelihood``, and if an observation is impossible.

    Examples:
        >>> weight_log_likelihood_grad([0.25, 0.5], [1, 0], [0, 1]).round(4)
        array([2.6667, 0.    ])
    """
    return np.asarray(_ratio(theta, a, b).sum(axis=-1))


def weight_log_likelihood_hess(theta: ArrayLike, a: ArrayLike, b: ArrayLike) -> Array:
    r"""Second derivative $-\sum_i\left(\frac{a_i-b_i}{\theta a_i+(1-\theta)b_i}\right)^2 \le 0$.

    Args:
        theta: weights θ in (0, 1), any shape.
        a: likelihoods under the first component, shape (n,).
        b: likelihoods under the second, shape (n,).

    Returns:
        One value for each weight; never positive, so ``weight_log_likelihood`` is concave.

    Raises:
        ValueError: as ``weight_log_likelihood``, and if an observation is impossible.

    Examples:
        >>> weight_log_likelihood_hess(0.5, [1, 0], [0, 1])
        array(-8.)
    """
    return np.asarray(-np.square(_ratio(theta, a, b)).sum(axis=-1))


def weight_log_evidence(a: ArrayLike, b: ArrayLike) -> float:
    r"""The exact $\ln\int_0^1\prod_i(\theta a_i + (1-\theta)b_i)\,d\theta$, in O(n²).

    The product is a polynomial $\sum_k c_k\theta^k(1-\theta)^{n-k}$ with nonnegative coefficients,
    and each term integrates to a beta function $B(k+1, n-k+1)$.

    Args:
        a: likelihood of each observation under the first component, shape (n,).
        b: the same for the second, shape (n,).

    Returns:
        The log evidence under a uniform prior of the weight, in nats.

    Raises:
        ValueError: if a or b is negative, or both are 0 somewhere.

    Examples:
        >>> round(weight_log_evidence([1] * 7 + [0] * 3, [0] * 7 + [1] * 3), 4)  # ln B(8, 4)
        -7.1854
    """
    a, b = _components(a, b)
    with np.errstate(divide="ignore"):
        log_a, log_b = np.log(a), np.log(b)
    log_c = np.zeros(1)  # in logarithms: for n > 1000 the coefficients leave the floats
    for first, second in zip(log_a, log_b, strict=True):
        log_c = np.logaddexp(np.append(log_c + second, -np.inf), np.append(-np.inf, log_c + first))
    n = len(a)
    terms = log_c + [_log_beta(k + 1, n - k + 1) for k in range(n + 1)]
    top = float(terms.max())
    return top + math.log(math.fsum(np.exp(terms - top)))


class Laplace(NamedTuple):
    """A normal approximation at a maximum and the log integral it gives."""

    mode: float
    variance: float
    log_integral: float


def weight_laplace(a: ArrayLike, b: ArrayLike) -> Laplace:
    """Laplace's approximation of the posterior of the weight under a uniform prior.

    Args:
        a: likelihood of each observation under the first component, shape (n,).
        b: the same for the second, shape (n,).

    Returns:
        The mode, the variance −1/ℓ″ there, and the approximate log evidence.

    Raises:
        ValueError: if a or b is negative, both are 0 somewhere, or the maximum is at an end of
            [0, 1], where the likelihood has no normal shape.

    References:
        Bishop 2006, §4.4.

    Examples:
        >>> fit = weight_laplace([1] * 7 + [0] * 3, [0] * 7 + [1] * 3)
        >>> round(fit.mode, 9), round(fit.variance, 9), round(fit.log_integral, 4)
        (0.7, 0.021, -7.1213)
    """
    a, b = _components(a, b)
    top = mode(lambda theta: float(weight_log_likelihood_grad(theta, a, b)), 0, 1)
    precision = -float(weight_log_likelihood_hess(top, a, b))
    if min(top, 1 - top) < 1e-9 or precision == 0:
        raise ValueError(f"a and b must give a maximum inside (0, 1), got one at {top:.3g}")
    log_f = float(weight_log_likelihood(top, a, b))
    return Laplace(top, 1 / precision, laplace(log_f, precision))


class MeanField(NamedTuple):
    """The factors Beta(α, β) of the weight and Bernoulli(r) of the memberships."""

    alpha: float
    beta: float
    responsibilities: Array  # r_i = q(z_i = 1), shape (n,)
    bounds: Array  # the lower bound on the log evidence after each sweep


def mean_field(a: ArrayLike, b: ArrayLike, *, sweeps: int = 100) -> MeanField:
    r"""Mean field $q(\theta)\prod_iq(z_i)$ for the weight and memberships of a mixture of two.

    Coordinate ascent on the bound $\mathcal L = \mathbb E_q\ln p(y, z, \theta) - \mathbb E_q\ln q$
    under a uniform prior: q(θ) = Beta(1 + Σr, 1 + Σ(1 − r)), then
    $r_i/(1-r_i) = (a_i/b_i)\,e^{\psi(\alpha)-\psi(\beta)}$. It starts at θ = ½.

    Args:
        a: likelihood of each observation under the first component, shape (n,).
        b: the same for the second, shape (n,).
        sweeps: number of rounds.

    Returns:
        The factors and the bound after each round: it never falls and never exceeds
        ``weight_log_evidence``.

    Raises:
        ValueError: if a or b is negative, both are 0 somewhere, or sweeps is not positive.

    References:
        Bishop 2006, §10.1 and §10.2.

    Examples:
        >>> q = mean_field([1] * 7 + [0] * 3, [0] * 7 + [1] * 3)  # z is known: exact
        >>> q.alpha, q.beta, round(float(q.bounds[-1]), 4)
        (8.0, 4.0, -7.1854)
    """
    a, b = _components(a, b)
    scale = np.maximum(a, b)
    a, b, log_scale = a / scale, b / scale, float(np.log(scale).sum())
    odds, bounds = 1.0, []
    for _ in range(_checks.count("sweeps", sweeps)):
        r, rest = odds * a / (odds * a + b), b / (odds * a + b)
        alpha, beta = 1 + float(r.sum()), 1 + float(rest.sum())
        known = (_xlogy(r, a) - _xlogy(r, r) + _xlogy(rest, b) - _xlogy(rest, rest)).sum()
        bounds.append(_log_beta(alpha, beta) + log_scale + float(known))
        odds = math.exp(_digamma(alpha) - _digamma(beta))
    return MeanField(alpha, beta, r, np.array(bounds))


def _components(a: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    a, b = _checks.vector("a", a), _checks.vector("b", b)
    _checks.same_length("a", a, "b", b)
    if min(a.min(), b.min()) < 0 or not np.maximum(a, b).min() > 0:
        raise ValueError(f"a and b must be >= 0 and nowhere both 0, got {a!r} and {b!r}")
    return a, b


def _mixed(theta: ArrayLike, a: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    a, b = _components(a, b)
    t = _checks.finite("theta", _checks.real("theta", theta))[..., None]
    if t.size and not (t.min() >= 0 and t.max() <= 1):
        raise ValueError(f"theta must be between 0 and 1, got {theta!r}")
    return t * a + (1 - t) * b, a - b


def _ratio(theta: ArrayLike, a: ArrayLike, b: ArrayLike) -> Array:
    mixed, difference = _mixed(theta, a, b)
    if not (mixed > 0).all():
        raise ValueError(f"theta must leave every observation possible, got {theta!r}")
    return difference / mixed


def _xlogy(x: Array, y: Array) -> Array:
    return np.asarray(x * np.log(np.where(x > 0, y, 1)))


def _log_beta(x: float, y: float) -> float:
    return math.lgamma(x) + math.lgamma(y) - math.lgamma(x + y)


def _digamma(x: float) -> float:
    """Derivative of ln Γ, for x > 0: up to x ≥ 10 by the recursion, then Stirling's series."""
    shift = 0.0
    while x < 10:
        shift, x = shift - 1 / x, x + 1
    s = 1 / (x * x)
    series = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s / 132))))
    return shift + math.log(x) - 0.5 / x - series


# --- MAX-CUT --------------------------------------------------------------------------------------


class Cut(NamedTuple):
    """A division of the vertices into two sides, and how it came about."""

    side: NDArray[np.int64]  # 0 or 1 for each vertex, shape (n,)
    size: int  # edges between the sides
    expectations: Array  # E[size | sides of the first k vertices], k = 0 … n, shape (n + 1,)


def cut_size(edges: ArrayLike, side: ArrayLike) -> int:
    """Number of edges whose ends are on different sides.

    Args:
        edges: pairs of different vertices 0 … n − 1, shape (m, 2); repeated ones count.
        side: a number for each vertex, shape (n,).

    Returns:
        The number of edges cut.

    Raises:
        ValueError: if edges are not pairs of different vertices or a side is missing.

    Examples:
        >>> cut_size([[0, 1], [1, 2], [2, 0]], [0, 1, 1])
        2
    """
    sides = np.asarray(side)
    if sides.ndim != 1:
        raise ValueError(f"side must be a vector, got shape {sides.shape}")
    E = _edges(edges, len(sides))
    return int((sides[E[:, 0]] != sides[E[:, 1]]).sum())


def max_cut(n: int, edges: ArrayLike) -> Cut:
    r"""A cut of at least m/2 of m edges, by the method of conditional expectations.

    If every vertex took a side by a fair coin, each edge would be cut with probability ½. The
    vertices decide in order: each takes the side on which the conditional expectation of the cut,
    (edges cut) + ½ (edges with an open end), is greater. It is never lower than before, and at the
    end it is the cut. This is the greedy rule: join the side that has fewer of the neighbors.

    Args:
        n: number of vertices.
        edges: pairs of different vertices 0 … n − 1, shape (m, 2); repeated ones count.

    Returns:
        The sides, the cut and the expectations on the way, from m/2 to the cut.

    Raises:
        ValueError: if n is not positive or edges are not pairs of different vertices.

    References:
        Motwani & Raghavan 1995, §5.6; Williamson & Shmoys 2011, §5.2.

    Examples:
        >>> max_cut(4, [[0, 1], [1, 2], [2, 3], [3, 0]])
        Cut(side=array([0, 1, 0, 1]), size=4, expectations=array([2. , 2. , 2.5, 3. , 4. ]))
    """
    n = _checks.count("n", n)
    E = _edges(edges, n)
    neighbors: list[list[int]] = [[] for _ in range(n)]
    for u, v in E.tolist():
        neighbors[max(u, v)].append(min(u, v))
    side, gains = [0] * n, []
    for vertex, earlier in enumerate(neighbors):
        on_one = sum(side[u] for u in earlier)
        on_zero = len(earlier) - on_one
        side[vertex] = int(on_zero > on_one)
        gains.append(abs(on_zero - on_one) / 2)
    expectations = len(E) / 2 + np.cumsum([0.0, *gains])
    sides = np.array(side, dtype=np.int64)
    return Cut(sides, cut_size(E, sides), expectations)


def largest_cut(n: int, edges: ArrayLike) -> int:
    """Size of the largest cut, by trying all $2^{n-1}$: the problem is NP-hard.

    Args:
        n: number of vertices, at most 20.
        edges: pairs of different vertices 0 … n − 1, shape (m, 2); repeated ones count.

    Returns:
        The size.

    Raises:
        ValueError: if n is not from 1 to 20 or edges are not pairs of different vertices.

    Examples:
        >>> largest_cut(3, [[0, 1], [1, 2], [2, 0]])
        2
    """
    n = _checks.count("n", n)
    if n > 20:
        raise ValueError(f"n must be at most 20, got {n}")
    E, codes = _edges(edges, n), np.arange(2 ** (n - 1))
    total = np.zeros(len(codes), dtype=np.int64)
    for u, v in E:
        total += (codes >> u ^ codes >> v) & 1
    return int(total.max())


def _edges(edges: ArrayLike, n: int) -> NDArray[Any]:
    E = np.asarray(edges)
    if E.size == 0:
        return np.zeros((0, 2), dtype=np.int64)
    if E.ndim != 2 or E.shape[1] != 2 or E.dtype.kind not in "iu":
        raise ValueError(f"edges must be pairs of integers, got shape {E.shape}, dtype {E.dtype}")
    if E.min() < 0 or E.max() >= n or (E[:, 0] == E[:, 1]).any():
        raise ValueError(f"edges must join different vertices from 0 to {n - 1}")
    return E.astype(np.int64)
