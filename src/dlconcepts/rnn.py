r"""The classical recurrent network: $\mathbf h_t = \phi(W\mathbf h_{t-1} + U\mathbf x_t + \mathbf b)$.

``run`` unfolds the recurrence over a batch of sequences of one length, ``backward`` goes back
through time. What is read from the hidden states is the matter of ``sequence``. All
three cells (``rnn``, ``lstm``, ``gru``) have these functions with the same shapes: X is (n, T, d) for n
sequences of T steps with d numbers each, states are (n, T+1, h), of which ``states[:, 0]`` is
$\mathbf h_0$.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, _unfold
from dlconcepts._checks import Array
from dlconcepts.nets import ACTIVATIONS


class RNN(NamedTuple):
    """Parameters of the recurrence, or a gradient of the same shapes."""

    W: Array  # from state to state, shape (h, h)
    U: Array  # from input to state, shape (h, d)
    b: Array  # shape (h,)


class Run(NamedTuple):
    """What an unfolded recurrence computed."""

    states: Array  # h_0 … h_T, shape (n, T+1, h)
    sums: Array  # W h_{t−1} + U x_t + b, shape (n, T, h)
    X: Array  # shape (n, T, d)
    activation: str


class Gradients(NamedTuple):
    """What a pass back through time computed."""

    cell: RNN
    sums: Array  # ∂J/∂(sum at step t), shape (n, T, h): each step's share of the gradient
    X: Array  # shape (n, T, d)
    start: Array  # with respect to h_0, shape (n, h)


def init(d: int, h: int, *, rng: np.random.Generator, radius: float | None = None) -> RNN:
    r"""Random parameters: $U_{ij}\sim\mathcal N(0,1/d)$, $\mathbf b=\mathbf 0$ and an orthogonal or normal W.

    Args:
        d: numbers per time step.
        h: hidden units.
        rng: source of randomness.
        radius: the spectral radius to which a W of normal entries is scaled, ≥ 0; by default W is
            orthogonal, all of whose singular values are 1.

    Returns:
        The parameters.

    Raises:
        ValueError: if a size is not positive or radius is negative.

    References:
        Saxe, McClelland & Ganguli 2014 (orthogonal); Jaeger 2001 (spectral radius).

    Examples:
        >>> cell = init(3, 5, rng=np.random.default_rng(0))
        >>> np.allclose(cell.W @ cell.W.T, np.eye(5)), cell.U.shape
        (True, (5, 3))
    """
    d, h = _checks.count("d", d), _checks.count("h", h)
    W = rng.normal(size=(h, h))
    if radius is None:
        Q, R = np.linalg.qr(W)
        W = Q * np.sign(np.diag(R))  # uniform over the orthogonal group
    else:
        radius = _checks.positive("radius", radius, zero=True)
        W = W * (radius / np.abs(np.linalg.eigvals(W)).max())
    return RNN(W, rng.normal(size=(h, d)) / np.sqrt(d), np.zeros(h))


def step(cell: RNN, H: ArrayLike, X: ArrayLike, activation: str = "tanh") -> Array:
    r"""The next states $\phi(HW^\top + XU^\top + \mathbf 1\mathbf b^\top)$, a row for each sequence.

    Args:
        cell: parameters.
        H: states, shape (n, h).
        X: inputs of this time step, shape (n, d).
        activation: φ, a name of ``nets.ACTIVATIONS``.

    Returns:
        Shape (n, h).

    Raises:
        ValueError: if a shape does not fit or the activation is unknown.

    References:
        Goodfellow, Bengio & Courville 2016, eqs. 10.8–10.9.

    Examples:
        >>> step(RNN(np.eye(2), np.ones((2, 1)), np.zeros(2)), [[1.0, -1.0]], [[2.0]], "identity")
        array([[3., 1.]])
    """
    h, d = cell.U.shape
    H, X = _checks.matrix("H", H, columns=h), _checks.matrix("X", X, columns=d)
    _checks.same_length("H", H, "X", X)
    return _checks.choice("activation", activation, ACTIVATIONS).value(_sums(cell, H, X))


def _sums(cell: RNN, H: Array, X: Array) -> Array:
    return np.asarray(H @ cell.W.T + X @ cell.U.T + cell.b)


def run(cell: RNN, X: ArrayLike, start: ArrayLike | None = None, activation: str = "tanh") -> Run:
    r"""Unfold $\mathbf h_t = \phi(W\mathbf h_{t-1} + U\mathbf x_t + \mathbf b)$ for t = 1 … T.

    Args:
        cell: parameters.
        X: sequences, shape (n, T, d).
        start: $\mathbf h_0$ of each sequence, shape (n, h); zeros by default.
        activation: φ, a name of ``nets.ACTIVATIONS``.

    Returns:
        The states and what ``backward`` needs.

    Raises:
        ValueError: if a shape does not fit or the activation is unknown.

    References:
        Goodfellow, Bengio & Courville 2016, eqs. 10.8–10.9.

    Examples:
        >>> double = RNN(np.array([[2.0]]), np.zeros((1, 1)), np.zeros(1))
        >>> run(double, np.zeros((1, 3, 1)), [[1.0]], "identity").states[0, :, 0]
        array([1., 2., 4., 8.])
    """
    phi = _checks.choice("activation", activation, ACTIVATIONS)
    h, d = cell.U.shape
    X = _checks.sequences("X", X, d)
    n, T, _ = X.shape
    states, sums = np.zeros((n, T + 1, h)), np.empty((n, T, h))
    states[:, 0] = _unfold.start("start", start, n, h)
    for t in range(T):
        sums[:, t] = _sums(cell, states[:, t], X[:, t])
        states[:, t + 1] = phi.value(sums[:, t])
    return Run(states, sums, X, activation)


def last(done: Run) -> Array:
    """The end of a run, from which ``run`` goes on: the argument ``start`` of the next.

    Examples:
        >>> double = RNN(np.array([[2.0]]), np.zeros((1, 1)), np.zeros(1))
        >>> last(run(double, np.zeros((1, 3, 1)), [[1.0]], "identity"))
        array([[8.]])
    """
    return done.states[:, -1]


def backward(cell: RNN, done: Run, state_grad: ArrayLike, truncate: int | None = None) -> Gradients:
    r"""Back through time: from $\partial J/\partial\mathbf h_t$ as read from each state, the gradient of J.

    With $\mathbf g_t$ the whole gradient with respect to $\mathbf h_t$ and
    $\boldsymbol\delta_t = \mathbf g_t\odot\phi'$ at the sums,
    $\mathbf g_{t-1} = \text{state\_grad}_{t-1} + W^\top\boldsymbol\delta_t$ and
    $\partial J/\partial W = \sum_t\boldsymbol\delta_t\mathbf h_{t-1}^\top$,
    $\partial J/\partial U = \sum_t\boldsymbol\delta_t\mathbf x_t^\top$,
    $\partial J/\partial\mathbf b = \sum_t\boldsymbol\delta_t$.

    Args:
        cell: parameters.
        done: the run.
        state_grad: what J takes from each of $\mathbf h_1 … \mathbf h_T$ itself, not by way of later
            states, shape (n, T, h).
        truncate: cut the sequence into pieces of this many steps, and let no gradient cross from one to
            the piece before; by default none is cut.

    Returns:
        The gradients; ``sums[:, t]`` is $\boldsymbol\delta_{t+1}$, so that the share of one step in
        $\partial J/\partial W$ is ``sums[:, t].T @ states[:, t]``.

    Raises:
        ValueError: if state_grad has not the shape of the states, or truncate is not positive.

    References:
        Goodfellow, Bengio & Courville 2016, §10.2.2, eqs. 10.21–10.28; Werbos 1990.

    Examples:
        >>> double = RNN(np.array([[2.0]]), np.zeros((1, 1)), np.zeros(1))
        >>> done = run(double, np.zeros((1, 3, 1)), [[1.0]], "identity")
        >>> backward(double, done, [[[0.0], [0.0], [1.0]]]).start  # of h_3 = 2³ h_0
        array([[8.]])
    """
    G = _checks.real("state_grad", state_grad)
    _checks.same_shape("state_grad", G, "states[:, 1:]", done.states[:, 1:])
    phi = ACTIVATIONS[done.activation]
    D = np.empty_like(done.sums)
    back = np.zeros_like(done.states[:, 0])
    for t in reversed(range(G.shape[1])):
        A = done.states[:, t + 1]
        D[:, t] = (G[:, t] + back) * phi.derivative(done.sums[:, t], A)
        back = D[:, t] @ cell.W if _unfold.joined(t, truncate) else np.zeros_like(back)
    gradient = RNN(
        _unfold.outer(D, done.states[:, :-1]),
        _unfold.outer(D, done.X),
        D.sum(axis=(0, 1)),
    )
    return Gradients(gradient, D, D @ cell.U, back)


def jacobians(cell: RNN, done: Run) -> Array:
    r"""$\partial\mathbf h_t/\partial\mathbf h_{t-1} = \operatorname{diag}(\phi'(\cdot))\,W$ of each step.

    Args:
        cell: parameters.
        done: the run.

    Returns:
        Shape (n, T, h, h). The product of the last k of them, the latest on the left, is
        $\partial\mathbf h_T/\partial\mathbf h_{T-k}$.

    References:
        Pascanu, Mikolov & Bengio 2013, eq. 5.

    Examples:
        >>> done = run(RNN(np.eye(1) / 2, np.eye(1), np.zeros(1)), np.zeros((1, 2, 1)))
        >>> jacobians(RNN(np.eye(1) / 2, np.eye(1), np.zeros(1)), done).ravel()
        array([0.5, 0.5])
    """
    slope = ACTIVATIONS[done.activation].derivative(done.sums, done.states[:, 1:])
    return np.asarray(slope[..., None] * cell.W)
