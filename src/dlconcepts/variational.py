r"""Variational inference by stochastic gradients: a normal q with independent entries, for any differentiable model."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, optim
from dlconcepts._checks import Array


class Gaussian(NamedTuple):
    """A normal distribution with independent entries."""

    mean: Array  # shape (p,)
    sd: Array  # shape (p,)


def gaussian(
    slope: Callable[[Array], Array],
    start: ArrayLike,
    *,
    rng: np.random.Generator,
    steps: int,
    rate: float = 0.03,
    sd: float = 0.1,
) -> Gaussian:
    r"""$q=\mathcal N(\mu,\operatorname{diag}\sigma^2)$ of least $D_{KL}(q\Vert p)$, $p(\theta)\propto e^{-E(\theta)}$.

    With one draw $\theta=\mu+\sigma\odot\xi$ a step, $\nabla E(\theta)$ estimates the slope of $\mathbb E_qE$ in
    μ, and $\nabla E(\theta)\odot\xi\odot\sigma$ in ln σ, from which 1 is taken for the entropy. Adam
    takes the steps, and the second half of them is averaged. For a network, E is the loss plus
    $-\ln p(\mathbf w)$, and its gradient is what backpropagation gives: Bayes by Backprop.

    Args:
        slope: $\nabla E$ at θ, from shape (p,) to shape (p,).
        start: first μ, shape (p,).
        rng: source of randomness.
        steps: number of steps ≥ 2.
        rate: step size of Adam > 0.
        sd: first σ > 0 of every entry.

    Returns:
        Mean and standard deviation of each entry.

    Raises:
        ValueError: if an argument is out of range or slope has not the shape of start.

    References:
        Blundell et al. 2015, §3.2.

    Examples:
        >>> q = gaussian(lambda x: (x - 3) / 0.25, [0.0], rng=np.random.default_rng(0), steps=2000)
        >>> q.mean.round(1), q.sd.round(1)  # p is N(3, 0.25) itself
        (array([3.]), array([0.5]))
    """
    mean = _checks.vector("start", start)
    steps = _checks.count("steps", steps, minimum=2)
    p = len(mean)
    phi = np.append(mean, np.full(p, np.log(_checks.positive("sd", sd))))
    state, total = None, np.zeros(2 * p)
    for i in range(steps):
        xi = rng.normal(size=p)
        spread = np.exp(phi[p:])
        g = _checks.vector("slope", slope(phi[:p] + spread * xi), length=p)
        phi, state = optim.adam(phi, np.append(g, g * xi * spread - 1), state, rate=rate)
        if i >= steps // 2:
            total += phi
    total /= steps - steps // 2
    return Gaussian(total[:p], np.exp(total[p:]))
