"""k-means against scikit-learn; the constraints against counting."""

import itertools
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import confusion_matrix
from sklearn.neighbors import NearestCentroid

from dlconcepts import clustering

RNG = np.random.default_rng


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [1, 2, 4])
def test_kmeans_is_sklearns(seed: int, k: int) -> None:
    X = RNG(seed).normal(size=(90, 3))
    oracle = KMeans(k, init=X[:k], n_init=1, tol=0, algorithm="lloyd").fit(X)
    for ours in (clustering.kmeans(X, X[:k]), clustering.cop_kmeans(X, X[:k])):
        assert ours.converged
        np.testing.assert_array_equal(ours.labels, oracle.labels_)
        np.testing.assert_allclose(ours.centers, oracle.cluster_centers_)
        assert ours.cost == pytest.approx(oracle.inertia_)


def test_ends_of_the_penalty() -> None:
    rng = RNG(0)
    X, y = rng.normal(size=(60, 2)), np.full(60, -1)
    y[:20] = rng.integers(2, size=20)
    free = clustering.kmeans(X, X[:2])
    np.testing.assert_array_equal(
        clustering.kmeans(X, X[:2], labels=y, penalty=0).labels, free.labels
    )
    hard = clustering.kmeans(X, X[:2], labels=y, penalty=np.inf)
    np.testing.assert_array_equal(hard.labels[:20], y[:20])
    means = NearestCentroid().fit(X[:20], y[:20])
    supervised = clustering.kmeans(X, X[:2], labels=y, penalty=np.inf, weight=0)
    np.testing.assert_allclose(supervised.centers, means.centroids_)
    np.testing.assert_array_equal(supervised.labels[20:], means.predict(X[20:]))


@pytest.mark.parametrize("penalty", [0.0, 0.5, 3.0])
def test_every_step_lowers_the_cost(penalty: float) -> None:
    rng = RNG(1)
    X, y = rng.normal(size=(60, 2)), rng.integers(-1, 3, size=60)
    costs = [
        clustering.kmeans(X, X[:3], labels=y, penalty=penalty, weight=0.7, steps=s).cost
        for s in range(1, 12)
    ]
    assert all(b <= a + 1e-9 for a, b in itertools.pairwise(costs))


@pytest.mark.parametrize("seed", range(10))
def test_constraints_hold(seed: int) -> None:
    rng = RNG(seed)
    X, y = rng.normal(size=(50, 2)), rng.integers(3, size=50)
    pairs = [tuple(rng.choice(50, 2, replace=False).tolist()) for _ in range(20)]
    must = [(i, j) for i, j in pairs if y[i] == y[j]]
    cannot = [(i, j) for i, j in pairs if y[i] != y[j]]
    try:
        labels = clustering.cop_kmeans(X, X[:3], must, cannot).labels
    except clustering.InfeasibleError:
        return
    assert all(labels[i] == labels[j] for i, j in must)
    assert all(labels[i] != labels[j] for i, j in cannot)
    assert clustering.violations(labels, must, cannot) == 0
    assert clustering.violations(labels, cannot, must) == len(pairs)


@pytest.mark.parametrize("cluster", [clustering.kmeans, clustering.cop_kmeans])
def test_a_cluster_that_no_point_is_nearest_to_keeps_its_center(cluster: Any) -> None:
    found = cluster([[0.0], [2.0]], [[0.5], [100.0]])
    assert found.centers.tolist() == [[1.0], [100.0]]
    assert (found.labels.tolist(), found.cost, found.converged) == ([0, 0], 2.0, True)


@pytest.mark.parametrize("cluster", [clustering.kmeans, clustering.cop_kmeans])
def test_one_step_is_one_assignment_and_one_mean(cluster: Any) -> None:
    found = cluster([[0.0], [4.0], [10.0]], [[0.0], [3.0]], steps=1)
    assert found.labels.tolist() == [0, 1, 1]
    assert found.centers.tolist() == [[0.0], [7.0]]
    assert (found.cost, found.steps, found.converged) == (18.0, 1, False)


def test_links_close_transitively() -> None:
    X = np.array([[0.0], [1.0], [9.0], [10.0]])
    labels = clustering.cop_kmeans(X, X[[0, 3]], [(1, 2), (2, 3)], [(0, 1)]).labels
    assert labels.tolist() == [0, 1, 1, 1]


def test_it_fails_where_it_must_and_where_it_need_not() -> None:
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    triangle = [(0, 1), (1, 2), (0, 2)]
    with pytest.raises(clustering.InfeasibleError, match="row 2 finds no cluster"):
        clustering.cop_kmeans(X, X[:2], cannot=triangle)
    with pytest.raises(clustering.InfeasibleError, match="must and cannot"):
        clustering.cop_kmeans(X, X[:2], must=[(0, 1), (1, 2)], cannot=[(0, 2)])
    path = [(0, 2), (1, 2)]  # with 2 clusters: 0 and 1 together. Here they go apart first
    with pytest.raises(clustering.InfeasibleError):
        clustering.cop_kmeans(X, X[:2], cannot=path)
    assert clustering.violations([0, 0, 1, 0], cannot=path) == 0


def test_matched_accuracy_is_the_best_assignment() -> None:
    rng = RNG(2)
    y, z = rng.integers(4, size=100), rng.integers(4, size=100)
    table = confusion_matrix(y, z)
    best = table[linear_sum_assignment(table, maximize=True)].sum() / 100
    assert clustering.matched_accuracy(y, z) == pytest.approx(best)


def test_refusals() -> None:
    X = np.eye(3)
    with pytest.raises(ValueError, match="must must be pairs"):
        clustering.cop_kmeans(X, X[:2], must=[(0, 3)])
    with pytest.raises(ValueError, match="labels must be whole"):
        clustering.kmeans(X, X[:2], labels=[0, 1, 2])
    with pytest.raises(ValueError, match="penalty must be"):
        clustering.kmeans(X, X[:2], penalty=-1)
    with pytest.raises(ValueError, match="clusters for"):
        clustering.matched_accuracy([0, 0], [0, 1])


def test_accuracy_broadcasts_nothing() -> None:
    with pytest.raises(ValueError, match="same shape"):
        clustering.matched_accuracy([0, 0, 1, 1], [[1], [1], [0], [0]])
    with pytest.raises(ValueError, match="non-empty vector"):
        clustering.matched_accuracy([], [])
