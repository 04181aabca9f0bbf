r"""A classifier as an attacker sees it, and what an attack returns.

A `Model` is two functions: the logits of inputs, and the gradient of any weighting of the logits with respect to the
inputs. Attacks that may not see gradients are given the first one alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks, losses, nets
from dlconcepts._checks import Array

Logits = Callable[[Array], Array]
Labels = NDArray[np.intp]


class Model(NamedTuple):
    """A classifier by its logits and their gradient with respect to the input."""

    logits: Logits  # of inputs (n, d), shape (n, k)
    input_grad: Callable[[Array, Array], Array]  # of Σ G⊙logits, from inputs and G (n, k): (n, d)


class Attack(NamedTuple):
    """What an attack returns, one row for each example."""

    X: Array  # the changed inputs, shape (n, d)
    success: NDArray[np.bool_]  # whether the goal is reached, shape (n,)
    queries: NDArray[np.intp]  # inputs shown to the model during the search, shape (n,)


def network(net: nets.Net, activation: str = "tanh", *, layer: int | None = None) -> Model:
    r"""The model of a multilayer perceptron; with ``layer``, the outputs of that hidden layer instead of logits.

    Args:
        net: parameters.
        activation: of the hidden layers, a name of ``nets.ACTIVATIONS``.
        layer: 1 for the first hidden layer, …; the "logits" are then the features $\phi(Z_l)$.

    Returns:
        The model.

    Raises:
        ValueError: if the net has no such hidden layer or the activation is unknown.

    Examples:
        >>> model = network(nets.init((2, 3, 4), rng=np.random.default_rng(0)))
        >>> model.logits(np.ones((5, 2))).shape, model.input_grad(np.ones((5, 2)), np.ones((5, 4))).shape
        ((5, 4), (5, 2))
    """
    phi = _checks.choice("activation", activation, nets.ACTIVATIONS)
    if layer is None:

        def input_grad(X: Array, G: Array) -> Array:
            return nets.backward(net, nets.forward(net, X, activation), G).X

        return Model(lambda X: nets.forward(net, X, activation).output, input_grad)
    if not 1 <= layer < len(net.weights):
        raise ValueError(f"layer must be 1…{len(net.weights) - 1} (hidden layers), got {layer}")
    part = nets.Net(net.weights[:layer], net.biases[:layer])

    def features_grad(X: Array, G: Array) -> Array:
        run = nets.forward(part, X, activation)
        return nets.backward(part, run, G * phi.derivative(run.output, phi.value(run.output))).X

    return Model(lambda X: phi.value(nets.forward(part, X, activation).output), features_grad)


def linear(W: ArrayLike, b: ArrayLike) -> Model:
    r"""A linear classifier with logits $XW + \mathbf 1\mathbf b^\top$.

    Args:
        W: shape (d, k).
        b: shape (k,).

    Returns:
        The model, for which the smallest perturbations are known.

    Raises:
        ValueError: if the shapes do not fit.

    Examples:
        >>> linear(np.eye(2), [0.0, 1.0]).logits(np.array([[3.0, 4.0]]))
        array([[3., 5.]])
    """
    W = _checks.matrix("W", W)
    return network(nets.Net((W,), (_checks.vector("b", b, W.shape[1]),)), "identity")


def outputs_only(logits: Logits) -> Model:
    """A model for attacks that may see its outputs alone: asking it for a gradient is an error.

    Examples:
        >>> outputs_only(lambda X: 2 * X).logits(np.ones((1, 2)))
        array([[2., 2.]])
    """

    def no_gradient(X: Array, G: Array) -> Array:
        raise RuntimeError("this attack may not ask for gradients")

    return Model(logits, no_gradient)


def ensemble(models: Sequence[Model], weights: ArrayLike | None = None) -> Model:
    r"""Several models as one, with $\ln\sum_i\alpha_i\,\mathrm{softmax}(\mathbf z_i)$ as logits.

    Args:
        models: of the same classes.
        weights: $\alpha_i\ge0$ with sum 1, shape (number of models,); equal when left out.

    Returns:
        The model of the mean probabilities.

    Raises:
        ValueError: if there are no models or the weights are not probabilities, one for each.

    References:
        Liu, Chen, Liu & Song 2017.

    Examples:
        >>> one, two = linear(np.eye(2), [0.0, 0.0]), linear(np.eye(2), [9.0, 0.0])
        >>> predict(ensemble([one, two]), [[0.0, 0.5]])
        array([0])
    """
    if not models:
        raise ValueError("models must not be empty")
    equal = np.full(len(models), 1 / len(models))
    alpha = equal if weights is None else _checks.vector("weights", weights, len(models))
    if (alpha < 0).any() or not np.isclose(alpha.sum(), 1):
        raise ValueError(f"weights must be >= 0 with sum 1, got {alpha}")
    kept = [(np.log(a), model) for a, model in zip(alpha, models, strict=True) if a > 0]

    def parts(X: Array) -> Array:
        return np.stack([a + losses.log_softmax(model.logits(X)) for a, model in kept])

    def input_grad(X: Array, G: Array) -> Array:
        logs = parts(X)
        total = np.zeros_like(X)
        shares = np.exp(logs - np.logaddexp.reduce(logs, axis=0)) * G
        for (a, model), log, share in zip(kept, logs, shares, strict=True):
            slope = share - np.exp(log - a) * share.sum(axis=1, keepdims=True)
            total += model.input_grad(X, slope)
        return total

    return Model(lambda X: np.logaddexp.reduce(parts(X), axis=0), input_grad)


def predict(model: Model, X: ArrayLike) -> Labels:
    """The class of the largest logit, for each row of X.

    Examples:
        >>> predict(linear(np.eye(2), [0.0, 0.0]), [[1.0, 2.0], [2.0, 1.0]])
        array([1, 0])
    """
    return cast(Labels, model.logits(_checks.matrix("X", X)).argmax(axis=1))


def accuracy(model: Model, X: ArrayLike, y: ArrayLike) -> float:
    """The share of the rows of X whose class is predicted.

    Examples:
        >>> accuracy(linear(np.eye(2), [0.0, 0.0]), [[1.0, 2.0], [2.0, 1.0]], [1, 1])
        0.5
    """
    X = _checks.matrix("X", X)
    return float((predict(model, X) == labels("y", y, len(X))).mean())


def labels(name: str, value: ArrayLike, n: int, k: int | None = None) -> Labels:
    """Check n class numbers below k.

    Examples:
        >>> labels("y", [0, 3], 2, 3)
        Traceback (most recent call last):
        ValueError: y must be class numbers in 0…2, got 0…3
    """
    found = np.asarray(value)
    if found.shape != (n,) or found.dtype.kind not in "iu":
        raise ValueError(
            f"{name} must be {n} whole numbers, got shape {found.shape}, {found.dtype}"
        )
    if found.min() < 0 or (k is not None and found.max() >= k):
        most = "" if k is None else k - 1
        raise ValueError(
            f"{name} must be class numbers in 0…{most}, got {found.min()}…{found.max()}"
        )
    return found.astype(np.intp)


class Norms(NamedTuple):
    """Sizes of perturbations, each of shape (n,)."""

    l0: NDArray[np.intp]  # changed entries
    l1: Array
    l2: Array
    linf: Array


def norms(delta: ArrayLike) -> Norms:
    r"""The sizes of perturbations by four measures; $\ell_0$ counts the entries beyond $10^{-9}$.

    Args:
        delta: one in each row, shape (n, d).

    Returns:
        $\ell_0$, $\ell_1$, $\ell_2$ and $\ell_\infty$ of each row.

    Raises:
        ValueError: if delta is not a matrix.

    Examples:
        >>> [float(size[0]) for size in norms([[3.0, 0.0, -4.0]])]
        [2.0, 7.0, 5.0, 4.0]
    """
    size = np.abs(_checks.matrix("delta", delta))
    l2 = cast(Array, np.sqrt(np.square(size).sum(axis=1)))
    return Norms((size > 1e-9).sum(axis=1), size.sum(axis=1), l2, size.max(axis=1))
