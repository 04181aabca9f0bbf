"""What a representation is good for: hidden features, linear probes, the pieces that depth makes, the bottleneck."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks, nets
from dlconcepts._checks import Array
from dlconcepts.losses import softmax


def linear_probe(
    F: ArrayLike, y: ArrayLike, queries: ArrayLike, *, penalty: float = 1.0
) -> NDArray[Any]:
    r"""Classes by ridge regression on standardized features: targets are 1 for the class, −1 for the others.

    Features get mean 0 and variance 1 on F; the intercept is not penalized; the class with the largest output wins. A
    probe is weak on purpose: it finds what lies open in the features, and nothing else.

    Args:
        F: features of labeled examples, shape (n, k).
        y: their classes, shape (n,).
        queries: features of the examples to classify, shape (m, k).
        penalty: of the squared weights > 0.

    Returns:
        Classes, shape (m,).

    Raises:
        ValueError: if a shape does not fit, the penalty is not positive or there is only one class.

    References:
        Alain & Bengio 2017 (linear probes); Hastie, Tibshirani & Friedman 2009, §4.2.

    Examples:
        >>> linear_probe([[0.0], [1.0], [4.0]], [0, 0, 1], [[0.5], [5.0]])
        array([0, 1])
    """
    F = _checks.matrix("F", F)
    queries = _checks.matrix("queries", queries, columns=F.shape[1])
    y = np.asarray(y)
    if y.shape != (len(F),):
        raise ValueError(f"y must have shape ({len(F)},), got shape {y.shape}")
    penalty = _checks.positive("penalty", penalty)
    classes, index = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"y must hold two classes at least, got {classes}")
    targets = 2.0 * np.eye(len(classes))[index] - 1
    mean, spread = F.mean(axis=0), F.std(axis=0)
    scale = np.where(
        spread > 1e-12 * (1 + np.abs(mean)), spread, np.inf
    )  # a constant tells nothing
    Z, base = (F - mean) / scale, targets.mean(axis=0)
    weights = np.linalg.solve(Z.T @ Z + penalty * np.eye(Z.shape[1]), Z.T @ (targets - base))
    return np.asarray(classes[((queries - mean) / scale @ weights + base).argmax(axis=1)])


def features(net: nets.Net, X: ArrayLike, layer: int = 1, *, activation: str = "tanh") -> Array:
    """What a hidden layer makes of the input.

    The last layer is the head and not hidden; ``pretraining.features`` is for a stack without one.

    Args:
        net: parameters.
        X: examples, shape (n, d).
        layer: 0 is the input itself, 1 the first hidden layer.
        activation: of the hidden layers.

    Returns:
        Shape (n, units).

    Raises:
        ValueError: if X does not fit or there is no such layer.

    Examples:
        >>> net = nets.Net((np.eye(2), np.ones((2, 1))), (np.zeros(2), np.zeros(1)))
        >>> features(net, [[3.0, -1.0]], activation="relu")
        array([[3., 0.]])
    """
    if _checks.count("layer", layer, minimum=0) >= len(net.weights):
        raise ValueError(f"layer must be less than {len(net.weights)}, got {layer}")
    return nets.forward(net, X, activation).inputs[layer]


def mutual_information(joint: ArrayLike) -> float:
    r"""$I(X;Y)=\sum_{x,y}p(x,y)\ln\frac{p(x,y)}{p(x)\,p(y)}$ in nats.

    Args:
        joint: p(x, y), shape (n, m), with sum 1.

    Returns:
        A number ≥ 0.

    Raises:
        ValueError: if the entries are no probabilities.

    References:
        Cover & Thomas 2006, §2.3.

    Examples:
        >>> round(mutual_information([[0.5, 0.0], [0.0, 0.5]]), 6)  # ln 2
        0.693147
    """
    joint = _checks.matrix("joint", joint)
    if (joint < 0).any() or abs(joint.sum() - 1) > 1e-9:
        raise ValueError(f"joint must hold probabilities with sum 1, got sum {joint.sum()}")
    apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    some = joint > 0
    return max(0.0, float((joint[some] * np.log(joint[some] / apart[some])).sum()))


def bottleneck(prior: ArrayLike, likelihood: ArrayLike, beta: float, *, steps: int = 300) -> Array:
    r"""A code $q(t\mid x)$ of small $I(T;X)-\beta I(T;Y)$, by alternating from the identity code.

    $q(t\mid x)\propto q(t)\,e^{-\beta D_{KL}(p(y\mid x)\Vert p(y\mid t))}$, with $q(t)$ and $p(y\mid t)$ of the
    step before. Each step lowers the objective; the limit may be a local minimum.

    Args:
        prior: p(x) > 0, shape (n,).
        likelihood: p(y | x) > 0, shape (n, m), rows with sum 1.
        beta: β > 0, the price of a nat lost about Y in nats kept of X.
        steps: number of alternations.

    Returns:
        q(t | x), shape (n, n), with as many code words as inputs; some may be unused.

    Raises:
        ValueError: if a shape or a number does not fit.

    References:
        Tishby, Pereira & Bialek 1999.

    Examples:
        >>> q = bottleneck([0.25] * 4, [[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.2, 0.8]], 100.0)
        >>> q.round(2)  # inputs that say the same of y share their code
        array([[0.5, 0.5, 0. , 0. ],
               [0.5, 0.5, 0. , 0. ],
               [0. , 0. , 0.5, 0.5],
               [0. , 0. , 0.5, 0.5]])
    """
    prior = _checks.vector("prior", prior)
    likelihood = _checks.matrix("likelihood", likelihood)
    _checks.same_length("prior", prior, "likelihood", likelihood)
    if (prior <= 0).any() or abs(prior.sum() - 1) > 1e-9:
        raise ValueError("prior must be positive with sum 1")
    if (likelihood <= 0).any() or np.abs(likelihood.sum(axis=1) - 1).max() > 1e-9:
        raise ValueError("likelihood must be positive, with rows of sum 1")
    beta = _checks.positive("beta", beta)
    code: Array = np.eye(len(prior))
    for _ in range(_checks.count("steps", steps)):
        used = prior @ code
        given = ((prior[:, None] * code).T @ likelihood) / np.maximum(used, 1e-300)[:, None]
        log_ratio = np.log(likelihood)[:, None] - np.log(np.maximum(given, 1e-300))
        score = np.log(np.maximum(used, 1e-300)) - beta * (likelihood[:, None] * log_ratio).sum(
            axis=2
        )
        code = softmax(score)
    return code


def tent(layers: int) -> nets.Net:
    r"""The tent map $x\mapsto1-|2x-1|$, composed with itself: two ReLUs a layer, $2^l$ linear pieces on [0, 1].

    Args:
        layers: how many times l ≥ 1.

    Returns:
        A net for the activation "relu", with one input and one output.

    Raises:
        ValueError: if layers is not positive.

    References:
        Telgarsky 2016.

    Examples:
        >>> nets.forward(tent(2), [[0.0], [0.25], [0.5], [0.75]], "relu").output.ravel()
        array([0., 1., 0., 1.])
    """
    layers = _checks.count("layers", layers)
    first, inner = np.ones((1, 2)), np.array([[2.0, 2.0], [-4.0, -4.0]])
    weights = (first, *(inner for _ in range(layers - 1)), np.array([[2.0], [-4.0]]))
    return nets.Net(weights, (*(np.array([0.0, -0.5]) for _ in range(layers)), np.zeros(1)))


def pieces(net: nets.Net, low: float = 0.0, high: float = 1.0) -> Array:
    """Ends of the linear pieces of a ReLU net with one input and one output.

    Layer after layer, the sums are linear between the points found so far; where one of them crosses 0 a point is
    added. At the end, points with equal slopes on both sides go.

    Args:
        net: a net for the activation "relu".
        low: left end of the interval.
        high: right end.

    Returns:
        Ends in order, from low to high: one more than there are pieces.

    Raises:
        ValueError: if the net has not one input and one output or the interval is empty.

    References:
        Montúfar, Pascanu, Cho & Bengio 2014.

    Examples:
        >>> pieces(tent(2))
        array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    if net.weights[0].shape[0] != 1 or net.weights[-1].shape[1] != 1:
        raise ValueError(
            f"net must have one input and one output, got {[W.shape for W in net.weights]}"
        )
    if not low < high:
        raise ValueError(f"low must be less than high, got {low} and {high}")
    x = np.array([low, high], dtype=float)
    for layer in range(len(net.weights) - 1):
        Z = nets.forward(net, x[:, None], "relu").sums[layer]
        left, right = Z[:-1], Z[1:]
        at, unit = np.nonzero(left * right < 0)
        share = left[at, unit] / (left[at, unit] - right[at, unit])
        x = np.unique(np.append(x, x[at] + share * (x[at + 1] - x[at])))
        x = x[np.append(True, np.diff(x) > 1e-12 * (high - low))]
    f = nets.forward(net, x[:, None], "relu").output[:, 0]
    slope = np.diff(f) / np.diff(x)
    bend = np.abs(np.diff(slope)) > 1e-7 * (1 + np.abs(slope).max())
    return np.asarray(x[np.concatenate([[True], bend, [True]])])
