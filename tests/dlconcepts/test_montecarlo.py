"""Frequencies of fixed seeds against exact distributions, within ±4 standard errors."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from dlconcepts import montecarlo as mc


def _assert_share(hits: int, runs: int, p: float) -> None:
    """The share of hits is what a binomial with this p gives."""
    assert abs(hits / runs - p) <= 4 * math.sqrt(p * (1 - p) / runs), (hits / runs, p)


def _assert_distributed(sample: list[int], pmf: dict[int, float]) -> None:
    """Chi-square test against an exact distribution."""
    values = sorted(pmf)
    observed = [sample.count(v) for v in values]
    assert sum(observed) == len(sample)
    expected = [pmf[v] * len(sample) for v in values]
    assert scipy.stats.chisquare(observed, expected).pvalue > 1e-3


# --- Estimation -----------------------------------------------------------------------------------


def test_pi_run() -> None:
    run = mc.pi_estimates(1000, rng=np.random.default_rng(0))
    assert run.points.shape == (1000, 2)
    assert run.points.min() < -0.9
    assert run.points.max() > 0.9
    assert (run.inside == (np.hypot(*run.points.T) <= 1)).all()
    assert run.estimates[9] == 4 * run.inside[:10].mean()
    assert run.standard_errors[0] == pytest.approx(math.sqrt(math.pi * (4 - math.pi)))
    assert run.standard_errors[99] == pytest.approx(0.1642, abs=1e-4)
    again = mc.pi_estimates(1000, rng=np.random.default_rng(0))
    assert (again.estimates == run.estimates).all()


def test_pi_has_its_standard_error_and_band() -> None:
    rng = np.random.default_rng(1)
    runs = [mc.pi_estimates(400, rng=rng) for _ in range(2000)]
    ends = np.array([run.estimates[-1] for run in runs])
    error = runs[0].standard_errors[-1]
    assert ends.mean() == pytest.approx(math.pi, abs=4 * error / math.sqrt(2000))
    assert ends.std() == pytest.approx(error, rel=0.07)
    low, high = mc.band(math.pi, error)
    exact = scipy.stats.binom(400, math.pi / 4)
    inside = exact.cdf(math.floor(high * 100)) - exact.cdf(math.ceil(low * 100) - 1)
    assert inside == pytest.approx(0.95, abs=0.01)
    _assert_share(int(((low <= ends) & (ends <= high)).sum()), 2000, inside)


def test_band_is_the_normals() -> None:
    low, high = mc.band([1.0, 2.0], 3.0, level=0.9)
    np.testing.assert_allclose(
        [low, high], [[1, 2] + s * 3 * scipy.stats.norm.ppf(0.95) for s in (-1, 1)]
    )


@pytest.mark.parametrize("n", [10, 100, 1000])
@pytest.mark.parametrize("epsilon", [0.05, 0.2, 0.5])
def test_hoeffding_bounds_the_exact_tail(n: int, epsilon: float) -> None:
    exact = scipy.stats.binom(n, math.pi / 4)
    k = np.arange(n + 1)
    tail = exact.pmf(k)[np.abs(4 * k / n - math.pi) >= epsilon].sum()
    assert tail <= mc.hoeffding_bound(n, epsilon, width=4.0) <= 1
    assert mc.hoeffding_bound(n, epsilon, width=4.0) == pytest.approx(
        min(1, 2 * math.exp(-n * epsilon**2 / 8))
    )


def test_estimate() -> None:
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(300):
        e = mc.estimate(lambda x: x[:, 0] * x[:, 1], lambda g, n: g.random((n, 2)), 200, rng=rng)
        errors.append((e.mean - 0.25) / e.standard_error)
    assert np.std(errors) == pytest.approx(1, abs=0.15)
    assert abs(np.mean(errors)) < 0.25
    fixed = mc.estimate(lambda x: x, lambda g, n: np.array([1.0, 3.0]), 2, rng=rng)
    assert fixed == (2.0, 1.0)


# --- Freivalds ------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**32 - 1))
def test_freivalds_never_rejects_a_product(seed: int) -> None:
    rng = np.random.default_rng(seed)
    m, p, n = rng.integers(1, 7, 3)
    A, B = rng.integers(-99, 99, (m, p)), rng.integers(-99, 99, (p, n))
    assert mc.freivalds(A, B, A @ B, rng=rng)


WORST = {  # error matrices that one round misses with probability exactly 1/2
    "one entry": [[0, 0, 0], [0, 5, 0], [0, 0, 0]],
    "one column": [[1, 0, 0], [2, 0, 0], [-7, 0, 0]],
    "two opposite entries in a row": [[0, 0, 0], [3, 0, -3], [0, 0, 0]],
}


@pytest.mark.parametrize("error", WORST.values(), ids=WORST)
@pytest.mark.parametrize("rounds", [1, 3])
def test_freivalds_errs_as_often_as_it_may(error: list[list[int]], rounds: int) -> None:
    rng = np.random.default_rng(0)
    A, B = rng.integers(-9, 9, (3, 3)), rng.integers(-9, 9, (3, 3))
    C = A @ B + error
    hits = sum(mc.freivalds(A, B, C, rounds=rounds, rng=rng) for _ in range(4000))
    _assert_share(hits, 4000, 0.5**rounds)


def test_freivalds_errs_less_on_a_spread_error() -> None:
    rng = np.random.default_rng(0)
    A = np.eye(3, dtype=int)
    C = A + np.diag([1, 1, 1])  # missed only if r = 0
    hits = sum(mc.freivalds(A, A, C, rounds=1, rng=rng) for _ in range(4000))
    _assert_share(hits, 4000, 1 / 8)


def test_freivalds_is_exact_where_64_bits_overflow() -> None:
    rng = np.random.default_rng(0)
    A = np.full((4, 4), 2**62)
    C = A.astype(object) @ A.astype(object)
    assert mc.freivalds(A, A, C, rounds=40, rng=rng)
    assert not mc.freivalds(A, A, C + np.eye(4, dtype=int), rounds=40, rng=rng)
    assert not mc.freivalds(A, A, A @ A, rounds=40, rng=rng)  # the wrapped product, 0 mod 2⁶⁴
    assert not mc.freivalds([[2**32]], [[2**32]], [[0]], rounds=40, rng=rng)  # only AB is large
    low = np.full((1, 1), np.iinfo(np.int64).min)
    assert mc.freivalds(low, [[1]], low, rng=rng)
    assert not mc.freivalds(low, [[-1]], low, rounds=40, rng=rng)
    big = np.full((1, 1), 2**63, dtype=np.uint64)
    assert mc.freivalds(big, [[1]], big, rng=rng)


# --- Las Vegas ------------------------------------------------------------------------------------


def test_search_without_replacement_is_negative_hypergeometric() -> None:
    rng = np.random.default_rng(0)
    items = [0] * 7 + [1] * 3
    runs = [mc.las_vegas_search(items, bool, rng=rng) for _ in range(5000)]
    assert all(run.found is not None and items[run.found] for run in runs)
    pmf = {k: math.comb(10 - k, 2) / math.comb(10, 3) for k in range(1, 9)}
    assert sum(k * p for k, p in pmf.items()) == pytest.approx(11 / 4)  # (n + 1)/(s + 1)
    _assert_distributed([run.probes for run in runs], pmf)
    _assert_distributed([run.found or 0 for run in runs], dict.fromkeys((7, 8, 9), 1 / 3))


def test_search_for_one_item_is_uniform() -> None:
    rng = np.random.default_rng(0)
    runs = [mc.las_vegas_search(range(8), (5).__eq__, rng=rng).probes for _ in range(4000)]
    _assert_distributed(runs, dict.fromkeys(range(1, 9), 1 / 8))


def test_search_with_replacement_is_geometric() -> None:
    rng = np.random.default_rng(0)
    items = [0] * 9 + [1]
    sample = [mc.las_vegas_search(items, bool, rng=rng, replace=True).probes for _ in range(4000)]
    assert np.mean(sample) == pytest.approx(10, abs=4 * math.sqrt(90 / 4000))
    pmf = {k: 0.9 ** (k - 1) * 0.1 for k in range(1, 30)} | {30: 0.9**29}
    _assert_distributed([min(k, 30) for k in sample], pmf)


@pytest.mark.parametrize("replace", [False, True])
def test_search_ends_when_nothing_fits(replace: bool) -> None:
    rng = np.random.default_rng(0)
    run = mc.las_vegas_search([0] * 6, bool, rng=rng, replace=replace)
    assert run.found is None
    assert run.probes >= 6
    assert replace or run.probes == 6


@pytest.mark.parametrize("k", [2, 4])
def test_truncation_keeps_markovs_promise(k: int) -> None:
    rng = np.random.default_rng(0)
    items = [0] * 9 + [1]
    budget = mc.markov_budget(10, k)
    runs = [
        mc.truncated_search(items, bool, budget=budget, rng=rng, replace=True) for _ in range(4000)
    ]
    failures = sum(run.found is None for run in runs)
    assert all(run.probes == budget for run in runs if run.found is None)
    _assert_share(failures, 4000, 0.9**budget)  # 0.12 and 0.015, well below
    assert 0.9**budget <= 1 / k


def test_truncation_without_replacement_is_hypergeometric() -> None:
    rng = np.random.default_rng(0)
    items = [0] * 7 + [1] * 3
    failures = sum(
        mc.truncated_search(items, bool, budget=4, rng=rng).found is None for _ in range(4000)
    )
    _assert_share(failures, 4000, float(scipy.stats.hypergeom(10, 3, 4).pmf(0)))
    assert mc.truncated_search([0], bool, budget=5, rng=rng) == (None, 1)


def test_repetition_is_geometric_and_right() -> None:
    rng = np.random.default_rng(0)
    runs = [
        mc.repeat_until_verified(lambda g: int(g.integers(4)), (3).__eq__, rng=rng)
        for _ in range(4000)
    ]
    assert {run.answer for run in runs} == {3}
    pmf = {k: 0.75 ** (k - 1) / 4 for k in range(1, 15)} | {15: 0.75**14}
    _assert_distributed([min(run.runs, 15) for run in runs], pmf)


def test_there_and_back_again() -> None:
    """A truncated search, repeated until its answer verifies, is a Las Vegas algorithm again."""
    rng = np.random.default_rng(0)
    items = [0] * 9 + [1]
    runs = [
        mc.repeat_until_verified(
            lambda g: mc.truncated_search(items, bool, budget=3, rng=g),
            lambda run: run.found is not None,
            rng=rng,
        )
        for _ in range(2000)
    ]
    assert all(run.answer.found == 9 for run in runs)
    p = 3 / 10
    mean = np.mean([run.runs for run in runs])
    assert mean == pytest.approx(1 / p, abs=4 * math.sqrt((1 - p) / 2000) / p)


@given(st.lists(st.integers(-20, 20)), st.integers(0, 2**32 - 1))
def test_quicksort_sorts(items: list[int], seed: int) -> None:
    kept = items.copy()
    run = mc.quicksort(items, rng=np.random.default_rng(seed))
    assert run.items == sorted(items)
    assert items == kept
    assert max(len(items) - 1, 0) <= run.comparisons <= len(items) * (len(items) - 1) / 2
    for first, last, pivot, level in run.parts:
        assert 0 <= first <= pivot <= last < len(items)
        around = [part for part in run.parts if part.first <= first and last <= part.last]
        assert len(around) == level  # itself and those that it is a part of
        inside = [part for part in run.parts if first <= part.first and part.last <= last]
        assert not any(part.first <= pivot <= part.last for part in inside if part.level > level)


@pytest.mark.parametrize("order", [1, -1])
def test_quicksort_needs_the_expected_comparisons_for_any_input(order: int) -> None:
    rng = np.random.default_rng(0)
    sample = [mc.quicksort(range(200)[::order], rng=rng).comparisons for _ in range(300)]
    error = float(np.std(sample)) / math.sqrt(300)
    assert np.mean(sample) == pytest.approx(mc.quicksort_expected(200), abs=4 * error)


def test_quicksort_expected_solves_its_recurrence() -> None:
    c = [0.0]
    for n in range(1, 60):
        c.append(n - 1 + 2 / n * sum(c))
    np.testing.assert_allclose([mc.quicksort_expected(n) for n in range(60)], c, atol=1e-9)


RNG = np.random.default_rng(0)
I2 = np.eye(2, dtype=int)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mc.pi_estimates(0, rng=RNG), "n must be"),
        (lambda: mc.band([1.0], [1.0, 2.0]), "center and standard_error must"),
        (lambda: mc.band(1.0, 1.0, level=95), "level must lie"),
        (lambda: mc.hoeffding_bound(0, 0.1), "n must be"),
        (lambda: mc.hoeffding_bound(10, 0), "epsilon must be"),
        (lambda: mc.hoeffding_bound(10, 0.1, width=-1), "width must be"),
        (lambda: mc.estimate(np.mean, lambda g, n: g.random(n), 5, rng=RNG), "must be a vector"),
        (lambda: mc.estimate(np.sin, lambda g, n: g.random(n), 1, rng=RNG), "n must be"),
        (lambda: mc.freivalds(I2 * 1.0, I2, I2, rng=RNG), "A must be an integer matrix"),
        (lambda: mc.freivalds(I2, I2[0], I2, rng=RNG), "B must be an integer matrix, got shape"),
        (lambda: mc.freivalds(I2, I2, I2 == 1, rng=RNG), "C must be an integer matrix"),
        (lambda: mc.freivalds(I2, I2, np.array([[0.5]], object), rng=RNG), "C must be an integer"),
        (lambda: mc.freivalds(I2, I2, I2[:1], rng=RNG), "C must have the shape of AB"),
        (lambda: mc.freivalds(I2, I2[:1], I2, rng=RNG), "C must have the shape of AB"),
        (lambda: mc.freivalds(I2, I2, I2, rounds=0, rng=RNG), "rounds must be"),
        (lambda: mc.las_vegas_search([], bool, rng=RNG), "items must be non-empty"),
        (lambda: mc.truncated_search([1], bool, budget=0, rng=RNG), "budget must be"),
        (lambda: mc.markov_budget(0.5, 2), "expected and k must be at least 1"),
        (lambda: mc.quicksort_expected(-1), "n must be"),
    ],
)
def test_refusals(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
