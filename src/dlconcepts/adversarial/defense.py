r"""Defenses that change the training or the input: adversarial training, defensive distillation, rounding.

One of the three holds. The other two hide the gradient, and the functions below also say how to find it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, losses, nets
from dlconcepts._checks import Array
from dlconcepts.adversarial.iterative import pgd
from dlconcepts.adversarial.model import Model
from dlconcepts.adversarial.training import Perturb, fit


def inner_maximum(
    eps: float, *, rng: np.random.Generator, steps: int = 5, norm: str = "linf"
) -> Perturb:
    r"""What adversarial training does to a minibatch: PGD toward $\max_{\lVert\delta\rVert\le\epsilon}L$.

    Args:
        eps: radius ε ≥ 0 of the ball.
        rng: source of the starting points.
        steps: of PGD.
        norm: ``linf`` or ``l2``.

    Returns:
        A function for ``perturb`` of ``fit`` and ``digit_net``.

    Raises:
        ValueError: when it is called, as ``pgd``.

    References:
        Madry et al. 2018, eq. 2.1.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> change = inner_maximum(0.1, rng=np.random.default_rng(0))
        >>> change(linear([[1.0, -1.0]], [0.0, 0.0]), np.array([[0.5]]), np.array([0])).round(3)
        array([[0.4]])
    """

    def perturb(model: Model, X: Array, y: ArrayLike) -> Array:
        return pgd(model, X, y, eps, rng=rng, steps=steps, norm=norm).X

    return perturb


class Distilled(NamedTuple):
    """Two nets of one shape: the first learned from classes, the second from the first."""

    teacher: nets.Net
    student: nets.Net


def distill(
    X: ArrayLike,
    y: ArrayLike,
    sizes: Sequence[int],
    *,
    temperature: float,
    rng: np.random.Generator,
    activation: str = "tanh",
    steps: int = 600,
    rate: float = 0.01,
) -> Distilled:
    r"""Defensive distillation: teacher and student learn with $\mathrm{softmax}(\mathbf z/T)$, the student from it.

    Args:
        X: examples, shape (n, d).
        y: classes, shape (n,).
        sizes: d, hidden layers, k, of both nets.
        temperature: T > 0 in both trainings; the student is deployed with T = 1.
        rng: source of weights and minibatches.
        activation: of the hidden layers.
        steps: minibatches of each training.
        rate: step size of Adam.

    Returns:
        Both nets, by their logits.

    Raises:
        ValueError: as ``fit``.

    References:
        Papernot et al. 2016 (Distillation as a defense); Hinton, Vinyals & Dean 2015, §2.

    Examples:
        >>> pair = distill([[-1.0], [1.0]], [0, 1], (1, 2), temperature=5, rng=np.random.default_rng(0))
        >>> z = nets.forward(pair.student, [[1.0]]).output[0]
        >>> bool(z[1] - z[0] > 5)
        True
    """
    learn = partial(
        fit,
        X,
        y,
        sizes,
        rng=rng,
        activation=activation,
        steps=steps,
        rate=rate,
        temperature=temperature,
    )
    teacher = learn()
    soft = losses.softmax(nets.forward(teacher, X, activation).output / temperature)
    return Distilled(teacher, learn(soft=soft))


def single(net: nets.Net) -> nets.Net:
    """The same net in single precision, as networks are deployed.

    Examples:
        >>> single(nets.Net((np.eye(2),), (np.zeros(2),))).weights[0].dtype
        dtype('float32')
    """
    return nets.Net(
        tuple(W.astype(np.float32) for W in net.weights),
        tuple(b.astype(np.float32) for b in net.biases),
    )


def scaled(model: Model, temperature: float) -> Model:
    r"""The model with logits $\mathbf z/T$: the same classes, and a softmax that saturates less.

    Args:
        model: what is attacked.
        temperature: T > 0.

    Returns:
        The model whose gradients an attacker uses in the place of the deployed one's.

    Raises:
        ValueError: if T is not positive.

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> scaled(linear([[80.0, 0.0]], [0.0, 0.0]), 40).logits(np.ones((1, 1)))
        array([[2., 0.]])
    """
    T = _checks.positive("temperature", temperature)
    return Model(lambda X: model.logits(X) / T, lambda X, G: model.input_grad(X, G / T))


def rounded(model: Model, levels: int, *, through: bool = False) -> Model:
    r"""A model behind a preprocessor that rounds each entry to one of ``levels`` values from 0 to 1.

    Rounding has derivative 0 almost everywhere. With ``through``, the backward pass takes it for the identity.

    Args:
        model: what is behind.
        levels: at least 2.
        through: whether the gradient goes through as if nothing were rounded.

    Returns:
        The defended model, or the same one as an adaptive attacker differentiates it.

    Raises:
        ValueError: if there are fewer than two levels.

    References:
        Athalye, Carlini & Wagner 2018, §4.1 (BPDA).

    Examples:
        >>> from dlconcepts.adversarial import linear
        >>> model = linear([[1.0, 0.0]], [0.0, 0.0])
        >>> rounded(model, 3).logits(np.array([[0.6]]))
        array([[0.5, 0. ]])
    """
    top = _checks.count("levels", levels, minimum=2) - 1

    def snap(X: Array) -> Array:
        return cast(Array, np.round(X * top) / top)

    if through:
        return Model(lambda X: model.logits(snap(X)), lambda X, G: model.input_grad(snap(X), G))
    return Model(lambda X: model.logits(snap(X)), lambda X, _: np.zeros_like(X))
