"""Normalization against autograd, scikit-learn and finite differences."""

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from dlconcepts import normalization, parameters
from dlconcepts._checks import Array

NORMS: dict[str, tuple[Callable[..., normalization.Pass], int]] = {
    "batch": (normalization.batch_norm, 0),
    "layer": (normalization.layer_norm, -1),
}
SHAPES = [(6, 3), (5, 4, 3)]


def _problem(shape: tuple[int, ...]) -> tuple[Array, Array, Array, Array]:
    rng = np.random.default_rng(0)
    A = 2 * rng.normal(size=shape) + 1
    return A, rng.normal(size=3), rng.normal(size=3), rng.normal(size=shape)


def _oracle(A: Any, gamma: Any, beta: Any, axis: int, epsilon: float) -> Any:
    n = A.shape[axis]
    mean = anp.sum(A, axis=axis, keepdims=True) / n
    square = anp.sum(A**2, axis=axis, keepdims=True) / n
    return gamma * (A - mean) * (square - mean**2 + epsilon) ** -0.5 + beta


@pytest.mark.parametrize("name", NORMS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("epsilon", [1e-5, 0.5])
def test_forward_and_backward_are_autograds(
    name: str, shape: tuple[int, ...], epsilon: float
) -> None:
    norm, axis = NORMS[name]
    A, gamma, beta, weight = _problem(shape)
    done = norm(A, gamma, beta, epsilon=epsilon)
    np.testing.assert_allclose(done.output, _oracle(A, gamma, beta, axis, epsilon), rtol=1e-10)

    def cost(A: Any, gamma: Any, beta: Any) -> Any:
        return anp.sum(weight * anp.tanh(_oracle(A, gamma, beta, axis, epsilon)))

    found = normalization.backward(done, weight * (1 - np.tanh(done.output) ** 2), gamma)
    for at, mine in enumerate(found):
        theirs = autograd.grad(cost, at)(A, gamma, beta)
        np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", NORMS)
def test_backward_is_the_finite_difference(name: str) -> None:
    norm, _ = NORMS[name]
    A, gamma, beta, weight = _problem((5, 4, 3))

    def cost(params: tuple[Array, Array, Array]) -> float:
        return float((weight * norm(*params).output ** 2).sum())

    done = norm(A, gamma, beta)
    found = normalization.backward(done, 2 * weight * done.output, gamma)
    numeric = parameters.numerical_gradient(cost, (A, gamma, beta))
    for mine, theirs in zip(found, numeric, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


def test_forward_is_sklearns() -> None:
    A, *_ = _problem((6, 3))
    scaled = StandardScaler().fit_transform(A)
    np.testing.assert_allclose(normalization.batch_norm(A, epsilon=1e-15).output, scaled)
    transposed = normalization.layer_norm(A.T, epsilon=1e-15).output
    np.testing.assert_allclose(transposed.T, scaled)


def test_steps_have_their_own_statistics() -> None:
    A, gamma, beta, _ = _problem((5, 4, 3))
    whole = normalization.batch_norm(A, gamma, beta).output
    for t in range(4):
        np.testing.assert_allclose(
            whole[:, t], normalization.batch_norm(A[:, t], gamma, beta).output
        )


def test_who_depends_on_whom() -> None:
    A, *_ = _problem((5, 4, 3))
    B = A.copy()
    B[1:] += 3.0 * np.arange(4)[:, None, None]  # the others change
    layer = [normalization.layer_norm(X).output[0] for X in (A, B)]
    batch = [normalization.batch_norm(X).output[0] for X in (A, B)]
    assert (layer[0] == layer[1]).all()
    assert np.abs(batch[0] - batch[1]).max() > 0.1
    alone = normalization.batch_norm(A[:1], beta=2.0)
    assert (alone.output == 2.0).all()
    np.testing.assert_array_equal(normalization.backward(alone, np.ones((1, 4, 3))).A, 0)


def test_running_statistics_approach_the_true_ones() -> None:
    rng, stats = np.random.default_rng(1), None
    mean, sd = np.array([[1.0, -2.0], [0.0, 5.0]]), np.array([[1.0, 3.0], [0.5, 2.0]])
    for _ in range(400):
        batch = normalization.batch_norm(mean + sd * rng.normal(size=(8, 2, 2)))
        stats = normalization.running(batch, stats, momentum=0.02)
    assert stats is not None
    np.testing.assert_allclose(stats.mean, mean, atol=0.3)
    np.testing.assert_allclose(stats.variance, sd**2, rtol=0.2)  # with 1/n it would be 12 % less
    out = normalization.infer(mean + sd * rng.normal(size=(20000, 2, 2)), stats)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=0.1)
    np.testing.assert_allclose(out.var(axis=0), 1, atol=0.2)


def test_one_update_by_hand() -> None:
    first = normalization.running(normalization.batch_norm([[0.0], [2.0]]))
    second = normalization.running(normalization.batch_norm([[4.0], [10.0]]), first, momentum=0.25)
    np.testing.assert_allclose(np.ravel(first), [1, 2])
    np.testing.assert_allclose(np.ravel(second), [0.75 * 1 + 0.25 * 7, 0.75 * 2 + 0.25 * 18])


def test_inference_with_the_statistics_of_the_batch_is_training() -> None:
    A, gamma, beta, _ = _problem((5, 4, 3))
    done = normalization.batch_norm(A, gamma, beta)
    stats = normalization.Stats(done.mean[0], done.variance[0])
    np.testing.assert_allclose(normalization.infer(A, stats, gamma, beta), done.output)
    flat = normalization.Stats(stats.mean[0], stats.variance[0])
    np.testing.assert_allclose(
        normalization.infer(A, flat)[:, 0], normalization.infer(A[:, 0], flat)
    )


def test_refusals() -> None:
    A = np.arange(6.0).reshape(2, 3)
    done, stats = normalization.batch_norm(A), normalization.Stats(np.zeros(3), np.ones(3))
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: normalization.batch_norm(np.ones(3)), r"A must have shape \(n, d\)"),
        (lambda: normalization.layer_norm(A * np.nan), "A must be finite"),
        (lambda: normalization.layer_norm(A, np.ones(2)), "gamma must have shape"),
        (lambda: normalization.batch_norm(A, 1.0, np.ones((2, 3))), "beta must have shape"),
        (lambda: normalization.batch_norm(A, epsilon=0.0), "epsilon"),
        (lambda: normalization.backward(done, np.ones((3, 2))), "output_grad"),
        (lambda: normalization.running(normalization.layer_norm(A)), "batch_norm"),
        (lambda: normalization.running(normalization.batch_norm(A[:1])), "n must be"),
        (lambda: normalization.running(done, normalization.Stats(A, A)), "stats.mean"),
        (
            lambda: normalization.running(done, stats._replace(variance=np.ones(1))),
            "stats.variance and variance of the batch",
        ),
        (lambda: normalization.running(done, stats, momentum=2.0), "momentum"),
        (
            lambda: normalization.infer(A, normalization.Stats(np.zeros(2), np.ones(2))),
            "do not fit",
        ),
        (lambda: normalization.infer(A, normalization.Stats(A, A)), "do not fit"),
        (
            lambda: normalization.infer(A, normalization.Stats(np.zeros(3), np.ones(2))),
            "same shape",
        ),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
