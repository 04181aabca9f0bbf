r"""Hidden Markov models: the forward filter as a recurrent cell, smoothing, likelihood, sampling.

A hidden state $s_t\in\{0,…,k-1\}$ starts from π, moves by $A_{ij} = p(s_t=j\mid s_{t-1}=i)$ and emits a
symbol by $B_{iy} = p(y_t=y\mid s_t=i)$. With $A = I$ the state never moves: that is naive Bayes with class
priors π and one table B for all positions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array


class HMM(NamedTuple):
    """Probabilities of a hidden Markov model; ``model`` checks them."""

    start: Array  # π, shape (k,)
    transition: Array  # A, rows of the old state, shape (k, k)
    emission: Array  # B, rows of the state, shape (k, m)


class Filter(NamedTuple):
    """What the forward pass computed."""

    beliefs: Array  # p(s_t | y_1 … y_t), shape (T, k)
    log_likelihood: float  # ln p(y_1 … y_T)


class Sample(NamedTuple):
    """A draw from the model."""

    states: NDArray[np.int_]  # shape (T,)
    symbols: NDArray[np.int_]  # shape (T,)


def _rows(name: str, value: Array) -> Array:
    if value.min() < 0 or not np.allclose(value.sum(axis=-1), 1):
        raise ValueError(f"{name} must hold probabilities that sum to 1 in each row, got {value}")
    return np.asarray(value / value.sum(axis=-1, keepdims=True))  # more exactly: sampling is strict


def model(start: ArrayLike, transition: ArrayLike, emission: ArrayLike) -> HMM:
    """A hidden Markov model, after a check of its probabilities.

    Args:
        start: π, shape (k,).
        transition: A, shape (k, k).
        emission: B, shape (k, m).

    Returns:
        The model.

    Raises:
        ValueError: if a shape does not fit or a row is no distribution.

    References:
        Rabiner 1989.

    Examples:
        >>> model([0.5, 0.5], np.eye(2), [[0.9, 0.1], [0.2, 0.8]]).start
        array([0.5, 0.5])
    """
    start = _rows("start", _checks.vector("start", start))
    k = len(start)
    A = _rows("transition", _checks.matrix("transition", transition, columns=k))
    B = _rows("emission", _checks.matrix("emission", emission))
    _checks.same_length("start", start, "transition", A)
    _checks.same_length("start", start, "emission", B)
    return HMM(start, A, B)


def _symbols(hmm: HMM, y: ArrayLike) -> NDArray[np.int_]:
    symbols = np.asarray(y)
    if symbols.ndim != 1 or symbols.size == 0 or symbols.dtype.kind not in "iu":
        raise ValueError(
            f"y must be a vector of symbols, whole numbers, got shape {symbols.shape}, {symbols.dtype}"
        )
    m = hmm.emission.shape[1]
    if symbols.min() < 0 or symbols.max() >= m:
        raise ValueError(f"y must hold symbols 0 to {m - 1}, got {np.unique(symbols)[:5]}")
    return symbols


def step(hmm: HMM, belief: ArrayLike, y: int) -> tuple[Array, float]:
    r"""One step of the filter, $\mathbf h_t \propto (A^\top\mathbf h_{t-1})\odot\mathbf b_{y_t}$.

    As a recurrent cell: $\mathbf h_t = \operatorname{softmax}(\ln(A^\top\mathbf h_{t-1}) + U\mathbf x_t)$ with
    a one-hot $\mathbf x_t$ and $U = \ln B$ with a column for each symbol.

    Args:
        hmm: the model.
        belief: $\mathbf h_{t-1} = p(s_{t-1}\mid y_1…y_{t-1})$, shape (k,).
        y: the symbol $y_t$.

    Returns:
        $\mathbf h_t$, and the normalizer $p(y_t\mid y_1…y_{t-1})$.

    Raises:
        ValueError: if belief is no distribution over the states, or the symbol is unknown or impossible.

    References:
        Rabiner 1989, §III.A and §V.A (scaling).

    Examples:
        >>> hmm = model([0.5, 0.5], np.eye(2), [[0.9, 0.1], [0.3, 0.7]])
        >>> step(hmm, [0.5, 0.5], 0)  # 0.45 and 0.15, whose sum is 0.6
        (array([0.75, 0.25]), 0.6)
    """
    h = _rows("belief", _checks.vector("belief", belief, length=len(hmm.start)))
    symbol = int(_symbols(hmm, [y])[0])
    return _update(hmm, h @ hmm.transition, symbol)


def _update(hmm: HMM, prior: Array, symbol: int) -> tuple[Array, float]:
    joint = prior * hmm.emission[:, symbol]
    total = float(joint.sum())
    if total <= 0:
        raise ValueError(f"symbol {symbol} is impossible under the model at this step")
    return joint / total, total


def forward(hmm: HMM, y: ArrayLike) -> Filter:
    r"""Beliefs $p(s_t\mid y_1…y_t)$ after each symbol, and $\ln p(y_1…y_T)$ as the sum of log normalizers.

    Args:
        hmm: the model.
        y: symbols, shape (T,).

    Returns:
        Beliefs, shape (T, k), and the log-likelihood.

    Raises:
        ValueError: if a symbol is unknown or impossible.

    References:
        Rabiner 1989, §III.A, eqs. 19 and 20, with the scaling of §V.A.

    Examples:
        >>> hmm = model([0.5, 0.5], np.eye(2), [[0.9, 0.1], [0.3, 0.7]])
        >>> forward(hmm, [0, 0]).beliefs.round(3)
        array([[0.75, 0.25],
               [0.9 , 0.1 ]])
    """
    symbols = _symbols(hmm, y)
    beliefs, log_likelihood = np.empty((len(symbols), len(hmm.start))), 0.0
    prior = hmm.start
    for t, symbol in enumerate(symbols):
        beliefs[t], total = _update(hmm, prior, int(symbol))
        log_likelihood += float(np.log(total))
        prior = beliefs[t] @ hmm.transition
    return Filter(beliefs, log_likelihood)


def smooth(hmm: HMM, y: ArrayLike) -> Array:
    r"""Beliefs $p(s_t\mid y_1…y_T)$ in view of the whole sequence: one more sweep, backward.

    $p(s_t=i\mid y_{1:T}) = h_{ti}\sum_jA_{ij}\,p(s_{t+1}=j\mid y_{1:T})/p(s_{t+1}=j\mid y_{1:t})$.

    Args:
        hmm: the model.
        y: symbols, shape (T,).

    Returns:
        Shape (T, k).

    Raises:
        ValueError: if a symbol is unknown or impossible.

    References:
        Rabiner 1989, §III.B, eq. 27.

    Examples:
        >>> hmm = model([0.5, 0.5], np.eye(2), [[0.9, 0.1], [0.3, 0.7]])
        >>> smooth(hmm, [0, 0]).round(3)  # a state that never moves
        array([[0.9, 0.1],
               [0.9, 0.1]])
    """
    beliefs = forward(hmm, y).beliefs
    smoothed = beliefs.copy()
    for t in reversed(range(len(beliefs) - 1)):
        predicted = beliefs[t] @ hmm.transition
        possible = predicted > 0
        ratio = np.divide(smoothed[t + 1], predicted, out=np.zeros_like(predicted), where=possible)
        smoothed[t] = beliefs[t] * (hmm.transition @ ratio)
    return smoothed


def sample(hmm: HMM, length: int, *, rng: np.random.Generator) -> Sample:
    """States and symbols drawn from the model.

    Args:
        hmm: the model.
        length: T ≥ 1.
        rng: source of randomness.

    Returns:
        States and symbols, shape (T,) each.

    Raises:
        ValueError: if length is not positive.

    References:
        Rabiner 1989.

    Examples:
        >>> sample(model([0.0, 1.0], [[0, 1], [1, 0]], np.eye(2)), 4, rng=np.random.default_rng(0))
        Sample(states=array([1, 0, 1, 0]), symbols=array([1, 0, 1, 0]))
    """
    length = _checks.count("length", length)
    k, m = hmm.emission.shape
    states, symbols = np.empty(length, dtype=int), np.empty(length, dtype=int)
    now = hmm.start
    for t in range(length):
        states[t] = rng.choice(k, p=now)
        symbols[t] = rng.choice(m, p=hmm.emission[states[t]])
        now = hmm.transition[states[t]]
    return Sample(states, symbols)
