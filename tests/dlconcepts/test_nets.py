from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from sklearn.neural_network import MLPRegressor

from dlconcepts import nets, sequence
from dlconcepts._checks import Array

PHI: dict[str, Callable[[Any], Any]] = {
    "tanh": anp.tanh,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "relu": lambda z: anp.maximum(z, 0),
    "identity": lambda z: z,
}
SIZES = [(3, 1), (2, 16, 1), (4, 5, 3, 2)]


def _problem(sizes: tuple[int, ...], n: int = 7) -> tuple[nets.Net, Array, Array]:
    rng = np.random.default_rng(0)
    net = nets.init(sizes, rng=rng)
    net = net._replace(biases=tuple(rng.normal(size=b.shape) for b in net.biases))
    return net, rng.normal(size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))


def _cost(parts: tuple[Any, ...], X: Any, T: Any, name: str) -> Any:
    depth = len(parts) // 2
    A = X
    for i in range(depth):
        Z = anp.dot(A, parts[i]) + parts[depth + i]
        A = Z if i == depth - 1 else PHI[name](Z)
    return anp.sum((A - T) ** 2) / 2


def test_every_activation_has_an_oracle() -> None:
    assert set(PHI) == set(nets.ACTIVATIONS)


@pytest.mark.parametrize("name", PHI)
@pytest.mark.parametrize("sizes", SIZES)
def test_backward_is_autograds(name: str, sizes: tuple[int, ...]) -> None:
    net, X, T = _problem(sizes)
    parts = (*net.weights, *net.biases)
    run = nets.forward(net, X, name)
    assert np.sum((run.output - T) ** 2) / 2 == pytest.approx(float(_cost(parts, X, T, name)))
    found = nets.backward(net, run, run.output - T)
    for at, mine in enumerate((*found.net.weights, *found.net.biases)):

        def of(part: Any, at: int = at) -> Any:
            return _cost((*parts[:at], part, *parts[at + 1 :]), X, T, name)

        np.testing.assert_allclose(mine, autograd.grad(of)(parts[at]), rtol=1e-9, atol=1e-12)
    theirs = autograd.grad(lambda x: _cost(parts, x, T, name))(X)
    np.testing.assert_allclose(found.X, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", nets.ACTIVATIONS)
def test_input_gradient_is_the_finite_difference(name: str) -> None:
    net, X, _ = _problem((3, 6, 2))
    run = nets.forward(net, X, name)
    slope = nets.backward(net, run, np.ones_like(run.output)).X
    h = 1e-6
    for i, j in [(0, 0), (3, 2), (6, 1)]:
        shift = np.zeros_like(X)
        shift[i, j] = h
        up, down = (nets.forward(net, X + s, name).output.sum() for s in (shift, -shift))
        assert slope[i, j] == pytest.approx((up - down) / (2 * h), abs=1e-5)


def test_forward_is_sklearns() -> None:
    net, X, T = _problem((3, 8, 4, 2))
    theirs = MLPRegressor(hidden_layer_sizes=(8, 4), activation="tanh").partial_fit(X, T)
    theirs.coefs_, theirs.intercepts_ = list(net.weights), list(net.biases)
    np.testing.assert_allclose(nets.forward(net, X).output, theirs.predict(X), rtol=1e-9)


def test_init_keeps_the_variance() -> None:
    rng = np.random.default_rng(1)
    net = nets.init((400, 300), rng=rng, scale=0.5)
    X = rng.normal(size=(500, 400))
    assert nets.forward(net, X).output.std() == pytest.approx(0.5, rel=0.02)
    assert sequence.count(nets.init((2, 16, 1), rng=rng)) == 65
    assert all((W == 0).all() for W in nets.init((2, 3, 1), rng=rng, scale=0.0).weights)


def test_training_a_line_is_least_squares() -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(40, 2))
    y = X @ [1.0, -2.0] + 3 + rng.normal(size=40)
    net = nets.train(
        nets.init((2, 1), rng=rng), X, y, output_grad=lambda t, s: s - t, rate=0.5, steps=500
    )
    best = np.linalg.lstsq(np.hstack([X, np.ones((40, 1))]), y, rcond=None)[0]
    np.testing.assert_allclose(net.weights[0][:, 0], best[:2], rtol=1e-8)
    assert net.biases[0][0] == pytest.approx(best[2])


def test_refusals() -> None:
    rng = np.random.default_rng(0)
    net = nets.init((2, 3, 1), rng=rng)
    run = nets.forward(net, np.ones((4, 2)))
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: nets.init((2,), rng=rng), "sizes must name"),
        (lambda: nets.init((2, 0), rng=rng), "sizes must be"),
        (lambda: nets.init((2, 1), rng=rng, scale=-1.0), "scale"),
        (lambda: nets.forward(net, np.ones((4, 3))), "X must have 2 columns"),
        (lambda: nets.forward(net, np.ones((4, 2)), "swish"), "activation must be one of"),
        (lambda: nets.backward(net, run, np.ones((3, 1))), "output_grad"),
        (lambda: nets.step(net, net, 0.0), "rate"),
        (
            lambda: nets.train(
                nets.init((2, 2), rng=rng),
                np.ones((4, 2)),
                np.ones(4),
                output_grad=lambda t, s: s,
                rate=1.0,
                steps=1,
            ),
            "one output",
        ),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
