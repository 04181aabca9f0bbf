"""Propagation and self-training against scikit-learn, bag losses against enumeration."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.semi_supervised import LabelPropagation, SelfTrainingClassifier

from dlconcepts import datasets
from dlconcepts import semisupervised as semi
from dlconcepts._checks import Array

RNG = np.random.default_rng


@pytest.mark.parametrize("scale", [0.3, 1.0])
def test_propagation_is_sklearns(scale: float) -> None:
    X = RNG(0).normal(size=(60, 2))
    y = np.full(60, -1)
    y[:9] = np.arange(9) % 3
    oracle = LabelPropagation(
        kernel="rbf", gamma=1 / (2 * scale**2), max_iter=200_000, tol=1e-12
    ).fit(X, y)
    F = semi.label_propagation(X, y, scale)
    np.testing.assert_allclose(F, oracle.label_distributions_, atol=1e-6)
    np.testing.assert_allclose(F.sum(axis=1), 1)


class Classes(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    def fit(self, X: Array, y: semi.Labels) -> "Classes":
        self.classes_ = np.unique(y)
        self.predict_ = semi.gaussian_classes(X, y)
        return self

    def predict_proba(self, X: Array) -> Array:
        return self.predict_(X)

    def predict(self, X: Array) -> Array:
        return np.asarray(self.classes_[self.predict_(X).argmax(axis=1)])


@pytest.mark.parametrize("threshold", [0.6, 0.9, 0.99])
def test_self_training_is_sklearns(threshold: float) -> None:
    X, truth = datasets.two_views(150, rng=RNG(3))
    y = np.full(150, -1)
    six = np.concatenate([np.flatnonzero(truth == c)[:3] for c in (0, 1)])
    y[six] = truth[six]
    oracle = SelfTrainingClassifier(Classes(), threshold=threshold, max_iter=20).fit(X, y)
    ours = semi.self_training(X, y, semi.gaussian_classes, threshold=threshold)
    np.testing.assert_array_equal(ours.labels, oracle.transduction_)
    np.testing.assert_allclose(ours.predict(X), oracle.predict_proba(X))


def test_self_training_ends_when_all_are_labelled_or_the_rounds_are_used() -> None:
    def sure_of_neighbors(X: Array, y: Any) -> Callable[[Array], Array]:
        """Certain of what lies within 1 of a labelled point; else not."""

        def predict(Z: Array) -> Array:
            away = np.abs(Z - X.T)
            near = away.min(axis=1) <= 1
            winner = y[away.argmin(axis=1)]
            return np.where(near[:, None], winner[:, None] == np.arange(2), 0.5)

        return predict

    X, y = [[0.0], [1.0], [2.0], [3.0]], [1, -1, -1, -1]
    whole = semi.self_training(X, y, sure_of_neighbors)
    assert (whole.labels.tolist(), whole.rounds) == ([1, 1, 1, 1], 3)
    part = semi.self_training(X, y, sure_of_neighbors, rounds=2)
    assert (part.labels.tolist(), part.rounds) == ([1, 1, 1, -1], 2)


def test_a_probability_that_equals_the_threshold_reaches_it() -> None:
    def fit(X: Array, y: Any) -> Callable[[Array], Array]:
        return lambda Z: np.tile([0.25, 0.75], (len(Z), 1))

    assert semi.self_training([[0.0], [1.0]], [0, -1], fit, threshold=0.75).labels.tolist() == [
        0,
        1,
    ]


def test_gaussian_classes_use_bayes_rule() -> None:
    X, y = RNG(0).normal(size=(40, 2)) * 2, np.repeat([0, 1], [10, 30])
    means = [X[y == 0].mean(axis=0), X[y == 1].mean(axis=0)]
    var = sum(((X[y == c] - means[c]) ** 2).sum() for c in (0, 1)) / 80
    q = np.array([[0.3, -1.0]])
    joint = [
        p * np.exp(-((q - m) ** 2).sum() / (2 * var))
        for p, m in zip((0.25, 0.75), means, strict=True)
    ]
    assert semi.gaussian_classes(X, y)(q)[0, 1] == pytest.approx(joint[1] / sum(joint))


def test_bag_loss_sums_over_hidden_labels() -> None:
    rng = RNG(1)
    X, w, positive = rng.normal(size=(7, 3, 2)), rng.normal(size=3), rng.integers(2, size=7)
    p = 1 / (1 + np.exp(-(w[0] + X @ w[1:])))
    loss = 0.0
    for bag, label in zip(p, positive, strict=True):
        parts = [
            np.prod(np.where(hidden, bag, 1 - bag))
            for hidden in itertools.product([0, 1], repeat=3)
            if max(hidden) == label
        ]
        loss -= np.log(sum(parts)) / 7
    assert semi.bag_loss(w, X, positive) == pytest.approx(loss)
    numeric = [
        (semi.bag_loss(w + e, X, positive) - semi.bag_loss(w - e, X, positive)) / 2e-6
        for e in 1e-6 * np.eye(3)
    ]
    np.testing.assert_allclose(semi.bag_loss_grad(w, X, positive), numeric, atol=1e-8)


@pytest.mark.parametrize("size", [1000.0, -1000.0])
def test_bags_that_are_certain_do_not_overflow(size: float) -> None:
    X, w = [[[1.0], [1.0]]], [0.0, size]
    sure = size > 0
    np.testing.assert_allclose(semi.bag_loss(w, X, [0]), 2000.0 if sure else 0.0, atol=1e-300)
    np.testing.assert_allclose(semi.bag_loss_grad(w, X, [0]), 2.0 if sure else 0.0)
    assert (semi.bag_loss(w, X, [1]) == 0) == sure
    assert np.isfinite(semi.bag_loss(w, X, [1]))
    np.testing.assert_array_equal(semi.bag_loss_grad(w, X, [1]), 0)


def test_fit_bags_finds_the_instances() -> None:
    X, y = datasets.two_views(3000, rng=RNG(0))
    w = semi.fit_bags(X.reshape(1000, 3, 2), y.reshape(1000, 3).max(axis=1))
    assert np.mean((w[0] + X @ w[1:] > 0) == y) > 0.97


def test_refusals() -> None:
    with pytest.raises(ValueError, match="at least one"):
        semi.label_propagation([[0.0]], [-1], 1.0)
    with pytest.raises(ValueError, match="path to a label"):
        semi.label_propagation([[0.0], [1e6]], [0, -1], 1.0)
    with pytest.raises(ValueError, match="name every class"):
        semi.gaussian_classes([[0.0]], [1])
    with pytest.raises(ValueError, match="X must be bags"):
        semi.bag_loss([0.0, 0.0], [[0.0]], [1])
    with pytest.raises(ValueError, match="positive must hold"):
        semi.bag_loss([0.0, 0.0], [[[0.0]]], [2])
    assert semi.label_propagation([[0.0]], [0], 1.0).tolist() == [[1.0]]


def test_bags_have_one_size() -> None:
    with pytest.raises(ValueError, match=r"^X must"):
        semi.fit_bags([[[1.0], [2.0]], [[1.0]]], [0, 1])
