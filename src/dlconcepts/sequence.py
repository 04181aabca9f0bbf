r"""A recurrent cell and what is read from its states: $\mathbf o_t = V\mathbf h_t + \mathbf c$, costs and training.

``CELLS`` lists the cells; every function here takes a model with any of them. ``train`` is that of
``optim``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks, _unfold, gru, lstm, rnn
from dlconcepts._checks import Array
from dlconcepts.losses import log_softmax, one_hot, softmax
from dlconcepts.optim import Cost, train
from dlconcepts.parameters import ravel

__all__ = [
    "CELLS",
    "Cost",
    "Model",
    "Pass",
    "backward",
    "count",
    "cross_entropy",
    "forward",
    "init",
    "sample",
    "squared_error",
    "train",
]

CELLS: Mapping[str, ModuleType] = {"rnn": rnn, "lstm": lstm, "gru": gru}
_MODULES = {rnn.RNN: rnn, lstm.LSTM: lstm, gru.GRU: gru}


class Model(NamedTuple):
    """Parameters of a cell and of the readout, or a gradient of the same shapes."""

    cell: rnn.RNN | lstm.LSTM | gru.GRU
    V: Array  # from state to output, shape (k, h)
    c: Array  # shape (k,)


class Pass(NamedTuple):
    """What a forward pass computed."""

    output: Array  # shape (n, T, k)
    run: Any  # of the cell


def init(kind: str, d: int, h: int, k: int, *, rng: np.random.Generator) -> Model:
    r"""A cell by its name, and a readout with entries $\mathcal N(0,1/h)$.

    Args:
        kind: a name of ``CELLS``.
        d: numbers per time step.
        h: hidden units.
        k: outputs per time step.
        rng: source of randomness.

    Returns:
        The parameters.

    Raises:
        ValueError: if the kind is unknown or a size is not positive.

    Examples:
        >>> [count(init(kind, 64, 128, 1, rng=np.random.default_rng(0))) for kind in CELLS]
        [24833, 98945, 74241]
    """
    cell = _checks.choice("kind", kind, CELLS).init(d, h, rng=rng)
    k = _checks.count("k", k)
    return Model(cell, rng.normal(size=(k, h)) / np.sqrt(h), np.zeros(k))


def count(params: tuple[Any, ...]) -> int:
    """Number of parameters of a model or of a cell.

    Examples:
        >>> count(lstm.init(64, 128, rng=np.random.default_rng(0)))
        98816
    """
    return int(ravel(params).size)


def forward(model: Model, X: ArrayLike, start: Any = None) -> Pass:
    r"""Outputs $\mathbf o_t = V\mathbf h_t+\mathbf c$ of every time step.

    Args:
        model: parameters.
        X: sequences, shape (n, T, d).
        start: where the cell starts, as its ``run`` takes it; zeros by default.

    Returns:
        The outputs and the cell's run.

    Raises:
        ValueError: if a shape does not fit.

    References:
        Goodfellow, Bengio & Courville 2016, eq. 10.10.

    Examples:
        >>> counter = Model(rnn.RNN(np.eye(1), np.eye(1), np.zeros(1)), 2 * np.eye(1), np.ones(1))
        >>> forward(counter, np.zeros((1, 2, 1))).output.ravel()
        array([1., 1.])
    """
    done = _MODULES[type(model.cell)].run(model.cell, X, start)
    return Pass(done.states[:, 1:] @ model.V.T + model.c, done)


def backward(
    model: Model, done: Pass, output_grad: ArrayLike, truncate: int | None = None
) -> Model:
    r"""The gradient of J from $\partial J/\partial\mathbf o_t$ of every step.

    Args:
        model: parameters.
        done: the forward pass.
        output_grad: shape (n, T, k).
        truncate: no gradient crosses from a piece of this many steps to the piece before.

    Returns:
        The gradient in the shapes of the parameters.

    Raises:
        ValueError: if output_grad has not the shape of the output.

    References:
        Goodfellow, Bengio & Courville 2016, eqs. 10.17–10.28.

    Examples:
        >>> model = init("gru", 1, 2, 1, rng=np.random.default_rng(0))
        >>> done = forward(model, np.ones((3, 4, 1)))
        >>> backward(model, done, np.ones_like(done.output)).c
        array([12.])
    """
    G = _checks.real("output_grad", output_grad)
    _checks.same_shape("output_grad", G, "output", done.output)
    cell = _MODULES[type(model.cell)].backward(model.cell, done.run, G @ model.V, truncate).cell
    V = _unfold.outer(G, done.run.states[:, 1:])
    return Model(cell, V, G.sum(axis=(0, 1)))


def _weights(weights: ArrayLike | None, n: int, T: int) -> Array:
    """What each step of each sequence counts, (T,) or (n, T); together they are 1."""
    if weights is None:
        return np.full((n, T), 1 / (n * T))
    array = _checks.finite("weights", _checks.real("weights", weights))
    if array.shape not in {(T,), (n, T)}:
        raise ValueError(f"weights must have shape ({T},) or ({n}, {T}), got {array.shape}")
    array = np.broadcast_to(array, (n, T))
    if array.min() < 0 or array.sum() <= 0:
        raise ValueError("weights must be nonnegative and not all 0")
    return np.asarray(array / array.sum())


def cross_entropy(
    model: Model,
    X: ArrayLike,
    labels: ArrayLike,
    weights: ArrayLike | None = None,
    truncate: int | None = None,
) -> Cost[Model]:
    r"""Mean of $-\ln\operatorname{softmax}(\mathbf o_t)_{y_t}$ over sequences and steps, and its gradient.

    Args:
        model: parameters.
        X: sequences, shape (n, T, d).
        labels: classes 0 … k−1, shape (n, T).
        weights: what each step counts, shape (T,) or (n, T); equal by default. With 0 at all steps but
            the last, the sequence is read once, at its end.
        truncate: no gradient crosses from a piece of this many steps to the piece before.

    Returns:
        The cost in nats and its gradient.

    Raises:
        ValueError: if a shape does not fit or a label is no class.

    References:
        Goodfellow, Bengio & Courville 2016, eqs. 10.12–10.14 and 10.18.

    Examples:
        >>> model = Model(rnn.RNN(np.eye(2), np.ones((2, 1)), np.zeros(2)), np.zeros((3, 2)), np.zeros(3))
        >>> round(cross_entropy(model, np.ones((1, 4, 1)), [[0, 1, 2, 0]]).value, 4)  # ln 3
        1.0986
    """
    done = forward(model, X)
    n, T, k = done.output.shape
    labels = np.asarray(labels)
    if labels.shape != (n, T):
        raise ValueError(f"labels must have shape ({n}, {T}), got shape {labels.shape}")
    Y = one_hot(labels.ravel(), k).reshape(n, T, k)
    share = _weights(weights, n, T)[..., None]
    flat = done.output.reshape(-1, k)
    value = -float((share * Y * log_softmax(flat).reshape(n, T, k)).sum())
    slope = share * (softmax(flat).reshape(n, T, k) - Y)
    return Cost(value, backward(model, done, slope, truncate))


def squared_error(
    model: Model,
    X: ArrayLike,
    Y: ArrayLike,
    weights: ArrayLike | None = None,
    truncate: int | None = None,
) -> Cost[Model]:
    r"""Mean of $\lVert\mathbf y_t-\mathbf o_t\rVert^2$ over sequences and steps, and its gradient.

    Args:
        model: parameters.
        X: sequences, shape (n, T, d).
        Y: targets, shape (n, T, k).
        weights: what each step counts, shape (T,) or (n, T); equal by default.
        truncate: no gradient crosses from a piece of this many steps to the piece before.

    Returns:
        The cost and its gradient.

    Raises:
        ValueError: if a shape does not fit.

    Examples:
        >>> model = Model(rnn.RNN(np.eye(1), np.eye(1), np.zeros(1)), np.zeros((1, 1)), np.ones(1))
        >>> squared_error(model, np.ones((1, 3, 1)), np.zeros((1, 3, 1))).value
        1.0
    """
    done = forward(model, X)
    n, T, k = done.output.shape
    Y = _checks.sequences("Y", Y, k)
    _checks.same_shape("Y", Y, "output", done.output)
    share = _weights(weights, n, T)[..., None]
    R = done.output - Y
    return Cost(float((share * R**2).sum()), backward(model, done, 2 * share * R, truncate))


def sample(
    model: Model,
    first: int,
    length: int,
    *,
    rng: np.random.Generator,
    temperature: float = 1.0,
    stop: int | None = None,
) -> NDArray[np.int_]:
    r"""Symbols drawn one after another from $\operatorname{softmax}(\mathbf o_t/\tau)$, each fed back as input.

    Args:
        model: parameters, with as many inputs as outputs: a symbol goes in as a one-hot vector.
        first: the symbol to start with, 0 … k−1.
        length: greatest number of symbols to draw.
        rng: source of randomness.
        temperature: τ ≥ 0; 0 takes the most likely symbol each time.
        stop: a symbol after which none is drawn.

    Returns:
        The symbols, the first included.

    Raises:
        ValueError: if inputs and outputs differ in number, or an argument is out of range.

    References:
        Graves 2013, §2 (generation); Goodfellow, Bengio & Courville 2016, §10.2.3.

    Examples:
        >>> cycle = Model(rnn.RNN(np.zeros((3, 3)), 9 * np.eye(3), np.zeros(3)),
        ...               9 * np.roll(np.eye(3), 1, axis=0), np.zeros(3))
        >>> sample(cycle, 0, 5, rng=np.random.default_rng(0), temperature=0)
        array([0, 1, 2, 0, 1, 2])
    """
    module, k = _MODULES[type(model.cell)], len(model.c)
    if model.cell.U.shape[1] != k:
        raise ValueError(
            f"model must have {k} inputs as it has outputs, got {model.cell.U.shape[1]}"
        )
    tau = _checks.positive("temperature", temperature, zero=True)
    length = _checks.count("length", length)
    symbol = _checks.count("first", first, minimum=0)
    if symbol >= k:
        raise ValueError(f"first must be one of the symbols 0 to {k - 1}, got {first}")
    symbols, state = [symbol], None
    for _ in range(length):
        done = forward(model, np.eye(k)[None, None, symbol], state)
        logits = done.output[:, 0]
        likely = logits.argmax()  # the limit of τ → 0
        symbol = int(rng.choice(k, p=softmax(logits / tau)[0]) if tau else likely)
        symbols.append(symbol)
        if symbol == stop:
            break
        state = module.last(done.run)
    return np.array(symbols)
