r"""Greedy layer-wise unsupervised pretraining, and what is done with its result.

``stack`` trains one denoising autoencoder after another, each on the codes of the one before, and keeps the encoders.
``classifier`` puts a softmax head on them. ``cost`` is the cross-entropy of labeled examples, with a pull back to the
pretrained weights if one is wanted; ``joint_cost`` adds the reconstruction of unlabeled ones in the place of a first
phase. ``optim.train`` minimizes all of them. The nets are those of ``nets``, whose last layer is linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, autoencoder, nets, optim
from dlconcepts._checks import Array
from dlconcepts.losses import log_softmax, one_hot, softmax
from dlconcepts.nets import ACTIVATIONS, Net


class Stack(NamedTuple):
    """Encoders from the bottom up, and what each of them lost."""

    layers: Net  # weights and biases of the encoders
    errors: tuple[float, ...]  # mean reconstruction error of each layer, of its own input


def stack(
    X: ArrayLike,
    sizes: Sequence[int],
    *,
    rng: np.random.Generator,
    corruption: float = 0.3,
    steps: int = 100,
    rate: float = 0.01,
    batch: int = 100,
    activation: str = "sigmoid",
) -> Stack:
    r"""Greedy layer-wise pretraining by denoising autoencoders with masking noise.

    Layer l is trained on the clean codes of layer l−1: a share of their entries is set to 0, and the clean ones
    are to be rebuilt. Then it is fixed, and its codes are the data of layer l+1.

    Args:
        X: unlabeled examples, shape (n, d).
        sizes: units of each layer, from the bottom up.
        rng: source of randomness.
        corruption: probability that an entry is masked, in [0, 1).
        steps: of Adam for each layer ≥ 1.
        rate: step size η > 0.
        batch: examples drawn for each step.
        activation: of all layers, a name of ``nets.ACTIVATIONS``.

    Returns:
        The encoders and their errors.

    Raises:
        ValueError: if there is no layer or a parameter is out of range.

    References:
        Bengio et al. 2007; Vincent et al. 2010, §3.5.

    Examples:
        >>> X = np.random.default_rng(0).normal(size=(50, 6))
        >>> [W.shape for W in stack(X, (4, 3), rng=np.random.default_rng(0), steps=5).layers.weights]
        [(6, 4), (4, 3)]
    """
    H = _checks.matrix("X", X)
    if not sizes:
        raise ValueError("sizes must name a layer at least, got none")
    masked = _checks.fraction("corruption", corruption, ends=True)
    if masked == 1:
        raise ValueError(f"corruption must be below 1 to leave some of the input, got {corruption}")
    n, batch = len(H), _checks.count("batch", batch)
    weights, biases, errors = [], [], []
    for size in sizes:

        def cost(
            model: autoencoder.Autoencoder, H: Array = H
        ) -> optim.Cost[autoencoder.Autoencoder]:
            clean = H[rng.integers(n, size=batch)]
            dirty = clean * (rng.random(clean.shape) >= masked)
            return autoencoder.cost(model, dirty, clean, activation=activation)

        start = autoencoder.init(H.shape[1], size, rng=rng)
        layer = optim.train(start, cost, steps=steps, rate=rate).model
        errors.append(autoencoder.cost(layer, H, activation=activation).value)
        weights.append(layer.W)
        biases.append(layer.b)
        H = autoencoder.encode(layer, H, activation)
    return Stack(Net(tuple(weights), tuple(biases)), tuple(errors))


def classifier(layers: Net, k: int, *, rng: np.random.Generator) -> Net:
    r"""The layers, and a linear head with weights $\mathcal N(0,1/h)$ for k classes.

    Args:
        layers: hidden layers, such as those of a ``Stack``.
        k: number of classes.
        rng: source of randomness.

    Returns:
        A net with one layer more.

    Raises:
        ValueError: if k is not positive.

    Examples:
        >>> layers = Net((np.ones((6, 4)),), (np.zeros(4),))
        >>> [W.shape for W in classifier(layers, 10, rng=np.random.default_rng(0)).weights]
        [(6, 4), (4, 10)]
    """
    h = layers.weights[-1].shape[1]
    head = nets.init((h, _checks.count("k", k)), rng=rng)
    return Net((*layers.weights, *head.weights), (*layers.biases, *head.biases))


def features(layers: Net, X: ArrayLike, activation: str = "sigmoid") -> Array:
    r"""Codes of the top layer, each layer with its nonlinearity.

    A stack has no head; ``representation.features`` reads a layer of a network that has one.

    Args:
        layers: hidden layers.
        X: examples, shape (n, d).
        activation: of all layers.

    Returns:
        Shape (n, h).

    Examples:
        >>> features(Net((np.eye(2),), (np.zeros(2),)), [[3.0, -1.0]], "relu")
        array([[3., 0.]])
    """
    phi = _checks.choice("activation", activation, ACTIVATIONS)
    return phi.value(nets.forward(layers, X, activation).output)


def cost(
    net: Net,
    X: ArrayLike,
    labels: ArrayLike,
    *,
    activation: str = "sigmoid",
    anchor: Net | None = None,
    pull: float = 0.0,
    frozen: bool = False,
) -> optim.Cost[Net]:
    r"""Mean cross-entropy, plus a pull to pretrained layers.

    The pull is $\mu\sum_l\bigl(\lVert W_l-W_l^{\text{pre}}\rVert^2+\lVert\mathbf b_l-\mathbf b_l^{\text{pre}}
    \rVert^2\bigr)$ over the layers of the anchor.

    Args:
        net: a classifier.
        X: examples, shape (n, d).
        labels: classes 0 … k−1, shape (n,).
        activation: of the hidden layers.
        anchor: layers to stay near to from the bottom up, weights and biases.
        pull: μ ≥ 0; 0 where layers are frozen.
        frozen: give all layers but the head the gradient 0, as μ → ∞ would.

    Returns:
        The cost and its gradient.

    Raises:
        ValueError: if a shape does not fit, a label is no class, or there is a pull with frozen layers, without
            an anchor or with one of more layers than the net.

    References:
        Li, Grandvalet & Davoine 2018, §3 (the pull, called L2-SP).

    Examples:
        >>> net = Net((np.zeros((2, 3)), np.zeros((3, 4))), (np.zeros(3), np.zeros(4)))
        >>> round(cost(net, [[1.0, 2.0]], [3]).value, 4)  # ln 4
        1.3863
    """
    mu = _checks.positive("pull", pull, zero=True)
    if frozen and mu:
        raise ValueError(f"pull must be 0 when layers are frozen, got {mu}")
    run = nets.forward(net, X, activation)
    k = run.output.shape[1]
    Y = one_hot(labels, k)
    _checks.same_shape("labels", Y, "output", run.output)
    value = -float((Y * log_softmax(run.output)).sum() / len(Y))
    gradient = nets.backward(net, run, (softmax(run.output) - Y) / len(Y)).net
    if frozen:
        still = Net(
            tuple(np.zeros_like(W) for W in net.weights[:-1]),
            tuple(np.zeros_like(b) for b in net.biases[:-1]),
        )
        gradient = Net((*still.weights, gradient.weights[-1]), (*still.biases, gradient.biases[-1]))
    if not mu:
        return optim.Cost(value, gradient)
    if anchor is None:
        raise ValueError("pull needs an anchor, got none")
    if len(anchor.weights) > len(net.weights):
        raise ValueError(
            f"anchor must have at most the net's {len(net.weights)} layers, got {len(anchor.weights)}"
        )
    weights, biases = list(gradient.weights), list(gradient.biases)
    for at, (W, b) in enumerate(zip(anchor.weights, anchor.biases, strict=True)):
        _checks.same_shape("anchor", W, "net", net.weights[at])
        _checks.same_shape("anchor", b, "net", net.biases[at])
        value += mu * float(((net.weights[at] - W) ** 2).sum() + ((net.biases[at] - b) ** 2).sum())
        weights[at] = weights[at] + 2 * mu * (net.weights[at] - W)
        biases[at] = biases[at] + 2 * mu * (net.biases[at] - b)
    return optim.Cost(value, Net(tuple(weights), tuple(biases)))


def learn(
    net: Net,
    X: ArrayLike,
    labels: ArrayLike,
    *,
    steps: int = 100,
    rate: float = 0.01,
    activation: str = "sigmoid",
) -> Net:
    r"""The net after training by ``optim.train`` on the cross-entropy alone.

    Args:
        net: where to start.
        X: examples, shape (n, d).
        labels: classes 0 … k−1, shape (n,).
        steps: of Adam ≥ 1.
        rate: step size η > 0.
        activation: of the hidden layers.

    Returns:
        The trained classifier.

    Raises:
        ValueError: if a shape does not fit or a parameter is out of range.

    Examples:
        >>> start = nets.init((2, 2), rng=np.random.default_rng(0))
        >>> net = learn(start, np.eye(2), [0, 1], steps=200, rate=0.1)
        >>> accuracy(net, np.eye(2), [0, 1])
        1.0
    """
    return optim.train(
        net, lambda m: cost(m, X, labels, activation=activation), steps=steps, rate=rate
    ).model


class Joint(NamedTuple):
    """A classifier and a decoder that share the hidden layers."""

    net: Net  # hidden layers and head
    decoder: Array  # from the top codes to the input, shape (h, d)
    bias: Array  # shape (d,)


def joint_cost(
    model: Joint,
    X: ArrayLike,
    labels: ArrayLike,
    unlabeled: ArrayLike,
    weight: float,
    *,
    activation: str = "sigmoid",
) -> optim.Cost[Joint]:
    r"""Cross-entropy of the labeled plus λ times the mean reconstruction error of the unlabeled examples.

    Args:
        model: classifier and decoder.
        X: labeled examples, shape (n, d).
        labels: their classes, shape (n,).
        unlabeled: shape (m, d).
        weight: λ ≥ 0.
        activation: of the hidden layers.

    Returns:
        The cost and its gradient.

    Raises:
        ValueError: if a shape does not fit or weight is negative.

    References:
        Goodfellow, Bengio & Courville 2016, §15.1.

    Examples:
        >>> net = Net((np.zeros((2, 3)), np.zeros((3, 4))), (np.zeros(3), np.zeros(4)))
        >>> model = Joint(net, np.zeros((3, 2)), np.zeros(2))
        >>> round(joint_cost(model, [[1.0, 2.0]], [3], [[1.0, 2.0]], 0.1).value, 4)  # ln 4 + 0.1 · 5
        1.8863
    """
    lam = _checks.positive("weight", weight, zero=True)
    known = cost(model.net, X, labels, activation=activation)
    phi = ACTIVATIONS[activation]
    hidden = Net(model.net.weights[:-1], model.net.biases[:-1])
    run = nets.forward(hidden, unlabeled, activation)
    H = phi.value(run.output)
    R = H @ model.decoder + model.bias - run.inputs[0]
    slope = 2 * lam * R / len(R)
    D = (slope @ model.decoder.T) * phi.derivative(run.output, H)
    shared = nets.backward(hidden, run, D).net
    weights = [a + b for a, b in zip(known.gradient.weights[:-1], shared.weights, strict=True)]
    biases = [a + b for a, b in zip(known.gradient.biases[:-1], shared.biases, strict=True)]
    gradient = Joint(
        Net(
            (*weights, known.gradient.weights[-1]),
            (*biases, known.gradient.biases[-1]),
        ),
        H.T @ slope,
        slope.sum(axis=0),
    )
    return optim.Cost(known.value + lam * float((R**2).sum() / len(R)), gradient)


def accuracy(net: Net, X: ArrayLike, labels: ArrayLike, activation: str = "sigmoid") -> float:
    """Share of examples whose largest output is that of their class.

    Args:
        net: a classifier.
        X: examples, shape (n, d).
        labels: their classes, shape (n,).
        activation: of the hidden layers.

    Returns:
        A number from 0 to 1.

    Examples:
        >>> accuracy(Net((np.eye(2),), (np.zeros(2),)), [[3.0, 1.0], [0.0, 2.0]], [0, 0])
        0.5
    """
    output = nets.forward(net, X, activation).output
    labels = np.asarray(labels)
    if labels.shape != output.shape[:1]:
        raise ValueError(f"labels must have shape {output.shape[:1]}, got shape {labels.shape}")
    return float((output.argmax(axis=1) == labels).mean())
