r"""The GRU cell: one state, a gate that mixes old and new, and one that hides the old.

$$\begin{aligned}
\mathbf r_t,\mathbf z_t &= \sigma(W\mathbf h_{t-1}+U\mathbf x_t+\mathbf b)\text{, two blocks of rows},\\
\tilde{\mathbf h}_t &= \tanh(\mathbf r_t\odot W\mathbf h_{t-1}+U\mathbf x_t+\mathbf b)\text{, a third},\\
\mathbf h_t &= \mathbf z_t\odot\mathbf h_{t-1}+(1-\mathbf z_t)\odot\tilde{\mathbf h}_t .
\end{aligned}$$

Functions and shapes are those of ``rnn``; the blocks stand in the order r, z, h̃. The reset gate acts after the
product with W, as in the usual libraries; Cho et al. (2014) have it before, $W(\mathbf r_t\odot\mathbf h_{t-1})$. Some
papers, that one not among them, exchange $\mathbf z_t$ and $1-\mathbf z_t$.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, _unfold
from dlconcepts._checks import Array
from dlconcepts.losses import sigmoid


class GRU(NamedTuple):
    """Parameters, the blocks r, z, h̃ one below the other, or a gradient of the same shapes."""

    W: Array  # from state, shape (3h, h)
    U: Array  # from input, shape (3h, d)
    b: Array  # shape (3h,)


class Run(NamedTuple):
    """What an unfolded recurrence computed."""

    states: Array  # h_0 … h_T, shape (n, T+1, h)
    gates: Array  # r, z, h̃ of each step, shape (n, T, 3, h)
    recalled: Array  # the third block of W h_{t−1}, before r, shape (n, T, h)
    X: Array  # shape (n, T, d)


class Gradients(NamedTuple):
    """What a pass back through time computed."""

    cell: GRU
    sums: Array  # ∂J/∂(sums before the gates), shape (n, T, 3h)
    X: Array  # shape (n, T, d)
    start: Array  # with respect to h_0, shape (n, h)


def init(d: int, h: int, *, rng: np.random.Generator, update: float = 1.0) -> GRU:
    r"""Entries $\mathcal N(0,1/h)$ and $\mathcal N(0,1/d)$, biases 0 but for the update gate's.

    Args:
        d: numbers per time step.
        h: hidden units.
        rng: source of randomness.
        update: bias of the update gates; with 1 they start by keeping σ(1) = 0.73 of the state.

    Returns:
        The parameters.

    Raises:
        ValueError: if a size is not positive.

    Examples:
        >>> init(1, 2, rng=np.random.default_rng(0)).W.shape
        (6, 2)
    """
    d, h = _checks.count("d", d), _checks.count("h", h)
    W = rng.normal(size=(3 * h, h)) / np.sqrt(h)
    U = rng.normal(size=(3 * h, d)) / np.sqrt(d)
    return GRU(W, U, np.repeat([0.0, update, 0.0], h))


def run(cell: GRU, X: ArrayLike, start: ArrayLike | None = None) -> Run:
    r"""Unfold the cell for t = 1 … T.

    Args:
        cell: parameters.
        X: sequences, shape (n, T, d).
        start: $\mathbf h_0$ of each sequence, shape (n, h); zeros by default.

    Returns:
        States, gates and what ``backward`` needs.

    Raises:
        ValueError: if a shape does not fit.

    References:
        Cho et al. 2014, eqs. 5–8, with the reset gate after the product.

    Examples:
        >>> still = GRU(np.zeros((3, 1)), np.zeros((3, 1)), np.array([0.0, 50.0, 0.0]))
        >>> run(still, np.ones((1, 100, 1)), [[0.5]]).states[0, -1]  # kept for 100 steps
        array([0.5])
    """
    h, d = cell.W.shape[1], cell.U.shape[1]
    X = _checks.sequences("X", X, d)
    n, T, _ = X.shape
    states, gates, recalled = np.zeros((n, T + 1, h)), np.empty((n, T, 3, h)), np.empty((n, T, h))
    states[:, 0] = _unfold.start("start", start, n, h)
    inputs = (X @ cell.U.T + cell.b).reshape(n, T, 3, h)
    for t in range(T):
        sums = (states[:, t] @ cell.W.T).reshape(n, 3, h)
        recalled[:, t] = sums[:, 2]
        gates[:, t, :2] = sigmoid(inputs[:, t, :2] + sums[:, :2])
        r, z = gates[:, t, 0], gates[:, t, 1]
        gates[:, t, 2] = np.tanh(inputs[:, t, 2] + r * recalled[:, t])
        states[:, t + 1] = z * states[:, t] + (1 - z) * gates[:, t, 2]
    return Run(states, gates, recalled, X)


def last(done: Run) -> Array:
    """The end of a run, from which ``run`` goes on: the argument ``start`` of the next.

    Examples:
        >>> still = GRU(np.zeros((3, 1)), np.zeros((3, 1)), np.array([0.0, 50.0, 0.0]))
        >>> last(run(still, np.ones((1, 2, 1)), [[0.5]]))
        array([[0.5]])
    """
    return done.states[:, -1]


def backward(cell: GRU, done: Run, state_grad: ArrayLike, truncate: int | None = None) -> Gradients:
    r"""Back through time: from $\partial J/\partial\mathbf h_t$ as read from each state, the gradient of J.

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
        Cho et al. 2014, eqs. 5–8, and the chain rule.

    Examples:
        >>> still = GRU(np.zeros((3, 1)), np.zeros((3, 1)), np.array([0.0, 50.0, 0.0]))
        >>> done = run(still, np.ones((1, 100, 1)), [[0.5]])
        >>> G = np.zeros((1, 100, 1))
        >>> G[0, -1] = 1.0
        >>> backward(still, done, G).start
        array([[1.]])
    """
    G = _checks.real("state_grad", state_grad)
    _checks.same_shape("state_grad", G, "states[:, 1:]", done.states[:, 1:])
    n, T, h = G.shape
    D = np.empty((n, T, 3, h))
    E = np.empty((n, T, 3, h))  # with respect to W h_{t−1}: its third block stands behind r
    back = np.zeros((n, h))
    for t in reversed(range(T)):
        r, z, new = done.gates[:, t].transpose(1, 0, 2)
        into = G[:, t] + back
        D[:, t, 2] = into * (1 - z) * (1 - new**2)
        D[:, t, 1] = into * (done.states[:, t] - new) * z * (1 - z)
        D[:, t, 0] = D[:, t, 2] * done.recalled[:, t] * r * (1 - r)
        E[:, t] = D[:, t]
        E[:, t, 2] *= r
        back = into * z + E[:, t].reshape(n, 3 * h) @ cell.W
        back = back * _unfold.joined(t, truncate)
    sums = D.reshape(n, T, 3 * h)
    gradient = GRU(
        _unfold.outer(E.reshape(n, T, 3 * h), done.states[:, :-1]),
        _unfold.outer(sums, done.X),
        sums.sum(axis=(0, 1)),
    )
    return Gradients(gradient, sums, sums @ cell.U, back)
