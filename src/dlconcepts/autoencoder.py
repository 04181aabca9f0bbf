r"""One-layer autoencoders: $\mathbf h=\phi(W^\top\mathbf x+\mathbf b)$, $\mathbf r=D^\top\mathbf h+\mathbf c$.

Examples are rows: $H = \phi(XW+\mathbf 1\mathbf b^\top)$ and $R = HD+\mathbf 1\mathbf c^\top$. ``Autoencoder`` has a
decoder of its own; ``Tied`` has $D=W^\top$, with one gradient for both uses. ``cost`` takes a model, what goes in and
what should come out, and penalties on the code; ``optim.train`` minimizes it. A deeper autoencoder is a ``nets.Net``
with as many outputs as inputs: ``deep_cost`` is its cost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, losses, nets
from dlconcepts._checks import Array
from dlconcepts.nets import ACTIVATIONS
from dlconcepts.optim import Cost


class Autoencoder(NamedTuple):
    """Parameters, or a gradient of the same shapes."""

    W: Array  # encoder, shape (d, k)
    b: Array  # shape (k,)
    D: Array  # decoder, shape (k, d)
    c: Array  # shape (d,)


class Tied(NamedTuple):
    """Parameters of an autoencoder whose decoder is the encoder's transpose."""

    W: Array  # encoder, shape (d, k); the decoder is W.T
    b: Array  # shape (k,)
    c: Array  # shape (d,)


M = TypeVar("M", bound=Autoencoder | Tied)
# Nonlinearities of the output: the first goes with the squared error, the second with the cross-entropy.
OUTPUTS = ("identity", "sigmoid")


def init(d: int, k: int, *, rng: np.random.Generator, scale: float = 1.0) -> Autoencoder:
    r"""Encoder weights $\mathcal N(0,s^2/d)$, decoder weights $\mathcal N(0,s^2/k)$, biases 0.

    Args:
        d: numbers per example.
        k: size of the code.
        rng: source of randomness.
        scale: s ≥ 0.

    Returns:
        The parameters.

    Raises:
        ValueError: if a size is not positive or scale is negative.

    Examples:
        >>> model = init(8, 3, rng=np.random.default_rng(0))
        >>> model.W.shape, model.D.shape
        ((8, 3), (3, 8))
    """
    net = nets.init((d, k, d), rng=rng, scale=scale)
    return Autoencoder(net.weights[0], net.biases[0], net.weights[1], net.biases[1])


def tie(model: Autoencoder) -> Tied:
    """The same encoder, with its transpose as decoder.

    Examples:
        >>> tie(init(8, 3, rng=np.random.default_rng(0))).W.shape
        (8, 3)
    """
    return Tied(model.W, model.b, model.c)


def untie(model: Autoencoder | Tied) -> Autoencoder:
    """The same function with a decoder of its own.

    Examples:
        >>> untie(Tied(np.array([[1.0], [2.0]]), np.zeros(1), np.zeros(2))).D
        array([[1., 2.]])
    """
    return Autoencoder(model.W, model.b, model.W.T, model.c) if isinstance(model, Tied) else model


def encode(model: Autoencoder | Tied, X: ArrayLike, activation: str = "sigmoid") -> Array:
    r"""Codes $H=\phi(XW+\mathbf 1\mathbf b^\top)$.

    Args:
        model: parameters.
        X: examples, shape (n, d).
        activation: φ, a name of ``nets.ACTIVATIONS``.

    Returns:
        Shape (n, k).

    Raises:
        ValueError: if a shape does not fit or the activation is unknown.

    References:
        Goodfellow, Bengio & Courville 2016, ch. 14.

    Examples:
        >>> encode(Tied(np.eye(2), np.zeros(2), np.zeros(2)), [[3.0, -1.0]], "relu")
        array([[3., 0.]])
    """
    X = _checks.matrix("X", X, columns=len(model.W))
    return _checks.choice("activation", activation, ACTIVATIONS).value(X @ model.W + model.b)


def decode(model: Autoencoder | Tied, H: ArrayLike, output: str = "identity") -> Array:
    r"""Reconstructions $R=\psi(HD+\mathbf 1\mathbf c^\top)$.

    Args:
        model: parameters.
        H: codes, shape (n, k).
        output: ψ, "identity" or "sigmoid".

    Returns:
        Shape (n, d).

    Raises:
        ValueError: if a shape does not fit or the output is unknown.

    Examples:
        >>> decode(Tied(np.array([[1.0], [2.0]]), np.zeros(1), np.ones(2)), [[3.0]])
        array([[4., 7.]])
    """
    full = untie(model)
    H = _checks.matrix("H", H, columns=len(full.D))
    Z = H @ full.D + full.c
    return losses.sigmoid(Z) if _output(output) == "sigmoid" else np.asarray(Z)


def reconstruct(
    model: Autoencoder | Tied,
    X: ArrayLike,
    activation: str = "sigmoid",
    output: str = "identity",
) -> Array:
    """Decode the codes.

    Args:
        model: parameters.
        X: examples, shape (n, d).
        activation: of the encoder.
        output: of the decoder.

    Returns:
        Shape (n, d).

    Examples:
        >>> reconstruct(Tied(np.eye(2), np.zeros(2), np.zeros(2)), [[3.0, -1.0]], "relu")
        array([[3., 0.]])
    """
    return decode(model, encode(model, X, activation), output)


def cost(
    model: M,
    X: ArrayLike,
    target: ArrayLike | None = None,
    *,
    activation: str = "sigmoid",
    output: str = "identity",
    sparse: float = 0.0,
    rate: tuple[float, float] | None = None,
    contract: float = 0.0,
) -> Cost[M]:
    r"""Mean reconstruction loss, plus penalties on the code, and the gradient.

    With the output "identity" the loss of an example is $\lVert\mathbf r-\mathbf t\rVert^2$, with "sigmoid" it is the
    cross-entropy $-\sum_i t_i\ln r_i+(1-t_i)\ln(1-r_i)$, both summed over the entries. The penalties are means over
    examples as well: $\lambda\sum_j|h_j|$, $\beta\sum_j\mathrm{KL}(\rho\,\Vert\,\hat\rho_j)$ with the mean activation
    $\hat\rho_j$, and
    $\gamma\lVert\partial\mathbf h/\partial\mathbf x\rVert_F^2=\gamma\sum_j\phi'(a_j)^2\lVert\mathbf w_j\rVert^2$.

    Args:
        model: parameters, tied or not.
        X: what goes in, shape (n, d).
        target: what should come out, shape (n, d); X by default. For a denoising autoencoder X is
            the corrupted and target the clean version.
        activation: φ of the encoder.
        output: "identity" or "sigmoid"; the latter wants targets in [0, 1].
        sparse: λ ≥ 0.
        rate: β ≥ 0 and ρ in (0, 1); for codes in (0, 1), so with the sigmoid.
        contract: γ ≥ 0; for "sigmoid", "tanh" and "identity".

    Returns:
        The cost and its gradient, in the shapes of the model.

    Raises:
        ValueError: if a shape does not fit, a parameter is out of range, a penalty does not go with the
            activation, or the penalty on rates is infinite, because a unit's activations are all 0 or all 1.

    References:
        Goodfellow, Bengio & Courville 2016, §14.2 and §14.7; Ng 2011 (the penalty on rates); Rifai et al. 2011.

    Examples:
        >>> copy = Tied(np.eye(2), np.zeros(2), np.zeros(2))
        >>> cost(copy, [[3.0, -1.0]], activation="identity").value
        0.0
        >>> cost(copy, [[3.0, -1.0]], activation="identity", contract=0.5).value  # γ times d
        1.0
    """
    phi = _checks.choice("activation", activation, ACTIVATIONS)
    full = untie(model)
    X = _checks.matrix("X", X, columns=len(full.W))
    target = X if target is None else _checks.matrix("target", target)
    _checks.same_shape("X", X, "target", target)
    n = len(X)
    A = X @ full.W + full.b
    H = phi.value(A)
    Z = H @ full.D + full.c
    value, Z_grad = _loss(target, Z, output)
    slope = phi.derivative(A, H)
    H_grad = Z_grad @ full.D.T
    if sparse := _checks.positive("sparse", sparse, zero=True):
        value += sparse * float(np.abs(H).sum() / n)
        H_grad = H_grad + sparse * np.sign(H) / n
    if rate is not None:
        beta, rho = _checks.positive("rate", rate[0], zero=True), _checks.fraction("rate", rate[1])
        if activation != "sigmoid":
            raise ValueError(f"rate needs the activation 'sigmoid', got {activation!r}")
        mean = H.mean(axis=0)
        if not ((mean > 0) & (mean < 1)).all():
            raise ValueError(
                "rate needs mean activations between 0 and 1, got "
                f"{mean.min()} to {mean.max()}: units are saturated on all examples"
            )
        ratio = rho * np.log(rho / mean) + (1 - rho) * np.log((1 - rho) / (1 - mean))
        value += beta * float(ratio.sum())
        H_grad = H_grad + beta * ((1 - rho) / (1 - mean) - rho / mean) / n
    A_grad = H_grad * slope
    W_grad = X.T @ A_grad
    if gamma := _checks.positive("contract", contract, zero=True):
        length = (full.W**2).sum(axis=0)
        value += gamma * float((slope**2 * length).sum() / n)
        bend = 2 * slope * _curvature(activation, H) * length * gamma / n  # through the slopes
        A_grad = A_grad + bend
        W_grad = X.T @ A_grad + 2 * gamma * full.W * (slope**2).mean(axis=0)
    D_grad, b_grad, c_grad = H.T @ Z_grad, A_grad.sum(axis=0), Z_grad.sum(axis=0)
    parts: Any
    if isinstance(model, Tied):
        parts = Tied(W_grad + D_grad.T, b_grad, c_grad)
    else:
        parts = Autoencoder(W_grad, b_grad, D_grad, c_grad)
    return Cost(value, parts)


def jacobian(model: Autoencoder | Tied, X: ArrayLike, activation: str = "sigmoid") -> Array:
    r"""$\partial\mathbf h/\partial\mathbf x = \operatorname{diag}(\phi'(\mathbf a))\,W^\top$ of each example.

    Args:
        model: parameters.
        X: examples, shape (n, d).
        activation: φ of the encoder.

    Returns:
        Shape (n, k, d).

    References:
        Rifai et al. 2011 (its squared Frobenius norm).

    Examples:
        >>> jacobian(Tied(np.array([[2.0], [1.0]]), np.zeros(1), np.zeros(2)), [[0.0, 0.0]])
        array([[[0.5 , 0.25]]])
    """
    H = encode(model, X, activation)
    slope = ACTIVATIONS[activation].derivative(np.asarray(X) @ model.W + model.b, H)
    return np.asarray(slope[:, :, None] * model.W.T)


def recirculate(
    model: Autoencoder | Tied,
    X: ArrayLike,
    mix: float,
    *,
    activation: str = "sigmoid",
    output: str = "identity",
) -> Autoencoder:
    r"""Directions of recirculation: changes of a unit's activity between two passes, times the activity it receives.

    A pass gives $\mathbf h^{(1)}=f(\mathbf x)$ and $\mathbf r=g(\mathbf h^{(1)})$, the second starts from
    $\mathbf x^{(2)}=\lambda\mathbf x+(1-\lambda)\mathbf r$ and gives $\mathbf h^{(3)}=f(\mathbf x^{(2)})$. Means over
    examples of
    $\Delta D=\mathbf h^{(1)}(\mathbf x-\mathbf x^{(2)})^\top$ and
    $\Delta W=\mathbf x^{(2)}(\mathbf h^{(1)}-\mathbf h^{(3)})^\top$, to be added with a small step.

    Args:
        model: parameters; tied weights are used on both sides, and both changes are returned.
        X: examples, shape (n, d).
        mix: λ in (0, 1), the share of the example in the second pass.
        activation: of the encoder.
        output: "identity" or "sigmoid".

    Returns:
        Changes in the shapes of an untied model.

    Raises:
        ValueError: if X does not fit, mix is out of range or a name is unknown.

    References:
        Hinton & McClelland 1988; Baldi & Sadowski 2018.

    Examples:
        >>> model = Tied(np.array([[0.5]]), np.zeros(1), np.zeros(1))
        >>> recirculate(model, [[4.0]], 0.5, activation="identity").D  # h = 2, r = 1, second pass from 2.5
        array([[3.]])
    """
    X = _checks.matrix("X", X, columns=len(model.W))
    mix = _checks.fraction("mix", mix)
    H = encode(model, X, activation)
    X_next = mix * X + (1 - mix) * decode(model, H, output)
    visible, hidden = X - X_next, H - encode(model, X_next, activation)
    n = len(X)
    return Autoencoder(
        X_next.T @ hidden / n, hidden.mean(axis=0), H.T @ visible / n, visible.mean(axis=0)
    )


def deep_cost(
    net: nets.Net,
    X: ArrayLike,
    target: ArrayLike | None = None,
    *,
    activation: str = "tanh",
    output: str = "identity",
) -> Cost[nets.Net]:
    r"""Mean reconstruction loss of a net with as many outputs as inputs, and its gradient.

    Args:
        net: parameters; the layer of the code is one of the hidden ones.
        X: what goes in, shape (n, d).
        target: what should come out, shape (n, d); X by default.
        activation: of the hidden layers.
        output: as in ``cost``.

    Returns:
        The cost and its gradient.

    Raises:
        ValueError: if a shape does not fit, a name is unknown, or the target of a sigmoid is not in [0, 1].

    References:
        Hinton & Salakhutdinov 2006.

    Examples:
        >>> net = nets.Net((np.eye(2),), (np.zeros(2),))
        >>> deep_cost(net, [[3.0, -1.0]], [[3.0, 0.0]]).value
        1.0
    """
    run = nets.forward(net, X, activation)
    target = run.inputs[0] if target is None else _checks.matrix("target", target)
    _checks.same_shape("target", target, "output", run.output)
    value, slope = _loss(target, run.output, output)
    return Cost(value, nets.backward(net, run, slope).net)


def _loss(target: Array, Z: Array, output: str) -> tuple[float, Array]:
    """Mean reconstruction loss of the sums before the output's nonlinearity, and its gradient."""
    n = len(target)
    if _output(output) == "identity":
        return float(((Z - target) ** 2).sum() / n), 2 * (Z - target) / n
    if target.min() < 0 or target.max() > 1:
        raise ValueError(
            "target (X if left out) must lie in [0, 1] for the output 'sigmoid', "
            f"got {target.min()} to {target.max()}"
        )
    value = float(losses.binary_cross_entropy_logits(target, Z).sum() / n)
    return value, losses.binary_cross_entropy_logits_grad(target, Z) / n


def _output(output: str) -> str:
    return _checks.choice("output", output, {name: name for name in OUTPUTS})


def _curvature(activation: str, H: Array) -> Array:
    """The second derivative of φ, from its value."""
    curved: dict[str, Callable[[Array], Array]] = {
        "sigmoid": lambda h: h * (1 - h) * (1 - 2 * h),
        "tanh": lambda h: -2 * h * (1 - h**2),
        "identity": np.zeros_like,
    }
    if activation not in curved:
        raise ValueError(f"contract needs one of {', '.join(curved)}, got {activation!r}")
    return curved[activation](H)
