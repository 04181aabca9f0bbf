r"""Optimizers as functions of one step: (θ, gradient, state) to (θ, state).

``train`` takes many of them: Adam on all parameters of a model as one vector.

A state is a ``NamedTuple``; ``None`` stands for the first step. Weight decay comes in two forms.
``l2`` adds the gradient $\lambda\theta$ of $\tfrac\lambda2\lVert\theta\rVert^2$ to the gradient.
``decay`` is decoupled: it shrinks θ by the factor $1 - \eta\lambda$ and leaves the gradient alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array
from dlconcepts.parameters import ravel, unravel

P = TypeVar("P", bound=tuple[Any, ...])


class Cost(NamedTuple, Generic[P]):
    """A cost and its gradient, in the shapes of the parameters."""

    value: float
    gradient: P


class Fit(NamedTuple, Generic[P]):
    """What ``train`` leaves."""

    model: P
    costs: Array  # before each step, shape (steps,)
    norms: Array  # length of the gradient before clipping, shape (steps,)


def _pair(theta: ArrayLike, grad: ArrayLike) -> tuple[Array, Array]:
    theta, grad = _checks.real("theta", theta), _checks.real("grad", grad)
    _checks.same_shape("theta", theta, "grad", grad)
    return theta, grad


def sgd(
    theta: ArrayLike, grad: ArrayLike, *, rate: float, l2: float = 0.0, decay: float = 0.0
) -> Array:
    r"""One step of gradient descent, $\theta\leftarrow(1-\eta\lambda')\theta - \eta(g + \lambda\theta)$.

    For this optimizer the two forms of decay are the same: ``l2`` and ``decay`` of one value give
    one step.

    Args:
        theta: parameters, any shape.
        grad: gradient g at theta, of the whole data or of a minibatch, same shape.
        rate: step size η > 0.
        l2: λ ≥ 0 of the penalty $\tfrac\lambda2\lVert\theta\rVert^2$.
        decay: λ' ≥ 0 of decoupled weight decay.

    Returns:
        The next parameters, same shape.

    Raises:
        ValueError: if the shapes differ or a parameter is out of range.

    References:
        Goodfellow, Bengio & Courville 2016, §7.1.1, eq. 7.5; Loshchilov & Hutter 2019, prop. 1.

    Examples:
        >>> sgd([1.0], [2.0], rate=0.1, l2=0.5)
        array([0.75])
    """
    theta, grad = _pair(theta, grad)
    rate, shrink = _shrink(rate, decay)
    return shrink * theta - rate * (grad + _checks.positive("l2", l2, zero=True) * theta)


def _shrink(rate: float, decay: float) -> tuple[float, float]:
    """The step size, and the factor of decoupled decay."""
    rate = _checks.positive("rate", rate)
    return rate, 1 - rate * _checks.positive("decay", decay, zero=True)


class Momentum(NamedTuple):
    """State of ``momentum``."""

    velocity: Array  # of the shape of θ


def momentum(
    theta: ArrayLike,
    grad: ArrayLike,
    state: Momentum | None = None,
    *,
    rate: float,
    beta: float = 0.9,
    l2: float = 0.0,
    decay: float = 0.0,
) -> tuple[Array, Momentum]:
    r"""One step with momentum: $v\leftarrow\beta v+g+\lambda\theta$, $\theta\leftarrow(1-\eta\lambda')\theta-\eta v$.

    Args:
        theta: parameters, any shape.
        grad: gradient g at theta, same shape.
        state: what the last step returned; ``None`` starts with v = 0.
        rate: step size η > 0.
        beta: share β of the velocity that is kept, in (0, 1).
        l2: λ ≥ 0 of the penalty, which enters the velocity.
        decay: λ' ≥ 0 of decoupled weight decay.

    Returns:
        The next parameters and the state.

    Raises:
        ValueError: if the shapes differ or a parameter is out of range.

    References:
        Goodfellow, Bengio & Courville 2016, §8.3.2, with the step size outside the velocity.

    Examples:
        >>> theta, state = momentum([1.0], [2.0], rate=0.1)
        >>> momentum(theta, [2.0], state, rate=0.1)[0].round(3)
        array([0.42])
    """
    theta, grad = _pair(theta, grad)
    rate, shrink = _shrink(rate, decay)
    grad = grad + _checks.positive("l2", l2, zero=True) * theta
    old = np.zeros_like(theta) if state is None else state.velocity
    _checks.same_shape("theta", theta, "state.velocity", old)
    velocity = _checks.fraction("beta", beta) * old + grad
    return shrink * theta - rate * velocity, Momentum(velocity)


class Adam(NamedTuple):
    """State of ``adam``."""

    m: Array  # running mean of the gradient
    v: Array  # running mean of its square
    t: int | NDArray[np.intp]  # steps taken, by all entries or by each


def adam(
    theta: ArrayLike,
    grad: ArrayLike,
    state: Adam | None = None,
    *,
    rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    l2: float = 0.0,
    decay: float = 0.0,
) -> tuple[Array, Adam]:
    r"""One step of Adam, $\theta\leftarrow(1-\eta\lambda')\theta - \eta\,\hat m/(\sqrt{\hat v}+\epsilon)$.

    $m\leftarrow\beta_1m + (1-\beta_1)g$ and $v\leftarrow\beta_2v + (1-\beta_2)g^2$, divided by
    $1-\beta^t$ for $\hat m$ and $\hat v$. With ``l2`` the gradient is $g + \lambda\theta$, so that the
    decay is divided by $\sqrt{\hat v}$ too. With ``decay`` it is not: that is AdamW, with a schedule
    multiplier of 1 and the rate in front of λ', as in the usual libraries.

    Args:
        theta: parameters, any shape.
        grad: gradient g at theta, same shape.
        state: what the last step returned; ``None`` starts with zeros.
        rate: step size η > 0.
        beta1: decay rate of the mean, in (0, 1).
        beta2: decay rate of the mean square, in (0, 1).
        epsilon: ε > 0.
        l2: λ ≥ 0 of the penalty (Adam with L2).
        decay: λ' ≥ 0 of decoupled weight decay (AdamW).

    Returns:
        The next parameters and the state.

    Raises:
        ValueError: if the shapes differ or a parameter is out of range.

    References:
        Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2.

    Examples:
        >>> theta, state = adam([1.0, 1.0], [100.0, 0.01], rate=0.1)
        >>> theta.round(3), state.t  # the first step has length η in each coordinate
        (array([0.9, 0.9]), 1)
    """
    theta, grad = _pair(theta, grad)
    rate, shrink = _shrink(rate, decay)
    beta1, beta2 = _checks.fraction("beta1", beta1), _checks.fraction("beta2", beta2)
    epsilon = _checks.positive("epsilon", epsilon)
    grad = grad + _checks.positive("l2", l2, zero=True) * theta
    old = Adam(np.zeros_like(theta), np.zeros_like(theta), 0) if state is None else state
    _checks.same_shape("theta", theta, "state.m", old.m)
    _checks.same_shape("theta", theta, "state.v", old.v)
    m = beta1 * old.m + (1 - beta1) * grad
    v = beta2 * old.v + (1 - beta2) * np.square(grad)
    t = old.t + 1
    step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    return shrink * theta - rate * step, Adam(m, v, t)


class RMSProp(NamedTuple):
    """State of ``rmsprop``."""

    v: Array  # running mean of the squared gradient


def rmsprop(
    theta: ArrayLike,
    grad: ArrayLike,
    state: RMSProp | None = None,
    *,
    rate: float = 1e-3,
    beta: float = 0.9,
    epsilon: float = 1e-8,
) -> tuple[Array, RMSProp]:
    r"""One step of RMSProp, $v\leftarrow\beta v+(1-\beta)g^2$, $\theta\leftarrow\theta-\eta g/(\sqrt v+\epsilon)$.

    Args:
        theta: parameters, any shape.
        grad: gradient g at theta, same shape.
        state: what the last step returned; ``None`` starts with v = 0.
        rate: step size η > 0.
        beta: decay rate β of the mean square, in (0, 1).
        epsilon: ε > 0.

    Returns:
        The next parameters and the state.

    Raises:
        ValueError: if the shapes differ or a parameter is out of range.

    References:
        Hinton, Srivastava & Swersky 2012, lecture 6e, slide 29.

    Examples:
        >>> theta, state = rmsprop([1.0], [5.0], rate=0.1)
        >>> theta.round(3)  # the first step has length η/√(1−β)
        array([0.684])
    """
    theta, grad = _pair(theta, grad)
    rate, _ = _shrink(rate, 0.0)
    beta, epsilon = _checks.fraction("beta", beta), _checks.positive("epsilon", epsilon)
    old = np.zeros_like(theta) if state is None else state.v
    _checks.same_shape("theta", theta, "state.v", old)
    v = beta * old + (1 - beta) * np.square(grad)
    return theta - rate * grad / (np.sqrt(v) + epsilon), RMSProp(v)


def clip_norm(grad: ArrayLike, threshold: float) -> Array:
    r"""Clip by norm: $\mathbf g\cdot\min(1,\tau/\lVert\mathbf g\rVert)$ keeps the direction.

    Args:
        grad: gradient, any shape; all entries count in one norm.
        threshold: greatest norm τ > 0.

    Returns:
        Of the same shape.

    Raises:
        ValueError: if threshold is not positive.

    References:
        Pascanu, Mikolov & Bengio 2013, algorithm 1; Goodfellow, Bengio & Courville 2016, §10.11.1.

    Examples:
        >>> clip_norm([30.0, 40.0], 5.0)
        array([3., 4.])
    """
    grad, threshold = _checks.real("grad", grad), _checks.positive("threshold", threshold)
    with np.errstate(over="ignore"):
        norm = float(np.linalg.norm(grad))
    if norm <= threshold:
        return grad
    if math.isinf(norm):  # the squares are beyond the largest float
        unit = np.asarray(grad / np.abs(grad).max())
        return unit * (threshold / float(np.linalg.norm(unit)))
    return grad * (threshold / norm)


def clip_value(grad: ArrayLike, threshold: float) -> Array:
    r"""Clip by value: every entry into $[-\tau,\tau]$, which may turn the direction.

    Args:
        grad: gradient, any shape.
        threshold: greatest magnitude τ > 0 of an entry.

    Returns:
        Of the same shape.

    Raises:
        ValueError: if threshold is not positive.

    References:
        Goodfellow, Bengio & Courville 2016, §10.11.1.

    Examples:
        >>> clip_value([30.0, 40.0], 5.0)
        array([5., 5.])
    """
    grad, threshold = _checks.real("grad", grad), _checks.positive("threshold", threshold)
    return np.clip(grad, -threshold, threshold)


def train(
    model: P,
    cost: Callable[[P], Cost[P]],
    *,
    steps: int,
    rate: float = 1e-2,
    clip: float | None = None,
) -> Fit[P]:
    r"""Adam on all parameters as one vector, with the gradient clipped by norm before each step.

    Args:
        model: where to start, a (named) tuple of arrays.
        cost: from a model to its cost and gradient; it may draw a new minibatch at each call.
        steps: number of steps ≥ 1.
        rate: step size η > 0.
        clip: greatest norm of the gradient; by default none.

    Returns:
        The model after the last step, the costs and the gradients' norms.

    Raises:
        ValueError: if a parameter is out of range or the steps leave the finite numbers.

    References:
        Kingma & Ba 2015; Pascanu, Mikolov & Bengio 2013, algorithm 1.

    Examples:
        >>> bowl = lambda p: Cost(float(((p[0] - 3) ** 2).sum()), (2 * (p[0] - 3),))
        >>> train((np.zeros(2),), bowl, steps=300, rate=0.1).model[0].round(3)
        array([3., 3.])
    """
    state: Adam | None = None
    if clip is not None:
        clip = _checks.positive("clip", clip)

    def move(theta: Array, grad: Array) -> Array:
        nonlocal state
        if clip is not None:
            grad = clip_norm(grad, clip)
        theta, state = adam(theta, grad, state, rate=rate)
        return theta

    return _fit(model, cost, steps, move)


def descend(model: P, cost: Callable[[P], Cost[P]], *, steps: int, rate: float) -> Fit[P]:
    r"""Plain gradient descent on all parameters, $\theta\leftarrow\theta-\eta\nabla J$.

    Args:
        model: where to start, a (named) tuple of arrays.
        cost: from a model to its cost and gradient.
        steps: number of steps ≥ 1.
        rate: step size η > 0.

    Returns:
        The model after the last step, the costs and the gradients' norms.

    Raises:
        ValueError: if a parameter is out of range or the steps leave the finite numbers.

    References:
        Goodfellow, Bengio & Courville 2016, §4.3.

    Examples:
        >>> bowl = lambda p: Cost(float(((p[0] - 3) ** 2).sum()), (2 * (p[0] - 3),))
        >>> descend((np.zeros(2),), bowl, steps=50, rate=0.1).costs[:2]
        array([18.  , 11.52])
    """
    return _fit(model, cost, steps, lambda theta, grad: sgd(theta, grad, rate=rate))


def _fit(
    model: P, cost: Callable[[P], Cost[P]], steps: int, move: Callable[[Array, Array], Array]
) -> Fit[P]:
    """Take steps from one vector of all parameters to the next, and note costs and gradients."""
    steps = _checks.count("steps", steps)
    theta = ravel(model)
    costs, norms = np.empty(steps), np.empty(steps)
    for i in range(steps):
        found = cost(unravel(theta, model))
        grad = ravel(found.gradient)
        costs[i], norms[i] = found.value, np.linalg.norm(grad)
        theta = move(theta, grad)
        if not np.isfinite(theta).all():
            raise ValueError(f"rate must be smaller: no finite parameters after step {i + 1}")
    return Fit(unravel(theta, model), costs, norms)
