"""Nearest neighbors against scikit-learn, and their densities against the truth."""

import numpy as np
import pytest
from scipy import special, stats
from sklearn import neighbors as theirs

from dlconcepts import neighbors

RNG = np.random.default_rng


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("k", [1, 4, 15])
def test_the_search_votes_and_means_are_sklearns(d: int, k: int) -> None:
    rng = RNG(d)
    X, Q, y = rng.normal(size=(80, d)), rng.normal(size=(30, d)), rng.integers(3, size=80)
    Y = rng.normal(size=(80, 2))
    found = neighbors.nearest(X, Q, k)
    distance, index = theirs.NearestNeighbors(n_neighbors=k).fit(X).kneighbors(Q)
    np.testing.assert_array_equal(found.rows, index)
    np.testing.assert_allclose(found.distance, distance)
    voter = theirs.KNeighborsClassifier(k, algorithm="brute").fit(X, y)
    np.testing.assert_array_equal(neighbors.classify(X, y, Q, k), voter.predict(Q))
    mean = theirs.KNeighborsRegressor(k).fit(X, Y)
    np.testing.assert_allclose(neighbors.regress(X, Y, Q, k), mean.predict(Q))
    np.testing.assert_allclose(neighbors.regress(X, Y[:, 0], Q, k), mean.fit(X, Y[:, 0]).predict(Q))
    np.testing.assert_allclose(neighbors.anomaly_score(X, Q, k), distance[:, -1])


def test_the_density_tends_to_the_true_one() -> None:
    X = RNG(0).normal(size=(20_000, 2))
    Q = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, -1.0]])
    truth = stats.multivariate_normal(np.zeros(2)).pdf(Q)
    np.testing.assert_allclose(neighbors.density(X, Q, 400), truth, rtol=4 / np.sqrt(400))


@pytest.mark.parametrize(("d", "radius"), [(400, 4.9), (110, 1000.0)])
def test_the_density_in_many_dimensions(d: int, radius: float) -> None:
    found = neighbors.density(np.zeros((3, d)), [[radius] + [0.0] * (d - 1)], 2)
    log_volume = d / 2 * np.log(np.pi) - special.gammaln(d / 2 + 1)
    expected = np.log(2 / 3) - log_volume - d * np.log(radius)
    np.testing.assert_allclose(np.log(found), expected)


def test_ties_and_names() -> None:
    assert neighbors.classify([[0.0], [2.0]], ["b", "a"], [[1.0]], k=2).tolist() == ["a"]
    assert neighbors.nearest([[0.0], [2.0]], [[1.0]], k=1).rows.tolist() == [[0]]
    assert np.isinf(neighbors.density([[0.0], [1.0]], [[0.0]], k=1)).all()


def test_refusals() -> None:
    with pytest.raises(ValueError, match="k must be at most"):
        neighbors.nearest([[0.0]], [[0.0]], k=2)
    with pytest.raises(ValueError, match="queries must have 1 columns"):
        neighbors.nearest([[0.0]], [[0.0, 1.0]], k=1)
    with pytest.raises(ValueError, match="y must have shape"):
        neighbors.classify([[0.0]], [0, 1], [[0.0]], k=1)
    with pytest.raises(ValueError, match="Y must have shape"):
        neighbors.regress([[0.0]], [0.0, 1.0], [[0.0]], k=1)
