r"""A multilayer perceptron: initialize, forward, backward, and the gradient with respect to the input.

Layer l computes $A_l = \phi(A_{l-1}W_l + \mathbf 1 b_l^\top)$ for examples in rows; the last layer has no
nonlinearity. ``forward`` keeps what ``backward`` needs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


class Activation(NamedTuple):
    """A nonlinearity and its derivative, which is given the input and the output."""

    value: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]


def _sigmoid(z: Array) -> Array:
    # Not losses.sigmoid, which keeps the digits of tiny probabilities and takes over four times as long.
    return np.asarray((1 + np.tanh(z / 2)) / 2)


ACTIVATIONS: Mapping[str, Activation] = {
    "tanh": Activation(np.tanh, lambda z, a: 1 - a * a),
    "sigmoid": Activation(_sigmoid, lambda z, a: a * (1 - a)),
    "relu": Activation(lambda z: np.maximum(z, 0), lambda z, a: (z > 0).astype(z.dtype)),
    "identity": Activation(lambda z: z, lambda z, a: np.ones_like(z)),
}


class Net(NamedTuple):
    """Parameters of a multilayer perceptron, or a gradient of the same shapes."""

    weights: tuple[Array, ...]  # W_l of shape (fan_in, fan_out)
    biases: tuple[Array, ...]  # b_l of shape (fan_out,)


class Pass(NamedTuple):
    """What a forward pass computed."""

    output: Array  # shape (n, outputs)
    inputs: tuple[Array, ...]  # of each layer, shape (n, fan_in)
    sums: tuple[Array, ...]  # before the nonlinearity, shape (n, fan_out)
    activation: str


class Gradients(NamedTuple):
    """What a backward pass computed."""

    net: Net
    X: Array  # with respect to the input, shape (n, d)


def init(sizes: Sequence[int], *, rng: np.random.Generator, scale: float = 1.0) -> Net:
    r"""Weights $\mathcal N(0, s^2/\text{fan-in})$ and biases of 0.

    Args:
        sizes: inputs, hidden layers, outputs, such as (2, 16, 1).
        rng: source of randomness.
        scale: s ≥ 0. With 1 the sums of a layer have about the variance of its inputs; 0 starts at
            zero.

    Returns:
        The parameters.

    Raises:
        ValueError: if there are fewer than two sizes, one is not positive, or scale is negative.

    References:
        Goodfellow, Bengio & Courville 2016, §8.4.

    Examples:
        >>> net = init((2, 16, 1), rng=np.random.default_rng(0))
        >>> [part.shape for part in (*net.weights, *net.biases)]
        [(2, 16), (16, 1), (16,), (1,)]
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes must name inputs and outputs at least, got {tuple(sizes)}")
    widths = [_checks.count("sizes", size) for size in sizes]
    scale = _checks.positive("scale", scale, zero=True)
    pairs = list(itertools.pairwise(widths))
    return Net(
        tuple(rng.normal(size=pair) * scale / np.sqrt(pair[0]) for pair in pairs),
        tuple(np.zeros(width) for width in widths[1:]),
    )


def forward(net: Net, X: ArrayLike, activation: str = "tanh") -> Pass:
    r"""Outputs $A_{L-1}W_L + \mathbf 1b_L^\top$ with $A_l = \phi(A_{l-1}W_l + \mathbf 1b_l^\top)$.

    Args:
        net: parameters.
        X: examples, shape (n, d).
        activation: φ of the hidden layers, a name of ``ACTIVATIONS``.

    Returns:
        The output and what ``backward`` needs.

    Raises:
        ValueError: if X does not fit the first layer or the activation is unknown.

    References:
        Goodfellow, Bengio & Courville 2016, algorithm 6.3.

    Examples:
        >>> net = Net((np.eye(2), np.ones((2, 1))), (np.zeros(2), np.ones(1)))
        >>> forward(net, [[0.0, 3.0], [-1.0, 2.0]], "relu").output
        array([[4.],
               [3.]])
    """
    phi = _checks.choice("activation", activation, ACTIVATIONS)
    A = _checks.matrix("X", X, columns=len(net.weights[0]))
    inputs, sums = [], []
    for layer, (W, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        inputs.append(A)
        Z = A @ W + b
        sums.append(Z)
        A = Z if layer == len(net.weights) - 1 else phi.value(Z)
    return Pass(A, tuple(inputs), tuple(sums), activation)


def backward(net: Net, run: Pass, output_grad: ArrayLike) -> Gradients:
    r"""Gradients of J by the chain rule, from $\partial J/\partial\text{output}$ back to the input.

    With $D_l = \partial J/\partial Z_l$: $\partial J/\partial W_l = A_{l-1}^\top D_l$,
    $\partial J/\partial b_l = D_l^\top\mathbf 1$ and
    $D_{l-1} = (D_lW_l^\top)\odot\phi'(Z_{l-1})$.

    Args:
        net: parameters.
        run: the forward pass.
        output_grad: $\partial J/\partial\text{output}$, shape (n, outputs).

    Returns:
        The gradient in the shapes of the parameters, and the one with respect to X.

    Raises:
        ValueError: if output_grad has not the shape of the output.

    References:
        Goodfellow, Bengio & Courville 2016, algorithm 6.4.

    Examples:
        >>> net = Net((np.array([[2.0], [3.0]]),), (np.zeros(1),))
        >>> backward(net, forward(net, [[1.0, 4.0]]), [[1.0]]).X
        array([[2., 3.]])
    """
    D = _checks.matrix("output_grad", output_grad)
    _checks.same_shape("output_grad", D, "output", run.output)
    phi = ACTIVATIONS[run.activation]
    weights, biases = [], []
    for layer in reversed(range(len(net.weights))):
        A = run.inputs[layer]
        weights.append(A.T @ D)
        biases.append(D.sum(axis=0))
        D = D @ net.weights[layer].T
        if layer:
            D = D * phi.derivative(run.sums[layer - 1], A)
    return Gradients(Net(tuple(weights[::-1]), tuple(biases[::-1])), D)


def step(net: Net, gradient: Net, rate: float) -> Net:
    r"""One step of gradient descent, $\theta - \eta\nabla J$ for every parameter.

    Args:
        net: parameters.
        gradient: of the same shapes.
        rate: step size η > 0.

    Returns:
        The next parameters.

    Raises:
        ValueError: if rate is not positive.

    Examples:
        >>> net = Net((np.ones((1, 1)),), (np.zeros(1),))
        >>> step(net, net, 0.5).weights[0]
        array([[0.5]])
    """
    rate = _checks.positive("rate", rate)
    return Net(
        tuple(W - rate * G for W, G in zip(net.weights, gradient.weights, strict=True)),
        tuple(b - rate * g for b, g in zip(net.biases, gradient.biases, strict=True)),
    )


def train(
    net: Net,
    X: ArrayLike,
    y: ArrayLike,
    *,
    output_grad: Callable[[Array, Array], Array],
    rate: float,
    steps: int,
    activation: str = "tanh",
) -> Net:
    r"""Gradient descent on the mean loss over all examples.

    Args:
        net: where to start.
        X: examples, shape (n, d).
        y: targets, shape (n,).
        output_grad: from targets and outputs, both of shape (n,), the derivative of each example's
            loss with respect to its output; the net has one output.
        rate: step size η > 0.
        steps: number of steps ≥ 0.
        activation: of the hidden layers.

    Returns:
        The parameters after the last step.

    Raises:
        ValueError: if a shape does not fit or a parameter is out of range.

    Examples:
        >>> start = Net((np.zeros((1, 1)),), (np.zeros(1),))
        >>> line = train(start, [[0.0], [1.0]], [1.0, 3.0], output_grad=lambda y, s: s - y,
        ...              rate=0.5, steps=200)
        >>> line.weights[0].round(6), line.biases[0].round(6)
        (array([[2.]]), array([1.]))
    """
    X, y = _checks.matrix("X", X), _checks.vector("y", y)
    _checks.same_length("X", X, "y", y)
    if net.weights[-1].shape[1] != 1:
        raise ValueError(f"net must have one output, got {net.weights[-1].shape[1]}")
    for _ in range(_checks.count("steps", steps, minimum=0)):
        run = forward(net, X, activation)
        slope = output_grad(y, run.output[:, 0])[:, None] / len(y)
        net = step(net, backward(net, run, slope).net, rate)
    return net
