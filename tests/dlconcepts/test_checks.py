from collections.abc import Callable

import numpy as np
import pytest

from dlconcepts import _checks


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: _checks.real("r", ["a"]), "r must be real numbers"),
        (lambda: _checks.real("r", np.array([1j])), "r must be real numbers"),
        (lambda: _checks.real("r", np.array([None])), "r must be real numbers"),
        (lambda: _checks.real("r", [[1.0], [1.0, 2.0]]), "r must be an array"),
        (lambda: _checks.vector("y", 1.0), r"y must be a vector, got shape \(\)"),
        (lambda: _checks.vector("y", []), r"y must be non-empty, got shape \(0,\)"),
        (lambda: _checks.vector("y", [1.0], 2), r"y must have shape \(2,\), got shape \(1,\)"),
        (lambda: _checks.vector("y", [np.inf]), "y must be finite"),
        (lambda: _checks.matrix("X", [1.0]), r"X must be a matrix, got shape \(1,\)"),
        (lambda: _checks.matrix("X", np.ones((0, 2))), r"X must be non-empty, got shape \(0, 2\)"),
        (lambda: _checks.matrix("X", [[1.0]], 2), r"X must have 2 columns, got shape \(1, 1\)"),
        (lambda: _checks.matrix("X", [[np.nan]]), "X must be finite"),
        (lambda: _checks.signs("y", [1, 0]), r"y must hold the labels -1 and 1, got \[0. 1.\]"),
        (lambda: _checks.sequences("X", np.ones((1, 2, 3)), 2), r"X must have shape \(n, T, 2\)"),
        (lambda: _checks.sequences("X", np.ones((0, 2, 3)), 3), r"X must have shape \(n, T, 3\)"),
        (lambda: _checks.sequences("X", [[[np.inf]]], 1), "X must be finite"),
        (lambda: _checks.choice("kind", "a", {"b": 1}), "kind must be one of b, got 'a'"),
        (lambda: _checks.positive("c", -1.0), "c must be a finite number > 0, got -1.0"),
        (lambda: _checks.positive("c", np.inf), "c must be a finite number > 0, got inf"),
        (lambda: _checks.positive("c", np.nan), "c must be a finite number > 0, got nan"),
        (lambda: _checks.positive("c", -0.1, zero=True), "c must be a finite number >= 0"),
        (lambda: _checks.fraction("p", 0.0), "p must lie strictly between"),
        (lambda: _checks.fraction("p", 1.0), "p must lie strictly between"),
        (lambda: _checks.fraction("p", np.nan), "p must lie strictly between"),
        (lambda: _checks.count("n", 0), "n must be a whole number >= 1, got 0"),
        (lambda: _checks.count("n", True), "n must be a whole number >= 1, got True"),
        (lambda: _checks.count("n", 2.0), "n must be a whole number"),  # type: ignore[arg-type]
    ],
)
def test_refusals_name_the_argument(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_accepted_values_come_back_unchanged() -> None:
    assert _checks.positive("c", 0, zero=True) == 0.0
    assert _checks.count("n", 0, minimum=0) == 0
    assert _checks.count("n", int(np.int64(3))) == 3
    assert _checks.fraction("p", 0.5) == 0.5
    assert _checks.real("b", [True, False]).tolist() == [1.0, 0.0]
    single = np.ones(3, np.float32)
    assert _checks.vector("y", single) is single
