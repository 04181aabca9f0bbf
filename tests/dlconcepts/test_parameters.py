from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from dlconcepts import nets
from dlconcepts.parameters import numerical_gradient, ravel, unravel


def test_there_and_back() -> None:
    net = nets.init((3, 4, 2), rng=np.random.default_rng(0))
    theta = ravel(net)
    assert theta.shape == (3 * 4 + 4 + 4 * 2 + 2,)
    again = unravel(theta, net)
    assert type(again) is nets.Net
    for before, after in zip(
        (*net.weights, *net.biases), (*again.weights, *again.biases), strict=True
    ):
        np.testing.assert_array_equal(before, after)
    again.weights[0][:] = 0
    assert theta.any(), "the parameters are copies"


def test_numerical_gradient_is_scipys() -> None:
    def cost(params: tuple[Any, ...]) -> float:
        A, (b,) = params
        return float(np.sin(A).sum() * b @ b)

    at = (np.arange(6.0).reshape(2, 3), (np.array([1.0, -2.0]),))
    found = ravel(numerical_gradient(cost, at))
    theirs = approx_fprime(ravel(at), lambda theta: cost(unravel(theta, at)), 1e-7)
    np.testing.assert_allclose(found, theirs, atol=1e-5)


def test_numerical_gradient_of_whole_numbers() -> None:
    found = numerical_gradient(lambda p: float((p[0] ** 2).sum()), (np.array([1, 3]),))
    np.testing.assert_allclose(found[0], [2.0, 6.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ravel(()), "params must hold"),
        (lambda: unravel([1.0], (np.zeros(2),)), r"theta must have shape \(2,\)"),
        (lambda: numerical_gradient(lambda p: 0.0, (np.zeros(1),), h=0.0), "h must be"),
    ],
)
def test_refusals(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
