import itertools

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from dlconcepts import capacity, freelunch


@pytest.mark.parametrize("name", freelunch.LEARNERS)
def test_mean_over_all_targets_is_one_half(name: str) -> None:
    F = freelunch.targets(3)
    for size in range(1, 8):
        for seen in list(itertools.combinations(range(8), size))[:12]:
            counts = freelunch.unseen_mistakes(freelunch.LEARNERS[name], seen, F)
            assert 2 * counts.sum() == len(F) * (8 - size)


def test_targets_are_all_and_distinct() -> None:
    F = freelunch.targets(3)
    assert len(np.unique(F, axis=0)) == len(F) == 256
    assert len(freelunch.cube(4)) == 16
    linear = sum(capacity.separate(freelunch.cube(3), 2 * f - 1).separable for f in F)
    assert linear == 104  # threshold functions of three variables


def test_learners_fit_what_they_should() -> None:
    X = freelunch.cube(3)
    for f in freelunch.targets(3)[::7]:
        np.testing.assert_array_equal(freelunch.nearest(X, f, X), f)
        np.testing.assert_array_equal(freelunch.farthest(X, f, X), 1 - f)
    for j in range(3):
        np.testing.assert_array_equal(freelunch.linear(X, X[:, j], X), X[:, j])
    odd = X.sum(axis=1) % 2
    np.testing.assert_array_equal(freelunch.parity(X[:3], 1 - odd[:3], X), 1 - odd)
    y = np.array([1.0, 1, 0, 1, 0])
    dummy = DummyClassifier(strategy="most_frequent").fit(X[:5], y)
    np.testing.assert_array_equal(freelunch.majority(X[:5], y, X), dummy.predict(X))
    np.testing.assert_array_equal(freelunch.minority(X[:5], y, X), 1 - dummy.predict(X))


def test_errors_by_a_plain_loop() -> None:
    F, seen = freelunch.targets(3), [0, 3, 5]
    X, unseen = freelunch.cube(3), [1, 2, 4, 6, 7]
    plain = []
    for f in F:
        guess = freelunch.nearest(X[seen], f[seen], X[unseen])
        plain.append(np.sum(guess != f[unseen]))
    np.testing.assert_array_equal(freelunch.unseen_mistakes(freelunch.nearest, seen, F), plain)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="d must be at most 4"):
        freelunch.targets(5)
    with pytest.raises(ValueError, match="proper"):
        freelunch.unseen_mistakes(freelunch.majority, range(8), freelunch.targets(3))
    with pytest.raises(ValueError, match="proper"):
        freelunch.unseen_mistakes(freelunch.majority, [8], freelunch.targets(3))
    for seen in ([], [-1]):
        with pytest.raises(ValueError, match="proper"):
            freelunch.unseen_mistakes(freelunch.majority, seen, freelunch.targets(3))
    for mask in (np.array([True, False, True]), np.array([0.5, 1.0])):
        with pytest.raises(ValueError, match="seen must hold whole numbers"):
            freelunch.unseen_mistakes(freelunch.majority, mask, freelunch.targets(3))
    with pytest.raises(ValueError, match="labels"):
        freelunch.unseen_mistakes(freelunch.majority, [0], [[0.0, 1.0, 2.0, 0.0]])


def test_a_learner_answers_for_each_unseen_input() -> None:
    with pytest.raises(ValueError, match=r"learner must return shape \(1,\)"):
        freelunch.unseen_mistakes(lambda X, y, new: y[-1], [0, 1, 2], freelunch.targets(2))
