"""Cross-entropies: losses of probabilities and of logits, with labels that are probabilities."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


def sigmoid(z: ArrayLike) -> Array:
    r"""Logistic sigmoid $\sigma(z) = 1/(1 + e^{-z})$, as $\exp(-\ln(1 + e^{-z}))$: no overflow.

    Args:
        z: logits, any shape.

    Returns:
        Probabilities, same shape.

    Raises:
        ValueError: if z is not made of real numbers.

    Examples:
        >>> sigmoid([-800.0, 0.0, 800.0])
        array([0. , 0.5, 1. ])
    """
    z = _checks.real("z", z)
    return np.exp(-np.logaddexp(0, -z, dtype=z.dtype))


def log_softmax(Z: ArrayLike) -> Array:
    r"""Log-probabilities $z_j - \ln\sum_k e^{z_k}$ along the last axis, shifted by the largest.

    Args:
        Z: logits, shape (…, k).

    Returns:
        Log-probabilities, same shape.

    Raises:
        ValueError: if Z is a single number or has no classes.

    References:
        Goodfellow, Bengio & Courville 2016, §4.1, §6.2.2.3.

    Examples:
        >>> log_softmax([1e4, 0.0])
        array([     0., -10000.])
    """
    Z = _checks.real("Z", Z)
    if Z.ndim == 0 or Z.shape[-1] == 0:
        raise ValueError(f"Z must have classes along its last axis, got shape {Z.shape}")
    with np.errstate(over="ignore"):  # a gap beyond the largest float is -inf: probability 0
        shifted = Z - Z.max(axis=-1, keepdims=True)
    return cast(Array, shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def softmax(Z: ArrayLike) -> Array:
    r"""Probabilities $e^{z_j}/\sum_k e^{z_k}$ along the last axis.

    Args:
        Z: logits, shape (…, k).

    Returns:
        Probabilities, same shape; each row sums to 1.

    Raises:
        ValueError: if Z is a single number or has no classes.

    Examples:
        >>> softmax([[0.0, 0.0], [1e4, 0.0]])
        array([[0.5, 0.5],
               [1. , 0. ]])
    """
    return np.exp(log_softmax(Z))


def one_hot(labels: ArrayLike, k: int) -> Array:
    """Rows of the identity: class number j becomes a row with a 1 in column j.

    Args:
        labels: class numbers 0 … k − 1, shape (n,).
        k: number of classes.

    Returns:
        Shape (n, k).

    Raises:
        ValueError: if labels is not a vector of whole numbers below k.

    Examples:
        >>> one_hot([0, 2], k=3)
        array([[1., 0., 0.],
               [0., 0., 1.]])
    """
    k, index = _checks.count("k", k), np.asarray(labels)
    if index.ndim != 1 or index.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be a vector of whole numbers, got shape {index.shape}, {index.dtype}"
        )
    if index.size and not (index.min() >= 0 and index.max() < k):
        raise ValueError(f"labels must lie in 0…{k - 1}, got {index.min()}…{index.max()}")
    return cast(Array, np.eye(k)[index])


def _unit(name: str, value: ArrayLike) -> Array:
    """Probabilities: every entry in [0, 1]."""
    p = _checks.real(name, value)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"{name} must lie in [0, 1], got values outside it, shape {p.shape}")
    return p


def _simplex(name: str, value: ArrayLike) -> Array:
    """Distributions along the last axis."""
    p = _unit(name, value)
    if p.ndim == 0 or not (np.abs(p.sum(axis=-1) - 1) < 1e-5).all():
        raise ValueError(f"{name} must sum to 1 along its last axis, shape {p.shape}")
    return p


def _weighted(weight: Array, value: Array) -> Array:
    """Product with 0·∞ = 0: what has no weight costs nothing, however improbable."""
    return weight * np.where(weight == 0, np.zeros_like(value), value)


def binary_cross_entropy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    r"""Binary cross-entropy $-y\ln p - (1 - y)\ln(1 - p)$ of probabilities, with 0 ln 0 = 0.

    Args:
        y_true: probability of class 1, in [0, 1], any shape: 0 or 1, or a soft label.
        y_pred: predicted probabilities p in [0, 1], same shape.

    Returns:
        Losses in nats, same shape; ``inf`` where what happens was given probability 0. For a soft
        label the least is its entropy, not 0.

    Raises:
        ValueError: if the shapes differ or an entry is outside [0, 1].

    References:
        Goodfellow, Bengio & Courville 2016, §3.13, §6.2.1.

    Examples:
        >>> binary_cross_entropy([1, 0, 0.7], [0.012, 0.0, 0.7]).round(3)
        array([4.423, 0.   , 0.611])
    """
    y, p = _unit("y_true", y_true), _unit("y_pred", y_pred)
    _checks.same_shape("y_true", y, "y_pred", p)
    y = y.astype(p.dtype)
    with np.errstate(divide="ignore"):
        return _weighted(y, -np.log(p)) + _weighted(1 - y, -np.log1p(-p))


def binary_cross_entropy_grad(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    r"""Gradient of the binary cross-entropy in p, $-y/p + (1 - y)/(1 - p)$.

    Args:
        y_true: probability of class 1, in [0, 1], any shape.
        y_pred: predicted probabilities p in [0, 1], same shape.

    Returns:
        Gradients with respect to p, same shape; infinite where the loss is.

    Raises:
        ValueError: if the shapes differ or an entry is outside [0, 1].

    Examples:
        >>> binary_cross_entropy_grad([1, 0], [0.25, 0.5])
        array([-4.,  2.])
    """
    y, p = _unit("y_true", y_true), _unit("y_pred", y_pred)
    _checks.same_shape("y_true", y, "y_pred", p)
    y = y.astype(p.dtype)
    with np.errstate(divide="ignore", over="ignore"):
        return _weighted(1 - y, 1 / (1 - p)) - _weighted(y, 1 / p)


def binary_cross_entropy_logits(y_true: ArrayLike, logit: ArrayLike) -> Array:
    r"""Binary cross-entropy of $p = \sigma(z)$ from the logit z, $\ln(1 + e^z) - y z$.

    Computed as $y\ln(1 + e^{-z}) + (1 - y)\ln(1 + e^{z})$: the same, but it keeps its digits
    when the answer is confident and right.

    Args:
        y_true: probability of class 1, in [0, 1], any shape.
        logit: logits z, same shape.

    Returns:
        Losses in nats, same shape, finite for every finite logit.

    Raises:
        ValueError: if the shapes differ or a label is outside [0, 1].

    References:
        Goodfellow, Bengio & Courville 2016, §6.2.2.2.

    Examples:
        >>> binary_cross_entropy_logits([1, 0], [800.0, 800.0])
        array([  0., 800.])
    """
    y, z = _unit("y_true", y_true), _checks.real("logit", logit)
    _checks.same_shape("y_true", y, "logit", z)
    y = y.astype(z.dtype)
    right = np.logaddexp(0, -z, dtype=z.dtype)
    return y * right + (1 - y) * np.logaddexp(0, z, dtype=z.dtype)


def binary_cross_entropy_logits_grad(y_true: ArrayLike, logit: ArrayLike) -> Array:
    r"""Gradient of the binary cross-entropy in the logit, $\sigma(z) - y$: it does not saturate.

    Args:
        y_true: probability of class 1, in [0, 1], any shape.
        logit: logits z, same shape.

    Returns:
        Gradients with respect to the logit, same shape.

    Raises:
        ValueError: if the shapes differ or a label is outside [0, 1].

    Examples:
        >>> binary_cross_entropy_logits_grad([1, 1], [0.0, -800.0])
        array([-0.5, -1. ])
    """
    y, z = _unit("y_true", y_true), _checks.real("logit", logit)
    _checks.same_shape("y_true", y, "logit", z)
    y = y.astype(z.dtype)
    return (1 - y) * sigmoid(z) - y * sigmoid(-z)


def categorical_cross_entropy(Y_true: ArrayLike, Y_pred: ArrayLike) -> Array:
    r"""Cross-entropy $-\sum_j y_j\ln p_j$ of each row of probabilities, with 0 ln 0 = 0.

    Args:
        Y_true: distributions, shape (…, k): rows of ``one_hot``, or soft labels.
        Y_pred: predicted distributions, same shape.

    Returns:
        Losses in nats, shape (…).

    Raises:
        ValueError: if the shapes differ or a row is not a distribution.

    References:
        Goodfellow, Bengio & Courville 2016, §3.13.

    Examples:
        >>> categorical_cross_entropy([[1, 0, 0], [0.5, 0.5, 0]], [[0.5, 0.5, 0], [0.5, 0.5, 0]])
        array([0.69314718, 0.69314718])
    """
    Y, P = _simplex("Y_true", Y_true), _simplex("Y_pred", Y_pred)
    _checks.same_shape("Y_true", Y, "Y_pred", P)
    Y = Y.astype(P.dtype)
    with np.errstate(divide="ignore"):
        return cast(Array, _weighted(Y, -np.log(P)).sum(axis=-1))


def categorical_cross_entropy_grad(Y_true: ArrayLike, Y_pred: ArrayLike) -> Array:
    r"""Gradient of the cross-entropy in the probabilities, $-y_j/p_j$, each taken as free.

    Args:
        Y_true: distributions, shape (…, k).
        Y_pred: predicted distributions, same shape.

    Returns:
        Gradients with respect to Y_pred, same shape.

    Raises:
        ValueError: if the shapes differ or a row is not a distribution.

    Examples:
        >>> categorical_cross_entropy_grad([0.5, 0.5, 0.0], [0.25, 0.75, 0.0]).round(3)
        array([-2.   , -0.667,  0.   ])
    """
    Y, P = _simplex("Y_true", Y_true), _simplex("Y_pred", Y_pred)
    _checks.same_shape("Y_true", Y, "Y_pred", P)
    Y = Y.astype(P.dtype)
    with np.errstate(divide="ignore", over="ignore"):
        return 0 - _weighted(Y, 1 / P)


def categorical_cross_entropy_logits(Y_true: ArrayLike, logits: ArrayLike) -> Array:
    r"""Cross-entropy of the softmax, $\sum_j y_j(\ln\sum_k e^{z_k} - z_j)$, from the logits.

    Args:
        Y_true: distributions, shape (…, k).
        logits: logits z, same shape.

    Returns:
        Losses in nats, shape (…).

    Raises:
        ValueError: if the shapes differ or a row of Y_true is not a distribution.

    References:
        Goodfellow, Bengio & Courville 2016, §6.2.2.3.

    Examples:
        >>> categorical_cross_entropy_logits([[1, 0], [0, 1]], [[1e4, 0.0], [1e4, 0.0]])
        array([    0., 10000.])
    """
    Y, Z = _simplex("Y_true", Y_true), _checks.real("logits", logits)
    _checks.same_shape("Y_true", Y, "logits", Z)
    Y = Y.astype(Z.dtype)
    return cast(Array, _weighted(Y, -log_softmax(Z)).sum(axis=-1))


def categorical_cross_entropy_logits_grad(Y_true: ArrayLike, logits: ArrayLike) -> Array:
    r"""Gradient of the cross-entropy in the logits, $\mathrm{softmax}(z) - y$.

    Args:
        Y_true: distributions, shape (…, k).
        logits: logits z, same shape.

    Returns:
        Gradients with respect to the logits, same shape; each row sums to 0.

    Raises:
        ValueError: if the shapes differ or a row of Y_true is not a distribution.

    Examples:
        >>> categorical_cross_entropy_logits_grad([[1, 0]], [[0.0, 0.0]])
        array([[-0.5,  0.5]])
    """
    Y, Z = _simplex("Y_true", Y_true), _checks.real("logits", logits)
    _checks.same_shape("Y_true", Y, "logits", Z)
    Y = Y.astype(Z.dtype)
    return softmax(Z) - Y
