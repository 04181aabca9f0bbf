from collections.abc import Callable
from typing import Any

import autograd.misc.optimizers as oracle
import numpy as np
import pytest

from dlconcepts import optim
from dlconcepts._checks import Array

H = np.array([[3.0, 1.0], [1.0, 0.5]])
START = np.array([1.0, -2.0])


def _gradient(theta: Array, i: int = 0) -> Array:
    return np.asarray(H @ theta + np.sin(i + np.arange(2.0)))


def test_sgd_is_autograds() -> None:
    theta = START
    for i in range(30):
        theta = optim.sgd(theta, _gradient(theta, i), rate=0.1)
    expected = oracle.sgd(_gradient, START, num_iters=30, step_size=0.1, mass=1e-300)
    np.testing.assert_allclose(theta, expected)


def test_momentum_is_autograds() -> None:
    theta, state = START, None
    for i in range(30):
        theta, state = optim.momentum(theta, _gradient(theta, i), state, rate=0.01, beta=0.8)
    expected = oracle.sgd(_gradient, START, num_iters=30, step_size=0.05, mass=0.8)
    np.testing.assert_allclose(theta, expected)  # autograd's velocity has a factor 1 − β


def test_adam_is_autograds() -> None:
    theta, state = START, None
    for i in range(50):
        theta, state = optim.adam(theta, _gradient(theta, i), state, rate=0.02, beta2=0.99)
    expected = oracle.adam(_gradient, START, num_iters=50, step_size=0.02, b2=0.99)
    np.testing.assert_allclose(theta, expected, rtol=1e-10)
    assert state is not None
    assert state.t == 50


def test_rmsprop_is_autograds() -> None:
    theta, state = START, optim.RMSProp(np.ones(2))  # autograd starts its mean square with ones
    for i in range(50):
        theta, state = optim.rmsprop(theta, _gradient(theta, i), state, rate=0.02)
    expected = oracle.rmsprop(_gradient, START, num_iters=50, step_size=0.02)
    np.testing.assert_allclose(theta, expected, rtol=1e-6)


def test_clipping_keeps_the_direction_or_the_entries() -> None:
    grad = np.array([[3.0, -4.0], [12.0, 0.0]])
    clipped = optim.clip_norm(grad, 6.5)
    np.testing.assert_allclose(clipped, grad / 2)
    assert optim.clip_norm(grad, 13.0) is grad
    np.testing.assert_array_equal(optim.clip_value(grad, 3.5), [[3.0, -3.5], [3.5, 0.0]])


@pytest.mark.parametrize("shape", [(2,), (1, 2)])
def test_the_norm_of_a_huge_gradient_does_not_overflow(shape: tuple[int, ...]) -> None:
    huge = np.reshape([3e200, -4e200], shape)
    np.testing.assert_allclose(optim.clip_norm(huge, 5.0), np.reshape([3.0, -4.0], shape))


def test_adam_with_l2_is_adam_on_the_penalized_cost() -> None:
    theta, state = START, None
    for i in range(50):
        theta, state = optim.adam(theta, _gradient(theta, i), state, rate=0.02, l2=0.3)

    def penalized(theta: Array, i: int) -> Array:
        return _gradient(theta, i) + 0.3 * theta

    expected = oracle.adam(penalized, START, num_iters=50, step_size=0.02)
    np.testing.assert_allclose(theta, expected, rtol=1e-10)


def test_adamw_by_hand() -> None:
    # Two steps on g = 2, then 4, with η = 0.1, β = (0.9, 0.99), λ' = 0.5, from the recurrences.
    theta, state = optim.adam([1.0], [2.0], rate=0.1, beta2=0.99, decay=0.5)
    assert theta == pytest.approx([0.95 - 0.1])
    theta, state = optim.adam(theta, [4.0], state, rate=0.1, beta2=0.99, decay=0.5)
    m = (0.9 * 0.2 + 0.1 * 4) / (1 - 0.81)
    v = (0.99 * 0.04 + 0.01 * 16) / (1 - 0.9801)
    assert theta == pytest.approx([0.95 * 0.85 - 0.1 * m / v**0.5])
    assert state.t == 2


@pytest.mark.parametrize("step", [optim.momentum, optim.adam])
def test_decoupled_decay_without_a_gradient_is_geometric(step: Callable[..., Any]) -> None:
    theta, state = START, None
    for _ in range(20):
        theta, state = step(theta, np.zeros(2), state, rate=0.1, decay=0.3)
    np.testing.assert_allclose(theta, 0.97**20 * START)


def test_l2_and_decay_coincide_for_sgd_only() -> None:
    g = _gradient(START)
    np.testing.assert_allclose(
        optim.sgd(START, g, rate=0.1, l2=0.3), optim.sgd(START, g, rate=0.1, decay=0.3)
    )
    penalty = optim.adam(START, g, rate=0.1, l2=0.3)[0]
    decay = optim.adam(START, g, rate=0.1, decay=0.3)[0]
    assert np.abs(penalty - decay).max() > 0.01
    first = optim.momentum(START, g, rate=0.1, l2=0.3)
    second = optim.momentum(START, g, rate=0.1, decay=0.3)
    np.testing.assert_allclose(first[0], second[0])  # the first step, not the second
    again = [
        optim.momentum(START, g, s, rate=0.1, l2=a, decay=b)[0]
        for (_, s), a, b in ((first, 0.3, 0.0), (second, 0.0, 0.3))
    ]
    assert np.abs(again[0] - again[1]).max() > 0.01


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_shapes_are_kept_and_arguments_untouched(shape: tuple[int, ...]) -> None:
    theta, grad = np.ones(shape), np.full(shape, 0.5)
    new, state = optim.adam(theta, grad)
    assert np.shape(new) == shape
    optim.adam(new, grad, state)
    assert (theta == 1).all()
    assert state.t == 1
    assert np.shape(optim.momentum(theta, grad, rate=0.1)[0]) == shape
    assert np.shape(optim.sgd(theta, grad, rate=0.1)) == shape


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: optim.sgd([1.0], [1.0, 2.0], rate=0.1), "theta and grad must have the same"),
        (lambda: optim.sgd([1.0], [1.0], rate=0.0), "rate must be"),
        (lambda: optim.sgd([1.0], [1.0], rate=0.1, l2=-1.0), "l2 must be"),
        (lambda: optim.sgd([1.0], [1.0], rate=0.1, decay=-1.0), "decay must be"),
        (lambda: optim.momentum([1.0], [1.0], rate=0.1, beta=1.0), "beta must"),
        (lambda: optim.rmsprop([1.0], [1.0], beta=1.0), "beta must"),
        (lambda: optim.rmsprop([1.0], [1.0], rate=0.0), "rate must"),
        (
            lambda: optim.rmsprop([1.0], [1.0], optim.RMSProp(np.ones(2))),
            "theta and state.v must",
        ),
        (lambda: optim.clip_norm([1.0], 0.0), "threshold must"),
        (lambda: optim.clip_value([1.0], -1.0), "threshold must"),
        (lambda: optim.adam([1.0], [1.0], beta1=0.0), "beta1 must"),
        (lambda: optim.adam([1.0], [1.0], epsilon=0.0), "epsilon must"),
        (
            lambda: optim.adam([1.0], [1.0], optim.Adam(np.ones(2), np.ones(2), 1)),
            "theta and state.m must",
        ),
        (
            lambda: optim.adam([1.0], [1.0], optim.Adam(np.ones(1), np.ones(2), 1)),
            "theta and state.v must",
        ),
    ],
)
def test_refusals(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_training_is_the_steps_of_adam() -> None:
    def bowl(params: tuple[np.ndarray, np.ndarray]) -> optim.Cost[tuple[np.ndarray, np.ndarray]]:
        a, b = params
        return optim.Cost(float((a**2).sum() + (b**4).sum()), (2 * a, 4 * b**3))

    start = (np.array([1.0, -2.0]), np.array([[0.5]]))
    fit = optim.train(start, bowl, steps=3, rate=0.1, clip=0.5)
    theta, state = np.array([1.0, -2.0, 0.5]), None
    for i in range(3):
        grad = np.r_[2 * theta[:2], 4 * theta[2] ** 3]
        assert fit.costs[i] == pytest.approx((theta[:2] ** 2).sum() + theta[2] ** 4)
        assert fit.norms[i] == pytest.approx(np.linalg.norm(grad))
        theta, state = optim.adam(theta, grad / np.linalg.norm(grad) * 0.5, state, rate=0.1)
    np.testing.assert_allclose(np.r_[fit.model[0], fit.model[1].ravel()], theta)
    with pytest.raises(ValueError, match="steps"):
        optim.train(start, bowl, steps=0)


def test_descent_is_the_steps_of_gradient_descent() -> None:
    A = np.array([[2.0, 0.5], [0.5, 1.0]])

    def bowl(params: tuple[np.ndarray]) -> optim.Cost[tuple[np.ndarray]]:
        (x,) = params
        return optim.Cost(float(x @ A @ x / 2), (A @ x,))

    fit = optim.descend((np.array([1.0, -1.0]),), bowl, steps=25, rate=0.3)
    closed = np.linalg.matrix_power(np.eye(2) - 0.3 * A, 25) @ [1.0, -1.0]
    np.testing.assert_allclose(fit.model[0], closed)
    assert (np.diff(fit.costs) < 0).all()
    with pytest.raises(ValueError, match="rate"):
        optim.descend((np.ones(2),), bowl, steps=1, rate=0.0)


def test_a_diverging_descent_names_its_rate() -> None:
    def bowl(model: Any) -> optim.Cost[Any]:
        return optim.Cost(float((model[0] ** 2).sum()), (2 * model[0],))

    with np.errstate(over="ignore"), pytest.raises(ValueError, match="rate must be smaller"):
        optim.descend((np.ones(1),), bowl, steps=2000, rate=2.0)
    with pytest.raises(ValueError, match=r"^clip must"):
        optim.train((np.ones(1),), bowl, steps=1, clip=0.0)
