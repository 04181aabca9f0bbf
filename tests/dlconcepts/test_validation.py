from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom
from sklearn import model_selection
from sklearn.linear_model import Ridge

from dlconcepts import linear, validation
from dlconcepts._checks import Array
from dlconcepts.validation import Split

RNG = np.random.default_rng
ALL: dict[str, Callable[[int], Iterator[Split]]] = {
    "k-fold": lambda n: validation.k_fold(n, 4),
    "shuffled": lambda n: validation.k_fold(n, 4, rng=RNG(0)),
    "leave one out": validation.leave_one_out,
    "repeated": lambda n: validation.repeated_k_fold(n, 3, 2, rng=RNG(0)),
    "Monte Carlo": lambda n: validation.monte_carlo(n, 5, 6, rng=RNG(0)),
    "bootstrap": lambda n: validation.bootstrap(n, 6, rng=RNG(0)),
    "stratified": lambda n: validation.stratified_k_fold(np.arange(n) % 2, 3, rng=RNG(0)),
    "grouped": lambda n: validation.group_k_fold(np.arange(n) // 3, 3),
    "forward": lambda n: validation.forward_chaining(n, 4),
}


@pytest.mark.parametrize("name", ALL)
def test_training_and_test_parts_are_disjoint(name: str) -> None:
    splits = list(ALL[name](23))
    assert splits
    for train, test in splits:
        assert len(train)
        assert len(test)
        assert not np.intersect1d(train, test).size
        assert (np.diff(test) > 0).all()
        assert 0 <= min(train.min(), test.min()) <= max(train.max(), test.max()) < 23
    if name not in {"Monte Carlo", "bootstrap", "forward", "repeated"}:
        held = np.concatenate([test for _, test in splits])
        assert sorted(held) == list(range(23))  # each example once


@pytest.mark.parametrize(
    "errors",
    [(0.1, 0.3, 0.5), (0.0, 0.6, 0.5), (0.3, 0.2, 0.5), (0.55, 0.6, 0.5), (0.6, 0.4, 0.5)],
)
def test_632_plus_is_the_papers_other_form(errors: tuple[float, float, float]) -> None:
    training, out, chance = errors
    plain = 0.368 * training + 0.632 * out
    assert validation.bootstrap_632(training, out) == pytest.approx(plain)
    capped = min(out, chance)
    rate = (capped - training) / (chance - training) if capped > training else 0.0
    plus = plain + (capped - training) * 0.368 * 0.632 * rate / (1 - 0.368 * rate)
    assert validation.bootstrap_632(training, out, chance) == pytest.approx(plus)


def test_632_plus_caps_the_correction_and_not_the_estimate() -> None:
    assert validation.bootstrap_632(0.0, 0.6, 0.5) == pytest.approx(0.5632)  # 0.3792 + 0.184


def _same(mine: Iterator[Split], theirs: Iterator[Split]) -> None:
    pairs = list(zip(mine, theirs, strict=True))
    assert pairs
    for (train, test), (other_train, other_test) in pairs:
        np.testing.assert_array_equal(train, other_train)
        np.testing.assert_array_equal(test, other_test)


@pytest.mark.parametrize(("n", "k"), [(10, 2), (10, 3), (11, 5), (7, 7), (100, 10)])
def test_k_fold_is_sklearns(n: int, k: int) -> None:
    X = np.zeros(n)
    _same(validation.k_fold(n, k), model_selection.KFold(k).split(X))


def test_leave_one_out_is_sklearns() -> None:
    _same(validation.leave_one_out(9), model_selection.LeaveOneOut().split(np.zeros(9)))


@pytest.mark.parametrize(("n", "k", "gap"), [(10, 3, 0), (23, 5, 2), (100, 9, 0), (8, 1, 3)])
def test_forward_chaining_is_sklearns(n: int, k: int, gap: int) -> None:
    if k > 1:  # theirs asks for two splits at least
        theirs = model_selection.TimeSeriesSplit(k, gap=gap).split(np.zeros(n))
        _same(validation.forward_chaining(n, k, gap=gap), theirs)
    for train, test in validation.forward_chaining(n, k, gap=gap):
        assert train.max() + gap + 1 == test.min()


@pytest.mark.parametrize("seed", range(5))
def test_group_k_fold_is_sklearns(seed: int) -> None:
    groups = RNG(seed).integers(0, 9, 60)
    theirs = model_selection.GroupKFold(4).split(np.zeros(60), groups=groups)
    mine = sorted(tuple(test) for _, test in validation.group_k_fold(groups, 4))
    sizes, other = [len(t) for t in mine], [len(test) for _, test in theirs]
    assert sorted(sizes) == sorted(other)  # as balanced as theirs
    for _, test in validation.group_k_fold(groups, 4):
        rest = np.setdiff1d(np.arange(60), test)
        assert not np.intersect1d(groups[test], groups[rest]).size


@pytest.mark.parametrize("k", [2, 3, 5])
def test_stratified_blocks_are_as_balanced_as_sklearns(k: int) -> None:
    y = RNG(k).choice(3, size=97, p=[0.6, 0.3, 0.1])
    theirs = model_selection.StratifiedKFold(k).split(np.zeros(97), y)
    other = np.array([np.bincount(y[test], minlength=3) for _, test in theirs])
    for rng in (None, RNG(0)):
        splits = validation.stratified_k_fold(y, k, rng=rng)
        mine = np.array([np.bincount(y[test], minlength=3) for _, test in splits])
        assert (np.ptp(mine, axis=0) <= 1).all()
        assert (np.sort(mine, axis=0) == np.sort(other, axis=0)).all()
        assert np.ptp(mine.sum(axis=1)) <= 3


def test_resampling_rates() -> None:
    share = np.mean([len(test) / 50 for _, test in validation.bootstrap(50, 4000, rng=RNG(0))])
    assert share == pytest.approx((1 - 1 / 50) ** 50, abs=0.002)
    counts = np.zeros(20)
    for _, test in validation.monte_carlo(20, 5, 4000, rng=RNG(0)):
        counts[test] += 1
    assert counts / 4000 == pytest.approx(np.full(20, 0.25), abs=0.03)
    counts = np.zeros(20)
    for _, test in validation.repeated_k_fold(20, 4, 7, rng=RNG(0)):
        counts[test] += 1
    assert (counts == 7).all()
    assert len(list(validation.bootstrap(2, 200, rng=RNG(0)))) == 200  # none is empty


@pytest.mark.parametrize("degree", [0, 1, 4])
def test_polynomial_is_polyfits_and_its_penalty_sklearns(degree: int) -> None:
    rng = RNG(degree)
    x, y, new = rng.random(20), rng.normal(size=20), rng.random(7)
    expected = np.polyval(np.polyfit(x, y, degree), new)
    np.testing.assert_allclose(validation.polynomial(degree)(x, y)(new), expected)
    if degree:
        model = Ridge(alpha=0.7).fit(linear.legendre(x, degree)[:, 1:], y)
        expected = model.predict(linear.legendre(new, degree)[:, 1:])
        np.testing.assert_allclose(validation.polynomial(degree, 0.7)(x, y)(new), expected)


def _ridge(penalty: float) -> validation.Fit:
    def fit(X: Array, y: Array) -> Callable[[Array], Array]:
        theta = linear.ridge(X, y, penalty)
        return lambda new: new @ theta

    return fit


def _squared(y_true: Array, y_pred: Array) -> Array:
    return np.asarray((y_true - y_pred) ** 2)


def test_scores_are_sklearns() -> None:
    rng = RNG(0)
    X, y = rng.normal(size=(37, 3)), rng.normal(size=37)
    mine = validation.scores(_ridge(2.0), X, y, validation.k_fold(37, 5), _squared)
    theirs = model_selection.cross_val_score(
        Ridge(alpha=2.0, fit_intercept=False),
        X,
        y,
        cv=model_selection.KFold(5),
        scoring="neg_mean_squared_error",
    )
    np.testing.assert_allclose(mine, -theirs)


@pytest.mark.parametrize("penalty", [0.0, 2.0])
@pytest.mark.parametrize("k", [2, 5, 37])
def test_ridge_scores_are_those_of_new_fits(penalty: float, k: int) -> None:
    rng = RNG(k)
    X, y = rng.normal(size=(37, 3)), rng.normal(size=37)
    splits = list(validation.k_fold(37, k, rng=rng))
    expected = validation.scores(_ridge(penalty), X, y, splits, _squared)
    np.testing.assert_allclose(validation.ridge_scores(X, y, splits, penalty), expected)
    wide = np.hstack([X, X[:, :1]])  # a column twice: the predictions are still unique
    expected = validation.scores(_ridge(penalty), wide, y, splits, _squared)
    np.testing.assert_allclose(validation.ridge_scores(wide, y, splits, penalty), expected)
    both = validation.ridge_scores(X, y, [*splits, *validation.k_fold(len(y), 3)], penalty)
    alone = validation.ridge_scores(X, y, validation.k_fold(len(y), 3), penalty)
    np.testing.assert_allclose(both, [*validation.ridge_scores(X, y, splits, penalty), *alone])


def test_ridge_scores_find_the_rank_of_single_precision() -> None:
    rng = RNG(0)
    X = rng.normal(size=(40, 8)).astype(np.float32)
    X[:, 7] = X[:, :7].sum(axis=1)  # up to rounding in float32
    y = rng.normal(size=40)
    expected = validation.ridge_scores(X[:, :7].astype(float), y, validation.k_fold(40, 5))
    found = validation.ridge_scores(X, y, validation.k_fold(40, 5))
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_nested_is_sklearns_and_unbiased_for_noise() -> None:
    rng = RNG(1)
    X, y = rng.normal(size=(60, 5)), rng.normal(size=60)
    penalties = [0.01, 1.0, 100.0]
    mine = validation.nested(
        [_ridge(a) for a in penalties], X, y, _squared, outer=5, inner=4, rng=RNG(0)
    )
    rng = RNG(0)
    outer, chosen = [], []
    for train, test in validation.k_fold(60, 5, rng=rng):
        search = model_selection.GridSearchCV(
            Ridge(fit_intercept=False),
            {"alpha": penalties},
            cv=list(validation.k_fold(len(train), 4, rng=rng)),
            scoring="neg_mean_squared_error",
        ).fit(X[train], y[train])
        chosen.append(penalties.index(search.best_params_["alpha"]))
        outer.append(np.mean((search.predict(X[test]) - y[test]) ** 2))
    assert mine.chosen == chosen
    assert mine.outer == pytest.approx(np.mean(outer))


def test_risk_is_quads() -> None:
    found = validation.risk(np.sin, np.exp, noise=0.3, low=-1, high=2)
    expected = 0.09 + quad(lambda x: (np.sin(x) - np.exp(x)) ** 2, -1, 2)[0] / 3
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("n", "m", "p"), [(200, 100, 0.5), (10, 3, 0.2), (1000, 1, 0.9), (1, 2, 0.5)]
)
def test_expected_best_is_the_sum_over_binomials(n: int, m: int, p: float) -> None:
    cdf = binom(n, p).cdf(np.arange(-1, n + 1)) ** m
    expected = np.arange(n + 1) @ np.diff(cdf) / n
    assert validation.expected_best(n, m, p) == pytest.approx(expected, rel=1e-9)


def test_refusals() -> None:
    def fit(X: Array, y: Array) -> Callable[[Array], Array]:
        return lambda new: np.zeros(len(new))

    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: list(validation.k_fold(5, 6)), "k must be at most 5"),
        (lambda: list(validation.k_fold(5, 1)), "k must be a whole number >= 2"),
        (lambda: list(validation.monte_carlo(5, 5, 1, rng=RNG(0))), "held_out must be below"),
        (lambda: list(validation.stratified_k_fold([0, 0, 1], 2)), "at least k = 2 of each"),
        (lambda: list(validation.group_k_fold([1, 1, 2], 3)), "k must be at most 2"),
        (lambda: list(validation.forward_chaining(4, 4)), "k must be below"),
        (lambda: list(validation.forward_chaining(10, 4, gap=2)), "gap must be below 2"),
        (lambda: validation.scores(fit, [1.0], [1.0], [], _squared), "at least one split"),
        (lambda: validation.scores(fit, [1.0], [1.0, 2.0], [], _squared), "X and y"),
        (lambda: validation.risk(np.sin, np.sin, low=1, high=1), "low must be below"),
        (lambda: validation.risk(np.sin, np.sin, noise=-1), "noise"),
        (
            lambda: validation.ridge_scores(np.eye(3), np.ones(3), validation.leave_one_out(3)),
            "not unique",
        ),
        (
            lambda: validation.ridge_scores(
                np.ones((4, 1)), np.ones(4), validation.bootstrap(4, 2, rng=RNG(0))
            ),
            "exactly once",
        ),
        *(
            (
                lambda split=split: validation.ridge_scores(
                    np.ones((4, 1)), np.ones(4), [(np.array(split[0]), np.array(split[1]))]
                ),
                "exactly once",
            )
            for split in (([0, 0, 1], [2]), ([0, 1, 2], [2]), ([0, 1], [2]), ([0, 1, 2, 3], [3]))
        ),
        (lambda: validation.ridge_scores([[1.0]], [1.0], []), "at least one split"),
        (lambda: validation.ridge_scores([[1.0]], [1.0], [], -1.0), "penalty"),
        (lambda: validation.bootstrap_632(-0.1, 0.5), "training"),
        (lambda: validation.bootstrap_632(0.1, 0.5, -1.0), "chance"),
        (lambda: validation.polynomial(-1), "degree"),
        (lambda: validation.polynomial(1, -1.0), "penalty"),
        (lambda: validation.expected_best(5, 2, 1.0), "p must lie"),
        (
            lambda: validation.nested([], [1.0], [1.0], _squared, outer=2, inner=2, rng=RNG(0)),
            "candidates",
        ),
    ]

    def column(X: Array, y: Array) -> Callable[[Array], Array]:
        return lambda new: np.zeros((len(new), 1))

    X = np.arange(4.0)
    refused += [
        (
            lambda: validation.scores(column, X, X, validation.k_fold(4, 2), _squared),
            r"loss must give one number for each target, shape \(2,\), got shape \(2, 2\) for pred",
        ),
        (
            lambda: validation.nested([column], X, X, _squared, outer=2, inner=2, rng=RNG(0)),
            "loss must give one number",
        ),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()


def test_what_has_the_wrong_shape_is_named() -> None:
    with pytest.raises(ValueError, match="predict and truth must return shape"):
        validation.risk(lambda x: x[:, None], lambda x: x)
    with pytest.raises(ValueError, match="groups must hold two groups"):
        list(validation.group_k_fold(["a", "a"], 2))
    with pytest.raises(ValueError, match=r"^y must be a vector"):
        list(validation.stratified_k_fold([[0], [0], [1], [1]], 2))
