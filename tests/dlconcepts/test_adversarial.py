"""Each attack is held to its definition, and to optimizers and gradients that are not ours."""

import inspect
from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from scipy import optimize

from dlconcepts import adversarial, nets
from dlconcepts._checks import Array
from dlconcepts.adversarial import Attack, Model, boxed, goal

RNG = np.random.default_rng
OPEN = (-np.inf, np.inf)
PHI: dict[str, Callable[[Any], Any]] = {"tanh": anp.tanh, "relu": lambda z: anp.maximum(z, 0)}


@pytest.fixture(scope="module")
def trained() -> adversarial.Trained:
    return adversarial.digit_net(rng=RNG(0))


@pytest.fixture(scope="module")
def few(trained: adversarial.Trained) -> tuple[Array, Any]:
    X, y = trained.test
    return X[:12], y[:12]


def _net(sizes: tuple[int, ...], seed: int) -> nets.Net:
    rng = RNG(seed)
    net = nets.init(sizes, rng=rng)
    return net._replace(biases=tuple(0.3 * rng.normal(size=b.shape) for b in net.biases))


def _logits(net: nets.Net, X: Any, name: str, depth: int | None = None) -> Any:
    for i, (W, b) in enumerate(zip(net.weights, net.biases, strict=True)):
        X = anp.dot(X, W) + b
        if i < len(net.weights) - 1:
            X = PHI[name](X)
        if i + 1 == depth:
            return X
    return X


def _log_softmax(Z: Any) -> Any:
    return Z - anp.log(anp.sum(anp.exp(Z), axis=1, keepdims=True))


# Models


@pytest.mark.parametrize("name", PHI)
@pytest.mark.parametrize("layer", [None, 1, 2])
def test_input_gradients_are_autograds(name: str, layer: int | None) -> None:
    net, X = _net((3, 6, 5, 4), 1), RNG(2).normal(size=(5, 3))
    model = adversarial.network(net, name, layer=layer)
    Z = _logits(net, X, name, layer)
    np.testing.assert_allclose(model.logits(X), Z, rtol=1e-12)
    G = RNG(3).normal(size=Z.shape)
    theirs = autograd.grad(lambda x: anp.sum(G * _logits(net, x, name, layer)))(X)
    np.testing.assert_allclose(model.input_grad(X, G), theirs, rtol=1e-9, atol=1e-12)
    J = adversarial.jacobian(model, X)
    full = autograd.jacobian(lambda x: _logits(net, x[None], name, layer)[0])
    np.testing.assert_allclose(J, [full(x) for x in X], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("weights", [None, [0.2, 0.8], [1.0, 0.0]])
def test_an_ensemble_is_the_mean_of_probabilities(weights: list[float] | None) -> None:
    parts, X = [_net((3, 4, 3), 1), _net((3, 5, 3), 2)], RNG(2).normal(size=(4, 3))
    alpha = weights or [0.5, 0.5]

    def mean(x: Any) -> Any:
        each = [anp.exp(_log_softmax(_logits(net, x, "tanh"))) for net in parts]
        return anp.log(alpha[0] * each[0] + alpha[1] * each[1])

    model = adversarial.ensemble([adversarial.network(net) for net in parts], weights)
    np.testing.assert_allclose(model.logits(X), mean(X), rtol=1e-12)
    G = RNG(3).normal(size=(4, 3))
    theirs = autograd.grad(lambda x: anp.sum(G * mean(x)))(X)
    np.testing.assert_allclose(model.input_grad(X, G), theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("name", goal.CLIMBS)
def test_what_is_climbed_has_autograds_gradient(name: str, targeted: bool) -> None:
    Z, y = RNG(0).normal(size=(5, 4)), np.array([0, 1, 2, 3, 0])
    sign = -1 if targeted else 1

    def value(z: Any) -> Any:
        total = 0.0
        for i, t in enumerate(y):
            if name == "cross_entropy":
                total = total - _log_softmax(z[i : i + 1])[0, t]
            else:
                total = total + anp.max(anp.array([z[i, j] for j in range(4) if j != t])) - z[i, t]
        return sign * total

    found = goal.CLIMBS[name](Z, goal.Goal(y, targeted))
    np.testing.assert_allclose(found, autograd.grad(value)(Z), rtol=1e-9, atol=1e-12)
    if name == "margin":
        assert goal.margin(Z, goal.Goal(y, targeted)).sum() == pytest.approx(float(value(Z)))


def test_training_reads_digits_and_against_an_attack_it_resists(
    trained: adversarial.Trained,
) -> None:
    assert adversarial.accuracy(trained.model, *trained.test) > 0.95
    again = adversarial.digit_net(rng=RNG(0))
    assert all(map(np.array_equal, again.net.weights, trained.net.weights))
    tough = adversarial.digit_net(
        rng=RNG(0), perturb=lambda model, X, y: adversarial.fgsm(model, X, y, 0.1).X
    )
    plain, robust = (
        adversarial.pgd(each.model, *each.test, 0.1, rng=RNG(1)).success.mean()
        for each in (trained, tough)
    )
    assert robust < plain - 0.2
    train, test = trained.train, trained.test
    assert (len(train.X), len(test.X)) == (1297, 500)
    both = np.vstack([train.X, test.X])
    from dlconcepts import datasets

    assert np.array_equal(np.sort(both.sum(axis=1)), np.sort(datasets.digits().X.sum(axis=1)))


# Every attack against its definition

EPS = 0.15
Run = Callable[[adversarial.Trained, Array, Any], tuple[Attack, dict[str, Any]]]
RUNS: dict[str, Run] = {
    "fgsm": lambda t, X, y: (adversarial.fgsm(t.model, X, y, EPS), {"linf": EPS}),
    "one_step_target": lambda t, X, y: (
        adversarial.one_step_target(t.model, X, 0.5, target=(y + 1) % 10),
        {"linf": 0.5, "target": (y + 1) % 10, "least": 0.1},
    ),
    "bim": lambda t, X, y: (adversarial.bim(t.model, X, y, EPS), {"linf": EPS}),
    "least_likely": lambda t, X, y: (
        adversarial.least_likely(t.model, X, 0.3),
        {"linf": 0.3, "target": t.model.logits(X).argmin(axis=1), "least": 0.6},
    ),
    "pgd": lambda t, X, y: (
        adversarial.pgd(t.model, X, y, 0.8, rng=RNG(0), norm="l2"),
        {"l2": 0.8},
    ),
    "lbfgs": lambda t, X, y: (
        adversarial.lbfgs(t.model, X, (y + 1) % 10, targeted=True, searches=6, steps=30),
        {"target": (y + 1) % 10, "least": 1},
    ),
    "deepfool": lambda t, X, y: (adversarial.deepfool(t.model, X, y), {"least": 1}),
    "carlini_wagner": lambda t, X, y: (
        adversarial.carlini_wagner(t.model, X, (y + 1) % 10, targeted=True),
        {"target": (y + 1) % 10, "least": 1},
    ),
    "jsma": lambda t, X, y: (
        adversarial.jsma(t.model, X, (y + 1) % 10, budget=14),
        {"target": (y + 1) % 10, "l0": 14, "least": 0.8},
    ),
    "one_pixel": lambda t, X, y: (
        adversarial.one_pixel(t.model.logits, X, y, rng=RNG(0), width=8),
        {"l0": 1, "least": 0.2},
    ),
    "zoo": lambda t, X, y: (adversarial.zoo(t.model.logits, X, y, rng=RNG(0)), {"least": 1}),
    "transfer": lambda t, X, y: (
        adversarial.transfer(
            t.model,
            [adversarial.digit_net(rng=RNG(s), hidden=(24,)).model for s in (5, 6)],
            X,
            y,
            0.2,
            rng=RNG(0),
        ),
        {"linf": 0.2, "least": 0.6},
    ),
}
# Those that return something else than an `Attack`, or take another model, have tests of their own.
OTHERS = {"universal", "feature_adversary", "fooling_image", "nearest"}


def test_every_attack_of_the_list_is_run() -> None:
    assert set(RUNS) | OTHERS == set(adversarial.ATTACKS)
    assert set(adversarial.ATTACKS) <= set(adversarial.__all__)
    for name, entry in adversarial.ATTACKS.items():
        assert entry.function is getattr(adversarial, name)
        black = "model" not in inspect.signature(entry.function).parameters
        assert (entry.knowledge == "black box") <= black
        assert entry.norm in {"l0", "l2", "linf", "none"}
        assert 2013 <= entry.year <= 2017
        assert all(entry[1:])


@pytest.mark.parametrize("name", RUNS)
def test_an_attack_keeps_its_promises(
    name: str, trained: adversarial.Trained, few: tuple[Array, Any]
) -> None:
    X, y = few
    kept = X.copy()
    attack, promise = RUNS[name](trained, X, y)
    assert np.array_equal(X, kept)
    assert attack.X.shape == X.shape
    assert attack.X.min() >= 0
    assert attack.X.max() <= 1
    found = adversarial.predict(trained.model, attack.X)
    reached = found == promise["target"] if "target" in promise else found != y
    np.testing.assert_array_equal(attack.success, reached)
    assert attack.success.mean() >= promise.get("least", 0.5)
    assert (attack.queries >= 1).all()
    sizes = adversarial.norms(attack.X - X)
    for norm in ("l0", "l2", "linf"):
        if norm in promise:
            assert (getattr(sizes, norm) <= promise[norm] + 1e-12).all()


@pytest.mark.parametrize("c", [1e-3, 1e3])
def test_carlini_and_wagner_find_their_weight_from_either_side(
    c: float, trained: adversarial.Trained, few: tuple[Array, Any]
) -> None:
    X, y = few
    usual = adversarial.carlini_wagner(trained.model, X, y, searches=8)
    found = adversarial.carlini_wagner(trained.model, X, y, searches=14, c=c)
    assert found.success.all()
    ratio = adversarial.norms(found.X - X).l2 / adversarial.norms(usual.X - X).l2
    assert ratio.max() < 1.1


def test_what_is_misclassified_already_stays_as_it_is(trained: adversarial.Trained) -> None:
    X, y = trained.test
    wrong = np.flatnonzero(adversarial.predict(trained.model, X) != y)[:3]
    X, y = X[wrong], y[wrong]
    attacks = (
        adversarial.fgsm(trained.model, X, y, 0.1),
        adversarial.pgd(trained.model, X, y, 0.1, rng=RNG(0)),
        adversarial.deepfool(trained.model, X, y),
        adversarial.carlini_wagner(trained.model, X, y, steps=5),
        adversarial.lbfgs(trained.model, X, y),
        adversarial.zoo(trained.model.logits, X, y, rng=RNG(0)),
        adversarial.one_pixel(trained.model.logits, X, y, rng=RNG(0), width=8),
    )
    for attack in attacks:
        assert np.array_equal(attack.X, X)
        assert attack.success.all()
        assert (attack.queries == 1).all()


# A linear model: everything is known


@pytest.fixture(scope="module")
def line() -> tuple[Array, Array, Array, Any]:
    rng = RNG(4)
    W, b, X = rng.normal(size=(6, 4)), rng.normal(size=4), rng.uniform(0.4, 0.6, (20, 6))
    return W, b, X, (X @ W + b).argmax(axis=1)


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_deepfool_is_exact_on_a_linear_model(
    norm: str, line: tuple[Array, Array, Array, Any]
) -> None:
    W, b, X, y = line
    attack = adversarial.deepfool(
        adversarial.linear(W, b), X, y, norm=norm, overshoot=1e-7, box=OPEN
    )
    assert attack.success.all()
    size = getattr(adversarial.norms(attack.X - X), norm)
    np.testing.assert_allclose(size, adversarial.exact_linear(W, b, X, y, norm), rtol=1e-5)


def test_the_closed_form_is_scipys_optimum(line: tuple[Array, Array, Array, Any]) -> None:
    W, b, X, y = line
    for i in range(5):
        flat, round_ = [], []
        for j in range(4):
            if j == y[i]:
                continue
            w, gap = W[:, y[i]] - W[:, j], (X[i] @ W + b)[y[i]] - (X[i] @ W + b)[j]
            # min t with |δ| ≤ t and w·δ ≤ −gap
            A = np.vstack([
                np.column_stack([np.eye(6), -np.ones(6)]),
                np.column_stack([-np.eye(6), -np.ones(6)]),
                np.append(w, 0),
            ])  # fmt: skip
            cost = np.append(np.zeros(6), 1)
            bound = np.append(np.zeros(12), -gap)
            flat.append(optimize.linprog(cost, A, bound, bounds=(None, None)).fun)
            near = optimize.minimize(
                lambda d: d @ d, np.ones(6), jac=lambda d: 2 * d, method="SLSQP", tol=1e-12,
                constraints={"type": "ineq", "fun": lambda d, w=w, gap=gap: -gap - w @ d},
            )  # fmt: skip
            round_.append(np.sqrt(near.fun))
        one = (W, b, X[i : i + 1], y[i : i + 1])
        assert adversarial.exact_linear(*one, "linf")[0] == pytest.approx(min(flat), rel=1e-6)
        assert adversarial.exact_linear(*one, "l2")[0] == pytest.approx(min(round_), rel=1e-4)


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_equal_classes_have_no_distance(norm: str) -> None:
    W, b = [[1.0, 1.0, 0.0]], [2.0, 2.0, 0.0]
    found = adversarial.exact_linear(W, b, [[3.0], [3.0]], [0, 2], norm)
    np.testing.assert_allclose(found, [0.0, -5.0])


def test_fgsm_and_pgd_flip_two_classes_exactly_at_the_distance() -> None:
    rng = RNG(5)
    W, b, X = rng.normal(size=(6, 2)), np.zeros(2), rng.uniform(0.4, 0.6, (30, 6))
    y = (X @ W + b).argmax(axis=1)
    model, far = adversarial.linear(W, b), adversarial.exact_linear(W, b, X, y, "linf")
    for i, exact in enumerate(far):
        one = (model, X[i : i + 1], y[i : i + 1])
        for eps, flips in ((0.999 * exact, False), (1.001 * exact, True)):
            assert adversarial.fgsm(*one, eps, box=OPEN).success[0] == flips
            assert adversarial.pgd(*one, eps, rng=rng, box=OPEN).success[0] == flips
        length = adversarial.exact_linear(W, b, *one[1:], "l2")[0]
        for eps, flips in ((0.999 * length, False), (1.02 * length, True)):
            attack = adversarial.pgd(*one, eps, rng=rng, norm="l2", rate=eps / 4, box=OPEN)
            assert attack.success[0] == flips


def test_penalty_methods_come_close_to_the_closed_form(
    line: tuple[Array, Array, Array, Any],
) -> None:
    W, b, X, y = line
    model, exact = adversarial.linear(W, b), adversarial.exact_linear(W, b, X, y)
    inside = exact < 0.3  # the box is far off
    X, y, exact = X[inside], y[inside], exact[inside]
    runner_up = goal.margin_grad(model.logits(X), goal.Goal(y)).argmax(axis=1)
    for attack in (
        adversarial.carlini_wagner(model, X, y, steps=500, searches=8, rate=0.01),
        adversarial.lbfgs(model, X, y),
    ):
        size = adversarial.norms(attack.X - X).l2
        assert attack.success.all()
        assert (size >= exact - 1e-9).all()
        assert np.median(size / exact) < 1.02
    assert len(runner_up) > 5


# Sizes


def test_pgd_is_never_weaker_than_fgsm_and_restarts_only_help(
    trained: adversarial.Trained,
) -> None:
    model, (X, y) = trained.model, trained.test
    last = 1.0
    for eps in (0.0, 0.02, 0.05, 0.1, 0.15, 0.2):
        fgsm = adversarial.fgsm(model, X, y, eps).success
        pgd = adversarial.pgd(model, X, y, eps, rng=RNG(0)).success
        more = adversarial.pgd(model, X, y, eps, rng=RNG(0), restarts=3).success
        assert pgd.mean() >= fgsm.mean()
        assert (more | ~pgd).all()
        assert 1 - pgd.mean() <= last + 1e-9
        last = 1 - pgd.mean()
    assert last < 0.05
    np.testing.assert_array_equal(
        adversarial.fgsm(model, X, y, 0.0).success, adversarial.predict(model, X) != y
    )


def test_random_starts_are_uniform_in_the_ball() -> None:
    from dlconcepts.adversarial import iterative

    away = iterative._in_ball(np.zeros((4000, 3)), 2.0, "l2", RNG(0))
    share = (np.linalg.norm(away, axis=1) / 2) ** 3
    from scipy import stats

    assert stats.kstest(share, "uniform").pvalue > 0.001
    assert np.abs(away.mean(axis=0)).max() < 0.1


def test_projection_on_both_balls() -> None:
    rng = RNG(1)
    center = rng.uniform(0, 1, (50, 4))
    X = center + rng.normal(size=(50, 4))
    for norm in ("l2", "linf"):
        P = adversarial.project(X, center, 0.3, norm)
        assert (getattr(adversarial.norms(P - center), norm) <= 0.3 + 1e-12).all()
        assert P.min() >= 0
        assert P.max() <= 1
        np.testing.assert_allclose(adversarial.project(P, center, 0.3, norm), P)


# Box-constrained L-BFGS


@pytest.mark.parametrize("seed", range(6))
def test_the_minimum_in_a_box_is_scipys(seed: int) -> None:
    rng = RNG(seed)
    M = rng.normal(size=(8, 8))
    H, g = M @ M.T + 0.1 * np.eye(8), 3 * rng.normal(size=8)

    def quadratic(x: Array) -> tuple[float, Array]:
        return float(x @ H @ x / 2 + g @ x), H @ x + g

    start = rng.uniform(-1, 1, 8)
    mine = boxed.minimize(quadratic, start, -0.5, 0.8, steps=500)
    theirs = optimize.minimize(
        quadratic, start, jac=True, method="L-BFGS-B", bounds=[(-0.5, 0.8)] * 8, tol=1e-12
    )
    assert mine.cost == pytest.approx(theirs.fun, rel=1e-6, abs=1e-7)
    np.testing.assert_allclose(mine.x, theirs.x, atol=1e-3)


@pytest.mark.parametrize("memory", [1, 3])
def test_no_more_pairs_are_kept_than_said(memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []

    def direction(grad: Array, pairs: list[tuple[Array, Array]]) -> Array:
        kept.append(len(pairs))
        return plain(grad, pairs)

    plain = boxed.direction
    monkeypatch.setattr(boxed, "direction", direction)
    scale = np.geomspace(1, 1e3, 12)
    boxed.minimize(
        lambda x: (float(scale @ x**2), 2 * scale * x), np.ones(12), -2.0, 2.0, memory=memory
    )
    assert max(kept) == memory


def test_a_curved_valley_with_a_wall() -> None:
    def cost(x: Array) -> tuple[float, Array]:
        return float(optimize.rosen(x)), optimize.rosen_der(x)

    for high in (2.0, 0.6):
        mine = boxed.minimize(cost, [-1.2, 1.0], -2.0, high, steps=500)
        theirs = optimize.minimize(
            cost, [-1.2, min(1.0, high)], jac=True, method="L-BFGS-B", bounds=[(-2, high)] * 2
        )
        assert mine.cost == pytest.approx(theirs.fun, abs=1e-6)
        assert mine.calls < 200


def test_lbfgs_finds_what_scipy_finds_with_the_same_penalty(
    trained: adversarial.Trained, few: tuple[Array, Any]
) -> None:
    X, y = few
    x, target = X[0], int((y[0] + 1) % 10)

    def cost(c: float) -> Callable[[Array], tuple[float, Array]]:
        def of(at: Any) -> Any:
            log = _log_softmax(_logits(trained.net, at[None], "tanh"))
            return anp.sum((at - x) ** 2) - c * log[0, target]

        return lambda at: (float(of(at)), autograd.grad(of)(at))

    least = np.inf
    low, high = -3.0, 3.0
    for _ in range(11):
        middle = (low + high) / 2
        end = optimize.minimize(
            cost(10.0**middle), x, jac=True, method="L-BFGS-B", bounds=[(0, 1)] * 64
        ).x
        if trained.model.logits(end[None]).argmax() == target:
            high, least = middle, min(least, float(np.linalg.norm(end - x)))
        else:
            low = middle
    mine = adversarial.lbfgs(trained.model, X[:1], [target], targeted=True)
    assert adversarial.norms(mine.X - X[:1]).l2[0] == pytest.approx(least, rel=0.02)


# Few entries


def test_jsma_takes_the_pair_that_the_map_names(
    trained: adversarial.Trained, few: tuple[Array, Any]
) -> None:
    X, y = few
    target = (y + 1) % 10
    attack = adversarial.jsma(trained.model, X, target, budget=2)
    J = adversarial.jacobian(trained.model, X)
    for i, t in enumerate(target):
        best, pair = 0.0, None
        for p in range(64):
            for q in range(p + 1, 64):
                if X[i, p] == 1 or X[i, q] == 1:
                    continue
                alpha = J[i, t, p] + J[i, t, q]
                beta = sum(J[i, j, p] + J[i, j, q] for j in range(10) if j != t)
                if alpha > 0 > beta and -alpha * beta > best:
                    best, pair = -alpha * beta, (p, q)
        assert pair is not None
        assert set(np.flatnonzero(attack.X[i] != X[i])) == set(pair)
    assert (adversarial.norms(attack.X - X).l0 == 2).all()
    down = adversarial.jsma(trained.model, X, target, theta=-0.5, budget=10)
    assert (down.X <= X).all()
    assert (adversarial.norms(down.X - X).l0 <= 10).all()
    assert (down.X < X).any()


def test_jsma_changes_nothing_where_every_pixel_raises_all_classes() -> None:
    model = adversarial.linear(np.array([[2.0, 1.0], [2.0, 1.0], [3.0, 2.0]]), [0.0, 0.0])
    attack = adversarial.jsma(model, [[0.5, 0.4, 0.3]], [1])
    assert np.array_equal(attack.X, [[0.5, 0.4, 0.3]])
    assert not attack.success[0]


def test_one_pixel_against_every_pixel(trained: adversarial.Trained) -> None:
    X, y = trained.test[0][:60], trained.test[1][:60]
    possible = []
    for x, label in zip(X, y, strict=True):
        tries = np.repeat(x[None], 64 * 11, axis=0)
        tries[np.arange(704), np.repeat(np.arange(64), 11)] = np.tile(np.linspace(0, 1, 11), 64)
        possible.append((adversarial.predict(trained.model, tries) != label).any())
    attack = adversarial.one_pixel(
        trained.model.logits, X, y, rng=RNG(0), width=8, population=60, generations=40
    )
    assert (adversarial.norms(attack.X - X).l0 <= 1).all()
    assert not (attack.success & ~np.array(possible)).any()
    assert attack.success.sum() > 0.8 * sum(possible)


# Black box


def _counting(logits: Callable[[Array], Array]) -> tuple[Callable[[Array], Array], list[int]]:
    seen: list[int] = []

    def counted(X: Array) -> Array:
        seen.append(len(X))
        return logits(X)

    return counted, seen


@pytest.mark.parametrize("name", ["zoo", "one_pixel"])
def test_queries_are_counted(
    name: str, trained: adversarial.Trained, few: tuple[Array, Any]
) -> None:
    more = {"width": 8} if name == "one_pixel" else {}
    for x, label in zip(*few, strict=True):
        logits, seen = _counting(trained.model.logits)
        attack = getattr(adversarial, name)(logits, x[None], [label], rng=RNG(0), **more)
        assert attack.queries[0] == sum(seen) - 1  # the last look is at the result


def test_a_model_that_always_answers_the_same_is_never_fooled_and_every_query_is_spent() -> None:
    def constant(X: Array) -> Array:
        return np.tile([1.0, 0.0], (len(X), 1))

    X = np.array([[0.2, 0.4, 0.6, 0.8]])
    made = adversarial.zoo(constant, X, [0], rng=RNG(0), steps=5, batch=2)
    assert not made.success[0]
    np.testing.assert_array_equal(made.X, X)
    assert made.queries[0] == 1 + 3 * 5 * (
        2 * 2 + 1
    )  # for each of 3 weights, 5 steps with 2 slopes


def test_an_attack_by_outputs_alone_cannot_ask_for_gradients() -> None:
    model = adversarial.model.outputs_only(lambda X: X)
    with pytest.raises(RuntimeError, match="may not ask for gradients"):
        model.input_grad(np.ones((1, 2)), np.ones((1, 2)))


def test_slopes_by_queries_are_autograds(
    trained: adversarial.Trained, few: tuple[Array, Any]
) -> None:
    X, y = few

    def hinge(x: Any, label: int) -> Any:
        log = _log_softmax(_logits(trained.net, x[None], "tanh"))[0]
        return log[label] - anp.max(anp.array([log[j] for j in range(10) if j != label]))

    for x, label in zip(X, y, strict=True):
        assert hinge(x, label) > 0
        found = adversarial.coordinate_slopes(
            trained.model.logits, x, goal.Goal(np.array([label])), np.arange(64)
        )
        np.testing.assert_allclose(found, autograd.grad(hinge)(x, label), atol=1e-4)


def test_transfer_beats_noise_of_the_same_size(trained: adversarial.Trained) -> None:
    X, y = trained.test
    sources = [adversarial.digit_net(rng=RNG(s), activation="relu").model for s in (5, 6, 7)]
    many, one = (
        adversarial.transfer(trained.model, part, X, y, 0.15, rng=RNG(0)).success.mean()
        for part in (sources, sources[:1])
    )
    noise = np.clip(X + 0.15 * RNG(0).choice([-1, 1], X.shape), 0, 1)
    errors = 1 - adversarial.accuracy(trained.model, noise, y)
    assert many > one > errors + 0.2
    assert many > 0.6


# Other goals


def test_a_universal_perturbation_works_on_images_it_has_not_seen(
    trained: adversarial.Trained,
) -> None:
    (X, y), (X_test, y_test) = trained.train, trained.test
    for norm, eps in (("linf", 0.25), ("l2", 1.6)):
        made = adversarial.universal(trained.model, X[:100], y[:100], eps, rng=RNG(0), norm=norm)
        assert getattr(adversarial.norms(made.v[None]), norm)[0] <= eps + 1e-12
        moved = np.clip(X[:100] + made.v, 0, 1)
        assert made.rate == (adversarial.predict(trained.model, moved) != y[:100]).mean()
        errors = 1 - adversarial.accuracy(trained.model, np.clip(X_test + made.v, 0, 1), y_test)
        noise = eps * RNG(1).choice([-1, 1], 64) / (1 if norm == "linf" else 8)
        plain = 1 - adversarial.accuracy(trained.model, np.clip(X_test + noise, 0, 1), y_test)
        assert errors > plain + 0.2


def test_a_feature_adversary_is_scipys_optimum(
    trained: adversarial.Trained, few: tuple[Array, Any]
) -> None:
    X, y = few
    features = adversarial.network(trained.net, layer=1)
    source, guide = X[0], X[np.flatnonzero(y != y[0])[0]]
    for eps in (0.1, 0.3):
        made = adversarial.feature_adversary(features, source, guide, eps)
        wanted = _logits(trained.net, guide[None], "tanh", 1)

        def far(x: Any, wanted: Any = wanted) -> Any:
            return anp.sum((_logits(trained.net, x[None], "tanh", 1) - wanted) ** 2)

        bounds = list(zip(np.maximum(source - eps, 0), np.minimum(source + eps, 1), strict=True))
        theirs = optimize.minimize(
            far, source, jac=autograd.grad(far), method="L-BFGS-B", bounds=bounds
        )
        assert made.before == pytest.approx(float(far(source)))
        assert made.after == pytest.approx(float(far(made.X)))
        assert made.after == pytest.approx(theirs.fun, rel=0.02)
        assert np.abs(made.X - source).max() <= eps + 1e-12


def test_fooling_images_are_sure_and_look_like_no_image(trained: adversarial.Trained) -> None:
    X = trained.train.X
    for target in (0, 5):
        logits, seen = _counting(trained.model.logits)
        made = adversarial.fooling_image(logits, target, 64, rng=RNG(target))
        assert made.probability >= 0.99
        assert made.queries == sum(seen)
        assert (np.diff(made.history) >= 0).all()
        assert made.history[-1] == made.probability
        nearest = np.linalg.norm(X - made.X, axis=1).min()
        between = [np.partition(np.linalg.norm(X - x, axis=1), 1)[1] for x in X[:100]]
        assert nearest > max(between)


def test_a_search_for_a_fooling_image_ends_where_no_image_fools() -> None:
    made = adversarial.fooling_image(
        lambda X: np.zeros((len(X), 4)), 1, 3, rng=RNG(0), population=6, generations=7
    )
    np.testing.assert_array_equal(made.history, np.full(8, 0.25))
    assert (made.probability, made.queries) == (0.25, 6 * 8)


# Ground truth


@pytest.fixture(scope="module")
def plane() -> tuple[nets.Net, Array, Any]:
    rng = RNG(3)
    X = rng.uniform(0, 1, (300, 2))
    y = (np.abs(X[:, 0] - 0.5) + 0.3 * np.sin(6 * X[:, 1]) > 0.3).astype(int) + (X[:, 1] > 0.7)
    net = adversarial.fit(X, y, (2, 7, 3), rng=rng, activation="relu", steps=1500, rate=0.02)
    model = adversarial.network(net, "relu")
    assert adversarial.accuracy(model, X, y) > 0.85
    right = adversarial.predict(model, X) == y
    return net, X[right][:6], y[right][:6]


@pytest.mark.parametrize("norm", ["l2", "linf"])
def test_no_point_nearer_than_the_ground_truth_is_misclassified(
    norm: str, plane: tuple[nets.Net, Array, Any]
) -> None:
    net, X, y = plane
    model = adversarial.network(net, "relu")
    found = adversarial.nearest(net, X, y, norm=norm, box=(0.0, 1.0))
    t = np.linspace(0, 1, 601)
    grid = np.stack(np.meshgrid(t, t), axis=-1).reshape(-1, 2)
    classes = adversarial.predict(model, grid)
    sizes = adversarial.norms(found.X - X)
    np.testing.assert_allclose(getattr(sizes, norm), found.distance, rtol=1e-9)
    for i, far in enumerate(found.distance):
        away = getattr(adversarial.norms(grid - X[i]), norm)[classes != y[i]]
        assert far - 1e-9 <= away.min() <= far + 0.01
        tie = model.logits(found.X[i : i + 1])
        assert goal.margin(tie, goal.Goal(y[i : i + 1]))[0] == pytest.approx(0, abs=1e-7)


def test_ground_truth_is_the_least_over_regions_solved_by_scipy(
    plane: tuple[nets.Net, Array, Any],
) -> None:
    net, X, y = plane
    for x, label in zip(X[:2], y[:2], strict=True):
        least = np.inf
        for region in adversarial.regions(net):
            for j in range(3):
                if j == label:
                    continue
                A = np.vstack([region.A, region.W[j] - region.W[label]])
                c = np.append(region.c, region.b[j] - region.b[label])
                # min t with |p − x| ≤ t and Ap + c ≥ 0
                E = np.column_stack([np.vstack([np.eye(2), -np.eye(2)]), -np.ones(4)])
                left = np.vstack([E, np.column_stack([-A, np.zeros(len(A))])])
                solved = optimize.linprog(
                    [0, 0, 1], left, np.concatenate([x, -x, c]), bounds=(None, None)
                )
                if solved.success:
                    least = min(least, solved.fun)
        found = adversarial.nearest(net, x[None], [label], norm="linf")
        assert found.distance[0] == pytest.approx(least, rel=1e-6)


def test_each_input_lies_in_the_region_whose_affine_map_the_net_is_there() -> None:
    net = _net((2, 2, 3, 2, 2), 5)
    regions = adversarial.regions(net)
    assert len(regions) == 2 ** (2 + 3 + 2)
    for x in RNG(0).normal(size=(20, 2)):
        (region,) = [r for r in regions if (r.A @ x + r.c >= 0).all()]
        np.testing.assert_allclose(region.W @ x + region.b, _logits(net, x[None], "relu")[0])


def test_no_attack_beats_the_ground_truth(plane: tuple[nets.Net, Array, Any]) -> None:
    net, X, y = plane
    model = adversarial.network(net, "relu")
    exact = adversarial.nearest(net, X, y, box=(0.0, 1.0)).distance
    flat = adversarial.nearest(net, X, y, norm="linf", box=(0.0, 1.0)).distance
    for attack in (
        adversarial.deepfool(model, X, y),
        adversarial.carlini_wagner(model, X, y),
        adversarial.lbfgs(model, X, y),
        adversarial.zoo(model.logits, X, y, rng=RNG(0)),
    ):
        size = adversarial.norms(attack.X - X)
        assert (size.l2[attack.success] >= exact[attack.success] - 1e-9).all()
        assert (size.linf[attack.success] >= flat[attack.success] - 1e-9).all()
        assert attack.success.sum() >= 4
    for i, (far, length) in enumerate(zip(flat, exact, strict=True)):
        one = (model, X[i : i + 1], y[i : i + 1])
        for norm, least in (("linf", far), ("l2", length)):
            inside = adversarial.pgd(*one, 0.99 * least, rng=RNG(0), restarts=5, norm=norm)
            outside = adversarial.pgd(*one, 1.05 * least, rng=RNG(0), restarts=20, norm=norm)
            assert not inside.success[0]
            assert outside.success[0]


def test_ground_truth_of_a_linear_model_and_of_two_layers() -> None:
    W, b = np.array([[1.0, -1.0], [-2.0, 2.0]]), np.array([0.1, 0.0])
    X, y = np.array([[0.6, 0.2], [0.9, 0.1]]), np.array([0, 0])
    for norm in ("l2", "linf"):
        found = adversarial.nearest(nets.Net((W,), (b,)), X, y, norm=norm)
        np.testing.assert_allclose(
            found.distance, adversarial.exact_linear(W, b, X, y, norm), rtol=1e-9
        )
    net = _net((2, 3, 3, 2), 8)
    model, X = adversarial.network(net, "relu"), RNG(0).uniform(-1, 1, (4, 2))
    y = adversarial.predict(model, X)
    found = adversarial.nearest(net, X, y)
    t = np.linspace(-4, 4, 801)
    grid = np.stack(np.meshgrid(t, t), axis=-1).reshape(-1, 2)
    other = adversarial.predict(model, grid)
    for x, label, far in zip(X, y, found.distance, strict=True):
        away = np.linalg.norm(grid[other != label] - x, axis=1)
        assert (far > 3 and not len(away)) or far - 1e-9 <= away.min() <= far + 0.02


def test_refusals(trained: adversarial.Trained, few: tuple[Array, Any]) -> None:
    (X, y), model = few, trained.model
    rng, net = RNG(0), trained.net
    plane = _net((2, 3, 2), 0)
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: adversarial.fgsm(model, 2 * X + 1, y, 0.1), "X must lie in the box"),
        (lambda: adversarial.fgsm(model, X, y, 0.1, box=(1.0, 0.0)), "box must be"),
        (lambda: adversarial.fgsm(model, X, y[:3], 0.1), "y must be 12 whole numbers"),
        (lambda: adversarial.fgsm(model, X, y + 5, 0.1), "class numbers in 0…9"),
        (lambda: adversarial.fgsm(model, X, y, -0.1), "eps"),
        (lambda: adversarial.fgsm(model, X, y, 0.1, loss="hinge"), "loss must be one of"),
        (lambda: adversarial.pgd(model, X, y, 0.1, rng=rng, norm="l1"), "norm must be one of"),
        (lambda: adversarial.bim(model, X, y, 0.1, rate=0.0), "rate"),
        (lambda: adversarial.deepfool(model, X, y, norm="l1"), "norm must be"),
        (lambda: adversarial.carlini_wagner(model, X, y, box=OPEN), "box must be finite"),
        (lambda: adversarial.lbfgs(model, X, y, searches=0), "searches"),
        (lambda: adversarial.jsma(model, X, y, theta=0.0), "theta"),
        (lambda: adversarial.jsma(model, X, y, budget=1), "budget"),
        (
            lambda: adversarial.one_pixel(model.logits, X, y, rng=rng, width=7),
            "width must divide",
        ),
        (lambda: adversarial.zoo(model.logits, X, y, rng=rng, batch=0), "batch"),
        (lambda: adversarial.ensemble([]), "models must not be empty"),
        (lambda: adversarial.ensemble([model], [0.5]), "weights must be"),
        (lambda: adversarial.network(net, "swish"), "activation must be one of"),
        (lambda: adversarial.network(net, layer=2), "layer must be 1…1"),
        (lambda: adversarial.linear(np.eye(2), [0.0]), "b must have shape"),
        (lambda: adversarial.digit_net(rng=rng, test=1797), "test must leave"),
        (lambda: adversarial.fit(X, y, (63, 10), rng=rng), "X must have 63 columns"),
        (lambda: adversarial.exact_linear(np.eye(2), [0, 0], X[:, :2], y % 2, "l1"), "norm"),
        (lambda: adversarial.nearest(net, X[:, :2], y), "two inputs"),
        (lambda: adversarial.nearest(_net((2, 15, 2), 0), X[:, :2], y % 2), "at most 14"),
        (lambda: adversarial.nearest(plane, X[:, :2], y % 2, norm="l1"), "norm must be"),
        (lambda: boxed.minimize(lambda x: (0.0, x), [1.0], 2.0, 1.0), "low must be"),
        (lambda: boxed.minimize(lambda x: (0.0, x), [1.0], 0.0, 1.0, memory=0), "memory must be"),
        (lambda: adversarial.universal(model, X, y, 0.1, rng=rng, wanted=2.0), "wanted"),
        (
            lambda: adversarial.feature_adversary(model, X[0], X[0, :3], 0.1),
            "same shape",
        ),
        (lambda: adversarial.fooling_image(model.logits, 0, 64, rng=rng, share=0.0), "share"),
    ]
    for call, message in refused:
        with pytest.raises(ValueError, match=message):
            call()
    blind = Model(model.logits, lambda X, G: (_ for _ in ()).throw(AssertionError("gradient")))
    adversarial.zoo(blind.logits, X[:1], y[:1], rng=rng)


def test_a_fooling_image_is_of_a_class_that_there_is() -> None:
    with pytest.raises(ValueError, match="target must be a class in 0…1, got 9"):
        adversarial.fooling_image(lambda X: X[:, :2], 9, 4, rng=RNG(0))
