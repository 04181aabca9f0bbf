"""Defenses and certificates, against SciPy, against brute force, and against attacks."""

from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from autograd.scipy.stats import norm as anorm
from scipy import stats

from dlconcepts import adversarial, losses, nets
from dlconcepts._checks import Array
from dlconcepts.adversarial import goal

RNG = np.random.default_rng
OPEN = (-np.inf, np.inf)


@pytest.fixture(scope="module")
def plain() -> adversarial.Trained:
    return adversarial.digit_net(rng=RNG(0), activation="relu")


# Training


def test_the_inner_maximum_raises_the_loss_and_stays_in_the_ball(
    plain: adversarial.Trained,
) -> None:
    X, y = plain.train.X[:64], plain.train.y[:64]
    changed = adversarial.inner_maximum(0.1, rng=RNG(1), steps=3)(plain.model, X, y)
    assert np.abs(changed - X).max() <= 0.1 + 1e-12

    def loss(A: Array) -> float:
        return float(-losses.log_softmax(plain.model.logits(A))[np.arange(64), y].mean())

    assert loss(changed) > 5 * loss(X)


def test_adversarial_training_of_a_line_puts_the_weight_on_the_robust_feature() -> None:
    rng = RNG(0)
    y = rng.integers(2, size=400)
    signs = (2 * y - 1)[:, None]
    X = np.hstack([signs * 1.0, signs * 0.15]) + 0.02 * rng.normal(size=(400, 2))
    shares = []
    for perturb in (
        None,
        adversarial.inner_maximum(0.3, rng=RNG(1)),
    ):
        # The box of pixels: shift and shrink into it.
        Z = 0.5 + 0.3 * X
        net = adversarial.fit(Z, y, (2, 2), rng=RNG(2), steps=400, perturb=perturb)
        w = np.abs(net.weights[0] @ [-1, 1])
        shares.append(w[1] / w.sum())
    assert shares[1] < 0.5 * shares[0]


def test_temperature_one_and_hard_targets_are_the_plain_training() -> None:
    X, y = RNG(0).normal(size=(40, 3)), RNG(1).integers(3, size=40)
    one = adversarial.fit(X, y, (3, 4, 3), rng=RNG(2), steps=20)
    two = adversarial.fit(
        X, y, (3, 4, 3), rng=RNG(2), steps=20, temperature=1.0, soft=losses.one_hot(y, 3)
    )
    for a, b in zip(one.weights, two.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="soft must be 40 rows"):
        adversarial.fit(X, y, (3, 4, 3), rng=RNG(2), soft=np.ones((40, 3)))
    with pytest.raises(ValueError, match="temperature"):
        adversarial.fit(X, y, (3, 4, 3), rng=RNG(2), temperature=0.0)


def test_the_student_learns_the_teachers_probabilities() -> None:
    X, y = RNG(0).normal(size=(60, 2)), RNG(1).integers(2, size=60)  # labels of pure chance
    pair = adversarial.distill(X, y, (2, 2), temperature=2.0, rng=RNG(2), steps=1500)
    p, q = (losses.softmax(nets.forward(net, X).output / 2) for net in pair)
    assert np.abs(p - q).max() < 0.02
    assert np.abs(p - losses.one_hot(y, 2)).max() > 0.3


# Hidden gradients


def test_distillation_hides_the_gradient_and_division_finds_it(plain: adversarial.Trained) -> None:
    pair = adversarial.distill(
        *plain.train,
        (64, 32, 10),
        temperature=40,
        rng=RNG(0),
        activation="relu",
        steps=800,
        rate=0.05,
    )
    model = adversarial.network(adversarial.single(pair.student), "relu")
    X, y = plain.test.X[:300].astype(np.float32), plain.test.y[:300]
    slope = model.input_grad(X, goal.cross_entropy_grad(model.logits(X), goal.Goal(y)))
    assert slope.dtype == np.float32
    assert (slope == 0).all(axis=1).mean() > 0.8
    warm = adversarial.scaled(model, 40)
    np.testing.assert_array_equal(adversarial.predict(warm, X), adversarial.predict(model, X))
    blind = adversarial.fgsm(model, X, y, 0.15).X
    seen = adversarial.fgsm(warm, X, y, 0.15).X
    assert adversarial.accuracy(model, blind, y) > adversarial.accuracy(model, seen, y) + 0.5


def test_scaled_gradients_are_autograds() -> None:
    W, X, G = RNG(0).normal(size=(3, 4)), RNG(1).normal(size=(5, 3)), RNG(2).normal(size=(5, 4))
    model = adversarial.scaled(adversarial.linear(W, np.zeros(4)), 7.0)
    theirs = autograd.grad(lambda x: anp.sum(G * anp.dot(x, W) / 7.0))(X)
    np.testing.assert_allclose(model.input_grad(X, G), theirs)


@pytest.mark.parametrize("through", [False, True])
def test_rounding(plain: adversarial.Trained, through: bool) -> None:
    X, y = plain.test.X[:100], plain.test.y[:100]
    model = adversarial.rounded(plain.model, 5, through=through)
    np.testing.assert_allclose(model.logits(X), plain.model.logits(np.round(X * 4) / 4))
    left = adversarial.accuracy(model, adversarial.pgd(model, X, y, 0.15, rng=RNG(0)).X, y)
    assert left < 0.1 if through else left > 0.8
    with pytest.raises(ValueError, match="levels"):
        adversarial.rounded(plain.model, 1)


# Certificates


@pytest.mark.parametrize("hits", [0, 1, 50, 99, 100])
@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.9])
def test_the_lower_bound_is_scipys(hits: int, alpha: float) -> None:
    interval = stats.binomtest(hits, 100, alternative="greater").proportion_ci(1 - alpha, "exact")
    assert adversarial.lower_bound(hits, 100, alpha) == pytest.approx(interval.low, abs=1e-9)


def test_there_are_no_more_hits_than_trials() -> None:
    with pytest.raises(ValueError, match="hits must be at most n = 100, got 101"):
        adversarial.lower_bound(101, 100, 0.05)


def test_a_base_classifier_gives_a_class_for_each_row() -> None:
    with pytest.raises(ValueError, match="predict must be 1100 whole numbers, got shape"):
        adversarial.certify(lambda Z: Z[:, 0], [[0.0]], 1.0, rng=RNG(0))  # type: ignore[arg-type, return-value]
    with pytest.raises(ValueError, match="predict must be class numbers in 0…1, got 2…2"):
        adversarial.smooth_plane(lambda Z: np.full(len(Z), 2), 1.0)


def test_certificates_of_a_class_that_is_always_predicted() -> None:
    found = adversarial.certify(
        lambda Z: np.full(len(Z), 2), np.zeros((3, 2)), 0.5, rng=RNG(0), n=200, alpha=0.01
    )
    assert found.y.tolist() == [2, 2, 2]
    np.testing.assert_allclose(found.p, 0.01 ** (1 / 200))
    np.testing.assert_allclose(found.radius, 0.5 * stats.norm.ppf(0.01 ** (1 / 200)))


def test_the_radius_is_scipys_quantile() -> None:
    p = np.array([0.2, 0.5, 0.6, 0.999])
    expected = np.maximum(0, 0.3 * stats.norm.ppf(p))
    np.testing.assert_allclose(adversarial.radius(p, 0.3), expected, atol=1e-12)
    assert adversarial.radius([1.0], 0.3)[0] == np.inf
    for bad in ([-0.1], [1.1]):
        with pytest.raises(ValueError, match="p must be from 0 to 1"):
            adversarial.radius(bad, 1.0)


def test_certificates_of_a_half_plane_stay_below_its_distance() -> None:
    X = np.column_stack([np.linspace(-1, 1, 41), np.zeros(41)])
    found = adversarial.certify(lambda Z: (Z[:, 0] > 0).astype(np.intp), X, 0.5, rng=RNG(0), n=2000)
    distance = np.abs(X[:, 0])
    assert (found.radius <= distance).all()
    assert (found.radius >= distance - 0.16).all()
    sure = found.y >= 0
    assert (found.y[sure] == (X[sure, 0] > 0)).all()
    assert not sure[20]  # on the boundary


def test_the_plane_is_smoothed_as_by_sampling_and_by_scipy() -> None:
    def checks(Z: Array) -> adversarial.model.Labels:
        return np.asarray((Z[:, 0] > 0) ^ (Z[:, 1] > 0.5), dtype=np.intp)

    X = RNG(0).normal(size=(6, 2))
    model = adversarial.smooth_plane(checks, 0.4, box=(-3.0, 3.0), cells=120)
    p = np.exp(model.logits(X))
    a, b = stats.norm.sf(0, X[:, 0], 0.4), stats.norm.sf(0.5, X[:, 1], 0.4)
    np.testing.assert_allclose(p[:, 1], a * (1 - b) + b * (1 - a), atol=1e-9)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    G = RNG(1).normal(size=(6, 2))

    def theirs(x: Array) -> Any:
        a, b = 1 - anorm.cdf(-x[:, 0] / 0.4), 1 - anorm.cdf((0.5 - x[:, 1]) / 0.4)
        one = a * (1 - b) + b * (1 - a)
        return anp.sum(G[:, 0] * anp.log(1 - one) + G[:, 1] * anp.log(one))

    np.testing.assert_allclose(model.input_grad(X, G), autograd.grad(theirs)(X), rtol=1e-7)


def test_no_point_inside_the_radius_has_another_class() -> None:
    def disk(Z: Array) -> adversarial.model.Labels:
        return np.asarray(np.square(Z).sum(axis=1) < 1, dtype=np.intp)

    rng = RNG(0)
    X = rng.uniform(-1.8, 1.8, (40, 2))
    model = adversarial.smooth_plane(disk, 0.4)
    p = np.exp(model.logits(X))
    R = adversarial.radius(p.max(axis=1), 0.4)
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    beyond = 0
    for x, r, label in zip(X, R, p.argmax(axis=1), strict=True):
        assert (adversarial.predict(model, x + 0.999 * r * ring) == label).all()
        beyond += int((adversarial.predict(model, x + 1.3 * r * ring) != label).any())
    assert beyond > 20  # the radius is not far too small either
