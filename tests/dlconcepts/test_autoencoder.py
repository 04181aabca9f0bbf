"""Costs and gradients of autoencoders against autograd, finite differences and the closed forms of special cases."""

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from dlconcepts import autoencoder, nets, optim, pca
from dlconcepts._checks import Array
from dlconcepts.autoencoder import Autoencoder, Tied
from dlconcepts.parameters import numerical_gradient, ravel

PHI: dict[str, Callable[[Any], Any]] = {
    "tanh": anp.tanh,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "relu": lambda z: anp.maximum(z, 0),
    "identity": lambda z: z,
}


def _model(tied: bool, d: int = 5, k: int = 3) -> Autoencoder | Tied:
    rng = np.random.default_rng(0)
    model = autoencoder.init(d, k, rng=rng)
    model = model._replace(b=rng.normal(size=k) / 2, c=rng.normal(size=d) / 2)
    return autoencoder.tie(model) if tied else model


def _data(n: int = 7, d: int = 5) -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, d)), rng.uniform(0.05, 0.95, size=(n, d))


def _reference(parts: tuple[Any, ...], X: Any, T: Any, activation: str, output: str) -> Any:
    """The loss in autograd's own words."""
    W, b, D, c = parts if len(parts) == 4 else (parts[0], parts[1], parts[0].T, parts[2])
    Z = anp.dot(PHI[activation](anp.dot(X, W) + b), D) + c
    if output == "identity":
        return anp.mean(anp.sum((Z - T) ** 2, axis=1))
    R = 1 / (1 + anp.exp(-Z))
    return -anp.mean(anp.sum(T * anp.log(R) + (1 - T) * anp.log(1 - R), axis=1))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("output", autoencoder.OUTPUTS)
@pytest.mark.parametrize("activation", nets.ACTIVATIONS)
def test_cost_and_gradient_are_autograds(tied: bool, output: str, activation: str) -> None:
    model = _model(tied)
    X, T = _data()
    found = autoencoder.cost(model, X, T, activation=activation, output=output)
    expected = _reference(tuple(model), X, T, activation, output)
    assert found.value == pytest.approx(float(expected))
    theirs = autograd.grad(lambda p: _reference(p, X, T, activation, output))(tuple(model))
    for mine, their in zip(found.gradient, theirs, strict=True):
        np.testing.assert_allclose(mine, their, rtol=1e-9, atol=1e-12)
    R = autoencoder.reconstruct(model, X, activation, output)
    if output == "identity":
        assert found.value == pytest.approx(((R - T) ** 2).sum(axis=1).mean())


PENALTIES: list[tuple[str, dict[str, Any]]] = [
    ("sigmoid", {"sparse": 0.3}),
    ("tanh", {"sparse": 0.3}),
    ("relu", {"sparse": 0.3}),
    ("sigmoid", {"rate": (0.7, 0.1)}),
    ("sigmoid", {"contract": 0.4}),
    ("tanh", {"contract": 0.4}),
    ("identity", {"contract": 0.4}),
    ("sigmoid", {"sparse": 0.1, "rate": (0.7, 0.1), "contract": 0.4, "output": "sigmoid"}),
]


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(("activation", "penalty"), PENALTIES)
def test_penalties_have_the_gradient_of_finite_differences(
    tied: bool, activation: str, penalty: dict[str, Any]
) -> None:
    model = _model(tied)
    X, T = _data()

    def value(m: Any) -> float:
        return autoencoder.cost(m, X, T, activation=activation, **penalty).value

    found = autoencoder.cost(model, X, T, activation=activation, **penalty)
    np.testing.assert_allclose(
        ravel(found.gradient), ravel(numerical_gradient(value, model)), atol=5e-8
    )


def test_penalties_are_what_they_say() -> None:
    model = _model(False)
    X, T = _data()
    bare = autoencoder.cost(model, X, T).value
    H = autoencoder.encode(model, X)

    def extra(**penalty: Any) -> float:
        return autoencoder.cost(model, X, T, **penalty).value - bare

    assert extra(sparse=0.3) == pytest.approx(0.3 * np.abs(H).sum(axis=1).mean())
    mean = H.mean(axis=0)
    kl = 0.1 * np.log(0.1 / mean) + 0.9 * np.log(0.9 / (1 - mean))
    assert extra(rate=(0.7, 0.1)) == pytest.approx(0.7 * kl.sum())
    of_each = [autograd.jacobian(lambda x: PHI["sigmoid"](x @ model.W + model.b))(x) for x in X]
    assert extra(contract=0.4) == pytest.approx(0.4 * np.mean([(J**2).sum() for J in of_each]))
    np.testing.assert_allclose(autoencoder.jacobian(model, X), of_each)


def test_a_linear_autoencoder_comes_to_the_error_of_the_principal_components() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5)) @ np.diag([3.0, 2, 1, 0.5, 0.2])
    model = autoencoder.init(5, 2, rng=rng)
    fit = optim.train(
        model, lambda m: autoencoder.cost(m, X, activation="identity"), steps=1500, rate=0.02
    )
    least = pca.least_error(pca.fit(X), 2)
    assert fit.costs.min() >= least - 1e-12
    assert fit.costs[-1] == pytest.approx(least, rel=1e-4)


@pytest.mark.parametrize("output", autoencoder.OUTPUTS)
def test_a_deep_net_of_one_hidden_layer_is_the_shallow_one(output: str) -> None:
    model = _model(False)
    assert isinstance(model, Autoencoder)
    net = nets.Net((model.W, model.D), (model.b, model.c))
    X, T = _data()
    deep = autoencoder.deep_cost(net, X, T, activation="tanh", output=output)
    shallow = autoencoder.cost(model, X, T, activation="tanh", output=output)
    assert deep.value == pytest.approx(shallow.value)
    np.testing.assert_allclose(deep.gradient.weights[0], shallow.gradient.W)
    np.testing.assert_allclose(deep.gradient.biases[1], shallow.gradient.c)


def test_the_target_is_the_input_by_default() -> None:
    model = _model(True)
    X, _ = _data()
    net = nets.init((5, 2, 5), rng=np.random.default_rng(0))
    assert autoencoder.cost(model, X).value == autoencoder.cost(model, X, X).value
    assert autoencoder.deep_cost(net, X).value == autoencoder.deep_cost(net, X, X).value


def test_untying_changes_nothing() -> None:
    model = _model(True)
    X, _ = _data()
    assert isinstance(model, Tied)
    own = autoencoder.untie(model)
    np.testing.assert_array_equal(
        autoencoder.reconstruct(model, X), autoencoder.reconstruct(own, X)
    )
    assert autoencoder.untie(own) is own


@pytest.mark.parametrize(("output", "factor"), [("identity", 2), ("sigmoid", 1)])
@pytest.mark.parametrize("activation", nets.ACTIVATIONS)
def test_recirculation_tends_to_the_gradient_where_weights_are_symmetric(
    activation: str, output: str, factor: int
) -> None:
    model = autoencoder.untie(_model(True))
    X, _ = _data()
    target = X if output == "identity" else 1 / (1 + np.exp(-X))
    slope = autoencoder.cost(model, target, activation=activation, output=output).gradient
    found = autoencoder.recirculate(model, target, 1 - 1e-7, activation=activation, output=output)
    for change, grad in zip(found, slope, strict=True):
        np.testing.assert_allclose(change * 1e7, -grad / factor, rtol=1e-4, atol=1e-6)


def test_recirculation_uses_the_encoder_to_send_errors_back() -> None:
    model = _model(False)
    assert isinstance(model, Autoencoder)
    X, _ = _data()
    other = model._replace(D=model.W.T)
    R = autoencoder.reconstruct(model, X)
    # the same reconstruction error in a model whose decoder is the encoder's transpose
    shifted = autoencoder.cost(other, X, X - R + autoencoder.reconstruct(other, X)).gradient
    found = autoencoder.recirculate(model, X, 1 - 1e-7)
    np.testing.assert_allclose(found.W * 1e7, -shifted.W / 2, rtol=1e-4, atol=1e-6)


def test_refusals() -> None:
    model = _model(False)
    X, T = _data()
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: autoencoder.init(0, 2, rng=np.random.default_rng(0)), "must be"),
        (lambda: autoencoder.encode(model, X[:, 1:]), "X must have 5 columns"),
        (lambda: autoencoder.encode(model, X, "swish"), "activation must be one of"),
        (lambda: autoencoder.decode(model, X), "H must have 3 columns"),
        (lambda: autoencoder.reconstruct(model, X, output="relu"), "output must be one of"),
        (lambda: autoencoder.cost(model, X, T[:3]), "X"),
        (lambda: autoencoder.cost(model, X, sparse=-1.0), "sparse"),
        (lambda: autoencoder.cost(model, X, rate=(1.0, 0.0)), "rate"),
        (lambda: autoencoder.cost(model, X, rate=(1.0, 0.1), activation="tanh"), "'sigmoid'"),
        *(
            (
                lambda b=b: autoencoder.cost(
                    model._replace(b=np.full(3, b)), 0 * X, rate=(1.0, 0.1)
                ),
                "rate needs mean activations between 0 and 1",
            )
            for b in (-100.0, 100.0)
        ),
        (lambda: autoencoder.cost(model, X, contract=1.0, activation="relu"), "contract needs"),
        (lambda: autoencoder.cost(model, X, output="relu"), "output must be one of"),
        (lambda: autoencoder.recirculate(model, X, 1.0), "mix"),
        (
            lambda: autoencoder.deep_cost(nets.init((5, 2), rng=np.random.default_rng(0)), X),
            "target",
        ),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()


def test_a_sigmoid_output_has_targets_from_0_to_1() -> None:
    model = autoencoder.init(2, 1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"target .* must lie in \[0, 1\]"):
        autoencoder.cost(model, [[3.0, -1.0]], output="sigmoid")
