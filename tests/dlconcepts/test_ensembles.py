"""An ensemble does to each member what nets and pretraining do to a net alone, and its gradient is a derivative."""

import numpy as np
import pytest

from dlconcepts import ensembles, nets, optim, parameters, pretraining
from dlconcepts.nets import ACTIVATIONS, Net

SIZES = (3, 5, 4, 2)


@pytest.fixture
def members() -> list[Net]:
    rng = np.random.default_rng(0)
    return [nets.init(SIZES, rng=rng) for _ in range(6)]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("own", [False, True])
def test_outputs_are_those_of_each_net_alone(
    members: list[Net], activation: str, own: bool
) -> None:
    X = np.random.default_rng(1).normal(size=(6, 7, 3) if own else (7, 3))
    found = ensembles.outputs(ensembles.join(members), X, activation)
    for s, net in enumerate(members):
        alone = nets.forward(net, X[s] if own else X, activation).output
        np.testing.assert_allclose(found[s], alone, rtol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("own", [False, True])
def test_descent_takes_each_net_where_it_goes_alone(
    members: list[Net], activation: str, own: bool
) -> None:
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(6, 9, 3)), rng.integers(2, size=(6, 9))
    if not own:
        X, y = X[0], y[0]
    fit = optim.descend(
        ensembles.join(members),
        lambda e: ensembles.cost(e, X, y, activation=activation),
        steps=20,
        rate=0.3,
    )
    costs = np.zeros(20)
    for s, net in enumerate(members):
        A, b = (X[s], y[s]) if own else (X, y)
        alone = optim.descend(
            net,
            lambda m, A=A, b=b: pretraining.cost(m, A, b, activation=activation),  # type: ignore[misc]
            steps=20,
            rate=0.3,
        )
        costs += alone.costs
        for W, V in zip(fit.model.weights, alone.model.weights, strict=True):
            np.testing.assert_allclose(W[s], V, atol=1e-12)
        for b_all, b_one in zip(fit.model.biases, alone.model.biases, strict=True):
            np.testing.assert_allclose(b_all[s], b_one, atol=1e-12)
    np.testing.assert_allclose(fit.costs, costs)


def test_the_gradient_is_the_derivative(members: list[Net]) -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(8, 3)), rng.integers(2, size=8)
    ensemble = ensembles.join(members)
    theta = parameters.ravel(ensemble)
    exact = parameters.ravel(ensembles.cost(ensemble, X, y).gradient)
    for at in rng.choice(len(theta), size=25, replace=False):
        step = np.zeros_like(theta)
        step[at] = 1e-6
        ends = (
            ensembles.cost(parameters.unravel(theta + sign * step, ensemble), X, y).value
            for sign in (1, -1)
        )
        assert next(ends) - next(ends) == pytest.approx(2e-6 * exact[at], abs=1e-9)


def test_bad_arguments_are_named(members: list[Net]) -> None:
    with pytest.raises(ValueError, match="members must hold a net"):
        ensembles.join([])
    other = nets.init((3, 5, 2), rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="members must have one shape: 6 has"):
        ensembles.join([*members, other])
    ensemble = ensembles.join(members)
    for shape in [(4, 2), (5, 4, 3), (3,)]:
        with pytest.raises(ValueError, match=r"X must have shape \(n, 3\) or \(6, n, 3\)"):
            ensembles.outputs(ensemble, np.zeros(shape))
    with pytest.raises(ValueError, match=r"X must hold an example at least, got shape \(0, 3\)"):
        ensembles.outputs(ensemble, np.zeros((0, 3)))
    with pytest.raises(ValueError, match="X must be finite"):
        ensembles.outputs(ensemble, np.full((4, 3), np.nan))
    with pytest.raises(ValueError, match=r"labels must have shape \(4,\) or \(6, 4\), got \(3,\)"):
        ensembles.cost(ensemble, np.zeros((4, 3)), [0, 1, 1])
    with pytest.raises(ValueError, match="activation"):
        ensembles.outputs(ensemble, np.zeros((4, 3)), "swish")
