"""Restricted Boltzmann machines against the sum over all states, finite differences and long chains."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from dlconcepts import parameters, rbm
from dlconcepts._checks import Array


def _model(d: int, k: int) -> rbm.RBM:
    rng = np.random.default_rng(0)
    return rbm.RBM(rng.normal(size=(d, k)), rng.normal(size=k), rng.normal(size=d))


def _states(m: int) -> Array:
    return np.array(list(itertools.product([0.0, 1.0], repeat=m)))


def _joint(model: rbm.RBM) -> tuple[Array, Array, Array]:
    """p(v, h) over all pairs, from the energy alone."""
    V, H = _states(len(model.c)), _states(len(model.b))
    p = np.exp([[v @ model.W @ h + model.c @ v + model.b @ h for h in H] for v in V])
    return V, H, p / p.sum()


SIZES = [(4, 3), (3, 4), (3, 3), (5, 1), (1, 5)]


@pytest.mark.parametrize(("d", "k"), SIZES)
def test_probabilities_are_those_of_the_sum_over_all_states(d: int, k: int) -> None:
    model = _model(d, k)
    V, H, p = _joint(model)
    np.testing.assert_allclose(rbm.log_likelihood(model, V), np.log(p.sum(axis=1)))
    np.testing.assert_allclose(rbm.hidden(model, V), p @ H / p.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(rbm.visible(model, H), p.T @ V / p.sum(axis=0)[:, None])
    np.testing.assert_allclose(rbm.reconstruct(model, V), rbm.visible(model, rbm.hidden(model, V)))


@pytest.mark.parametrize(("d", "k"), SIZES)
def test_the_gradient_is_that_of_finite_differences(d: int, k: int) -> None:
    model = _model(d, k)
    V = np.random.default_rng(1).integers(0, 2, size=(6, d)).astype(float)
    expected = parameters.numerical_gradient(
        lambda m: float(rbm.log_likelihood(m, V).mean()), model
    )
    found = rbm.gradient(model, V)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-8)


def test_long_chains_sample_the_model() -> None:
    model = _model(3, 2)
    V, _, p = _joint(model)
    n = 50_000
    drawn = rbm.gibbs(model, np.zeros((n, 3)), 30, rng=np.random.default_rng(2))
    share = (drawn[:, None] == V).all(axis=2).mean(axis=0)
    np.testing.assert_allclose(share, p.sum(axis=1), atol=4 * np.sqrt(0.25 / n))


def test_one_sweep_has_the_transition_probabilities() -> None:
    model = _model(3, 2)
    V, H, _ = _joint(model)
    n = 50_000
    drawn = rbm.gibbs(model, np.repeat(V[5:6], n, axis=0), 1, rng=np.random.default_rng(3))
    up = np.prod(np.where(H == 1, rbm.hidden(model, V[5:6]), 1 - rbm.hidden(model, V[5:6])), axis=1)
    down = rbm.visible(model, H)[:, None]
    expected = up @ np.prod(np.where(V == 1, down, 1 - down), axis=2)
    share = (drawn[:, None] == V).all(axis=2).mean(axis=0)
    np.testing.assert_allclose(share, expected, atol=4 * np.sqrt(0.25 / n))


def test_contrastive_divergence_of_long_chains_is_the_gradient() -> None:
    model = _model(3, 2)
    V = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    many = np.repeat(V, 50_000, axis=0)
    exact = rbm.gradient(model, V)
    long = rbm.contrastive_divergence(model, many, 30, rng=np.random.default_rng(4))
    for mine, theirs in zip(long, exact, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=0.01)


def test_one_step_is_the_exact_expectation_and_biased() -> None:
    model = _model(3, 2)
    model = model._replace(W=3 * model.W)
    V, H, _ = _joint(model)
    data = V[[3, 5]]
    up, down = rbm.hidden(model, data), rbm.visible(model, H)[:, None]
    codes = np.prod(np.where(H == 1, up[:, None], 1 - up[:, None]), axis=2)
    fantasies = (codes @ np.prod(np.where(V == 1, down, 1 - down), axis=2)).mean(axis=0)
    expected = data.T @ up / 2 - (V * fantasies[:, None]).T @ rbm.hidden(model, V)
    many = np.repeat(data, 50_000, axis=0)
    found = rbm.contrastive_divergence(model, many, 1, rng=np.random.default_rng(4))
    np.testing.assert_allclose(found.W, expected, atol=0.01)
    assert np.abs(found.W - rbm.gradient(model, data).W).max() > 0.05


def test_steps_go_uphill() -> None:
    model, V = _model(4, 3), _states(4)[:3]
    after = rbm.step(model, rbm.gradient(model, V), 0.01)
    assert rbm.log_likelihood(after, V).mean() > rbm.log_likelihood(model, V).mean()


def test_training_is_the_loop_of_its_steps() -> None:
    model, V = _model(4, 3), _states(4)[:3]
    found = rbm.train(model, V, steps=3, rate=0.1, k=2, rng=np.random.default_rng(5))
    rng = np.random.default_rng(5)
    for _ in range(3):
        model = rbm.step(model, rbm.contrastive_divergence(model, V, 2, rng=rng), 0.1)
    for mine, theirs in zip(found, model, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_large_energies_do_not_overflow() -> None:
    model = rbm.RBM(np.full((3, 2), 2000.0), np.zeros(2), np.zeros(3))
    # Of the states with every unit on, each has the energy −12,000: one state, and nearly all of Z.
    assert rbm.log_likelihood(model, [[1, 1, 1]]) == pytest.approx(0, abs=1e-9)
    assert rbm.log_likelihood(model, [[0, 0, 0]]) == pytest.approx(np.log(4) - 12_000)
    assert np.isfinite(rbm.gradient(model, [[1, 0, 1]]).W).all()


def test_refusals() -> None:
    model, rng = _model(3, 2), np.random.default_rng(0)
    large = rbm.init(21, 21, rng=rng)
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: rbm.init(0, 2, rng=rng), "d must be"),
        (lambda: rbm.init(3, 2, rng=rng, scale=-1), "scale"),
        (lambda: rbm.hidden(model, np.ones((2, 4))), "V must have 3 columns"),
        (lambda: rbm.visible(model, np.ones((2, 4))), "H must have 2 columns"),
        (lambda: rbm.free_energy(model, np.ones((2, 4))), "V must have 3 columns"),
        (lambda: rbm.log_likelihood(large, np.ones((1, 21))), "at most 20 units"),
        (lambda: rbm.log_likelihood(model, np.full((1, 3), 0.5)), "V must hold 0 and 1"),
        (lambda: rbm.gradient(large, np.ones((1, 21))), "at most 20 units"),
        (lambda: rbm.gibbs(model, np.ones((2, 3)), 0, rng=rng), "steps"),
        (lambda: rbm.contrastive_divergence(model, np.ones((2, 3)), 0, rng=rng), "steps"),
        (lambda: rbm.step(model, model, 0.0), "rate"),
        (lambda: rbm.train(model, np.ones((2, 3)), steps=0, rate=0.1, rng=rng), "steps"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()


def test_a_machine_may_start_at_zero() -> None:
    model = rbm.init(3, 2, rng=np.random.default_rng(0), scale=0)
    assert not any(part.any() for part in model)
    with pytest.raises(ValueError, match="scale must be a finite number >= 0"):
        rbm.init(3, 2, rng=np.random.default_rng(0), scale=-0.1)
