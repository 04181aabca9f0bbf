"""Costs of pretraining against autograd, finite differences and limits that are known."""

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from dlconcepts import autoencoder, nets, optim, pretraining
from dlconcepts._checks import Array
from dlconcepts.nets import Net
from dlconcepts.parameters import numerical_gradient, ravel

RNG = np.random.default_rng


def _problem() -> tuple[Net, Array, Any]:
    rng = RNG(0)
    net = nets.init((5, 4, 3, 3), rng=rng)
    net = net._replace(biases=tuple(rng.normal(size=b.shape) for b in net.biases))
    return net, rng.normal(size=(7, 5)), rng.integers(3, size=7)


def _hidden(net: Net) -> Net:
    return Net(net.weights[:-1], net.biases[:-1])


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_cross_entropy_is_autograds(activation: str) -> None:
    net, X, y = _problem()
    phi: Any = {"sigmoid": lambda z: 1 / (1 + anp.exp(-z)), "tanh": anp.tanh}[activation]

    def value(parts: tuple[Any, ...]) -> Any:
        A = X
        for i in range(2):
            A = phi(anp.dot(A, parts[i]) + parts[3 + i])
        Z = anp.dot(A, parts[2]) + parts[5]
        return anp.mean(anp.log(anp.sum(anp.exp(Z), axis=1)) - Z[anp.arange(7), y])

    parts = (*net.weights, *net.biases)
    found = pretraining.cost(net, X, y, activation=activation)
    assert found.value == pytest.approx(float(value(parts)))
    theirs = autograd.grad(value)(parts)
    for mine, their in zip((*found.gradient.weights, *found.gradient.biases), theirs, strict=True):
        np.testing.assert_allclose(mine, their, atol=1e-12)


def test_the_pull_has_its_gradient_and_vanishes_at_the_anchor() -> None:
    net, X, y = _problem()
    near = _hidden(net)
    far = Net(tuple(W + 0.1 for W in near.weights), tuple(b - 0.2 for b in near.biases))
    bare = pretraining.cost(net, X, y).value
    assert pretraining.cost(net, X, y, anchor=near, pull=3.0).value == pytest.approx(bare)
    entries = sum(W.size for W in near.weights), sum(b.size for b in near.biases)
    penalty = 3.0 * (0.01 * entries[0] + 0.04 * entries[1])
    pulled = pretraining.cost(net, X, y, anchor=far, pull=3.0)
    assert pulled.value - bare == pytest.approx(penalty)

    def value(m: Net) -> float:
        return pretraining.cost(m, X, y, anchor=far, pull=3.0).value

    expected = numerical_gradient(value, net)
    np.testing.assert_allclose(ravel(pulled.gradient), ravel(expected), atol=1e-7)


def test_frozen_layers_stay_and_the_head_learns() -> None:
    net, X, y = _problem()
    fit = optim.train(net, lambda m: pretraining.cost(m, X, y, frozen=True), steps=20, rate=0.05)
    for a, b in zip(ravel(_hidden(fit.model)), ravel(_hidden(net)), strict=True):
        assert a == b
    assert fit.costs[-1] < fit.costs[0]


def test_a_strong_pull_is_nearly_frozen() -> None:
    net, X, y = _problem()
    anchor = _hidden(net)
    moved = []
    for pull in (0.0, 1.0, 100.0):
        fit = optim.train(
            net,
            lambda m, pull=pull: pretraining.cost(m, X, y, anchor=anchor, pull=pull),  # type: ignore[misc]
            steps=300,
            rate=0.01,
        )
        moved.append(np.linalg.norm(ravel(_hidden(fit.model)) - ravel(anchor)))
    assert moved[0] > 3 * moved[1] > 9 * moved[2]


def test_joint_cost_has_the_gradient_of_finite_differences() -> None:
    net, X, y = _problem()
    rng = RNG(1)
    model = pretraining.Joint(net, rng.normal(size=(3, 5)), rng.normal(size=5))
    U = rng.normal(size=(9, 5))

    def value(m: pretraining.Joint) -> float:
        return pretraining.joint_cost(m, X, y, U, 0.3).value

    found = pretraining.joint_cost(model, X, y, U, 0.3)
    H = pretraining.features(_hidden(net), U)
    error = ((H @ model.decoder + model.bias - U) ** 2).sum(axis=1).mean()
    assert found.value == pytest.approx(pretraining.cost(net, X, y).value + 0.3 * error)
    expected = numerical_gradient(value, model)
    np.testing.assert_allclose(ravel(found.gradient), ravel(expected), atol=1e-7)


def test_features_are_the_inputs_of_the_head() -> None:
    net, X, _ = _problem()
    run = nets.forward(net, X, "sigmoid")
    np.testing.assert_allclose(pretraining.features(_hidden(net), X), run.inputs[-1])


def test_the_stack_is_greedy() -> None:
    """The first layer does not depend on what comes above it; each is trained on the codes below."""
    X = RNG(0).normal(size=(60, 6))
    one = pretraining.stack(X, (4,), rng=RNG(1), steps=30)
    two = pretraining.stack(X, (4, 3), rng=RNG(1), steps=30)
    np.testing.assert_array_equal(one.layers.weights[0], two.layers.weights[0])
    H = autoencoder.encode(
        autoencoder.Tied(one.layers.weights[0], one.layers.biases[0], np.zeros(6)), X
    )
    untrained = ((H - H.mean(axis=0)) ** 2).sum(axis=1).mean()
    long = pretraining.stack(X, (4, 3), rng=RNG(1), steps=400, rate=0.02, corruption=0.0)
    assert len(long.errors) == 2
    assert long.errors[1] < untrained


def test_more_steps_rebuild_better() -> None:
    X = RNG(0).normal(size=(80, 3)) @ RNG(1).normal(size=(3, 8))
    errors = [
        pretraining.stack(X, (3,), rng=RNG(2), steps=steps, activation="tanh").errors[0]
        for steps in (5, 500)
    ]
    assert errors[1] < 0.5 * errors[0]


def test_accuracy_counts() -> None:
    net = Net((np.eye(3),), (np.zeros(3),))
    X = np.eye(3)[[0, 1, 2, 2]]
    assert pretraining.accuracy(net, X, [0, 1, 2, 0]) == 0.75


def test_refusals() -> None:
    net, X, y = _problem()
    model = pretraining.Joint(net, np.zeros((3, 5)), np.zeros(5))
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: pretraining.stack(X, (), rng=RNG(0)), "sizes must name"),
        (lambda: pretraining.stack(X, (3,), rng=RNG(0), corruption=1.5), "corruption"),
        (lambda: pretraining.stack(X, (3,), rng=RNG(0), batch=0), "batch"),
        (lambda: pretraining.classifier(_hidden(net), 0, rng=RNG(0)), "k must be"),
        (lambda: pretraining.features(net, X, "swish"), "activation must be one of"),
        (lambda: pretraining.cost(net, X, y[:3]), "labels"),
        (lambda: pretraining.cost(net, X, y, pull=-1.0), "pull"),
        (lambda: pretraining.cost(net, X, y, pull=1.0), "needs an anchor"),
        (
            lambda: pretraining.cost(net, X, y, pull=1.0, anchor=net, frozen=True),
            "pull must be 0 when layers are frozen, got 1.0",
        ),
        (
            lambda: pretraining.cost(
                net, X, y, pull=1.0, anchor=pretraining.classifier(net, 2, rng=RNG(0))
            ),
            "anchor must have at most the net's 3 layers, got 4",
        ),
        (
            lambda: pretraining.cost(
                net, X, y, pull=1.0, anchor=Net(net.weights[:1], (np.zeros(1),))
            ),
            r"anchor and net must have the same shape, got \(1,\) and \(4,\)",
        ),
        (
            lambda: pretraining.stack(X, (2,), rng=RNG(0), corruption=1.0),
            "corruption must be below 1",
        ),
        (
            lambda: pretraining.cost(net, X, y, pull=1.0, anchor=Net((np.zeros((5, 5)),), (y,))),
            "anchor",
        ),
        (lambda: pretraining.joint_cost(model, X, y, X, -1.0), "weight"),
        (lambda: pretraining.accuracy(net, X, y[:3]), "labels must have shape"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
