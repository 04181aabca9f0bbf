"""Every loss of the registries inherits every test here; a new one must bring its oracle."""

import math
from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import scipy.special
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st

from dlconcepts import losses
from dlconcepts.losses import CLASSIFICATION, REGRESSION, ClassificationLoss, RegressionLoss

PARAMS: dict[str, list[dict[str, float]]] = {
    "squared": [{}],
    "absolute": [{}],
    "huber": [{}, {"delta": 0.3}, {"delta": 7.0}],
    "log_cosh": [{}, {"delta": 0.3}, {"delta": 7.0}],
    "quantile": [{}, {"gamma": 0.1}, {"gamma": 0.95}],
}
KINKED = {"absolute", "quantile"}
BOUND = [losses.regression(name, **p) for name in REGRESSION for p in PARAMS[name]]
each_regression = pytest.mark.parametrize("entry", BOUND, ids=lambda e: f"{e.name}{e.params}")
each_classification = pytest.mark.parametrize("entry", CLASSIFICATION.values(), ids=CLASSIFICATION)

R = np.concatenate([np.linspace(-8.03, 8.05, 97), [0.29, 0.31, -0.29, -0.31, 1e-3, -1e-3]])


# Independent formulas, differentiated by autograd, of the residual and a parameter.
def _huber(r: Any, delta: float) -> Any:
    return anp.where(anp.abs(r) <= delta, r**2 / 2, delta * (anp.abs(r) - delta / 2))


REGRESSION_ORACLES: dict[str, Callable[..., Any]] = {
    "squared": lambda r: r**2,
    "absolute": lambda r: anp.sqrt(r**2),
    "huber": _huber,
    "log_cosh": lambda r, delta: delta**2 * anp.log(anp.cosh(r / delta)),
    "quantile": lambda r, gamma: anp.where(r >= 0, gamma * r, (gamma - 1) * r),
}


def test_the_oracles_cover_the_registry() -> None:
    assert REGRESSION_ORACLES.keys() == REGRESSION.keys() == PARAMS.keys()
    assert CLASSIFICATION_ORACLES.keys() == CLASSIFICATION.keys()
    assert all(name == entry.name for name, entry in REGRESSION.items())
    assert all(name == entry.name for name, entry in CLASSIFICATION.items())


@each_regression
def test_regression_loss_and_gradient_agree_with_autograd(entry: RegressionLoss) -> None:
    def oracle(r: Any) -> Any:
        return REGRESSION_ORACLES[entry.name](r, **entry.params)

    np.testing.assert_allclose(entry.loss(R), oracle(R), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(
        entry.grad(R), autograd.elementwise_grad(oracle)(R), rtol=1e-9, atol=1e-12
    )


@each_regression
def test_regression_gradient_agrees_with_finite_differences(entry: RegressionLoss) -> None:
    h = 1e-6
    numeric = (entry.loss(R + h) - entry.loss(R - h)) / (2 * h)
    np.testing.assert_allclose(entry.grad(R), numeric, rtol=1e-6, atol=1e-6)


@each_regression
@given(a=st.floats(-1e6, 1e6), b=st.floats(-1e6, 1e6), t=st.floats(0, 1))
def test_regression_losses_are_convex_and_least_at_zero(
    entry: RegressionLoss, a: float, b: float, t: float
) -> None:
    at_a, at_b = float(entry.loss(a)), float(entry.loss(b))
    slack = 1e-9 * (1 + at_a + at_b)
    assert entry.loss(0.0) == 0
    assert at_a >= 0
    assert at_a > 0 or abs(a) < 1e-150  # a square may underflow
    assert entry.loss(t * a + (1 - t) * b) <= t * at_a + (1 - t) * at_b + slack
    assert at_b >= at_a + float(entry.grad(a)) * (b - a) - slack  # the subgradient inequality
    assert float(entry.grad(a)) * a >= 0


@each_regression
def test_regression_losses_stand_extreme_residuals(entry: RegressionLoss) -> None:
    extreme = np.array([-1e300, 1e300, -1e-300, 1e-300, -np.inf, np.inf, 5e-324])
    loss, grad = entry.loss(extreme), entry.grad(extreme)  # a warning would be an error
    assert not np.isnan(loss).any()
    assert not np.isnan(grad).any()
    assert (loss >= 0).all()
    assert np.isfinite(grad[:4]).all()
    if entry.name != "squared":  # whose value, 1e600, is no float
        assert np.isfinite(loss[:4]).all()
    assert np.isnan(entry.loss(np.nan))


@each_regression
def test_regression_losses_keep_shape_and_dtype_and_argument(entry: RegressionLoss) -> None:
    for f in (entry.loss, entry.grad):
        for dtype in (np.float32, np.float64):
            r = np.linspace(-2, 2, 6, dtype=dtype).reshape(2, 3)
            kept = r.copy()
            assert f(r).shape == (2, 3)
            assert f(r).dtype == dtype
            assert (r == kept).all()
        assert f(dtype(1.5)).dtype == dtype
        assert f([1, 2]).dtype == np.float64
        assert np.ndim(f(3)) == 0
        assert f([]).shape == (0,)
        for bad in ("a", [1j], [None]):
            with pytest.raises(ValueError, match="r must be real"):
                f(bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("delta", [0.3, 1.0, 7.0])
def test_huber_is_scipys(delta: float) -> None:
    np.testing.assert_allclose(losses.huber(R, delta), scipy.special.huber(delta, R), rtol=1e-13)


def test_huber_limits() -> None:
    np.testing.assert_allclose(losses.huber(R, 1e9), R**2 / 2)
    np.testing.assert_allclose(losses.huber(R, 1e-12) / 1e-12, np.abs(R), rtol=1e-8)


def test_log_cosh_keeps_its_digits() -> None:
    small = np.array([1e-12, 1e-8, 1e-4])
    np.testing.assert_allclose(losses.log_cosh(small), small**2 / 2, rtol=2e-9)
    np.testing.assert_allclose(losses.log_cosh(1000.0), 1000 - math.log(2), rtol=1e-15)
    around = np.nextafter(1.0, [0, 2])  # where the formula changes
    np.testing.assert_allclose(losses.log_cosh(around), math.log(math.cosh(1)), rtol=1e-14)


@pytest.mark.parametrize("gamma", [0.05, 0.5, 0.9])
def test_quantile_is_sklearns_and_minimized_by_the_quantile(gamma: float) -> None:
    rng = np.random.default_rng(0)
    y, p = rng.normal(size=301), rng.normal(size=301)
    assert losses.quantile(y - p, gamma).mean() == pytest.approx(
        sklearn.metrics.mean_pinball_loss(y, p, alpha=gamma)
    )
    costs = losses.quantile(y[:, None] - y, gamma).sum(axis=0)
    assert y[costs.argmin()] == np.quantile(y, gamma, method="inverted_cdf")


def test_means_and_medians_minimize() -> None:
    y = np.random.default_rng(1).exponential(size=101)
    assert losses.squared_grad(y - y.mean()).sum() == pytest.approx(0, abs=1e-10)
    assert losses.absolute_grad(y - np.median(y)).sum() == 0


def test_bias_is_the_signed_error() -> None:
    r = np.array([1.0, -3.0])
    assert losses.bias(r).tolist() == [1.0, -3.0]
    assert losses.bias(r) is not r


def test_regression_binds_and_refuses() -> None:
    assert losses.regression("huber", delta=2.0).loss(10.0) == losses.huber(10.0, 2.0)
    assert losses.regression("huber", delta=2.0).params == {"delta": 2.0}
    assert losses.regression("quantile").params == {"gamma": 0.5}
    for name, params, message in [
        ("mse", {}, "name must be one of"),
        ("squared", {"delta": 1.0}, "params of squared"),
        ("huber", {"delta": 0.0}, "delta must be"),
        ("quantile", {"gamma": 95.0}, "gamma must lie"),
    ]:
        with pytest.raises(ValueError, match=message):
            losses.regression(name, **params)


# --- Classification -------------------------------------------------------------------------------

CLASSIFICATION_ORACLES: dict[str, Callable[[Any, Any], Any]] = {
    "zero_one_margin": lambda y, f: anp.where(y * f <= 0, 1.0, 0.0 * f),
    "hinge": lambda y, f: anp.maximum(0.0, 1 - y * f),
    "logistic": lambda y, f: anp.log(1 + anp.exp(-y * f)),
    "binary_cross_entropy": lambda y, p: -(y * anp.log(p) + (1 - y) * anp.log(1 - p)),
    "binary_cross_entropy_logits": lambda y, z: anp.log(1 + anp.exp(z)) - y * z,
    "categorical_cross_entropy": lambda y, p: -anp.sum(y * anp.log(p), axis=-1),
    "categorical_cross_entropy_logits": lambda y, z: (
        anp.log(anp.sum(anp.exp(z), axis=-1)) - anp.sum(y * z, axis=-1)
    ),
}


def _example(entry: ClassificationLoss, n: int = 40) -> tuple[Any, Any]:
    """Labels and predictions in the entry's domain, away from kinks and poles."""
    rng = np.random.default_rng(3)
    if entry.labels == "simplex":
        y, z = rng.dirichlet(np.ones(4), n), rng.normal(size=(n, 4)) * 3
        p = scipy.special.softmax(z, axis=-1)
    else:
        z = rng.normal(size=n) * 3
        y = rng.choice([-1.0, 1.0], n) if entry.labels == "sign" else rng.random(n)
        p = scipy.special.expit(z)
    return y, p if entry.takes == "probability" else z


@each_classification
def test_classification_loss_and_gradient_agree_with_autograd(entry: ClassificationLoss) -> None:
    y, p = _example(entry)
    oracle = CLASSIFICATION_ORACLES[entry.name]
    np.testing.assert_allclose(entry.loss(y, p), oracle(y, p), rtol=1e-9, atol=1e-12)
    if entry.name == "zero_one_margin":  # nothing for autograd to follow
        assert (entry.grad(y, p) == 0).all()
        return
    grad = autograd.grad(lambda q: anp.sum(oracle(y, q)))(p)
    np.testing.assert_allclose(entry.grad(y, p), grad, rtol=1e-9, atol=1e-12)


@each_classification
def test_classification_gradient_agrees_with_finite_differences(entry: ClassificationLoss) -> None:
    y, p = _example(entry)
    h = 1e-7  # small enough for rows to count as distributions still
    numeric = np.zeros_like(p)
    for j in range(p.shape[-1] if p.ndim > 1 else 1):
        step = np.zeros_like(p)
        step[..., j if p.ndim > 1 else slice(None)] = h
        numeric += (entry.loss(y, p + step) - entry.loss(y, p - step)).reshape(
            *p.shape[:1], *[1] * (p.ndim - 1)
        ) * (step / h) / (2 * h)  # fmt: skip
    np.testing.assert_allclose(entry.grad(y, p), numeric, rtol=2e-5, atol=1e-7)


@each_classification
def test_classification_losses_refuse(entry: ClassificationLoss) -> None:
    y, p = _example(entry)
    for f in (entry.loss, entry.grad):
        with pytest.raises(ValueError, match="must have the same shape"):
            f(y, p[:1])  # would broadcast
        with pytest.raises(ValueError, match=r"[yY]_true"):
            f(y + 2, p)
        with pytest.raises(ValueError, match=r"[yY]_true must be real"):
            f("a", p)
        if entry.takes == "probability":
            with pytest.raises(ValueError, match=r"_pred must (lie|sum)"):
                f(y, p + 1)
    if entry.labels == "simplex":
        with pytest.raises(ValueError, match=r"Y_true must sum to 1 .* shape \(40, 4\)"):
            entry.loss(y / 2, p)


@each_classification
def test_classification_losses_keep_shape_and_dtype(entry: ClassificationLoss) -> None:
    y, p = _example(entry)
    for dtype in (np.float32, np.float64):
        assert entry.loss(y, p.astype(dtype)).dtype == dtype
        assert entry.grad(y, p.astype(dtype)).dtype == dtype
    assert entry.loss(y, p).shape == (40,)
    assert entry.grad(y, p).shape == p.shape
    one = entry.loss(y[0], p[0])
    assert np.ndim(one) == 0
    assert one == pytest.approx(entry.loss(y, p)[0])


@each_classification
@given(seed=st.integers(0, 2**32 - 1), t=st.floats(0, 1))
def test_classification_losses_are_nonnegative_and_convex(
    entry: ClassificationLoss, seed: int, t: float
) -> None:
    rng = np.random.default_rng(seed)
    y, p = _example(entry)
    q = p[rng.permutation(len(p))]
    at_p, at_q = entry.loss(y, p), entry.loss(y, q)
    assert (at_p >= 0).all()
    if entry.name == "zero_one_margin":  # the one that is not convex
        return
    assert (entry.loss(y, t * p + (1 - t) * q) <= t * at_p + (1 - t) * at_q + 1e-9).all()
    slope = entry.grad(y, p) * (q - p)
    assert (at_q >= at_p + (slope.sum(axis=-1) if p.ndim > 1 else slope) - 1e-9).all()


def test_the_zero_one_loss_is_not_convex() -> None:
    left, middle, right = losses.zero_one_margin([1, 1, 1], [-3.0, -1.0, 1.0])
    assert middle > (left + right) / 2


@pytest.mark.parametrize("z", [-1e300, -1e4, -745.0, 745.0, 1e4, 1e300])
@each_classification
def test_extreme_logits_and_scores(entry: ClassificationLoss, z: float) -> None:
    if entry.takes == "probability":
        return  # test_certain_probabilities
    labels = {"sign": [-1.0, 1.0], "unit": [0.0, 1.0], "simplex": [[1.0, 0.0], [0.0, 1.0]]}
    y = np.array(labels[entry.labels])
    p = np.array([[-z, z], [-z, z]]) / 2 if entry.labels == "simplex" else np.array([z, z])
    loss, grad = entry.loss(y, p), entry.grad(y, p)
    assert np.isfinite(loss).all()
    assert np.isfinite(grad).all()
    right = int(z > 0)
    assert loss[right] == pytest.approx(0, abs=1e-300)
    assert np.abs(grad[right]).max() == pytest.approx(0, abs=1e-300)
    assert loss[1 - right] >= 1
    if "logi" in entry.name:
        assert loss[1 - right] == pytest.approx(abs(z))
        assert np.abs(grad[1 - right]).max() == 1


def test_certain_probabilities() -> None:
    y, p = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])
    assert losses.binary_cross_entropy(y, p).tolist() == [0, 0, np.inf, np.inf]
    assert losses.binary_cross_entropy_grad(y, p).tolist() == [1, -1, np.inf, -np.inf]
    Y, P = np.eye(2), np.array([[1.0, 0.0], [1.0, 0.0]])
    assert losses.categorical_cross_entropy(Y, P).tolist() == [0, np.inf]
    assert losses.categorical_cross_entropy_grad(Y, P).tolist() == [[-1, 0], [0, -np.inf]]


def test_confident_and_right_keeps_its_digits() -> None:
    for loss in (
        losses.binary_cross_entropy_logits(1.0, 40.0),
        losses.logistic(1.0, 40.0),
        losses.binary_cross_entropy_logits(0.0, -40.0),
    ):
        assert loss == pytest.approx(math.exp(-40), rel=1e-12, abs=0)
    assert losses.binary_cross_entropy_logits_grad(1.0, 40.0) == pytest.approx(
        -math.exp(-40), rel=1e-12, abs=0
    )
    assert losses.binary_cross_entropy(0.0, 1e-20) == pytest.approx(1e-20, rel=1e-12, abs=0)


def test_sklearn_agrees() -> None:
    rng = np.random.default_rng(5)
    y, z = rng.choice([-1, 1], 200), rng.normal(size=200) * 2
    p = losses.sigmoid(z)
    assert losses.hinge(y, z).mean() == pytest.approx(sklearn.metrics.hinge_loss(y, z))
    assert losses.zero_one(y, np.sign(z)).mean() == pytest.approx(
        sklearn.metrics.zero_one_loss(y, np.sign(z))
    )
    assert losses.zero_one_margin(y, z).mean() == losses.zero_one(y, np.sign(z)).mean()
    log_loss = sklearn.metrics.log_loss(y, p)
    assert losses.binary_cross_entropy(y > 0, p).mean() == pytest.approx(log_loss)
    assert losses.binary_cross_entropy_logits(y > 0, z).mean() == pytest.approx(log_loss)
    assert losses.logistic(y, z).mean() == pytest.approx(log_loss)
    labels, Z = rng.integers(0, 5, 200), rng.normal(size=(200, 5)) * 3
    Y = losses.one_hot(labels, 5)
    log_loss = sklearn.metrics.log_loss(labels, losses.softmax(Z))
    assert losses.categorical_cross_entropy_logits(Y, Z).mean() == pytest.approx(log_loss)
    assert losses.categorical_cross_entropy(Y, losses.softmax(Z)).mean() == pytest.approx(log_loss)


@given(y=st.floats(0, 1), z=st.floats(-600, 600))
def test_two_classes_are_the_binary_case(y: float, z: float) -> None:
    binary = losses.binary_cross_entropy_logits(y, z)
    assert losses.categorical_cross_entropy_logits([1 - y, y], [0.0, z]) == pytest.approx(
        float(binary), rel=1e-9, abs=1e-9
    )
    entropy = float(scipy.special.entr(y) + scipy.special.entr(1 - y))
    assert binary >= entropy - 1e-12  # the floor of a soft label


@given(y=st.sampled_from([-1, 1]), f=st.floats(-1e6, 1e6))
def test_surrogates_bound_the_zero_one_loss(y: int, f: float) -> None:
    step = losses.zero_one_margin(y, f)
    assert losses.hinge(y, f) >= step
    assert losses.logistic(y, f) / math.log(2) >= step * (1 - 1e-15)


def test_the_zero_one_gradient_vanishes_and_jumps() -> None:
    grad = losses.zero_one_margin_grad([1, -1, 1], [3.0, 0.0, -2.0])
    assert grad[[0, 2]].tolist() == [0, 0]
    assert np.isnan(grad[1])
    assert losses.zero_one_margin(1, 0.0) == 1
    assert np.isnan(losses.zero_one_margin(1, np.nan))
    assert losses.zero_one(["a", "b"], ["a", "c"]).tolist() == [0, 1]
    with pytest.raises(ValueError, match=r"same shape, got \(2,\) and \(1,\)"):
        losses.zero_one([1, 2], [1])
    with pytest.raises(ValueError, match="labels -1 and \\+1 only"):
        losses.hinge([0, 1], [1.0, 1.0])


def test_kinks_get_a_subgradient() -> None:
    assert losses.absolute_grad(0.0) == 0
    assert losses.quantile_grad(0.0, 0.9) == pytest.approx(0.4)
    assert losses.hinge_grad(1, 1.0) == 0


@pytest.mark.parametrize("name", ["zero_one_margin", "hinge"])
def test_a_score_that_is_no_number_has_no_gradient(name: str) -> None:
    found = CLASSIFICATION[name].grad([1, -1], [np.nan, 3.0])
    assert np.isnan(found).tolist() == [True, False]


def test_sigmoid_and_softmax_are_scipys() -> None:
    z = np.concatenate([np.linspace(-800, 800, 101), [-1e308, 1e308]])
    np.testing.assert_allclose(losses.sigmoid(z), scipy.special.expit(z), rtol=1e-12, atol=1e-307)
    Z = np.random.default_rng(0).normal(size=(7, 2, 4)) * 100
    np.testing.assert_allclose(losses.log_softmax(Z), scipy.special.log_softmax(Z, axis=-1))
    np.testing.assert_allclose(losses.softmax(Z), scipy.special.softmax(Z, axis=-1), atol=1e-300)
    assert losses.log_softmax([-1e308, 1e308]).tolist() == [-np.inf, 0]
    for bad in (1.0, np.ones((3, 0))):
        with pytest.raises(ValueError, match="Z must have classes"):
            losses.softmax(bad)


@pytest.mark.parametrize(
    ("labels", "message"),
    [([0.0, 1.0], "whole numbers"), ([[0]], r"shape \(1, 1\)"), ([3], "0…2"), ([-1], "0…2")],
)
def test_one_hot_refuses(labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        losses.one_hot(labels, 3)
