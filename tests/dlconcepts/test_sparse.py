"""Codes against scikit-learn and the lasso, atoms against the conditions of optimality, gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import dict_learning, sparse_encode

from dlconcepts import optim, regularization, sparse
from dlconcepts._checks import Array
from dlconcepts.parameters import numerical_gradient, ravel
from dlconcepts.sparse import Predictor

LAMBDA = 0.4


def _problem(n: int = 12, d: int = 8, k: int = 14) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    return sparse.unit(rng.normal(size=(k, d))), rng.normal(size=(n, d))


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("method", [sparse.ista, sparse.fista])
def test_codes_are_scikit_learns(method: Callable[..., sparse.Coding], positive: bool) -> None:
    D, X = _problem()
    found = method(D, X, LAMBDA, steps=4000, positive=positive)
    theirs = sparse_encode(
        X, D, algorithm="lasso_cd", alpha=LAMBDA / 2, max_iter=10_000, positive=positive
    )
    np.testing.assert_allclose(found.H, theirs, atol=2e-3)
    assert found.energies[-1] <= sparse.energy(D, X, theirs, LAMBDA) + 1e-10
    assert (found.H == 0).mean() > 0.3


def test_codes_are_the_lassos() -> None:
    D, X = _problem(n=3)
    found = sparse.fista(D, X, LAMBDA, steps=4000)
    for x, h in zip(X, found.H, strict=True):
        np.testing.assert_allclose(h, regularization.lasso(D.T, x, LAMBDA / 2).theta, atol=1e-5)


def test_the_pull_is_a_problem_with_more_rows() -> None:
    D, X = _problem()
    P = np.random.default_rng(1).normal(size=(len(X), len(D)))
    gamma = 0.7
    found = sparse.fista(D, X, LAMBDA, steps=3000, pull=gamma, guess=P)
    wide_D = np.hstack([D, np.sqrt(gamma) * np.eye(len(D))])
    wide_X = np.hstack([X, np.sqrt(gamma) * P])
    theirs = sparse_encode(wide_X, wide_D, algorithm="lasso_cd", alpha=LAMBDA / 2, max_iter=10_000)
    np.testing.assert_allclose(found.H, theirs, atol=2e-3)
    assert found.energies[-1] == pytest.approx(
        sparse.energy(wide_D, wide_X, found.H, LAMBDA), rel=1e-12
    )


def test_ista_never_rises_and_fista_is_faster() -> None:
    D, X = _problem()
    slow, fast = (f(D, X, 0.05, steps=200) for f in (sparse.ista, sparse.fista))
    assert (np.diff(slow.energies) <= 1e-12).all()
    least = sparse.fista(D, X, 0.05, steps=20_000).energies[-1]
    assert fast.energies[-1] - least < 0.1 * (slow.energies[-1] - least)
    # Beck & Teboulle 2009, Thm. 4.4: 2 L |h*|^2 / (t + 1)^2, in the mean over examples
    best = sparse.fista(D, X, 0.05, steps=20_000).H
    constant = 2 * float(np.linalg.norm(D, 2)) ** 2
    t = np.arange(1, 201)
    bound = 2 * constant * (best**2).sum() / len(X) / (t + 1) ** 2
    assert (fast.energies[1:] - least <= bound + 1e-10).all()


def test_atoms_meet_the_conditions_of_optimality() -> None:
    D, X = _problem()
    H = sparse.fista(D, X, 0.05, steps=50).H
    H[:, 3] = 0
    before = D.copy()
    for _ in range(3000):
        D = sparse.atoms(D, X, H)
    np.testing.assert_array_equal(D[3], before[3])
    G = H.T @ (H @ D - X)  # half the gradient
    for j in range(len(D)):
        length = np.linalg.norm(D[j])
        assert length <= 1 + 1e-12
        if length < 1 - 1e-9:
            np.testing.assert_allclose(G[j], 0, atol=1e-6)
        else:  # minus the gradient points outward
            np.testing.assert_allclose(G[j], (G[j] @ D[j]) * D[j], atol=1e-6)
            assert G[j] @ D[j] <= 1e-9


def test_a_planted_dictionary_is_found_as_scikit_learn_finds_it() -> None:
    rng = np.random.default_rng(0)
    planted = sparse.unit(rng.normal(size=(6, 10)))
    H = rng.normal(size=(300, 6)) * (rng.random((300, 6)) < 0.25)
    X = H @ planted
    found = sparse.learn(X, 6, 0.1, rng=np.random.default_rng(1), rounds=150)
    assert (np.diff(found.energies) <= 1e-12).all()
    assert np.abs(planted @ found.D.T).max(axis=1).min() > 0.99
    code, atoms, _ = dict_learning(
        X, 6, alpha=0.05, max_iter=300, random_state=0, method="cd", tol=1e-10
    )[:3]
    assert found.energies[-1] <= 1.02 * sparse.energy(atoms, X, code, 0.1)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "identity"])
def test_the_predictors_gradient(activation: str) -> None:
    rng = np.random.default_rng(0)
    model = Predictor(rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=3))
    X, H = rng.normal(size=(6, 4)), rng.normal(size=(6, 3))

    def value(m: Any) -> float:
        return sparse.predict_cost(m, X, H, activation).value

    found = sparse.predict_cost(model, X, H, activation)
    F = sparse.predict(model, X, activation)
    assert found.value == pytest.approx(((F - H) ** 2).sum(axis=1).mean())
    np.testing.assert_allclose(
        ravel(found.gradient), ravel(numerical_gradient(value, model)), atol=1e-7
    )


def test_a_linear_predictor_comes_to_least_squares() -> None:
    rng = np.random.default_rng(0)
    X, H = rng.normal(size=(50, 4)), rng.normal(size=(50, 3))
    start = Predictor(rng.normal(size=(4, 3)), np.zeros(3), np.ones(3))
    fit = optim.train(
        start, lambda m: sparse.predict_cost(m, X, H, "identity"), steps=4000, rate=0.005
    )
    A = np.hstack([X, np.ones((50, 1))])
    least = ((A @ np.linalg.lstsq(A, H, rcond=None)[0] - H) ** 2).sum() / 50
    assert fit.costs.min() >= least
    assert fit.costs[-1] == pytest.approx(least, rel=1e-3)


def test_psd_brings_prediction_and_codes_together() -> None:
    rng = np.random.default_rng(0)
    planted = sparse.unit(rng.normal(size=(6, 10)))
    X = (rng.normal(size=(300, 6)) * (rng.random((300, 6)) < 0.25)) @ planted
    seen: list[int] = []
    found = sparse.psd(
        X,
        6,
        0.1,
        0.5,
        rng=np.random.default_rng(1),
        rounds=80,
        watch=lambda i, now: seen.append(len(now.energies)),
    )
    assert seen == list(range(1, 81))
    assert found.energies[-1] < 0.5 * found.energies[0]
    assert np.linalg.norm(found.D, axis=1).max() <= 1 + 1e-12
    exact = sparse.fista(found.D, X, 0.1, steps=500).H
    guess = sparse.predict(found.predictor, X)
    assert ((guess - exact) ** 2).sum() < 0.2 * (exact**2).sum()


def test_unit() -> None:
    D = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(np.linalg.norm(sparse.unit(D), axis=1), 1)


def test_refusals() -> None:
    D, X = _problem()
    H = np.zeros((len(X), len(D)))
    rng = np.random.default_rng(0)
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: sparse.ista(D, X[:, 1:], 1.0, steps=1), "D must have 7 columns"),
        (lambda: sparse.ista(D, X, -1.0, steps=1), "penalty"),
        (lambda: sparse.ista(D, X, 1.0, steps=0), "steps"),
        (lambda: sparse.ista(0 * D, X, 1.0, steps=1), "D must have an entry"),
        (lambda: sparse.fista(D, X, 1.0, steps=1, start=H[:, 1:]), "start must have 14"),
        (lambda: sparse.fista(D, X, 1.0, steps=1, start=H[1:]), "X and start"),
        (lambda: sparse.fista(D, X, 1.0, steps=1, pull=1.0), "guess must be given"),
        (lambda: sparse.fista(D, X, 1.0, steps=1, pull=1.0, guess=H[1:]), "X and guess"),
        (lambda: sparse.energy(D, X, H[1:], 1.0), "X and H"),
        (lambda: sparse.atoms(D, X, H[1:]), "X and H"),
        (lambda: sparse.learn(X, 0, 1.0, rng=rng, rounds=1), "k must"),
        (lambda: sparse.learn(X, 2, 1.0, rng=rng, rounds=0), "rounds"),
        (lambda: sparse.psd(X, 2, 1.0, 0.0, rng=rng, rounds=1), "pull"),
        (lambda: sparse.psd(X, 2, 1.0, 1.0, rng=rng, rounds=1, activation="swish"), "activation"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
