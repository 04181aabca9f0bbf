"""Integrals against SciPy and closed forms, cuts against every cut of every small graph."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import integrate, optimize, special, stats

from dlconcepts import approximation as ap

LIKELIHOODS = [
    (np.repeat([1.0, 0.0], [7, 3]), np.repeat([0.0, 1.0], [7, 3])),
    (np.repeat([0.8, 0.2], [7, 3]), np.repeat([0.2, 0.8], [7, 3])),
    (np.ones(4), np.ones(4)),
    (np.array([2.0]), np.array([0.5])),
    tuple(np.random.default_rng(0).gamma(1.0, size=(2, 25))),
    tuple(np.random.default_rng(1).gamma(1.0, size=(2, 8)) * 1e-200),
]
CASES = pytest.mark.parametrize(("a", "b"), LIKELIHOODS)
Vector = NDArray[np.float64]


@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_trapezoid_is_scipys(n: int) -> None:
    x = np.linspace(-1, 2, n + 1)
    expected = integrate.trapezoid(np.exp(np.sin(x)), x)
    assert ap.log_trapezoid(np.sin, -1, 2, n) == pytest.approx(math.log(expected), rel=1e-12)


def test_trapezoid_does_not_underflow() -> None:
    shifted = ap.log_trapezoid(lambda x: np.sin(x) - 1e4, -1, 2, 9)
    assert shifted == pytest.approx(ap.log_trapezoid(np.sin, -1, 2, 9) - 1e4, abs=1e-9)
    assert ap.log_trapezoid(lambda x: np.full_like(x, -np.inf), 0, 1, 3) == -math.inf


def test_trapezoid_error_is_of_second_order() -> None:
    errors = [math.exp(ap.log_trapezoid(np.negative, 0, 1, n)) - (1 - 1 / math.e) for n in (8, 16)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.01)
    assert 0 < errors[0] <= 1 / 8**2 / 12  # largest second derivative: 1


@pytest.mark.parametrize(("top", "low", "high"), [(0.3, 0, 1), (-2.0, -5, 5), (1e-8, 0, 1)])
def test_mode(top: float, low: float, high: float) -> None:
    assert ap.mode(lambda t: top - t, low, high) == pytest.approx(top, rel=1e-12)


def test_mode_at_an_end() -> None:
    assert ap.mode(lambda t: 1.0, 0, 1) == pytest.approx(1)
    assert ap.mode(lambda t: -1.0, 0, 1) == pytest.approx(0)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_laplace_is_exact_for_a_normal(d: int) -> None:
    root = np.random.default_rng(d).normal(size=(d, d))
    A = root @ root.T + np.eye(d)
    log_density = stats.multivariate_normal(np.zeros(d), np.linalg.inv(A)).logpdf(np.zeros(d))
    assert ap.laplace(float(log_density), A) == pytest.approx(0, abs=1e-9)


def test_laplace_is_stirlings_formula() -> None:
    # Γ(n + 1) = ∫ exp(n ln t − t) dt: the mode is n, the curvature 1/n, the error 1/(12n).
    for n in (5, 50):
        error = math.lgamma(n + 1) - ap.laplace(n * math.log(n) - n, 1 / n)
        assert error == pytest.approx(1 / (12 * n), rel=0.01)


@CASES
def test_evidence_is_the_integral(a: Vector, b: Vector) -> None:
    scale = np.maximum(a, b)

    def f(t: float) -> float:
        return float(np.prod((t * a + (1 - t) * b) / scale))

    value = integrate.quad(f, 0, 1, epsabs=0, epsrel=1e-11)[0]
    expected = math.log(value) + np.log(scale).sum()
    assert ap.weight_log_evidence(a, b) == pytest.approx(expected, abs=1e-9)
    by_rule = ap.log_trapezoid(lambda t: ap.weight_log_likelihood(t, a, b), 0, 1, 4000)
    assert by_rule == pytest.approx(expected, abs=1e-5)


@CASES
def test_derivatives(a: Vector, b: Vector) -> None:
    t, h = np.array([0.2, 0.5, 0.9]), 1e-6
    up, down = (ap.weight_log_likelihood(t + s, a, b) for s in (h, -h))
    slope = ap.weight_log_likelihood_grad(t, a, b)
    np.testing.assert_allclose(slope, (up - down) / (2 * h), rtol=1e-5, atol=1e-5)
    up, down = (ap.weight_log_likelihood_grad(t + s, a, b) for s in (h, -h))
    curvature = ap.weight_log_likelihood_hess(t, a, b)
    np.testing.assert_allclose(curvature, (up - down) / (2 * h), rtol=1e-5, atol=1e-5)


def test_laplace_of_the_weight_is_scipys_maximum() -> None:
    a, b = LIKELIHOODS[4]

    def cost(t: float) -> float:
        return -float(ap.weight_log_likelihood(t, a, b))

    fit = ap.weight_laplace(a, b)
    found = optimize.minimize_scalar(cost, bounds=(0, 1), method="bounded", options={"xatol": 1e-9})
    h = 1e-4
    curvature = (cost(fit.mode + h) - 2 * cost(fit.mode) + cost(fit.mode - h)) / h**2
    assert fit.mode == pytest.approx(found.x, abs=1e-6)
    assert 1 / fit.variance == pytest.approx(curvature, rel=1e-4)
    expected = -found.fun + math.log(2 * math.pi / curvature) / 2
    assert fit.log_integral == pytest.approx(expected, abs=1e-5)


def test_laplace_of_the_weight_comes_close_with_data() -> None:
    errors = []
    for times in (10, 20):  # 70 and 140 ones of 100 and 200
        a, b = (np.repeat(v, times) for v in LIKELIHOODS[1])
        errors.append(ap.weight_laplace(a, b).log_integral - ap.weight_log_evidence(a, b))
    assert 0 < errors[1] < errors[0] / 1.8


@CASES
def test_mean_field_climbs_to_a_bound(a: Vector, b: Vector) -> None:
    q = ap.mean_field(a, b, sweeps=300)
    assert (np.diff(q.bounds) >= -1e-10).all()
    assert q.bounds[-1] <= ap.weight_log_evidence(a, b) + 1e-10
    # Each factor is the best one given the other.
    assert q.alpha == pytest.approx(1 + q.responsibilities.sum())
    assert q.alpha + q.beta == pytest.approx(2 + len(a))
    log_odds = special.digamma(q.alpha) - special.digamma(q.beta)
    odds = np.exp(log_odds) * a / np.maximum(a, b)
    np.testing.assert_allclose(
        q.responsibilities, odds / (odds + b / np.maximum(a, b)), rtol=1e-5, atol=1e-9
    )


def test_mean_field_bound_by_its_definition() -> None:
    a, b = LIKELIHOODS[1]
    q = ap.mean_field(a, b)
    r, factor = q.responsibilities, stats.beta(q.alpha, q.beta)
    log_theta = special.digamma(q.alpha) - special.digamma(q.alpha + q.beta)
    log_rest = special.digamma(q.beta) - special.digamma(q.alpha + q.beta)
    joint = (r * (log_theta + np.log(a)) + (1 - r) * (log_rest + np.log(b))).sum()
    entropy = factor.entropy() + (special.entr(r) + special.entr(1 - r)).sum()
    assert q.bounds[-1] == pytest.approx(float(joint + entropy), abs=1e-9)


def test_mean_field_finds_the_best_factors() -> None:
    a, b = np.array([0.9, 0.3, 0.6]), np.array([0.2, 0.7, 0.5])

    def negative_bound(z: Vector) -> float:
        r = special.expit(z)
        alpha, beta = 1 + r.sum(), 1 + (1 - r).sum()
        known = r * np.log(a) + (1 - r) * np.log(b) + special.entr(r) + special.entr(1 - r)
        return float(-special.betaln(alpha, beta) - known.sum())

    best = -min(optimize.minimize(negative_bound, z).fun for z in (np.zeros(3), np.ones(3)))
    assert ap.mean_field(a, b, sweeps=1000).bounds[-1] == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("x", [1.0, 1.5, 3.0, 9.99, 10.0, 400.0])
def test_digamma(x: float) -> None:
    assert ap._digamma(x) == pytest.approx(special.digamma(x), rel=1e-12, abs=1e-12)


def _brute(n: int, edges: list[tuple[int, int]]) -> int:
    sides = itertools.product((0, 1), repeat=n)
    return max(sum(s[u] != s[v] for u, v in edges) for s in sides)


def test_edges_may_be_unsigned() -> None:
    edges = np.array([[0, 1], [1, 2], [2, 0]], dtype=np.uint64)
    assert ap.largest_cut(3, edges) == ap.max_cut(3, edges).size == 2


def test_every_graph_of_five_vertices() -> None:
    pairs = list(itertools.combinations(range(5), 2))
    for code in range(2 ** len(pairs)):
        edges = [pair for i, pair in enumerate(pairs) if code >> i & 1]
        cut, largest = ap.max_cut(5, edges), _brute(5, edges)
        assert len(edges) / 2 <= cut.size <= largest == ap.largest_cut(5, edges)
        assert cut.size == ap.cut_size(edges, cut.side) == cut.expectations[-1]


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda e: e[0] != e[1]), max_size=30
    )
)
def test_conditional_expectations(edges: list[tuple[int, int]]) -> None:
    cut = ap.max_cut(7, edges)
    assert cut.expectations[0] == len(edges) / 2
    assert (np.diff(cut.expectations) >= 0).all()
    for k in (0, 3, 6):  # the mean over all ways to go on
        ends = itertools.product((0, 1), repeat=7 - k)
        sizes = [ap.cut_size(edges, [*cut.side[:k], *end]) for end in ends]
        assert cut.expectations[k] == pytest.approx(np.mean(sizes))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ap.log_trapezoid(np.sin, 1, 0, 4), "low"),
        (lambda: ap.log_trapezoid(np.sin, 0, np.inf, 4), "high"),
        (lambda: ap.log_trapezoid(np.sin, 0, 1, 0), "intervals"),
        (lambda: ap.log_trapezoid(lambda x: x * np.nan, 0, 1, 4), "log_f"),
        (lambda: ap.log_trapezoid(lambda x: x[:1], 0, 1, 4), "log_f"),
        (lambda: ap.mode(lambda t: t, 1, 1), "low"),
        (lambda: ap.laplace(np.nan, 1.0), "log_f_mode"),
        (lambda: ap.laplace(0.0, [[1.0, 2.0], [0.0, 1.0]]), "precision"),
        (lambda: ap.laplace(0.0, -1.0), "precision"),
        (lambda: ap.weight_log_likelihood(0.5, [1, 0], [1, 0]), "a and b"),
        (lambda: ap.weight_log_likelihood(0.5, [1, -1], [1, 2]), "a and b"),
        (lambda: ap.weight_log_likelihood(1.5, [1], [1]), "theta"),
        (lambda: ap.weight_log_likelihood_grad(1.0, [0], [1]), "theta"),
        (lambda: ap.weight_log_evidence([1, 2], [1]), "a and b"),
        (lambda: ap.weight_laplace([1, 1], [0, 0]), "inside"),
        (lambda: ap.weight_laplace([1, 1], [1, 1]), "inside"),
        (lambda: ap.mean_field([1], [1], sweeps=0), "sweeps"),
        (lambda: ap.max_cut(0, []), "n must"),
        (lambda: ap.max_cut(2, [[0, 2]]), "edges"),
        (lambda: ap.max_cut(2, [[1, 1]]), "edges"),
        (lambda: ap.max_cut(2, [[0.0, 1.0]]), "edges"),
        (lambda: ap.cut_size([[0, 1]], [[0, 1]]), "side"),
        (lambda: ap.largest_cut(21, []), "n must"),
    ],
)
def test_refusals(call: object, name: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=name):
        call()


def test_the_evidence_of_thousands_of_data_is_no_victim_of_underflow() -> None:
    assert abs(ap.weight_log_evidence(np.ones(3000), np.ones(3000))) < 1e-9  # the integral of 1
    x = np.random.default_rng(2).normal(size=5000)
    a, b = stats.norm.pdf(x - 0.5), stats.norm.pdf(x + 0.5)
    weights = np.linspace(0, 1, 4001)
    logs = np.log(weights[:, None] * a + (1 - weights[:, None]) * b).sum(axis=1)
    top = logs.max()
    expected = top + math.log(integrate.trapezoid(np.exp(logs - top), weights))
    assert ap.weight_log_evidence(a, b) == pytest.approx(expected, abs=1e-4)
