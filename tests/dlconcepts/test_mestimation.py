import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from sklearn.linear_model import HuberRegressor, QuantileRegressor

from dlconcepts import linear, losses, mestimation
from dlconcepts._checks import Array
from dlconcepts.losses import RegressionLoss

BOUND = [
    losses.regression("squared"),
    losses.regression("absolute"),
    losses.regression("huber", delta=0.3),
    losses.regression("log_cosh", delta=0.3),
    *[losses.regression("quantile", gamma=g) for g in (0.05, 0.5, 0.95)],
]
each_loss = pytest.mark.parametrize("loss", BOUND, ids=lambda e: f"{e.name}{e.params}")


def _problem(n: int = 201) -> tuple[Array, Array]:
    """A line with noise that grows along it, and outliers."""
    rng = np.random.default_rng(0)
    x = rng.random(n)
    y = 1 + 2 * x + (0.1 + x) * rng.normal(size=n) + 8 * (rng.random(n) < 0.05)
    return linear.design_matrix(x), y


def test_every_regression_loss_is_fitted_here() -> None:
    assert {loss.name for loss in BOUND} == losses.REGRESSION.keys()


@each_loss
@pytest.mark.parametrize("penalty", [0.0, 3.0])
def test_fit_is_the_minimum(loss: RegressionLoss, penalty: float) -> None:
    X, y = _problem()

    def objective(theta: Array) -> float:
        return float(loss.loss(y - X @ theta).sum() + penalty / 2 * theta[1] ** 2)

    fit = mestimation.fit(X, y, loss, penalty=penalty, intercept=True)
    oracle = scipy.optimize.minimize(
        objective, fit.theta + 0.1, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11}
    )
    assert fit.converged
    assert objective(fit.theta) <= oracle.fun * (1 + 1e-5)
    assert fit.objective[-1] == pytest.approx(objective(fit.theta), rel=1e-5)
    assert (np.diff(fit.objective) <= 1e-12 * fit.objective[0]).all()  # majorized: never rises
    if loss.name != "squared":
        assert len(fit.objective) > 5


@pytest.mark.parametrize("gamma", [0.05, 0.25, 0.5, 0.9])
def test_quantile_lines_are_sklearns(gamma: float) -> None:
    X, y = _problem()
    theta = mestimation.fit(X, y, losses.regression("quantile", gamma=gamma)).theta
    oracle = QuantileRegressor(quantile=gamma, alpha=0).fit(X[:, 1:], y)
    np.testing.assert_allclose(theta, [oracle.intercept_, *oracle.coef_], atol=2e-4)
    below = (y < X @ theta - 1e-3).mean(), (y <= X @ theta + 1e-3).mean()
    assert below[0] <= gamma <= below[1]  # the share of examples under the line


def test_huber_line_is_sklearns() -> None:
    X, y = _problem()
    oracle = HuberRegressor(epsilon=1.35, alpha=0, tol=1e-9, max_iter=1000).fit(X[:, 1:], y)
    loss = losses.regression("huber", delta=1.35 * oracle.scale_)  # its δ is in units of its scale
    theta = mestimation.fit(X, y, loss, tolerance=1e-12).theta
    np.testing.assert_allclose(theta, [oracle.intercept_, *oracle.coef_], rtol=1e-4)


def test_squared_is_least_squares_and_a_constant_gives_the_location() -> None:
    X, y = _problem()
    fit = mestimation.fit(X, y, losses.regression("squared"))
    np.testing.assert_allclose(fit.theta, linear.solve_qr(X, y), rtol=1e-9)
    ones = np.ones((len(y), 1))
    median = mestimation.fit(ones, y, losses.regression("absolute")).theta
    assert median[0] == pytest.approx(np.median(y), abs=1e-4)


def test_outliers_get_small_weights() -> None:
    X, y = _problem()
    weights = mestimation.fit(X, y, losses.regression("huber", delta=0.5)).weights
    outliers = y - X @ [1, 2] > 6
    assert weights[outliers].max() < 0.1
    assert weights.max() == pytest.approx(1)


def test_exact_fits_and_constant_targets() -> None:
    X, _ = _problem()
    for loss in BOUND:
        fit = mestimation.fit(X, X @ [1.0, -2.0], loss)
        np.testing.assert_allclose(fit.theta, [1, -2], atol=1e-6)
        np.testing.assert_allclose(mestimation.fit(X, np.ones(201), loss).theta, [1, 0], atol=1e-6)


def test_steps_run_out() -> None:
    X, y = _problem()
    fit = mestimation.fit(X, y, losses.regression("absolute"), steps=3)
    assert not fit.converged
    assert len(fit.objective) == 4


def test_quantile_interval_of_heteroscedastic_data_covers_both_ends() -> None:
    rng = np.random.default_rng(0)
    x = rng.random(2000)
    y = 1 + 2 * x + (0.1 + x) * rng.normal(size=2000)
    X = linear.design_matrix(x)
    low, high = (
        X @ mestimation.fit(X, y, losses.regression("quantile", gamma=g)).theta
        for g in (0.05, 0.95)
    )
    inside = (low <= y) & (y <= high)
    assert inside.mean() == pytest.approx(0.9, abs=0.005)
    assert inside[x < 0.2].mean() == pytest.approx(0.9, abs=0.05)
    assert inside[x > 0.8].mean() == pytest.approx(0.9, abs=0.05)


def test_refusals() -> None:
    X, y = _problem()
    loss = losses.regression("huber")
    with pytest.raises(ValueError, match="X and y must have as many rows"):
        mestimation.fit(X, y[:-1], loss)
    with pytest.raises(ValueError, match="penalty must be"):
        mestimation.fit(X, y, loss, penalty=-1)
    with pytest.raises(ValueError, match="tolerance must be"):
        mestimation.fit(X, y, loss, tolerance=0)
    with pytest.raises(ValueError, match="steps must be"):
        mestimation.fit(X, y, loss, steps=0)
    with pytest.raises(ValueError, match="X must have ones"):
        mestimation.fit(2 * X, y, loss, intercept=True)
