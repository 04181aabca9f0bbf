r"""Randomized algorithms: Monte Carlo (may err, in fixed time), Las Vegas (never errs, random time).

Both meanings of Monte Carlo are here: *estimation*, whose answer carries a standard error, and
*algorithms* whose yes or no is wrong with a bounded probability (``freivalds``); and the ways to
turn one kind into the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array

T = TypeVar("T")

# --- Estimation -----------------------------------------------------------------------------------


class PiRun(NamedTuple):
    """Points thrown on the square [-1, 1]², and the estimate of π after each of them."""

    points: Array  # shape (n, 2)
    inside: NDArray[np.bool_]  # whether x² + y² ≤ 1, shape (n,)
    estimates: Array  # 4 · share inside so far, shape (n,)
    standard_errors: Array  # of the estimates, from the true π, shape (n,)


def pi_estimates(n: int, *, rng: np.random.Generator) -> PiRun:
    r"""Estimate π by $\hat\pi_N = \tfrac4N\#\{x^2 + y^2 \le 1\}$, with s.e. $\sqrt{\pi(4-\pi)/N}$.

    The square has side 2 and the circle radius 1, so a point falls inside with probability π/4.

    Args:
        n: number of points.
        rng: source of randomness.

    Returns:
        The points, which lie inside, and the running estimates with their standard errors
        1.642/√N: one more digit costs 100 times the points.

    Raises:
        ValueError: if n is not a positive whole number.

    References:
        Goodfellow, Bengio & Courville 2016, §17.1.2.

    Examples:
        >>> run = pi_estimates(10_000, rng=np.random.default_rng(0))
        >>> f"{run.standard_errors[-1]:.4f}", bool(abs(run.estimates[-1] - np.pi) < 0.05)
        ('0.0164', True)
    """
    n = _checks.count("n", n)
    points = rng.uniform(-1, 1, size=(n, 2))
    inside = np.square(points).sum(axis=1) <= 1
    counts = np.arange(1, n + 1)
    errors = np.sqrt(np.pi * (4 - np.pi) / counts)
    return PiRun(points, inside, 4 * np.cumsum(inside) / counts, errors)


def band(center: ArrayLike, standard_error: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    r"""Normal band $c \pm z\,\mathrm{s.e.}$, z = 1.96 for 95 %.

    At each N a normal estimate is inside with this probability; a whole path leaves it more often.

    Args:
        center: center c, any shape.
        standard_error: standard errors; center and standard_error may differ in shape only if one
            of them is a single number.
        level: probability within the band, in (0, 1).

    Returns:
        Lower and upper ends.

    Raises:
        ValueError: if the shapes differ and neither is a number, or level is not in (0, 1).

    Examples:
        >>> low, high = band(0.0, [1.0, 2.0])
        >>> low.round(2), high.round(2)
        (array([-1.96, -3.92]), array([1.96, 3.92]))
    """
    c, error = _checks.real("center", center), _checks.real("standard_error", standard_error)
    if c.ndim and error.ndim:
        _checks.same_shape("center", c, "standard_error", error)
    half = NormalDist().inv_cdf((1 + _checks.fraction("level", level)) / 2) * error
    return c - half, c + half


def hoeffding_bound(n: int, epsilon: float, *, width: float = 1.0) -> float:
    r"""Bound $P(|\bar X_n - \mu| \ge \epsilon) \le 2e^{-2n\epsilon^2/w^2}$ for values in a range w.

    For π the values are 0 and 4, so w = 4 and the bound is $2e^{-n\epsilon^2/8}$.

    Args:
        n: number of independent samples.
        epsilon: deviation ε > 0.
        width: length w of the interval in which every sample lies.

    Returns:
        The bound, at most 1.

    Raises:
        ValueError: if a parameter is not positive.

    References:
        Hoeffding 1963, Theorem 2.

    Examples:
        >>> f"{hoeffding_bound(100_000, 0.02, width=4.0):.4f}"
        '0.0135'
    """
    n, epsilon = _checks.count("n", n), _checks.positive("epsilon", epsilon)
    return min(1.0, 2 * math.exp(-2 * n * (epsilon / _checks.positive("width", width)) ** 2))


class Estimate(NamedTuple):
    """A sample mean and its estimated standard error."""

    mean: float
    standard_error: float


def estimate(
    f: Callable[[Array], ArrayLike],
    sampler: Callable[[np.random.Generator, int], Array],
    n: int,
    *,
    rng: np.random.Generator,
) -> Estimate:
    r"""Estimate $\mathbb E[f(X)]$ by $\tfrac1n\sum_i f(x_i)$, with s.e. $s/\sqrt n$.

    Args:
        f: takes all samples at once and returns one value for each, shape (n,).
        sampler: ``sampler(rng, n)`` draws n samples, stacked along the first axis.
        n: number of samples, at least 2.
        rng: source of randomness.

    Returns:
        The mean and its standard error, with $s^2$ the unbiased sample variance.

    Raises:
        ValueError: if n < 2 or f does not return n values.

    References:
        Goodfellow, Bengio & Courville 2016, §17.1.2.

    Examples:
        >>> square = estimate(np.square, lambda rng, n: rng.normal(size=n), 10_000,
        ...                   rng=np.random.default_rng(0))
        >>> f"{square.standard_error:.3f}", bool(abs(square.mean - 1) < 3 * square.standard_error)
        ('0.014', True)
    """
    n = _checks.count("n", n, minimum=2)
    values = _checks.vector("f(samples)", f(sampler(rng, n)), n)
    return Estimate(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n))


# --- A Monte Carlo algorithm ----------------------------------------------------------------------


def freivalds(
    A: ArrayLike, B: ArrayLike, C: ArrayLike, *, rounds: int = 10, rng: np.random.Generator
) -> bool:
    r"""Check AB = C by $A(Br) = Cr$ for random $r \in \{0,1\}^n$: errs with probability ≤ 2⁻ᵏ.

    The error is one-sided: a true product is never rejected. If AB ≠ C, some row of AB − C has a
    nonzero entry, and of the two values of r there, at most one hides it: each round accepts with
    probability at most ½. It costs three products with a vector, O(n²), instead of O(n³).

    The arithmetic is exact, in 64-bit integers or, should these not do, in Python's. With rounded
    numbers equality has no meaning, so they are refused.

    Args:
        A: integer matrix, shape (m, p).
        B: integer matrix, shape (p, n).
        C: integer matrix, shape (m, n): the claimed product.
        rounds: number k of independent rounds.
        rng: source of randomness.

    Returns:
        False: certainly AB ≠ C. True: AB = C, or an error of probability at most 2⁻ᵏ.

    Raises:
        ValueError: if a matrix does not hold integers or the shapes do not fit.

    References:
        Freivalds 1977; Motwani & Raghavan 1995, §7.1.

    Examples:
        >>> A, rng = np.array([[1, 2], [3, 4]]), np.random.default_rng(0)
        >>> freivalds(A, A, A @ A, rng=rng), freivalds(A, A, A @ A + [[0, 0], [0, 1]], rng=rng)
        (True, False)
    """
    A, B, C = _integers("A", A), _integers("B", B), _integers("C", C)
    if A.shape[1] != B.shape[0] or C.shape != (A.shape[0], B.shape[1]):
        raise ValueError(f"C must have the shape of AB, got {A.shape} @ {B.shape} and {C.shape}")
    R = rng.integers(0, 2, size=(B.shape[1], _checks.count("rounds", rounds)))
    p, n = B.shape
    largest = max(p * n * _largest(A) * _largest(B), n * _largest(B), n * _largest(C))
    kind = np.int64 if largest < 2**63 else object
    A, B, C, R = (M.astype(kind) for M in (A, B, C, R))
    return bool((A @ (B @ R) == C @ R).all())


def _integers(name: str, value: ArrayLike) -> NDArray[Any]:
    M = np.asarray(value)
    whole = M.dtype.kind in "iu" or (
        M.dtype == object and all(isinstance(x, (int, np.integer)) for x in M.flat)
    )
    if M.ndim != 2 or M.size == 0 or not whole:
        raise ValueError(f"{name} must be an integer matrix, got shape {M.shape}, dtype {M.dtype}")
    return M


def _largest(M: NDArray[Any]) -> int:
    return max(abs(int(M.max())), abs(int(M.min())))


# --- Las Vegas algorithms -------------------------------------------------------------------------


class Search(NamedTuple):
    """The outcome of a randomized search."""

    found: int | None  # index of an item for which the predicate holds, or None
    probes: int  # how many items were looked at


def las_vegas_search(
    items: Sequence[T],
    predicate: Callable[[T], bool],
    *,
    rng: np.random.Generator,
    replace: bool = False,
) -> Search:
    """Look at random items until one fits: the answer is always right, the time is random.

    With s ≥ 1 of n items fitting, the expected number of probes is (n + 1)/(s + 1) without
    replacement, whatever the order of the items; with replacement it is n/s, geometric.

    Args:
        items: the items to search.
        predicate: what is looked for.
        rng: source of randomness.
        replace: draw with replacement, forgetting what was seen but for the count of it.

    Returns:
        The index of an item that fits, or None if none does (known once all have been seen), and
        the number of probes.

    Raises:
        ValueError: if there are no items.

    References:
        Motwani & Raghavan 1995, §1.2.

    Examples:
        >>> las_vegas_search("abcb", "c".__eq__, rng=np.random.default_rng(0)).found
        2
        >>> las_vegas_search("abcb", "z".__eq__, rng=np.random.default_rng(0))
        Search(found=None, probes=4)
    """
    return _search(items, predicate, math.inf, rng, replace=replace)


def truncated_search(
    items: Sequence[T],
    predicate: Callable[[T], bool],
    *,
    budget: int,
    rng: np.random.Generator,
    replace: bool = False,
) -> Search:
    r"""Stop ``las_vegas_search`` after a budget of probes: now it is a Monte Carlo algorithm.

    The time is bounded, and the answer None may be wrong. With a budget of $k\,\mathbb E[T]$ that
    happens with probability at most 1/k, by Markov's inequality (``markov_budget``).

    Args:
        items: the items to search.
        predicate: what is looked for.
        budget: the largest number of probes.
        rng: source of randomness.
        replace: draw with replacement.

    Returns:
        The index of an item that fits or None, and the number of probes, at most the budget.

    Raises:
        ValueError: if there are no items or the budget is below 1.

    References:
        Motwani & Raghavan 1995, §1.2.

    Examples:
        >>> truncated_search("abcb", "z".__eq__, budget=2, rng=np.random.default_rng(0))
        Search(found=None, probes=2)
    """
    return _search(items, predicate, _checks.count("budget", budget), rng, replace=replace)


def _search(
    items: Sequence[T],
    predicate: Callable[[T], bool],
    budget: float,
    rng: np.random.Generator,
    *,
    replace: bool,
) -> Search:
    n = len(items)
    if n == 0:
        raise ValueError("items must be non-empty, got length 0")
    order = None if replace else rng.permutation(n)
    seen: set[int] = set()
    probes = 0
    while len(seen) < n and probes < budget:
        i = int(rng.integers(n) if order is None else order[probes])
        probes += 1
        seen.add(i)
        if predicate(items[i]):
            return Search(i, probes)
    return Search(None, probes)


def markov_budget(expected: float, k: float) -> int:
    r"""Budget $\lfloor k\,\mathbb E[T]\rfloor$, exceeded with probability at most 1/k.

    Markov: $P(T \ge k\,\mathbb E[T]) \le 1/k$ for a running time T ≥ 0.

    Args:
        expected: expected number of steps E[T], at least 1.
        k: factor, at least 1.

    Returns:
        The number of steps after which to give up.

    Raises:
        ValueError: if expected or k is below 1.

    References:
        Motwani & Raghavan 1995, §3.2.

    Examples:
        >>> markov_budget(expected=10, k=4)
        40
    """
    expected, k = _checks.positive("expected", expected), _checks.positive("k", k)
    if min(expected, k) < 1:
        raise ValueError(f"expected and k must be at least 1, got {expected} and {k}")
    return math.floor(k * expected)


class Verified(NamedTuple):
    """A verified answer and the number of runs it took."""

    answer: Any
    runs: int


def repeat_until_verified(
    algorithm: Callable[[np.random.Generator], T],
    verify: Callable[[T], bool],
    *,
    rng: np.random.Generator,
) -> Verified:
    """Turn a Monte Carlo algorithm into a Las Vegas one: run it again until its answer verifies.

    If each run is right with probability at least p > 0, the number of runs is at most geometric:
    none of k runs is right with probability at most (1 − p)ᵏ, and 1/p runs are expected. If no
    answer can be right, it never ends.

    Args:
        algorithm: ``algorithm(rng)`` gives an answer that may be wrong.
        verify: whether an answer is right, without error.
        rng: source of randomness, passed to each run.

    Returns:
        A right answer and the number of runs.

    References:
        Motwani & Raghavan 1995, §1.2.

    Examples:
        >>> repeat_until_verified(lambda rng: int(rng.integers(6)) + 1, lambda die: die == 6,
        ...                       rng=np.random.default_rng(0)).answer
        6
    """
    runs = 1
    while not verify(answer := algorithm(rng)):
        runs += 1
    return Verified(answer, runs)


class Part(NamedTuple):
    """A part of the list that quicksort split, by places in the sorted list."""

    first: int
    last: int
    pivot: int  # place of the pivot, the first of its equals
    level: int  # depth of the recursion, from 1


class Sorted(NamedTuple):
    """Sorted items, the number of comparisons it took, and what was split."""

    items: list[Any]
    comparisons: int
    parts: list[Part]


def quicksort(items: Sequence[Any], *, rng: np.random.Generator) -> Sorted:
    """Randomized quicksort: every pivot is drawn uniformly, so no input is bad.

    Each item of a part is compared once with the pivot and put below, beside or above it.

    Args:
        items: what to sort, comparable with each other.
        rng: source of randomness.

    Returns:
        The sorted items; the number of comparisons, counted as one for each item other than the
        pivot: 2(n + 1)Hₙ − 4n expected if all items differ (``quicksort_expected``); and the parts
        of two items or more, from the left.

    References:
        Cormen et al. 2009, §7.3–7.4; Motwani & Raghavan 1995, ch. 1.

    Examples:
        >>> quicksort([3, 1, 2, 1], rng=np.random.default_rng(0)).items
        [1, 1, 2, 3]
    """
    result: list[Any] = []
    parts: list[Part] = []
    todo = [(list(items), 1)]  # the leftmost last; level 0: already in order
    while todo:
        part, level = todo.pop()
        if level == 0 or len(part) <= 1:
            result += part
            continue
        pivot = part[rng.integers(len(part))]
        below = [item for item in part if item < pivot]
        above = [item for item in part if pivot < item]
        beside = [item for item in part if not (item < pivot or pivot < item)]
        first = len(result)  # what stands to the left is in order
        parts.append(Part(first, first + len(part) - 1, first + len(below), level))
        todo += [(above, level + 1), (beside, 0), (below, level + 1)]
    return Sorted(result, sum(last - first for first, last, _, _ in parts), parts)


def quicksort_expected(n: int) -> float:
    r"""Expected comparisons of randomized quicksort, $2(n + 1)H_n - 4n \approx 2n\ln n$.

    Args:
        n: number of different items.

    Returns:
        The expectation, with $H_n = \sum_{i \le n} 1/i$.

    Raises:
        ValueError: if n is not a whole number ≥ 0.

    References:
        Motwani & Raghavan 1995, ch. 1.

    Examples:
        >>> round(quicksort_expected(500))
        4806
    """
    n = _checks.count("n", n, minimum=0)
    return 2 * (n + 1) * math.fsum(1 / i for i in range(1, n + 1)) - 4 * n
