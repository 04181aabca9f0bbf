"""Affine maps, against SciPy's rotations, NumPy's products, and the theorem on combinations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from dlconcepts import affine
from dlconcepts.affine import AffineMap


def drawn(rng: np.random.Generator, d: int, k: int) -> AffineMap:
    return affine.affine(rng.normal(size=(k, d)), rng.normal(size=k))


def test_a_rotation_about_a_point() -> None:
    R = Rotation.from_euler("z", 40, degrees=True).as_matrix()
    center = np.array([1.0, -2.0, 0.5])
    there = affine.affine(np.eye(3), -center)
    turn = affine.affine(R, np.zeros(3))
    back = affine.affine(np.eye(3), center)
    X = np.random.default_rng(0).normal(size=(6, 3))
    expected = Rotation.from_matrix(R).apply(X - center) + center
    whole = affine.collapse([there, turn, back])
    assert np.allclose(affine.apply(whole, X), expected)
    assert np.allclose(affine.apply(whole, center[None]), center)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**16))
def test_composition_is_the_product_of_homogeneous_matrices(
    d: int, m: int, k: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    inner, outer = drawn(rng, d, m), drawn(rng, m, k)
    both = affine.compose(outer, inner)
    X = rng.normal(size=(4, d))
    assert np.allclose(affine.apply(both, X), affine.apply(outer, affine.apply(inner, X)))
    H = affine.homogeneous(outer) @ affine.homogeneous(inner)
    assert np.allclose(H, affine.homogeneous(both))
    lifted = np.column_stack([X, np.ones(4)]) @ H.T
    assert np.allclose(lifted[:, :-1], affine.apply(both, X))
    assert np.allclose(lifted[:, -1], 1)


@given(st.integers(1, 4), st.integers(0, 2**16))
def test_the_gap_of_an_affine_map_is_its_offset_times_what_the_weights_lack(
    n: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    f = drawn(rng, 3, 2)
    X, weights = rng.normal(size=(n, 3)), rng.normal(size=n)
    gap = affine.combination_gap(lambda points: affine.apply(f, points), X, weights)
    assert np.allclose(gap, (1 - weights.sum()) * f.offset)


def test_a_function_with_a_kink_has_a_gap_where_the_weights_sum_to_one() -> None:
    gap = affine.combination_gap(lambda X: np.maximum(X, 0), [[-1.0], [1.0]], [0.5, 0.5])
    assert gap == [-0.5]


def test_collapse_of_one_layer_is_that_layer() -> None:
    layer = drawn(np.random.default_rng(0), 3, 2)
    assert affine.collapse([layer]) is layer


def test_what_does_not_fit_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="offset"):
        affine.affine(np.eye(2), np.ones(3))
    with pytest.raises(ValueError, match="outer must take vectors of length 2, it takes 3"):
        affine.compose(drawn(rng, 3, 1), drawn(rng, 3, 2))
    with pytest.raises(ValueError, match="layers must not be empty"):
        affine.collapse([])
    with pytest.raises(ValueError, match="X"):
        affine.apply(drawn(rng, 3, 1), np.ones((2, 2)))
    with pytest.raises(ValueError, match="weights"):
        affine.combination_gap(lambda X: X, np.ones((2, 2)), [1.0])
