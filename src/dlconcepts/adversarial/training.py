"""The nets that the attacks are tried on: training, plain or against an attack, and a reader of digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, losses, nets, optim
from dlconcepts._checks import Array
from dlconcepts.adversarial.model import Labels, Model, labels, network
from dlconcepts.datasets import Labeled, digits
from dlconcepts.parameters import ravel, unravel

Perturb = Callable[[Model, Array, Labels], Array]


def fit(
    X: ArrayLike,
    y: ArrayLike,
    sizes: Sequence[int],
    *,
    rng: np.random.Generator,
    activation: str = "tanh",
    steps: int = 600,
    rate: float = 0.01,
    batch: int = 64,
    perturb: Perturb | None = None,
    temperature: float = 1.0,
    soft: ArrayLike | None = None,
) -> nets.Net:
    r"""Train a classifier: Adam on the mean cross-entropy of minibatches.

    Args:
        X: examples, shape (n, d).
        y: classes 0 … k − 1, shape (n,).
        sizes: d, hidden layers, k.
        rng: source of the initial weights and of the minibatches.
        activation: of the hidden layers.
        steps: number of minibatches.
        rate: step size of Adam.
        batch: examples in a minibatch.
        perturb: what to replace each minibatch by, from the model so far, the minibatch and its classes: with an
            attack, this is adversarial training.
        temperature: T > 0 of the softmax during training, $\mathrm{softmax}(\mathbf z/T)$.
        soft: probabilities to learn in the place of the classes, shape (n, k).

    Returns:
        The trained parameters.

    Raises:
        ValueError: if a shape does not fit or a parameter is out of range.

    Examples:
        >>> net = fit([[-1.0], [1.0]], [0, 1], (1, 2), rng=np.random.default_rng(0), steps=50, rate=0.1)
        >>> from dlconcepts.adversarial import predict
        >>> predict(network(net), [[-0.5], [0.5]])
        array([0, 1])
    """
    X = _checks.matrix("X", X, columns=sizes[0])
    y = labels("y", y, len(X), sizes[-1])
    batch, steps = _checks.count("batch", batch), _checks.count("steps", steps)
    temperature = _checks.positive("temperature", temperature)
    targets = losses.one_hot(y, sizes[-1]) if soft is None else _soft(soft, len(X), sizes[-1])
    net = nets.init(sizes, rng=rng)
    theta, state = ravel(net), None
    for _ in range(steps):
        chosen = rng.integers(len(X), size=batch)
        seen = X[chosen]
        if perturb is not None:
            seen = perturb(network(net, activation), seen, y[chosen])
        run = nets.forward(net, seen, activation)
        slope = losses.softmax(run.output / temperature) - targets[chosen]
        grad = ravel(nets.backward(net, run, slope / (batch * temperature)).net)
        theta, state = optim.adam(theta, grad, state, rate=rate)
        net = unravel(theta, net)
    return net


def _soft(value: ArrayLike, n: int, k: int) -> Array:
    P = _checks.matrix("soft", value, columns=k)
    if len(P) != n or (P < 0).any() or not np.allclose(P.sum(axis=1), 1):
        raise ValueError(f"soft must be {n} rows of probabilities, got shape {P.shape}")
    return P


class Trained(NamedTuple):
    """A classifier of handwritten digits with the images it was trained on, and others."""

    model: Model
    net: nets.Net
    activation: str
    train: Labeled
    test: Labeled


def digit_net(
    *,
    rng: np.random.Generator,
    hidden: Sequence[int] = (32,),
    activation: str = "tanh",
    steps: int = 600,
    test: int = 500,
    perturb: Perturb | None = None,
) -> Trained:
    """A perceptron 64–32–10 trained on ``datasets.digits``; it reads about 97 % of the held-out images.

    Args:
        rng: source of the split, of the weights and of the minibatches.
        hidden: sizes of the hidden layers.
        activation: of the hidden layers.
        steps: minibatches of 64.
        test: number of held-out images.
        perturb: as in ``fit``.

    Returns:
        The model, its parameters and the two parts of the data.

    Raises:
        ValueError: if a parameter is out of range.

    Examples:
        >>> trained = digit_net(rng=np.random.default_rng(0))
        >>> from dlconcepts.adversarial import accuracy
        >>> accuracy(trained.model, *trained.test) > 0.95
        True
    """
    X, y = digits()
    test = _checks.count("test", test)
    if test >= len(X):
        raise ValueError(f"test must leave images to train on, got {test} of {len(X)}")
    order = rng.permutation(len(X))
    train, held = (Labeled(X[part], y[part]) for part in (order[test:], order[:test]))
    sizes = (X.shape[1], *hidden, 10)
    net = fit(*train, sizes, rng=rng, activation=activation, steps=steps, perturb=perturb)
    return Trained(network(net, activation), net, activation, train, held)
