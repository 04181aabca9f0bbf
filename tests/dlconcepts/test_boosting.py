import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.tree import DecisionTreeRegressor

from dlconcepts import boosting, losses
from dlconcepts._checks import Array
from dlconcepts.losses import RegressionLoss

# Levels with short binary fractions: then sums of gradients are exact and tied splits are tied here
# and there, instead of being decided by rounding.
CASES: list[tuple[RegressionLoss, str, float]] = [
    (losses.regression("squared"), "squared_error", 0.5),
    (losses.regression("absolute"), "absolute_error", 0.5),
    (losses.regression("huber"), "huber", 0.9),
    (losses.regression("quantile", gamma=0.875), "quantile", 0.875),
    (losses.regression("quantile", gamma=0.125), "quantile", 0.125),
]


def _problem(n: int = 500, d: int = 1) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    X = rng.random((n, d)).astype(np.float32).astype(float)  # scikit-learn's trees see float32
    return X, np.sin(6 * X).sum(axis=1) + 0.3 * rng.standard_t(2, n)


def test_every_regression_loss_boosts() -> None:
    assert boosting.LEAVES.keys() == losses.REGRESSION.keys()


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize(("loss", "name", "alpha"), CASES)
def test_every_stage_is_sklearns(loss: RegressionLoss, name: str, alpha: float, depth: int) -> None:
    X, y = _problem()
    model = boosting.fit(
        X,
        y,
        loss,
        stages=100,
        depth=depth,
        delta_quantile=alpha if name == "huber" else None,
    )
    oracle = GradientBoostingRegressor(
        loss=name,
        alpha=alpha,
        n_estimators=100,
        max_depth=depth,
        learning_rate=0.1,
        init=DummyRegressor(strategy="constant", constant=model.constant),
    ).fit(X, y)
    staged = boosting.staged_predict(model, X)
    np.testing.assert_allclose(staged[1:], list(oracle.staged_predict(X)), atol=1e-12)
    new = np.linspace(-0.5, 1.5, 333, dtype=np.float32).astype(float)
    np.testing.assert_allclose(
        boosting.predict(model, new), oracle.predict(new[:, None]), atol=1e-12
    )


@pytest.mark.parametrize("depth", [1, 2])
def test_several_features_are_sklearns(depth: int) -> None:
    X, y = _problem(n=300, d=4)
    model = boosting.fit(X, y, stages=60, depth=depth, rate=0.3)
    oracle = GradientBoostingRegressor(n_estimators=60, max_depth=depth, learning_rate=0.3)
    np.testing.assert_allclose(
        boosting.predict(model, X), oracle.fit(X, y).predict(X), rtol=0, atol=1e-10
    )
    assert len(np.unique(model.feature)) == 4


@pytest.mark.parametrize("depth", [1, 3, 8])
def test_one_tree_at_rate_one_is_a_regression_tree(depth: int) -> None:
    X, y = _problem(n=60)
    model = boosting.fit(X, y, stages=1, rate=1.0, depth=depth)
    tree = DecisionTreeRegressor(max_depth=depth).fit(X, y)
    np.testing.assert_allclose(boosting.predict(model, X), tree.predict(X), atol=1e-12)


@pytest.mark.parametrize("entry", losses.REGRESSION.values(), ids=losses.REGRESSION)
def test_leaf_values_minimize(entry: RegressionLoss) -> None:
    r = np.random.default_rng(2).normal(size=40) ** 3
    value = boosting.LEAVES[entry.name](r, entry)
    grid = np.sort(np.concatenate([np.linspace(-3, 3, 6001), r]))
    costs = entry.loss(r[:, None] - grid).sum(axis=0)
    cost = float(entry.loss(r - value).sum())
    if entry.name in ("huber", "log_cosh"):  # one step from the median, not to the end
        assert costs.min() <= cost <= entry.loss(r - np.sort(r)[19]).sum()
    else:
        assert cost == pytest.approx(costs.min(), rel=1e-6)


@pytest.mark.parametrize("entry", losses.REGRESSION.values(), ids=losses.REGRESSION)
def test_training_loss_falls(entry: RegressionLoss) -> None:
    X, y = _problem()
    staged = boosting.staged_predict(boosting.fit(X, y, entry, stages=50, depth=2), X)
    costs = entry.loss(y - staged).mean(axis=1)
    assert (np.diff(costs) <= 1e-12).all()
    assert costs[-1] < 0.8 * costs[0]
    assert staged.shape == (51, 500)
    assert np.ptp(staged[0]) == 0


def test_quantile_models_cover() -> None:
    rng = np.random.default_rng(0)
    x = rng.random(2000)
    y = 2 * x + (0.1 + x) * rng.normal(size=2000)
    low, high = (
        boosting.predict(boosting.fit(x, y, losses.regression("quantile", gamma=g), depth=2), x)
        for g in (0.05, 0.95)
    )
    assert ((low <= y) & (y <= high)).mean() == pytest.approx(0.9, abs=0.03)


def test_ties_and_constants_are_never_split() -> None:
    model = boosting.fit(np.ones(5), np.arange(5.0), stages=2, depth=2)
    assert np.isinf(model.threshold).all()
    assert boosting.predict(model, [1.0, 7.0]).tolist() == [2, 2]
    flat = boosting.fit(np.arange(5.0), np.full(5, 3.0), stages=2, depth=2)
    assert np.isinf(flat.threshold).all()
    x = np.repeat([0.0, 1.0, 2.0], 4)
    model = boosting.fit(x, np.random.default_rng(0).normal(size=12), stages=20)
    assert set(model.threshold.ravel()) <= {0.5, 1.5}
    near = np.nextafter(1.0, 2.0)  # no float lies between
    model = boosting.fit([1.0, near], [0.0, 1.0], stages=1, rate=1.0)
    assert boosting.predict(model, [1.0, near]).tolist() == [0, 1]
    alone = boosting.fit([1.0], [5.0], stages=2, depth=2)
    assert boosting.predict(alone, [0.0]).tolist() == [5]


def test_huber_with_exact_fits_keeps_a_positive_delta() -> None:
    y = np.array([0.0] * 9 + [100.0])
    model = boosting.fit(
        np.arange(10.0), y, losses.regression("huber"), stages=3, delta_quantile=0.5
    )
    assert np.isfinite(boosting.predict(model, np.arange(10.0))).all()


def test_200_stumps_on_500_points_are_fast() -> None:
    X, y = _problem()
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        boosting.fit(X, y, losses.regression("huber"), stages=200)
        best = min(best, time.perf_counter() - start)
    assert best < 0.3


X, Y = np.arange(4.0), np.arange(4.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: boosting.fit(X, Y[:3]), "X and y must have as many rows"),
        (lambda: boosting.fit(X[None, None], Y), "X must be a matrix"),
        (lambda: boosting.fit(X, Y[:, None]), "y must be a vector"),
        (lambda: boosting.fit(X, Y, stages=0), "stages must be"),
        (lambda: boosting.fit(X, Y, rate=0), "rate must be"),
        (lambda: boosting.fit(X, Y, depth=9), "depth must be at most 8"),
        (lambda: boosting.fit(X, Y, delta_quantile=0.9), "delta_quantile is for the huber"),
        (
            lambda: boosting.fit(X, Y, losses.regression("huber"), delta_quantile=1.0),
            "delta_quantile must lie",
        ),
        (
            lambda: boosting.fit(X, Y, losses.REGRESSION["huber"]._replace(name="own")),
            "loss must be one of",
        ),
        (lambda: boosting.predict(boosting.fit(X, Y), np.ones((2, 2))), "X must have 1 columns"),
    ],
)
def test_refusals(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
