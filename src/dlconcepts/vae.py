r"""Variational autoencoders with a Gaussian decoder: the linear one, which is exact, and one with networks.

Both have the prior $\mathbf z\sim\mathcal N(0,I)$, the decoder
$\mathbf x\mid\mathbf z\sim\mathcal N(g(\mathbf z),vI)$ and the encoder
$q(\mathbf z\mid\mathbf x)=\mathcal N(\mathbf m(\mathbf x),\operatorname{diag}\mathbf s)$. With a linear g the model is
probabilistic PCA: ``log_likelihood``, ``posterior``, ``linear_elbo`` and ``optimum`` have no sampling in them. With
networks, ``cost`` takes the noise ξ of $\mathbf z=\mathbf m+\sqrt{\mathbf s}\odot\boldsymbol\xi$.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, nets, pca
from dlconcepts._checks import Array
from dlconcepts.optim import Cost


class Linear(NamedTuple):
    r"""Decoder $W\mathbf z+\boldsymbol\mu$, encoder $V^\top(\mathbf x-\boldsymbol\mu)$; or a gradient."""

    W: Array  # decoder, shape (d, k)
    mean: Array  # μ, shape (d,)
    log_variance: Array  # ln v of the decoder, shape ()
    V: Array  # encoder, shape (d, k)
    log_spread: Array  # ln s of the encoder, shape (k,)


class VAE(NamedTuple):
    """Networks for both halves, or a gradient."""

    encoder: nets.Net  # d inputs, 2k outputs: m and ln s
    decoder: nets.Net  # k inputs, d outputs
    log_variance: Array  # ln v of the decoder, shape ()


class Elbo(NamedTuple):
    r"""The bound of each example is ``fit - kl.sum(axis=1)``."""

    fit: Array  # E_q ln p(x|z), shape (n,)
    kl: Array  # KL(q(z_j|x) || N(0, 1)), shape (n, k)


class Normal(NamedTuple):
    """Normal distributions of codes, one for each example, with a common covariance."""

    mean: Array  # shape (n, k)
    covariance: Array  # shape (k, k)


def linear_init(d: int, k: int, *, rng: np.random.Generator, scale: float = 1.0) -> Linear:
    r"""Weights $\mathcal N(0,s^2/k)$ and $\mathcal N(0,s^2/d)$, mean 0, both variances 1.

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
        >>> linear_init(5, 2, rng=np.random.default_rng(0)).W.shape
        (5, 2)
    """
    net = nets.init((d, k, d), rng=rng, scale=scale)
    return Linear(net.weights[1].T, np.zeros(d), np.zeros(()), net.weights[0], np.zeros(k))


def optimum(X: ArrayLike, k: int, variance: float | None = None) -> Linear:
    r"""The linear model of greatest likelihood, whose encoder is the exact posterior.

    With eigenvalues $\lambda_j$ and eigenvectors $U$ of the covariance, $W=U_k(\Lambda_k-vI)_+^{1/2}$ and v is the
    mean of the $d-k$ smallest eigenvalues. The columns of W are orthogonal, so the posterior has
    independent entries: with $c_j=v+\lVert\mathbf w_j\rVert^2$, $s_j=v/c_j$ and $\mathbf v_j=\mathbf w_j/c_j$.

    Args:
        X: examples, shape (n, d).
        k: size of the code; it may exceed d if the variance is given.
        variance: v > 0 if it is to be fixed.

    Returns:
        The parameters.

    Raises:
        ValueError: if X is no matrix, k is out of range, or no variance is left for v.

    References:
        Tipping & Bishop 1999; Bishop 2006, eqs. 12.45–12.46; Lucas et al. 2019.

    Examples:
        >>> model = optimum([[0.0, 1.0], [2.0, -1.0], [-2.0, -1.0], [0.0, 1.0]], 1)
        >>> model.W.round(6), float(np.exp(model.log_variance).round(6))
        (array([[1.],
               [0.]]), 1.0)
    """
    X, k = _checks.matrix("X", X), _checks.count("k", k)
    d = X.shape[1]
    found = pca.fit(X)
    eigenvalues = np.zeros(max(d, k))
    eigenvalues[: len(found.variances)] = found.variances
    if variance is None:
        if k >= d:
            raise ValueError(f"k must be less than the {d} columns of X, got {k}")
        v = float(eigenvalues[k:].mean())
        if v <= d * np.finfo(float).eps * eigenvalues[0]:
            raise ValueError(f"X must vary beyond its first {k} components")
    else:
        v = _checks.positive("variance", variance)
    W = np.zeros((d, k))
    m = min(k, len(found.components))
    W[:, :m] = found.components[:m].T * np.sqrt(np.maximum(found.variances[:m] - v, 0))
    total = v + (W**2).sum(axis=0)
    return Linear(W, found.mean, np.array(np.log(v)), W / total, np.log(v / total))


def log_likelihood(model: Linear, X: ArrayLike) -> Array:
    r"""$\ln\mathcal N(\mathbf x;\boldsymbol\mu,WW^\top+vI)$ of each example, with the code integrated out.

    Args:
        model: parameters; the encoder plays no part.
        X: examples, shape (n, d).

    Returns:
        Shape (n,).

    Raises:
        ValueError: if X does not fit.

    References:
        Tipping & Bishop 1999; Bishop 2006, eq. 12.43.

    Examples:
        >>> model = Linear(np.zeros((2, 1)), np.zeros(2), np.zeros(()), np.zeros((2, 1)), np.zeros(1))
        >>> log_likelihood(model, [[0.0, 0.0]]).round(6)
        array([-1.837877])
    """
    X = _checks.matrix("X", X, columns=len(model.W))
    C = model.W @ model.W.T + np.exp(model.log_variance) * np.eye(len(model.W))
    R = X - model.mean
    distance = (R * np.linalg.solve(C, R.T).T).sum(axis=1)
    log_det: float = np.linalg.slogdet(C)[1]
    return np.asarray(-(len(C) * np.log(2 * np.pi) + log_det + distance) / 2)


def posterior(model: Linear, X: ArrayLike) -> Normal:
    r"""$p(\mathbf z\mid\mathbf x)=\mathcal N(M^{-1}W^\top(\mathbf x-\boldsymbol\mu),\,vM^{-1})$, $M=W^\top W+vI$.

    Args:
        model: parameters; the encoder plays no part.
        X: examples, shape (n, d).

    Returns:
        The mean of each example and the covariance.

    Raises:
        ValueError: if X does not fit.

    References:
        Tipping & Bishop 1999; Bishop 2006, §12.2.

    Examples:
        >>> one = np.ones((1, 1))
        >>> posterior(Linear(one, np.zeros(1), np.zeros(()), one, np.zeros(1)), [[2.0]])
        Normal(mean=array([[1.]]), covariance=array([[0.5]]))
    """
    X = _checks.matrix("X", X, columns=len(model.W))
    v, k = np.exp(model.log_variance), model.W.shape[1]
    inverse = np.linalg.inv(model.W.T @ model.W + v * np.eye(k))
    return Normal((X - model.mean) @ model.W @ inverse, v * inverse)


def linear_elbo(model: Linear, X: ArrayLike) -> Elbo:
    r"""Both terms of the bound, with the expectation taken exactly.

    $\mathbb E_q\ln p(\mathbf x\mid\mathbf z)=-\frac d2\ln2\pi v-\frac1{2v}\big(\lVert\mathbf x-\boldsymbol\mu-W\mathbf
    m\rVert^2+\sum_js_j\lVert\mathbf w_j\rVert^2\big)$ and $\mathrm{KL}_j=\frac12(s_j+m_j^2-1-\ln s_j)$.

    Args:
        model: parameters.
        X: examples, shape (n, d).

    Returns:
        The terms; their difference is at most ``log_likelihood``.

    Raises:
        ValueError: if X does not fit.

    References:
        Lucas et al. 2019; Kingma & Welling 2014, appendix B.

    Examples:
        >>> one = np.ones((1, 1))
        >>> model = Linear(one, np.zeros(1), np.zeros(()), one / 2, np.log([0.5]))
        >>> bound = linear_elbo(model, [[2.0]])
        >>> np.allclose(bound.fit - bound.kl.sum(axis=1), log_likelihood(model, [[2.0]]))
        True
    """
    X = _checks.matrix("X", X, columns=len(model.W))
    v, s = np.exp(model.log_variance), np.exp(model.log_spread)
    M = (X - model.mean) @ model.V
    R = X - model.mean - M @ model.W.T
    blur = float((s * (model.W**2).sum(axis=0)).sum())
    return Elbo(_fit(R, v, blur), _kl(M, model.log_spread))


def linear_cost(
    model: Linear, X: ArrayLike, *, weight: float = 1.0, learn_variance: bool = True
) -> Cost[Linear]:
    r"""Mean of $-\mathbb E_q\ln p(\mathbf x\mid\mathbf z)+\beta\,\mathrm{KL}$ and its gradient, both exact.

    Args:
        model: parameters.
        X: examples, shape (n, d).
        weight: β ≥ 0; with 1 the cost is the negative bound.
        learn_variance: whether v has a gradient; with False it stays as it is.

    Returns:
        The cost and its gradient.

    Raises:
        ValueError: if X does not fit or the weight is negative.

    References:
        Lucas et al. 2019; Higgins et al. 2017 (the weight β).

    Examples:
        >>> model = optimum([[0.0, 1.0], [2.0, -1.0], [-2.0, -1.0], [0.0, 1.0]], 1)
        >>> found = linear_cost(model, [[0.0, 1.0], [2.0, -1.0], [-2.0, -1.0], [0.0, 1.0]])
        >>> bool(max(np.abs(part).max() for part in found.gradient) < 1e-12)
        True
    """
    weight = _checks.positive("weight", weight, zero=True)
    bound = linear_elbo(model, X)
    Xc, n, d = np.asarray(X) - model.mean, len(bound.fit), len(model.W)
    v, s = np.exp(model.log_variance), np.exp(model.log_spread)
    M = Xc @ model.V
    R = Xc - M @ model.W.T
    length = (model.W**2).sum(axis=0)
    R_grad = R / (v * n)
    M_grad = weight * M / n - R_grad @ model.W
    error = float((R**2).sum() / n + (s * length).sum())
    gradient = Linear(
        model.W * s / v - R_grad.T @ M,
        -(R_grad + M_grad @ model.V.T).sum(axis=0),
        np.asarray((d - error / v) / 2 if learn_variance else 0.0),
        Xc.T @ M_grad,
        (s * length / v + weight * (s - 1)) / 2,
    )
    return Cost(float(-bound.fit.mean() + weight * bound.kl.sum() / n), gradient)


def linear_sample(model: Linear, n: int, *, rng: np.random.Generator) -> Array:
    r"""Draw $\mathbf z\sim\mathcal N(0,I)$, then $\mathbf x\sim\mathcal N(W\mathbf z+\boldsymbol\mu,vI)$.

    Args:
        model: parameters.
        n: how many.
        rng: source of randomness.

    Returns:
        Shape (n, d).

    Raises:
        ValueError: if n is not positive.

    Examples:
        >>> linear_sample(linear_init(5, 2, rng=np.random.default_rng(0)), 3, rng=np.random.default_rng(1)).shape
        (3, 5)
    """
    n, (d, k) = _checks.count("n", n), model.W.shape
    codes, noise = rng.normal(size=(n, k)), rng.normal(size=(n, d))
    return np.asarray(codes @ model.W.T + model.mean + np.exp(model.log_variance / 2) * noise)


def init(d: int, hidden: int, k: int, *, rng: np.random.Generator) -> VAE:
    """One hidden layer in each half; weights as in ``nets.init``, the decoder's variance 1.

    Args:
        d: numbers per example.
        hidden: units of each hidden layer.
        k: size of the code.
        rng: source of randomness.

    Returns:
        The parameters.

    Raises:
        ValueError: if a size is not positive.

    Examples:
        >>> model = init(2, 16, 1, rng=np.random.default_rng(0))
        >>> model.encoder.weights[-1].shape, model.decoder.weights[-1].shape
        ((16, 2), (16, 2))
    """
    encoder = nets.init((d, hidden, 2 * _checks.count("k", k)), rng=rng)
    return VAE(encoder, nets.init((k, hidden, d), rng=rng), np.zeros(()))


def encode(model: VAE, X: ArrayLike, activation: str = "tanh") -> tuple[Array, Array]:
    r"""Mean $\mathbf m$ and variance $\mathbf s$ of $q(\mathbf z\mid\mathbf x)$.

    Args:
        model: parameters.
        X: examples, shape (n, d).
        activation: of the hidden layers.

    Returns:
        Both of shape (n, k).

    Examples:
        >>> m, s = encode(init(2, 16, 1, rng=np.random.default_rng(0)), [[0.0, 0.0]])
        >>> m, s
        (array([[0.]]), array([[1.]]))
    """
    out = nets.forward(model.encoder, X, activation).output
    k = len(model.decoder.weights[0])
    return out[:, :k], np.exp(out[:, k:])


def decode(model: VAE, Z: ArrayLike, activation: str = "tanh") -> Array:
    r"""Means $g(\mathbf z)$ of the decoder.

    Args:
        model: parameters.
        Z: codes, shape (n, k).
        activation: of the hidden layers.

    Returns:
        Shape (n, d).

    Examples:
        >>> decode(init(2, 16, 1, rng=np.random.default_rng(0)), [[0.0]])
        array([[0., 0.]])
    """
    return nets.forward(model.decoder, Z, activation).output


def cost(
    model: VAE,
    X: ArrayLike,
    noise: ArrayLike,
    *,
    weight: float = 1.0,
    learn_variance: bool = True,
    activation: str = "tanh",
) -> Cost[VAE]:
    r"""Mean of $-\ln p(\mathbf x\mid\mathbf z)+\beta\,\mathrm{KL}$ at the given noise, and its gradient.

    The noise is an input, not a draw inside: so $\mathbf z$ is differentiable in $\mathbf m$ and $\mathbf s$, and
    backpropagation goes through both networks.

    Args:
        model: parameters.
        X: examples, shape (n, d).
        noise: ξ, draws from N(0, 1), shape (n, k).
        weight: β ≥ 0; with 1 the expected cost is the negative bound.
        learn_variance: whether v has a gradient; with False it stays as it is.
        activation: of the hidden layers.

    Returns:
        The cost and its gradient.

    Raises:
        ValueError: if a shape does not fit or the weight is negative.

    References:
        Kingma & Welling 2014, §2.3–2.4.

    Examples:
        >>> model = init(2, 16, 1, rng=np.random.default_rng(0))
        >>> round(cost(model, [[0.0, 0.0]], [[0.0]]).value, 6)
        1.837877
    """
    weight = _checks.positive("weight", weight, zero=True)
    coding = nets.forward(model.encoder, X, activation)
    k = len(model.decoder.weights[0])
    m, log_s = coding.output[:, :k], coding.output[:, k:]
    noise = _checks.matrix("noise", noise)
    _checks.same_shape("noise", noise, "code", m)
    deviation = np.exp(log_s / 2) * noise
    decoding = nets.forward(model.decoder, m + deviation, activation)
    X = coding.inputs[0]
    n, d = X.shape
    R, v = decoding.output - X, np.exp(model.log_variance)
    back = nets.backward(model.decoder, decoding, R / (v * n))
    code_grad = np.hstack(
        [
            back.X + weight * m / n,
            back.X * deviation / 2 + weight * (np.exp(log_s) - 1) / (2 * n),
        ]
    )
    v_grad = (d - float((R**2).sum()) / (v * n)) / 2 if learn_variance else 0.0
    value = -_fit(R, v, 0.0).mean() + weight * _kl(m, log_s).sum() / n
    encoder = nets.backward(model.encoder, coding, code_grad).net
    return Cost(float(value), VAE(encoder, back.net, np.asarray(v_grad)))


def sample(
    model: VAE, n: int, *, rng: np.random.Generator, activation: str = "tanh", noisy: bool = True
) -> Array:
    r"""Draw $\mathbf z\sim\mathcal N(0,I)$, then $\mathbf x\sim\mathcal N(g(\mathbf z),vI)$.

    Args:
        model: parameters.
        n: how many.
        rng: source of randomness.
        activation: of the hidden layers.
        noisy: with False the means $g(\mathbf z)$, without the decoder's noise.

    Returns:
        Shape (n, d).

    Raises:
        ValueError: if n is not positive.

    Examples:
        >>> sample(init(2, 16, 1, rng=np.random.default_rng(0)), 5, rng=np.random.default_rng(1)).shape
        (5, 2)
    """
    codes = rng.normal(size=(_checks.count("n", n), len(model.decoder.weights[0])))
    X = decode(model, codes, activation)
    return X + np.exp(model.log_variance / 2) * rng.normal(size=X.shape) if noisy else X


def _fit(R: Array, v: Any, blur: float) -> Array:
    """The expected log density of each example, from its residual and what the code's spread adds."""
    return np.asarray(-(R.shape[1] * np.log(2 * np.pi * v) + ((R**2).sum(axis=1) + blur) / v) / 2)


def _kl(m: Array, log_s: Array) -> Array:
    return np.asarray((np.exp(log_s) + m**2 - 1 - log_s) / 2)
