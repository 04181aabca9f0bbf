"""Regression losses: functions of the residual r = y_true - y_pred."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


def bias(r: ArrayLike) -> Array:
    r"""Signed error $r$, whose mean is the mean bias error: a diagnostic, not a loss.

    Minimizing it is meaningless: it is unbounded below, since raising every prediction lowers it,
    and errors of opposite sign cancel.

    Args:
        r: residuals $y - \hat y$, any shape, in the units of y.

    Returns:
        The residuals as floats, same shape and units.

    Raises:
        ValueError: if r is not made of real numbers.

    Examples:
        >>> float(bias([1.0, -3.0, 2.0]).mean())  # no error on average, yet every prediction is off
        0.0
    """
    return _checks.real("r", r).copy()


def squared(r: ArrayLike) -> Array:
    r"""Squared error $r^2$, without the factor ½. Its minimizing constant is the mean.

    Beyond |r| ≈ 1e154 the square is larger than a float can be: the result is ``inf``.

    Args:
        r: residuals $y - \hat y$, any shape, in the units of y.

    Returns:
        Losses, same shape, in squared units.

    Raises:
        ValueError: if r is not made of real numbers.

    References:
        Goodfellow, Bengio & Courville 2016, §5.1.4.

    Examples:
        >>> squared([1.0, -3.0])
        array([1., 9.])
    """
    r = _checks.real("r", r)
    with np.errstate(over="ignore"):
        return np.square(r)


def squared_grad(r: ArrayLike) -> Array:
    """Gradient of the squared error, $dL/dr = 2r$: it grows without bound, so outliers rule.

    Args:
        r: residuals, any shape.

    Returns:
        Gradients with respect to r, same shape.

    Raises:
        ValueError: if r is not made of real numbers.

    Examples:
        >>> squared_grad([1.0, -3.0])
        array([ 2., -6.])
    """
    r = _checks.real("r", r)
    with np.errstate(over="ignore"):
        return 2 * r


def absolute(r: ArrayLike) -> Array:
    r"""Absolute error $|r|$. Its minimizing constant is the median.

    Args:
        r: residuals $y - \hat y$, any shape, in the units of y.

    Returns:
        Losses, same shape and units.

    Raises:
        ValueError: if r is not made of real numbers.

    References:
        Hastie, Tibshirani & Friedman 2009, §10.6.

    Examples:
        >>> absolute([1.0, -3.0])
        array([1., 3.])
    """
    return np.abs(_checks.real("r", r))


def absolute_grad(r: ArrayLike) -> Array:
    r"""Subgradient of the absolute error, $dL/dr = \operatorname{sign} r$, 0 at the kink: it never shrinks.

    Args:
        r: residuals, any shape.

    Returns:
        Subgradients with respect to r, same shape.

    Raises:
        ValueError: if r is not made of real numbers.

    Examples:
        >>> absolute_grad([1.0, 0.0, -3.0])
        array([ 1.,  0., -1.])
    """
    return np.sign(_checks.real("r", r))


def huber(r: ArrayLike, delta: float = 1.0) -> Array:
    r"""Huber loss: $\tfrac12 r^2$ for $|r| \le \delta$, $\delta(|r| - \tfrac12\delta)$ beyond.

    As δ → ∞ it tends to r²/2 (half the squared error); as δ → 0, loss/δ tends to |r|. Written as
    $m(|r| - \tfrac12 m)$ with $m = \min(|r|, \delta)$, it needs no case distinction.

    Args:
        r: residuals $y - \hat y$, any shape, in the units of y.
        delta: threshold δ > 0 between the two regimes, in the units of y.

    Returns:
        Losses, same shape, in squared units.

    Raises:
        ValueError: if r is not made of real numbers or delta is not positive.

    References:
        Huber 1964; Hastie, Tibshirani & Friedman 2009, §10.6.

    Examples:
        >>> huber([0.5, -3.0], delta=1.0)
        array([0.125, 2.5  ])
        >>> f"{huber(2.0, delta=0.001) / 0.001:.4f}"
        '1.9995'
    """
    size = np.abs(_checks.real("r", r))
    small = np.minimum(size, _checks.positive("delta", delta))
    with np.errstate(over="ignore"):
        return small * (size - small / 2)


def huber_grad(r: ArrayLike, delta: float = 1.0) -> Array:
    r"""Gradient of the Huber loss, $dL/dr = \max(-\delta, \min(\delta, r))$: the clipped residual.

    Args:
        r: residuals, any shape.
        delta: threshold δ > 0, in the units of y.

    Returns:
        Gradients with respect to r, same shape.

    Raises:
        ValueError: if r is not made of real numbers or delta is not positive.

    Examples:
        >>> huber_grad([0.5, -3.0], delta=1.0)
        array([ 0.5, -1. ])
    """
    delta = _checks.positive("delta", delta)
    return np.clip(_checks.real("r", r), -delta, delta)


def log_cosh(r: ArrayLike, delta: float = 1.0) -> Array:
    r"""Log-cosh loss $\delta^2 \ln\cosh(r/\delta)$: r²/2 near 0, linear far out.

    cosh overflows for |r| > 710. With $u = |r|/\delta$ the loss is computed as
    $\delta^2(u + \ln(1 + e^{-2u}) - \ln 2)$, and for u < 1, where that cancels, as
    $\delta^2\ln(1 + 2\sinh^2(u/2))$.

    Args:
        r: residuals $y - \hat y$, any shape, in the units of y.
        delta: scale δ > 0 at which the loss turns from quadratic to linear, in the units of y.

    Returns:
        Losses, same shape, in squared units.

    Raises:
        ValueError: if r is not made of real numbers or delta is not positive.

    Examples:
        >>> f"{log_cosh(1000.0):.3f}"  # 1000 - ln 2, where cosh(1000) is infinite
        '999.307'
    """
    r, delta = _checks.real("r", r), _checks.positive("delta", delta)
    with np.errstate(over="ignore"):
        u = np.abs(r) / delta
        near = np.log1p(2 * np.square(np.sinh(np.minimum(u, 1) / 2)))
        far = u + np.log1p(np.exp(-2 * u)) - np.log(2)
        loss = delta * np.where(u < 1, near, far) * delta
    return cast(Array, loss.astype(r.dtype)[()])


def log_cosh_grad(r: ArrayLike, delta: float = 1.0) -> Array:
    r"""Gradient of the log-cosh loss, $dL/dr = \delta\tanh(r/\delta)$: a smoothly clipped residual.

    Args:
        r: residuals, any shape.
        delta: scale δ > 0, in the units of y.

    Returns:
        Gradients with respect to r, same shape.

    Raises:
        ValueError: if r is not made of real numbers or delta is not positive.

    Examples:
        >>> log_cosh_grad([0.0, 1000.0])
        array([0., 1.])
    """
    r, delta = _checks.real("r", r), _checks.positive("delta", delta)
    with np.errstate(over="ignore"):
        return cast(Array, delta * np.tanh(r / delta))


def quantile(r: ArrayLike, gamma: float = 0.5) -> Array:
    r"""Quantile (pinball) loss $\max(\gamma r, (\gamma - 1) r)$: its minimizer is the γ-quantile.

    An underestimate (r > 0) costs γ per unit, an overestimate 1 − γ. At γ = ½ it is |r|/2.

    Args:
        r: residuals $y - \hat y$, any shape, in the units of y.
        gamma: level γ of the quantile, 0 < γ < 1.

    Returns:
        Losses, same shape and units.

    Raises:
        ValueError: if r is not made of real numbers or gamma is not in (0, 1).

    References:
        Koenker & Bassett 1978; Koenker 2005, §1.3.

    Examples:
        >>> quantile([2.0, -2.0], gamma=0.75)
        array([1.5, 0.5])
    """
    r, gamma = _checks.real("r", r), _checks.fraction("gamma", gamma)
    return cast(Array, np.maximum(gamma * r, (gamma - 1) * r))


def quantile_grad(r: ArrayLike, gamma: float = 0.5) -> Array:
    r"""Subgradient of the quantile loss: γ for r > 0, γ − 1 for r < 0, γ − ½ at the kink.

    Args:
        r: residuals, any shape.
        gamma: level γ of the quantile, 0 < γ < 1.

    Returns:
        Subgradients with respect to r, same shape.

    Raises:
        ValueError: if r is not made of real numbers or gamma is not in (0, 1).

    Examples:
        >>> quantile_grad([2.0, 0.0, -2.0], gamma=0.75)
        array([ 0.75,  0.25, -0.25])
    """
    r, gamma = _checks.real("r", r), _checks.fraction("gamma", gamma)
    return np.sign(r) / 2 + (gamma - 0.5)
