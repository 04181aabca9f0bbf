r"""Linear least squares: the cost, four ways to solve it, gradient descent and ridge.

The model is $\hat y = X\theta$ with a design matrix X of shape (n, p), whose first column is ones
when the model has an intercept (``design_matrix`` puts it there).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array


def design_matrix(X: ArrayLike) -> Array:
    """Features with a leading column of ones, $[1, X]$: the intercept is coefficient 0.

    Args:
        X: features, shape (n, d), or one feature of shape (n,).

    Returns:
        Shape (n, d + 1).

    Raises:
        ValueError: if X is not a finite vector or matrix.

    References:
        Goodfellow, Bengio & Courville 2016, §5.1.4.

    Examples:
        >>> design_matrix([2.0, 3.0])
        array([[1., 2.],
               [1., 3.]])
    """
    features = _checks.real("X", X)
    if features.ndim == 1:
        features = features[:, None]
    features = _checks.matrix("X", features)
    return np.hstack([np.ones((len(features), 1), features.dtype), features])


def polynomial(x: ArrayLike, degree: int) -> Array:
    r"""Design matrix of the powers $1, x, \dots, x^m$.

    Args:
        x: one feature, shape (n,).
        degree: highest power m ≥ 0.

    Returns:
        Shape (n, degree + 1).

    Raises:
        ValueError: if x is not a finite vector or degree is negative.

    Examples:
        >>> polynomial([2.0, 3.0], degree=2)
        array([[1., 2., 4.],
               [1., 3., 9.]])
    """
    degree = _checks.count("degree", degree, minimum=0)
    return np.vander(_checks.vector("x", x), degree + 1, increasing=True)


def legendre(x: ArrayLike, degree: int, low: float = 0.0, high: float = 1.0) -> Array:
    r"""Design matrix of Legendre's polynomials $P_0, \dots, P_m$ on [low, high].

    They span the same functions as the powers, and their columns are nearly orthogonal, so that the
    condition number stays small.

    Args:
        x: one feature, shape (n,).
        degree: highest degree m ≥ 0.
        low: start of the interval, where the variable of P is −1.
        high: its end, where it is 1.

    Returns:
        Shape (n, degree + 1).

    Raises:
        ValueError: if x is not a finite vector, degree is negative or the interval is empty.

    Examples:
        >>> legendre([0.0, 0.5, 1.0], degree=2)
        array([[ 1. , -1. ,  1. ],
               [ 1. ,  0. , -0.5],
               [ 1. ,  1. ,  1. ]])
    """
    if not low < high:
        raise ValueError(f"low must be below high, got {low} and {high}")
    degree = _checks.count("degree", degree, minimum=0)
    u = (2 * _checks.vector("x", x) - low - high) / (high - low)
    return np.asarray(np.polynomial.legendre.legvander(u, degree))


def _system(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    X, y = _checks.matrix("X", X), _checks.vector("y", y)
    _checks.same_length("X", X, "y", y)
    return X, y


def _residuals(X: ArrayLike, y: ArrayLike, theta: ArrayLike) -> tuple[Array, Array]:
    X, y = _system(X, y)
    return X, y - X @ _checks.vector("theta", theta, X.shape[1])


def half_rss(X: ArrayLike, y: ArrayLike, theta: ArrayLike) -> float:
    r"""Least-squares cost $J(\theta) = \tfrac12\lVert X\theta - y\rVert^2$.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        theta: coefficients, shape (p,).

    Returns:
        Half the residual sum of squares, in squared units of y.

    Raises:
        ValueError: if a shape does not fit or an entry is not finite.

    Examples:
        >>> half_rss([[1.0, 0.0], [1.0, 1.0]], [1.0, 5.0], [1.0, 2.0])
        2.0
    """
    _, r = _residuals(X, y, theta)
    return float(r @ r) / 2


def half_rss_grad(X: ArrayLike, y: ArrayLike, theta: ArrayLike) -> Array:
    r"""Gradient $\nabla J = X^\top X\theta - X^\top y$ of ``half_rss``, as $X^\top(X\theta - y)$.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        theta: coefficients, shape (p,).

    Returns:
        Shape (p,). Setting it to zero is the normal equation.

    Raises:
        ValueError: if a shape does not fit or an entry is not finite.

    References:
        Goodfellow, Bengio & Courville 2016, eqs. 5.7–5.12.

    Examples:
        >>> half_rss_grad([[1.0, 0.0], [1.0, 1.0]], [1.0, 5.0], [1.0, 2.0])
        array([-2., -2.])
    """
    X, r = _residuals(X, y, theta)
    return cast(Array, -(X.T @ r))


def mse(X: ArrayLike, y: ArrayLike, theta: ArrayLike) -> float:
    r"""Mean squared error $\tfrac1n\lVert y - X\theta\rVert^2 = 2J(\theta)/n$.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        theta: coefficients, shape (p,).

    Returns:
        The mean, in squared units of y.

    Raises:
        ValueError: if a shape does not fit or an entry is not finite.

    Examples:
        >>> mse([[1.0, 0.0], [1.0, 1.0]], [1.0, 5.0], [1.0, 2.0])
        2.0
    """
    _, r = _residuals(X, y, theta)
    return float(r @ r) / len(r)


def mse_grad(X: ArrayLike, y: ArrayLike, theta: ArrayLike) -> Array:
    r"""Gradient of the mean squared error, $-\tfrac2n X^\top(y - X\theta)$.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        theta: coefficients, shape (p,).

    Returns:
        Shape (p,).

    Raises:
        ValueError: if a shape does not fit or an entry is not finite.

    Examples:
        >>> mse_grad([[1.0, 0.0], [1.0, 1.0]], [1.0, 5.0], [1.0, 2.0])
        array([-2., -2.])
    """
    X, r = _residuals(X, y, theta)
    return cast(Array, -2 / len(r) * (X.T @ r))


def condition_number(X: ArrayLike) -> float:
    r"""Condition number $\kappa = \sigma_{\max}/\sigma_{\min}$; $\kappa(X^\top X) = \kappa(X)^2$ for n ≥ p.

    Args:
        X: matrix, shape (n, p).

    Returns:
        At least 1, or infinity when the smallest singular value is 0.

    Raises:
        ValueError: if X is not a finite matrix.

    References:
        Golub & Van Loan 2013, §2.6.2, §5.3.

    Examples:
        >>> condition_number([[3.0, 0.0], [0.0, 0.5]])
        6.0
    """
    sizes = np.linalg.svd(_checks.matrix("X", X), compute_uv=False)
    return float(sizes[0] / sizes[-1]) if sizes[-1] > 0 else float("inf")


def _full_rank(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """The system, refused if the columns of X are dependent."""
    X, y = _system(X, y)
    rank = int(np.linalg.matrix_rank(X))
    if rank < X.shape[1]:
        raise ValueError(
            f"X must have full column rank, got rank {rank} with shape {X.shape}: "
            "the solution is not unique; solve_svd gives the one of least norm"
        )
    return X, y


def _forward(L: Array, b: Array) -> Array:
    """Solve L x = b by forward substitution, L lower triangular."""
    x = np.zeros_like(b)
    for i in range(len(b)):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return x


def _backward(R: Array, b: Array) -> Array:
    """Solve R x = b by back substitution, R upper triangular."""
    return _forward(R[::-1, ::-1], b[::-1])[::-1]


def solve_inverse(X: ArrayLike, y: ArrayLike) -> Array:
    r"""The textbook formula $\theta = (X^\top X)^{-1}X^\top y$, literally: do not use it.

    Forming XᵀX squares the condition number, and the explicit inverse costs more and loses more
    than solving. It is here to be compared with the others.

    Args:
        X: design matrix of full column rank, shape (n, p).
        y: targets, shape (n,).

    Returns:
        Coefficients, shape (p,).

    Raises:
        ValueError: if a shape does not fit, an entry is not finite or the rank is below p.

    References:
        Higham 2002, ch. 14 and 20.

    Examples:
        >>> solve_inverse([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [1.0, 3.0, 5.0]).round(9)
        array([1., 2.])
    """
    X, y = _full_rank(X, y)
    try:
        return cast(Array, np.linalg.inv(X.T @ X) @ (X.T @ y))
    except np.linalg.LinAlgError as error:
        raise _squared_away(X) from error


def _squared_away(X: Array) -> ValueError:
    return ValueError(
        f"X has full rank, shape {X.shape}, but its condition number {condition_number(X):.1e} "
        "squared is beyond floats, so XᵀX is singular: use solve_qr or solve_svd"
    )


def solve_cholesky(X: ArrayLike, y: ArrayLike) -> Array:
    r"""Solve the normal equation $X^\top X\theta = X^\top y$ by $X^\top X = LL^\top$.

    The cheapest for n ≫ p, about $np^2 + p^3/3$ operations, and good while κ(X)² is far below
    10¹⁶.

    Args:
        X: design matrix of full column rank, shape (n, p).
        y: targets, shape (n,).

    Returns:
        Coefficients, shape (p,).

    Raises:
        ValueError: if a shape does not fit, an entry is not finite, the rank is below p, or XᵀX is
            not positive definite in floating point.

    References:
        Golub & Van Loan 2013, §5.3.2.

    Examples:
        >>> solve_cholesky([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [1.0, 3.0, 5.0]).round(9)
        array([1., 2.])
    """
    X, y = _full_rank(X, y)
    try:
        L = np.linalg.cholesky(X.T @ X)
    except np.linalg.LinAlgError as error:
        raise _squared_away(X) from error
    return _backward(L.T, _forward(L, X.T @ y))


def solve_qr(X: ArrayLike, y: ArrayLike) -> Array:
    r"""Solve $R\theta = Q^\top y$ with $X = QR$: stable, and XᵀX is never formed.

    About $2np^2$ operations for n ≫ p: twice the normal equation's price.

    Args:
        X: design matrix of full column rank, shape (n, p).
        y: targets, shape (n,).

    Returns:
        Coefficients, shape (p,).

    Raises:
        ValueError: if a shape does not fit, an entry is not finite or the rank is below p.

    References:
        Golub & Van Loan 2013, §5.3.3.

    Examples:
        >>> solve_qr([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [1.0, 3.0, 5.0]).round(9)
        array([1., 2.])
    """
    X, y = _full_rank(X, y)
    Q, R = np.linalg.qr(X)
    return _backward(R, Q.T @ y)


def solve_svd(X: ArrayLike, y: ArrayLike) -> Array:
    r"""Solution of least norm, $\theta = X^+ y = \sum_{\sigma_i > 0} v_i\,(u_i^\top y)/\sigma_i$.

    Works for every X. Singular values below $\varepsilon\max(n, p)\,\sigma_1$ count as zero, with
    ε the spacing of floats at 1.

    Args:
        X: design matrix of any rank, shape (n, p).
        y: targets, shape (n,).

    Returns:
        Coefficients, shape (p,).

    Raises:
        ValueError: if a shape does not fit or an entry is not finite.

    References:
        Golub & Van Loan 2013, §5.5.

    Examples:
        >>> solve_svd([[1.0, 1.0], [2.0, 2.0]], [2.0, 4.0]).round(9)  # the same column twice
        array([1., 1.])
    """
    X, y = _system(X, y)
    U, sizes, Vt = np.linalg.svd(X, full_matrices=False)
    keep = sizes > np.finfo(X.dtype).eps * max(X.shape) * sizes[0]
    return cast(Array, Vt[keep].T @ ((U[:, keep].T @ y) / sizes[keep]))


SOLVERS: Mapping[str, Callable[[ArrayLike, ArrayLike], Array]] = {
    "inverse": solve_inverse,
    "cholesky": solve_cholesky,
    "qr": solve_qr,
    "svd": solve_svd,
}


def step_bound(X: ArrayLike) -> float:
    r"""Gradient descent on ``half_rss`` converges for steps below $2/\lambda_{\max}(X^\top X)$.

    Args:
        X: design matrix, shape (n, p), not all zero.

    Returns:
        The bound, $2/\sigma_{\max}(X)^2$.

    Raises:
        ValueError: if X is not a finite matrix or is zero.

    References:
        Nesterov 2018, §1.2.3.

    Examples:
        >>> round(step_bound([[2.0, 0.0], [0.0, 1.0]]), 12)
        0.5
    """
    X = _checks.matrix("X", X)
    largest = float(np.linalg.norm(X, 2))
    if largest == 0:
        raise ValueError(f"X must not be zero everywhere, shape {X.shape}")
    return 2 / largest**2


class Descent(NamedTuple):
    """A run of gradient descent."""

    theta: Array  # the last iterate, shape (p,)
    path: Array  # all iterates with the start, shape (steps + 1, p)
    cost: Array  # half_rss along the path, shape (steps + 1,)


def gradient_descent(
    X: ArrayLike, y: ArrayLike, *, step: float, steps: int, start: ArrayLike | None = None
) -> Descent:
    r"""Gradient descent $\theta \leftarrow \theta - \eta X^\top(X\theta - y)$ on ``half_rss``.

    Above ``step_bound`` it diverges; the path is then returned as it is, infinities included.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        step: step size η > 0.
        steps: number of steps.
        start: first iterate, shape (p,); zeros if left out, which leads to the solution of least
            norm when X is rank-deficient.

    Returns:
        The last iterate, the path and the cost along it.

    Raises:
        ValueError: if a shape does not fit, an entry is not finite, or step or steps is not
            positive.

    Examples:
        >>> run = gradient_descent([[1.0, 0.0], [0.0, 2.0]], [1.0, 2.0], step=0.25, steps=60)
        >>> run.theta.round(6)
        array([1., 1.])
    """
    X, y = _system(X, y)
    step, steps = _checks.positive("step", step), _checks.count("steps", steps)
    path = np.zeros((steps + 1, X.shape[1]))
    if start is not None:
        path[0] = _checks.vector("start", start, X.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps):
            path[t + 1] = path[t] - step * (X.T @ (X @ path[t] - y))
        cost = np.square(path @ X.T - y).sum(axis=1) / 2
    return Descent(path[-1], path, cost)


def ridge(
    X: ArrayLike,
    y: ArrayLike,
    penalty: float,
    *,
    intercept: bool = False,
    weights: ArrayLike | None = None,
) -> Array:
    r"""Ridge regression: minimize $\sum_i w_i(y_i - \theta^\top x_i)^2 + \alpha\|\theta\|^2$.

    Solved as ordinary least squares with the rows $\sqrt\alpha\,I$ and targets 0 added, which
    keeps κ(X) from being squared. A penalty of 0 gives (weighted) least squares of least norm.

    Args:
        X: design matrix, shape (n, p).
        y: targets, shape (n,).
        penalty: α ≥ 0.
        intercept: leave coefficient 0 unpenalized; the first column of X must then be ones.
        weights: weights w ≥ 0 of the examples, shape (n,); ones if left out.

    Returns:
        Coefficients, shape (p,).

    Raises:
        ValueError: if a shape does not fit, an entry is not finite, penalty or a weight is
            negative, or an intercept is asked for without its column.

    References:
        Hastie, Tibshirani & Friedman 2009, §3.4.1, eq. 3.41, ex. 3.12.

    Examples:
        >>> ridge([[1.0, -1.0], [1.0, 1.0]], [2.0, 4.0], penalty=2.0, intercept=True).round(9)
        array([3. , 0.5])
    """
    X, y = _system(X, y)
    penalty = _checks.positive("penalty", penalty, zero=True)
    if intercept:
        _checks.intercept_column(X)
    if weights is not None:
        root = np.sqrt(_nonnegative(_checks.vector("weights", weights, len(y))))
        X, y = X * root[:, None], y * root
    if penalty > 0:
        extra = np.sqrt(penalty) * np.eye(X.shape[1])[int(intercept) :]
        X, y = np.vstack([X, extra]), np.append(y, np.zeros(len(extra)))
    return solve_svd(X, y)


def _nonnegative(weights: Array) -> Array:
    if (weights < 0).any():
        raise ValueError(f"weights must be >= 0, got {weights.min()}, shape {weights.shape}")
    return weights


def hat_matrix(X: ArrayLike) -> Array:
    r"""Projection $H = XX^+$ onto the column space, $\hat y = Hy$; its trace is the rank of X.

    Args:
        X: design matrix, shape (n, p), of any rank.

    Returns:
        Shape (n, n), symmetric, HH = H. Its diagonal holds the leverages.

    Raises:
        ValueError: if X is not a finite matrix.

    Examples:
        >>> hat_matrix([[1.0], [1.0]])
        array([[0.5, 0.5],
               [0.5, 0.5]])
    """
    X = _checks.matrix("X", X)
    U, sizes, _ = np.linalg.svd(X, full_matrices=False)
    U = U[:, sizes > np.finfo(X.dtype).eps * max(X.shape) * sizes[0]]
    return cast(Array, U @ U.T)


def covariance(X: ArrayLike, y: ArrayLike, *, robust: bool = False) -> Array:
    r"""Estimated covariance of the least-squares coefficients, classical or robust (HC1).

    Classical: $\hat\sigma^2(X^\top X)^{-1}$ with $\hat\sigma^2 = \lVert r\rVert^2/(n - p)$, right
    when the noise has one variance. Robust: $\tfrac{n}{n-p}(X^\top X)^{-1}X^\top
    \mathrm{diag}(r_i^2)X(X^\top X)^{-1}$, right (for large n) also when it has not.

    Args:
        X: design matrix of full column rank, shape (n, p), n > p.
        y: targets, shape (n,).
        robust: use the sandwich.

    Returns:
        Shape (p, p); the roots of its diagonal are the standard errors.

    Raises:
        ValueError: if a shape does not fit, the rank is below p, or n ≤ p.

    References:
        White 1980; MacKinnon & White 1985.

    Examples:
        >>> float(covariance([[1.0], [1.0], [1.0]], [1.0, 2.0, 3.0])[0, 0].round(9))  # s²/n
        0.333333333
    """
    X, y = _full_rank(X, y)
    n, p = X.shape
    if n <= p:
        raise ValueError(f"X must have more rows than columns, got shape {X.shape}")
    pseudo = np.linalg.pinv(X)
    r = y - X @ (pseudo @ y)
    noise = np.square(r) if robust else np.full(n, r @ r / n)
    return cast(Array, n / (n - p) * (pseudo * noise) @ pseudo.T)
