"""Hidden Markov models against enumeration of all paths."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from dlconcepts import hmm, losses
from dlconcepts._checks import Array

MODELS = {
    "dense": hmm.model([0.6, 0.4], [[0.9, 0.1], [0.3, 0.7]], [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]),
    "left to right": hmm.model(
        [1.0, 0.0, 0.0],
        [[0.5, 0.5, 0.0], [0.0, 0.6, 0.4], [0.0, 0.0, 1.0]],
        [[0.8, 0.2, 0.0], [0.0, 0.7, 0.3], [0.1, 0.0, 0.9]],
    ),
    "frozen": hmm.model([0.7, 0.3], np.eye(2), [[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]),
}
SYMBOLS = {"dense": [2, 0, 1, 2, 2], "left to right": [0, 1, 1, 2, 2], "frozen": [0, 1, 2, 1]}


def _joint(model: hmm.HMM, y: list[int]) -> dict[tuple[int, ...], float]:
    """p(path, y) of every path, factor by factor."""
    joint = {}
    for path in itertools.product(range(len(model.start)), repeat=len(y)):
        p = model.start[path[0]]
        for t, (state, symbol) in enumerate(zip(path, y, strict=True)):
            p *= model.emission[state, symbol]
            if t:
                p *= model.transition[path[t - 1], state]
        joint[path] = float(p)
    return joint


def _marginal(joint: dict[tuple[int, ...], float], t: int, k: int) -> Array:
    p = np.zeros(k)
    for path, value in joint.items():
        p[path[t]] += value
    return np.asarray(p / p.sum())


@pytest.mark.parametrize("name", MODELS)
def test_against_all_paths(name: str) -> None:
    model, y = MODELS[name], SYMBOLS[name]
    k, joint = len(model.start), _joint(model, y)
    done = hmm.forward(model, y)
    assert done.log_likelihood == pytest.approx(np.log(sum(joint.values())))
    smoothed = hmm.smooth(model, y)
    for t in range(len(y)):
        until = _joint(model, y[: t + 1])
        np.testing.assert_allclose(done.beliefs[t], _marginal(until, t, k), atol=1e-12)
        np.testing.assert_allclose(smoothed[t], _marginal(joint, t, k), atol=1e-12)


def test_rows_that_are_rounded_sum_to_1() -> None:
    thirds = np.full(3, 0.333333)
    model = hmm.model(thirds, np.tile(thirds, (3, 1)), np.tile(thirds, (3, 1)))
    for part in model:
        np.testing.assert_allclose(part.sum(axis=-1), 1, rtol=1e-15)
    assert len(hmm.sample(model, 5, rng=np.random.default_rng(0)).symbols) == 5


def test_step_is_a_softmax_cell() -> None:
    model, belief = MODELS["dense"], np.array([0.2, 0.8])
    U = np.log(model.emission)
    for symbol in range(3):
        found, total = hmm.step(model, belief, symbol)
        sums = np.log(model.transition.T @ belief) + U @ np.eye(3)[symbol]
        np.testing.assert_allclose(found, losses.softmax(sums[None])[0])
        assert total == pytest.approx(np.exp(sums).sum())


def test_steps_make_the_forward_pass() -> None:
    model, y = MODELS["dense"], SYMBOLS["dense"]
    done = hmm.forward(model, y)
    belief, log_likelihood = done.beliefs[0], np.log(model.start @ model.emission[:, y[0]])
    for t in range(1, len(y)):
        belief, total = hmm.step(model, belief, y[t])
        log_likelihood += np.log(total)
        np.testing.assert_allclose(belief, done.beliefs[t])
    assert done.log_likelihood == pytest.approx(log_likelihood)


def test_a_frozen_state_is_naive_bayes_in_any_order() -> None:
    model, y = MODELS["frozen"], SYMBOLS["frozen"]
    product = model.start * model.emission[:, y].prod(axis=1)
    for order in itertools.permutations(y):
        np.testing.assert_allclose(
            hmm.forward(model, list(order)).beliefs[-1], product / product.sum()
        )


def test_a_long_sequence_does_not_underflow() -> None:
    y = hmm.sample(MODELS["dense"], 5000, rng=np.random.default_rng(0)).symbols
    done = hmm.forward(MODELS["dense"], y)
    assert -6000 < done.log_likelihood < -3000
    np.testing.assert_allclose(hmm.smooth(MODELS["dense"], y).sum(axis=1), 1)


def test_samples_have_the_models_frequencies() -> None:
    model = MODELS["dense"]
    states, symbols = hmm.sample(model, 20000, rng=np.random.default_rng(1))
    moves: NDArray[np.int_] = np.zeros((2, 2), dtype=int)
    np.add.at(moves, (states[:-1], states[1:]), 1)
    np.testing.assert_allclose(
        moves / moves.sum(axis=1, keepdims=True), model.transition, atol=0.02
    )
    shown: NDArray[np.int_] = np.zeros((2, 3), dtype=int)
    np.add.at(shown, (states, symbols), 1)
    np.testing.assert_allclose(shown / shown.sum(axis=1, keepdims=True), model.emission, atol=0.02)


def test_beliefs_are_calibrated() -> None:
    model, rng = MODELS["dense"], np.random.default_rng(2)
    states, symbols = hmm.sample(model, 20000, rng=rng)
    for beliefs in (hmm.forward(model, symbols).beliefs, hmm.smooth(model, symbols)):
        sure = beliefs[:, 1] > 0.5
        assert states[sure].mean() == pytest.approx(beliefs[sure, 1].mean(), abs=0.02)


def test_refusals() -> None:
    half, eye = [0.5, 0.5], np.eye(2)
    model = hmm.model(half, eye, eye)
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: hmm.model([0.5, 0.6], eye, eye), "start must hold probabilities"),
        (lambda: hmm.model([1.5, -0.5], eye, eye), "start must hold probabilities"),
        (lambda: hmm.model(half, 2 * eye, eye), "transition must hold"),
        (lambda: hmm.model(half, eye[:1], eye), "as many rows"),
        (lambda: hmm.model(half, np.eye(3), eye), "transition must have 2 columns"),
        (lambda: hmm.model(half, eye, np.eye(3)), "as many rows"),
        (lambda: hmm.forward(model, []), "vector of symbols"),
        (lambda: hmm.forward(model, [0.5]), "vector of symbols"),
        (lambda: hmm.forward(model, [2]), "symbols 0 to 1"),
        (lambda: hmm.forward(model, [0, 1]), "impossible"),
        (lambda: hmm.step(model, [0.5, 0.4], 0), "belief"),
        (lambda: hmm.step(model, [1.0, 0.0], 1), "impossible"),
        (lambda: hmm.sample(model, 0, rng=np.random.default_rng(0)), "length"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()


def test_symbols_are_whole_numbers() -> None:
    with pytest.raises(ValueError, match=r"whole numbers.*float64"):
        hmm.forward(hmm.model([1.0], [[1.0]], [[1.0]]), [0.0])
