r"""Splitters for validation, the risk they estimate, and the bias of the best of many scores.

A splitter yields pairs ``(train, test)`` of index arrays, once for each fit. The risk of a fit is known
exactly where the truth is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks, linear
from dlconcepts._checks import Array

Indices: TypeAlias = NDArray[np.intp]
Split: TypeAlias = tuple[Indices, Indices]
Fit: TypeAlias = Callable[[Array, Array], Callable[[Array], Array]]


def _folds(parts: Iterable[Indices], n: int) -> Iterator[Split]:
    for test in parts:
        yield np.setdiff1d(np.arange(n), test), np.sort(test)


def k_fold(n: int, k: int, *, rng: np.random.Generator | None = None) -> Iterator[Split]:
    """Cut n examples into k blocks and hold out each once.

    Args:
        n: number of examples.
        k: number of blocks, 2 ≤ k ≤ n; their sizes differ by at most 1.
        rng: shuffle with it first; without it the blocks are consecutive.

    Yields:
        Training and test indices, k times.

    Raises:
        ValueError: if k is not between 2 and n.

    References:
        Stone 1974; Hastie, Tibshirani & Friedman 2009, §7.10.1.

    Examples:
        >>> [test.tolist() for _, test in k_fold(5, 2)]
        [[0, 1, 2], [3, 4]]
    """
    n, k = _blocks(n, k)
    order = np.arange(n) if rng is None else rng.permutation(n)
    yield from _folds(np.array_split(order, k), n)


def leave_one_out(n: int) -> Iterator[Split]:
    """Hold out each example once: k-fold with k = n.

    Examples:
        >>> [test.tolist() for _, test in leave_one_out(3)]
        [[0], [1], [2]]
    """
    yield from k_fold(n, n)


def repeated_k_fold(n: int, k: int, repeats: int, *, rng: np.random.Generator) -> Iterator[Split]:
    """Shuffle and cut anew, ``repeats`` times: each example is held out once per repeat.

    Args:
        n: number of examples.
        k: number of blocks.
        repeats: number of shuffles; k · repeats fits in all.
        rng: source of randomness.

    Yields:
        Training and test indices, k · repeats times.

    Raises:
        ValueError: if k is not between 2 and n or repeats is not positive.

    Examples:
        >>> len(list(repeated_k_fold(100, 10, 5, rng=np.random.default_rng(0))))
        50
    """
    for _ in range(_checks.count("repeats", repeats)):
        yield from k_fold(n, k, rng=rng)


def monte_carlo(
    n: int, held_out: int, repeats: int, *, rng: np.random.Generator
) -> Iterator[Split]:
    """Leave a random group out, independently each time: the test sets overlap.

    Args:
        n: number of examples.
        held_out: size of each test set, below n.
        repeats: number of splits.
        rng: source of randomness.

    Yields:
        Training and test indices.

    Raises:
        ValueError: if held_out is not between 1 and n − 1 or repeats is not positive.

    References:
        Picard & Cook 1984.

    Examples:
        >>> [len(test) for _, test in monte_carlo(10, 3, 2, rng=np.random.default_rng(0))]
        [3, 3]
    """
    n, held_out = _checks.count("n", n, minimum=2), _checks.count("held_out", held_out)
    if held_out >= n:
        raise ValueError(f"held_out must be below n = {n}, got {held_out}")
    for _ in range(_checks.count("repeats", repeats)):
        yield from _folds([rng.permutation(n)[:held_out]], n)


def bootstrap(n: int, repeats: int, *, rng: np.random.Generator) -> Iterator[Split]:
    """Train on n draws with replacement, test on the examples that were not drawn.

    An example is out of the bag with probability (1 − 1/n)ⁿ, about 0.368. A draw that leaves none
    out is drawn again.

    Args:
        n: number of examples, n ≥ 2.
        repeats: number of resamples.
        rng: source of randomness.

    Yields:
        Training indices, with repetitions, and the out-of-bag indices.

    Raises:
        ValueError: if n is below 2 or repeats is not positive.

    References:
        Efron & Tibshirani 1993, ch. 17.

    Examples:
        >>> train, test = next(bootstrap(5, 1, rng=np.random.default_rng(1)))
        >>> train.tolist(), test.tolist()
        ([0, 2, 2, 3, 4], [1])
    """
    n = _checks.count("n", n, minimum=2)
    for _ in range(_checks.count("repeats", repeats)):
        test = np.array([], dtype=np.intp)
        while not len(test):
            train = np.sort(rng.integers(0, n, n))
            test = np.setdiff1d(np.arange(n), train)
        yield train, test


def bootstrap_632(training: float, out_of_bag: float, chance: float | None = None) -> float:
    r"""Mix two errors: $(1 - w)\,\hat R_{\rm train} + w\,\hat R_{\rm oob}$ with w = 0.632, or the .632+ weight.

    With the error γ by chance and $R' = \min(\hat R_{\rm oob}, \gamma)$, the relative overfitting is
    $\hat q = (R' - \hat R_{\rm train}) / (\gamma - \hat R_{\rm train})$, or 0 where $R'$ is not above
    $\hat R_{\rm train}$. With $w = 0.632 / (1 - 0.368\,\hat q)$, .632+ adds
    $(w - 0.632)(R' - \hat R_{\rm train})$ to .632; as long as $\hat R_{\rm oob}\le\gamma$ that is the
    mixture with weight w.

    Args:
        training: training error of the fit to all.
        out_of_bag: mean error on examples that the resamples left out.
        chance: γ, the mean loss over all pairs of a target and a prediction; gives .632+.

    Returns:
        The estimate of the risk.

    Raises:
        ValueError: if an error is negative.

    References:
        Efron & Tibshirani 1997.

    Examples:
        >>> round(bootstrap_632(0.0, 0.5), 3), round(bootstrap_632(0.0, 0.5, chance=0.5), 3)
        (0.316, 0.5)
    """
    training = _checks.positive("training", training, zero=True)
    out_of_bag = _checks.positive("out_of_bag", out_of_bag, zero=True)
    plain = 0.368 * training + 0.632 * out_of_bag
    if chance is None:
        return plain
    capped = min(out_of_bag, _checks.positive("chance", chance, zero=True))
    if capped <= training:
        return plain
    overfit = (capped - training) / (chance - training)
    return plain + (0.632 / (1 - 0.368 * overfit) - 0.632) * (capped - training)


def stratified_k_fold(
    y: Sequence[Any] | NDArray[Any], k: int, *, rng: np.random.Generator | None = None
) -> Iterator[Split]:
    """k-fold in which every block has nearly the same number of each class.

    Args:
        y: classes, shape (n,).
        k: number of blocks.
        rng: shuffle within classes first.

    Yields:
        Training and test indices, k times.

    Raises:
        ValueError: if k is not between 2 and n, or a class has fewer than k examples.

    References:
        Kohavi 1995.

    Examples:
        >>> [test.tolist() for _, test in stratified_k_fold([0, 0, 0, 0, 1, 1], 2)]
        [[0, 1, 4], [2, 3, 5]]
    """
    classes, members = _classes("y", y)
    n, k = _blocks(len(members), k)
    counts = np.bincount(members)
    if counts.min() < k:
        rare = classes[counts.argmin()]
        raise ValueError(
            f"y must have at least k = {k} of each class, got {counts.min()} of {rare}"
        )
    parts: list[list[Indices]] = [[] for _ in range(k)]
    for label in range(len(classes)):
        where = np.flatnonzero(members == label)
        order = where if rng is None else rng.permutation(where)
        lightest = np.argsort([sum(map(len, part)) for part in parts], kind="stable")
        for at, piece in zip(lightest, np.array_split(order, k), strict=True):
            parts[at].append(piece)
    yield from _folds([np.concatenate(part) for part in parts], n)


def group_k_fold(groups: Sequence[Any] | NDArray[Any], k: int) -> Iterator[Split]:
    """k-fold that never splits a group: the largest groups go first, each to the smallest block.

    Args:
        groups: to which group each example belongs, shape (n,), such as a patient.
        k: number of blocks, at most the number of groups.

    Yields:
        Training and test indices, k times.

    Raises:
        ValueError: if k is not between 2 and the number of groups.

    Examples:
        >>> [test.tolist() for _, test in group_k_fold(list("aabbc"), 2)]
        [[0, 1, 4], [2, 3]]
    """
    members = _classes("groups", groups)[1]
    sizes = np.bincount(members)
    if len(sizes) < 2:
        raise ValueError(f"groups must hold two groups at least, got {len(sizes)}")
    _, k = _blocks(len(sizes), k)
    load, home = np.zeros(k, dtype=int), np.zeros(len(sizes), dtype=int)
    for group in np.argsort(-sizes, kind="stable"):
        home[group] = load.argmin()
        load[home[group]] += sizes[group]
    blocks = home[members]
    yield from _folds((np.flatnonzero(blocks == block) for block in range(k)), len(members))


def forward_chaining(n: int, k: int, *, gap: int = 0) -> Iterator[Split]:
    """Train on the past, test on the block that follows; k times, with a growing past.

    Args:
        n: number of examples in order of time.
        k: number of test blocks, each of ⌊n/(k + 1)⌋ examples.
        gap: examples to leave out between training and test.

    Yields:
        Training and test indices, k times.

    Raises:
        ValueError: if k is not between 1 and n − 1 or the gap leaves nothing to train on.

    References:
        Tashman 2000 (rolling origin).

    Examples:
        >>> [(len(train), test.tolist()) for train, test in forward_chaining(7, 3)]
        [(4, [4]), (5, [5]), (6, [6])]
    """
    n, k = _checks.count("n", n, minimum=2), _checks.count("k", k)
    gap = _checks.count("gap", gap, minimum=0)
    size = n // (k + 1)
    if not size:
        raise ValueError(f"k must be below n = {n}, got {k}")
    if n - k * size <= gap:
        raise ValueError(f"gap must be below {n - k * size}, the first training set, got {gap}")
    for start in range(n - k * size, n, size):
        yield np.arange(start - gap), np.arange(start, start + size)


def polynomial(degree: int, penalty: float = 0.0) -> Fit:
    r"""Return the fit of a polynomial on [0, 1] by least squares or, with a penalty, ridge.

    The basis is Legendre's; the constant is not penalized.

    Args:
        degree: highest power m ≥ 0.
        penalty: ridge penalty α ≥ 0 on the other coefficients.

    Returns:
        A function from x and y, shape (n,), to a function that predicts at new x.

    Raises:
        ValueError: if degree or penalty is negative.

    Examples:
        >>> predict = polynomial(1)(np.array([0.0, 0.5, 1.0]), np.array([1.0, 2.0, 3.0]))
        >>> predict(np.array([0.25])).round(6)
        array([1.5])
    """
    degree = _checks.count("degree", degree, minimum=0)
    penalty = _checks.positive("penalty", penalty, zero=True)

    def fit(x: Array, y: Array) -> Callable[[Array], Array]:
        theta = linear.ridge(linear.legendre(x, degree), y, penalty, intercept=True)
        return lambda new: np.asarray(linear.legendre(new, degree) @ theta)

    return fit


def scores(
    fit: Fit,
    X: ArrayLike,
    y: ArrayLike,
    splits: Iterable[Split],
    loss: Callable[[Array, Array], Array],
) -> Array:
    """Mean test loss of each split: fit on the training part, predict the test part.

    Args:
        fit: from X and y to a function that predicts.
        X: inputs, examples first.
        y: targets, shape (n,).
        splits: pairs of training and test indices.
        loss: from targets and predictions to a loss for each example.

    Returns:
        One mean for each split.

    Raises:
        ValueError: if X and y differ in length, there are no splits, or the loss does not give one number
            for each target.

    Examples:
        >>> mean = lambda X, y: lambda new: np.full(len(new), y.mean())
        >>> scores(mean, np.zeros(4), [0.0, 2.0, 4.0, 6.0], k_fold(4, 2), lambda t, p: (t - p) ** 2)
        array([17., 17.])
    """
    X, y = _checks.real("X", X), _checks.vector("y", y)
    _checks.same_length("X", X, "y", y)
    found = [_mean(loss, y[test], fit(X[train], y[train])(X[test])) for train, test in splits]
    if not found:
        raise ValueError("splits must yield at least one split")
    return np.array(found)


def ridge_scores(
    X: ArrayLike, y: ArrayLike, splits: Iterable[Split], penalty: float = 0.0
) -> Array:
    r"""Mean squared test error of each split, for least squares or ridge, without a new fit for each.

    With $H = X(X^\top X + \alpha I)^{-1}X^\top$ and the residuals $r = y - Hy$ of the fit to all, a fit
    to the rest misses the test block B by $(I - H_{BB})^{-1}r_B$. For one example that is
    $r_i/(1 - h_{ii})$.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        splits: pairs of training and test indices that hold each example exactly once.
        penalty: α ≥ 0, on all coefficients.

    Returns:
        One mean for each split, as ``scores`` gives for ``linear.ridge``.

    Raises:
        ValueError: if a shape does not fit, a split leaves out or repeats an example, or its training
            part does not determine the prediction.

    References:
        Hastie, Tibshirani & Friedman 2009, §7.10.1 (for one example).

    Examples:
        >>> ridge_scores([[1.0], [1.0], [1.0], [1.0]], [0.0, 2.0, 4.0, 6.0], k_fold(4, 2))
        array([17., 17.])
    """
    X, y = _checks.matrix("X", X), _checks.vector("y", y)
    _checks.same_length("X", X, "y", y)
    penalty = _checks.positive("penalty", penalty, zero=True)
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    square = np.where(s > np.finfo(X.dtype).eps * max(X.shape) * s[0], s**2, 0.0)
    share = np.divide(square, square + penalty, out=np.zeros_like(s), where=square > 0)
    H = (U * share) @ U.T
    r, pairs = y - H @ y, list(splits)
    if not pairs:
        raise ValueError("splits must yield at least one split")
    parts = [np.concatenate(pair) for pair in pairs]
    if any(len(part) != len(y) for part in parts) or (np.sort(parts) != np.arange(len(y))).any():
        raise ValueError("splits must hold each example exactly once, in training or test part")
    tests = [test for _, test in pairs]
    sizes, found = np.array([len(test) for test in tests]), np.zeros(len(tests))
    for size in np.unique(sizes):  # blocks of one size are solved at once
        where = np.flatnonzero(sizes == size)
        B = np.array([tests[i] for i in where])
        rest = np.eye(size) - H[B[:, :, None], B[:, None, :]]
        if np.linalg.eigvalsh(rest).min() < 1e-12:
            raise ValueError("splits must leave enough to train on, got a fit that is not unique")
        found[where] = (np.linalg.solve(rest, r[B][:, :, None]) ** 2).mean(axis=(1, 2))
    return found


class Nested(NamedTuple):
    """What nested cross-validation found."""

    outer: float  # mean outer loss, of the procedure that selects and fits
    inner: float  # mean of the best inner losses, biased downward
    chosen: list[int]  # candidate chosen in each outer fold


def nested(
    candidates: Sequence[Fit],
    X: ArrayLike,
    y: ArrayLike,
    loss: Callable[[Array, Array], Array],
    *,
    outer: int,
    inner: int,
    rng: np.random.Generator,
) -> Nested:
    """Choose by an inner k-fold on each outer training part, and score the choice on the outer block.

    Args:
        candidates: fits to choose from.
        X: inputs, examples first.
        y: targets, shape (n,).
        loss: from targets and predictions to a loss for each example.
        outer: number of outer blocks.
        inner: number of inner blocks.
        rng: source of randomness.

    Returns:
        Outer loss, best inner loss and the choices.

    Raises:
        ValueError: if there are no candidates, a number of blocks does not fit, or the loss does not give one
            number for each target.

    References:
        Stone 1974; Varma & Simon 2006.

    Examples:
        >>> constant = lambda c: lambda X, y: lambda new: np.full(len(new), c)
        >>> result = nested([constant(0.0), constant(1.0)], np.zeros(8), np.ones(8),
        ...                 lambda t, p: (t - p) ** 2, outer=2, inner=2, rng=np.random.default_rng(0))
        >>> result.chosen, result.outer
        ([1, 1], 0.0)
    """
    if not candidates:
        raise ValueError("candidates must hold at least one fit")
    X, y = _checks.real("X", X), _checks.vector("y", y)
    _checks.same_length("X", X, "y", y)
    chosen, best, losses = [], [], []
    for train, test in k_fold(len(y), outer, rng=rng):
        splits = list(k_fold(len(train), inner, rng=rng))
        means = [scores(fit, X[train], y[train], splits, loss).mean() for fit in candidates]
        chosen.append(int(np.argmin(means)))
        best.append(min(means))
        predict = candidates[chosen[-1]](X[train], y[train])
        losses.append(_mean(loss, y[test], predict(X[test])))
    return Nested(float(np.mean(losses)), float(np.mean(best)), chosen)


def risk(
    predict: Callable[[Array], Array],
    truth: Callable[[Array], Array],
    *,
    noise: float = 0.0,
    low: float = 0.0,
    high: float = 1.0,
    nodes: int = 200,
) -> float:
    r"""Exact expected squared error $\sigma^2 + \mathbb E_x(\hat f(x) - f(x))^2$, x uniform.

    The integral is Gauss–Legendre quadrature, exact for polynomials up to degree 2 · nodes − 1.

    Args:
        predict: the fit $\hat f$, from shape (m,) to shape (m,).
        truth: f, alike.
        noise: standard deviation σ ≥ 0 of $y - f(x)$.
        low: lower end of the range of x.
        high: upper end.
        nodes: number of nodes.

    Returns:
        The generalization error, in squared units of y.

    Raises:
        ValueError: if noise is negative, nodes is not positive or the range is empty.

    Examples:
        >>> round(risk(lambda x: 0 * x, lambda x: x, noise=0.5), 6)  # 1/4 + 1/3
        0.583333
    """
    noise = _checks.positive("noise", noise, zero=True)
    if not low < high:
        raise ValueError(f"low must be below high, got {low} and {high}")
    at, weights = _gauss(_checks.count("nodes", nodes))
    x = low + (high - low) * (at + 1) / 2
    gap = np.asarray(predict(x) - truth(x))
    if gap.shape != x.shape:
        raise ValueError(
            f"predict and truth must return shape {x.shape}, their difference has {gap.shape}"
        )
    return noise**2 + float(weights @ gap**2) / 2


@lru_cache(maxsize=8)
def _gauss(nodes: int) -> tuple[Array, Array]:
    at, weights = np.polynomial.legendre.leggauss(nodes)
    return at, weights


def expected_best(n: int, candidates: int, p: float = 0.5) -> float:
    r"""Expected accuracy $\mathbb E\max_k\hat A_k$ of the best of m candidates of accuracy p on n points.

    The accuracies are independent, each Binomial(n, p)/n; the maximum is at most a with probability
    $F(a)^m$.

    Args:
        n: number of points.
        candidates: m.
        p: their common accuracy.

    Returns:
        The expectation, at least p.

    Raises:
        ValueError: if n or candidates is not positive or p is not between 0 and 1.

    Examples:
        >>> expected_best(200, 1)
        0.5
        >>> round(expected_best(200, 100), 3)
        0.588
    """
    n, m, p = (
        _checks.count("n", n),
        _checks.count("candidates", candidates),
        _checks.fraction("p", p),
    )
    logs = [
        math.lgamma(n + 1) - math.lgamma(h + 1) - math.lgamma(n - h + 1)
        + h * math.log(p) + (n - h) * math.log1p(-p)
        for h in range(n + 1)
    ]  # fmt: skip
    below = np.minimum(np.cumsum(np.exp(logs)), 1.0)[:-1]  # P(H ≤ h) for h < n
    return float(round((n - (below**m).sum()) / n, 12))


def _mean(loss: Callable[[Array, Array], Array], y: Array, predicted: Array) -> float:
    """Mean loss; predictions of shape (m, 1) would be broadcast against targets of shape (m,)."""
    found = np.asarray(loss(y, predicted))
    if found.shape != y.shape:
        raise ValueError(
            f"loss must give one number for each target, shape {y.shape}, got shape {found.shape} "
            f"for predictions of shape {np.shape(predicted)}"
        )
    return float(found.mean())


def _classes(name: str, value: Sequence[Any] | NDArray[Any]) -> tuple[NDArray[Any], Indices]:
    given = np.asarray(value)
    if given.ndim != 1:
        raise ValueError(f"{name} must be a vector, got shape {given.shape}")
    return np.unique(given, return_inverse=True)


def _blocks(n: int, k: int) -> tuple[int, int]:
    n, k = _checks.count("n", n, minimum=2), _checks.count("k", k, minimum=2)
    if k > n:
        raise ValueError(f"k must be at most {n}, got {k}")
    return n, k
