"""Principal components against scikit-learn's."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.decomposition import PCA

from dlconcepts import pca


def _data() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 6)) @ rng.normal(size=(6, 6)) + rng.normal(size=6)


@pytest.mark.parametrize("k", [1, 3, 6])
def test_it_is_scikit_learns(k: int) -> None:
    X, found = _data(), pca.fit(_data())
    theirs = PCA(k).fit(X)
    np.testing.assert_allclose(found.mean, theirs.mean_)
    np.testing.assert_allclose(np.abs(np.sum(found.components[:k] * theirs.components_, axis=1)), 1)
    n = len(X)
    np.testing.assert_allclose(found.variances[:k] * n / (n - 1), theirs.explained_variance_)
    new = np.random.default_rng(1).normal(size=(5, 6))
    np.testing.assert_allclose(
        np.abs(pca.encode(found, new, k)), np.abs(theirs.transform(new)), atol=1e-12
    )
    np.testing.assert_allclose(
        pca.reconstruct(found, new, k), theirs.inverse_transform(theirs.transform(new))
    )


@pytest.mark.parametrize("k", range(7))
def test_the_least_error_is_that_of_the_reconstruction(k: int) -> None:
    X = _data()
    found = pca.fit(X)
    error = ((X - pca.reconstruct(found, X, k)) ** 2).sum(axis=1).mean()
    assert pca.least_error(found, k) == pytest.approx(error, abs=1e-12)


def test_signs_do_not_depend_on_the_signs_of_the_data() -> None:
    a, b = pca.fit(_data()), pca.fit(-_data())
    np.testing.assert_allclose(a.components, b.components)
    assert (a.components[np.arange(6), np.abs(a.components).argmax(axis=1)] > 0).all()


def test_fewer_examples_than_dimensions() -> None:
    X = _data()[:4]
    found = pca.fit(X)
    assert found.components.shape == (4, 6)
    np.testing.assert_allclose(pca.reconstruct(found, X, 4), X)


def test_refusals() -> None:
    found = pca.fit(_data())
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: pca.fit([[np.nan, 1.0]]), "X"),
        (lambda: pca.fit([1.0, 2.0]), "X"),
        (lambda: pca.encode(found, np.ones((2, 5)), 1), "X must have 6 columns"),
        (lambda: pca.encode(found, _data(), 7), "k must be at most 6"),
        (lambda: pca.least_error(found, -1), "k must be"),
        (lambda: pca.decode(found, np.ones((2, 7))), "k must be at most 6"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
