"""Classification losses of a score, with labels -1 and +1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array
from dlconcepts.losses.entropy import sigmoid


def _margin(y_true: ArrayLike, score: ArrayLike) -> tuple[Array, Array]:
    """Labels and margins y·f, after the checks."""
    y, f = _checks.real("y_true", y_true), _checks.real("score", score)
    _checks.same_shape("y_true", y, "score", f)
    if not (np.abs(y) == 1).all():
        raise ValueError(f"y_true must hold labels -1 and +1 only, shape {y.shape}")
    y = y.astype(f.dtype)
    return y, y * f


def zero_one(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    r"""0–1 loss $\mathbf 1[y \ne \hat y]$ between labels of any kind; its mean is the error rate.

    Args:
        y_true: labels (numbers or strings), any shape.
        y_pred: predicted labels, same shape.

    Returns:
        0 where they agree and 1 where they differ, same shape.

    Raises:
        ValueError: if the shapes differ.

    References:
        Shalev-Shwartz & Ben-David 2014, §3.2.2.

    Examples:
        >>> zero_one([0, 1, 2], [0, 2, 2])
        array([0., 1., 0.])
    """
    y, p = np.asarray(y_true), np.asarray(y_pred)
    _checks.same_shape("y_true", y, "y_pred", p)
    return np.asarray(y != p, dtype=np.float64)[()]


def zero_one_margin(y_true: ArrayLike, score: ArrayLike) -> Array:
    r"""0–1 loss of a score, $\mathbf 1[y f \le 0]$: a step, so no score of 0 counts as right.

    Args:
        y_true: labels −1 or +1, any shape.
        score: real scores f, same shape; their sign is the prediction.

    Returns:
        Losses 0 or 1, same shape.

    Raises:
        ValueError: if the shapes differ or a label is neither −1 nor +1.

    Examples:
        >>> zero_one_margin([1, 1, -1], [2.0, -0.1, -3.0])
        array([0., 1., 0.])
    """
    _, margin = _margin(y_true, score)
    return np.where(np.isnan(margin), margin, margin <= 0).astype(margin.dtype)[()]


def zero_one_margin_grad(y_true: ArrayLike, score: ArrayLike) -> Array:
    """Gradient of the 0–1 loss in the score: 0 wherever it exists, NaN at the jump at 0.

    Args:
        y_true: labels −1 or +1, any shape.
        score: real scores, same shape.

    Returns:
        0, or NaN where the score is exactly 0, same shape: nothing for gradient descent to follow.

    Raises:
        ValueError: if the shapes differ or a label is neither −1 nor +1.

    Examples:
        >>> zero_one_margin_grad([1, 1, -1], [2.0, 0.0, 3.0])
        array([ 0., nan,  0.])
    """
    _, margin = _margin(y_true, score)
    return np.where(np.isnan(margin) | (margin == 0), np.nan, 0).astype(margin.dtype)[()]


def hinge(y_true: ArrayLike, score: ArrayLike) -> Array:
    r"""Hinge loss $\max(0, 1 - y f)$ of the support vector machine.

    Args:
        y_true: labels −1 or +1 (not 0 and 1), any shape.
        score: real scores f, same shape.

    Returns:
        Losses, same shape: 0 beyond margin 1, an upper bound of the 0–1 loss everywhere.

    Raises:
        ValueError: if the shapes differ or a label is neither −1 nor +1.

    References:
        Cortes & Vapnik 1995; Bishop 2006, §7.1.2.

    Examples:
        >>> hinge([1, 1, -1], [2.0, 0.5, 0.5])
        array([0. , 0.5, 1.5])
    """
    _, margin = _margin(y_true, score)
    return np.maximum(0, 1 - margin)


def hinge_grad(y_true: ArrayLike, score: ArrayLike) -> Array:
    r"""Subgradient of the hinge loss in the score: −y where the margin is below 1, else 0.

    Args:
        y_true: labels −1 or +1, any shape.
        score: real scores, same shape.

    Returns:
        Subgradients with respect to the score, same shape.

    Raises:
        ValueError: if the shapes differ or a label is neither −1 nor +1.

    Examples:
        >>> hinge_grad([1, 1, -1], [2.0, 0.5, 0.5])
        array([ 0., -1.,  1.])
    """
    y, margin = _margin(y_true, score)
    slope = np.where(margin < 1, -y, 0)
    return np.where(np.isnan(margin), margin, slope).astype(margin.dtype)[()]


def logistic(y_true: ArrayLike, score: ArrayLike) -> Array:
    r"""Logistic loss $\ln(1 + e^{-y f})$ in nats: the cross-entropy with labels −1 and +1.

    Args:
        y_true: labels −1 or +1, any shape.
        score: real scores f (log-odds of +1), same shape.

    Returns:
        Losses in nats, same shape. Divided by ln 2 they bound the 0–1 loss from above.

    Raises:
        ValueError: if the shapes differ or a label is neither −1 nor +1.

    References:
        Hastie, Tibshirani & Friedman 2009, §10.6.

    Examples:
        >>> logistic([1, -1], [0.0, 800.0]).round(6)
        array([6.93147e-01, 8.00000e+02])
    """
    _, margin = _margin(y_true, score)
    return np.logaddexp(0, -margin, dtype=margin.dtype)


def logistic_grad(y_true: ArrayLike, score: ArrayLike) -> Array:
    r"""Gradient of the logistic loss in the score, $-y\,\sigma(-y f)$.

    Args:
        y_true: labels −1 or +1, any shape.
        score: real scores f, same shape.

    Returns:
        Gradients with respect to the score, same shape, never beyond ±1.

    Raises:
        ValueError: if the shapes differ or a label is neither −1 nor +1.

    Examples:
        >>> logistic_grad([1, -1], [0.0, 800.0])
        array([-0.5,  1. ])
    """
    y, margin = _margin(y_true, score)
    return -y * sigmoid(-margin)
