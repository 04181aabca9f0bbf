r"""Restricted Boltzmann machines with binary units: $p(\mathbf v,\mathbf h)\propto e^{-E}$, no edges within a layer.

$E(\mathbf v,\mathbf h)=-\mathbf v^\top W\mathbf h-\mathbf c^\top\mathbf v-\mathbf b^\top\mathbf h$. Given one layer the
units of the other are independent, with sigmoid probabilities. ``log_likelihood`` and ``gradient`` sum over all states
of the smaller layer, so they are exact, and meant for up to 20 units there. ``contrastive_divergence`` is the
estimate by Gibbs sampling.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array
from dlconcepts.losses import softmax
from dlconcepts.nets import ACTIVATIONS

_sigmoid = ACTIVATIONS["sigmoid"].value
MOST = 20  # units of the smaller layer whose states are enumerated


class RBM(NamedTuple):
    """Parameters, or a gradient of the same shapes."""

    W: Array  # shape (d, k)
    b: Array  # of the hidden units, shape (k,)
    c: Array  # of the visible units, shape (d,)


def init(d: int, k: int, *, rng: np.random.Generator, scale: float = 0.1) -> RBM:
    r"""Weights $\mathcal N(0,s^2)$, biases 0.

    Args:
        d: visible units.
        k: hidden units.
        rng: source of randomness.
        scale: s ≥ 0.

    Returns:
        The parameters.

    Raises:
        ValueError: if a size is not positive or scale is negative.

    Examples:
        >>> init(9, 8, rng=np.random.default_rng(0)).W.shape
        (9, 8)
    """
    d, k = _checks.count("d", d), _checks.count("k", k)
    scale = _checks.positive("scale", scale, zero=True)
    return RBM(scale * rng.normal(size=(d, k)), np.zeros(k), np.zeros(d))


def hidden(model: RBM, V: ArrayLike) -> Array:
    r"""$p(h_j=1\mid\mathbf v)=\sigma(b_j+\mathbf v^\top\mathbf w_j)$.

    Args:
        model: parameters.
        V: visible states or probabilities, shape (n, d).

    Returns:
        Shape (n, k).

    Raises:
        ValueError: if V does not fit.

    References:
        Goodfellow, Bengio & Courville 2016, §20.2.

    Examples:
        >>> hidden(RBM(np.zeros((2, 1)), np.zeros(1), np.zeros(2)), [[1, 0]])
        array([[0.5]])
    """
    return _sigmoid(_checks.matrix("V", V, columns=len(model.W)) @ model.W + model.b)


def visible(model: RBM, H: ArrayLike) -> Array:
    r"""$p(v_i=1\mid\mathbf h)=\sigma(c_i+\sum_jW_{ij}h_j)$.

    Args:
        model: parameters.
        H: hidden states or probabilities, shape (n, k).

    Returns:
        Shape (n, d).

    Raises:
        ValueError: if H does not fit.

    References:
        Goodfellow, Bengio & Courville 2016, §20.2.

    Examples:
        >>> visible(RBM(np.zeros((2, 1)), np.zeros(1), np.zeros(2)), [[1]])
        array([[0.5, 0.5]])
    """
    return _sigmoid(_checks.matrix("H", H, columns=len(model.b)) @ model.W.T + model.c)


def reconstruct(model: RBM, V: ArrayLike) -> Array:
    r"""Mean field up and down: ``visible`` of ``hidden``, an autoencoder with tied weights and sigmoid outputs.

    Args:
        model: parameters.
        V: visible states, shape (n, d).

    Returns:
        Probabilities, shape (n, d).

    Examples:
        >>> reconstruct(RBM(np.zeros((2, 1)), np.zeros(1), np.zeros(2)), [[1, 0]])
        array([[0.5, 0.5]])
    """
    return visible(model, hidden(model, V))


def free_energy(model: RBM, V: ArrayLike) -> Array:
    r"""$F(\mathbf v)=-\mathbf c^\top\mathbf v-\sum_j\ln(1+e^{b_j+\mathbf v^\top\mathbf w_j})$.

    Then $p(\mathbf v)=e^{-F(\mathbf v)}/Z$: the hidden units are summed out.

    Args:
        model: parameters.
        V: visible states, shape (n, d).

    Returns:
        Shape (n,).

    Raises:
        ValueError: if V does not fit.

    References:
        Hinton 2012.

    Examples:
        >>> free_energy(RBM(np.zeros((2, 1)), np.zeros(1), np.zeros(2)), [[1, 0]]).round(6)
        array([-0.693147])
    """
    V = _checks.matrix("V", V, columns=len(model.W))
    return np.asarray(-V @ model.c - np.logaddexp(0, V @ model.W + model.b).sum(axis=1))


def log_likelihood(model: RBM, V: ArrayLike) -> Array:
    r"""$\ln p(\mathbf v)=-F(\mathbf v)-\ln Z$ of each example, exactly.

    $Z=\sum_{\mathbf v,\mathbf h}e^{-E}$ is summed over the states of the smaller layer.

    Args:
        model: parameters.
        V: visible states 0 and 1, shape (n, d).

    Returns:
        Shape (n,).

    Raises:
        ValueError: if V does not fit or holds other numbers than 0 and 1, or both layers have more than ``MOST``
            units.

    References:
        Goodfellow, Bengio & Courville 2016, §20.2.

    Examples:
        >>> log_likelihood(RBM(np.zeros((2, 1)), np.zeros(1), np.zeros(2)), [[1, 0]]).round(6)  # −ln 4
        array([-1.386294])
    """
    V = _checks.matrix("V", V, columns=len(model.W))
    if not np.isin(V, (0, 1)).all():
        raise ValueError(f"V must hold 0 and 1 only, the states of the units, shape {V.shape}")
    log_z = np.logaddexp.reduce(-free_energy(*_smaller(model)))
    return np.asarray(-free_energy(model, V) - log_z)


def gradient(model: RBM, V: ArrayLike) -> RBM:
    r"""Gradient of the mean log-likelihood, a difference of two means.

    For W it is $\langle\mathbf{vh}^\top\rangle_\text{data}-\langle\mathbf{vh}^\top\rangle_\text{model}$, for the biases
    the same with $\mathbf h$ and $\mathbf v$. The second mean is taken exactly.

    Args:
        model: parameters.
        V: visible states, shape (n, d).

    Returns:
        In the shapes of the model; add it to go up.

    Raises:
        ValueError: if V does not fit or both layers are too large.

    References:
        Hinton 2002; Goodfellow, Bengio & Courville 2016, §18.1.

    Examples:
        >>> model = RBM(np.zeros((2, 1)), np.zeros(1), np.zeros(2))
        >>> gradient(model, [[1, 1]]).W.round(6)
        array([[0.25],
               [0.25]])
    """
    V = _checks.matrix("V", V, columns=len(model.W))
    side, states = _smaller(model)
    weights = softmax(-free_energy(side, states))
    other = hidden(side, states)
    W, b, c = (states * weights[:, None]).T @ other, weights @ other, weights @ states
    if side is not model:
        W, b, c = W.T, c, b
    H, n = hidden(model, V), len(V)
    return RBM(V.T @ H / n - W, H.mean(axis=0) - b, V.mean(axis=0) - c)


def gibbs(model: RBM, V: ArrayLike, steps: int, *, rng: np.random.Generator) -> Array:
    r"""Sweeps of Gibbs sampling: all hidden units given the visible ones, then all visible ones.

    Args:
        model: parameters.
        V: first states of n chains, shape (n, d).
        steps: number of sweeps ≥ 1.
        rng: source of randomness.

    Returns:
        Visible states after the last sweep, shape (n, d).

    Raises:
        ValueError: if V does not fit or steps is not positive.

    References:
        Goodfellow, Bengio & Courville 2016, §20.2.

    Examples:
        >>> model = RBM(np.full((2, 1), 100.0), np.array([-100.0]), np.full(2, -50.0))
        >>> gibbs(model, [[1, 1], [0, 0]], 5, rng=np.random.default_rng(0))
        array([[1., 1.],
               [0., 0.]])
    """
    V = _checks.matrix("V", V, columns=len(model.W))
    for _ in range(_checks.count("steps", steps)):
        H = _draw(_sigmoid(V @ model.W + model.b), rng)
        V = _draw(_sigmoid(H @ model.W.T + model.c), rng)
    return V


def contrastive_divergence(
    model: RBM, V: ArrayLike, steps: int = 1, *, rng: np.random.Generator
) -> RBM:
    r"""CD-k: as ``gradient``, with chains of k sweeps from the data in the place of the model's mean.

    Args:
        model: parameters.
        V: visible states, shape (n, d).
        steps: k ≥ 1.
        rng: source of randomness.

    Returns:
        In the shapes of the model; add it to go up.

    Raises:
        ValueError: if V does not fit or steps is not positive.

    References:
        Hinton 2002; Goodfellow, Bengio & Courville 2016, algorithm 18.2.

    Examples:
        >>> model = RBM(np.full((2, 1), 100.0), np.array([-100.0]), np.full(2, -50.0))
        >>> contrastive_divergence(model, [[1, 1], [0, 0]], rng=np.random.default_rng(0)).b
        array([0.])
    """
    V = _checks.matrix("V", V, columns=len(model.W))
    fantasy, n = gibbs(model, V, steps, rng=rng), len(V)
    up, down = (_sigmoid(states @ model.W + model.b) for states in (V, fantasy))
    return RBM(
        (V.T @ up - fantasy.T @ down) / n,
        up.mean(axis=0) - down.mean(axis=0),
        V.mean(axis=0) - fantasy.mean(axis=0),
    )


def step(model: RBM, uphill: RBM, rate: float) -> RBM:
    r"""$\theta+\eta\,\Delta$ for every parameter.

    Args:
        model: parameters.
        uphill: what ``gradient`` or ``contrastive_divergence`` gives.
        rate: η > 0.

    Returns:
        The next parameters.

    Raises:
        ValueError: if rate is not positive.

    Examples:
        >>> one = RBM(np.ones((1, 1)), np.ones(1), np.ones(1))
        >>> step(one, one, 0.5).b
        array([1.5])
    """
    rate = _checks.positive("rate", rate)
    return RBM(*(theta + rate * delta for theta, delta in zip(model, uphill, strict=True)))


def train(
    model: RBM, V: ArrayLike, *, steps: int, rate: float, k: int = 1, rng: np.random.Generator
) -> RBM:
    """Steps of CD-k on all examples at once.

    Args:
        model: where to start.
        V: visible states, shape (n, d).
        steps: number of steps ≥ 1.
        rate: step size η > 0.
        k: sweeps of Gibbs sampling a step.
        rng: source of randomness.

    Returns:
        The parameters after the last step.

    Raises:
        ValueError: if an argument is out of range or V does not fit.

    References:
        Hinton 2002.

    Examples:
        >>> rng, V = np.random.default_rng(0), np.array([[1, 1], [0, 0]])
        >>> model = train(init(2, 1, rng=rng), V, steps=500, rate=0.5, rng=rng)
        >>> bool(np.exp(log_likelihood(model, V)).sum() > 0.9)  # the chance is 0.5
        True
    """
    for _ in range(_checks.count("steps", steps)):
        model = step(model, contrastive_divergence(model, V, k, rng=rng), rate)
    return model


def _draw(probability: Array, rng: np.random.Generator) -> Array:
    return (rng.random(probability.shape) < probability).astype(float)


def _smaller(model: RBM) -> tuple[RBM, Array]:
    """The model with its smaller layer as the visible one, and all states of that layer."""
    d, k = model.W.shape
    if min(d, k) > MOST:
        raise ValueError(f"model must have a layer of at most {MOST} units, got {d} and {k}")
    side = model if d <= k else RBM(model.W.T, model.c, model.b)
    m = min(d, k)
    return side, ((np.arange(2**m)[:, None] >> np.arange(m)) & 1).astype(float)
