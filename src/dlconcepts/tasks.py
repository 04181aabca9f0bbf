r"""Scores and outputs of tasks whose answer is not one label or number: ranking, masks, boxes, objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dlconcepts import _checks
from dlconcepts._checks import Array


def auc(ordinary: ArrayLike, strange: ArrayLike) -> float:
    r"""Area under the ROC curve: $P(s_{\text{strange}} > s_{\text{ordinary}}) + \tfrac12P(=)$.

    Args:
        ordinary: scores of the examples that should score low, shape (n,).
        strange: scores of those that should score high, shape (m,).

    Returns:
        From 0 to 1; 1/2 for scores that tell nothing.

    Raises:
        ValueError: if one of them is not a finite vector.

    References:
        Fawcett 2006.

    Examples:
        >>> auc([0.0, 1.0], [1.0, 2.0])
        0.875
    """
    low, high = _checks.vector("ordinary", ordinary), _checks.vector("strange", strange)
    return float(np.mean((high[:, None] > low) + 0.5 * (high[:, None] == low)))


def mask_iou(true: ArrayLike, pred: ArrayLike) -> float:
    r"""Intersection over union $|A\cap B|/|A\cup B|$ of two masks.

    Args:
        true: which pixels belong to the class, any shape of booleans or of 0 and 1.
        pred: which were said to, the same shape.

    Returns:
        From 0 to 1; 1 if both are empty.

    Raises:
        ValueError: if the shapes differ or an entry is neither true nor false, such as a probability.

    References:
        Everingham et al. 2010 (segmentation accuracy).

    Examples:
        >>> mask_iou([True, True, False], [False, True, True])
        0.3333333333333333
    """
    a, b = _mask("true", true), _mask("pred", pred)
    _checks.same_shape("true", a, "pred", b)
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 1.0


def _mask(name: str, value: ArrayLike) -> NDArray[np.bool_]:
    mask = np.asarray(value)
    if not np.isin(mask, (0, 1)).all():
        raise ValueError(f"{name} must hold booleans, or 0 and 1, got {np.unique(mask)[:5]}")
    return mask.astype(bool)


def box_iou(a: ArrayLike, b: ArrayLike) -> Array:
    r"""Intersection over union of every box of a with every box of b.

    Args:
        a: rows (top, left, bottom, right) with top < bottom and left < right, shape (n, 4).
        b: alike, shape (m, 4).

    Returns:
        Shape (n, m).

    Raises:
        ValueError: if a shape does not fit or a box is empty.

    References:
        Everingham et al. 2010 (overlap of boxes).

    Examples:
        >>> box_iou([[0, 0, 2, 2]], [[0, 0, 2, 2], [0, 1, 2, 3], [5, 5, 6, 6]]).round(3)
        array([[1.   , 0.333, 0.   ]])
    """
    a, b = _checks.matrix("a", a, 4), _checks.matrix("b", b, 4)
    for name, boxes in (("a", a), ("b", b)):
        if not (boxes[:, :2] < boxes[:, 2:]).all():
            raise ValueError(f"{name} must have top < bottom and left < right in each row")
    corner = np.minimum(a[:, None, 2:], b[:, 2:]) - np.maximum(a[:, None, :2], b[:, :2])
    common = np.maximum(corner, 0).prod(axis=2)
    size_a, size_b = (np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b))
    return np.asarray(common / (size_a[:, None] + size_b - common))


def components(mask: ArrayLike) -> NDArray[np.intp]:
    """Number the connected parts of a mask; pixels touch by their sides.

    Args:
        mask: booleans, shape (h, w).

    Returns:
        0 outside the mask, 1, 2, … inside, in the order of their first pixels, shape (h, w).

    Raises:
        ValueError: if mask is not a matrix.

    Examples:
        >>> components([[True, False, True], [True, False, True]])
        array([[1, 0, 2],
               [1, 0, 2]])
    """
    inside = _mask("mask", mask)
    if inside.ndim != 2:
        raise ValueError(f"mask must be a matrix, got shape {inside.shape}")
    h, w = inside.shape
    part = np.zeros((h, w), dtype=np.intp)
    count = 0
    for start in zip(*np.nonzero(inside), strict=True):
        if part[start]:
            continue
        count += 1
        part[start], stack = count, [start]
        while stack:
            i, j = stack.pop()
            for p, q in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
                if 0 <= p < h and 0 <= q < w and inside[p, q] and not part[p, q]:
                    part[p, q] = count
                    stack.append((p, q))
    return part


def boxes(parts: ArrayLike) -> Array:
    """Smallest boxes around the numbered parts of an image.

    Args:
        parts: as `components` returns them, shape (h, w).

    Returns:
        Rows (top, left, bottom, right), the last two exclusive, shape (count, 4).

    Raises:
        ValueError: if parts is not a matrix.

    Examples:
        >>> boxes([[1, 0, 2], [1, 0, 2]])
        array([[0., 0., 2., 1.],
               [0., 2., 2., 3.]])
    """
    numbers = np.asarray(parts)
    if numbers.ndim != 2:
        raise ValueError(f"parts must be a matrix, got shape {numbers.shape}")
    found = []
    for c in range(1, int(numbers.max(initial=0)) + 1):
        i, j = np.nonzero(numbers == c)
        if len(i):
            found.append([i.min(), j.min(), i.max() + 1, j.max() + 1])
    return np.array(found, dtype=float).reshape(-1, 4)
