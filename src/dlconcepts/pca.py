r"""Principal components by singular values: $X - \mathbf 1\boldsymbol\mu^\top = USV^\top$.

The components are the rows of $V^\top$, in the order of the variance along them. ``fit`` keeps all of them;
``encode`` and ``decode`` take the number k to use.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


class PCA(NamedTuple):
    """Mean, components and variances."""

    mean: Array  # shape (d,)
    components: Array  # orthonormal rows, shape (m, d) with m = min(n, d)
    variances: Array  # eigenvalues of the covariance (divided by n), falling, shape (m,)


def fit(X: ArrayLike) -> PCA:
    r"""Center, decompose, and sort by variance. The sign of a component is such that its largest entry is positive.

    Args:
        X: examples, shape (n, d).

    Returns:
        Mean, components and variances $\lambda_j = s_j^2/n$.

    Raises:
        ValueError: if X is no matrix of finite numbers.

    References:
        Goodfellow, Bengio & Courville 2016, §2.12 and §5.8.1; Bishop 2006, §12.1.

    Examples:
        >>> found = fit([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]])
        >>> found.components[0], found.variances.round(4)
        (array([1., 0.]), array([2.6667, 0.    ]))
    """
    X = _checks.matrix("X", X)
    mean = X.mean(axis=0)
    _, s, Vt = np.linalg.svd(X - mean, full_matrices=False)
    largest = np.abs(Vt).argmax(axis=1)
    signs = np.where(Vt[np.arange(len(Vt)), largest] < 0, -1.0, 1.0)
    return PCA(mean, Vt * signs[:, None], s**2 / len(X))


def encode(pca: PCA, X: ArrayLike, k: int) -> Array:
    r"""Scores $(X-\mathbf 1\boldsymbol\mu^\top)V_k$.

    Args:
        pca: what ``fit`` found.
        X: examples, shape (n, d).
        k: number of components, 0 … m.

    Returns:
        Shape (n, k).

    Raises:
        ValueError: if X or k does not fit.

    Examples:
        >>> encode(fit([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]), [[3.0, 7.0]], 1)
        array([[1.]])
    """
    X = _checks.matrix("X", X, columns=len(pca.mean))
    return np.asarray((X - pca.mean) @ _first(pca, k).T)


def decode(pca: PCA, H: ArrayLike) -> Array:
    r"""Reconstructions $HV_k^\top+\mathbf 1\boldsymbol\mu^\top$ from k scores a row.

    Args:
        pca: what ``fit`` found.
        H: scores, shape (n, k).

    Returns:
        Shape (n, d).

    Raises:
        ValueError: if there are more scores than components.

    Examples:
        >>> decode(fit([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]), [[1.0]])
        array([[3., 0.]])
    """
    H = _checks.matrix("H", H)
    return np.asarray(H @ _first(pca, H.shape[1]) + pca.mean)


def reconstruct(pca: PCA, X: ArrayLike, k: int) -> Array:
    """Project on the affine subspace of the first k components.

    Args:
        pca: what ``fit`` found.
        X: examples, shape (n, d).
        k: number of components, 0 … m; with 0 everything becomes the mean.

    Returns:
        Shape (n, d).

    Examples:
        >>> reconstruct(fit([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]), [[3.0, 7.0]], 1)
        array([[3., 0.]])
    """
    return np.asarray(encode(pca, X, k) @ _first(pca, k) + pca.mean)


def least_error(pca: PCA, k: int) -> float:
    r"""$\sum_{j>k}\lambda_j$: the mean squared distance of the data from the best affine subspace of dimension k.

    Args:
        pca: what ``fit`` found.
        k: number of components, 0 … m.

    Returns:
        The error on the data of the fit.

    Raises:
        ValueError: if k is out of range.

    References:
        Eckart & Young 1936; Baldi & Hornik 1989.

    Examples:
        >>> round(least_error(fit([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0]]), 0), 4)
        2.6667
    """
    return float(pca.variances[len(_first(pca, k)) :].sum())


def _first(pca: PCA, k: int) -> Array:
    k = _checks.count("k", k, minimum=0)
    if k > len(pca.components):
        raise ValueError(f"k must be at most {len(pca.components)}, got {k}")
    return pca.components[:k]
