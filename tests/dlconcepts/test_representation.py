"""Linear probes against scikit-learn's, pieces against a fine grid and closed forms."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import softmax
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import mutual_info_score
from sklearn.preprocessing import StandardScaler

from dlconcepts import nets, representation


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("penalty", [0.1, 1.0, 30.0])
def test_the_probe_is_scikit_learns(classes: int, penalty: float) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, classes, 60) + 3
    F = rng.normal(size=(60, 4)) * [1, 5, 0.1, 2] + y[:, None] * rng.normal(size=4)
    queries = rng.normal(size=(200, 4)) * [1, 5, 0.1, 2] + 4 * rng.normal(size=4)
    scaler = StandardScaler().fit(F)
    theirs = RidgeClassifier(penalty).fit(scaler.transform(F), y)
    mine = representation.linear_probe(F, y, queries, penalty=penalty)
    np.testing.assert_array_equal(mine, theirs.predict(scaler.transform(queries)))


def test_a_constant_feature_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    F, y, queries = rng.normal(size=(20, 2)), rng.integers(0, 2, 20), rng.normal(size=(9, 2))
    plain = representation.linear_probe(F, y, queries)
    more = representation.linear_probe(np.c_[F, np.full(20, 7.0)], y, np.c_[queries, np.ones(9)])
    np.testing.assert_array_equal(plain, more)


@pytest.mark.parametrize("layers", range(1, 9))
def test_the_tent_map(layers: int) -> None:
    x = np.linspace(0, 1, 1001)
    y = x
    for _ in range(layers):
        y = 1 - np.abs(2 * y - 1)
    net = representation.tent(layers)
    np.testing.assert_allclose(nets.forward(net, x[:, None], "relu").output[:, 0], y, atol=1e-9)
    np.testing.assert_allclose(representation.pieces(net), np.arange(2**layers + 1) / 2**layers)
    assert all(len(b) == 2 for b in net.biases[:-1])


@pytest.mark.parametrize("sizes", [(1, 5, 1), (1, 6, 6, 1), (1, 4, 4, 4, 1)])
def test_pieces_are_linear_and_meet_in_kinks(sizes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(2)
    net = nets.init(sizes, rng=rng)
    net = nets.Net(net.weights, tuple(rng.normal(size=b.shape) / 2 for b in net.biases))
    ends = representation.pieces(net, -3, 3)
    assert ends[0] == -3
    assert ends[-1] == 3
    assert len(ends) > 3
    x = np.linspace(-3, 3, 100_001)
    f = nets.forward(net, x[:, None], "relu").output[:, 0]
    at_ends = nets.forward(net, ends[:, None], "relu").output[:, 0]
    np.testing.assert_allclose(np.interp(x, ends, at_ends), f, atol=1e-9)  # none is missing
    for i in range(1, len(ends) - 1):  # none is superfluous
        without = np.interp(x, np.delete(ends, i), np.delete(at_ends, i))
        assert np.abs(without - f).max() > 1e-7


def test_one_hidden_layer_has_a_piece_more_than_units_at_most() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        net = nets.init((1, 7, 1), rng=rng)
        net = nets.Net(net.weights, (rng.normal(size=7), np.zeros(1)))
        assert len(representation.pieces(net, -50, 50)) - 1 <= 8


def test_features_are_the_inputs_of_the_next_layer() -> None:
    rng = np.random.default_rng(5)
    net, X = nets.init((3, 5, 4, 2), rng=rng), rng.normal(size=(6, 3))
    np.testing.assert_array_equal(representation.features(net, X, 0), X)
    first = np.tanh(X @ net.weights[0] + net.biases[0])
    np.testing.assert_allclose(representation.features(net, X), first)
    second = representation.features(net, X, 2)
    np.testing.assert_allclose(second @ net.weights[2] + net.biases[2], nets.forward(net, X).output)


def test_mutual_information_is_scikit_learns() -> None:
    table = np.random.default_rng(6).integers(0, 9, (4, 5))
    table[0, 0] = 0
    found = representation.mutual_information(table / table.sum())
    assert found == pytest.approx(mutual_info_score(None, None, contingency=table))
    independent = np.outer([0.2, 0.8], [0.3, 0.3, 0.4])
    assert representation.mutual_information(independent) == pytest.approx(0, abs=1e-12)


def _objective(code: np.ndarray, prior: np.ndarray, p: np.ndarray, beta: float) -> float:
    joint = prior[:, None] * code
    kept = representation.mutual_information(joint)
    return kept - beta * representation.mutual_information(joint.T @ p)


@pytest.mark.parametrize("beta", [0.5, 1.5, 4.0, 20.0])
def test_the_bottleneck_is_the_minimum_of_its_objective(beta: float) -> None:
    rng = np.random.default_rng(7)
    prior, p = rng.dirichlet(np.full(4, 5.0)), rng.dirichlet(np.ones(3), size=4)
    code = representation.bottleneck(prior, p, beta, steps=5000)
    np.testing.assert_allclose(code.sum(axis=1), 1)
    best = np.inf
    for _ in range(8):  # another way to the minimum
        found = minimize(
            lambda z: _objective(softmax(z.reshape(4, 4), axis=1), prior, p, beta),
            rng.normal(size=16),
            method="BFGS",
        )
        best = min(best, found.fun)
    assert _objective(code, prior, p, beta) == pytest.approx(best, abs=1e-4)
    values = [
        _objective(representation.bottleneck(prior, p, beta, steps=n), prior, p, beta)
        for n in range(1, 30)
    ]
    assert (np.diff(values) < 1e-12).all()


def test_refusals() -> None:
    F, y = np.ones((3, 2)), np.array([0, 1, 1])
    two = nets.init((2, 3, 1), rng=np.random.default_rng(0))
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: representation.linear_probe(F, y[:2], F), "y must have shape"),
        (lambda: representation.linear_probe(F, y, F[:, :1]), "queries must have 2 columns"),
        (lambda: representation.linear_probe(F, y, F, penalty=0.0), "penalty"),
        (lambda: representation.linear_probe(F, [1, 1, 1], F), "two classes"),
        (lambda: representation.features(two, F, 2), "layer must be less than 2"),
        (lambda: representation.features(two, F, -1), "layer must be"),
        (lambda: representation.mutual_information([[0.5, 0.6]]), "joint must hold"),
        (lambda: representation.mutual_information([[1.5, -0.5]]), "joint must hold"),
        (lambda: representation.bottleneck([0.5, 0.6], np.full((2, 2), 0.5), 1.0), "prior"),
        (lambda: representation.bottleneck([0.5, 0.5], np.eye(2), 1.0), "likelihood"),
        (lambda: representation.bottleneck([1.0], np.full((2, 2), 0.5), 1.0), "as many rows"),
        (lambda: representation.bottleneck([0.5, 0.5], np.full((2, 2), 0.5), 0.0), "beta"),
        (lambda: representation.tent(0), "layers"),
        (lambda: representation.pieces(two), "one input and one output"),
        (lambda: representation.pieces(representation.tent(1), 1, 0), "low must be less"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
