r"""Many nets of one shape at once: the same layers as in ``nets``, with an axis for the nets in front.

A net of 10 units takes NumPy about as long as fifty of them, because calling costs more than counting. An ensemble is
a ``nets.Net`` whose weights have shape (s, fan-in, fan-out) and whose biases have shape (s, fan-out).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, optim
from dlconcepts._checks import Array
from dlconcepts.losses import log_softmax, one_hot, softmax
from dlconcepts.nets import ACTIVATIONS, Net


def join(members: Sequence[Net]) -> Net:
    """The ensemble of nets of one shape.

    Args:
        members: s nets.

    Returns:
        Weights of shape (s, fan-in, fan-out), biases of shape (s, fan-out).

    Raises:
        ValueError: if there is no member, or one has other shapes than the first.

    Examples:
        >>> net = Net((np.ones((2, 3)),), (np.zeros(3),))
        >>> join([net, net]).weights[0].shape
        (2, 2, 3)
    """
    if not members:
        raise ValueError("members must hold a net at least, got none")
    shapes = [[W.shape for W in net.weights] for net in members]
    for at, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ValueError(f"members must have one shape: {at} has {shape}, 0 has {shapes[0]}")
    return Net(
        tuple(map(np.stack, zip(*(net.weights for net in members), strict=True))),
        tuple(map(np.stack, zip(*(net.biases for net in members), strict=True))),
    )


def outputs(ensemble: Net, X: ArrayLike, activation: str = "tanh") -> Array:
    r"""Each member's outputs $A_{L-1}W_L+\mathbf 1b_L^\top$, as in ``nets.forward``.

    Args:
        ensemble: s nets.
        X: examples, shape (n, d) for all members or (s, n, d) for each its own.
        activation: of the hidden layers, a name of ``nets.ACTIVATIONS``.

    Returns:
        Shape (s, n, outputs).

    Raises:
        ValueError: if X does not fit, is empty or not finite, or the activation is unknown.

    Examples:
        >>> net = Net((np.array([[2.0]]),), (np.ones(1),))
        >>> outputs(join([net, net]), [[3.0]])[:, 0, 0]
        array([7., 7.])
    """
    return _layers(ensemble, _examples(ensemble, X), activation)[-1]


def cost(
    ensemble: Net, X: ArrayLike, labels: ArrayLike, *, activation: str = "tanh"
) -> optim.Cost[Net]:
    r"""Sum over the members of their mean cross-entropies.

    No member's parameters are in another's cost, so that a step of gradient descent on the sum is one step for each
    of them.

    Args:
        ensemble: s classifiers.
        X: examples, shape (n, d) for all members or (s, n, d) for each its own.
        labels: classes 0 … k−1, shape (n,) or (s, n).
        activation: of the hidden layers.

    Returns:
        The sum and its gradient.

    Raises:
        ValueError: if a shape does not fit or a label is no class.

    References:
        Goodfellow, Bengio & Courville 2016, algorithm 6.4.

    Examples:
        >>> net = Net((np.zeros((2, 4)),), (np.zeros(4),))
        >>> round(cost(join([net, net]), [[1.0, 2.0]], [3]).value / 2, 4)  # ln 4
        1.3863
    """
    X = _examples(ensemble, X)
    run = _layers(ensemble, X, activation)
    s, n, k = run[-1].shape
    given = np.asarray(labels)
    if given.shape not in {(n,), (s, n)}:
        raise ValueError(f"labels must have shape ({n},) or ({s}, {n}), got {given.shape}")
    Y = one_hot(np.broadcast_to(given, (s, n)).ravel(), k).reshape(s, n, k)
    value = -float((Y * log_softmax(run[-1])).sum() / n)
    D = (softmax(run[-1]) - Y) / n
    weights, biases = [], []
    for layer in reversed(range(len(ensemble.weights))):
        A = run[layer]
        weights.append(A.swapaxes(1, 2) @ D)
        biases.append(D.sum(axis=1))
        if layer:
            slope = ACTIVATIONS[activation].derivative(_sums(ensemble, layer - 1, run), A)
            D = (D @ ensemble.weights[layer].swapaxes(1, 2)) * slope
    return optim.Cost(value, Net(tuple(weights[::-1]), tuple(biases[::-1])))


def _examples(ensemble: Net, X: ArrayLike) -> Array:
    """The examples with the members' axis in front."""
    s, d, _ = ensemble.weights[0].shape
    given = _checks.real("X", X)
    if given.ndim not in {2, 3} or given.shape[-1] != d or given.shape[:-2] not in {(), (s,)}:
        raise ValueError(f"X must have shape (n, {d}) or ({s}, n, {d}), got {given.shape}")
    if not given.size:
        raise ValueError(f"X must hold an example at least, got shape {given.shape}")
    return np.broadcast_to(_checks.finite("X", given), (s, *given.shape[-2:]))


def _sums(ensemble: Net, layer: int, run: list[Array]) -> Array:
    return np.asarray(run[layer] @ ensemble.weights[layer] + ensemble.biases[layer][:, None])


def _layers(ensemble: Net, X: Array, activation: str) -> list[Array]:
    """The input of each layer, and the output."""
    phi = _checks.choice("activation", activation, ACTIVATIONS)
    run = [X]
    last = len(ensemble.weights) - 1
    for layer in range(last + 1):
        Z = _sums(ensemble, layer, run)
        run.append(Z if layer == last else phi.value(Z))
    return run
