r"""Per-example losses and their gradients.

One convention for regression and one for classification, both elementwise, without a mean:

- a **regression** loss takes the residual $r = y - \hat y$ (true minus predicted), of any shape;
  its gradient is $dL/dr$. With respect to the prediction, $dL/d\hat y = -dL/dr$.
- a **classification** loss takes ``(y_true, y_pred)`` of one and the same shape, where the
  prediction is a score, a logit or a probability, as its argument is called; its gradient is with
  respect to that prediction.

At a kink the gradient is the subgradient 0 (or, for the quantile loss, the middle of the
subdifferential). ``REGRESSION`` and ``CLASSIFICATION`` list all of them. A float dtype is
kept: losses come in the dtype of the residual or of the prediction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from numpy.typing import ArrayLike

from dlconcepts import _checks
from dlconcepts._checks import Array
from dlconcepts.losses.entropy import (
    binary_cross_entropy,
    binary_cross_entropy_grad,
    binary_cross_entropy_logits,
    binary_cross_entropy_logits_grad,
    categorical_cross_entropy,
    categorical_cross_entropy_grad,
    categorical_cross_entropy_logits,
    categorical_cross_entropy_logits_grad,
    log_softmax,
    one_hot,
    sigmoid,
    softmax,
)
from dlconcepts.losses.margin import (
    hinge,
    hinge_grad,
    logistic,
    logistic_grad,
    zero_one,
    zero_one_margin,
    zero_one_margin_grad,
)
from dlconcepts.losses.residual import (
    absolute,
    absolute_grad,
    bias,
    huber,
    huber_grad,
    log_cosh,
    log_cosh_grad,
    quantile,
    quantile_grad,
    squared,
    squared_grad,
)

__all__ = [
    "CLASSIFICATION",
    "REGRESSION",
    "ClassificationLoss",
    "RegressionLoss",
    "absolute",
    "absolute_grad",
    "bias",
    "binary_cross_entropy",
    "binary_cross_entropy_grad",
    "binary_cross_entropy_logits",
    "binary_cross_entropy_logits_grad",
    "categorical_cross_entropy",
    "categorical_cross_entropy_grad",
    "categorical_cross_entropy_logits",
    "categorical_cross_entropy_logits_grad",
    "hinge",
    "hinge_grad",
    "huber",
    "huber_grad",
    "log_cosh",
    "log_cosh_grad",
    "log_softmax",
    "logistic",
    "logistic_grad",
    "one_hot",
    "quantile",
    "quantile_grad",
    "regression",
    "sigmoid",
    "softmax",
    "squared",
    "squared_grad",
    "zero_one",
    "zero_one_margin",
    "zero_one_margin_grad",
]


class RegressionLoss(NamedTuple):
    """A regression loss with its parameters bound: ``loss(r)`` and ``grad(r)``."""

    name: str
    loss: Callable[[ArrayLike], Array]
    grad: Callable[[ArrayLike], Array]
    params: Mapping[str, float]  # what ``regression`` may rebind, with the values in force


class ClassificationLoss(NamedTuple):
    """A classification loss: ``loss(y_true, y_pred)`` and ``grad(y_true, y_pred)``."""

    name: str
    loss: Callable[[ArrayLike, ArrayLike], Array]
    grad: Callable[[ArrayLike, ArrayLike], Array]
    labels: str  # "sign": −1 or +1 · "unit": in [0, 1] · "simplex": a distribution per row
    takes: str  # what the prediction is: "score", "logit" or "probability"


REGRESSION: Mapping[str, RegressionLoss] = {
    entry.name: entry
    for entry in (
        RegressionLoss("squared", squared, squared_grad, {}),
        RegressionLoss("absolute", absolute, absolute_grad, {}),
        RegressionLoss("huber", huber, huber_grad, {"delta": 1.0}),
        RegressionLoss("log_cosh", log_cosh, log_cosh_grad, {"delta": 1.0}),
        RegressionLoss("quantile", quantile, quantile_grad, {"gamma": 0.5}),
    )
}

CLASSIFICATION: Mapping[str, ClassificationLoss] = {
    entry.name: entry
    for entry in (
        ClassificationLoss(
            "zero_one_margin", zero_one_margin, zero_one_margin_grad, "sign", "score"
        ),
        ClassificationLoss("hinge", hinge, hinge_grad, "sign", "score"),
        ClassificationLoss("logistic", logistic, logistic_grad, "sign", "score"),
        ClassificationLoss(
            "binary_cross_entropy",
            binary_cross_entropy,
            binary_cross_entropy_grad,
            "unit",
            "probability",
        ),
        ClassificationLoss(
            "binary_cross_entropy_logits",
            binary_cross_entropy_logits,
            binary_cross_entropy_logits_grad,
            "unit",
            "logit",
        ),
        ClassificationLoss(
            "categorical_cross_entropy",
            categorical_cross_entropy,
            categorical_cross_entropy_grad,
            "simplex",
            "probability",
        ),
        ClassificationLoss(
            "categorical_cross_entropy_logits",
            categorical_cross_entropy_logits,
            categorical_cross_entropy_logits_grad,
            "simplex",
            "logit",
        ),
    )
}


def regression(name: str, **params: float) -> RegressionLoss:
    """Look up a regression loss by name and bind its parameters, as the fitting functions want it.

    Args:
        name: a key of ``REGRESSION``.
        **params: the loss's parameters (``delta``, ``gamma``); those left out keep their defaults.

    Returns:
        The entry with ``loss(r)`` and ``grad(r)`` bound to the parameters.

    Raises:
        ValueError: if the name or a parameter is unknown, or a value is out of range.

    Examples:
        >>> regression("quantile", gamma=0.9).loss([1.0, -1.0])
        array([0.9, 0.1])
    """
    entry = _checks.choice("name", name, REGRESSION)
    if unknown := params.keys() - entry.params.keys():
        raise ValueError(f"params of {name} are {list(entry.params)}, got {sorted(unknown)}")
    bound = {**entry.params, **params}
    result = RegressionLoss(name, partial(entry.loss, **bound), partial(entry.grad, **bound), bound)
    result.grad(0.0)  # refuses a value out of range here rather than in the middle of a fit
    return result
