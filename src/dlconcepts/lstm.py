r"""The LSTM cell: a state that is carried on by addition, and three gates.

$$\begin{aligned}
\mathbf i_t,\mathbf f_t,\mathbf o_t &= \sigma(W\mathbf h_{t-1}+U\mathbf x_t+\mathbf b)\text{, three blocks of rows},\\
\mathbf g_t &= \tanh(W\mathbf h_{t-1}+U\mathbf x_t+\mathbf b)\text{, a fourth},\\
\mathbf c_t &= \mathbf f_t\odot\mathbf c_{t-1}+\mathbf i_t\odot\mathbf g_t,\qquad
\mathbf h_t = \mathbf o_t\odot\tanh\mathbf c_t .
\end{aligned}$$

Functions and shapes are those of ``rnn``; the blocks stand in the order i, f, g, o.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, _unfold
from dlconcepts._checks import Array
from dlconcepts.losses import sigmoid


class LSTM(NamedTuple):
    """Parameters, the blocks i, f, g, o one below the other, or a gradient of the same shapes."""

    W: Array  # from state to gates, shape (4h, h)
    U: Array  # from input to gates, shape (4h, d)
    b: Array  # shape (4h,)


class Run(NamedTuple):
    """What an unfolded recurrence computed."""

    states: Array  # h_0 … h_T, shape (n, T+1, h)
    cells: Array  # c_0 … c_T, shape (n, T+1, h)
    gates: Array  # i, f, g, o of each step, shape (n, T, 4, h)
    X: Array  # shape (n, T, d)


class Gradients(NamedTuple):
    """What a pass back through time computed."""

    cell: LSTM
    sums: Array  # ∂J/∂(sums before the gates), shape (n, T, 4h)
    X: Array  # shape (n, T, d)
    start: tuple[Array, Array]  # with respect to h_0 and c_0, shape (n, h) each


def init(d: int, h: int, *, rng: np.random.Generator, forget: float = 1.0) -> LSTM:
    r"""Entries $\mathcal N(0,1/h)$ and $\mathcal N(0,1/d)$, biases 0 but for the forget gate's.

    Args:
        d: numbers per time step.
        h: hidden units.
        rng: source of randomness.
        forget: bias of the forget gates; with 1 they start at σ(1) = 0.73, with 0 at 0.5.

    Returns:
        The parameters.

    Raises:
        ValueError: if a size is not positive.

    References:
        Jozefowicz, Zaremba & Sutskever 2015, §2.2 (the bias of the forget gate).

    Examples:
        >>> init(1, 2, rng=np.random.default_rng(0)).b
        array([0., 0., 1., 1., 0., 0., 0., 0.])
    """
    d, h = _checks.count("d", d), _checks.count("h", h)
    W = rng.normal(size=(4 * h, h)) / np.sqrt(h)
    U = rng.normal(size=(4 * h, d)) / np.sqrt(d)
    return LSTM(W, U, np.repeat([0.0, forget, 0.0, 0.0], h))


def run(cell: LSTM, X: ArrayLike, start: tuple[ArrayLike, ArrayLike] | None = None) -> Run:
    r"""Unfold the cell for t = 1 … T.

    Args:
        cell: parameters.
        X: sequences, shape (n, T, d).
        start: $\mathbf h_0$ and $\mathbf c_0$ of each sequence, shape (n, h) each; zeros by default.

    Returns:
        States, cells, gates and what ``backward`` needs.

    Raises:
        ValueError: if a shape does not fit.

    References:
        Hochreiter & Schmidhuber 1997; with forget gate Gers, Schmidhuber & Cummins 2000.

    Examples:
        >>> still = LSTM(np.zeros((4, 1)), np.zeros((4, 1)), np.array([-50.0, 50.0, 0.0, 50.0]))
        >>> run(still, np.zeros((1, 100, 1)), ([[0.0]], [[0.5]])).cells[0, -1]  # kept for 100 steps
        array([0.5])
    """
    h, d = cell.W.shape[1], cell.U.shape[1]
    X = _checks.sequences("X", X, d)
    n, T, _ = X.shape
    H, C = (None, None) if start is None else start
    states, cells = np.zeros((n, T + 1, h)), np.zeros((n, T + 1, h))
    states[:, 0], cells[:, 0] = (
        _unfold.start("start[0]", H, n, h),
        _unfold.start("start[1]", C, n, h),
    )
    gates = np.empty((n, T, 4, h))
    inputs = X @ cell.U.T + cell.b  # of all steps at once; only the recurrence has to wait
    for t in range(T):
        sums = (inputs[:, t] + states[:, t] @ cell.W.T).reshape(n, 4, h)
        gates[:, t] = sigmoid(sums)
        gates[:, t, 2] = np.tanh(sums[:, 2])
        i, f, g, o = gates[:, t].transpose(1, 0, 2)
        cells[:, t + 1] = f * cells[:, t] + i * g
        states[:, t + 1] = o * np.tanh(cells[:, t + 1])
    return Run(states, cells, gates, X)


def last(done: Run) -> tuple[Array, Array]:
    """The end of a run, from which ``run`` goes on: the argument ``start`` of the next.

    Examples:
        >>> still = LSTM(np.zeros((4, 1)), np.zeros((4, 1)), np.array([-50.0, 50.0, 0.0, 50.0]))
        >>> last(run(still, np.zeros((1, 2, 1)), ([[0.0]], [[0.5]])))[1]
        array([[0.5]])
    """
    return done.states[:, -1], done.cells[:, -1]


def backward(
    cell: LSTM, done: Run, state_grad: ArrayLike, truncate: int | None = None
) -> Gradients:
    r"""Back through time: from $\partial J/\partial\mathbf h_t$ as read from each state, the gradient of J.

    The way through the cell state multiplies by $\mathbf f_t$ alone:
    $\partial J/\partial\mathbf c_{t-1} = \mathbf f_t\odot\partial J/\partial\mathbf c_t + \dots$

    Args:
        cell: parameters.
        done: the run.
        state_grad: what J takes from each of $\mathbf h_1 … \mathbf h_T$ itself, shape (n, T, h).
        truncate: no gradient crosses from a piece of this many steps to the piece before.

    Returns:
        The gradients.

    Raises:
        ValueError: if state_grad has not the shape of the states, or truncate is not positive.

    References:
        Graves 2012, §4.6 (there with peepholes).

    Examples:
        >>> still = LSTM(np.zeros((4, 1)), np.zeros((4, 1)), np.array([-50.0, 50.0, 0.0, 50.0]))
        >>> done = run(still, np.zeros((1, 100, 1)))
        >>> G = np.zeros((1, 100, 1))
        >>> G[0, -1] = 1.0
        >>> backward(still, done, G).start[1]  # nothing vanishes when every forget gate is 1
        array([[1.]])
    """
    G = _checks.real("state_grad", state_grad)
    _checks.same_shape("state_grad", G, "states[:, 1:]", done.states[:, 1:])
    n, T, h = G.shape
    D = np.empty((n, T, 4, h))
    back, back_cell = np.zeros((n, h)), np.zeros((n, h))
    for t in reversed(range(T)):
        i, f, g, o = done.gates[:, t].transpose(1, 0, 2)
        squashed = np.tanh(done.cells[:, t + 1])
        into_h = G[:, t] + back
        into_c = back_cell + into_h * o * (1 - squashed**2)
        D[:, t, 0] = into_c * g * i * (1 - i)
        D[:, t, 1] = into_c * done.cells[:, t] * f * (1 - f)
        D[:, t, 2] = into_c * i * (1 - g**2)
        D[:, t, 3] = into_h * squashed * o * (1 - o)
        keep = _unfold.joined(t, truncate)
        back = keep * (D[:, t].reshape(n, 4 * h) @ cell.W)
        back_cell = keep * (into_c * f)
    sums = D.reshape(n, T, 4 * h)
    gradient = LSTM(
        _unfold.outer(sums, done.states[:, :-1]),
        _unfold.outer(sums, done.X),
        sums.sum(axis=(0, 1)),
    )
    return Gradients(gradient, sums, sums @ cell.U, (back, back_cell))
