r"""Batch and layer normalization: forward, backward, and the running statistics of inference.

Both map $z = (a-\mu)/\sqrt{\sigma^2+\epsilon}$ to $\gamma\odot z + \beta$. They differ in what μ and σ² are
taken over: ``batch_norm`` over the examples, a mean for each entry; ``layer_norm`` over the features,
a mean for each example. With sequences (n, T, d), ``batch_norm`` has a mean for each time step;
``batch_norm(A.reshape(-1, d))`` pools the steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


class Stats(NamedTuple):
    """Means and variances that batch normalization uses at inference."""

    mean: Array  # shape of one example
    variance: Array


class Pass(NamedTuple):
    """What a forward pass computed."""

    output: Array
    standard: Array  # z, before γ and β, of the same shape
    mean: Array  # μ, broadcast against the input
    variance: Array  # σ², with 1/n, alike
    epsilon: float
    axis: int  # over which μ and σ² were taken


class Gradients(NamedTuple):
    """What a backward pass computed."""

    A: Array  # with respect to the input
    gamma: Array  # shape (d,)
    beta: Array  # shape (d,)


def _inputs(A: ArrayLike) -> Array:
    A = _checks.real("A", A)
    if A.ndim not in {2, 3} or A.size == 0:
        raise ValueError(f"A must have shape (n, d) or (n, T, d), got shape {A.shape}")
    return _checks.finite("A", A)


def _scale_shift(A: Array, gamma: ArrayLike, beta: ArrayLike) -> tuple[Array, Array]:
    """γ and β as vectors of d; a number stands for all of them."""
    pair = []
    for name, value in (("gamma", gamma), ("beta", beta)):
        array = _checks.finite(name, _checks.real(name, value))
        if array.shape not in {(), A.shape[-1:]}:
            raise ValueError(f"{name} must have shape ({A.shape[-1]},), got shape {array.shape}")
        pair.append(np.broadcast_to(array, A.shape[-1:]))
    return pair[0], pair[1]


def _normalize(A: ArrayLike, gamma: ArrayLike, beta: ArrayLike, epsilon: float, axis: int) -> Pass:
    A = _inputs(A)
    gamma, beta = _scale_shift(A, gamma, beta)
    epsilon = _checks.positive("epsilon", epsilon)
    mean, variance = A.mean(axis=axis, keepdims=True), A.var(axis=axis, keepdims=True)
    Z = (A - mean) / np.sqrt(variance + epsilon)
    return Pass(gamma * Z + beta, Z, mean, variance, epsilon, axis)


def batch_norm(
    A: ArrayLike, gamma: ArrayLike = 1.0, beta: ArrayLike = 0.0, *, epsilon: float = 1e-5
) -> Pass:
    r"""$\gamma\odot(a-\mu)/\sqrt{\sigma^2+\epsilon}+\beta$, μ and σ² of each entry over the batch, as in training.

    Args:
        A: sums before the nonlinearity, shape (n, d), or (n, T, d) with statistics for each step.
        gamma: γ, shape (d,), or one number.
        beta: β, shape (d,), or one number.
        epsilon: ε > 0.

    Returns:
        The output and what ``backward`` and ``running`` need. A batch of one example gives β.

    Raises:
        ValueError: if a shape does not fit or ε is not positive.

    References:
        Ioffe & Szegedy 2015, algorithm 1; with statistics for each step, Cooijmans et al. 2017.

    Examples:
        >>> batch_norm([[1.0, 5.0], [3.0, 5.0]], gamma=2.0, beta=1.0).output.round(3)
        array([[-1.,  1.],
               [ 3.,  1.]])
    """
    return _normalize(A, gamma, beta, epsilon, axis=0)


def layer_norm(
    A: ArrayLike, gamma: ArrayLike = 1.0, beta: ArrayLike = 0.0, *, epsilon: float = 1e-5
) -> Pass:
    r"""$\gamma\odot(a-\mu)/\sqrt{\sigma^2+\epsilon}+\beta$, μ and σ² of each example over its d features.

    No example depends on another, no step on another; training and inference are the same.

    Args:
        A: sums before the nonlinearity, shape (n, d) or (n, T, d).
        gamma: γ, shape (d,), or one number.
        beta: β, shape (d,), or one number.
        epsilon: ε > 0.

    Returns:
        The output and what ``backward`` needs.

    Raises:
        ValueError: if a shape does not fit or ε is not positive.

    References:
        Ba, Kiros & Hinton 2016, eqs. 3 and 4.

    Examples:
        >>> layer_norm([[1.0, 3.0], [50.0, 10.0]]).output.round(3)
        array([[-1.,  1.],
               [ 1., -1.]])
    """
    return _normalize(A, gamma, beta, epsilon, axis=-1)


def backward(done: Pass, output_grad: ArrayLike, gamma: ArrayLike = 1.0) -> Gradients:
    r"""Gradients of J through either of the two normalizations.

    With $g = \gamma\odot\partial J/\partial\text{output}$ and means over the axis of the forward pass,
    $\partial J/\partial a = (g - \overline g - z\,\overline{gz})/\sqrt{\sigma^2+\epsilon}$: what would move the mean
    or the variance is taken out.

    Args:
        done: of ``batch_norm`` or ``layer_norm``.
        output_grad: $\partial J/\partial\text{output}$, of the shape of the output.
        gamma: γ of the forward pass.

    Returns:
        The gradients with respect to the input, γ and β.

    Raises:
        ValueError: if a shape does not fit.

    References:
        Ioffe & Szegedy 2015, §3.

    Examples:
        >>> done = layer_norm([[1.0, 2.0, 6.0]])
        >>> backward(done, [[1.0, 1.0, 1.0]]).A.round(6) + 0.0  # a shift of all outputs
        array([[0., 0., 0.]])
    """
    G = _checks.real("output_grad", output_grad)
    _checks.same_shape("output_grad", G, "output", done.output)
    gamma, _ = _scale_shift(G, gamma, 0.0)
    Z, axis = done.standard, done.axis
    S = gamma * G
    centered = S - S.mean(axis=axis, keepdims=True) - Z * (S * Z).mean(axis=axis, keepdims=True)
    rows = tuple(range(G.ndim - 1))
    return Gradients(
        centered / np.sqrt(done.variance + done.epsilon), (G * Z).sum(axis=rows), G.sum(axis=rows)
    )


def running(done: Pass, stats: Stats | None = None, momentum: float = 0.1) -> Stats:
    r"""Statistics for inference, $s\leftarrow(1-m)s + m\,s_\text{batch}$, with the unbiased variance.

    Args:
        done: of ``batch_norm``, on a batch of n ≥ 2.
        stats: so far; ``None`` takes those of this batch.
        momentum: share m of the new batch, in (0, 1).

    Returns:
        Of the shape of one example: (d,) or (T, d).

    Raises:
        ValueError: if the pass is of ``layer_norm``, n is 1, the shapes differ or m is out of range.

    References:
        Ioffe & Szegedy 2015, §3.1 (unbiased variance).

    Examples:
        >>> running(batch_norm([[1.0], [3.0]]))
        Stats(mean=array([2.]), variance=array([2.]))
    """
    if done.axis != 0:
        raise ValueError("done must be a pass of batch_norm: layer_norm keeps no statistics")
    n = _checks.count("n", len(done.output), minimum=2)
    new = Stats(done.mean[0], done.variance[0] * (n / (n - 1)))
    if stats is None:
        return new
    _checks.same_shape("stats.mean", stats.mean, "mean of the batch", new.mean)
    _checks.same_shape("stats.variance", stats.variance, "variance of the batch", new.variance)
    m = _checks.fraction("momentum", momentum)
    return Stats((1 - m) * stats.mean + m * new.mean, (1 - m) * stats.variance + m * new.variance)


def infer(
    A: ArrayLike,
    stats: Stats,
    gamma: ArrayLike = 1.0,
    beta: ArrayLike = 0.0,
    *,
    epsilon: float = 1e-5,
) -> Array:
    r"""Batch normalization at inference: μ and σ² are given and no example depends on another.

    Args:
        A: sums before the nonlinearity, shape (n, d) or (n, T, d).
        stats: of ``running``, shape (d,), or (T', d) for sequences. Steps after T' take the
            statistics of step T'.
        gamma: γ, shape (d,), or one number.
        beta: β, shape (d,), or one number.
        epsilon: ε > 0.

    Returns:
        Of the shape of A.

    Raises:
        ValueError: if a shape does not fit.

    References:
        Ioffe & Szegedy 2015, algorithm 2; Cooijmans et al. 2017 (steps beyond the training length).

    Examples:
        >>> stats = Stats(np.array([[0.0], [1.0]]), np.array([[1.0], [4.0]]))
        >>> infer([[[2.0], [5.0], [7.0]]], stats).round(3)  # the third step as the second
        array([[[2.],
                [2.],
                [3.]]])
    """
    A = _inputs(A)
    gamma, beta = _scale_shift(A, gamma, beta)
    epsilon = _checks.positive("epsilon", epsilon)
    mean, variance = (_checks.real("stats", part) for part in stats)
    _checks.same_shape("stats.mean", mean, "stats.variance", variance)
    if mean.shape[-1:] != A.shape[-1:] or mean.ndim not in {1, A.ndim - 1}:
        raise ValueError(f"stats of shape {mean.shape} do not fit A of shape {A.shape}")
    if mean.ndim == 2:
        steps = np.minimum(np.arange(A.shape[1]), len(mean) - 1)
        mean, variance = mean[steps], variance[steps]
    return np.asarray(gamma * (A - mean) / np.sqrt(variance + epsilon) + beta)
