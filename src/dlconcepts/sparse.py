r"""Sparse coding: $\min_{\mathbf h}\lVert\mathbf x-D^\top\mathbf h\rVert^2+\lambda\lVert\mathbf h\rVert_1$.

Examples are rows of X, their codes rows of H, the atoms of the dictionary rows of D, so that the reconstructions are
$HD$ as in ``autoencoder.decode``. ``ista`` and ``fista`` find codes, ``learn`` finds a dictionary as well. A
``Predictor`` gives codes in one pass; ``psd`` trains it together with the dictionary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from dlconcepts import _checks, optim
from dlconcepts._checks import Array
from dlconcepts.nets import ACTIVATIONS
from dlconcepts.optim import Cost
from dlconcepts.parameters import ravel, unravel
from dlconcepts.regularization import soft_threshold


class Coding(NamedTuple):
    """Codes and how the energy fell."""

    H: Array  # shape (n, k)
    energies: Array  # mean over examples, before the first and after each step, shape (steps + 1,)


class Dictionary(NamedTuple):
    """What ``learn`` found."""

    D: Array  # atoms in rows, none longer than 1, shape (k, d)
    H: Array  # codes of the examples, shape (n, k)
    energies: Array  # after each round, shape (rounds,)


class Predictor(NamedTuple):
    r"""$f(\mathbf x)=\mathbf g\odot\phi(W^\top\mathbf x+\mathbf b)$."""

    W: Array  # shape (d, k)
    b: Array  # shape (k,)
    g: Array  # gain of each unit, shape (k,)


class PSD(NamedTuple):
    """What ``psd`` found."""

    D: Array  # atoms in rows, none longer than 1, shape (k, d)
    predictor: Predictor
    energies: Array  # with the term of the prediction, after each round, shape (rounds,)


def unit(D: ArrayLike) -> Array:
    """The same directions with length 1; a row of zeros stays.

    Examples:
        >>> unit([[3.0, 4.0], [0.0, 0.0]])
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    D = _checks.matrix("D", D)
    length = np.linalg.norm(D, axis=1, keepdims=True)
    return np.asarray(D / np.where(length > 0, length, 1))


def energy(
    D: ArrayLike,
    X: ArrayLike,
    H: ArrayLike,
    penalty: float,
    *,
    pull: float = 0.0,
    guess: ArrayLike | None = None,
) -> float:
    r"""Squared error, L1 norm and pull to a prediction, mean over examples.

    $\lVert\mathbf x-D^\top\mathbf h\rVert^2+\lambda\lVert\mathbf h\rVert_1+\gamma\lVert\mathbf h-\mathbf p\rVert^2$
    of each example; without prediction the last term is absent.

    Args:
        D: atoms in rows, shape (k, d).
        X: examples, shape (n, d).
        H: codes, shape (n, k).
        penalty: λ ≥ 0.
        pull: γ ≥ 0.
        guess: predicted codes **p**, shape (n, k); needed if γ is positive.

    Returns:
        The mean over examples.

    Raises:
        ValueError: if a shape does not fit or a parameter is negative.

    References:
        Goodfellow, Bengio & Courville 2016, eq. 14.19.

    Examples:
        >>> energy([[1.0, 0.0]], [[3.0, 1.0]], [[2.0]], penalty=0.5)  # 1 + 1 + 0.5 · 2
        3.0
    """
    D, X, lam, gamma, P = _problem(D, X, penalty, pull, guess)
    H = _checks.matrix("H", H, columns=len(D))
    _checks.same_length("X", X, "H", H)
    return _energy(D, X, H, lam, gamma, P)


def ista(
    D: ArrayLike,
    X: ArrayLike,
    penalty: float,
    *,
    steps: int,
    start: ArrayLike | None = None,
    positive: bool = False,
    pull: float = 0.0,
    guess: ArrayLike | None = None,
) -> Coding:
    r"""Codes by gradient steps on the smooth part, each followed by a soft threshold.

    $\mathbf h\leftarrow S_{\lambda/\ell}\!\left(\mathbf h-\tfrac1\ell\nabla\right)$ with
    $\nabla=2D(D^\top\mathbf h-\mathbf x)+2\gamma(\mathbf h-\mathbf p)$ and $\ell=2(\lVert D\rVert^2+\gamma)$, the
    Lipschitz constant of the gradient: the energy never rises.

    Args:
        D: atoms in rows, shape (k, d).
        X: examples, shape (n, d).
        penalty: λ ≥ 0.
        steps: number of steps ≥ 1.
        start: codes to start from, shape (n, k); zeros by default.
        positive: only codes ≥ 0; the threshold is then a ReLU with a negative bias.
        pull: γ ≥ 0.
        guess: predicted codes, shape (n, k); needed if γ is positive.

    Returns:
        Codes and energies.

    Raises:
        ValueError: if a shape does not fit or a parameter is out of range.

    References:
        Daubechies, Defrise & De Mol 2004; Beck & Teboulle 2009, §1.

    Examples:
        >>> ista(np.eye(2), [[3.0, -0.2]], penalty=1.0, steps=1).H  # half of λ off each
        array([[2.5, 0. ]])
    """
    return _iterate(D, X, penalty, steps, start, positive, pull, guess, fast=False)


def fista(
    D: ArrayLike,
    X: ArrayLike,
    penalty: float,
    *,
    steps: int,
    start: ArrayLike | None = None,
    positive: bool = False,
    pull: float = 0.0,
    guess: ArrayLike | None = None,
) -> Coding:
    r"""``ista`` with momentum: each step starts from an extrapolation of the last two codes.

    The distance to the least energy falls as $1/t^2$ and not as $1/t$; it may rise in between.

    Args:
        D: atoms in rows, shape (k, d).
        X: examples, shape (n, d).
        penalty: λ ≥ 0.
        steps: number of steps ≥ 1.
        start: as in ``ista``.
        positive: as in ``ista``.
        pull: as in ``ista``.
        guess: as in ``ista``.

    Returns:
        Codes and energies.

    References:
        Beck & Teboulle 2009, §4, Thm. 4.4.

    Examples:
        >>> fista(np.eye(2), [[3.0, 0.2]], penalty=1.0, steps=1).H
        array([[2.5, 0. ]])
    """
    return _iterate(D, X, penalty, steps, start, positive, pull, guess, fast=True)


def learn(
    X: ArrayLike,
    k: int,
    penalty: float,
    *,
    rng: np.random.Generator,
    rounds: int,
    steps: int = 20,
    positive: bool = False,
) -> Dictionary:
    r"""Find a dictionary by alternation: codes with D fixed, then atoms with the codes fixed.

    The codes take steps of ``ista`` from those of the round before. Then each atom in turn is set to the best one
    of length at most 1. Neither half raises the energy.

    Args:
        X: examples, shape (n, d).
        k: number of atoms.
        penalty: λ ≥ 0.
        rng: source of the first atoms, directions drawn at random.
        rounds: number of rounds ≥ 1.
        steps: of ``ista`` in each round.
        positive: only codes ≥ 0.

    Returns:
        Atoms, codes and energies.

    Raises:
        ValueError: if a parameter is out of range.

    References:
        Olshausen & Field 1996; Mairal, Bach, Ponce & Sapiro 2010, algorithm 2 (the step of the atoms).

    Examples:
        >>> X = np.repeat(np.eye(2), 5, axis=0)
        >>> np.abs(learn(X, 2, 0.1, rng=np.random.default_rng(0), rounds=30).D).round(2)
        array([[0., 1.],
               [1., 0.]])
    """
    X = _checks.matrix("X", X)
    D = unit(rng.normal(size=(_checks.count("k", k), X.shape[1])))
    H: Array = np.zeros((len(X), k))
    energies = np.empty(_checks.count("rounds", rounds))
    for i in range(rounds):
        H = ista(D, X, penalty, steps=steps, start=H, positive=positive).H
        D = atoms(D, X, H)
        energies[i] = energy(D, X, H, penalty)
    return Dictionary(D, H, energies)


def atoms(D: ArrayLike, X: ArrayLike, H: ArrayLike) -> Array:
    r"""Set each atom in turn to the best one with $\lVert\mathbf d_j\rVert\le1$, the codes and the others fixed.

    An atom that no code uses stays as it is.

    Args:
        D: atoms in rows, shape (k, d).
        X: examples, shape (n, d).
        H: codes, shape (n, k).

    Returns:
        New atoms, shape (k, d).

    Raises:
        ValueError: if a shape does not fit.

    References:
        Mairal, Bach, Ponce & Sapiro 2010, algorithm 2.

    Examples:
        >>> atoms([[1.0, 0.0]], [[1.0, 1.0]], [[2.0]])
        array([[0.5, 0.5]])
    """
    X = _checks.matrix("X", X)
    D = _checks.matrix("D", D, columns=X.shape[1]).copy()
    H = _checks.matrix("H", H, columns=len(D))
    _checks.same_length("X", X, "H", H)
    A, B = H.T @ H, H.T @ X
    for j in np.flatnonzero(np.diag(A) > 0):
        best = D[j] + (B[j] - A[j] @ D) / A[j, j]
        D[j] = best / max(1.0, float(np.linalg.norm(best)))
    return D


def predict(predictor: Predictor, X: ArrayLike, activation: str = "tanh") -> Array:
    r"""Codes $\mathbf g\odot\phi(W^\top\mathbf x+\mathbf b)$ of each example.

    Args:
        predictor: parameters.
        X: examples, shape (n, d).
        activation: φ, a name of ``nets.ACTIVATIONS``.

    Returns:
        Shape (n, k).

    Raises:
        ValueError: if X does not fit or the activation is unknown.

    References:
        Kavukcuoglu, Ranzato & LeCun 2008 (with tanh).

    Examples:
        >>> predict(Predictor(np.eye(1), np.zeros(1), np.array([2.0])), [[0.0], [9.0]]).round(3)
        array([[0.],
               [2.]])
    """
    X = _checks.matrix("X", X, columns=len(predictor.W))
    phi = _checks.choice("activation", activation, ACTIVATIONS)
    return np.asarray(predictor.g * phi.value(X @ predictor.W + predictor.b))


def predict_cost(
    predictor: Predictor, X: ArrayLike, H: ArrayLike, activation: str = "tanh"
) -> Cost[Predictor]:
    r"""Mean of $\lVert\mathbf h-f(\mathbf x)\rVert^2$ and its gradient; ``optim.train`` minimizes it.

    Args:
        predictor: parameters.
        X: examples, shape (n, d).
        H: codes to predict, shape (n, k).
        activation: φ, a name of ``nets.ACTIVATIONS``.

    Returns:
        The cost and its gradient.

    Raises:
        ValueError: if a shape does not fit or the activation is unknown.

    Examples:
        >>> predict_cost(Predictor(np.eye(1), np.zeros(1), np.ones(1)), [[0.0]], [[3.0]]).value
        9.0
    """
    X = _checks.matrix("X", X, columns=len(predictor.W))
    H = _checks.matrix("H", H, columns=len(predictor.g))
    _checks.same_length("X", X, "H", H)
    phi = _checks.choice("activation", activation, ACTIVATIONS)
    A = X @ predictor.W + predictor.b
    Z = phi.value(A)
    R = predictor.g * Z - H
    slope = 2 * R / len(X)
    A_grad = slope * predictor.g * phi.derivative(A, Z)
    gradient = Predictor(X.T @ A_grad, A_grad.sum(axis=0), (slope * Z).sum(axis=0))
    return Cost(float((R**2).sum() / len(X)), gradient)


def psd(
    X: ArrayLike,
    k: int,
    penalty: float,
    pull: float,
    *,
    rng: np.random.Generator,
    rounds: int,
    steps: int = 10,
    rate: float = 0.01,
    activation: str = "tanh",
    watch: Callable[[int, PSD], None] | None = None,
) -> PSD:
    r"""Train a dictionary and a predictor of its codes together: predictive sparse decomposition.

    A round has three parts: steps of ``ista`` on the codes, from the prediction and pulled to it; ``atoms``; as many
    steps of Adam on the predictor.

    Args:
        X: examples, shape (n, d).
        k: number of atoms.
        penalty: λ ≥ 0.
        pull: γ > 0.
        rng: source of the first atoms; the predictor starts as their transpose with gains 1.
        rounds: number of rounds ≥ 1.
        steps: of ``ista``, and of Adam, in each round.
        rate: step size of Adam.
        activation: φ of the predictor.
        watch: called with the round and what has been found after it.

    Returns:
        Atoms, predictor and energies.

    Raises:
        ValueError: if a parameter is out of range.

    References:
        Kavukcuoglu, Ranzato & LeCun 2008; Goodfellow, Bengio & Courville 2016, §14.8.

    Examples:
        >>> X = np.random.default_rng(0).normal(size=(20, 3))
        >>> psd(X, 4, 0.1, 1.0, rng=np.random.default_rng(1), rounds=2).D.shape
        (4, 3)
    """
    X = _checks.matrix("X", X)
    pull = _checks.positive("pull", pull)
    D = unit(rng.normal(size=(_checks.count("k", k), X.shape[1])))
    predictor = Predictor(D.T.copy(), np.zeros(k), np.ones(k))
    energies = np.empty(_checks.count("rounds", rounds))
    state: optim.Adam | None = None
    for i in range(rounds):
        guess = predict(predictor, X, activation)
        H = ista(D, X, penalty, steps=steps, start=guess, pull=pull, guess=guess).H
        D = atoms(D, X, H)
        for _ in range(steps):
            grad = ravel(predict_cost(predictor, X, H, activation).gradient)
            theta, state = optim.adam(ravel(predictor), grad, state, rate=rate)
            predictor = unravel(theta, predictor)
        guess = predict(predictor, X, activation)
        energies[i] = energy(D, X, H, penalty, pull=pull, guess=guess)
        if watch is not None:
            watch(i, PSD(D, predictor, energies[: i + 1]))
    return PSD(D, predictor, energies)


def _iterate(
    D: ArrayLike,
    X: ArrayLike,
    penalty: float,
    steps: int,
    start: ArrayLike | None,
    positive: bool,
    pull: float,
    guess: ArrayLike | None,
    *,
    fast: bool,
) -> Coding:
    D, X, lam, gamma, P = _problem(D, X, penalty, pull, guess)
    n, k = len(X), len(D)
    H = np.zeros((n, k)) if start is None else _checks.matrix("start", start, columns=k)
    _checks.same_length("X", X, "start", H)
    bound = 2 * (float(np.linalg.norm(D, 2)) ** 2 + gamma)
    if bound == 0:
        raise ValueError("D must have an entry that is not 0")
    gram, target = 2 * (D @ D.T) / bound, 2 * (X @ D.T + gamma * P) / bound
    energies = [_energy(D, X, H, lam, gamma, P)]
    Y, speed = H, 1.0
    for _ in range(_checks.count("steps", steps)):
        moved = Y - Y @ gram - 2 * gamma / bound * Y + target
        t = lam / bound
        new = np.maximum(moved - t, 0) if positive else soft_threshold(moved, t)
        faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
        Y = new + (speed - 1) / faster * (new - H) if fast else new
        H, speed = new, faster
        energies.append(_energy(D, X, H, lam, gamma, P))
    return Coding(H, np.array(energies))


def _energy(D: Array, X: Array, H: Array, lam: float, gamma: float, P: Array) -> float:
    total = ((X - H @ D) ** 2).sum() + lam * np.abs(H).sum()
    if gamma:
        total += gamma * ((H - P) ** 2).sum()
    return float(total / len(X))


def _problem(
    D: ArrayLike, X: ArrayLike, penalty: float, pull: float, guess: ArrayLike | None
) -> tuple[Array, Array, float, float, Array]:
    X = _checks.matrix("X", X)
    D = _checks.matrix("D", D, columns=X.shape[1])
    lam = _checks.positive("penalty", penalty, zero=True)
    gamma = _checks.positive("pull", pull, zero=True)
    if guess is None:
        if gamma:
            raise ValueError(f"guess must be given when pull is positive, got pull {gamma}")
        return D, X, lam, gamma, np.zeros((len(X), len(D)))
    P = _checks.matrix("guess", guess, columns=len(D))
    _checks.same_length("X", X, "guess", P)
    return D, X, lam, gamma, P
