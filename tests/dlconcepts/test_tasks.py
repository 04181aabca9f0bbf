"""Scores against scikit-learn, objects against SciPy, boxes against the masks they cover."""

import numpy as np
import pytest
from scipy import ndimage
from sklearn import metrics

from dlconcepts import tasks

RNG = np.random.default_rng


@pytest.mark.parametrize("digits", [0, 3])  # with and without ties
def test_auc_is_sklearns(digits: int) -> None:
    low, high = RNG(0).normal(size=50).round(digits), RNG(1).normal(1, 1, size=30).round(digits)
    truth = np.repeat([0, 1], [50, 30])
    expected = metrics.roc_auc_score(truth, np.concatenate([low, high]))
    assert tasks.auc(low, high) == pytest.approx(expected)


def test_mask_iou_is_sklearns() -> None:
    a, b = RNG(2).random((2, 40)) < 0.4
    assert tasks.mask_iou(a, b) == pytest.approx(metrics.jaccard_score(a, b))
    assert tasks.mask_iou([False], [False]) == 1
    assert tasks.mask_iou(a.astype(float), b.astype(int)) == tasks.mask_iou(a, b)


def test_box_iou_is_that_of_the_masks() -> None:
    rng = RNG(3)
    corner = rng.integers(0, 12, size=(2, 8, 2))
    a, b = np.concatenate([corner, corner + rng.integers(1, 8, size=(2, 8, 2))], axis=2)

    def mask(box: np.ndarray) -> np.ndarray:
        image = np.zeros((20, 20), dtype=bool)
        image[box[0] : box[2], box[1] : box[3]] = True
        return image

    expected = [[tasks.mask_iou(mask(p), mask(q)) for q in b] for p in a]
    np.testing.assert_allclose(tasks.box_iou(a, b), expected)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.55, 1.0])
def test_components_and_boxes_are_scipys(share: float) -> None:
    mask = RNG(4).random((17, 23)) < share
    parts = tasks.components(mask)
    expected, count = ndimage.label(mask)
    assert parts.max() == count
    np.testing.assert_array_equal(parts, expected)
    slices = ndimage.find_objects(expected)
    rows = [[s.start, t.start, s.stop, t.stop] for s, t in slices]
    np.testing.assert_array_equal(tasks.boxes(parts), np.array(rows).reshape(-1, 4))


def test_a_number_without_a_part_has_no_box() -> None:
    assert tasks.boxes([[0, 3], [1, 3]]).tolist() == [[1, 0, 2, 1], [0, 1, 2, 2]]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="top < bottom"):
        tasks.box_iou([[0, 0, 0, 1]], [[0, 0, 1, 1]])
    with pytest.raises(ValueError, match="same shape"):
        tasks.mask_iou([True], [True, False])
    with pytest.raises(ValueError, match=r"pred must hold booleans, or 0 and 1, got \[0.2 0.9\]"):
        tasks.mask_iou([True, False], [0.9, 0.2])
    with pytest.raises(ValueError, match="mask must be a matrix"):
        tasks.components([True])
    with pytest.raises(ValueError, match="parts must be a matrix"):
        tasks.boxes([1])
    with pytest.raises(ValueError, match="strange"):
        tasks.auc([0.0], [np.nan])


def test_probabilities_are_no_mask() -> None:
    with pytest.raises(ValueError, match="mask must hold booleans"):
        tasks.components([[0.2, 0.9]])
